"""A small province for each story, on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.checked_plans import every_plan_is_checked as every_plan_is_checked  # noqa: PLC0414
from tests.journey.house import Town, open_town


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """The province on Thursday 10/01/2019, at eight in the morning."""
    async with open_town(database_url, tmp_path) as opened:
        yield opened
