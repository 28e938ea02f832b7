"""Nights and cases in memory, for tests of the stages: what the store does, without a database."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from postal_bridge.dossiers.records import Dossier, FeeReceipt
from postal_bridge.journey import Status
from postal_bridge.reconciliation.ports import CaseFilter
from postal_bridge.reconciliation.records import (
    CaseEntry,
    Discrepancy,
    EntryKind,
    Night,
    NightRun,
    OurDossier,
    SignOff,
    TapedAnswer,
)

BATCH = 3
"""So few that the tests of the night see more than one batch."""


class KeptDossiers(Protocol):
    """As much of the dossiers in memory as a night reads."""

    kept: dict[str, Dossier]
    money: list[FeeReceipt]


class MemoryNights:
    """Nights and cases; what is in it is a copy, as in a database."""

    def __init__(self, dossiers: KeptDossiers) -> None:
        self._dossiers = dossiers
        self.kept_cases: dict[str, Discrepancy] = {}
        self.kept_nights: dict[date, Night] = {}
        self.lines: dict[str, list[CaseEntry]] = {}
        self.signatures: list[SignOff] = []
        self.runs: dict[date, NightRun] = {}
        self.answers: dict[date, list[TapedAnswer]] = {}

    # --- our side -----------------------------------------------------------------------------

    async def our_side(self, first: datetime, end: datetime) -> AsyncIterator[Sequence[OurDossier]]:
        ours = [
            self._ours(one)
            for code, one in sorted(self._dossiers.kept.items())
            if first <= one.received_at < end and one.status != Status.REFUSED
        ]
        for start in range(0, len(ours), BATCH):
            yield ours[start : start + BATCH]

    async def our_dossiers(self, codes: Sequence[str]) -> Sequence[OurDossier]:
        kept = self._dossiers.kept
        return [self._ours(kept[code]) for code in sorted(set(codes)) if code in kept]

    def _ours(self, one: Dossier) -> OurDossier:
        taken = [paid.amount_vnd for paid in self._dossiers.money if paid.dossier_code == one.code]
        return OurDossier(
            code=one.code,
            procedure_code=one.procedure_code,
            department=one.department,
            status=one.status,
            channel=one.channel,
            return_mode=one.return_mode,
            received_at=one.received_at,
            promised_at=one.promised_at,
            resolved_at=one.resolved_at,
            fee_vnd=sum(taken),
        )

    # --- cases --------------------------------------------------------------------------------

    async def hold(self) -> None:
        """One process, one transaction at a time."""

    async def cases(self, *, open_only: bool) -> Sequence[Discrepancy]:
        return await self.listed(CaseFilter(open=True if open_only else None, limit=1_000_000))

    async def listed(self, wanted: CaseFilter) -> Sequence[Discrepancy]:
        ordered = sorted(self.kept_cases.values(), key=_place)
        if wanted.after is not None:
            kind, _, code = wanted.after.partition(":")
            ordered = [case for case in ordered if _place(case) > (kind, code)]
        found = [case for case in ordered if self._is_wanted(case, wanted)]
        return [case.model_copy() for case in found[: wanted.limit]]

    def _is_wanted(self, case: Discrepancy, wanted: CaseFilter) -> bool:
        still_open = case.closed_on is None
        overdue = wanted.overdue_on
        return all(
            (
                wanted.open in {None, still_open},
                wanted.kind in {None, case.kind},
                wanted.owner is None or (wanted.owner or None) == case.owner,
                overdue is None or (still_open and bool(case.due_on and case.due_on < overdue)),
                wanted.night is None or self._wrote(wanted.night, case),
                wanted.department is None or self._belongs(case.dossier_code, wanted),
            )
        )

    def _wrote(self, night: date, case: Discrepancy) -> bool:
        return any(line.night == night for line in self.lines.get(case.id, ()))

    def _belongs(self, code: str, wanted: CaseFilter) -> bool:
        dossier = self._dossiers.kept.get(code)
        if dossier is not None:
            return dossier.department == wanted.department
        return bool(wanted.agency) and code.startswith(f"{wanted.agency}-")

    async def case(self, case_id: str) -> Discrepancy | None:
        found = self.kept_cases.get(case_id)
        return found.model_copy() if found else None

    async def put_case(self, case: Discrepancy) -> None:
        same = [one for one in self.kept_cases.values() if one.key == case.key]
        assert all(one.id == case.id for one in same), "one difference, two cases"
        self.kept_cases[case.id] = case.model_copy()

    async def add_entry(self, entry: CaseEntry) -> None:
        lines = self.lines.setdefault(entry.case_id, [])
        lines.append(entry.model_copy(update={"number": len(lines) + 1}))

    async def entries(self, case_id: str) -> Sequence[CaseEntry]:
        return [line.model_copy() for line in self.lines.get(case_id, ())]

    async def last_comments(self, case_ids: Sequence[str]) -> Mapping[str, CaseEntry]:
        return {
            case_id: line.model_copy()
            for case_id in case_ids
            for line in self.lines.get(case_id, ())
            if line.kind is EntryKind.COMMENT
        }

    # --- nights -------------------------------------------------------------------------------

    async def put_night(self, night: Night) -> None:
        self.kept_nights[night.day] = night.model_copy()

    async def night(self, day: date) -> Night | None:
        found = self.kept_nights.get(day)
        return found.model_copy() if found else None

    async def nights(self, *, limit: int) -> Sequence[Night]:
        days = sorted(self.kept_nights, reverse=True)
        return [self.kept_nights[day].model_copy() for day in days[:limit]]

    async def sign(self, sign_off: SignOff) -> bool:
        if _names(sign_off) in map(_names, self.signatures):
            return False
        self.signatures.append(sign_off.model_copy())
        return True

    async def sign_offs(self, day: date) -> Sequence[SignOff]:
        found: Iterable[SignOff] = (one for one in self.signatures if one.day == day)
        return [one.model_copy() for one in sorted(found, key=lambda s: (s.signed_at, s.side))]

    # --- runs ---------------------------------------------------------------------------------

    async def run(self, day: date) -> NightRun | None:
        found = self.runs.get(day)
        return found.model_copy() if found else None

    async def begin_run(self, run: NightRun) -> None:
        await self.end_run(run.day)
        self.runs[run.day] = run.model_copy()

    async def end_run(self, day: date) -> None:
        self.runs.pop(day, None)
        self.answers.pop(day, None)

    async def tape(self, day: date) -> Sequence[TapedAnswer]:
        answers = sorted(self.answers.get(day, ()), key=lambda one: one.number)
        return [one.model_copy() for one in answers]

    async def add_to_tape(self, answer: TapedAnswer) -> None:
        answers = self.answers.setdefault(answer.day, [])
        if answer.question not in {one.question for one in answers}:
            answers.append(answer.model_copy())


def _place(case: Discrepancy) -> tuple[str, str]:
    return case.kind.value, case.dossier_code


def _names(sign_off: SignOff) -> tuple[date, str, str]:
    return sign_off.day, sign_off.report, sign_off.side
