"""The night: fetch the other side's list, hold it against ours, keep the cases, seal the day.

The order matters. Their list comes first, outside any transaction: it takes minutes, and a
transaction must not wait for somebody else's machine. Then our side is read, so a dossier that
came in meanwhile is ours only, is looked up there, and is found. Then single codes are looked up.
Only the last step writes, in one transaction: a night that is killed anywhere before it has left
nothing but evidence in the vault, and is simply run again.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from postal_bridge.clock import Clock, day_bounds, format_day, format_local, local_day
from postal_bridge.documents.ports import Vault
from postal_bridge.dossiers.records import CODE_LENGTH, TEXT_LENGTH, Dossier, Place
from postal_bridge.errors import Accident, Reason, Refusal, refuse
from postal_bridge.reconciliation.comparison import Comparison, Elsewhere, compare, one_sided
from postal_bridge.reconciliation.discrepancies import case_id, settle
from postal_bridge.reconciliation.ports import (
    Nights,
    NightWork,
    OneStop,
    OneStopDossier,
    OneStopRefused,
    OneStopUnavailable,
)
from postal_bridge.reconciliation.records import Night, NightState, OurDossier
from postal_bridge.reconciliation.statistics import (
    Month,
    examine,
    months_between,
    on_time_sentence,
)
from postal_bridge.tracking.ledger import seal_day
from postal_bridge.tracking.ports import DaySigner

MOST_LOOK_UPS = 500
"""Codes looked up singly in one night, on each side. Beyond it a code that is on one list only is
called missing on the list's word, and its case says that nobody looked it up."""

Progress = Callable[[int, int], None]
"""Rows of the other side that have been read, and how many there are."""


class NightStorage(Protocol):
    """The database: one transaction at a time."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[NightWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...


@dataclass(frozen=True)
class _Asks:
    """Codes to look up, and those for which there was no room."""

    here: tuple[str, ...]
    there: tuple[str, ...]
    not_asked: frozenset[str]


@dataclass(frozen=True)
class _OurSide:
    """What our database says, read in one transaction."""

    dossiers: Sequence[OurDossier]
    found: dict[str, OurDossier]
    agencies: dict[str, str]
    asks: _Asks


@dataclass(frozen=True)
class _TheirSide:
    """What the other side says."""

    rows: list[OneStopDossier]
    remarks: list[str]


@dataclass(frozen=True)
class _LookUps:
    """What single questions to the other side brought."""

    found: dict[str, OneStopDossier] = field(default_factory=dict)
    ambiguous: dict[str, str] = field(default_factory=dict)


async def run_night(
    *,
    day: date,
    onestop: OneStop,
    storage: NightStorage,
    vault: Vault,
    clock: Clock,
    signer: DaySigner,
    lookback_days: int,
    most_look_ups: int = MOST_LOOK_UPS,
    progress: Progress = lambda _read, _total: None,
) -> Night | Refusal:
    """Reconcile one date; running it again for a date gives the same cases.

    Compared are the dossiers received on `day` and the days before it, `lookback_days` in all. Both
    sides say what they know *now*: neither can tell what it said on a past evening, so a night
    that is made up for later shows it by its `started_at`. A date that has not come yet is
    refused (`NIGHT_IN_FUTURE`). For `most_look_ups` see `MOST_LOOK_UPS`.

    Raises:
        OneStopUnavailable: the other side does not answer; worth trying again.
        OneStopRefused: its answer cannot be used. After either, the failure is written down and
            the day is sealed, but no case has changed.
    """
    started_at = clock.now()
    if day > local_day(started_at):
        return refuse(Reason.NIGHT_IN_FUTURE, "date", date=format_day(day))
    run = _Run(
        day=day,
        window_from=day - timedelta(days=lookback_days - 1),
        started_at=started_at,
        onestop=onestop,
        storage=storage,
        vault=vault,
        clock=clock,
        signer=signer,
        most_look_ups=most_look_ups,
    )
    try:
        theirs = await run.fetch(progress)
        ours = await run.our_side(theirs.rows)
        looked_up = await run.look_up(ours.asks.there)
    except (OneStopUnavailable, OneStopRefused) as accident:
        await run.fail(accident)
        raise
    return await run.finish(ours, theirs, looked_up)


@dataclass
class _Run:
    """One run of a night, step by step."""

    day: date
    window_from: date
    started_at: datetime
    onestop: OneStop
    storage: NightStorage
    vault: Vault
    clock: Clock
    signer: DaySigner
    most_look_ups: int
    evidence: list[str] = field(default_factory=list)

    async def fetch(self, progress: Progress) -> _TheirSide:
        """Their list and their statistics; each answer goes into the vault as it came."""
        rows: list[OneStopDossier] = []
        total = 0
        async for page in self.onestop.pages(received_from=self.window_from, received_to=self.day):
            self.evidence.append(await self.vault.keep(page.raw))
            rows.extend(page.rows)
            total = page.total
            progress(len(rows), total)
        remarks = []
        if len(rows) != total:
            remarks.append(f"Hệ thống một cửa báo {total} hồ sơ nhưng chỉ liệt kê {len(rows)}.")
        today = local_day(self.started_at)
        for month in months_between(self.window_from, self.day, today=today):
            remarks += await self._witness(month, rows)
        return _TheirSide(rows, remarks)

    async def _witness(self, month: Month, rows: list[OneStopDossier]) -> list[str]:
        """Their count of a month; without it the night goes on, for it is the third witness."""
        try:
            counted = await self.onestop.statistics(year=month.year, month=month.month)
        except (OneStopUnavailable, OneStopRefused) as accident:
            return [f"Không có thống kê tháng {month.shown} của hệ thống một cửa: {accident}"]
        self.evidence.append(await self.vault.keep(counted.raw))
        return examine(counted, rows, month=month)

    async def our_side(self, theirs: Sequence[OneStopDossier]) -> _OurSide:
        """Our dossiers of the window, and those of theirs that we have outside it."""
        begin, end = day_bounds(self.window_from)[0], day_bounds(self.day)[1]
        async with self.storage.begin(write=False) as work:
            ours = await work.nights.our_side(begin, end)
            carried = [
                case.dossier_code
                for case in await work.nights.cases(open_only=True)
                if not self.window_from <= case.received_on <= self.day
            ]
            asks = _what_to_ask(ours, theirs, carried, most=self.most_look_ups)
            found = {}
            for code in asks.here:
                dossier = await work.dossiers.find(code)
                if dossier is not None:
                    found[code] = _compared_part(dossier)
            agencies = _agencies(await work.catalogue.places())
        return _OurSide(ours, found, agencies, asks)

    async def look_up(self, codes: Iterable[str]) -> _LookUps:
        """Ask the other side for single codes.

        A refusal about one code while the system as a whole works is about that code: two
        dossiers answer to it. `check` tells the two apart, and raises where nothing works.
        """
        answers = _LookUps()
        for code in codes:
            try:
                row = await self.onestop.find(code)
            except OneStopRefused as refused:
                await self.onestop.check()
                answers.ambiguous[code] = str(refused)
                continue
            if row is not None:
                answers.found[code] = row
        return answers

    async def finish(self, ours: _OurSide, theirs: _TheirSide, looked_up: _LookUps) -> Night:
        """Compare, and write cases, seal and night in one transaction."""
        comparison = compare(
            ours.dossiers,
            theirs.rows,
            first_day=self.window_from,
            last_day=self.day,
            elsewhere=Elsewhere(
                ours=ours.found,
                theirs=looked_up.found,
                ambiguous=looked_up.ambiguous,
                asked=frozenset({*ours.asks.here, *ours.asks.there}),
                not_asked=ours.asks.not_asked,
            ),
            agencies=ours.agencies,
        )
        async with self.storage.begin() as work:
            await self._settle(work.nights, comparison)
            sealed = await self._seal(work)
            cases = await work.nights.cases(open_only=False)
            night = self._night(NightState.DONE, root=sealed)
            night.ours = len(ours.dossiers)
            night.theirs = len(theirs.rows)
            night.uncompared = comparison.uncompared
            night.found = len(comparison.differences)
            night.opened = sum(case.opened_on == self.day for case in cases)
            night.closed = sum(case.closed_on == self.day for case in cases)
            night.open_cases = sum(case.closed_on is None for case in cases)
            night.statistics = "\n".join(theirs.remarks)
            night.on_time_rule = on_time_sentence(ours.dossiers, theirs.rows)
            await work.nights.put_night(night)
        return night

    async def _settle(self, nights: Nights, comparison: Comparison) -> None:
        """Bring the cases up to tonight.

        Each case that may change is held first, in order of the identifiers, and read again: a
        supervisor who writes an explanation at this moment loses nothing, and two nights that
        run at once do not block each other.
        """
        still_open = await nights.cases(open_only=True)
        wanted = {case.id for case in still_open if comparison.covers(case)}
        wanted |= {case_id(difference) for difference in comparison.differences}
        held = [case for one in sorted(wanted) if (case := await nights.case(one)) is not None]
        settlement = settle(held, comparison.differences, night=self.day, covered=comparison.covers)
        for case in sorted(settlement.changed, key=lambda case: case.id):
            await nights.put_case(case)

    async def fail(self, accident: Accident) -> None:
        """Write the failure down; a night of this date that was done stays as it is, but for it.

        The day is sealed all the same: the ledger's root needs nobody else.
        """
        said = str(accident)
        async with self.storage.begin() as work:
            sealed = await self._seal(work)
            night = await work.nights.night(self.day)
            if night is None or night.state == NightState.FAILED:
                night = self._night(NightState.FAILED, root=sealed)
            else:
                said = f"Lần chạy lại lúc {format_local(self.started_at)} không xong: {said}"
            night.error = said[:TEXT_LENGTH]
            await work.nights.put_night(night)

    async def _seal(self, work: NightWork) -> str:
        now = self.clock.now()
        sealed = await seal_day(work.ledger, day=self.day, now=now, signer=self.signer)
        return sealed.root

    def _night(self, state: NightState, *, root: str) -> Night:
        return Night(
            day=self.day,
            source=self.onestop.name,
            state=state,
            window_from=self.window_from,
            started_at=self.started_at,
            finished_at=self.clock.now(),
            evidence=" ".join(self.evidence),
            ledger_root=root,
        )


def _what_to_ask(
    ours: Sequence[OurDossier],
    theirs: Sequence[OneStopDossier],
    carried: Sequence[str],
    *,
    most: int,
) -> _Asks:
    """Codes on one list only, then those of older cases, which may have been mended since.

    An older case's code is asked for on both sides or on neither: half an answer about it would
    look like a missing dossier.
    """
    only_ours, only_theirs = one_sided(ours, theirs)
    there, here = only_ours[:most], only_theirs[:most]
    listed = {one.code for one in ours} | {row.code for row in theirs}
    # A code as long as a case can keep may be a shortened one, which nobody could find.
    older = sorted({code for code in carried if len(code) < CODE_LENGTH} - listed)
    older = older[: most - max(len(there), len(here))]
    return _Asks(
        here=(*here, *older),
        there=(*there, *older),
        not_asked=frozenset({*only_ours[most:], *only_theirs[most:]}),
    )


def _compared_part(dossier: Dossier) -> OurDossier:
    return OurDossier(**{name: getattr(dossier, name) for name in OurDossier.model_fields})


def _agencies(places: Iterable[Place]) -> dict[str, str]:
    """Each deciding place's agency code, its own or its department's; owners come first."""
    listed = list(places)
    own = {place.code: place.agency for place in listed if place.agency}
    borrowed = {
        place.code: own[place.department]
        for place in listed
        if place.code not in own and place.department in own
    }
    return {**own, **borrowed}
