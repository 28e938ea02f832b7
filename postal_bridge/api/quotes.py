"""Carriers' prices for a way home, and what they show of a delivery; nothing here changes anything."""

import asyncio
from datetime import datetime

from pydantic import BaseModel, Field

from postal_bridge.api.acting import note_look
from postal_bridge.api.call import Call, Reply
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.carrier_values import NotThere, Quote, Refused
from postal_bridge.tracking.labels import label_facts
from postal_bridge.tracking.questions import Offer

PDF = "application/pdf"


class QuotesQuery(BaseModel):
    """What would be collected from the receiver."""

    cod_dong: int = Field(default=0, ge=0, le=50_000_000)


class OfferOut(BaseModel):
    """One carrier's price, its refusal in its own words, or why it did not answer."""

    carrier: str
    service: str | None = None
    amount_dong: int | None = None
    refused: str | None = None
    trouble: str | None = None


class Offers(BaseModel):
    """Prices, cheapest first; then who refused, and who did not answer."""

    offers: list[OfferOut]


class ProofOut(BaseModel):
    """What is known of a delivery: from the carrier's reports, and what it shows when asked.

    Attributes:
        asked: whether the carrier can be asked; otherwise only its reports are here.
    """

    asked: bool
    delivered_at: datetime | None = None
    received_by: str | None = None
    pictures: list[str] = []


async def offers(call: Call[None]) -> Offers | Refusal:
    """What each carrier that names prices would take for the way home."""
    code, asked = call.path["code"], call.asked(QuotesQuery)
    async with call.services.storage.begin(write=False) as work:
        dossier = await work.dossiers.find(code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    found = await call.services.questions.prices(dossier, cod_dong=asked.cod_dong)
    return Offers(offers=[_shown(one) for one in found])


def _shown(offer: Offer) -> OfferOut:
    match offer.quote:
        case Quote(service=service, amount_dong=amount):
            return OfferOut(carrier=offer.carrier, service=service, amount_dong=amount)
        case Refused(text=text):
            return OfferOut(carrier=offer.carrier, refused=text)
        case None:
            return OfferOut(carrier=offer.carrier, trouble=offer.trouble)


async def proof(call: Call[None]) -> ProofOut | Refusal:
    """Who has taken a result, by the carrier's word; who looked is recorded."""
    number = call.path["number"]
    async with call.services.storage.begin() as work:
        order = (await work.carrier_desk.orders([number])).get(number)
        reports = await work.carrier_desk.events(number)
        await note_look(call, subject=number, purpose="proof", work=work)
    if order is None:
        return refuse(Reason.CONSIGNMENT_UNKNOWN, "number", number=number)
    shown = await call.services.questions.proof(order)
    told = next((one for one in reversed(reports) if one.received_by or one.pictures), None)
    if shown is None or isinstance(shown, NotThere):
        return ProofOut(
            asked=shown is not None,
            delivered_at=told.occurred_at if told else None,
            received_by=told.received_by or None if told else None,
            pictures=told.pictures.splitlines() if told else [],
        )
    return ProofOut(
        asked=True,
        delivered_at=shown.delivered_at,
        received_by=shown.received_by or None,
        pictures=list(shown.pictures),
    )


async def label(call: Call[None]) -> Reply | Refusal:
    """The label of a consignment: the carrier's own where it gives one out, ours elsewhere."""
    number = call.path["number"]
    async with call.services.storage.begin() as work:
        consignment = await work.consignments.find(number)
        order = (await work.carrier_desk.orders([number])).get(number)
        await note_look(call, subject=number, purpose="label", work=work)
    if consignment is None or order is None:
        return refuse(Reason.CONSIGNMENT_UNKNOWN, "number", number=number)
    theirs = await call.services.questions.label(order)
    if isinstance(theirs, Refused):
        return refuse(Reason.LABEL_REFUSED, "number", name=order.carrier, said=theirs.text)
    if theirs is not None:
        return Reply(theirs.content, media_type=theirs.media_type)
    sender = call.services.questions.sender(order)
    facts = label_facts(consignment, order, sender=sender)
    return Reply(await asyncio.to_thread(call.services.print_label, facts), media_type=PDF)
