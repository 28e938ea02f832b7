"""The report of a night leaves: it is printed, its forms are kept, and a letter takes them along.

A crash between the letter and the note of it, or a lost last answer, sends the letter again: it
has the same bytes and the same Message-ID, made of the day and the report's hash, by which
mailboxes recognise the repeat.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import date

from postal_bridge.clock import Clock
from postal_bridge.documents.ports import Vault
from postal_bridge.jobs.nightly import OVERDUE_TOPIC
from postal_bridge.jobs.outbox import Handler
from postal_bridge.logs import get_logger
from postal_bridge.outbox import Claimed
from postal_bridge.reconciliation.letter_ports import Attachment, Form, Post
from postal_bridge.reconciliation.letters import overdue_letter, report_letter
from postal_bridge.reconciliation.report import NightReport
from postal_bridge.reconciliation.report_archive import fetch_report
from postal_bridge.reconciliation.settling import REPORT_TOPIC
from postal_bridge.reconciliation.summary import file_name


class NightReports:
    """Takes reports from the outbox to their readers.

    Args:
        vault: has the report, and gets its forms.
        forms: what is kept and attached, in this order.
        post: None where no mail server is configured: the forms are kept all the same.
        to: the readers' addresses; without any, no letter is sent.
        province: its name, for the subject of a warning.
        clock: the moment of a warning.
    """

    def __init__(
        self,
        *,
        vault: Vault,
        forms: Sequence[Form],
        post: Post | None,
        to: Sequence[str],
        province: str,
        clock: Clock,
    ) -> None:
        self._vault = vault
        self._forms = tuple(forms)
        self._post = post
        self._to = tuple(to)
        self._province = province
        self._clock = clock
        self._log = get_logger(__name__)

    def handlers(self) -> dict[str, Handler]:
        """Which topic is whose."""
        return {REPORT_TOPIC: self.hand_out, OVERDUE_TOPIC: self.warn}

    async def warn(self, message: Claimed) -> None:
        """Tell the readers of a night that has not run by morning; the log knows it already."""
        if self._post is None or not self._to:
            return
        day = date.fromisoformat(json.loads(message.payload)["day"])
        await self._post.send(
            overdue_letter(day, province=self._province, to=self._to, written_at=self._clock.now())
        )

    async def hand_out(self, message: Claimed) -> None:
        """Print a report, keep its forms, send them."""
        facts = json.loads(message.payload)
        sha256 = str(facts["report"])
        report = await fetch_report(self._vault, sha256)
        attachments = await asyncio.to_thread(self._printed, report)
        kept = {one.name: await self._vault.keep(one.content) for one in attachments}
        self._log.info("night-report.kept", day=report.day.isoformat(), report=sha256, forms=kept)
        if self._post is None or not self._to:
            return
        await self._post.send(
            report_letter(report, sha256=sha256, to=self._to, attachments=attachments)
        )
        self._log.info("night-report.sent", day=report.day.isoformat(), addresses=len(self._to))

    def _printed(self, report: NightReport) -> list[Attachment]:
        return [
            Attachment(
                name=file_name(report, form.suffix),
                media_type=form.media_type,
                content=form.make(report),
            )
            for form in self._forms
        ]
