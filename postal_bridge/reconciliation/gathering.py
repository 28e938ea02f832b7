"""The first half of a night: both sides are written down, and what differs is picked out.

Our side comes first, from one transaction in batches; then the other side's counts or its list,
each answer on the tape; then its statistics. Whatever moves meanwhile shows as a difference, and
is looked at again before it is called one (`looking_up.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from postal_bridge.clock import day_bounds, local_day
from postal_bridge.dossiers.records import Place
from postal_bridge.reconciliation.counting import COUNTS, FULL, OurCounts, Span, differing_days
from postal_bridge.reconciliation.listing import Listing
from postal_bridge.reconciliation.night_house import NightHouse, Step
from postal_bridge.reconciliation.ports import (
    OneStopRefused,
    OneStopUnavailable,
    Side,
    Snapshot,
    SnapshotWriter,
    Suspects,
)
from postal_bridge.reconciliation.records import (
    Night,
    NightRun,
    NightState,
    OneStopDossier,
    TapedAnswer,
)
from postal_bridge.reconciliation.statistics import Witness, bear_witness
from postal_bridge.reconciliation.tape import NightTape


@dataclass(frozen=True)
class Gathered:
    """Both sides as they were read.

    Attributes:
        days: spans of days of reception that were listed on both sides.
        evidence: hashes of the raw answers, then of both snapshots.
    """

    suspects: Suspects
    days: Sequence[Span]
    ours: Listing
    theirs: Listing
    witness: Witness
    evidence: Sequence[str]


class Gathering:
    """Reads both sides for one night.

    Attributes:
        started_at: when the run began, by the process that began it.
        window: first and last day of reception.
        agencies: our places' agency codes; names: the agencies' names.
        sweep: whether everything is listed, or only where counts differ.
    """

    def __init__(self, house: NightHouse, day: date) -> None:
        self.house = house
        self.day = day
        self.started_at = house.clock.now()
        self.window: Span = _window(house, day)
        self.agencies: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.sweep = FULL
        self.tape = NightTape(day, storage=house.storage, vault=house.vault, recorded={})

    async def gather(self) -> Gathered:
        """Read both sides, and pick out what differs.

        Raises:
            OneStopUnavailable: the other side does not answer; worth trying again.
            OneStopRefused: its answer cannot be used.
        """
        await self._places()
        counts, ours = OurCounts(self.agencies), Listing(self.agencies)
        our_snapshot = await self._our_side([self.window], ours, counts)
        await self._begin(ours.rows)
        days: Sequence[Span] = (self.window,)
        if self.sweep == COUNTS:
            self.house.progress(Step.COUNTS, 0, 0)
            days = await differing_days(counts, self.house.onestop, self.window, tape=self.tape)
            our_snapshot = await self._our_side(days, Listing(self.agencies), None)
        theirs, their_snapshot = await self._their_side(days)
        witness = await self._witness(theirs)
        self.house.progress(Step.COMPARE, 0, 0)
        suspects = await self.house.snapshots.suspects(our_snapshot, their_snapshot)
        kept = [await self.house.vault.keep(one.content) for one in (our_snapshot, their_snapshot)]
        return Gathered(
            suspects, days, ours, theirs, witness, evidence=[*self.tape.evidence, *kept]
        )

    async def _places(self) -> None:
        async with self.house.storage.begin(write=False) as work:
            places = await work.catalogue.places()
        self.agencies = agencies_of(places)
        self.names = {place.agency: place.name for place in reversed(places) if place.agency}

    async def _our_side(
        self, spans: Sequence[Span], listing: Listing, counts: OurCounts | None
    ) -> Snapshot:
        """Write our dossiers of these days down, and count them."""
        with self._writer(Side.OURS) as writer:
            async with self.house.storage.begin(write=False) as work:
                for first, last in spans:
                    begin, end = day_bounds(first)[0], day_bounds(last)[1]
                    async for batch in work.nights.our_side(begin, end):
                        writer.add(batch)
                        listing.add_ours(batch)
                        if counts is not None:
                            counts.add(batch)
                        self.house.progress(Step.OURS, listing.rows, 0)
            return writer.finish()

    async def _begin(self, ours: int) -> None:
        """Go on with the run that was killed, or begin one."""
        now, source = self.house.clock.now(), self.house.onestop.name
        oldest = now - timedelta(hours=self.house.policy.resume_hours)
        recorded: dict[str, TapedAnswer] = {}
        async with self.house.storage.begin() as work:
            run = await work.nights.run(self.day)
            if run is not None and run.source == source and run.started_at > oldest:
                recorded = {one.question: one for one in await work.nights.tape(self.day)}
            else:
                recent = await work.nights.nights(limit=self.house.policy.full_sweep_days)
                sweep = self._sweep(ours, recent)
                run = NightRun(day=self.day, started_at=self.started_at, source=source, sweep=sweep)
                await work.nights.begin_run(run)
        self.started_at, self.sweep = run.started_at, run.sweep
        self.tape = NightTape(
            self.day, storage=self.house.storage, vault=self.house.vault, recorded=recorded
        )

    def _sweep(self, ours: int, recent: Iterable[Night]) -> str:
        policy = self.house.policy
        if "days" not in self.house.onestop.countable or ours < policy.counts_first_from:
            return FULL
        since = self.day - timedelta(days=policy.full_sweep_days)
        swept = any(
            # A file that covers three days is no sweep of the one-stop system's list.
            night.source == self.house.onestop.name
            and (night.state, night.sweep) == (NightState.DONE, FULL)
            and since < night.day < self.day
            for night in recent
        )
        return COUNTS if swept else FULL

    async def _their_side(self, spans: Sequence[Span]) -> tuple[Listing, Snapshot]:
        """Write their list of these days down, and count it."""
        listing = Listing(self.agencies)
        with self._writer(Side.THEIRS) as writer:
            for span in spans:
                rows = await self._their_span(span)
                writer.add(rows)
                listing.add_theirs(rows)
            return listing, writer.finish()

    async def _their_span(self, span: Span) -> list[OneStopDossier]:
        """The list of one span; a page that begins a reading makes what came before it void."""
        rows: list[OneStopDossier] = []
        first, last = span
        async for page in self.house.onestop.pages(
            received_from=first, received_to=last, tape=self.tape
        ):
            if page.start == 0:
                rows = []
            rows += page.rows
            self.house.progress(Step.LIST, len(rows), page.total)
        return rows

    async def _witness(self, theirs: Listing) -> Witness:
        """Their own counts; only a whole list can be held against them."""
        if self.sweep == COUNTS:
            told = "Đêm so theo số đếm: thống kê của một cửa được đối chiếu vào đêm so toàn bộ."
            return Witness(differences=(), checked=frozenset(), remarks=(told,))
        self.house.progress(Step.STATISTICS, 0, 0)
        first, last = self.window
        try:
            statistics = await self.house.onestop.statistics(first=first, last=last, tape=self.tape)
        except (OneStopUnavailable, OneStopRefused) as accident:
            told = f"Không có thống kê của hệ thống một cửa: {accident}"
            return Witness(differences=(), checked=frozenset(), remarks=(told,))
        today = local_day(self.started_at)
        return bear_witness(statistics, theirs, days=self.window, today=today)

    @contextmanager
    def _writer(self, side: Side) -> Iterator[SnapshotWriter]:
        """A snapshot that is finished in the block; what was begun and broke off leaves nothing."""
        writer = self.house.snapshots.begin(
            side, agencies=self.agencies, with_fees=self.house.onestop.tells_fees
        )
        try:
            yield writer
        except BaseException:
            writer.abandon()
            raise


def _window(house: NightHouse, day: date) -> Span:
    """The days of reception that are compared, as far as the other side tells of them."""
    first = day - timedelta(days=house.policy.lookback_days - 1)
    begin, end = house.covered or (first, day)
    return max(first, begin), min(day, end)


def agencies_of(places: Iterable[Place]) -> dict[str, str]:
    """Each deciding place's agency code, its own or its department's; owners come first."""
    listed = list(places)
    own = {place.code: place.agency for place in listed if place.agency}
    borrowed = {
        place.code: own[place.department]
        for place in listed
        if place.code not in own and place.department in own
    }
    return {**own, **borrowed}
