"""Recognises the member of staff behind a request and says whether a route is open to them."""

from datetime import datetime

from postal_bridge.api.language import Language
from postal_bridge.api.parsing import bearer_token_hash
from postal_bridge.api.ports import Storage
from postal_bridge.errors import Reason, Refusal, Refused, refuse
from postal_bridge.identity import ROLE_NAMES, Actor, Role
from postal_bridge.inbound import SignIn, Staff


async def recognise(storage: Storage, authorization: str | None) -> tuple[SignIn, Staff]:
    """The session behind an Authorization header, also an expired one, with its staff.

    Raises:
        Refused: there is no token, nobody knows it, or its session was ended.
    """
    hashed = bearer_token_hash(authorization)
    if hashed is None:
        raise Refused(refuse(Reason.NOT_SIGNED_IN))
    async with storage.glance() as look:
        found = await look.sign_in(hashed)
    if found is None or found[0].ended_at is not None:
        raise Refused(refuse(Reason.NOT_SIGNED_IN))
    return found


def admission(
    session: SignIn, staff: Staff, *, roles: frozenset[Role], now: datetime, language: Language
) -> Refusal | None:
    """Why this member of staff may not use a route now; None when they may."""
    if session.expires_at <= now:
        return refuse(Reason.SESSION_EXPIRED)
    if staff.role in roles:
        return None
    names = {role: role.value if language == "en" else ROLE_NAMES[role] for role in Role}
    allowed = ", ".join(names[role] for role in Role if role in roles)
    return refuse(Reason.ROLE_NOT_ALLOWED, role=names[staff.role], allowed=allowed)


def actor_of(staff: Staff) -> Actor:
    """The actor that a member of staff is in today's requests."""
    return Actor(
        username=staff.username,
        name=staff.name,
        role=staff.role,
        places=tuple(staff.places.split()),
    )
