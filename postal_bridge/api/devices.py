"""The handhelds and their clocks."""

from datetime import datetime, timedelta

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named
from postal_bridge.api.call import Call
from postal_bridge.tracking.clocks import correction

_THOUSAND = 1000
_MINUTE = 60


class DeviceQuery(BaseModel):
    """A page; `after` is the `next` of the page before."""

    after: str | None = Field(default=None, max_length=60)
    limit: int = Field(default=200, ge=1, le=500)


class DeviceShown(BaseModel):
    """A handheld.

    Attributes:
        clock_skew_seconds: device clock minus server clock; above zero it is ahead.
        beyond_tolerance: whether its scans are put right by that.
        warning: what to do, where it is.
    """

    name: str
    username: str
    user_name: str
    clock_skew_seconds: float
    measured_at: datetime
    seen_at: datetime
    beyond_tolerance: bool
    warning: str | None = None


class Devices(BaseModel):
    """Handhelds, by name."""

    devices: list[DeviceShown]
    next: str | None = None


async def listed(call: Call[None]) -> Devices:
    """A page of the handhelds."""
    asked = call.asked(DeviceQuery)
    found = await call.work.devices.listed(limit=asked.limit, after=asked.after)
    people = {staff.username: staff.name for staff in await call.work.inbound.all_staff()}
    tolerance = timedelta(seconds=call.services.settings.tracking.clock_tolerance_seconds)
    return Devices(
        devices=[
            DeviceShown(
                name=one.name,
                username=one.username,
                user_name=people.get(one.username, one.username),
                clock_skew_seconds=one.skew_ms / _THOUSAND,
                measured_at=one.measured_at,
                seen_at=one.seen_at,
                beyond_tolerance=bool(correction(one.skew_ms, tolerance=tolerance)),
                warning=clock_warning(one.skew_ms, tolerance=tolerance, language=call.language),
            )
            for one in found
        ],
        next=found[-1].name if found and len(found) == asked.limit else None,
    )


def clock_warning(skew_ms: int, *, tolerance: timedelta, language: str) -> str | None:
    """What to do about a clock that is off; nothing while it is as good as right."""
    if not correction(skew_ms, tolerance=tolerance):
        return None
    seconds = abs(skew_ms) // _THOUSAND
    minutes, rest = divmod(seconds, _MINUTE)
    ahead = skew_ms > 0
    return named(
        (
            (
                f"Đồng hồ của máy {'nhanh' if ahead else 'chậm'} {minutes} phút {rest} giây. Hãy bật "
                "“giờ tự động” trong cài đặt của máy; cho đến lúc đó, giờ quét được điều chỉnh theo "
                "máy chủ."
            ),
            (
                f"The device's clock is {minutes} min {rest} s {'ahead' if ahead else 'behind'}. Turn "
                "on automatic time in the device's settings; until then, scans are put right by the "
                "server's clock."
            ),
        ),
        language,
    )
