"""What whoever carries letters must do."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from postal_bridge.mail.smtp import SmtpPost
from postal_bridge.reconciliation.letter_ports import (
    Attachment,
    Letter,
    Post,
    PostRefused,
    PostUnavailable,
)
from tests.doors.jobs.mailbag import MailBag
from tests.doors.mail.mail_server import SENDER, mail_server

LETTER = Letter(
    identity="night-2019-01-31-5f5f",
    to=("giamdoc@buudien.example", "truongphong@buudien.example"),
    subject="Đối soát ngày 31/01/2019: khớp",
    text="Hai bên khớp nhau.\n",
    written_at=datetime(2019, 1, 31, 16, 47, tzinfo=UTC),
    attachments=(Attachment(name="a.pdf", media_type="application/pdf", content=b"%PDF"),),
)


@dataclass(frozen=True)
class Office:
    """A post, what it has delivered, and how it is made to fail."""

    post: Post
    delivered: Callable[[], list[tuple[str, str]]]
    refuse: Callable[[str, str], None]
    """Answer an address so: `452 full`, `550 unknown`; `250` takes it again."""


@asynccontextmanager
async def memory() -> AsyncIterator[Office]:
    bag = MailBag()
    yield Office(bag, lambda: bag.delivered, bag.answers.__setitem__)


@asynccontextmanager
async def smtp() -> AsyncIterator[Office]:
    async with mail_server() as server:
        post = SmtpPost(
            "127.0.0.1",
            server.port,
            security="none",
            username="",
            password="",
            sender=SENDER,
            timeout_seconds=30,
        )

        def delivered() -> list[tuple[str, str]]:
            return [
                (address, str(server.message(index)["Message-ID"]).strip("<>").partition("@")[0])
                for index, addresses in enumerate(server.reached_by)
                for address in addresses
            ]

        yield Office(post, delivered, server.rcpt_says.__setitem__)


IMPLEMENTATIONS: dict[str, Callable[[], AbstractAsyncContextManager[Office]]] = {
    "memory": memory,
    "smtp": smtp,
}
PORT = "reconciliation.letter_ports.Post"


@pytest.fixture(params=IMPLEMENTATIONS)
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    async with IMPLEMENTATIONS[str(request.param)]() as found:
        yield found


DIRECTOR, CHIEF = LETTER.to


async def test_a_letter_reaches_all_its_addresses(office: Office) -> None:
    await office.post.send(LETTER)
    assert office.delivered() == [(DIRECTOR, LETTER.identity), (CHIEF, LETTER.identity)]


async def test_a_repeat_carries_the_same_identity(office: Office) -> None:
    await office.post.send(LETTER)
    await office.post.send(LETTER)
    await office.post.send(replace(LETTER, identity="night-2019-02-01-00"))
    assert [identity for address, identity in office.delivered() if address == CHIEF] == [
        LETTER.identity,
        LETTER.identity,
        "night-2019-02-01-00",
    ]


async def test_while_an_address_may_still_be_reached_later_nobody_gets_the_letter(
    office: Office,
) -> None:
    office.refuse(CHIEF, "452 4.2.2 mailbox full")
    with pytest.raises(PostUnavailable) as told:
        await office.post.send(LETTER)
    assert told.value.retryable
    assert office.delivered() == []

    office.refuse(CHIEF, "250 OK")
    await office.post.send(LETTER)
    assert [address for address, _ in office.delivered()] == [DIRECTOR, CHIEF]


async def test_an_address_that_does_not_exist_is_named_and_the_others_get_the_letter(
    office: Office,
) -> None:
    office.refuse(DIRECTOR, "550 5.1.1 no such user")
    with pytest.raises(PostRefused, match="giamdoc@") as told:
        await office.post.send(LETTER)
    assert not told.value.retryable
    assert [address for address, _ in office.delivered()] == [CHIEF]


async def test_a_check_sends_nothing(office: Office) -> None:
    await office.post.check()
    assert office.delivered() == []
