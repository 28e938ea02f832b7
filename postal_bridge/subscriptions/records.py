"""What is kept of subscribers: their addresses, what waits for them, and every attempt to tell it."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH, TEXT_LENGTH

URL_LENGTH = 2_000
EXCERPT_LENGTH = 400


class SubscriptionState(StrEnum):
    """Whether a subscriber is told.

    `PAUSED` by a person: what happens meanwhile is kept for later. `DISABLED` by itself, after a
    410 or days without a success: nothing more is kept until a person puts it in order.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


SUBSCRIPTION_STATE_NAMES: dict[SubscriptionState, tuple[str, str]] = {
    SubscriptionState.ACTIVE: ("đang gửi", "active"),
    SubscriptionState.PAUSED: ("tạm dừng", "paused"),
    SubscriptionState.DISABLED: ("đã ngừng", "disabled"),
}


class Subscription(SQLModel):
    """Somebody who wants to be told.

    Attributes:
        types: of events, with a blank between them; `*` at the end stands for all that begin so.
        sealed_secret: the secret of its signatures, sealed with a key that is not in the database.
        sealed_old, old_until: the secret before, which signs beside the new one until then.
        failing_since: the first attempt that failed since the last one that did not.
        why: why it was disabled.
    """

    id: str = Field(max_length=CODE_LENGTH)
    url: str = Field(max_length=URL_LENGTH)
    types: str = Field(max_length=TEXT_LENGTH)
    note: str = Field(default="", max_length=NAME_LENGTH)
    state: SubscriptionState = SubscriptionState.ACTIVE
    sealed_secret: str = Field(max_length=NAME_LENGTH)
    sealed_old: str | None = Field(default=None, max_length=NAME_LENGTH)
    old_until: datetime | None = None
    created_at: datetime
    created_by: str = Field(max_length=CODE_LENGTH)
    failing_since: datetime | None = None
    why: str | None = Field(default=None, max_length=NAME_LENGTH)


class DeliveryState(StrEnum):
    """What became of telling it."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Delivery(SQLModel):
    """One event for one subscriber.

    Attributes:
        id: the `webhook-id`: made from event and subscriber, the same on every attempt for ever.
        event_id: of the CloudEvent in `body`, the same for all subscribers.
        body: the exact bytes that are signed and sent, as text.
        due_at: not before then; later after each failure.
        attempts: how many were made.
        outcome: what the last one came to: an HTTP status, or what kept an answer from coming.
    """

    id: str = Field(max_length=CODE_LENGTH)
    subscription_id: str = Field(max_length=CODE_LENGTH)
    event_id: str = Field(max_length=NAME_LENGTH)
    type: str = Field(max_length=CODE_LENGTH)
    subject: str = Field(max_length=CODE_LENGTH)
    body: str
    created_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    due_at: datetime
    attempts: int = Field(default=0, ge=0)
    outcome: str | None = Field(default=None, max_length=NAME_LENGTH)
    ended_at: datetime | None = None


class DeliveryAttempt(SQLModel):
    """One attempt, whatever it came to.

    Attributes:
        number: 1, 2, 3 … of its delivery.
        status: the HTTP status; none where no answer came.
        answer: how the answer's body begins.
    """

    delivery_id: str = Field(max_length=CODE_LENGTH)
    number: int = Field(ge=1)
    at: datetime
    duration_ms: int = Field(ge=0)
    status: int | None = None
    outcome: str = Field(max_length=NAME_LENGTH)
    answer: str = Field(default="", max_length=EXCERPT_LENGTH)


class LedgerPlace(SQLModel):
    """How far the ledger has been announced."""

    reader: str = Field(max_length=CODE_LENGTH)
    cursor: str = Field(max_length=CODE_LENGTH)
