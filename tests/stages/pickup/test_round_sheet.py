"""A round sheet holds facts and decides nothing: the same round gives the same sheet."""

from postal_bridge.pickup.round_sheet import RoundSheet
from postal_bridge.pickup.sheets import sheet_of
from tests.stages.pickup.office import Office


async def test_the_same_round_gives_the_same_sheet() -> None:
    office = Office()
    await office.asks(1)
    (one,) = (await office.plans()).rounds
    sheets = [await sheet_of(office.work, one.number, names={}) for _ in range(2)]
    assert isinstance(sheets[0], RoundSheet)
    assert sheets[0] == sheets[1]
