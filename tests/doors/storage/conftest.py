"""An open database for the suites of the stores."""

from collections.abc import AsyncIterator

import pytest

from postal_bridge.storage.engine import Storage
from tests.stores import opened


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    """The stores on a migrated, empty database."""
    async with opened(database_url) as found:
        yield found
