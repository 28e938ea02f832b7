"""A document is signed once; what was signed stands for it; a failure leaves nothing half."""

from postal_bridge.documents.assembling import Assembling
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Document, DocumentKind
from postal_bridge.documents.signing import Signing, signatures_of
from postal_bridge.errors import Reason
from tests.stages.documents.papers import Papers, reason
from tests.stages.memory import LAN
from tests.stores import DOSSIER


async def nothing(work: PaperWork, document: Document) -> None:
    del work, document


async def a_document(papers: Papers) -> Document:
    await papers.captures(b"pages=2 sheets")
    document = await Assembling(papers.house, LAN, nothing).assemble(DOSSIER, 1)
    assert isinstance(document, Document)
    return document


async def test_a_signed_document_stands_for_the_one_it_was_made_from(papers: Papers) -> None:
    document = await a_document(papers)
    signed = await Signing(papers.house, LAN).sign(DOSSIER, document.id)
    assert isinstance(signed, Document)
    assert (signed.kind, signed.made_from) == (DocumentKind.SIGNED, document.id)
    assert signed.file_name.endswith("-ky-so.pdf")
    assert (await papers.vault.fetch(signed.sha256)).startswith(
        await papers.vault.fetch(document.sha256)
    )
    old = await papers.work.documents.find(document.id)
    assert old is not None
    assert old.superseded_by == signed.id
    found = await signatures_of(papers.house, signed)
    assert isinstance(found, tuple)
    assert [one.good for one in found] == [True]
    assert await signatures_of(papers.house, document) == ()


async def test_asking_again_gives_the_same_signed_document(papers: Papers) -> None:
    document = await a_document(papers)
    signing = Signing(papers.house, LAN)
    first = await signing.sign(DOSSIER, document.id)
    assert await signing.sign(DOSSIER, document.id) == first
    assert isinstance(first, Document)
    assert await signing.sign(DOSSIER, first.id) == first
    again = await Assembling(papers.house, LAN, nothing).assemble(DOSSIER, 1)
    assert isinstance(again, Document)
    assert again.id == document.id, "a signed paper is not assembled anew from the same pages"


async def test_what_failed_to_be_signed_is_as_it_was(papers: Papers) -> None:
    document = await a_document(papers)
    assert papers.signer is not None
    papers.signer.broken = True
    refused = await Signing(papers.house, LAN).sign(DOSSIER, document.id)
    assert reason(refused) is Reason.NOT_SIGNED
    assert papers.work.documents.kept == [document]


async def test_nobody_signs_without_a_key_and_nothing_but_pdf(papers: Papers) -> None:
    document = await a_document(papers)
    picture = document.model_copy(update={"id": "jpg", "media_type": "image/jpeg"})
    await papers.work.documents.add(picture)
    signing = Signing(papers.house, LAN)
    assert reason(await signing.sign(DOSSIER, "jpg")) is Reason.ONLY_PDF_SIGNED
    assert reason(await signing.sign(DOSSIER, "x")) is Reason.DOCUMENT_UNKNOWN
    assert reason(await signing.sign("other", document.id)) is Reason.DOCUMENT_UNKNOWN
    assert await signatures_of(papers.house, picture) == ()
    papers.signer = None
    papers.__post_init__()
    unsigned = await Signing(papers.house, LAN).sign(DOSSIER, document.id)
    assert reason(unsigned) is Reason.NOBODY_SIGNS


async def test_an_older_document_is_not_signed_any_more(papers: Papers) -> None:
    document = await a_document(papers)
    await papers.captures(b"pages=1 another sheet")
    await Assembling(papers.house, LAN, nothing).assemble(DOSSIER, 1)
    refused = await Signing(papers.house, LAN).sign(DOSSIER, document.id)
    assert reason(refused) is Reason.DOCUMENT_SUPERSEDED


async def test_a_lost_document_is_told(papers: Papers) -> None:
    document = await a_document(papers)
    del papers.vault.kept[document.sha256]
    assert (
        reason(await Signing(papers.house, LAN).sign(DOSSIER, document.id)) is Reason.CONTENT_LOST
    )
    assert reason(await signatures_of(papers.house, document)) is Reason.CONTENT_LOST
