"""Whether an office's day has to be planned, or planned again."""

from datetime import datetime, timedelta

from postal_bridge.clock import at_local, local_day
from postal_bridge.pickup.day import PLANNABLE
from postal_bridge.pickup.ports import PickupFilter, PickupWork
from postal_bridge.pickup.records import Half, PickupState, RoundState, StopState
from postal_bridge.pickup.terms import PickupTerms


async def is_due(
    work: PickupWork,
    office: str,
    *,
    now: datetime,
    terms: PickupTerms,
    before: timedelta,
    pause: timedelta,
) -> bool:
    """Whether rounds should be planned now.

    The first time shortly before the morning begins. Later, at most once in `pause`: when somebody
    has come who is in no round, when a visit has failed, or when a stop was taken out of a round.

    `before` is how long before the morning the first planning is due.
    """
    today = local_day(now)
    opens, closes = terms.hours[Half.MORNING][0], terms.hours[Half.AFTERNOON][1]
    if not at_local(today, opens) - before <= now < at_local(today, closes):
        return False
    waiting = await work.pickups.listed(
        PickupFilter(office=office, day=today, states=PLANNABLE), limit=100_000
    )
    if not waiting:
        return False
    runs = await work.rounds.last_runs(today, office=office)
    if not runs:
        return True
    since = runs[0].at
    if now < since + pause:
        return False
    if any(one.state is PickupState.CONFIRMED and one.changed_at > since for one in waiting):
        return True
    return await _disturbed(work, office, now=now, since=since)


async def _disturbed(work: PickupWork, office: str, *, now: datetime, since: datetime) -> bool:
    """Whether a round has lost a stop since then; what is left can be driven better."""
    live = (RoundState.PUBLISHED, RoundState.DRIVING)
    for one in await work.rounds.listed(local_day(now), office=office, states=live):
        stops = await work.rounds.stops(one.number)
        still = any(each.state is StopState.OPEN for each in stops)
        failed = any(
            each.state is StopState.FAILED and (each.left_at or now) > since for each in stops
        )
        if still and failed:
            return True
    return False
