"""From a call to the recorder of its actor's acts, and to the names people read."""

from typing import Any

from postal_bridge.api.call import Call
from postal_bridge.api.ports import Work
from postal_bridge.inbound import Look
from postal_bridge.tracking.acts import Recorder


def recorder_of(call: Call[Any], *, work: Work | None = None) -> Recorder:
    """Records what this actor does in this request's transaction, or in one of the route's own."""
    return Recorder(
        work or call.work, actor=call.actor, now=call.now, identifiers=call.services.identifiers
    )


async def note_look(
    call: Call[Any], *, subject: str, purpose: str, work: Work | None = None
) -> None:
    """Record that somebody was shown personal data (Law 91/2025/QH15).

    `work` is for a route that opens its own transactions.
    """
    await (work or call.work).inbound.keep_look(
        Look(
            id=str(call.services.identifiers.new(call.now)),
            username=call.actor.username,
            subject=subject,
            purpose=purpose,
            looked_at=call.now,
        )
    )


def named(names: tuple[str, str], language: str) -> str:
    """The Vietnamese or the English one of a pair of names."""
    return names[1] if language == "en" else names[0]
