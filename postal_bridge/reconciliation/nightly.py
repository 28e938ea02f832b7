"""The night: write our side down, fetch theirs, judge what differs, keep the cases, seal the day.

Nothing is written but evidence until the last step, which is one transaction. Each answer of the
other side is on a tape before anything is made of it (`tape.py`), so a night that is killed at
any step is simply run again: it asks what it has not been answered yet, and comes to the same
report.

What differs is looked at twice. Lists take minutes to read, and dossiers move meanwhile; so every
dossier that looks different is looked up once more, on both sides, before anybody is accused.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from postal_bridge.clock import format_day, format_local, local_day
from postal_bridge.dossiers.records import TEXT_LENGTH
from postal_bridge.errors import Accident, Reason, Refusal, refuse
from postal_bridge.reconciliation.clocks import FEWEST_PAIRS, clock_difference, clock_offset
from postal_bridge.reconciliation.comparison import compare
from postal_bridge.reconciliation.counting import Span
from postal_bridge.reconciliation.feed_ports import FeedUnavailable
from postal_bridge.reconciliation.findings import NOT_OF_A_DOSSIER, Findings
from postal_bridge.reconciliation.gathering import Gathering
from postal_bridge.reconciliation.looking_up import look_again
from postal_bridge.reconciliation.night_house import NightHouse, Step
from postal_bridge.reconciliation.ports import (
    OneStopMoved,
    OneStopRefused,
    OneStopUnavailable,
)
from postal_bridge.reconciliation.records import (
    Difference,
    Night,
    NightState,
    OneStopDossier,
    OurDossier,
)
from postal_bridge.reconciliation.report import NightReport
from postal_bridge.reconciliation.reporting import Heading, make_report
from postal_bridge.reconciliation.settling import keep_report, seal, settle_cases
from postal_bridge.reconciliation.tape import NightStorage


async def run_night(house: NightHouse, day: date) -> Night | Refusal:
    """Reconcile one date; running it again for a date gives the same cases.

    Both sides say what they know *now*: neither can tell what it said on a past evening, so a
    night that is made up for later shows it by its `started_at`. A date that has not come yet is
    refused (`NIGHT_IN_FUTURE`).

    Raises:
        OneStopUnavailable: the other side does not answer; worth trying again.
        OneStopRefused: its answer cannot be used. After either, the failure is written down and
            the day is sealed, but no case has changed.
    """
    if day > local_day(house.clock.now()):
        return refuse(Reason.NIGHT_IN_FUTURE, "date", date=format_day(day))
    run = _Run(house, day)
    try:
        findings = await run.find()
    except (OneStopUnavailable, OneStopRefused) as accident:
        await run.fail(accident)
        raise
    return await run.settle(findings)


async def settled_since(
    storage: NightStorage, day: date, moment: datetime, *, source: str
) -> Night | None:
    """The night of a date where it was settled after this moment, with this other side.

    Whoever was killed between settling a night and noting that it is done finds it here. Running
    it again would be true as well, but it would tell of what is still open after the remedies, and
    send a second letter.
    """
    async with storage.begin(write=False) as work:
        night = await work.nights.night(day)
    if night is None or night.source != source or night.state is not NightState.DONE:
        return None
    return night if night.finished_at >= moment else None


class _Run:
    """One run of a night, step by step."""

    def __init__(self, house: NightHouse, day: date) -> None:
        self.house = house
        self.day = day
        self.gathering = Gathering(house, day)

    async def find(self) -> Findings:
        """Everything but writing: both sides, what differs, and what the statistics say."""
        gathered = await self.gathering.gather()
        look = await look_again(
            gathered.suspects,
            await self._carried(gathered.days),
            onestop=self.house.onestop,
            storage=self.house.storage,
            most=self.house.policy.most_look_ups,
            progress=lambda done, total: self.house.progress(Step.LOOK_UP, done, total),
        )
        pairs = clock_pairs(gathered.suspects.sample, look.ours, look.theirs)
        offset = clock_offset(pairs)
        comparison = compare(
            look.ours,
            look.theirs,
            days=gathered.days,
            day=self.day,
            elsewhere=look.elsewhere,
            agencies=self.gathering.agencies,
            clock_offset=offset,
        )
        carriage, unheard = await self._carriage()
        differences = [*comparison.differences, *gathered.witness.differences, *carriage]
        if offset:
            differences.append(clock_difference(offset, pairs=len(pairs), day=self.day))
        rows = {row.code: row for row in (*look.theirs, *look.elsewhere.theirs.values())}
        here = {one.code: one for one in (*look.ours, *look.elsewhere.ours.values())}
        return Findings(
            differences=differences,
            comparison=comparison,
            gathered=gathered,
            rows=rows,
            agencies=self._agency_of_each(here, rows),
            clock_seen=len(pairs) >= FEWEST_PAIRS,
            booked=None if self.house.carriage is None or unheard else self.gathering.window,
            remarks=unheard,
        )

    def _agency_of_each(
        self, ours: Mapping[str, OurDossier], theirs: Mapping[str, OneStopDossier]
    ) -> dict[str, str]:
        departments = {code: row.department_code for code, row in theirs.items()}
        departments |= {code: one.department for code, one in ours.items()}
        return {code: self.gathering.agencies.get(one, one) for code, one in departments.items()}

    async def _carried(self, spans: Sequence[Span]) -> list[str]:
        """Codes of open cases that tonight's lists say nothing about."""
        if self.house.covered is not None:
            # Who tells of some days only cannot be asked about a dossier of another day.
            return []
        async with self.house.storage.begin(write=False) as work:
            return [
                case.dossier_code
                for case in await work.nights.cases(open_only=True)
                if case.kind not in NOT_OF_A_DOSSIER
                and not any(first <= case.received_on <= last for first, last in spans)
            ]

    async def _carriage(self) -> tuple[Sequence[Difference], Sequence[str]]:
        """What differs from the carriers' lists, and why they could not be had."""
        if self.house.carriage is None:
            return (), ()
        try:
            return await self.house.carriage(*self.gathering.window), ()
        except FeedUnavailable as accident:
            # Two sides are still compared; the cases of the third stay as they are.
            return (), (f"Không so được với hãng vận chuyển: {accident}",)

    async def settle(self, findings: Findings) -> Night:
        """Write everything: cases, remedies, seal, report, night; the run is over."""
        self.house.progress(Step.SETTLE, 0, 0)
        house, now = self.house, self.house.clock.now()
        async with house.storage.begin() as work:
            settled = await settle_cases(
                work,
                findings,
                night=self.day,
                now=now,
                due_days=house.policy.case_due_days,
                policy=house.policy.remedies,
                identifiers=house.identifiers,
            )
            root = await seal(work, day=self.day, now=now, signer=house.signer)
            report = make_report(self._heading(root), findings, settled, now=now)
            before = await work.nights.night(self.day)
            night = self._night(NightState.DONE, root=root)
            night.report = await keep_report(work, report, before=before, vault=house.vault)
            _take_figures(night, report)
            await work.nights.put_night(night)
            await work.nights.end_run(self.day)
        house.progress(Step.DONE, 0, 0)
        return night

    def _heading(self, root: str) -> Heading:
        return Heading(
            province=self.house.province,
            centre=self.house.centre,
            source=self.house.onestop.name,
            day=self.day,
            window=self.gathering.window,
            started_at=self.gathering.started_at,
            sweep=self.gathering.sweep,
            ledger_root=root,
            names=self.gathering.names,
        )

    async def fail(self, accident: Accident) -> None:
        """Write the failure down; a night of this date that was done stays as it is, but for it.

        The day is sealed all the same: the ledger's root needs nobody else. What was answered
        stays on the tape for the next try, unless the answers themselves are at fault: then the
        next try would only fail as this one.
        """
        said = str(accident)
        async with self.house.storage.begin() as work:
            now = self.house.clock.now()
            root = await seal(work, day=self.day, now=now, signer=self.house.signer)
            night = await work.nights.night(self.day)
            if night is None or night.state == NightState.FAILED:
                night = self._night(NightState.FAILED, root=root)
                night.evidence = " ".join(self.gathering.tape.evidence)
            else:
                said = (
                    f"Lần chạy lại lúc {format_local(self.gathering.started_at)} không xong: {said}"
                )
            night.error = said[:TEXT_LENGTH]
            await work.nights.put_night(night)
            if not isinstance(accident, OneStopUnavailable) or self._is_tape_at_fault(accident):
                await work.nights.end_run(self.day)

    def _is_tape_at_fault(self, accident: Accident) -> bool:
        return isinstance(accident, OneStopMoved) or not self.gathering.tape.asked

    def _night(self, state: NightState, *, root: str) -> Night:
        return Night(
            day=self.day,
            source=self.house.onestop.name,
            state=state,
            window_from=self.gathering.window[0],
            started_at=self.gathering.started_at,
            finished_at=self.house.clock.now(),
            sweep=self.gathering.sweep,
            ledger_root=root,
        )


def _take_figures(night: Night, report: NightReport) -> None:
    """The night's row has the figures of its report."""
    for name in ("ours", "theirs", "uncompared", "found", "opened", "closed", "open_cases"):
        setattr(night, name, getattr(report, name))
    night.remedied = report.remedied
    night.evidence = " ".join(report.evidence)
    night.statistics = "\n".join(report.remarks)
    night.on_time_rule = report.on_time_rule


def clock_pairs(
    sample: Iterable[tuple[datetime, datetime]],
    ours: Iterable[OurDossier],
    theirs: Iterable[OneStopDossier],
) -> list[tuple[datetime, datetime]]:
    """For dossiers that both sides have, when each received it."""
    received = {one.code: one.received_at for one in ours}
    return [
        *sample,
        *(
            (received[row.code], row.received_at)
            for row in theirs
            if row.code in received and row.received_at is not None
        ),
    ]
