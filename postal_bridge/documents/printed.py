"""Forms given out: the same form again is the same file, also after years and other releases.

A form whose facts did not change is not set again: the file that was given out is given again. One
whose facts changed, such as a corrected name, is a further issue beside the earlier ones.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from postal_bridge.documents.form_records import PrintedForm
from postal_bridge.documents.form_values import FormPage
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Purpose
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor

Setting = Callable[[FormPage], bytes]
"""Sets a form as PDF: the same form gives the same bytes within a release."""


@dataclass(frozen=True, kw_only=True)
class Press:
    """Gives forms out."""

    house: PaperHouse
    setting: Setting

    async def give(self, form: str, subject: str, page: FormPage, actor: Actor) -> bytes | Refusal:
        """The form as a PDF: the one that was given out before, or a new issue.

        Refused where the file that was given out is not in the vault any more: a new one would
        pass for it.
        """
        facts = facts_hash(page)
        async with self.house.transactions.begin(write=False) as work:
            same = _with(facts, await work.printed_forms.issues(form, subject))
        if same is not None:
            return await self._kept(same)
        content = await asyncio.to_thread(self.setting, page)
        async with self.house.transactions.begin() as work:
            same = await self._issued(work, form, subject, facts=facts, content=content, by=actor)
        return content if same is None else await self._kept(same)

    async def again(self, form: str, subject: str, issue: int) -> bytes | Refusal:
        """An earlier issue, as it was given out."""
        async with self.house.transactions.begin(write=False) as work:
            issues = await work.printed_forms.issues(form, subject)
        found = next((one for one in issues if one.issue == issue), None)
        if found is None:
            return refuse(Reason.FORM_NOT_PRINTED, "issue", issue=issue, issues=len(issues))
        return await self._kept(found)

    async def _issued(
        self, work: PaperWork, form: str, subject: str, *, facts: str, content: bytes, by: Actor
    ) -> PrintedForm | None:
        """Write the issue down; the one that somebody else gave out meanwhile, where there is."""
        sha256 = hashlib.sha256(content).hexdigest()
        await self.house.note(work, {sha256: (Purpose.FORM, content)})
        while True:
            issues = await work.printed_forms.issues(form, subject)
            same = _with(facts, issues)
            if same is not None:
                return same
            issue = PrintedForm(
                form=form,
                subject=subject,
                issue=len(issues) + 1,
                facts_sha256=facts,
                sha256=sha256,
                size_bytes=len(content),
                printed_at=self.house.clock.now(),
                printed_by=by.username,
            )
            if await work.printed_forms.add(issue):
                return None

    async def _kept(self, printed: PrintedForm) -> bytes | Refusal:
        try:
            return await self.house.vault.fetch(printed.sha256)
        except (KeyError, ValueError):
            return refuse(Reason.CONTENT_LOST, "form")


def facts_hash(page: FormPage) -> str:
    """SHA-256 over everything that is printed on the form."""
    return hashlib.sha256(msgspec.json.encode(page)).hexdigest()


def _with(facts: str, issues: Sequence[PrintedForm]) -> PrintedForm | None:
    """The latest issue, where it says the same: an older state that comes back is issued anew."""
    latest = issues[-1] if issues else None
    return latest if latest is not None and latest.facts_sha256 == facts else None
