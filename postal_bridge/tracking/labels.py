"""What stands on an item's label: who sends, to whom, under which numbers, what is to be collected."""

from dataclasses import dataclass
from datetime import date

from postal_bridge.clock import local_day
from postal_bridge.tracking.carrier_records import CarrierOrder
from postal_bridge.tracking.carrier_values import Party
from postal_bridge.tracking.counter import CONTENTS, POUCH_CONTENTS
from postal_bridge.tracking.records import Consignment

_SHOWN_FIRST, _SHOWN_LAST = 4, 3


@dataclass(frozen=True, kw_only=True)
class LabelFacts:
    """A label of our own, for carriers that give out none.

    Attributes:
        number: ours, in the QR code.
        waybill: the carrier's, in the Code 128; none where it has given none yet.
        receiver_phone: its middle is hidden: a label is read by everybody on the way.
    """

    number: str
    carrier: str
    waybill: str | None
    sender_name: str
    sender_address: str
    sender_phone: str
    receiver_name: str
    receiver_address: str
    receiver_phone: str
    contents: str
    cod_dong: int
    booked_on: date


def label_facts(consignment: Consignment, order: CarrierOrder, *, sender: Party) -> LabelFacts:
    """What is printed for a consignment."""
    return LabelFacts(
        number=consignment.number,
        carrier=consignment.carrier,
        waybill=order.waybill,
        sender_name=sender.name,
        sender_address=sender.address,
        sender_phone=sender.phone,
        receiver_name=consignment.consignee_name,
        receiver_address=consignment.consignee_address,
        receiver_phone=half_hidden(consignment.consignee_phone),
        contents=CONTENTS if consignment.dossier_code else POUCH_CONTENTS,
        cod_dong=order.cod_dong,
        booked_on=local_day(consignment.booked_at),
    )


def half_hidden(phone: str) -> str:
    """A telephone's first and last digits; of a short one, nothing."""
    hidden = len(phone) - _SHOWN_FIRST - _SHOWN_LAST
    if hidden <= 0:
        return "•" * len(phone)
    return f"{phone[:_SHOWN_FIRST]}{'•' * hidden}{phone[-_SHOWN_LAST:]}"
