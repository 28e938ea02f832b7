"""What the stand-in of the national portal holds: what it was told of each dossier, all of it.

Nothing that it was told is ever dropped, so that a test can prove that each state came exactly
once and in order, and that nothing was told twice or rewritten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus

from postal_bridge.clock import Clock, to_local
from postal_bridge.sandbox.national_portal_items import (
    RESOLVED,
    RETURNED,
    STATES,
    Item,
    ItemError,
    read_progress,
    read_record,
    warnings_about,
)
from postal_bridge.sandbox.refusal import StandInError

MOST_STEPS = 10
"""Progress items in one call (section 2.1, source TD)."""

AFTER: dict[str, frozenset[str]] = {
    "1": frozenset({"2", "3", "7"}),
    "2": frozenset({"4", "5", "6", "7", "8", "9"}),
    "4": frozenset({"5", "6", "7", "8", "9"}),
    "5": frozenset({"4", "7", "8"}),
    "6": frozenset({"4", "7", "8"}),
    RESOLVED: frozenset({RETURNED}),
}
"""Which state may follow which (section 8.1). [stand-in's choice]: 4 ends as 2 does; from 5 and 6
one may also withdraw or be stopped; nothing follows 7 and 8; a dossier that is told of for the
first time may be in any state but 10, which comes only after 9."""


class PortalDataError(StandInError):
    """The data are in form, and cannot be taken as things stand."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.CONFLICT, message)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One accepted record of a dossier, in the order in which they came.

    Attributes:
        at: the stand-in's local time, as the portal writes moments.
        updating: whether it came with isUpdating "True".
    """

    state: str
    at: str
    updating: bool
    item: Item


@dataclass(kw_only=True)
class Kept:
    """Everything about one dossier.

    Attributes:
        told: every record, those of a state that was told again too.
        progress: every step, each once.
        repeats: records that were equal to the one before; they came twice.
        rewrites: records that told the same state again with something else in them.
        repeated_steps: steps that were there already.
    """

    told: list[Told] = field(default_factory=list)
    progress: list[Item] = field(default_factory=list)
    repeats: int = 0
    rewrites: int = 0
    repeated_steps: int = 0

    @property
    def record(self) -> Item:
        """What was told last."""
        return self.told[-1].item

    @property
    def states(self) -> list[str]:
        """The states that it came into, in order; one that was told again stands once."""
        states: list[str] = []
        for one in self.told:
            if states[-1:] != [one.state]:
                states.append(one.state)
        return states

    def shown(self) -> dict[str, object]:
        """For whoever tests or demonstrates."""
        return {**asdict(self), "states": self.states}


class PortalState:
    """All dossiers that the portal was told of, by MaHoSo."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self.dossiers: dict[str, Kept] = {}

    def put(
        self, items: Sequence[object], *, updating: bool, kinds: frozenset[str]
    ) -> tuple[list[Item], list[str]]:
        """Take records, all or none; gives them back with the warnings about them.

        Raises:
            StandInError: the column, or why it cannot follow.
        """
        read = [read_record(item, kinds=kinds) for item in items]
        codes = [str(item["MaHoSo"]) for item in read]
        if not read or len(set(codes)) < len(codes):
            raise ItemError("data", "mỗi MaHoSo một lần, ít nhất một (each once, at least one)")
        for item in read:
            self._check(item, updating=updating)
        for item in read:
            self._tell(item, updating=updating)
        return read, [warning for item in read for warning in warnings_about(item)]

    def add_progress(self, items: Sequence[object]) -> list[Item]:
        """Take steps of dossiers that are known, all or none; one that is there stays once.

        Raises:
            StandInError: more than ten, a column, or a dossier that is unknown.
        """
        if not 0 < len(items) <= MOST_STEPS:
            raise ItemError("data", f"1..{MOST_STEPS} bước một lần (steps in one call)")
        read = [read_progress(item) for item in items]
        for step in read:
            if str(step["MaHoSo"]) not in self.dossiers:
                raise PortalDataError(f"Hồ sơ {step['MaHoSo']} không tồn tại (unknown dossier)")
        for step in read:
            kept = self.dossiers[str(step["MaHoSo"])]
            if step in kept.progress:
                kept.repeated_steps += 1
            else:
                kept.progress.append(step)
        return read

    def get(self, code: str) -> Kept:
        """Everything about a dossier; 404 where the portal was never told of it."""
        if code not in self.dossiers:
            text = f"không có hồ sơ {code} (no such dossier)"
            raise StandInError(HTTPStatus.NOT_FOUND, text)
        return self.dossiers[code]

    def remove(self, code: str) -> None:
        """Forget a dossier, as if nobody had told of it; 404 where there is none."""
        self.get(code)
        del self.dossiers[code]

    def file_all(self, given: Sequence[object]) -> list[Item]:
        """Somebody else has told of these dossiers: only MaHoSo and TrangThaiHoSo are wanted.

        Raises:
            ItemError: 400, and none is filed.
        """
        filed: list[Item] = []
        for item in given:
            if not isinstance(item, Mapping) or not item.get("MaHoSo"):
                raise ItemError("MaHoSo", "bắt buộc (required)")
            if item.get("TrangThaiHoSo") not in STATES:
                raise ItemError(f"{item['MaHoSo']}, TrangThaiHoSo", "1..10")
            filed.append(dict(item))
        for item in filed:
            self._tell(item, updating=str(item["MaHoSo"]) in self.dossiers)
        return filed

    def _check(self, item: Item, *, updating: bool) -> None:
        code, now = str(item["MaHoSo"]), str(item["TrangThaiHoSo"])
        kept = self.dossiers.get(code)
        if kept is not None and not updating:
            raise PortalDataError(f"Hồ sơ {code} đã tồn tại (already there)")
        if kept is None and updating:
            raise PortalDataError(f"Hồ sơ {code} không tồn tại (unknown dossier)")
        before = kept.told[-1].state if kept else ""
        if before and now != before and now not in AFTER.get(before, frozenset()):
            raise PortalDataError(f"{code}: {before} → {now} không hợp lệ (cannot follow)")
        if not before and now == RETURNED:
            raise PortalDataError(f"{code}: 10 chỉ sau 9 (10 only after 9)")

    def _tell(self, item: Item, *, updating: bool) -> None:
        kept = self.dossiers.setdefault(str(item["MaHoSo"]), Kept())
        state = str(item["TrangThaiHoSo"])
        if kept.told and kept.told[-1].state == state:
            same = kept.record == item
            kept.repeats += same
            kept.rewrites += not same
        at = f"{to_local(self._clock.now()):%Y%m%d%H%M%S}"
        kept.told.append(Told(state=state, at=at, updating=updating, item=item))
