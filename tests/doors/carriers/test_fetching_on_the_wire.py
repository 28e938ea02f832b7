"""A carrier fetches at a citizen's door: ordered over real HTTP, once, whatever is lost on the way."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from postal_bridge.pickup.records import CarrierFetch, PickupState
from postal_bridge.pickup.requests import cancel
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.tracking.carrier_values import Capability, Party
from postal_bridge.tracking.fetching import Fetching
from postal_bridge.tracking.orders import Connection
from tests.carrier_stands import Stand
from tests.doors.carriers.stand_jt import opened_jt
from tests.doors.carriers.stand_vnpost_ngsp import opened_vnpost_ngsp
from tests.stages.pickup.office import OFFICE, Office, the_terms

STANDS: dict[str, Callable[[], AbstractAsyncContextManager[Stand]]] = {
    "jt": opened_jt,
    "vnpost_ngsp": opened_vnpost_ngsp,
}
POST = Party(
    name="Bưu điện tỉnh Lạng Sơn",
    phone="02053812345",
    address="Số 2 đường Hoàng Văn Thụ, phường Lương Văn Tri, tỉnh Lạng Sơn",
    province="20",
    district="Thành phố Lạng Sơn",
    ward="Phường Lương Văn Tri",
)
QUIET = timedelta(minutes=2)


def far_office(stand: Stand) -> tuple[Office, Fetching]:
    office = Office(terms=the_terms(carrier="hang", carrier_beyond_metres=10_000))
    connection = Connection(carrier=stand.carrier, sender=POST, place=OFFICE, quiet=QUIET)
    fetching = Fetching(
        house=office.house, connections={"hang": connection}, locate=lambda _words: "20"
    )
    return office, fetching


@pytest.mark.parametrize("kind", STANDS)
@pytest.mark.parametrize("fault", [None, FaultKind.REPLY_LOST, FaultKind.CONNECTION_LOST])
async def test_a_visit_is_ordered_once_and_called_off_once(
    kind: str, fault: FaultKind | None
) -> None:
    async with STANDS[kind]() as stand:
        office, fetching = far_office(stand)
        request = await office.asks(20)
        if fault is not None:
            stand.fails(Capability.BOOK, fault)
        for minutes in range(0, 12, 3):
            office.it_is(f"06:{minutes:02d}")
            await fetching.look()
        placed = await office.now(request)
        assert (placed.state, placed.carrier_state) == (PickupState.CARRIER, CarrierFetch.PLACED)
        assert list(await stand.stored()) == [request.number]
        await cancel(office.desk(), request.number, reason="đi vắng")
        await fetching.look()
        assert (await office.now(request)).carrier_state is CarrierFetch.CALLED_OFF
        assert list(await stand.stored()) == []
