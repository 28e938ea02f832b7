"""What a carrier is asked for: the order in words, fetched in a window or handed in at a counter."""

from postal_bridge.tracking.carrier_records import CarrierOrder
from postal_bridge.tracking.carrier_values import Booked, Order, Party, Placed, Refused, Window
from postal_bridge.tracking.records import Consignment

CONTENTS, POUCH_CONTENTS = "Kết quả giải quyết thủ tục hành chính", "Túi thư hồ sơ, niêm phong"


def wanted(order: CarrierOrder, consignment: Consignment, *, sender: Party, province: str) -> Order:
    """An order as an adapter takes it; `province` is the receiver's, by the statistics office."""
    return Order(
        number=order.number,
        reference=order.reference,
        sender=sender,
        receiver=Party(
            name=consignment.consignee_name,
            phone=consignment.consignee_phone,
            address=consignment.consignee_address,
            province=province,
        ),
        # A pouch holds papers of many dossiers, a result is of one.
        contents=CONTENTS if consignment.dossier_code else POUCH_CONTENTS,
        cod_dong=order.cod_dong,
        collect=order.collect,
        window=window_of(order),
        waybill=order.waybill,
    )


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


def placed(order: CarrierOrder) -> Placed:
    """An order as its carrier is asked about it."""
    return Placed(
        reference=order.reference,
        carrier_number=order.carrier_number or order.reference,
        waybill=order.waybill,
        case_id=order.case_id,
    )
