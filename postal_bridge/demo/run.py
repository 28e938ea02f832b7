"""`postal-bridge demo`: sets the stage, plays the month, judges it, and serves it."""

import asyncio
import secrets
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from postal_bridge.clock import ReplayClock, day_bounds
from postal_bridge.demo import report as reporting
from postal_bridge.demo.carrierside import CarrierSide
from postal_bridge.demo.client import Clients
from postal_bridge.demo.conductor import Conductor
from postal_bridge.demo.homecoming import read_homecoming
from postal_bridge.demo.morning import plan_morning
from postal_bridge.demo.otherside import OtherSide
from postal_bridge.demo.planted import Planted, plant
from postal_bridge.demo.prints import print_papers
from postal_bridge.demo.report import Report
from postal_bridge.demo.score import Score, write_score
from postal_bridge.demo.service import Service, free_port
from postal_bridge.demo.staffing import Staffing
from postal_bridge.demo.stage import Stage, claimed, furnish
from postal_bridge.demo.verdict import Answers, Verdict, ask_everything, judge
from postal_bridge.sandbox.month import DEFAULT_SEED, generate_month
from postal_bridge.sandbox.province import (
    MonthFigures,
    ProvinceData,
    load_figures,
    load_province,
)
from postal_bridge.sections import Settings
from postal_bridge.settings import load_settings
from postal_bridge.worktime import WorkCalendar

FIGURES_FILE = "lang-son-2019-01.toml"
_PASSWORD_BYTES = 9
_BEFORE_MIDNIGHT = timedelta(minutes=30)
_READING = timedelta(hours=2)
"""Before the night: in this time of the replay the carriers' last reports are read."""


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """What the command line asks for.

    Attributes:
        once: end when everything is shown, instead of serving.
        days: only the first so many working days.
        seed: of the generated month; the demo's own without it.
        as_json: one JSON object on standard output.
        port: the first one to try.
        folder: database, vault and logs of the replay.
        fresh: start again, also where an unfinished replay could be continued.
    """

    once: bool = False
    days: int | None = None
    seed: int | None = None
    as_json: bool = False
    port: int = 8468
    folder: Path = Path("var/demo")
    fresh: bool = False


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """What came of it.

    Attributes:
        agrees: every figure is the planned and the published one, every planted difference was
            found and nothing else; also true where nothing was judged, because it was stopped.
        figures: the object that `--json` prints.
        restarts: how often the service died and was started again.
    """

    agrees: bool
    figures: Mapping[str, Any] = field(default_factory=dict)
    disagreements: tuple[str, ...] = ()
    restarts: int = 0
    interrupted: bool = False


@dataclass(frozen=True, kw_only=True)
class _Material:
    """What is read and generated before anything runs."""

    province: ProvinceData
    figures: MonthFigures
    calendar: WorkCalendar
    score: Score


async def run_demo(settings_dir: Path, options: DemoOptions) -> DemoResult:
    """Replay the month and show what came of it.

    Args:
        settings_dir: the folder of `default.toml`, with `province/` and `demo/` in it.
        options: what the command line asks for.

    Raises:
        Misuse: the folder is somebody else's or in use, or no port is free.
        Accident: the service does not start, stays away, or refuses a step.
    """
    with claimed(options.folder), _interruptible() as stopping:
        demo = _Demo(settings_dir, options, stopping)
        try:
            return await demo.run()
        finally:
            await demo.close()


@contextmanager
def _interruptible() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set while the demo runs."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stopping.set)
    try:
        yield stopping
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


class _Demo:
    """One run of the demo, and what has to be given back at its end."""

    def __init__(self, settings_dir: Path, options: DemoOptions, stopping: asyncio.Event) -> None:
        self._options = options
        self._stopping = stopping
        self._settings_dir = settings_dir
        self._started = time.monotonic()
        self._report = Report(as_json=options.as_json)
        self._password = secrets.token_urlsafe(_PASSWORD_BYTES)
        self._stage = Stage(
            options.folder,
            seed=DEFAULT_SEED if options.seed is None else options.seed,
            days=options.days,
        )
        self._other: OtherSide | None = None
        self._carriers: CarrierSide | None = None
        self._service: Service | None = None
        self._clients: Clients | None = None

    async def run(self) -> DemoResult:
        """Play, judge, show; then serve until interrupted, unless once is enough."""
        playing = asyncio.create_task(self._play())
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({playing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not playing.done():
            playing.cancel()
            await asyncio.wait({playing})
            self._report.say("Đã dừng; chạy lại sẽ tiếp tục. / Stopped; it goes on when run again.")
            return DemoResult(agrees=True, interrupted=True)
        result = playing.result()
        if not self._options.once:
            await self._serve()
        return result

    async def close(self) -> None:
        """Give everything back, in the order in which it depends on each other."""
        if self._clients is not None:
            await self._clients.close()
        if self._service is not None:
            await self._service.stop()
        if self._carriers is not None:
            await self._carriers.stop()
        if self._other is not None:
            await self._other.stop()

    async def _play(self) -> DemoResult:
        settings = load_settings({}, config_dir=self._settings_dir)
        material = self._read(settings)
        score = material.score
        self._announce(score, continued=await self._stage.prepare(fresh=self._options.fresh))
        clock = ReplayClock(day_bounds(score.first_day)[0])
        other = OtherSide(material.province, calendar=material.calendar, clock=clock)
        self._other = other
        await other.start()
        carriers = self._carriers = CarrierSide(clock=clock)
        connections = await carriers.start(self._stage.folder)
        service = await self._start_service(other, clock, connections)
        self._clients = Clients(service.base_url, password=self._password)
        with self._report.progress("Diễn lại / replaying") as progress:
            conductor = Conductor(self._clients, other, clock, carriers=carriers, progress=progress)
            await conductor.play(score)
        supervisor = Staffing(material.province).supervisor
        evening = day_bounds(score.last_day)[1] - _BEFORE_MIDNIGHT
        homecoming = await read_homecoming(
            self._clients, supervisor, score=score, begins=evening - _READING
        )
        clock.advance_to(evening)
        planted = await plant(
            other,
            score.dossiers,
            province=material.province,
            calendar=material.calendar,
            until=evening,
        )
        answers = await ask_everything(self._clients, supervisor, score=score, at=evening)
        morning = await plan_morning(
            self._clients,
            Staffing(material.province),
            score,
            day=material.calendar.next_working_day(score.last_day),
            at=evening,
            folder=self._stage.folder,
        )
        printed = await print_papers(
            self._clients,
            Staffing(material.province),
            score,
            at=evening,
            folder=self._stage.folder,
        )
        answers = replace(answers, homecoming=homecoming, morning=morning, printed=printed)
        self._stage.finish()
        return self._conclude(answers, planted, material, service)

    def _read(self, settings: Settings) -> _Material:
        folder = self._settings_dir
        province = load_province(folder / "province")
        figures = load_figures(folder / "demo" / FIGURES_FILE)
        calendar = WorkCalendar.load(settings.calendar)
        plan = generate_month(province, figures, calendar=calendar, seed=self._stage.seed)
        score = write_score(plan, province, calendar=calendar, days=self._options.days)
        return _Material(province=province, figures=figures, calendar=calendar, score=score)

    async def _start_service(
        self, other: OtherSide, clock: ReplayClock, connections: Path
    ) -> Service:
        environment = self._stage.environment(
            other.base_url, other.credentials, carriers=connections
        )
        settings = load_settings(environment, config_dir=self._settings_dir)
        await furnish(settings, clock=clock, password=self._password)
        port = free_port(self._options.port)
        self._service = Service(self._stage.folder, port=port, environment=environment)
        await self._service.start()
        return self._service

    def _announce(self, score: Score, *, continued: bool) -> None:
        how = "tiếp tục / continued" if continued else "bắt đầu / begun"
        self._report.say(
            f"Lạng Sơn {score.first_day:%d/%m/%Y} – {score.last_day:%d/%m/%Y}: "
            f"{len(score.steps)} bước qua API / steps over the web API ({how})"
        )

    def _conclude(
        self, answers: Answers, planted: Planted, material: _Material, service: Service
    ) -> DemoResult:
        verdict = judge(answers, planted, score=material.score, figures=material.figures)
        seconds = round(time.monotonic() - self._started, 1)
        figures = {**verdict.figures, "seconds": seconds}
        if self._options.as_json:
            self._report.as_object({**figures, "disagreements": list(verdict.disagreements)})
        else:
            self._show(answers, verdict, material)
            self._report.say(f"{seconds} giây / seconds")
        return DemoResult(
            agrees=not verdict.disagreements,
            figures=figures,
            disagreements=verdict.disagreements,
            restarts=service.restarts,
        )

    def _show(self, answers: Answers, verdict: Verdict, material: _Material) -> None:
        report = self._report
        reporting.show_month(report, answers, verdict, province=material.province)
        reporting.show_homecoming(report, answers)
        reporting.show_morning(report, answers)
        reporting.show_printed(report, answers)
        reporting.show_outstanding(report, answers)
        reporting.show_night(report, answers, verdict)
        reporting.show_source(report, material.figures.published)
        reporting.show_verdict(report, verdict)
        if self._options.once or self._service is None:
            return
        first, last = answers.statistics["first"], answers.statistics["last"]
        shown = "&".join(
            f"{name}={day[8:]}/{day[5:7]}/{day[:4]}" for name, day in (("tu", first), ("den", last))
        )
        supervisor = Staffing(material.province).supervisor
        report.title("Bảng theo dõi / the board")
        report.say(f"  {self._service.base_url}/bang?{shown}")
        report.say(f"  đăng nhập / sign in: {supervisor}   mật khẩu / password: {self._password}")
        report.say(f"  API: {self._service.base_url}/docs")

    async def _serve(self) -> None:
        self._report.say("Ctrl-C để dừng / to stop")
        await self._stopping.wait()
