"""What the search for addresses may expect of whoever keeps the office's corrections."""

from collections.abc import Callable
from pathlib import Path

import pytest

from postal_bridge.geography.corrections import FileCorrections
from postal_bridge.pickup.place_ports import Corrections
from postal_bridge.pickup.places import Correction
from postal_bridge.pickup.plans import Location
from tests.stages.memory_places import MemoryCorrections

PORT = "pickup.place_ports.Corrections"

IMPLEMENTATIONS: dict[str, Callable[[Path], Corrections]] = {
    "memory": lambda _: MemoryCorrections(),
    "file": lambda folder: FileCorrections(folder / "corrections.jsonl"),
}

ADDRESS = "so 5, xa hoa binh, lang son"


@pytest.fixture(params=IMPLEMENTATIONS)
def corrections(request: pytest.FixtureRequest, tmp_path: Path) -> Corrections:
    return IMPLEMENTATIONS[request.param](tmp_path)


def a_correction(ward: str = "06391", at: Location | None = None) -> Correction:
    return Correction(ADDRESS, ward, at, "Nông Thị Lan")


async def test_what_was_never_corrected_is_nothing(corrections: Corrections) -> None:
    assert await corrections.of(ADDRESS) is None


@pytest.mark.parametrize("at", [None, Location(21.66, 106.28)])
async def test_a_correction_comes_back_whole(corrections: Corrections, at: Location | None) -> None:
    await corrections.keep(a_correction(at=at))
    assert await corrections.of(ADDRESS) == a_correction(at=at)
    assert await corrections.of(f"{ADDRESS}, viet nam") is None


async def test_a_later_one_takes_its_place(corrections: Corrections) -> None:
    await corrections.keep(a_correction("06391"))
    await corrections.keep(a_correction("06505"))
    kept = await corrections.of(ADDRESS)
    assert kept is not None
    assert kept.ward_code == "06505"
