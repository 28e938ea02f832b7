"""How far each paper is, and what an approval holds for."""

import pytest

from postal_bridge.documents.paper_records import Approval, Digitisation, PaperReuse
from postal_bridge.documents.paper_status import (
    Judgement,
    PaperStatus,
    judge_paper,
    note_reuse,
    paper_statuses,
)
from postal_bridge.documents.records import Document
from postal_bridge.errors import Reason, Refusal
from tests.stages.memory import LAN, MemoryWork
from tests.stores import DOSSIER, NOW, a_dossier, a_line

YES = Judgement(approved=True)
RESULT = "KQ-000123"


def a_document(name: str, *, position: int = 1, pages: int = 0) -> Document:
    return Document(
        id=name,
        dossier_code=DOSSIER,
        position=position,
        file_name=f"{name}.pdf",
        media_type="application/pdf",
        sha256=f"{name:0>64}",
        size_bytes=10,
        page_count=pages or a_line(1).pages,
        registered_at=NOW,
        registered_by="lan",
    )


@pytest.fixture
async def dossier(work: MemoryWork) -> MemoryWork:
    await work.dossiers.add(a_dossier(), [a_line(2), a_line(1)])
    return work


async def status(work: MemoryWork, position: int = 1) -> PaperStatus:
    found = await paper_statuses(work, DOSSIER)
    assert [one.line.position for one in found] == [1, 2]
    return found[position - 1]


async def judge(
    work: MemoryWork, judgement: Judgement = YES, *, position: int = 1, code: str = DOSSIER
) -> PaperStatus | Refusal:
    return await judge_paper(work, code, position, judgement, actor=LAN, now=NOW)


async def reuse(
    work: MemoryWork, digitisation: Digitisation, source: str = RESULT, *, position: int = 1
) -> PaperStatus | Refusal:
    said = PaperReuse(
        dossier_code=DOSSIER,
        position=position,
        number=9,
        digitisation=digitisation,
        source=source,
        noted_at=NOW,
        noted_by="lan",
    )
    return await note_reuse(work, said)


def refused(answer: object) -> Reason:
    assert isinstance(answer, Refusal), answer
    return answer.reason


async def test_a_paper_is_digitised_by_its_own_files_only(dossier: MemoryWork) -> None:
    await dossier.documents.add(a_document("whole", position=0))
    gone = a_document("old").model_copy(update={"superseded_by": "new"})
    await dossier.documents.add(gone)
    assert (await status(dossier)).digitisation is Digitisation.NONE
    assert (await status(dossier)).approval is Approval.NOTHING
    await dossier.documents.add(a_document("new"))
    found = await status(dossier)
    assert (found.digitisation, found.approval) == (Digitisation.DIGITISED, Approval.WAITING)
    assert [one.id for one in found.documents] == ["new"]
    assert (await status(dossier, 2)).digitisation is Digitisation.NONE


async def test_what_changed_since_its_approval_waits_again(dossier: MemoryWork) -> None:
    await dossier.documents.add(a_document("first"))
    approved = await judge(dossier)
    assert isinstance(approved, PaperStatus)
    assert approved.approval is Approval.APPROVED
    await dossier.documents.put(a_document("first").model_copy(update={"superseded_by": "second"}))
    await dossier.documents.add(a_document("second"))
    waiting = await status(dossier)
    assert waiting.approval is Approval.WAITING
    assert waiting.said is not None
    rejected = await judge(dossier, Judgement(approved=False, remark="Mờ."))
    assert isinstance(rejected, PaperStatus)
    assert rejected.approval is Approval.REJECTED
    assert [one.number for one in await dossier.papers.approvals(DOSSIER)] == [1, 2]


async def test_pages_other_than_counted_need_a_word(dossier: MemoryWork) -> None:
    await dossier.documents.add(a_document("long", pages=a_line(1).pages + 1))
    assert refused(await judge(dossier)) is Reason.REMARK_FOR_PAGES
    said = await judge(dossier, Judgement(approved=True, remark="Thêm trang bìa."))
    assert isinstance(said, PaperStatus)
    assert said.approval is Approval.APPROVED


async def test_a_reused_paper_needs_no_file_and_the_reuse_can_be_taken_back(
    dossier: MemoryWork,
) -> None:
    reused = await reuse(dossier, Digitisation.REUSED_RESULT)
    assert isinstance(reused, PaperStatus)
    assert reused.digitisation is Digitisation.REUSED_RESULT
    assert not isinstance(await judge(dossier), Refusal)
    assert (await status(dossier)).approval is Approval.APPROVED
    await reuse(dossier, Digitisation.REUSED_RESULT)  # said twice, noted once
    await reuse(dossier, Digitisation.REUSED_COMPONENT)
    assert (await status(dossier)).approval is Approval.WAITING
    back = await reuse(dossier, Digitisation.NONE, "")
    assert isinstance(back, PaperStatus)
    assert back.digitisation is Digitisation.NONE
    assert [one.number for one in await dossier.papers.reuses(DOSSIER)] == [1, 2, 3]
    await reuse(dossier, Digitisation.NONE, "")  # there is nothing to take back
    assert len(await dossier.papers.reuses(DOSSIER)) == 3


@pytest.mark.parametrize(
    ("code", "position", "judgement", "reason"),
    [
        pytest.param("x", 1, YES, Reason.DOSSIER_UNKNOWN, id="unknown-dossier"),
        pytest.param(DOSSIER, 7, YES, Reason.COMPONENT_UNKNOWN, id="unknown-line"),
        pytest.param(DOSSIER, 2, YES, Reason.PAPER_NOT_DIGITISED, id="nothing-there"),
        pytest.param(
            DOSSIER, 1, Judgement(approved=False), Reason.REMARK_NEEDED, id="rejected-wordless"
        ),
    ],
)
async def test_what_cannot_be_judged_is_refused(
    dossier: MemoryWork, code: str, position: int, judgement: Judgement, reason: Reason
) -> None:
    await dossier.documents.add(a_document("first"))
    assert refused(await judge(dossier, judgement, position=position, code=code)) is reason
    assert not await dossier.papers.approvals(DOSSIER)


async def test_a_reuse_names_its_source(dossier: MemoryWork) -> None:
    answer = await reuse(dossier, Digitisation.REUSED_COMPONENT, " ")
    assert refused(answer) is Reason.REUSE_SOURCE_MISSING
    assert (
        refused(await reuse(dossier, Digitisation.REUSED_RESULT, position=9))
        is Reason.COMPONENT_UNKNOWN
    )
