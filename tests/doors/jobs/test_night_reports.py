"""Reports leave: printed, kept, sent; over a real mail server and a real outbox."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.jobs.night_reports import NightReports
from postal_bridge.jobs.nightly import OVERDUE_TOPIC
from postal_bridge.jobs.outbox import OutboxJob
from postal_bridge.mail.smtp import SmtpPost
from postal_bridge.outbox import Claimed
from postal_bridge.printing.forms import PDF, PRINTED, XLSX
from postal_bridge.reconciliation.letter_ports import Post, PostRefused, PostUnavailable
from postal_bridge.reconciliation.report import as_json
from postal_bridge.reconciliation.report_archive import ReportLost
from postal_bridge.reconciliation.settling import REPORT_TOPIC
from postal_bridge.sections import OutboxSettings
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.vault import ObjectVault, open_vault
from tests.doors.jobs.mailbag import MailBag
from tests.doors.mail.mail_server import SENDER, MailServer, mail_server
from tests.doors.printing.nights import DAY, a_report
from tests.stores import opened

TO = ("giamdoc@buudien.example",)
MORNING = datetime(2019, 2, 1, 0, 0, tzinfo=UTC)
SETTINGS = OutboxSettings(poll_seconds=1, look_seconds=60, batch=5, lease_seconds=60, attempts=3)


@pytest.fixture
def vault() -> ObjectVault:
    return open_vault("memory:")


async def a_message(vault: ObjectVault) -> Claimed:
    sha256 = await vault.keep(as_json(a_report()))
    return message_about(sha256)


def message_about(sha256: str) -> Claimed:
    payload = json.dumps({"day": DAY.isoformat(), "report": sha256})
    key = f"{REPORT_TOPIC}:{DAY.isoformat()}:{sha256}"
    return Claimed(id=1, attempt=1, topic=REPORT_TOPIC, key=key, payload=payload)


def reports(vault: ObjectVault, post: Post | None, *to: str) -> NightReports:
    return NightReports(
        vault=vault,
        forms=PRINTED,
        post=post,
        to=to,
        province="Lạng Sơn",
        clock=ReplayClock(MORNING),
    )


async def kept(vault: ObjectVault) -> set[str]:
    return {name async for name in vault.names()}


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def test_the_forms_are_kept_and_attached(vault: ObjectVault) -> None:
    bag = MailBag()
    await reports(vault, bag, *TO).hand_out(await a_message(vault))

    pdf, xlsx = PDF.make(a_report()), XLSX.make(a_report())
    assert {hash_of(pdf), hash_of(xlsx)} <= await kept(vault)
    (letter,) = bag.letters
    assert letter.to == TO
    assert [
        (one.name, one.content == made)
        for one, made in zip(letter.attachments, (pdf, xlsx), strict=True)
    ] == [
        ("doi-soat-2019-01-31.pdf", True),
        ("doi-soat-2019-01-31.xlsx", True),
    ]


@pytest.mark.parametrize("readers", [TO, ()])
async def test_without_a_mail_server_the_forms_are_kept_all_the_same(
    vault: ObjectVault, readers: tuple[str, ...]
) -> None:
    await reports(vault, None, *readers).hand_out(await a_message(vault))
    assert len(await kept(vault)) == 3


async def test_without_readers_no_letter_is_sent(vault: ObjectVault) -> None:
    bag = MailBag()
    await reports(vault, bag).hand_out(await a_message(vault))
    assert bag.letters == []
    assert len(await kept(vault)) == 3


async def test_a_repeat_is_the_same_letter(vault: ObjectVault) -> None:
    bag = MailBag()
    message = await a_message(vault)
    for _ in range(2):
        await reports(vault, bag, *TO).hand_out(message)
    assert bag.letters[0] == bag.letters[1]
    assert len(await kept(vault)) == 3


@pytest.mark.parametrize("content", [b"{}", b"\xff", b"[1]", b'{"format": 9}'])
async def test_a_report_that_cannot_be_read_is_a_matter_for_a_person(
    vault: ObjectVault, content: bytes
) -> None:
    with pytest.raises(ReportLost) as told:
        await reports(vault, None).hand_out(message_about(await vault.keep(content)))
    assert not told.value.retryable


async def test_a_report_that_is_lost_is_a_matter_for_a_person(vault: ObjectVault) -> None:
    with pytest.raises(ReportLost, match="f" * 64):
        await reports(vault, None).hand_out(message_about("f" * 64))


def overdue() -> Claimed:
    payload = json.dumps({"day": DAY.isoformat()})
    return Claimed(id=2, attempt=1, topic=OVERDUE_TOPIC, key=DAY.isoformat(), payload=payload)


async def test_a_night_that_has_not_run_by_morning_is_told_to_the_readers(
    vault: ObjectVault,
) -> None:
    bag = MailBag()
    await reports(vault, bag, *TO).handlers()[OVERDUE_TOPIC](overdue())
    (letter,) = bag.letters
    assert letter.to == TO
    assert letter.subject == "[Lạng Sơn] Chưa đối soát ngày 31/01/2019"
    assert "01/02/2019 07:00" in letter.text


async def test_a_warning_without_readers_or_server_is_only_in_the_log(vault: ObjectVault) -> None:
    bag = MailBag()
    await reports(vault, bag).handlers()[OVERDUE_TOPIC](overdue())
    await reports(vault, None, *TO).handlers()[OVERDUE_TOPIC](overdue())
    assert bag.letters == []


# --- from the outbox to the mailbox ------------------------------------------------------------------


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with opened(database_url) as found:
        yield found


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as stand:
        yield stand


def smtp_to(server: MailServer, **other: Any) -> SmtpPost:
    return SmtpPost(
        "127.0.0.1",
        server.port,
        security="none",
        username="",
        password="",
        sender=SENDER,
        timeout_seconds=other.get("timeout_seconds", 30.0),
    )


class Evening:
    """A report in the outbox, and the job that takes it from there."""

    def __init__(self, storage: Storage, vault: ObjectVault, post: Post) -> None:
        self.storage = storage
        self.vault = vault
        self.clock = ReplayClock(MORNING)
        self.job = OutboxJob(
            storage=storage,
            clock=self.clock,
            settings=SETTINGS,
            owner="worker",
            handlers=reports(vault, post, *TO).handlers(),
        )

    async def writes(self) -> None:
        message = await a_message(self.vault)
        async with self.storage.begin() as work:
            await work.outbox.put(
                message.topic, key=message.key, payload=json.loads(message.payload)
            )

    async def later(self) -> int:
        self.clock.advance_to(self.clock.now().replace(hour=self.clock.now().hour + 2))
        return await self.job.dispatch()


async def test_a_report_in_the_outbox_arrives_as_a_letter(
    storage: Storage, vault: ObjectVault, server: MailServer
) -> None:
    evening = Evening(storage, vault, smtp_to(server))
    await evening.writes()
    assert await evening.job.dispatch() == 1
    assert await evening.later() == 0

    message = server.message()
    assert message["Subject"] == "[Lạng Sơn] Đối soát ngày 31/01/2019: 8 chênh lệch đang mở"
    assert [one.get_filename() for one in message.iter_attachments()] == [
        "doi-soat-2019-01-31.pdf",
        "doi-soat-2019-01-31.xlsx",
    ]
    assert len(server.letters) == 1


async def test_a_mail_server_that_is_busy_gets_the_letter_later(
    storage: Storage, vault: ObjectVault, server: MailServer
) -> None:
    evening = Evening(storage, vault, smtp_to(server))
    server.says["DATA"] = "451 4.3.0 try later"
    await evening.writes()
    assert await evening.job.dispatch() == 0
    server.says.clear()
    assert await evening.later() == 1
    assert len(server.letters) == 1


async def test_a_lost_answer_gives_two_letters_that_a_mailbox_takes_for_one(
    storage: Storage, vault: ObjectVault, server: MailServer
) -> None:
    evening = Evening(storage, vault, smtp_to(server))
    server.loses_reply = 1
    await evening.writes()
    assert await evening.job.dispatch() == 0
    assert await evening.later() == 1
    assert server.letters[0] == server.letters[1]
    assert server.message(0)["Message-ID"] == server.message(1)["Message-ID"]


async def test_a_letter_that_is_refused_for_good_waits_for_a_person(
    storage: Storage, vault: ObjectVault, server: MailServer
) -> None:
    evening = Evening(storage, vault, smtp_to(server))
    server.says["MAIL"] = "554 5.7.1 not from you"
    await evening.writes()
    assert await evening.job.dispatch() == 0
    server.says.clear()
    assert await evening.later() == 0
    assert server.letters == []
    assert len(await kept(vault)) == 3


async def test_the_ports_accidents_say_whether_trying_again_helps() -> None:
    assert PostUnavailable("x").retryable
    assert not PostRefused("x").retryable
