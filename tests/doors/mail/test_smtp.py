"""Letters over SMTP: a strict server, and everything that can go wrong with one."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from postal_bridge.errors import Misuse
from postal_bridge.mail.smtp import SmtpPost
from postal_bridge.reconciliation.letter_ports import (
    Attachment,
    Letter,
    PostRefused,
    PostUnavailable,
)
from tests.doors.mail.mail_server import (
    PASSWORD,
    SENDER,
    USER,
    MailServer,
    certificate,
    mail_server,
)

PDF = Attachment(
    name="doi-soat-2019-01-31.pdf", media_type="application/pdf", content=bytes(range(256)) * 40
)
LETTER = Letter(
    identity="night-2019-01-31-5f5f5f5f",
    to=("giamdoc@buudien.example", "Trưởng phòng <truongphong@buudien.example>"),
    subject="[Lạng Sơn] Đối soát ngày 31/01/2019: 3 chênh lệch đang mở",
    text="Còn 3 chênh lệch đang mở.\n.\n  Hồ sơ theo sổ bưu điện: 12.345\n",
    written_at=datetime(2019, 1, 31, 16, 47, tzinfo=UTC),
    attachments=(PDF,),
)
DIRECTOR, CHIEF = "giamdoc@buudien.example", "truongphong@buudien.example"


def post_to(server: MailServer, **other: Any) -> SmtpPost:
    facts: dict[str, Any] = {
        "security": "none",
        "username": "",
        "password": "",
        "sender": f"Đối soát <{SENDER}>",
        "timeout_seconds": 30.0,
    }
    return SmtpPost("127.0.0.1", server.port, **{**facts, **other})


async def test_a_letter_arrives_as_it_was_written() -> None:
    async with mail_server() as server:
        await post_to(server).send(LETTER)

    assert server.reached == [DIRECTOR, CHIEF]
    message = server.message()
    assert message["Subject"] == LETTER.subject
    assert message["From"] == f"Đối soát <{SENDER}>"
    assert message["Message-ID"] == "<night-2019-01-31-5f5f5f5f@buudien.example>"
    assert message["Date"].datetime == LETTER.written_at
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == LETTER.text
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == PDF.name
    assert attached.get_content_type() == PDF.media_type
    assert attached.get_content() == PDF.content


async def test_the_wire_carries_plain_letters_only() -> None:
    async with mail_server() as server:
        await post_to(server).send(LETTER)

    assert server.letters[0].isascii()
    assert max(len(line) for line in server.letters[0].splitlines()) < 998


async def test_a_lost_last_answer_makes_the_very_same_letter_come_twice() -> None:
    async with mail_server() as server:
        server.loses_reply = 1
        post = post_to(server)
        with pytest.raises(PostUnavailable):
            await post.send(LETTER)
        await post.send(LETTER)

    assert server.letters[0] == server.letters[1]
    assert server.message(0)["Message-ID"] == server.message(1)["Message-ID"]


async def test_nobody_listens() -> None:
    async with mail_server() as server:
        post = post_to(server)
    with pytest.raises(PostUnavailable, match="does not answer"):
        await post.send(LETTER)
    with pytest.raises(PostUnavailable):
        await post.check()


@pytest.mark.parametrize("command", ["MAIL", "DATA"])
@pytest.mark.parametrize(
    ("said", "told"),
    [("451 4.3.0 try later", PostUnavailable), ("554 5.7.1 not from you", PostRefused)],
)
async def test_what_the_server_says_decides_whether_to_try_again(
    command: str, said: str, told: type[Exception]
) -> None:
    async with mail_server() as server:
        server.says[command] = said
        with pytest.raises(told, match=said[:3]):
            await post_to(server).send(LETTER)
    assert server.letters == []


async def test_a_full_mailbox_holds_the_letter_back_from_everybody_until_the_next_try() -> None:
    async with mail_server() as server:
        server.rcpt_says[CHIEF] = "452 4.2.2 mailbox full"
        with pytest.raises(PostUnavailable, match="452"):
            await post_to(server).send(LETTER)
        assert server.letters == []
        del server.rcpt_says[CHIEF]
        await post_to(server).send(LETTER)

    assert server.reached == [DIRECTOR, CHIEF]


async def test_an_address_that_is_refused_for_good_keeps_nobody_else_from_the_letter() -> None:
    async with mail_server() as server:
        server.rcpt_says[CHIEF] = "550 5.1.1 no such user"
        with pytest.raises(PostRefused, match="truongphong"):
            await post_to(server).send(LETTER)

    assert server.reached == [DIRECTOR]


async def test_where_every_address_is_refused_no_letter_leaves() -> None:
    async with mail_server() as server:
        server.rcpt_says |= dict.fromkeys((DIRECTOR, CHIEF), "550 5.1.1 no such user")
        with pytest.raises(PostRefused):
            await post_to(server).send(LETTER)
    assert server.letters == []


async def test_a_sender_that_the_server_does_not_know_is_refused() -> None:
    async with mail_server() as server:
        with pytest.raises(PostRefused, match="553"):
            await post_to(server, sender="ai-do@noikhac.example").send(LETTER)


async def test_a_server_that_says_nothing_is_not_waited_for_longer_than_allowed() -> None:
    async with mail_server() as server:
        server.silent = True
        with pytest.raises(PostUnavailable):
            await post_to(server, timeout_seconds=0.2).send(LETTER)


async def test_it_signs_in_behind_starttls(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path)
    async with mail_server(tls=theirs, starttls=True, sign_in=True) as server:
        post = post_to(
            server, security="starttls", username=USER, password=PASSWORD, tls_context=ours
        )
        await post.check()
        assert server.letters == []
        await post.send(LETTER)

    assert server.signed_in == [USER, USER]
    assert server.encrypted == [True]


async def test_it_speaks_tls_from_the_first_word(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path)
    async with mail_server(tls=theirs) as server:
        await post_to(server, security="tls", tls_context=ours).send(LETTER)
    assert len(server.letters) == 1


async def test_without_encryption_where_it_is_asked_for_nothing_is_said() -> None:
    async with mail_server() as server:
        post = post_to(server, security="starttls", username=USER, password=PASSWORD)
        with pytest.raises(PostRefused, match="offers no STARTTLS"):
            await post.send(LETTER)
    assert server.signed_in == []
    assert server.letters == []


async def test_where_no_sign_in_is_offered_the_password_stays_here() -> None:
    async with mail_server() as server:
        post = post_to(server, username=USER, password=PASSWORD)
        with pytest.raises(PostRefused, match="offers no AUTH"):
            await post.check()
    assert server.commands == ["EHLO"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_nobody_trusts_is_not_believed(
    tmp_path: Path, security: str
) -> None:
    theirs, _ = certificate(tmp_path)
    async with mail_server(tls=theirs, starttls=security == "starttls") as server:
        post = post_to(server, security=security, tls_context=ssl.create_default_context())
        with pytest.raises(PostRefused, match="certificate"):
            await post.send(LETTER)
    assert server.letters == []


async def test_a_wrong_password_is_a_matter_for_a_person(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path)
    async with mail_server(tls=theirs, starttls=True, sign_in=True) as server:
        post = post_to(
            server, security="starttls", username=USER, password="mật-khẩu-sai", tls_context=ours
        )
        with pytest.raises(PostRefused, match="535") as told:
            await post.check()
    assert "khẩu" not in str(told.value)


async def test_a_server_that_wants_a_sign_in_takes_no_letter_without_one(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path)
    async with mail_server(tls=theirs, starttls=True, sign_in=True) as server:
        with pytest.raises(PostRefused, match="530"):
            await post_to(server, security="starttls", tls_context=ours).send(LETTER)
    assert server.letters == []


@pytest.mark.parametrize("sender", ["", "không phải địa chỉ", "a@b.example\r\nBcc: c@d.example"])
def test_a_sender_without_an_address_is_told_at_once(sender: str) -> None:
    with pytest.raises(Misuse, match="sender"):
        post_to(MailServer(), sender=sender)


@pytest.mark.parametrize("address", ["không@buudien.example", "ai", "a@b.example\nX: y"])
async def test_an_address_that_is_none_is_refused_before_anything_is_said(address: str) -> None:
    async with mail_server() as server:
        letter = Letter(
            identity="night-x", to=(address,), subject="s", text="t", written_at=LETTER.written_at
        )
        with pytest.raises(PostRefused, match="report_to"):
            await post_to(server).send(letter)
        assert server.commands == []


async def test_many_letters_at_once() -> None:
    async with mail_server() as server:
        post = post_to(server)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(8):
                tasks.create_task(post.send(LETTER))
    assert len(server.letters) == 8
