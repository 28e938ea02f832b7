"""A carrier in memory for tests of stages: takes orders, loses answers, and says what it is told to.

The adapters and their stand-ins speak over HTTP; this one is for what happens before and after.
"""

from collections import deque
from collections.abc import Sequence
from enum import StrEnum

from typing_extensions import override

from postal_bridge.tracking.carrier_values import (
    Booked,
    Cancelled,
    CarrierScan,
    CarrierUnavailable,
    FeedPage,
    NotThere,
    Order,
    PendingCase,
    Placed,
    Refused,
    Unknown,
)


class Mishap(StrEnum):
    """What becomes of a request.

    Attributes:
        ANSWER_LOST: it was done, and the caller does not know.
        LOST: it was not done, and the caller does not know.
        NOT_HEARD: it was not done, and the caller knows.
        REFUSED: the carrier does not want it.
        PENDING: somebody at the carrier decides (cancellations).
    """

    ANSWER_LOST = "answer_lost"
    LOST = "lost"
    NOT_HEARD = "not_heard"
    REFUSED = "refused"
    PENDING = "pending"


class ForgetfulCarrier:
    """A carrier that cannot be asked about orders and stores a repeat as another order.

    Attributes:
        orders: what it has, in the order of arrival.
        cancelled: references of what was called off.
        mishaps: what happens to the next requests, one each; afterwards all goes well.
        reports: what its feed tells.
    """

    reference_limit = 43
    repeatable = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.orders: list[Order] = []
        self.cancelled: list[str] = []
        self.mishaps: deque[Mishap] = deque()
        self.reports: list[CarrierScan] = []

    async def book(self, order: Order) -> Booked | Refused | Unknown:
        """Take an order."""
        mishap = self._mishap()
        match mishap:
            case Mishap.NOT_HEARD:
                raise CarrierUnavailable(self.name)
            case Mishap.REFUSED:
                return Refused(code="17", field="ReceiverTel", text="sai số điện thoại")
            case Mishap.LOST:
                return Unknown("mất kết nối")
            case _:
                booked = self._take(order)
                return Unknown("mất kết nối") if mishap is Mishap.ANSWER_LOST else booked

    async def cancel(self, placed: Placed) -> Cancelled | PendingCase | Refused | Unknown:
        """Call an order off."""
        mishap = self._mishap()
        match mishap:
            case Mishap.NOT_HEARD:
                raise CarrierUnavailable(self.name)
            case Mishap.REFUSED:
                return Refused(code="18", text="đã phát")
            case Mishap.LOST:
                return Unknown("mất kết nối")
            case Mishap.PENDING:
                return PendingCase(f"VU-{placed.reference}")
            case _:
                already = placed.reference in self.cancelled
                if not already:
                    self.cancelled.append(placed.reference)
                lost = mishap is Mishap.ANSWER_LOST
                return Unknown("mất kết nối") if lost else Cancelled(already=already)

    async def page(self, cursor: str) -> FeedPage:
        """One report a page."""
        begin = int(cursor or "0")
        scans: Sequence[CarrierScan] = self.reports[begin : begin + 1]
        end = begin + len(scans)
        return FeedPage(scans=scans, cursor=str(end), more=end < len(self.reports))

    async def close(self) -> None:
        """There is nothing to give back."""

    def _mishap(self) -> Mishap | None:
        return self.mishaps.popleft() if self.mishaps else None

    def _take(self, order: Order) -> Booked:
        self.orders.append(order)
        return self._number(len(self.orders), order)

    def _number(self, number: int, order: Order) -> Booked:
        text = f"{self.name.upper()}{number:08d}"
        return Booked(carrier_number=text, waybill=order.waybill or f"W{text}")


class CarrierMemory(ForgetfulCarrier):
    """A carrier that recognises a repeat by our reference, and can be asked about an order."""

    repeatable = True

    async def find(self, reference: str) -> Booked | NotThere | Unknown:
        """Look an order up."""
        if self._mishap() is not None:
            return Unknown("mất kết nối")
        return self._found(reference) or NotThere()

    @override
    def _take(self, order: Order) -> Booked:
        return self._found(order.reference) or super()._take(order)

    def _found(self, reference: str) -> Booked | None:
        for number, order in enumerate(self.orders, start=1):
            if order.reference == reference:
                booked = self._number(number, order)
                return Booked(
                    carrier_number=booked.carrier_number, waybill=booked.waybill, already=True
                )
        return None
