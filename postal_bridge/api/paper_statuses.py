"""How far each paper of a dossier is, what an officer said to it, and the export for other systems."""

from typing import Literal

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named, note_look
from postal_bridge.api.call import Body, Call
from postal_bridge.documents.paper_records import (
    APPROVAL_NAMES,
    DIGITISATION_NAMES,
    Approval,
    Digitisation,
    PaperApproval,
    PaperFormat,
    PaperReuse,
)
from postal_bridge.documents.paper_status import (
    Judgement,
    PaperStatus,
    judge_paper,
    note_reuse,
    paper_statuses,
)
from postal_bridge.errors import Reason, Refusal, refuse


class PaperOut(BaseModel):
    """A paper of the checklist; `digitisation` is numbered as one-stop systems do (0 to 3).

    Attributes:
        counted: pages of the paper, as the clerk counted; `pages` are those of the files.
    """

    position: int
    name: str
    digitisation: Digitisation
    digitisation_name: str
    approval: Approval
    approval_name: str
    counted: int
    pages: int
    pages_differ: bool
    documents: list[str]
    reuse: PaperReuse | None = None
    said: PaperApproval | None = None


class PapersOut(BaseModel):
    """All papers of a dossier; `complete` where none waits, is missing or was rejected."""

    papers: list[PaperOut]
    complete: bool


class Reuse(Body):
    """What a paper is reused from; digitisation 0 takes an earlier word back."""

    digitisation: Literal[0, 2, 3]
    source: str = Field(default="", max_length=60)
    from_national_store: bool = False


class Judged(Body):
    """What an officer says to a paper; a rejection needs a remark, and so do pages that differ."""

    approved: bool
    remark: str = Field(default="", max_length=4000)


class ExportQuery(BaseModel):
    """In which system's format."""

    format: PaperFormat


class Exported(BaseModel):
    """The list, by the name that it has there."""

    format: PaperFormat
    rows: list[dict[str, object]]


async def listed(call: Call[None]) -> PapersOut | Refusal:
    """All papers of a dossier."""
    code = call.path["code"]
    if await call.work.dossiers.find(code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    statuses = await paper_statuses(call.work, code)
    return PapersOut(
        papers=[_shown(one, call.language) for one in statuses],
        complete=all(one.approval is Approval.APPROVED for one in statuses),
    )


async def reuse(call: Call[Reuse]) -> PaperOut | Refusal:
    """Say what a paper is reused from."""
    said = PaperReuse(
        dossier_code=call.path["code"],
        position=_position(call.path["position"]),
        number=1,
        digitisation=Digitisation(call.body.digitisation),
        source=call.body.source.strip(),
        from_national_store=call.body.from_national_store,
        noted_at=call.now,
        noted_by=call.actor.username,
    )
    status = await note_reuse(call.work, said)
    return status if isinstance(status, Refusal) else _shown(status, call.language)


async def judge(call: Call[Judged]) -> PaperOut | Refusal:
    """Approve or reject a paper as it stands."""
    status = await judge_paper(
        call.work,
        call.path["code"],
        _position(call.path["position"]),
        Judgement(approved=call.body.approved, remark=call.body.remark.strip()),
        actor=call.actor,
        now=call.now,
    )
    return status if isinstance(status, Refusal) else _shown(status, call.language)


async def exported(call: Call[None]) -> Exported | Refusal:
    """The papers as another system takes them; who looked is recorded."""
    code, asked = call.path["code"], call.asked(ExportQuery)
    dossier = await call.work.dossiers.find(code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    await note_look(call, subject=code, purpose="paper-export")
    base = call.services.settings.documents.link_base

    def link(document_id: str) -> str:
        return f"{base}/api/v1/dossiers/{code}/documents/{document_id}"

    statuses = await paper_statuses(call.work, code)
    rows = call.services.export_papers(asked.format, dossier.procedure_code, statuses, link)
    return Exported(format=asked.format, rows=rows)


def _position(text: str) -> int:
    """A line's number; what is none names no line."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("200") else 0


def _shown(one: PaperStatus, language: str) -> PaperOut:
    return PaperOut(
        position=one.line.position,
        name=one.line.paper_name,
        digitisation=one.digitisation,
        digitisation_name=named(DIGITISATION_NAMES[one.digitisation], language),
        approval=one.approval,
        approval_name=named(APPROVAL_NAMES[one.approval], language),
        counted=one.line.pages,
        pages=one.pages,
        pages_differ=one.pages_differ,
        documents=[document.id for document in one.documents],
        reuse=one.reuse,
        said=one.said,
    )
