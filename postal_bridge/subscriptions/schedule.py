"""What follows from an attempt: heard, later again, given up, or never again."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from postal_bridge.subscriptions.records import (
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionState,
)

PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Between attempts: three and a half days in all, longer each time."""

JITTER = 0.2
LONGEST_WISH = timedelta(days=1)
"""A receiver may ask for a longer pause, but not for ever."""

_SLOW_DOWN = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What an attempt came to.

    Attributes:
        status: none where no answer came.
        outcome: in words.
        retry_after: what the answer asked for.
    """

    status: int | None
    outcome: str
    duration_ms: int
    answer: str = ""
    retry_after: timedelta | None = None

    @property
    def is_well(self) -> bool:
        """Whether the receiver has it: only 2xx says so."""
        return (
            self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES
        )


def follow(
    delivery: Delivery,
    subscription: Subscription,
    heard: Heard,
    *,
    now: datetime,
    chance: random.Random,
    patience: timedelta,
) -> None:
    """Write down in both what follows from an attempt.

    Args:
        delivery: whose attempt it was.
        subscription: whose delivery it is.
        heard: what it came to.
        now: the moment of it.
        chance: of the jitter.
        patience: without one success for so long, a subscriber is told no more.
    """
    delivery.attempts += 1
    delivery.outcome = heard.outcome
    if heard.is_well:
        delivery.state, delivery.ended_at = DeliveryState.DELIVERED, now
        subscription.failing_since = None
        return
    subscription.failing_since = subscription.failing_since or now
    if heard.status == HTTPStatus.GONE:
        _disable(subscription, "410 Gone: nơi nhận không còn (the receiver is gone)")
    elif now - subscription.failing_since >= patience:
        days = patience.days
        _disable(subscription, f"{days} ngày không gửi được ({days} days without a success)")
    if subscription.state is SubscriptionState.DISABLED or delivery.attempts > len(PAUSES):
        delivery.state, delivery.ended_at = DeliveryState.GIVEN_UP, now
        return
    pause = PAUSES[delivery.attempts - 1] * chance.uniform(1 - JITTER, 1 + JITTER)
    if heard.status in _SLOW_DOWN and heard.retry_after is not None:
        pause = max(pause, min(heard.retry_after, LONGEST_WISH))
    delivery.due_at = now + pause


def _disable(subscription: Subscription, why: str) -> None:
    subscription.state, subscription.why = SubscriptionState.DISABLED, why
