"""Signatures on the wire: with a real service of time stamps, by another programme's eyes, attacked."""

import asyncio
import io
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from postal_bridge.clock import SystemClock
from postal_bridge.digitising.pdf import assemble
from postal_bridge.documents.page_values import DocumentFacts, PageSheet, Unreadable
from postal_bridge.documents.signature_values import (
    Changes,
    Level,
    Revocation,
    SignatureFound,
    SignatureWish,
)
from postal_bridge.documents.signing_ports import SigningFailed
from postal_bridge.sandbox.timestamps import Authority, Fault
from postal_bridge.signatures.desk import VerifyingDesk
from postal_bridge.signatures.signer import KeyFile, PadesSigner, Token
from tests.keys import ORGANISATION, SIGNER, SOFTHSM, Trust, trusted
from tests.pdfa import complaints

WISH = SignatureWish(reason="Số hóa hồ sơ: đúng với bản giấy", location="Lạng Sơn")
FACTS = DocumentFacts("Đơn", "Bưu điện", "Hồ sơ", "urn:uuid:1", "2026-11-23T08:00:00+00:00")


@pytest.fixture
async def trust(tmp_path: Path) -> AsyncIterator[Trust]:
    async with trusted(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def pdf() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (400, 600), 250).save(out, "JPEG")
    return assemble([PageSheet(out.getvalue(), 200)], FACTS)


async def judged(trust: Trust, content: bytes, *, ask: bool = False) -> list[SignatureFound]:
    desk = VerifyingDesk(clock=SystemClock(), roots=(trust.root,), fetch=ask)
    try:
        found = await desk.verify(content)
    finally:
        await desk.close()
    assert not isinstance(found, Unreadable), found
    return list(found)


async def test_a_signature_with_a_time_stamp_can_be_checked_without_asking_anybody(
    trust: Trust, pdf: bytes
) -> None:
    signed = await PadesSigner(trust.in_a_file(), stamps=trust.stamps()).sign(pdf, WISH)
    (found,) = await judged(trust, signed.content)
    assert (found.level, found.revocation, found.changes) == (
        Level.LT,
        Revocation.GOOD,
        Changes.NONE,
    )
    assert found.stamped_at is not None
    assert (found.signer, found.organisation) == (SIGNER, ORGANISATION)
    assert [vi for vi, _ in found.words()][:2] == [
        "Chữ ký hợp lệ.",
        "Chứng thư do tổ chức tin cậy cấp.",
    ]


async def test_a_signed_document_is_still_archivable(trust: Trust, pdf: bytes) -> None:
    for stamps in (None, trust.stamps()):
        signed = await PadesSigner(trust.in_a_file(), stamps=stamps).sign(pdf, WISH)
        assert complaints(signed.content) == []


async def test_another_programme_finds_the_signature_good_too(
    trust: Trust, pdf: bytes, tmp_path: Path
) -> None:
    if shutil.which("pdfsig") is None or shutil.which("certutil") is None:
        pytest.skip("poppler-utils or libnss3-tools is not installed")
    signed = await PadesSigner(trust.in_a_file()).sign(pdf, WISH)
    file, store = tmp_path / "signed.pdf", tmp_path / "nss"
    file.write_bytes(signed.content)
    store.mkdir()
    commands = (
        ("certutil", "-N", "-d", f"sql:{store}", "--empty-password"),
        ("certutil", "-A", "-d", f"sql:{store}", "-n", "goc", "-t", "C,C,C", "-i", str(trust.root)),
        ("pdfsig", "-nssdir", f"sql:{store}", str(file)),
    )
    said = ""
    for command in commands:
        pipe = asyncio.subprocess.PIPE
        done = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        said = b"".join(await done.communicate()).decode()
    assert "Signature is Valid." in said, said
    assert "Certificate is Trusted." in said, said
    assert "Total document signed" in said, said


async def test_a_revoked_certificate_is_told_where_the_authority_can_be_asked(
    trust: Trust, pdf: bytes
) -> None:
    signed = await PadesSigner(trust.in_a_file()).sign(pdf, WISH)
    (before,) = await judged(trust, signed.content, ask=True)
    assert (before.good, before.revocation) == (True, Revocation.GOOD)
    trust.authority.revoke(trust.certificate)
    (after,) = await judged(trust, signed.content, ask=True)
    assert (after.good, after.revocation) == (False, Revocation.REVOKED)
    assert ("Chứng thư ĐÃ BỊ THU HỒI.", "The certificate WAS REVOKED.") in after.words()
    (unasked,) = await judged(trust, signed.content)
    assert unasked.revocation is Revocation.UNKNOWN


async def test_a_stranger_authority_is_not_trusted(trust: Trust, pdf: bytes) -> None:
    signed = await PadesSigner(trust.in_a_file()).sign(pdf, WISH)
    trust.root.write_bytes(Authority(SystemClock()).pem())
    (found,) = await judged(trust, signed.content)
    assert (found.good, found.intact, found.trusted) == (False, True, False)


async def test_a_changed_byte_is_noticed(trust: Trust, pdf: bytes) -> None:
    signed = await PadesSigner(trust.in_a_file()).sign(pdf, WISH)
    at = signed.content.index(b"/MediaBox") if b"/MediaBox" in signed.content else 2_000
    broken = bytearray(signed.content)
    broken[at + 14] ^= 1
    found = await judged(trust, bytes(broken))
    assert [one.good for one in found] in ([False], [])


async def test_a_page_that_was_turned_after_signing_is_told(trust: Trust, pdf: bytes) -> None:
    from pyhanko.pdf_utils.generic import NumberObject, pdf_name
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    signed = await PadesSigner(trust.in_a_file()).sign(pdf, WISH)
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(signed.content))
    page = writer.root["/Pages"]["/Kids"][0]
    number: Any = NumberObject
    page[pdf_name("/Rotate")] = number(90)
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    (found,) = await judged(trust, out.getvalue())
    assert (found.intact, found.changes, found.good) == (True, Changes.FORBIDDEN, False)


async def test_a_second_signature_leaves_the_first_one_good(trust: Trust, pdf: bytes) -> None:
    first = await PadesSigner(trust.in_a_file()).sign(pdf, WISH)
    with pytest.raises(SigningFailed):
        await PadesSigner(trust.in_a_file()).sign(first.content, WISH)
    assert [one.good for one in await judged(trust, first.content)] == [True]


@pytest.mark.parametrize("fault", Fault)
async def test_without_a_good_time_stamp_nothing_is_signed(
    trust: Trust, pdf: bytes, fault: Fault
) -> None:
    trust.faults += [fault, fault]  # how long a stamp will be is asked for first
    signer = PadesSigner(trust.in_a_file(), stamps=trust.stamps(seconds=1))
    with pytest.raises(SigningFailed):
        await signer.sign(pdf, WISH)
    trust.faults.clear()
    assert (await signer.sign(pdf, WISH)).level is Level.LT


async def test_a_wrong_password_and_a_missing_token_are_told(
    trust: Trust, pdf: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = trust.in_a_file().file
    wrong = PadesSigner(KeyFile(file=file, password="sai"))
    with pytest.raises(SigningFailed, match="password"):
        await wrong.sign(pdf, WISH)
    with pytest.raises(SigningFailed):
        await wrong.check()
    await PadesSigner(trust.in_a_file()).check()
    known = trust.on_a_token(monkeypatch) if SOFTHSM.exists() else None
    module = known.module if known else tmp_path / "no.so"
    gone = Token(module=module, token="khong-co", label="x", pin="1")
    with pytest.raises(SigningFailed):
        await PadesSigner(gone).check()


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
async def test_a_broken_signed_file_is_an_answer(trust: Trust, pdf: bytes, cut: float) -> None:
    signed = (await PadesSigner(trust.in_a_file()).sign(pdf, WISH)).content
    desk = VerifyingDesk(clock=SystemClock(), roots=(trust.root,))
    try:
        found = await desk.verify(signed[: int(len(signed) * cut)])
    finally:
        await desk.close()
    assert isinstance(found, Unreadable) or not any(one.good for one in found)
