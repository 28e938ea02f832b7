"""What every test may ask for: databases, migrated and empty, on both engines; a browser.

Also the rule that a skipped test is named at the end, and that where PB_NO_SKIPS=1 it fails the run.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import PostgresMissing, PostgresServer, in_own_thread, running_postgres

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
ENGINES = ("sqlite", "postgresql")

settings.register_profile(
    "house",
    deadline=None,  # nothing here asserts wall time
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    print_blob=True,
)
# `pytest --hypothesis-profile=long tests/invariants`: ten times as many examples, for a quiet hour.
settings.register_profile("long", settings.get_profile("house"), max_examples=1000)
settings.load_profile("house")

MakeDatabase = Callable[..., str]
FreshDatabase = Callable[[], str]


# --- databases ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the tests' own, started when the first test asks for it."""
    try:
        with running_postgres() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(f"PostgreSQL tests: {missing}")


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """The maintenance database, in SQLAlchemy's words."""
    return postgres_server.url()


@pytest.fixture(scope="session")
def _names() -> Iterator[int]:
    return count(1)


@pytest.fixture
def make_database(postgres_server: PostgresServer, _names: Iterator[int]) -> Iterator[MakeDatabase]:
    """Makes a fresh PostgreSQL database, `make_database(template=...)`; dropped after the test."""
    made: list[str] = []

    def make(*, template: str = "template1") -> str:
        made.append(f"test_{next(_names)}")
        return postgres_server.create(made[-1], template=template)

    yield make
    for name in made:
        postgres_server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file, migrated once; tests get copies."""
    template = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite+aiosqlite:///{template}")
    # What still lies in the write-ahead log would be missing from a copy of the file.
    with sqlite3.connect(template) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return template


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a PostgreSQL database, migrated once; tests get copies."""
    _migrate(postgres_server.create("migrated"))
    return "migrated"


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Everything that asks for this runs twice: "sqlite" and "postgresql"."""
    return str(request.param)


@pytest.fixture
def fresh_database(
    engine_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> FreshDatabase:
    """Makes a migrated, empty database at each call: for tests that need more than one."""
    serial = count(1)
    if engine_name == "postgresql":
        make: MakeDatabase = request.getfixturevalue("make_database")
        postgres_template: str = request.getfixturevalue("postgres_template")
        return lambda: make(template=postgres_template)
    sqlite_template: Path = request.getfixturevalue("sqlite_template")

    def copy() -> str:
        path = tmp_path / f"database-{next(serial)}.db"
        shutil.copyfile(sqlite_template, path)
        return f"sqlite+aiosqlite:///{path}"

    return copy


@pytest.fixture
def database_url(fresh_database: FreshDatabase) -> str:
    """A migrated, empty database; the test runs on SQLite and on PostgreSQL."""
    return fresh_database()


def _migrate(url: str) -> None:
    from postal_bridge.storage import migrate  # alembic is heavy

    in_own_thread(lambda: migrate.upgrade(url))


# --- the browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The system's Chromium, for playwright's `executable_path`."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return found
    pytest.skip("browser tests: no Chromium found (Debian: apt install chromium)")


# --- skips are named, and forbidden where nothing may be missing ------------------------------------


class SkipKeeper:
    """Remembers every skipped test with its reason."""

    def __init__(self, *, forbidden: bool) -> None:
        self.forbidden = forbidden
        self.skipped: dict[str, str] = {}

    def _keep(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        # An expected failure is reported as skipped, but it did run.
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            self.skipped[report.nodeid] = str(reason).removeprefix("Skipped: ")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._keep(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._keep(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and self.forbidden and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.skipped:
            return
        verdict = "skips are forbidden here: this run FAILED" if self.forbidden else "not tested"
        title = f"SKIPPED: {len(self.skipped)} ({verdict})"
        terminalreporter.section(title, red=self.forbidden, yellow=not self.forbidden)
        for name, reason in sorted(self.skipped.items()):
            terminalreporter.line(f"{name}: {reason}")


def pytest_configure(config: pytest.Config) -> None:
    forbidden = os.environ.get("PB_NO_SKIPS") == "1"
    # The settings of whoever runs the tests reach neither them nor the programmes they start,
    # and the programme would rightly call PB_NO_SKIPS an unknown setting.
    for name in [name for name in os.environ if name.startswith("PB_")]:
        del os.environ[name]
    config.pluginmanager.register(SkipKeeper(forbidden=forbidden), "skip-keeper")
