"""How far each paper of a dossier is: digitised or reused, counted against the paper, approved."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from postal_bridge.documents.paper_records import (
    Approval,
    Digitisation,
    PaperApproval,
    PaperReuse,
)
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Document
from postal_bridge.dossiers.records import ChecklistLine
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor

R = TypeVar("R", PaperReuse, PaperApproval)
_REUSED = frozenset({Digitisation.REUSED_COMPONENT, Digitisation.REUSED_RESULT})


@dataclass(frozen=True, kw_only=True)
class PaperStatus:
    """A line of the checklist as it stands.

    Attributes:
        documents: those that count: not superseded, of this line.
        reuse: where it need not be scanned.
        said: the last approval or rejection, also of contents that changed since.
    """

    line: ChecklistLine
    documents: tuple[Document, ...]
    reuse: PaperReuse | None
    said: PaperApproval | None

    @property
    def digitisation(self) -> Digitisation:
        """What the one-stop systems call it."""
        if self.reuse is not None:
            return self.reuse.digitisation
        return Digitisation.DIGITISED if self.documents else Digitisation.NONE

    @property
    def pages(self) -> int:
        """Pages of the files."""
        return sum(document.page_count for document in self.documents)

    @property
    def pages_differ(self) -> bool:
        """Whether the files have other pages than were counted at the counter."""
        return bool(self.documents) and self.pages != self.line.pages

    @property
    def contents_sha256(self) -> str:
        """Over what an officer looks at: an approval holds for exactly this."""
        told = sorted(document.sha256 for document in self.documents)
        if self.reuse is not None:
            told.append(f"{self.reuse.digitisation}:{self.reuse.source}")
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    @property
    def approval(self) -> Approval:
        """What was said to it as it is now."""
        if self.digitisation is Digitisation.NONE:
            return Approval.NOTHING
        if self.said is None or self.said.contents_sha256 != self.contents_sha256:
            return Approval.WAITING
        return Approval.APPROVED if self.said.approved else Approval.REJECTED


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What an officer says to a paper, and why."""

    approved: bool
    remark: str = ""


async def paper_statuses(work: PaperWork, dossier_code: str) -> list[PaperStatus]:
    """Every line of the checklist, in its order."""
    documents = [
        one for one in await work.documents.of_dossier(dossier_code) if one.superseded_by is None
    ]
    reuses = _latest(await work.papers.reuses(dossier_code))
    said = _latest(await work.papers.approvals(dossier_code))
    return [
        PaperStatus(
            line=line,
            documents=tuple(one for one in documents if one.position == line.position),
            reuse=_standing(reuses.get(line.position)),
            said=said.get(line.position),
        )
        for line in sorted(
            await work.dossiers.checklist(dossier_code), key=lambda line: line.position
        )
    ]


async def note_reuse(
    work: PaperWork,
    reuse: PaperReuse,
) -> PaperStatus | Refusal:
    """Say what a paper is reused from, or take that back; `number` is given here."""
    found = await _held(work, reuse.dossier_code, reuse.position)
    if isinstance(found, Refusal):
        return found
    if reuse.digitisation in _REUSED and not reuse.source.strip():
        return refuse(Reason.REUSE_SOURCE_MISSING, "source")
    same = found.reuse is not None and _same(found.reuse, reuse)
    if same or (found.reuse is None and reuse.digitisation not in _REUSED):
        return found
    earlier = await work.papers.reuses(reuse.dossier_code)
    number = 1 + sum(one.position == reuse.position for one in earlier)
    numbered = reuse.model_copy(update={"number": number})
    await work.papers.add_reuse(numbered)
    return replace(found, reuse=_standing(numbered))


async def judge_paper(
    work: PaperWork,
    dossier_code: str,
    position: int,
    judgement: Judgement,
    *,
    actor: Actor,
    now: datetime,
) -> PaperStatus | Refusal:
    """Approve or reject a paper as it stands now."""
    found = await _held(work, dossier_code, position)
    if isinstance(found, Refusal):
        return found
    refusal = _may_not_judge(found, judgement)
    if refusal is not None:
        return refusal
    approval = PaperApproval(
        dossier_code=dossier_code,
        position=position,
        number=found.said.number + 1 if found.said else 1,
        approved=judgement.approved,
        contents_sha256=found.contents_sha256,
        remark=judgement.remark,
        decided_at=now,
        decided_by=actor.username,
    )
    await work.papers.add_approval(approval)
    return replace(found, said=approval)


def _may_not_judge(found: PaperStatus, judgement: Judgement) -> Refusal | None:
    position = found.line.position
    if found.approval is Approval.NOTHING:
        return refuse(Reason.PAPER_NOT_DIGITISED, "position", position=position)
    if judgement.remark.strip():
        return None
    if not judgement.approved:
        return refuse(Reason.REMARK_NEEDED, "remark")
    if found.pages_differ:
        return refuse(
            Reason.REMARK_FOR_PAGES, "remark", counted=found.line.pages, pages=found.pages
        )
    return None


async def _held(work: PaperWork, dossier_code: str, position: int) -> PaperStatus | Refusal:
    """The line, with its dossier held: two who judge at once see each other."""
    if await work.dossiers.hold(dossier_code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=dossier_code)
    for status in await paper_statuses(work, dossier_code):
        if status.line.position == position:
            return status
    return refuse(Reason.COMPONENT_UNKNOWN, "position", position=position)


def _standing(reuse: PaperReuse | None) -> PaperReuse | None:
    return reuse if reuse is not None and reuse.digitisation in _REUSED else None


def _same(one: PaperReuse, other: PaperReuse) -> bool:
    def told(reuse: PaperReuse) -> Sequence[object]:
        return reuse.digitisation, reuse.source, reuse.from_national_store

    return told(one) == told(other)


def _latest(records: Iterable[R]) -> dict[int, R]:
    return {one.position: one for one in sorted(records, key=lambda one: one.number)}
