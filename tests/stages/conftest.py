"""Stores in memory for the tests of the stages."""

import pytest

from tests.stages.memory import MemoryWork


@pytest.fixture
def work() -> MemoryWork:
    return MemoryWork()
