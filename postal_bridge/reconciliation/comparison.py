"""What differs between our ledger and the one-stop system's list: pure, and always the same.

It is given the suspects only: dossiers that stand in both lists with the same compared fields are
not among them (`ports.Snapshots`). Given whole lists it finds the same.

A dossier is matched by its code alone. A code that one side lists and the other does not is
looked up on the other side before anybody calls it missing (`Elsewhere`): a dossier received at
23:59:59 here and at 00:00:00 there lies in two windows, and is a matter of the day of reception.

Who was never taken in cannot be missing (reference one-stop 3.2: reception excludes the states 1
and 3). So these are no differences:

- their row in state 1 or 3 that we do not know, and our dossier in state 1 or 3 that they do not;
- our dossier in state 1 (new): nothing of it is compared until somebody takes it in;
- our refusal (3) beside their row without national number, or in state 1 or 3. Where they go on
  with a dossier that we refused, that is a difference of state, and of nothing else.

A row that cannot be taken at its word is `UNEXPECTED`, and nothing else is said about it. Where
the other side's clock is off as a whole, that is one difference (`clocks.py`), and the days that
it moves are none.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from postal_bridge.clock import format_day, format_local, local_day
from postal_bridge.codes import DossierCode
from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH
from postal_bridge.errors import Refusal
from postal_bridge.journey import STATUS_NAMES, Status
from postal_bridge.reconciliation.records import (
    Difference,
    DifferenceKind,
    Discrepancy,
    OneStopDossier,
    OurDossier,
)

CHANNEL_NAMES = {1: "trực tiếp", 2: "trực tuyến", 3: "bưu chính"}
RETURN_MODE_NAMES = {0: "trả tại quầy", 1: "trả qua bưu chính"}

NO_NUMBER = 0
"""Their state has no national number, so it cannot be held against ours."""

NOT_TAKEN_IN = frozenset({Status.NEW, Status.REFUSED})

NEAR_MIDNIGHT = timedelta(hours=6)
"""Two moments on neighbouring days that lie no further apart are one moment on either side of
midnight: entered in the evening here, and in the night there."""

_NOT_LISTED = "không có trong danh sách"
_NOT_IN_LEDGER = "không có trong sổ"
_NOT_ASKED = "chưa tra cứu riêng mã này"


@dataclass(frozen=True)
class Elsewhere:
    """What looking single codes up has brought, beyond the two lists.

    Attributes:
        ours: our dossiers that the other side lists, but we not in the window; refused ones too.
        theirs: the other way round.
        ambiguous: codes that the other side would not answer for, with its sentence: two dossiers
            answer to the code (`OneStop.find`).
        asked: every code that was looked up, found or not.
        not_asked: codes on one list only that nobody looked up, because there were too many.
    """

    ours: Mapping[str, OurDossier] = field(default_factory=dict)
    theirs: Mapping[str, OneStopDossier] = field(default_factory=dict)
    ambiguous: Mapping[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    not_asked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes:
        differences: at most one for each class and dossier, by code, then in the order of the
            classes.
        uncompared: dossiers that both sides have, whose state was not compared, as theirs has no
            national number.
        days: spans of days of reception, both ends included, that were compared as a whole.
        seen: codes about which tonight knows both sides.
        unsure: codes that were on one list and not looked up; no case of theirs is closed.
    """

    differences: tuple[Difference, ...]
    uncompared: int
    days: tuple[tuple[date, date], ...]
    seen: frozenset[str]
    unsure: frozenset[str]

    def covers(self, case: Discrepancy) -> bool:
        """Whether tonight could have seen the case's difference, had it still been there."""
        if case.dossier_code in self.unsure:
            return False
        whole = any(first <= case.received_on <= last for first, last in self.days)
        return whole or case.dossier_code in self.seen


def compare(
    ours: Sequence[OurDossier],
    theirs: Sequence[OneStopDossier],
    *,
    days: Sequence[tuple[date, date]],
    day: date | None = None,
    elsewhere: Elsewhere | None = None,
    agencies: Mapping[str, str] | None = None,
    clock_offset: timedelta = timedelta(0),
) -> Comparison:
    """Hold both sides against each other, dossier by dossier.

    Args:
        ours: our suspects received on these days.
        theirs: their suspects received on these days, in their order; of a code that comes twice
            the first row is compared.
        days: spans of local days of reception that are compared, both ends included; none where
            only single codes are.
        day: stands for the day of reception where neither side tells one; without it the last
            compared day.
        elsewhere: what single look-ups brought; without it nothing was looked up.
        agencies: our places' agency codes, for sides that name departments by these; of several
            places with one agency the first is the one to show.
        clock_offset: how far the other side's clock is ahead of ours.
    """
    found = elsewhere or Elsewhere()
    here = {**found.ours, **{one.code: one for one in ours}}
    there: dict[str, list[OneStopDossier]] = {}
    for row in theirs:
        there.setdefault(row.code, []).append(row)
    for code, row in found.theirs.items():
        there.setdefault(code, [row])
    judge = _Judge(day or days[-1][1], agencies or {}, found, clock_offset)
    for code in sorted({*here, *there, *found.ambiguous}):
        judge.look_at(code, here.get(code), there.get(code, []))
    return Comparison(
        differences=tuple(judge.differences),
        uncompared=judge.uncompared,
        days=tuple(days),
        seen=frozenset({*here, *there, *found.asked}) - found.not_asked,
        unsure=found.not_asked,
    )


def stored_code(code: str) -> str:
    """The code as a case keeps it; a longer one than ours may be ends in its own hash."""
    if len(code) <= CODE_LENGTH:
        return code
    digest = hashlib.sha256(code.encode()).hexdigest()[:12]
    return f"{code[: CODE_LENGTH - len(digest) - 1]}~{digest}"


class _Judge:
    """Looks at one code after the other and keeps what differs."""

    def __init__(
        self, last_day: date, agencies: Mapping[str, str], found: Elsewhere, offset: timedelta
    ) -> None:
        self.differences: list[Difference] = []
        self.uncompared = 0
        self._last_day = last_day
        self._found = found
        self._offset = offset
        self._agencies = agencies
        self._places: dict[str, str] = {}
        for place, agency in self._agencies.items():
            self._places.setdefault(agency, place)

    def look_at(self, code: str, mine: OurDossier | None, rows: list[OneStopDossier]) -> None:
        """Everything about one code."""
        first = rows[0] if rows else None
        strange = first.strange or (_strange_code(code) if mine is None else "") if first else ""
        if strange:
            strange = _how_many(rows) + strange
            self._add(DifferenceKind.UNEXPECTED, code, (mine, first), (_once(mine), strange))
            return
        if len(rows) > 1:
            self._add(
                DifferenceKind.DUPLICATE_CODE, code, (mine, first), (_once(mine), _rows(rows))
            )
        elif code in self._found.ambiguous:
            said = self._found.ambiguous[code]
            self._add(DifferenceKind.DUPLICATE_CODE, code, (mine, first), (_once(mine), said))
            if first is None:
                return
        if mine is not None and first is not None:
            self._pair(mine, first)
        elif first is not None and first.status not in NOT_TAKEN_IN:
            ours = self._absent(_NOT_IN_LEDGER, code)
            self._add(DifferenceKind.MISSING_HERE, code, (None, first), (ours, _state(first)))
        elif mine is not None and mine.status not in NOT_TAKEN_IN:
            theirs = self._absent(_NOT_LISTED, code)
            ours = STATUS_NAMES[Status(mine.status)][0]
            self._add(DifferenceKind.MISSING_THERE, code, (mine, None), (ours, theirs))

    def _pair(self, mine: OurDossier, row: OneStopDossier) -> None:
        if mine.status == Status.NEW:
            return
        if mine.status == Status.REFUSED:
            if row.status not in {NO_NUMBER, *NOT_TAKEN_IN}:
                said = STATUS_NAMES[Status.REFUSED][0]
                self._add(DifferenceKind.STATE, mine.code, (mine, row), (said, _state(row)))
            return
        self.uncompared += row.status == NO_NUMBER
        for kind, ours, theirs in self._compared_fields(mine, row):
            self._add(kind, mine.code, (mine, row), (ours, theirs))

    def _compared_fields(
        self, mine: OurDossier, row: OneStopDossier
    ) -> Iterator[tuple[DifferenceKind, str, str]]:
        kind = DifferenceKind
        if row.status not in {NO_NUMBER, mine.status}:
            yield kind.STATE, STATUS_NAMES[Status(mine.status)][0], _state(row)
        if self._agency(mine.department) != self._agency(row.department_code):
            yield (
                kind.DEPARTMENT,
                self._department(mine.department),
                self._department(row.department_code),
            )
        if mine.procedure_code != row.procedure_code:
            yield kind.PROCEDURE, mine.procedure_code, row.procedure_code or "không ghi thủ tục"
        if mine.channel != row.channel:
            yield (
                kind.CHANNEL,
                _word(CHANNEL_NAMES, mine.channel),
                _word(CHANNEL_NAMES, row.channel),
            )
        if mine.return_mode != row.return_mode:
            modes = RETURN_MODE_NAMES
            yield kind.RETURN_MODE, _word(modes, mine.return_mode), _word(modes, row.return_mode)
        yield from self._days_and_fee(mine, row)

    def _days_and_fee(
        self, mine: OurDossier, row: OneStopDossier
    ) -> Iterator[tuple[DifferenceKind, str, str]]:
        kind = DifferenceKind
        if self._other_day(mine.received_at, row.received_at):
            yield _day_kind(mine.received_at, row.received_at)
        if self._other_day(mine.promised_at, row.promised_at):
            yield kind.PROMISED_DAY, _shown(mine.promised_at), _shown(row.promised_at)
        if row.fee_vnd is not None and row.fee_vnd != mine.fee_vnd:
            yield kind.FEE, _money(mine.fee_vnd), _money(row.fee_vnd)

    def _other_day(self, mine: datetime | None, theirs: datetime | None) -> bool:
        """Whether the days differ, and not only because their clock is off."""
        if _day(mine) == _day(theirs):
            return False
        put_right = theirs - self._offset if theirs and self._offset else theirs
        return _day(mine) != _day(put_right)

    def _agency(self, department: str) -> str:
        return self._agencies.get(department, department)

    def _department(self, department: str) -> str:
        """A department so that people know it, whichever side's code it is."""
        agency = self._agency(department)
        place = department if department in self._agencies else self._places.get(agency)
        return f"{place} ({agency})" if place else department or "không ghi sở, ngành"

    def _absent(self, said: str, code: str) -> str:
        return f"{said}; {_NOT_ASKED}" if code in self._found.not_asked else said

    def _add(
        self,
        kind: DifferenceKind,
        code: str,
        sides: tuple[OurDossier | None, OneStopDossier | None],
        said: tuple[str, str],
    ) -> None:
        mine, row = sides
        received_at = mine.received_at if mine is not None else None
        if row is not None:
            received_at = received_at or row.received_at
        ours, theirs = said
        self.differences.append(
            Difference(
                kind=kind,
                dossier_code=stored_code(code),
                ours=ours[:NAME_LENGTH],
                theirs=theirs[:NAME_LENGTH],
                received_on=_day(received_at) or self._last_day,
            )
        )


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else local_day(moment)


def _shown(moment: datetime | None) -> str:
    return "không ghi ngày" if moment is None else format_day(local_day(moment))


def _day_kind(mine: datetime, theirs: datetime | None) -> tuple[DifferenceKind, str, str]:
    if theirs is not None and abs(theirs - mine) <= NEAR_MIDNIGHT:
        return DifferenceKind.MIDNIGHT, format_local(mine), format_local(theirs)
    return DifferenceKind.RECEIVED_DAY, _shown(mine), _shown(theirs)


def _money(amount_vnd: int) -> str:
    return f"{amount_vnd:,} đồng".replace(",", ".")


def _strange_code(code: str) -> str:
    """Why a code that only they list cannot be one of a dossier; "" where it can."""
    if isinstance(DossierCode.parse(code), Refusal):
        return f"mã “{code[:60]}” không phải mã hồ sơ"
    return ""


def _how_many(rows: Sequence[OneStopDossier]) -> str:
    """Rows without any code share one case, which then says how many they are."""
    return f"{len(rows)} dòng; " if len(rows) > 1 else ""


def _word(names: Mapping[int, str], number: int) -> str:
    return names.get(number, str(number))


def _state(row: OneStopDossier) -> str:
    """Their state in our words, with their own word beside it."""
    if row.status not in set(Status):
        return row.raw_status
    return f"{STATUS_NAMES[Status(row.status)][0]} ({row.raw_status})"


def _once(mine: OurDossier | None) -> str:
    return _NOT_IN_LEDGER if mine is None else "1 hồ sơ"


def _rows(rows: Sequence[OneStopDossier]) -> str:
    """How often the code comes, and in what its rows differ."""
    names = {
        "procedure_code": "thủ tục",
        "department_code": "sở, ngành",
        "raw_status": "trạng thái",
        "channel": "kênh tiếp nhận",
        "return_mode": "hình thức trả",
        "received_at": "giờ tiếp nhận",
        "promised_at": "hẹn trả",
        "resolved_at": "giờ xử lý xong",
        "returned_at": "giờ trả",
        "fee_vnd": "phí, lệ phí",
    }
    unlike = [
        name for field_, name in names.items() if len({getattr(row, field_) for row in rows}) > 1
    ]
    tail = f"khác nhau về {', '.join(unlike)}" if unlike else "giống hệt nhau"
    return f"{len(rows)} dòng cùng mã, {tail}"
