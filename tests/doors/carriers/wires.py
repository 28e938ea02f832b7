"""What the tests of carriers' adapters share: a wire that does not wait, a log, an order."""

import random
from datetime import UTC, datetime

from postal_bridge.carriers.wire import Patience, Wire
from postal_bridge.clock import ReplayClock
from postal_bridge.tracking.carrier_records import CarrierCall
from postal_bridge.tracking.carrier_values import Order, Party
from postal_bridge.tracking.identifiers import Identifiers

NOW = datetime(2019, 1, 10, 3, 0, tzinfo=UTC)
REFERENCE = "VD-000.00.06.H37-190110-0001-1-1-4"
HASTY = Patience(
    timeout_seconds=0.6, attempts=3, total_seconds=5, retry_after_seconds=2, breaker_failures=50
)


class KeptCalls:
    """A call log that tests read."""

    def __init__(self) -> None:
        self.calls: list[CarrierCall] = []

    async def write(self, call: CarrierCall) -> None:
        """Keep it."""
        self.calls.append(call)


async def at_once(seconds: float) -> None:
    """Wait for nothing."""


def a_clock() -> ReplayClock:
    """It is the morning of 10/01/2019."""
    return ReplayClock(NOW)


def a_wire(
    url: str, *, name: str = "hang", patience: Patience = HASTY, log: KeptCalls | None = None
) -> Wire:
    """A connection that asks again without waiting."""
    return Wire(
        name,
        base_url=url,
        patience=patience,
        clock=a_clock(),
        log=log or KeptCalls(),
        identifiers=Identifiers(random.Random(7)),
        sleep=at_once,
    )


def a_party(*, name: str = "Nông Thị Hồng Đào", province: str = "20") -> Party:
    """Somebody in a province, by the statistics office's code."""
    return Party(
        name=name,
        phone="0912345678",
        address="Số 5, đường Trần Đăng Ninh, phường Tam Thanh, thành phố Lạng Sơn",
        province=province,
        district="thành phố Lạng Sơn",
        ward="phường Tam Thanh",
    )


def an_order(*, reference: str = REFERENCE, cod_dong: int = 0, waybill: str | None = None) -> Order:
    """A result on its way home."""
    return Order(
        number=REFERENCE,
        reference=reference,
        sender=a_party(name="Trung tâm Phục vụ hành chính công tỉnh Lạng Sơn"),
        receiver=a_party(),
        contents="Kết quả giải quyết thủ tục hành chính",
        cod_dong=cod_dong,
        waybill=waybill,
    )
