"""Pools of waybill numbers: loaded, counted."""

from pydantic import BaseModel, Field

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.waybills import MOST_AT_ONCE, load, numbers_between


class NewNumbers(Body):
    """Numbers that a carrier gave out: a list, or a range of serials behind two letters."""

    numbers: list[str] = Field(default_factory=list, max_length=MOST_AT_ONCE)
    prefix: str | None = Field(default=None, min_length=2, max_length=2)
    first: int | None = Field(default=None, ge=0, le=99_999_999)
    last: int | None = Field(default=None, ge=0, le=99_999_999)


class Pool(BaseModel):
    """How a pool stands; `loaded` numbers came with this request."""

    carrier: str
    free: int
    live: int
    used: int
    warn_below: int
    loaded: int = 0


async def pool(call: Call[None]) -> Pool | Refusal:
    """How many numbers are left."""
    name = call.path["name"]
    return _no_pool(call, name) or await _counted(call, name)


async def load_numbers(call: Call[NewNumbers]) -> Pool | Refusal:
    """Put numbers into the pool: all, or none where one is wrong."""
    name, body = call.path["name"], call.body
    objection = _no_pool(call, name)
    if objection is not None:
        return objection
    numbers = list(body.numbers)
    if body.prefix is not None or not numbers:
        if body.prefix is None or body.first is None or body.last is None:
            return refuse(Reason.WAYBILL_RANGE, "first", most=MOST_AT_ONCE)
        between = numbers_between(body.prefix.upper(), body.first, body.last)
        if isinstance(between, Refusal):
            return between
        numbers = [*body.numbers, *between]
    loaded = await load(recorder_of(call), name, numbers)
    return loaded if isinstance(loaded, Refusal) else await _counted(call, name, len(loaded))


def _no_pool(call: Call[None] | Call[NewNumbers], name: str) -> Refusal | None:
    settings = call.services.settings.carriers.get(name)
    if settings is None:
        return refuse(Reason.CARRIER_UNKNOWN, "name", name=name)
    return None if settings.waybills else refuse(Reason.NO_POOL, "name", name=name)


async def _counted(call: Call[None] | Call[NewNumbers], name: str, loaded: int = 0) -> Pool:
    counts = await call.work.waybills.counts(name)
    return Pool(
        carrier=name,
        free=counts.free,
        live=counts.live,
        used=counts.used,
        warn_below=call.services.settings.carriers[name].waybills_warn_below,
        loaded=loaded,
    )
