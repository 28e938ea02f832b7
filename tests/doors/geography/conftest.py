"""The units, read once for all tests of the room."""

from pathlib import Path

import pytest

from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.geography.units import Units
from postal_bridge.geography.units_file import read_units

GAZETTEER = Path(__file__).parents[3] / "config" / "geography" / "gazetteer.json.gz"


@pytest.fixture(scope="session")
def units() -> Units:
    return read_units(GAZETTEER)


@pytest.fixture(scope="session")
def gazetteer(units: Units) -> Gazetteer:
    return Gazetteer(units)
