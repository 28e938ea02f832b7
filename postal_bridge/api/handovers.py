"""Handovers: offered with one count, accepted with another."""

from pydantic import Field

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.handovers import (
    Acceptance,
    Offer,
    accept_handover,
    offer_handover,
    withdraw_handover,
)
from postal_bridge.tracking.records import Handover, HandoverLine


class NewHandover(Body):
    """Pouches and single items for one receiver: a courier's user name, or a desk's code."""

    place: str = Field(min_length=1, max_length=60)
    receiver: str = Field(min_length=1, max_length=60)
    pouches: list[str] = Field(default_factory=list, max_length=100)
    items: list[str] = Field(default_factory=list, max_length=500)
    count: int | None = Field(default=None, ge=0)
    note: str | None = Field(default=None, max_length=4000)


class AcceptHandover(Body):
    """The receiver's count; with the codes in hand where the count differs."""

    count: int = Field(ge=0)
    items: list[str] | None = Field(default=None, max_length=1000)
    confirm_difference: bool = False
    seals_intact: bool = True
    note: str | None = Field(default=None, max_length=4000)


class Withdrawal(Body):
    """Why the giver takes the offer back."""

    note: str = Field(min_length=3, max_length=4000)


class HandoverOut(Handover):
    """The minutes with their lines."""

    lines: list[HandoverLine] = Field(default_factory=list)


async def create(call: Call[NewHandover]) -> HandoverOut | Refusal:
    """Offer papers to a receiver; the giver's signature."""
    body = call.body
    if (
        await call.work.catalogue.place(body.receiver) is None
        and await call.work.inbound.staff(body.receiver) is None
    ):
        # Minutes addressed to nobody could be signed by nobody, and would hold the papers fast.
        return refuse(Reason.STAFF_UNKNOWN, "receiver", username=body.receiver)
    offered = await offer_handover(
        recorder_of(call),
        Offer(
            place=body.place,
            receiver=body.receiver,
            pouches=body.pouches,
            items=body.items,
            count=body.count,
            note=body.note,
        ),
        province=call.services.settings.province.code,
    )
    return offered if isinstance(offered, Refusal) else await _shown(call, offered)


async def accept(call: Call[AcceptHandover]) -> HandoverOut | Refusal:
    """Accept papers; the receiver's signature and count."""
    body = call.body
    accepted = await accept_handover(
        recorder_of(call),
        call.path["number"],
        Acceptance(
            count=body.count,
            items=body.items,
            confirm_difference=body.confirm_difference,
            seals_intact=body.seals_intact,
            note=body.note,
        ),
    )
    return accepted if isinstance(accepted, Refusal) else await _shown(call, accepted)


async def withdraw(call: Call[Withdrawal]) -> HandoverOut | Refusal:
    """Take an offer back that nobody has accepted."""
    withdrawn = await withdraw_handover(recorder_of(call), call.path["number"], note=call.body.note)
    return withdrawn if isinstance(withdrawn, Refusal) else await _shown(call, withdrawn)


async def show(call: Call[None]) -> HandoverOut | Refusal:
    """The minutes."""
    number = call.path["number"]
    handover = await call.work.handovers.find(number)
    if handover is None:
        return refuse(Reason.HANDOVER_UNKNOWN, "number", number=number)
    return await _shown(call, handover)


async def _shown(
    call: Call[NewHandover] | Call[AcceptHandover] | Call[Withdrawal] | Call[None],
    handover: Handover,
) -> HandoverOut:
    lines = await call.work.handovers.lines(handover.number)
    return HandoverOut(**handover.model_dump(), lines=list(lines))
