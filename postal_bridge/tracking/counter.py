"""Terms of an order: handed in over the counter, or fetched in a window."""

from postal_bridge.tracking.carrier_records import CarrierOrder
from postal_bridge.tracking.carrier_values import Booked, Order, Refused, Window


def handed_in(order: Order) -> Booked | Refused:
    """An order at a carrier whose connection takes none: it was placed over the counter.

    There its receipt bears the number that its way is followed by; without one nobody could.
    """
    if order.waybill is None:
        text = "kết nối này không nhận đơn (this connection takes no orders)"
        return Refused(code="", field="waybill", text=text)
    return Booked(carrier_number=order.waybill, waybill=order.waybill)


def window_of(order: CarrierOrder) -> Window | None:
    """When the carrier is asked to fetch it."""
    if order.collect_from is None or order.collect_until is None:
        return None
    return Window(order.collect_from, order.collect_until)
