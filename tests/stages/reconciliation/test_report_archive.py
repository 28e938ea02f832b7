"""Finding the report of a night again."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

from postal_bridge.errors import Reason, Refusal
from postal_bridge.reconciliation.records import Night, NightState
from postal_bridge.reconciliation.report import as_json
from postal_bridge.reconciliation.report_archive import ReportLost, fetch_report, report_of_day
from tests.doors.printing.nights import DAY, EVENING, a_report


class Shelf:
    """A vault and a store of nights, in memory."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.kept: dict[date, Night] = {}

    @property
    def nights(self) -> "Shelf":
        return self

    @asynccontextmanager
    async def begin(self, *, write: bool = True) -> AsyncIterator[Any]:
        yield self

    async def night(self, day: date) -> Night | None:
        return self.kept.get(day)

    async def keep(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        self.contents[sha256] = content
        return sha256

    async def fetch(self, sha256: str) -> bytes:
        return self.contents[sha256]

    async def check(self) -> None:
        """Always well."""

    def write_down(self, report: str | None) -> None:
        self.kept[DAY] = Night(
            day=DAY,
            source="opencps",
            state=NightState.DONE,
            window_from=DAY,
            started_at=EVENING,
            finished_at=EVENING,
            report=report,
        )


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def test_a_report_is_found_by_its_day(shelf: Shelf) -> None:
    shelf.write_down(await shelf.keep(as_json(a_report())))
    assert await report_of_day(shelf, shelf, DAY) == a_report()


async def test_a_day_without_a_night_has_no_report(shelf: Shelf) -> None:
    refused = await report_of_day(shelf, shelf, DAY)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.NIGHT_UNKNOWN


async def test_a_night_of_an_older_release_says_to_run_it_again(shelf: Shelf) -> None:
    shelf.write_down(None)
    refused = await report_of_day(shelf, shelf, DAY)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.NIGHT_WITHOUT_REPORT
    assert "postal-bridge reconcile --date 2019-01-31" in refused.sentence()
    assert "31/01/2019" in refused.sentence("en")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"format": "x"}'])
async def test_what_is_no_report_is_lost(shelf: Shelf, content: bytes) -> None:
    sha256 = await shelf.keep(content)
    with pytest.raises(ReportLost, match=sha256):
        await fetch_report(shelf, sha256)


async def test_a_report_that_the_vault_has_not_is_lost(shelf: Shelf) -> None:
    with pytest.raises(ReportLost, match="cannot be read from the vault"):
        await fetch_report(shelf, "0" * 64)
