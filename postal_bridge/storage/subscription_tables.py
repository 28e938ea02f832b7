"""The tables of subscribers: who is told, what waits for them, every attempt, how far it came."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from postal_bridge.storage.columns import partial_index, province_key
from postal_bridge.subscriptions.records import (
    Delivery,
    DeliveryAttempt,
    LedgerPlace,
    Subscription,
)


class SubscriptionRow(Subscription, table=True):
    """Subscribers."""

    __tablename__ = "subscription"
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class DeliveryRow(Delivery, table=True):
    """What subscribers are told; each event once for each.

    Attributes:
        held_until: somebody sends it until then.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index(None, "province", "subscription_id", "id"),
        Index(None, "province", "ended_at"),
        partial_index(
            "ix_webhook_delivery_due",
            *("province", "due_at"),
            where="state = 'waiting'",
        ),
    )
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)
    held_until: datetime | None = None


class DeliveryAttemptRow(DeliveryAttempt, table=True):
    """Every attempt to tell."""

    __tablename__ = "webhook_attempt"
    province: str = province_key()
    delivery_id: str = Field(primary_key=True, max_length=60)
    number: int = Field(primary_key=True)


class LedgerPlaceRow(LedgerPlace, table=True):
    """How far the ledger has been announced."""

    __tablename__ = "ledger_place"
    province: str = province_key()
    reader: str = Field(primary_key=True, max_length=60)
