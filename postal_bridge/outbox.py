"""What leaves and what arrives: messages wait in rows, written in the transaction that made them.

A message is claimed by row, so two workers never send one twice; its key makes a repeat after a
crash recognisable to the other side (docs/adr/0006).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlmodel import Field, SQLModel

PORTAL_TOPIC = "portal.report"
"""A dossier came into another state: the national portal is told."""
REGISTER_TOPIC = "onestop.register"
"""The citizen wants the result by post: the one-stop system is told."""
RETURNED_TOPIC = "onestop.returned"
"""The citizen has the result: the one-stop system is told."""

ANNOUNCEMENT_TOPIC = "announcement"
"""Something that is not in the ledger, and that subscribers are told."""
INCIDENT_OPENED, CONSIGNMENT_MOVED = "incident.opened", "consignment.moved"
ROUND_NOT_LEFT = "round.not_left"
"""Types of such announcements."""

WHERE_CONFIGURED = frozenset({PORTAL_TOPIC, REGISTER_TOPIC, RETURNED_TOPIC})
"""Topics that somebody takes only where the settings say so; elsewhere no row of them is written."""


class Message(SQLModel):
    """One message on its way out.

    Attributes:
        topic: what it is about and so who takes it, such as `notice` or `consignment.book`.
        key: the same for the same thing for ever; a second one with this key is not written.
    """

    topic: str = Field(max_length=60)
    key: str = Field(max_length=160)
    payload: str


class Claimed(Message):
    """A message that one worker holds until the lease ends.

    Attributes:
        attempt: 1 for the first time somebody tries.
    """

    id: int
    attempt: int


class Outbox(Protocol):
    """Where a use case puts what must be told to somebody outside."""

    async def put(self, topic: str, *, key: str, payload: Mapping[str, object]) -> None:
        """Write a message into the transaction at hand; a known key is left as it is.

        A message that nobody here would take (`WHERE_CONFIGURED`) is not written.
        """
        ...


class Queue(Protocol):
    """The worker's side of the outbox and of the inbox."""

    async def claim(
        self, *, topics: Sequence[str], owner: str, now: datetime, until: datetime, limit: int
    ) -> list[Claimed]:
        """Take up to `limit` messages that nobody holds, oldest first."""
        ...

    async def done(self, message_id: int, *, now: datetime) -> None:
        """Say that a message has reached its other side."""
        ...

    async def failed(self, message: Claimed, *, error: str, retry_at: datetime | None) -> None:
        """Say why it did not; without `retry_at` it waits for a person.

        Nothing happens where the lease had run out and somebody else has claimed it since: the
        number of the attempt tells.
        """
        ...
