"""Subscribers, events and a sender in memory, for the tests of telling them."""

import random
from collections.abc import Mapping
from datetime import timedelta

from postal_bridge.clock import ReplayClock
from postal_bridge.journey import Act, ItemKind
from postal_bridge.subscriptions.announcements import Announced, LedgerEntry
from postal_bridge.subscriptions.ports import SubscriptionTransactions
from postal_bridge.subscriptions.publishing import Publisher, Terms
from postal_bridge.subscriptions.records import Subscription
from postal_bridge.subscriptions.schedule import Heard
from tests.stores import DOSSIER, ITEM, NOW

URL = "https://mot-cua.example/tin"
WELL = Heard(status=200, outcome="HTTP 200", duration_ms=3)


def heard(status: int | None, **more: object) -> Heard:
    outcome = f"HTTP {status}" if status else "mất kết nối"
    return Heard(status=status, outcome=outcome, duration_ms=3, **more)  # type: ignore[arg-type]


class MemorySeal:
    """Seals with a word, for those who only want to see that it is done."""

    def close(self, secret: str) -> str:
        return f"niêm:{secret}"

    def open(self, sealed: str) -> str:
        mark, _, secret = sealed.partition(":")
        if mark != "niêm":
            raise ValueError(sealed)
        return secret


class MemorySender:
    """Keeps what was sent, and answers what it is told to; afterwards all goes well."""

    def __init__(self, *answers: Heard) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []

    async def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Heard:
        self.sent.append((url, headers, body))
        return self.answers.pop(0) if self.answers else WELL


def a_subscriber(name: str = "mot", *, types: str = "item.*", url: str = URL) -> Subscription:
    return Subscription(
        id=name,
        url=url,
        types=types,
        sealed_secret=MemorySeal().close("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"),
        created_at=NOW,
        created_by="quantri",
    )


def an_announced(number: int = 1, *, kind: str = "item.load") -> Announced:
    return Announced(
        id=f"su-kien-{number}", type=kind, subject=ITEM, at=NOW, data={"item": ITEM, "act": "load"}
    )


def an_entry(
    number: int, *, act: Act = Act.LOAD, kind: ItemKind = ItemKind.APPLICATION
) -> LedgerEntry:
    return LedgerEntry(
        event_id=f"{number:032x}",
        item_code=ITEM,
        kind=kind,
        dossier_code=DOSSIER,
        act=act,
        place="HCC-TN",
        pouch=None,
        consignment=None,
        occurred_at=NOW + timedelta(minutes=number),
        cursor=str(number),
    )


def a_publisher(
    transactions: SubscriptionTransactions, sender: MemorySender, clock: ReplayClock
) -> Publisher:
    return Publisher(
        transactions=transactions,
        sender=sender,
        seal=MemorySeal(),
        terms=Terms(
            source="urn:postal-bridge:H37", patience=timedelta(days=5), kept=timedelta(days=30)
        ),
        clock=clock,
        chance=random.Random(7),
    )
