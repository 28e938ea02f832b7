"""Consignments: results sent home, called off; and the carriers there are."""

from pydantic import AwareDatetime, Field

from postal_bridge import codes
from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.carrier_ports import capabilities_of
from postal_bridge.tracking.carrier_values import Capability, Window
from postal_bridge.tracking.consignments import Terms, book_consignment, cancel_consignment
from postal_bridge.tracking.pouch_legs import book_pouch
from postal_bridge.tracking.records import Consignment

MOST_DONG = 50_000_000
"""What couriers collect at most on one delivery (GHN's limit; others name none)."""


class NewConsignment(Body):
    """A result to be sent home, or a sealed pouch to the desk that it is for.

    `courier` is the member of staff who takes it now, and needed for the post's own fleet; another
    carrier sends somebody, and the result stays on the desk until it is fetched. `waybill` is the
    number on the receipt where it is handed in over the counter of a carrier whose connection only
    tracks. A pouch goes with `receiver_phone`, whom the carrier rings up. `collect_from` and `collect_until` are for carriers that fetch at a time that is named.
    """

    item: str = Field(min_length=1, max_length=60)
    carrier: str = Field(default="own_fleet", min_length=1, max_length=60)
    courier: str | None = Field(default=None, min_length=1, max_length=60)
    place: str = Field(min_length=1, max_length=60)
    waybill: str | None = Field(default=None, min_length=1, max_length=60)
    cod_dong: int = Field(default=0, ge=0, le=MOST_DONG)
    receiver_phone: str | None = Field(default=None, min_length=9, max_length=20)
    collect_from: AwareDatetime | None = None
    collect_until: AwareDatetime | None = None


class Cancellation(Body):
    """Where the result is now, and why the order is called off."""

    place: str = Field(min_length=1, max_length=60)
    note: str = Field(min_length=3, max_length=4000)


async def create(call: Call[NewConsignment]) -> Consignment | Refusal:
    """Send a result home, or a pouch on its way."""
    body = call.body
    carrier = call.services.settings.carriers.get(body.carrier)
    if carrier is None:
        return refuse(Reason.CARRIER_UNKNOWN, "carrier", name=body.carrier)
    if not call.actor.works_at(body.place):
        return refuse(Reason.OTHER_PLACE, "place", place=body.place)
    if body.courier is None and carrier.kind == "own_fleet":
        return refuse(Reason.COURIER_NEEDED, "courier", name=body.carrier)
    if body.courier is not None and await call.work.inbound.staff(body.courier) is None:
        return refuse(Reason.STAFF_UNKNOWN, "courier", username=body.courier)
    terms = _terms(call)
    if isinstance(terms, Refusal):
        return terms
    if codes.kind_of(body.item) is codes.CodeKind.POUCH:
        return await book_pouch(
            recorder_of(call),
            code=codes.clean(body.item),
            carrier=body.carrier,
            place=body.place,
            phone=body.receiver_phone,
            terms=terms,
        )
    return await book_consignment(
        recorder_of(call),
        item_code=body.item,
        carrier=body.carrier,
        place=body.place,
        courier=body.courier,
        terms=terms,
    )


def _terms(call: Call[NewConsignment]) -> Terms | Refusal:
    """What the connection can be asked for, as far as it can."""
    body = call.body
    known = call.services.carriers.get(body.carrier)
    can = capabilities_of(known.connection.carrier) if known else frozenset()
    books = Capability.BOOK in can
    if not books and body.waybill is None:
        return refuse(Reason.WAYBILL_NEEDED, "waybill", name=body.carrier)
    if books and body.waybill is not None:
        return refuse(Reason.WAYBILL_UNWANTED, "waybill", name=body.carrier)
    start, end = body.collect_from, body.collect_until
    if (start is None) is not (end is None) or (start and end and start >= end):
        return refuse(Reason.WINDOW_WRONG, "collect_until")
    if start and end and Capability.PICKUP not in can:
        return refuse(Reason.WINDOW_UNWANTED, "collect_from", name=body.carrier)
    return Terms(
        cod_dong=body.cod_dong,
        window=Window(start, end) if start and end else None,
        waybill=codes.clean(body.waybill) if body.waybill else None,
    )


async def cancel(call: Call[Cancellation]) -> Consignment | Refusal:
    """Call an order off."""
    return await cancel_consignment(
        recorder_of(call),
        number=call.path["number"],
        place=call.body.place,
        note=call.body.note,
    )
