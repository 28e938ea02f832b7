"""Signing in and out: `POST /sessions`, `DELETE /sessions/current`, `GET /me`; the pages' too."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, Field, SecretStr, ValidationError

from postal_bridge.api.call import Body, Call, Services
from postal_bridge.api.devices import clock_warning
from postal_bridge.api.doorkeeper import Doorkeeper, hash_password
from postal_bridge.api.parsing import token_hash
from postal_bridge.api.ports import Work
from postal_bridge.api.recognition import actor_of, admission, recognise
from postal_bridge.api.refused import Said, keep_refused
from postal_bridge.api.why import wrong_fields
from postal_bridge.clock import EARLIEST, LATEST
from postal_bridge.errors import Reason, Refusal, Refused, refuse
from postal_bridge.identity import Actor, Role
from postal_bridge.inbound import SignIn
from postal_bridge.tracking.clocks import clock_of, skew_ms

__all__ = [
    "Credentials",
    "Me",
    "PageSessions",
    "SignedIn",
    "hash_password",
    "me",
    "sign_in",
    "sign_out",
]

_TOKEN_BYTES = 32


class Credentials(Body):
    """What somebody signs in with.

    Attributes:
        device: name of the handheld, where the session belongs to one.
        device_time: the handheld's clock, so that we know by how much it is off.
    """

    username: str = Field(min_length=1, max_length=60)
    password: SecretStr = Field(min_length=1, max_length=1000)
    device: str | None = Field(default=None, min_length=1, max_length=60)
    device_time: AwareDatetime | None = Field(default=None, ge=EARLIEST, lt=LATEST)


class Me(BaseModel):
    """A member of staff as they see themselves.

    Attributes:
        places: codes of the places where they are assigned.
    """

    username: str
    name: str
    role: Role
    places: list[str]


class SignedIn(BaseModel):
    """A fresh session.

    Attributes:
        token: shown once; only its hash is kept.
        server_time: lets a device see how far its own clock is off.
        clock_skew_seconds: device clock minus server clock, where the device told its time.
        warning: what to do, where that is more than the tolerance.
    """

    token: str
    expires_at: datetime
    server_time: datetime
    clock_skew_seconds: float | None = None
    warning: str | None = None
    staff: Me


async def sign_in(call: Call[Credentials]) -> SignedIn | Refusal:
    """Open a session for whoever knows the password."""
    if call.body.device_time is not None and call.body.device is None:
        return wrong_fields([("device", "missing")], language=call.language)
    storage, username = call.services.storage, call.body.username
    key = f"{username}\n{call.address}"
    if wait_seconds := call.keeper.sign_ins.take(key):
        return refuse(Reason.TOO_MANY_ATTEMPTS, wait_seconds=wait_seconds)
    async with storage.begin(write=False) as work:
        staff = await work.inbound.staff(username)
    # No transaction stays open while a thread computes the hash.
    right = await call.keeper.passwords.verify(
        call.body.password.get_secret_value(), staff.password_hash if staff else None
    )
    if staff is None or not right:
        await _keep_wrong_password(call)
        return refuse(Reason.WRONG_PASSWORD)
    call.keeper.sign_ins.forget(key)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session = SignIn(
        id=secrets.token_hex(16),
        token_hash=token_hash(token),
        username=staff.username,
        device=call.body.device,
        created_at=call.now,
        expires_at=call.now + timedelta(hours=call.services.settings.security.session_hours),
    )
    async with storage.begin() as work:
        clock = await _clock(call, work)
        await work.inbound.open_sign_in(session)
    return SignedIn(
        token=token,
        expires_at=session.expires_at,
        server_time=call.now,
        clock_skew_seconds=clock.skew_seconds if clock else None,
        warning=clock.warning if clock else None,
        staff=_shown(actor_of(staff)),
    )


@dataclass(frozen=True)
class _Clock:
    """What is told of a device's clock."""

    skew_seconds: float
    warning: str | None


async def _clock(call: Call[Credentials], work: Work) -> _Clock | None:
    """Measure and remember the device's clock, where it told its time."""
    device, device_time = call.body.device, call.body.device_time
    if device is None or device_time is None:
        return None
    tolerance = timedelta(seconds=call.services.settings.tracking.clock_tolerance_seconds)
    await clock_of(
        work,
        device=device,
        username=call.body.username,
        sent_at=device_time,
        now=call.now,
        tolerance=tolerance,
    )
    skew = skew_ms(device_time, call.now)
    return _Clock(skew / 1000, clock_warning(skew, tolerance=tolerance, language=call.language))


async def _keep_wrong_password(call: Call[Credentials]) -> None:
    """Keep the user name and the reason, never what was typed as a password."""
    reason = Reason.WRONG_PASSWORD
    said = Said(
        username=call.body.username,
        method="POST",
        path="/api/v1/sessions",
        body=None,
        body_bytes=0,
    )
    await keep_refused(
        call.services.storage, said, reason=reason.slug, detail=reason.vietnamese, at=call.now
    )


async def sign_out(call: Call[None]) -> None:
    """End the session whose token was sent."""
    if call.sign_in_id is not None:
        await call.work.inbound.end_sign_in(call.sign_in_id, at=call.now)


async def me(call: Call[None]) -> Me:
    """Tell somebody who they are, in which role and where."""
    return _shown(call.actor)


class PageSessions:
    """The same sessions for pages, which the roof hands to another door.

    It counts tries on its own: whoever tries both doors has twice as many.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._keeper = Doorkeeper.hire(services.settings.security, clock=services.clock)

    async def sign_in(self, username: str, password: str, *, address: str) -> str | Refusal:
        """Open a session for whoever knows the password, and give its token."""
        try:
            credentials = Credentials(username=username, password=SecretStr(password))
        except ValidationError:
            return refuse(Reason.WRONG_PASSWORD)
        if "\x00" in username:
            return refuse(Reason.WRONG_PASSWORD)
        call = Call(
            services=self._services,
            keeper=self._keeper,
            body=credentials,
            now=self._services.clock.now(),
            language="vi",
            address=address,
        )
        answer = await sign_in(call)
        return answer if isinstance(answer, Refusal) else answer.token

    async def actor_of(self, token: str) -> Actor | Refusal:
        """The member of staff behind a token, as long as its session lasts."""
        try:
            session, staff = await recognise(self._services.storage, f"Bearer {token}")
        except Refused as no:
            return no.refusal
        now = self._services.clock.now()
        no_longer = admission(session, staff, roles=frozenset(Role), now=now, language="vi")
        return no_longer or actor_of(staff)

    async def sign_out(self, token: str) -> None:
        """End the session of a token; a token that nobody knows is no harm."""
        async with self._services.storage.begin() as work:
            found = await work.inbound.sign_in(token_hash(token))
            if found is not None:
                await work.inbound.end_sign_in(found[0].id, at=self._services.clock.now())


def _shown(actor: Actor) -> Me:
    return Me(username=actor.username, name=actor.name, role=actor.role, places=list(actor.places))
