"""What was sent and not taken, for a supervisor to look at."""

from pydantic import BaseModel, Field

from postal_bridge.api.call import Call
from postal_bridge.inbound import RefusedRequest


class RefusedQuery(BaseModel):
    """A page; `after` is the id of the last one seen."""

    after: str | None = Field(default=None, max_length=60)
    limit: int = Field(default=50, ge=1, le=200)


class RefusedRequests(BaseModel):
    """Refused requests, newest first."""

    requests: list[RefusedRequest]
    next: str | None = None


async def listed(call: Call[None]) -> RefusedRequests:
    """A page of refused requests."""
    asked = call.asked(RefusedQuery)
    found = list(await call.work.inbound.refused_requests(limit=asked.limit, after=asked.after))
    full = len(found) == asked.limit
    return RefusedRequests(requests=found, next=found[-1].id if found and full else None)
