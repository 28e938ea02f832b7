"""The pool of waybill numbers that a carrier has given out beforehand.

An order takes its number in the transaction that writes it down as asked, so every repeat of the
order bears the same one. It goes back only when the carrier surely does not carry the item: called
off, or refused. Numbers are not unique for ever (UPU S10 sets no interval of reuse that could be
read), so each use is a row of its own, and what a number was before stays.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from postal_bridge.clock import local_day
from postal_bridge.codes import S10, clean, make_s10
from postal_bridge.errors import Accident, Reason, Refusal, refuse
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.carrier_records import Waybill, WaybillUse
from postal_bridge.tracking.incidents import open_incident
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import IncidentKind

MOST_AT_ONCE = 10_000


class NoWaybillLeft(Accident):
    """The pool is empty: the order waits until somebody loads more numbers."""

    retryable = True


@dataclass(frozen=True, kw_only=True)
class PoolTerms:
    """How a connection uses numbers.

    Attributes:
        warn_below: an incident opens when fewer are left.
        place: code of the place whose incident it is.
    """

    warn_below: int
    place: str


def numbers_between(prefix: str, first: int, last: int) -> Sequence[str] | Refusal:
    """The S10 numbers of a range of serials, with their check digits."""
    if not 0 <= first <= last or last - first >= MOST_AT_ONCE:
        return refuse(Reason.WAYBILL_RANGE, "last", most=MOST_AT_ONCE)
    try:
        return [make_s10(prefix, serial) for serial in range(first, last + 1)]
    except ValueError:
        return refuse(Reason.WAYBILL_RANGE, "prefix", most=MOST_AT_ONCE)


async def load(
    recorder: Recorder, carrier: str, numbers: Sequence[str]
) -> Sequence[Waybill] | Refusal:
    """Put numbers into the pool: all of them, or none where one is wrong or known already."""
    work, cleaned = recorder.work, [clean(one) for one in numbers]
    for one in cleaned:
        parsed = S10.parse(one)
        # A post may print a wrong check digit; whoever types a list has mistyped it.
        if isinstance(parsed, Refusal) or parsed.warning is not None:
            return refuse(Reason.WAYBILL_MALFORMED, "numbers", waybill=one)
    twice = [one for one, count in Counter(cleaned).items() if count > 1]
    if twice:
        return refuse(Reason.WAYBILL_LOADED, "numbers", waybill=twice[0])
    known = await work.waybills.known(carrier, cleaned)
    if known:
        return refuse(Reason.WAYBILL_LOADED, "numbers", waybill=min(known))
    loaded = [
        Waybill(
            carrier=carrier,
            number=one,
            loaded_at=recorder.now,
            loaded_by=recorder.actor.username,
        )
        for one in cleaned
    ]
    await work.waybills.add(loaded)
    return loaded


async def take(recorder: Recorder, carrier: str, order: str, terms: PoolTerms) -> str:
    """The next free number, for an order that has none yet.

    Raises:
        NoWaybillLeft: there is none.
    """
    store = recorder.work.waybills
    free = await store.next_free(carrier)
    if free is None:
        raise NoWaybillLeft(f"{carrier}: kho số hiệu đã hết (no waybill numbers left)")
    free.held_by = order
    await store.put(free)
    await store.begin_use(
        WaybillUse(carrier=carrier, number=free.number, order=order, taken_at=recorder.now)
    )
    left = (await store.counts(carrier)).free
    if left < terms.warn_below:
        await warn(recorder, carrier, terms, left=left)
    return free.number


async def warn(recorder: Recorder, carrier: str, terms: PoolTerms | None, *, left: int) -> None:
    """Let somebody ask the carrier for more numbers; once a day."""
    await open_incident(
        recorder,
        IncidentKind.CARRIER,
        carrier,
        place=terms.place if terms else "",
        handover=f"waybills:{local_day(recorder.now).isoformat()}",
        note=f"kho số hiệu còn {left} (waybill numbers left: {left})",
    )


async def release(
    work: CustodyWork, carrier: str, number: str, *, order: str, at: datetime
) -> None:
    """Give a number back that an order no longer needs; another's is left alone."""
    held = await work.waybills.hold(carrier, number)
    if held is None or held.held_by != order:
        return
    held.held_by = None
    await work.waybills.put(held)
    await work.waybills.end_use(carrier, number, order=order, at=at)
