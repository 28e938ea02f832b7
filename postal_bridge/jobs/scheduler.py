"""The timetable: when each job looks whether there is work. Claims decide who does it.

APScheduler keeps the timetable in memory and every process has its own, so nothing of it has to
be migrated or shared; what must not happen twice is claimed by row in the database.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Protocol

from postal_bridge.clock import LOCAL, Clock
from postal_bridge.jobs.carriers import CarriersJob
from postal_bridge.jobs.months import MonthsJob
from postal_bridge.jobs.nightly import JobRuns, NightlyJob, RunNight
from postal_bridge.jobs.outbox import PART_OF_LEASE, Handler, OutboxJob
from postal_bridge.jobs.ports import LedgerMonths
from postal_bridge.logs import get_logger
from postal_bridge.outbox import Outbox, Queue
from postal_bridge.sections import NightlySettings, OutboxSettings, Settings

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

GRACE_SECONDS = 10.0
"""How long `stop` lets running work come to its end before it is cancelled, and again after."""

_log = get_logger(__name__)


class Messages(Queue, Outbox, Protocol):
    """The outbox from both sides: jobs take messages out, and put their own in."""


@dataclass(frozen=True)
class Patient:
    """Handlers towards a system that may be slow.

    Attributes:
        handlers: by topic.
        seconds: how long one message may take.
    """

    handlers: Mapping[str, Handler]
    seconds: float


class JobWork(Protocol):
    """The stores that the jobs need of a transaction."""

    @property
    def job_runs(self) -> JobRuns:
        """The claims of dates."""
        ...

    @property
    def outbox(self) -> Messages:
        """The messages on their way out."""
        ...

    @property
    def inbox(self) -> Messages:
        """The messages that came in."""
        ...


class JobStorage(Protocol):
    """The database: one transaction at a time."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[JobWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...


class Jobs:
    """The scheduled work of one process; `start` inside a running event loop, `stop` to end it."""

    def __init__(
        self,
        *,
        nightly: NightlyJob | None,
        outbox: OutboxJob,
        months: MonthsJob,
        nightly_settings: NightlySettings,
        poll_seconds: float,
        look_seconds: float,
        outside: Mapping[str, OutboxJob] | None = None,
        carriers: CarriersJob | None = None,
        inbox: OutboxJob | None = None,
    ) -> None:
        self._nightly = nightly
        self._outbox = outbox
        self._outside = dict(outside or {})
        self._carriers = carriers
        self._inbox = inbox
        self._besides: dict[str, tuple[Callable[[], Awaitable[object]], float]] = {}
        self._months = months
        self._settings = nightly_settings
        self._poll_seconds = poll_seconds
        self._look_seconds = look_seconds
        self._running: set[asyncio.Task[object]] = set()
        self._scheduler: AsyncIOScheduler | None = None

    def besides(
        self, name: str, run_due: Callable[[], Awaitable[object]], *, seconds: float | None = None
    ) -> "Jobs":
        """Let this look for its own work, as often as the nights do or as said; before `start`."""
        self._besides[name] = run_due, self._look_seconds if seconds is None else seconds
        return self

    async def start(self) -> None:
        """Begin; missed nights and waiting messages are looked for at once."""
        if self._scheduler is not None:
            return
        scheduler = _new_scheduler()
        if self._nightly is not None:
            at = self._settings.at
            night = partial(self._once, "nightly", self._nightly.run_due)
            scheduler.add_job(
                night, "cron", hour=at.hour, minute=at.minute, second=at.second, id="nightly"
            )
            scheduler.add_job(night, "interval", seconds=self._look_seconds, id="nightly-look")
            scheduler.add_job(night, id="nightly-start")
            warn = partial(self._once, "nightly-warning", self._nightly.warn_overdue)
            scheduler.add_job(warn, "interval", seconds=self._look_seconds, id="nightly-warning")
        months = partial(self._once, "ledger-months", self._months.run_due)
        scheduler.add_job(months, "interval", seconds=self._look_seconds, id="ledger-months")
        scheduler.add_job(months, id="ledger-months-start")
        dispatch = partial(self._once, "outbox", self._outbox.dispatch)
        scheduler.add_job(dispatch, "interval", seconds=self._poll_seconds, id="outbox")
        if self._carriers is not None:
            look = partial(self._once, "carriers", self._carriers.run_due)
            scheduler.add_job(look, "interval", seconds=self._look_seconds, id="carriers")
            scheduler.add_job(look, id="carriers-start")
        for name, (work, seconds) in self._besides.items():
            look = partial(self._once, name, work)
            scheduler.add_job(look, "interval", seconds=seconds, id=name)
            scheduler.add_job(look, id=f"{name}-start")
        if self._inbox is not None:
            take = partial(self._once, "inbox", self._inbox.dispatch)
            scheduler.add_job(take, "interval", seconds=self._poll_seconds, id="inbox")
        for name, job in self._outside.items():
            dispatch = partial(self._once, f"outbox-{name}", job.dispatch)
            scheduler.add_job(dispatch, "interval", seconds=self._poll_seconds, id=f"outbox-{name}")
        scheduler.start()
        self._scheduler = scheduler

    async def stop(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        """Begin nothing more, let running work end, then cancel what still runs.

        A night that is cancelled gives its date back; a message that is cancelled is taken again
        when its lease ends. Stopping twice is no harm.
        """
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is None:
            return
        scheduler.remove_all_jobs()
        # Work that the timetable has begun in this very turn has not entered the set yet.
        await asyncio.sleep(0)
        await self._wait(grace_seconds)
        scheduler.shutdown(wait=False)
        for task in self._running:
            task.cancel()
        await self._wait(GRACE_SECONDS)

    async def _wait(self, seconds: float) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    async def _once(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Do the work once; an accident is told and the timetable goes on."""
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the other jobs, and the next turn, go on
            _log.exception("job.failed", job=name, error=str(error))


def build_jobs(
    *,
    storage: JobStorage,
    clock: Clock,
    settings: Settings,
    owner: str,
    night: RunNight | None,
    months: LedgerMonths,
    handlers: Mapping[str, Handler],
    look_seconds: float | None = None,
    outside: Mapping[str, Patient] | None = None,
    carriers: CarriersJob | None = None,
) -> Jobs:
    """Put the jobs together; nothing runs before `start`.

    Args:
        storage: the database that all processes share.
        clock: what claims and due dates go by; the timetable itself goes by the machine's.
        settings: the sections `nightly`, `outbox` and `tracking`.
        owner: names this process in the claims, such as host, process number and a random part.
        night: runs the night of a date; None, and no job, where no one-stop system is connected.
        months: of the ledger.
        handlers: of outgoing messages, by topic.
        look_seconds: how often to look for nights that are due; as the settings say without it.
        outside: by system; each has its own turns, so that one that hangs keeps nobody waiting.
        carriers: looks after what carriers report.
    """
    nightly = None
    if night is not None and settings.nightly.enabled:
        nightly = NightlyJob(
            storage=storage, clock=clock, settings=settings.nightly, owner=owner, night=night
        )
    outbox = partial(OutboxJob, storage=storage, clock=clock, owner=owner)
    kept = settings.tracking.ledger_months_kept
    return Jobs(
        nightly=nightly,
        outbox=outbox(settings=settings.outbox, handlers=handlers),
        months=MonthsJob(
            storage=storage, months=months, clock=clock, months_kept=kept, owner=owner
        ),
        nightly_settings=settings.nightly,
        poll_seconds=float(settings.outbox.poll_seconds),
        look_seconds=float(settings.outbox.look_seconds if look_seconds is None else look_seconds),
        outside=_each_its_own(outbox, settings.outbox, outside or {}),
        carriers=carriers,
        inbox=outbox(settings=settings.outbox, handlers=carriers.handlers(), incoming=True)
        if carriers
        else None,
    )


def _each_its_own(
    outbox: Callable[..., OutboxJob], settings: OutboxSettings, outside: Mapping[str, Patient]
) -> dict[str, OutboxJob]:
    return {
        name: outbox(settings=_with_patience(settings, it.seconds), handlers=it.handlers)
        for name, it in outside.items()
    }


def _with_patience(outbox: OutboxSettings, seconds: float) -> OutboxSettings:
    """The outbox's own settings with a lease that so long a handler fits into."""
    lease_seconds = max(outbox.lease_seconds, ceil(seconds / PART_OF_LEASE))
    return outbox.model_copy(update={"lease_seconds": lease_seconds})


def _new_scheduler() -> "AsyncIOScheduler":
    from apscheduler.schedulers.asyncio import AsyncIOScheduler  # heavy

    # It would tell of every look, and of every look that is skipped while one still runs.
    timetable = logging.getLogger("postal_bridge.jobs.timetable")
    for quiet in (timetable, logging.getLogger("apscheduler.executors.default")):
        quiet.setLevel(logging.ERROR)
    return AsyncIOScheduler(
        logger=timetable,
        timezone=LOCAL,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
