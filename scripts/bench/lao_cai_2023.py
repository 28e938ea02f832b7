"""Lào Cai's year 2023 in full: 83,786 dossiers reconcile, and the published percentages come out.

Our house is filled with a planned year of real ledger events, the OpenCPS stand-in with the same
year's own rows and a few mistakes. Then the commands that an operator has do the rest, each in a
process of its own: the night over real HTTP with a look-back of a year, the statistics of the API,
the check of the ledger. Everything is done once: what is found does not vary.
"""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from postal_bridge.sandbox.onestop import BASE_PATH, Credentials
from postal_bridge.sandbox.year_figures import YearFigures, load_year, percent
from postal_bridge.storage.migrate import upgrade
from scripts.bench.figures import Figure, Goal, Plan, figure
from scripts.bench.measuring import cpu_seconds, need
from scripts.bench.servers import (
    durable_postgres,
    free_port,
    need_disk,
    programme,
    scratch_folder,
    service,
)
from scripts.bench.steps import Step, step
from scripts.bench.year_fill import environment
from scripts.bench.year_house import CONFIG, TOKEN
from scripts.bench.year_stand_in import PLANNING_SECONDS, READY

SMALL = 100
"""With `--quick`: one dossier for every hundred."""

PAGE = 1000
DAYS = {"fromReceiveDate": "01/01/2023", "toReceiveDate": "31/12/2023"}
MIB = 1024 * 1024
PLANTED_MOST = 1
"""Exit code of `reconcile` when cases are open."""


def measure(plan: Plan) -> Iterator[Figure]:
    """Run the whole benchmark, on SQLite and on PostgreSQL."""
    by = SMALL if plan.quick else 1
    figures = load_year(CONFIG / "demo" / "lao-cai-2023.toml").scaled(by)
    with scratch_folder() as folder:
        need_disk(folder, 1 if plan.quick else 6)
        port, planted = free_port(), folder / "planted.json"
        plan.say("the other side plans its year")
        command = ["-m", "scripts.bench.year_stand_in", str(port), str(by), "all", str(planted)]
        with programme(
            command, port=port, environ={}, ready=READY, within=PLANNING_SECONDS
        ) as stand_in:
            downloaded = _download(port)
            plan.say(f"bare download  {downloaded[0]:7.1f} s, {downloaded[1] / MIB:.1f} MiB")
            for engine in ("sqlite", "postgresql"):
                year = _Year(plan, figures, folder / engine, port)
                yield from year.measure(engine, by, json.loads(planted.read_text()), downloaded)
            plan.say(f"the other side used {cpu_seconds(stand_in.pid):.0f} s of CPU in all")


class _Year:
    """One house with its year."""

    def __init__(self, plan: Plan, figures: YearFigures, folder: Path, port: int) -> None:
        self._plan, self._figures, self._folder, self._port = plan, figures, folder, port
        self._steps: list[Step] = []
        folder.mkdir()

    def measure(
        self, engine: str, by: int, planted: list[str], downloaded: tuple[float, int]
    ) -> Iterator[Figure]:
        """Fill the house, run the night, ask for the statistics, verify the ledger."""
        with ExitStack() as stack:
            if engine == "postgresql":
                url = stack.enter_context(durable_postgres()).migrated("year").url
            else:
                url = f"sqlite+aiosqlite:///{self._folder}/year.db"
                upgrade(url)
            self._plan.say(f"--- {engine}")
            command = ["-m", "scripts.bench.year_fill", url, str(self._folder), str(by)]
            self._do("fill", command, {})
            environ = self._environment(url)
            night = self._night(environ, planted)
            total = self._statistics(url, environ)
            self._verify(environ)
        notes = {name: value for one in self._steps for name, value in one.as_json().items()}
        told = night.said["night"]
        notes |= {"our_dossiers": told["ours"], "their_dossiers": told["theirs"]}
        name = f"lao_cai_2023.{engine}"
        found = len(night.said["cases"])
        yield figure(
            f"{name}.differences",
            [(found, len(planted))],
            goal=Goal(at_least=1),
            anchor="planted",
            unit="cases",
        ).with_notes([notes])
        for what, (ours, published) in _percentages(total, self._figures).items():
            goal = Goal(at_least=1) if by == 1 else None
            yield figure(
                f"{name}.{what}", [(ours, published)], goal=goal, anchor="published", unit="%"
            )
        pair = (night.wall, downloaded[0])
        yield figure(
            f"{name}.night", [pair], anchor="the list downloaded, bodies thrown away", unit="s"
        )
        pair = (night.memory, downloaded[1] / MIB)
        yield figure(f"{name}.memory", [pair], anchor="the list itself", unit="MiB")

    def _do(self, name: str, command: list[str], environ: Mapping[str, str], *codes: int) -> Step:
        done = step(name, command, environ, codes=codes or (0,))
        self._steps.append(done)
        self._plan.say(str(done))
        return done

    def _environment(self, url: str) -> dict[str, str]:
        login = Credentials()
        return environment(
            url,
            self._folder,
            PB_ONESTOP__BASE_URL=f"http://127.0.0.1:{self._port}{BASE_PATH}",
            PB_ONESTOP__GROUP_ID=login.group_id,
            PB_ONESTOP__USERNAME=login.username,
            PB_ONESTOP__PASSWORD=login.password,
        )

    def _night(self, environ: Mapping[str, str], planted: list[str]) -> Step:
        command = ["-m", "postal_bridge", "reconcile", "--date", "2023-12-31", "--json"]
        night = self._do("night", command, environ, PLANTED_MOST)
        told = night.said["night"]
        need(told["ours"] == self._figures.received, f"our side has {told['ours']} dossiers")
        found = sorted(f"{case['kind']}:{case['dossier_code']}" for case in night.said["cases"])
        need(found == planted, f"found {found}, planted {planted}")
        self._plan.say(f"   ours {told['ours']:,}, theirs {told['theirs']:,}, found {len(found)}")
        return night

    def _statistics(self, url: str, environ: Mapping[str, str]) -> dict[str, int]:
        """What `GET /statistics` says about the year."""
        with service(url, self._folder, settings=environ) as server:
            query = urlencode({"from": "2023-01-01", "to": "2023-12-31"})
            connection = HTTPConnection("127.0.0.1", server.port, timeout=300)
            spent, begun = cpu_seconds(server.pid), time.perf_counter()
            login = {"Authorization": f"Bearer {TOKEN}"}
            connection.request("GET", f"/api/v1/statistics?{query}", headers=login)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            wall = time.perf_counter() - begun
            need(answer.status == 200, f"statistics: {told}")  # noqa: PLR2004 - HTTP's own number
            cpu = cpu_seconds(server.pid) - spent
            done = Step("statistics", wall, cpu, _peak(server.pid), None)
            connection.close()
        self._steps.append(done)
        self._plan.say(str(done))
        total: dict[str, int] = told["total"]
        for what, (ours, published) in _percentages(total, self._figures).items():
            self._plan.say(f"   {what:<8} {ours:.2f} %  published {published:.2f} %")
            exact = self._figures.percentages[what][1]
            need(ours == exact, f"{what}: {ours} %, planned {exact} %")
        return total

    def _verify(self, environ: Mapping[str, str]) -> None:
        command = ["-m", "postal_bridge", "verify-ledger", "--json"]
        checked = self._do("verify-ledger", command, environ)
        told = checked.said
        need(not told["findings"], f"verify-ledger found {len(told['findings'])}")
        self._plan.say(f"   {told['events']:,} events of {told['items']:,} items, nothing found")


def _percentages(total: Mapping[str, int], figures: YearFigures) -> dict[str, tuple[float, float]]:
    """Handled, late and online: as our statistics count them, and as published."""
    ours = {
        "handled": percent(total["resolved"], total["received"]),
        "late": percent(total["resolved"] - total["on_time"], total["resolved"]),
        "online": percent(total["online"], total["received"]),
    }
    return {what: (ours[what], figures.percentages[what][0]) for what in ours}


def _peak(pid: int) -> float:
    """The most memory that a running process ever had, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _download(port: int) -> tuple[float, int]:
    """What only the transport costs: every page asked for, and thrown away. Seconds and bytes."""
    login = Credentials()
    basic = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "groupId": login.group_id}
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    begun, start, total, length = time.perf_counter(), 0, 1, 0
    while start < total:
        query = {**DAYS, "start": start, "end": start + PAGE, "sort": "dossierId", "order": "asc"}
        connection.request("GET", f"{BASE_PATH}/dossiers?{urlencode(query)}", headers=headers)
        body = connection.getresponse().read()
        total = int(body[: body.index(b",")].rpartition(b":")[2])
        start, length = start + PAGE, length + len(body)
    connection.close()
    return time.perf_counter() - begun, length
