"""Consignments: results sent home, called off; and the carriers there are."""

from pydantic import BaseModel, Field

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.consignments import book_consignment, cancel_consignment
from postal_bridge.tracking.records import Consignment


class NewConsignment(Body):
    """A result to be sent home. `courier` is a member of staff for the post's own fleet."""

    item: str = Field(min_length=1, max_length=60)
    carrier: str = Field(default="own_fleet", min_length=1, max_length=60)
    courier: str = Field(min_length=1, max_length=60)
    place: str = Field(min_length=1, max_length=60)


class Cancellation(Body):
    """Where the result is now, and why the order is called off."""

    place: str = Field(min_length=1, max_length=60)
    note: str = Field(min_length=3, max_length=4000)


class Carrier(BaseModel):
    """A carrier connection that can be booked."""

    name: str
    kind: str


class Carriers(BaseModel):
    """The carrier connections of this installation."""

    carriers: list[Carrier]


async def create(call: Call[NewConsignment]) -> Consignment | Refusal:
    """Send a result home."""
    body = call.body
    if body.carrier not in call.services.settings.carriers:
        return refuse(Reason.CARRIER_UNKNOWN, "carrier", name=body.carrier)
    if not call.actor.works_at(body.place):
        return refuse(Reason.OTHER_PLACE, "place", place=body.place)
    if await call.work.inbound.staff(body.courier) is None:
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


async def carriers(call: Call[None]) -> Carriers:
    """Which carriers there are."""
    configured = call.services.settings.carriers.items()
    return Carriers(carriers=[Carrier(name=name, kind=one.kind) for name, one in configured])
