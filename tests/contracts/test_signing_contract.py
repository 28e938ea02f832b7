"""What whoever signs documents, and whoever judges signatures, must do."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from postal_bridge.clock import SystemClock
from postal_bridge.documents.page_values import Unreadable
from postal_bridge.documents.signature_values import SignatureWish
from postal_bridge.documents.signing_ports import Signer, SigningFailed, Verifier
from postal_bridge.signatures.desk import VerifyingDesk
from postal_bridge.signatures.signer import PadesSigner
from tests.keys import trusted
from tests.stages.memory_papers import MemorySigner, MemoryVerifier

PORTS = ("documents.signing_ports.Signer", "documents.signing_ports.Verifier")
IMPLEMENTATIONS = ("memory", "file", "token", "stamped")
WISH = SignatureWish(reason="Số hóa hồ sơ", location="Lạng Sơn")


@dataclass
class Pair:
    """One who signs and one who judges."""

    signer: Signer
    verifier: Verifier


def a_pdf() -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()


@pytest.fixture(params=IMPLEMENTATIONS)
async def pair(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pair]:
    if request.param == "memory":
        yield Pair(MemorySigner(), MemoryVerifier())
        return
    async with trusted(tmp_path) as trust:
        key: Any = trust.in_a_file()
        if request.param == "token":
            key = trust.on_a_token(monkeypatch)
        stamps = trust.stamps() if request.param == "stamped" else None
        desk = VerifyingDesk(clock=SystemClock(), roots=(trust.root,))
        yield Pair(PadesSigner(key, stamps=stamps), desk)
        await desk.close()


async def test_a_signed_document_holds_what_was_signed_and_is_found_good(pair: Pair) -> None:
    pdf = a_pdf()
    signed = await pair.signer.sign(pdf, WISH)
    assert signed.content.startswith(pdf)
    assert signed.signer
    found = await pair.verifier.verify(signed.content)
    assert not isinstance(found, Unreadable)
    (signature,) = found
    assert signature.good
    assert signature.level is signed.level


async def test_a_key_that_opens_is_found_well(pair: Pair) -> None:
    await pair.signer.check()


async def test_what_nobody_signed_has_no_signature(pair: Pair) -> None:
    assert await pair.verifier.verify(a_pdf()) == ()


async def test_what_is_no_pdf_is_an_answer_to_the_judge_and_an_accident_to_the_signer(
    pair: Pair,
) -> None:
    assert isinstance(await pair.verifier.verify(b"no document"), Unreadable)
    with pytest.raises(SigningFailed) as failed:
        await pair.signer.sign(b"no document", WISH)
    assert failed.value.retryable
