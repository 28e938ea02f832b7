"""A round is driven: it leaves, its stops are made or fail, it is closed with a count."""

from dataclasses import dataclass
from datetime import datetime

from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Role
from postal_bridge.pickup.day import MADE
from postal_bridge.pickup.records import (
    FINAL_FAILURES,
    ROUND_STATE_NAMES,
    CarrierFetch,
    Deed,
    FailureReason,
    PickupKind,
    PickupRequest,
    PickupState,
    Round,
    RoundState,
    RoundStop,
    StopState,
    WardExperience,
)
from postal_bridge.pickup.requests import Desk, free_slot, take_slot, wrong_state

LATE_SECONDS = 15 * 60
LONGEST_SERVICE_SECONDS = 2 * 3600
"""Who forgot to say that he left has not been at the door for half a day."""

FEWEST_WORDS = 3


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a visit.

    Attributes:
        counted: items that changed hands; none where nothing was said: as many as were agreed.
        reason: why it failed; none where it did not.
        arrived_at, left_at: by the handheld's clock; now where it did not say.
        codes: what was scanned at the door.
    """

    counted: int | None = None
    reason: FailureReason | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    note: str | None = None
    codes: tuple[str, ...] = ()


async def depart(desk: Desk, number: str) -> Round | Refusal:
    """The courier leaves the office with what the round brings."""
    one = await _mine(desk, number)
    if isinstance(one, Refusal):
        return one
    if one.state is not RoundState.PUBLISHED:
        return _wrong_round(one)
    _left(one, desk.now)
    await desk.work.rounds.put(one)
    return one


def _left(one: Round, at: datetime) -> None:
    one.state, one.left_at = RoundState.DRIVING, at


async def settle(desk: Desk, number: str, outcome: Outcome) -> PickupRequest | Refusal:
    """Write down what became of a visit. Where it failed, a second one is agreed at once."""
    request = await desk.work.pickups.hold(number)
    if request is None:
        return refuse(Reason.PICKUP_UNKNOWN, "number", number=number)
    if request.state is PickupState.CARRIER and desk.actor.role is not Role.COURIER:
        return await _arrived(desk, request, outcome)
    if request.state is not PickupState.PLANNED or request.round is None:
        return wrong_state(request)
    one = await _mine(desk, request.round)
    if isinstance(one, Refusal):
        return one
    arrived = min(outcome.arrived_at or desk.now, desk.now)
    if one.state is RoundState.PUBLISHED:
        # The handheld has told of the stop before it could tell of the departure.
        _left(one, min(arrived, one.leaves_at))
        await desk.work.rounds.put(one)
    stop = await _open_stop(desk, request)
    if stop is None:
        return wrong_state(request)
    _make(desk.now, request, stop, outcome)
    await desk.work.rounds.put_stops([stop])
    if outcome.reason is None:
        await free_slot(desk, request)
        request.state = PickupState.DONE
        facts = {"round": one.number, "counted": stop.counted, "codes": list(outcome.codes)}
        return await desk.note(request, Deed.DONE, facts)
    return await _failed(desk, request, outcome)


async def _arrived(desk: Desk, request: PickupRequest, outcome: Outcome) -> PickupRequest:
    """What a carrier fetched has come to the desk; what it did not fetch our couriers do."""
    facts = {"carrier": request.carrier, "counted": outcome.counted, "reason": outcome.reason}
    if outcome.reason is None:
        request.state = PickupState.DONE
        return await desk.note(request, Deed.DONE, facts)
    request.attempts += 1
    if request.attempts >= desk.terms.attempts or outcome.reason in FINAL_FAILURES:
        request.state = PickupState.FAILED
        return await desk.note(request, Deed.FAILED, facts)
    await agree_again(desk, request)
    request.carrier_state = CarrierFetch.REFUSED
    return await desk.note(request, Deed.TRIED, facts)


def _make(now: datetime, request: PickupRequest, stop: RoundStop, outcome: Outcome) -> None:
    """Note what happened at the door; a clock that is ahead says no more than now."""
    stop.state = StopState.DONE if outcome.reason is None else StopState.FAILED
    stop.arrived_at = min(outcome.arrived_at or now, now)
    stop.left_at = max(min(outcome.left_at or now, now), stop.arrived_at)
    if outcome.reason is None:
        said = outcome.counted
        scanned = len(outcome.codes) or request.items
        stop.counted = scanned if said is None else said
    else:
        stop.counted, stop.reason = 0, outcome.reason
    stop.note = outcome.note


async def _open_stop(desk: Desk, request: PickupRequest) -> RoundStop | None:
    stops = await desk.work.rounds.stops(request.round or "")
    mine = (one for one in stops if one.request == request.number)
    return next((one for one in mine if one.state is StopState.OPEN), None)


async def _failed(desk: Desk, request: PickupRequest, outcome: Outcome) -> PickupRequest:
    """A second attempt on the next working day; after the last one the request has failed."""
    reason = outcome.reason
    tried = request.round
    request.attempts += 1
    request.round = None
    facts = {"round": tried, "reason": reason, "note": outcome.note}
    await free_slot(desk, request)
    is_last = request.attempts >= desk.terms.attempts or reason in FINAL_FAILURES
    if is_last or request.kind is PickupKind.SHUTTLE:
        request.state = PickupState.FAILED
        return await desk.note(request, Deed.FAILED, facts)
    await agree_again(desk, request)
    if reason is FailureReason.WRONG_ADDRESS:
        # Somebody has to ask the citizen first: nobody is sent to the wrong door twice.
        request.state, request.confidence = PickupState.ASKED, 0.0
    return await desk.note(request, Deed.TRIED, facts)


async def agree_again(desk: Desk, request: PickupRequest) -> None:
    """Give a request the same half of the next working day, also where that is full."""
    day, half = desk.terms.next_slot(request.day, request.half, desk.now)
    await take_slot(desk, request.office, day, half, even_if_full=True)
    window = desk.terms.window(day, half)
    request.day, request.half, request.state = day, half, PickupState.CONFIRMED
    request.opens_at, request.closes_at = window.start, window.end


@dataclass(frozen=True, kw_only=True)
class CountSheet:
    """What the courier signs at the end.

    Attributes:
        counted: collected items that are handed in at the desk.
        metres_driven: as the vehicle says.
        remark: needed where the count differs from the stops.
    """

    counted: int
    metres_driven: int | None = None
    remark: str | None = None


async def close(desk: Desk, number: str, sheet: CountSheet) -> Round | Refusal:
    """Close a round: both counts stay, and what was driven is learnt from."""
    one = await _mine(desk, number)
    if isinstance(one, Refusal):
        return one
    if one.state not in {RoundState.PUBLISHED, RoundState.DRIVING}:
        return _wrong_round(one)
    stops = await desk.work.rounds.stops(number)
    still = [each for each in stops if each.state is StopState.OPEN]
    if still:
        return refuse(Reason.STOPS_OPEN, "number", number=number, count=len(still))
    made = [each for each in stops if each.state in MADE]
    requests = {each.request: await desk.work.pickups.find(each.request) for each in made}
    one.expected = sum(
        each.counted or 0
        for each in made
        if (request := requests[each.request]) and request.kind is not PickupKind.RETURN
    )
    if sheet.counted != one.expected and len(sheet.remark or "") < FEWEST_WORDS:
        return refuse(Reason.WORDS_MISSING, "remark", fewest=FEWEST_WORDS)
    one.counted, one.metres_driven, one.remark = sheet.counted, sheet.metres_driven, sheet.remark
    one.state, one.closed_at, one.signed_by = RoundState.CLOSED, desk.now, desk.actor.username
    await desk.work.rounds.put(one)
    for each in made:
        request = requests[each.request]
        if request is not None and request.ward_code and each.state is StopState.DONE:
            await desk.work.rounds.learn(lesson(request.ward_code, each))
    return one


def lesson(ward: str, stop: RoundStop) -> WardExperience:
    """What one stop teaches about its ward."""
    arrived, left = stop.arrived_at or stop.begin_at, stop.left_at or stop.leave_at
    late = max(int((arrived - stop.begin_at).total_seconds()), 0)
    return WardExperience(
        ward_code=ward,
        stops=1,
        service_seconds=min(int((left - arrived).total_seconds()), LONGEST_SERVICE_SECONDS),
        late_seconds=late,
        late_stops=int(late > LATE_SECONDS),
    )


async def _mine(desk: Desk, number: str) -> Round | Refusal:
    """A round, held; couriers drive their own only."""
    one = await desk.work.rounds.hold(number)
    if one is None:
        return refuse(Reason.ROUND_UNKNOWN, "number", number=number)
    if desk.actor.role is Role.COURIER and one.courier != desk.actor.username:
        return refuse(Reason.ROUND_UNKNOWN, "number", number=number)
    return one


def _wrong_round(one: Round) -> Refusal:
    state = ROUND_STATE_NAMES[one.state][0]
    return refuse(Reason.ROUND_STATE, "number", number=one.number, state=state)
