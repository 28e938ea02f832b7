"""Fills a migrated database with Lào Cai's year: `python -m scripts.bench.year_fill URL FOLDER BY`.

A process of its own, so that its time and its memory can be told apart from the night's.
"""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from postal_bridge.app import open_house
from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.year import YearPlan
from postal_bridge.sections import Settings
from postal_bridge.settings import load_settings
from postal_bridge.worktime import WorkCalendar
from scripts.bench.province import Part, pour_into_postgres, pour_into_sqlite
from scripts.bench.year_house import (
    COLUMNS_OF_A_YEAR,
    PROVINCE,
    days_of,
    lao_cai,
    settle_in,
    year_parts,
)

EVENING = datetime(2023, 12, 31, 16, 30, tzinfo=UTC)
"""When the year's last night is run: 23:30 in Vietnam."""


def environment(url: str, folder: Path, **more: str) -> dict[str, str]:
    """The settings of a house of Lào Cai whose night looks back over the whole year."""
    return {
        "PB_DATABASE__URL": url,
        "PB_VAULT__URL": f"file://{folder}/vault",
        "PB_SECURITY__LEDGER_KEY_FILE": str(folder / "ledger.key"),
        "PB_SERVICE__LOG_LEVEL": "error",
        "PB_PROVINCE__CODE": PROVINCE,
        "PB_PROVINCE__NAME": "Lào Cai",
        "PB_NIGHTLY__LOOKBACK_DAYS": "365",
        "PB_ONESTOP__PAGE_SIZE": "1000",
        **more,
    }


def settings_of(environ: Mapping[str, str]) -> Settings:
    """The same, read."""
    return load_settings(environ)


async def fill(settings: Settings, plan: YearPlan) -> int:
    """Fill the house's database; gives the number of events."""
    async with open_house(settings, clock=ReplayClock(EVENING)) as house:
        await settle_in(house)
    url = settings.database.url
    parts = _Counted(year_parts(plan, say=_say))
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        pour_into_sqlite(Path(str(address.database)), parts, COLUMNS_OF_A_YEAR)
    else:
        dsn = url.replace("+asyncpg", "")
        await pour_into_postgres(dsn, parts, COLUMNS_OF_A_YEAR, days=days_of(plan))
    return parts.events


class _Counted:
    """Counts the events that go by."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.events = 0
        self._parts = parts

    def __iter__(self) -> Iterator[Part]:
        for part in self._parts:
            self.events += len(part["custody_event"])
            yield part


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(url: str, folder: Path, by: int) -> None:
    """Plan the year and fill it in; prints how many dossiers and events there are."""
    settings = settings_of(environment(url, folder))
    plan = lao_cai(by, calendar=WorkCalendar.load(settings.calendar))
    events = asyncio.run(fill(settings, plan))
    print(json.dumps({"dossiers": len(plan.dossiers), "events": events}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
