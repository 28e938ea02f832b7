"""The roof: builds every adapter, hands them to the stages and doors, starts and stops them."""

import asyncio
import random
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from aiohttp import web

from postal_bridge.announcing import announcement_handlers, make_seal
from postal_bridge.api.call import Services
from postal_bridge.api.observability import REQUEST_ID
from postal_bridge.api.server import make_api
from postal_bridge.api.sessions import PageSessions
from postal_bridge.background import with_background
from postal_bridge.capturing import make_vault, opened_papers
from postal_bridge.clock import LOCAL, Clock, ReplayClock, SystemClock
from postal_bridge.collecting import opened_pickups
from postal_bridge.connections import (
    CarrierWork,
    make_carrier_work,
    make_connections,
    make_feeds,
    make_onestop,
    make_portal,
)
from postal_bridge.decided import make_policy, topics_told
from postal_bridge.documents.form_editions import load_form_editions
from postal_bridge.documents.house import PaperHouse
from postal_bridge.errors import Misuse, Refusal
from postal_bridge.jobs.carriers import CarriersJob
from postal_bridge.jobs.night_reports import NightReports
from postal_bridge.jobs.scheduler import Jobs, Patient, build_jobs
from postal_bridge.logs import get_logger
from postal_bridge.mail.smtp import make_post
from postal_bridge.onestop.files import FileOneStop
from postal_bridge.onestop.papers import papers_as
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.printing.form import form_pdf
from postal_bridge.printing.forms import FORMS, PRINTED
from postal_bridge.printing.label import label_pdf
from postal_bridge.printing.round_sheet import round_sheet_pdf
from postal_bridge.printing.stickers import dividers_pdf, stickers_pdf
from postal_bridge.reconciliation.carriage import feed_differences
from postal_bridge.reconciliation.desk_ports import OneStopDesk
from postal_bridge.reconciliation.feed_ports import CarrierFeed
from postal_bridge.reconciliation.letter_ports import Post
from postal_bridge.reconciliation.night_house import NightHouse
from postal_bridge.reconciliation.night_house import Progress as NightProgress
from postal_bridge.reconciliation.nightly import run_night, settled_since
from postal_bridge.reconciliation.portal import PortalReport, lease_for
from postal_bridge.reconciliation.portal_ports import NationalPortal
from postal_bridge.reconciliation.ports import OneStop
from postal_bridge.reconciliation.records import Difference, Night
from postal_bridge.reconciliation.telling import OneStopTelling
from postal_bridge.sections import Settings
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.snapshots.parquet import ParquetSnapshots
from postal_bridge.storage.call_log import StoredCalls
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.months import LedgerMonths
from postal_bridge.storage.postgres.wakeups import PostgresWakeups
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.storage.vault import ObjectVault
from postal_bridge.storage.wakeups import InProcessWakeups
from postal_bridge.tracking.dispatch import Dispatch
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.watching import Watched
from postal_bridge.web.pages import mount_pages
from postal_bridge.web.reception import Desk
from postal_bridge.worktime import WorkCalendar

PRINTING_SECONDS = 300.0
"""More than the longest report takes on a slow machine."""

ANNOUNCING_SECONDS = 30.0

REPLAY_BEGINS = datetime(2000, 1, 1, tzinfo=UTC)
"""Where a replay clock stands until the first request tells it the time."""


class Part(StrEnum):
    """What one process does: answer requests, do the scheduled work, or both."""

    ALL = "all"
    API = "api"
    WORKER = "worker"


@dataclass(frozen=True)
class House:
    """Everything that is built once per process."""

    settings: Settings
    clock: Clock
    calendar: WorkCalendar
    storage: Storage
    wakeups: InProcessWakeups
    vault: ObjectVault
    signer: LedgerKey
    onestop: OneStop | None
    identifiers: Identifiers
    carriers: dict[str, Watched]
    pickups: PickupHouse
    papers: PaperHouse
    portal: NationalPortal | None = None
    post: Post | None = None
    feeds: dict[str, CarrierFeed] = field(default_factory=dict)

    async def night(
        self,
        day: date,
        *,
        onestop: OneStop | None = None,
        engine: str | None = None,
        progress: NightProgress = lambda _step, _done, _total: None,
    ) -> Night | Refusal:
        """Reconcile a date, with the configured one-stop system or with another source."""
        source = onestop or self.onestop
        if source is None:
            msg = "[onestop] base_url is empty: there is nothing to reconcile with"
            raise Misuse(msg)
        nightly, province = self.settings.nightly, self.settings.province
        with TemporaryDirectory(prefix="postal-bridge-night-") as folder:
            night = NightHouse(
                onestop=source,
                storage=self.storage,
                vault=self.vault,
                snapshots=ParquetSnapshots(Path(folder), engine=engine or nightly.engine),
                clock=self.clock,
                signer=self.signer,
                identifiers=self.identifiers,
                province=(province.code, province.name),
                centre=province.centre,
                policy=make_policy(self.settings),
                covered=source.covered if isinstance(source, FileOneStop) else None,
                carriage=self._carriage if self.feeds else None,
                progress=progress,
            )
            return await run_night(night, day)

    async def scheduled_night(self, day: date) -> Night | Refusal:
        """The night as the job runs it: once it is settled, it is not run again."""
        evening = datetime.combine(day, self.settings.nightly.at, LOCAL)
        source = self.onestop.name if self.onestop else ""
        settled = await settled_since(self.storage, day, evening, source=source)
        return settled or await self.night(day)

    async def _carriage(self, first: date, last: date) -> list[Difference]:
        """What differs from the lists of the carriers that have one."""
        return await feed_differences(
            self.feeds,
            lambda: self.storage.begin(write=False),
            first,
            last,
            now=self.clock.now(),
        )

    def services(self) -> Services:
        """What the web API works with."""
        carrier_work = self.carrier_work()
        return Services(
            storage=self.storage,
            wakeups=self.wakeups,
            clock=self.clock,
            calendar=self.calendar,
            settings=self.settings,
            vault=self.vault,
            identifiers=self.identifiers,
            run_night=self.night,
            forms=FORMS,
            carriers=self.carriers,
            settle_order=carrier_work.orders.settle_by_hand,
            questions=carrier_work.questions,
            seal=make_seal(self.signer),
            print_label=label_pdf,
            pickups=self.pickups,
            papers=self.papers,
            print_round=round_sheet_pdf,
            print_form=form_pdf,
            export_papers=papers_as,
            print_stickers=stickers_pdf,
            print_dividers=dividers_pdf,
            editions=load_form_editions(CONFIG_DIR / "forms.toml"),
        )

    def web_app(self) -> web.Application:
        """The API with its pages."""
        services = self.services()
        app = make_api(services)
        desk = Desk(
            transactions=self.storage,
            sessions=PageSessions(services),
            clock=self.clock,
            province=self.settings.province.name,
            centre=self.settings.province.centre,
            request_id=lambda request: request[REQUEST_ID],
            identifiers=self.identifiers,
            case_due_days=self.settings.nightly.case_due_days,
            pickups=self.pickups,
            papers=self.papers,
            scan_ahead=timedelta(minutes=self.settings.tracking.scan_ahead_limit_minutes),
            print_round=round_sheet_pdf,
        )
        mount_pages(app, desk)
        return app

    def carrier_work(self) -> CarrierWork:
        """What is done for carriers."""
        return make_carrier_work(
            self.carriers,
            settings=self.settings,
            transactions=self.storage,
            clock=self.clock,
            identifiers=self.identifiers,
        )

    def jobs(self) -> Jobs:
        """The scheduled work."""
        work = self.carrier_work()
        dispatch = Dispatch(work.orders)
        owner = f"{socket.gethostname()}-{secrets.token_hex(4)}"
        jobs = build_jobs(
            settings=self.settings,
            storage=self.storage,
            clock=self.clock,
            night=self.scheduled_night if self.onestop is not None else None,
            months=LedgerMonths(self.storage),
            handlers=dispatch.handlers(),
            owner=owner,
            outside={
                "carriers": Patient(dispatch.to_carriers(), work.seconds),
                **self._outside(owner),
            },
            carriers=CarriersJob(
                storage=self.storage,
                orders=work.orders,
                watch=work.watch,
                upkeep=work.upkeep,
                every=work.every,
                clock=self.clock,
                owner=owner,
            ),
        )
        return with_background(jobs, self, owner)

    def _outside(self, owner: str) -> dict[str, Patient]:
        """Who is told of dossiers' states, where it is configured; and where reports leave by."""
        outside: dict[str, Patient] = {}
        if self.portal is not None:
            lease = lease_for(self.settings.national_portal.total_seconds)
            report = PortalReport(
                transactions=self.storage,
                portal=self.portal,
                clock=self.clock,
                identifiers=self.identifiers,
                owner=owner,
                lease=lease,
            )
            outside["portal"] = Patient(report.handlers(), lease.total_seconds())
        if self.onestop is not None and self.settings.onestop.write_back:
            # Every adapter in onestop/ is both: asked by the night, and told by day.
            desk = cast("OneStopDesk", self.onestop)
            telling = OneStopTelling(transactions=self.storage, desk=desk)
            seconds = 2 * self.settings.onestop.total_seconds  # it looks, then it writes
            outside["onestop"] = Patient(telling.handlers(), seconds)
        reports = NightReports(
            vault=self.vault,
            forms=PRINTED,
            post=self.post,
            to=self.settings.nightly.report_to,
            province=self.settings.province.name,
            clock=self.clock,
        )
        seconds = PRINTING_SECONDS + self.settings.mail.timeout_seconds
        outside["reports"] = Patient(reports.handlers(), seconds)
        outside["subscribers"] = Patient(announcement_handlers(self), ANNOUNCING_SECONDS)
        return outside


@asynccontextmanager
async def open_house(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[House]:
    """Build everything, and give everything back at the end."""
    replayed = settings.service.replay_clock
    own_clock = clock or (ReplayClock(REPLAY_BEGINS) if replayed else SystemClock())
    storage = Storage(
        settings.database,
        province=settings.province.code,
        clock=own_clock,
        told=topics_told(settings),
    )
    wakeups = InProcessWakeups() if storage.is_sqlite else PostgresWakeups(settings.database.url)
    identifiers = Identifiers(random.Random(secrets.randbits(128)))  # noqa: S311 - not secrets
    carriers = make_connections(
        settings, clock=own_clock, log=StoredCalls(storage), identifiers=identifiers
    )
    onestop = make_onestop(settings.onestop, clock=own_clock)
    portal = make_portal(settings.national_portal, clock=own_clock)
    calendar, vault = WorkCalendar.load(settings.calendar), make_vault(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(storage.close)
        stack.push_async_callback(wakeups.close)
        for outside in (onestop, portal, *(one.connection.carrier for one in carriers.values())):
            if outside is not None:
                stack.push_async_callback(outside.close)
        pickups = await stack.enter_async_context(
            opened_pickups(settings, storage=storage, calendar=calendar, clock=own_clock)
        )
        papers = await stack.enter_async_context(
            opened_papers(
                settings, storage=storage, vault=vault, clock=own_clock, identifiers=identifiers
            )
        )
        yield House(
            settings=settings,
            clock=own_clock,
            calendar=calendar,
            storage=storage,
            wakeups=wakeups,
            vault=vault,
            signer=LedgerKey(settings.security.ledger_key_file),
            onestop=onestop,
            identifiers=identifiers,
            carriers=carriers,
            pickups=pickups,
            papers=papers,
            feeds=make_feeds(settings),
            portal=portal,
            post=make_post(settings.mail),
        )


async def serve(
    settings: Settings, *, part: Part, stop: asyncio.Event, reuse_port: bool = False
) -> None:
    """Run one process until it is told to stop; requests at hand are finished first."""
    log = get_logger(__name__)
    async with open_house(settings) as house:
        await house.storage.ready()
        await house.pickups.ready()
        jobs = house.jobs() if part is not Part.API else None
        runner = web.AppRunner(house.web_app(), access_log=None)
        try:
            if jobs is not None:
                await jobs.start()
            if part is not Part.WORKER:
                await runner.setup()
                service = settings.service
                site = web.TCPSite(runner, service.host, service.port, reuse_port=reuse_port)
                await site.start()
                log.info("listening", host=service.host, port=service.port)
            await stop.wait()
        finally:
            await runner.cleanup()
            if jobs is not None:
                await jobs.stop()
