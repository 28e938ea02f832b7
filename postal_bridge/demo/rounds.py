"""The rounds between the centre and the offices: pouches, seals, two signatures, scans.

Each run has a load for each office. Out: packed and sealed at the counter, given to the courier,
scanned on leaving, given to the department. Back: packed and sealed by the department, given to
the courier, given to the return desk. Couriers' handhelds have no network in the valleys: what was
scanned on the way is sent on return, newest first and a few of them twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, groupby

from postal_bridge.clock import to_local
from postal_bridge.codes import make_item_code, make_seal_code
from postal_bridge.demo.staffing import Staffing
from postal_bridge.demo.steps import Answered, Deed, Step, scan
from postal_bridge.sandbox.plans import MonthPlan, RunLoad
from postal_bridge.sandbox.runs import Run

_MINUTE, _SECOND = timedelta(minutes=1), timedelta(seconds=1)

# Before the run leaves (`runs.SORTING` keeps the last half hour free of new papers).
PACK_OUT, SEAL_OUT, OFFER_OUT, TAKE_OUT = 20 * _MINUTE, 15 * _MINUTE, 8 * _MINUTE, 4 * _MINUTE
# At the office: the return pouch is ready when the courier comes (`runs.HANDING_OVER`).
PACK_BACK, SEAL_BACK = 6 * _MINUTE, 4 * _MINUTE
ARRIVE_OFFICE, OFFER_OFFICE, TAKE_OFFICE = _MINUTE, 20 * _SECOND, 60 * _SECOND
OFFER_BACK, TAKE_BACK, LOAD_BACK = 90 * _SECOND, 120 * _SECOND, 180 * _SECOND
# At the centre, before and at the run's end.
ARRIVE_CENTRE, SEND_SCANS, OFFER_CENTRE = 3 * _MINUTE, 2 * _MINUTE, _MINUTE

_SENT_TWICE = 3
"""Every third scan of a batch is sent twice, as a handheld does that saw no answer."""


def rounds(plan: MonthPlan, staffing: Staffing) -> Iterator[Step]:
    """The steps of every run of the month, in order of departure."""
    numbers = count(1)

    def courier_of(load: RunLoad) -> str:
        return staffing.courier(load.office)

    for run, loads in groupby(plan.loads, key=lambda load: load.run):
        by_courier = sorted(loads, key=lambda load: (courier_of(load), load.office))
        for courier, own in groupby(by_courier, key=courier_of):
            yield from _Round(run, courier, list(own), staffing).steps(numbers)


@dataclass(frozen=True)
class _Bag:
    """One pouch of a round: what lies in it, and the keys under which its steps answer."""

    load: RunLoad
    items: tuple[str, ...]
    key: str
    position: int

    @property
    def code(self) -> Answered:
        """The pouch's number, once it has one."""
        return Answered(f"{self.key}:pack", "code")

    @property
    def shift(self) -> timedelta:
        """Offices are served one after the other, two seconds apart."""
        return 2 * self.position * _SECOND


class _Round:
    """One courier's run: at most one pouch out to, and one back from, each office."""

    def __init__(
        self, run: Run, courier: str, loads: Sequence[RunLoad], staffing: Staffing
    ) -> None:
        self._run = run
        self._courier = courier
        self._staffing = staffing
        self._clerk = staffing.clerk(len(loads))
        self._key = f"thang-1:chuyen-{to_local(run.leaves_at):%y%m%d-%H%M}:{courier}"
        self._out = list(self._bags(loads, "di"))
        self._back = list(self._bags(loads, "ve"))

    def _bags(self, loads: Sequence[RunLoad], way: str) -> Iterator[_Bag]:
        for position, load in enumerate(loads):
            if way == "di":
                codes = (("H", load.files_out), ("B", load.supplements_out))
            else:
                codes = (("P", load.requests_back), ("K", load.results_back))
            items = tuple(make_item_code(code, kind, 1) for kind, some in codes for code in some)
            if items:
                yield _Bag(load, items, f"{self._key}:{load.office}:{way}", position)

    def steps(self, seals: Iterator[int]) -> Iterator[Step]:
        """All steps; `seals` gives the numbers of the seals."""
        run, desks = self._run, self._staffing
        for bag in self._out:
            times = (run.leaves_at - PACK_OUT, run.leaves_at - SEAL_OUT)
            ends = (desks.intake_desk, bag.load.office)
            yield from self._packed(bag, self._clerk, next(seals), ends=ends, times=times)
        if self._out:
            times = (run.leaves_at - OFFER_OUT, run.leaves_at - TAKE_OUT)
            yield from self._handed(
                f"{self._key}:giao",
                self._out,
                giver=(self._clerk, desks.intake_desk),
                receiver=(self._courier, self._courier),
                times=times,
            )
            yield self._sent(run.leaves_at, "len-xe", [self._load_out(bag) for bag in self._out])
        for bag in self._out:
            yield from self._delivered(bag)
        for bag in self._back:
            yield from self._collected(bag, next(seals))
        yield from self._home()

    def _packed(
        self,
        bag: _Bag,
        actor: str,
        seal: int,
        *,
        ends: tuple[str, str],
        times: tuple[datetime, datetime],
    ) -> Iterator[Step]:
        body = {"origin": ends[0], "destination": ends[1], "items": list(bag.items)}
        yield _step(times[0] + bag.shift, Deed.PACK, actor, f"{bag.key}:pack", ("/pouches",), body)
        path = ("/pouches/", bag.code, "/seal")
        body = {"seal": make_seal_code(seal)}
        yield _step(times[1] + bag.shift, Deed.SEAL, actor, f"{bag.key}:seal", path, body)

    def _handed(
        self,
        key: str,
        bags: Sequence[_Bag],
        *,
        giver: tuple[str, str],
        receiver: tuple[str, str],
        times: tuple[datetime, datetime],
    ) -> Iterator[Step]:
        """Minutes with two signatures; giver with place, receiver with desk or own name."""
        items = sum(len(bag.items) for bag in bags)
        body: dict[str, object] = {
            "place": giver[1],
            "receiver": receiver[1],
            "pouches": [bag.code for bag in bags],
            "count": items,
        }
        yield _step(times[0], Deed.OFFER, giver[0], f"{key}:offer", ("/handovers",), body)
        path = ("/handovers/", Answered(f"{key}:offer", "number"), "/acceptance")
        yield _step(times[1], Deed.ACCEPT, receiver[0], f"{key}:accept", path, {"count": items})

    def _delivered(self, bag: _Bag) -> Iterator[Step]:
        office, at = bag.load.office, self._run.at_office_at + bag.shift
        yield from self._handed(
            bag.key,
            [bag],
            giver=(self._courier, office),
            receiver=(self._staffing.officer(office), office),
            times=(at + OFFER_OFFICE, at + TAKE_OFFICE),
        )

    def _collected(self, bag: _Bag, seal: int) -> Iterator[Step]:
        office, at = bag.load.office, self._run.at_office_at
        officer, desk = self._staffing.officer(office), self._staffing.return_desk
        times = (at - PACK_BACK, at - SEAL_BACK)
        yield from self._packed(bag, officer, seal, ends=(office, desk), times=times)
        at += bag.shift
        yield from self._handed(
            bag.key,
            [bag],
            giver=(officer, office),
            receiver=(self._courier, self._courier),
            times=(at + OFFER_BACK, at + TAKE_BACK),
        )

    def _home(self) -> Iterator[Step]:
        """Back at the centre: the handheld finds its network, then the pouches are counted."""
        back_at = self._run.back_at
        scans = [self._arrive_office(bag) for bag in self._out]
        scans += [self._load_back(bag) for bag in self._back]
        scans += [self._arrive_centre(bag) for bag in self._back]
        yield self._sent(back_at - SEND_SCANS, "tren-duong", scans)
        if self._back:
            desk = self._staffing.return_desk
            yield from self._handed(
                f"{self._key}:ve",
                self._back,
                giver=(self._courier, desk),
                receiver=(self._clerk, desk),
                times=(back_at - OFFER_CENTRE, back_at),
            )

    def _load_out(self, bag: _Bag) -> dict[str, object]:
        at = self._run.leaves_at - _MINUTE + bag.shift
        return self._scanned(bag, "load", self._staffing.intake_desk, at)

    def _arrive_office(self, bag: _Bag) -> dict[str, object]:
        at = self._run.at_office_at - ARRIVE_OFFICE + bag.shift
        return self._scanned(bag, "arrive", bag.load.office, at)

    def _load_back(self, bag: _Bag) -> dict[str, object]:
        at = self._run.at_office_at + LOAD_BACK + bag.shift
        return self._scanned(bag, "load", bag.load.office, at)

    def _arrive_centre(self, bag: _Bag) -> dict[str, object]:
        at = self._run.back_at - ARRIVE_CENTRE + bag.shift
        return self._scanned(bag, "arrive", self._staffing.return_desk, at)

    def _scanned(self, bag: _Bag, act: str, place: str, at: datetime) -> dict[str, object]:
        return scan(code=bag.code, act=act, place=place, at=at, what=f"{bag.key}:{act}")

    def _sent(self, at: datetime, name: str, scans: list[dict[str, object]]) -> Step:
        """A batch as a handheld sends it: newest first, and every third one twice."""
        newest_first = scans[::-1]
        body = {
            "device": f"HH-{self._courier}",
            "scans": newest_first + newest_first[::_SENT_TWICE],
        }
        key = f"{self._key}:{name}"
        return _step(at, Deed.SCAN, self._courier, key, ("/scans",), body, creates=False)


def _step(  # noqa: PLR0917 - what one step is made of
    at: datetime,
    deed: Deed,
    actor: str,
    key: str,
    path: tuple[str | Answered, ...],
    body: object,
    *,
    creates: bool = True,
) -> Step:
    return Step(at=at, deed=deed, actor=actor, key=key, path=path, body=body, creates=creates)
