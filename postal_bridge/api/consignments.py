"""Consignments: results sent home, called off; and the carriers there are."""

from pydantic import Field

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.consignments import book_consignment, cancel_consignment
from postal_bridge.tracking.records import Consignment


class NewConsignment(Body):
    """A result to be sent home.

    `courier` is the member of staff who takes it now, and needed for the post's own fleet; another
    carrier sends somebody, and the result stays on the desk until it is fetched.
    """

    item: str = Field(min_length=1, max_length=60)
    carrier: str = Field(default="own_fleet", min_length=1, max_length=60)
    courier: str | None = Field(default=None, min_length=1, max_length=60)
    place: str = Field(min_length=1, max_length=60)


class Cancellation(Body):
    """Where the result is now, and why the order is called off."""

    place: str = Field(min_length=1, max_length=60)
    note: str = Field(min_length=3, max_length=4000)


async def create(call: Call[NewConsignment]) -> Consignment | Refusal:
    """Send a result home."""
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
    return await book_consignment(
        recorder_of(call),
        item_code=body.item,
        carrier=body.carrier,
        place=body.place,
        courier=body.courier,
    )


async def cancel(call: Call[Cancellation]) -> Consignment | Refusal:
    """Call an order off."""
    return await cancel_consignment(
        recorder_of(call),
        number=call.path["number"],
        place=call.body.place,
        note=call.body.note,
    )
