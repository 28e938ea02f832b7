"""A citizen asks for a visit without an account: with the dossier's code and four digits of the telephone.

Who knows only that much is told only what he said himself. Papers are collected wherever he says;
a result is brought to no address but the applicant's own. One open request for each dossier and
kind: asking again gives the same one, so nothing has to be repeated carefully.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from postal_bridge.api.call import Body, Call
from postal_bridge.api.pickups import Address, Code, house_of
from postal_bridge.api.track import TrackQuery
from postal_bridge.clock import local_day
from postal_bridge.dossiers.records import Dossier
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import CITIZEN
from postal_bridge.pickup.ports import PickupFilter
from postal_bridge.pickup.records import OVER, Half, PickupKind, PickupRequest, PickupState
from postal_bridge.pickup.requests import Wish, ask


class CitizenWish(Body):
    """What a citizen asks for; the applicant's own address where none is given."""

    kind: Literal["collect", "return"] = "collect"
    office: Code
    day: date
    half: Half
    address: Address | None = None
    items: int = Field(default=1, ge=1, le=20)


class CitizenPickup(BaseModel):
    """What everybody with code and telephone may know of a visit.

    Attributes:
        in_doubt: somebody will call because the address is not certain.
    """

    number: str
    kind: PickupKind
    day: date
    half: Half
    opens_at: datetime
    closes_at: datetime
    state: PickupState
    in_doubt: bool


async def wish(call: Call[CitizenWish]) -> CitizenPickup | Refusal:
    """Take a citizen's request. A wrong telephone and an unknown code get the same answer."""
    too_many = call.keeper.track(call.address)
    if too_many is not None:
        return too_many
    if not call.services.settings.security.public_lookup:
        return refuse(Reason.NOT_FOUND)
    code = call.path["code"]
    dossier = await call.work.dossiers.hold(code)
    if dossier is None or not dossier.applicant_phone.endswith(call.asked(TrackQuery).phone):
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    body = call.body
    kind = PickupKind(body.kind)
    known = await call.work.pickups.listed(PickupFilter(dossier_code=code))
    still = [one for one in known if one.kind is kind and one.state not in OVER]
    if still:
        return _shown(still[0])
    desk = house_of(call.services).desk(call.work, CITIZEN, call.now)
    made = await ask(desk, _wish(dossier, body, kind))
    return made if isinstance(made, Refusal) else _shown(made)


def _wish(dossier: Dossier, body: CitizenWish, kind: PickupKind) -> Wish:
    own = dossier.applicant_address
    brought = kind is PickupKind.RETURN
    promised = dossier.promised_at
    return Wish(
        kind=kind,
        office=body.office,
        day=body.day,
        half=body.half,
        name=dossier.applicant_name,
        phone=dossier.applicant_phone,
        address=own if brought else body.address or own,
        items=body.items,
        grams=500,
        dossier_code=dossier.code,
        must_by=local_day(promised) if promised and not brought else None,
    )


def _shown(request: PickupRequest) -> CitizenPickup:
    return CitizenPickup(
        number=request.number,
        kind=request.kind,
        day=request.day,
        half=request.half,
        opens_at=request.opens_at,
        closes_at=request.closes_at,
        state=request.state,
        in_doubt=request.state is PickupState.ASKED,
    )
