"""The clocks of the handhelds: by how much each is off, and what its scans are put right by.

A handheld tells its own time when it signs in and with each batch. The network makes every such
measurement a little wrong, so what is stored only changes where a new one differs by more than
the network could make it: otherwise each batch would be put right by another amount, and a
device's own scans would change places.
"""

from datetime import datetime, timedelta

from postal_bridge.clock import EARLIEST, LATEST
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import Device

JITTER_MS = 30_000
"""What the network, or a request that waited, may make a measurement differ."""

RENEWED = timedelta(hours=1)
"""How often it is written down that nothing has changed."""

HOLDS = timedelta(days=1)
"""How long a measurement is believed of a device that does not tell its time any more: somebody may
have set its clock meanwhile."""

_MILLISECOND = timedelta(milliseconds=1)


def skew_ms(device_time: datetime, server_time: datetime) -> int:
    """Device clock minus server clock, in milliseconds; both aware."""
    return (device_time - server_time) // _MILLISECOND


def settled(stored: int | None, measured: int) -> int:
    """The skew to go by: the stored one, unless the clock itself must have changed."""
    if stored is None or abs(measured - stored) > JITTER_MS:
        return measured
    return stored


def correction(skew: int, *, tolerance: timedelta) -> timedelta:
    """What to take off the device's moments: nothing while its clock is as good as right."""
    off = skew * _MILLISECOND
    return off if abs(off) > tolerance else timedelta()


def put_right(moment: datetime, by: timedelta) -> datetime:
    """The moment that a device meant; a clock that is millennia off leads no further than time."""
    if by > moment - EARLIEST:
        return EARLIEST
    if -by > LATEST - moment:
        return LATEST
    return moment - by


async def clock_of(
    work: CustodyWork,
    *,
    device: str,
    username: str,
    sent_at: datetime | None,
    now: datetime,
    tolerance: timedelta,
) -> timedelta:
    """Measure a device's clock, remember it, and say what to take off its moments.

    Call it before anything else is held: the device's row may be written.

    Args:
        work: the transaction; it must be one that may write if the device told its time.
        device: name of the handheld.
        username: who uses it.
        sent_at: the device's clock when it sent this; None where it does not tell, and then what
            was measured last holds for a day.
        now: the server's clock when it came.
        tolerance: [tracking] clock_tolerance_seconds.
    """
    known = await work.devices.find(device)
    if sent_at is None:
        if known is None or now - known.seen_at >= HOLDS:
            return timedelta()
        return correction(known.skew_ms, tolerance=tolerance)
    skew = settled(known.skew_ms if known else None, skew_ms(sent_at, now))
    if known is None or _due(known, skew, username=username, now=now):
        found = Device(name=device, username=username, skew_ms=skew, measured_at=now, seen_at=now)
        await work.devices.put(found)
    return correction(skew, tolerance=tolerance)


def _due(known: Device, skew: int, *, username: str, now: datetime) -> bool:
    changed = (known.skew_ms, known.username) != (skew, username)
    return changed or now - known.seen_at >= RENEWED
