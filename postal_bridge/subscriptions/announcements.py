"""What is announced, as CloudEvents 1.0 (reference on carriers, section 3).

No name, address or telephone of anybody is in an event: codes, acts, places, moments. Whoever may
know more asks the API for the code.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from postal_bridge.journey import STATUS_AFTER, Act, DossierAct, ItemKind
from postal_bridge.outbox import CONSIGNMENT_MOVED, INCIDENT_OPENED, ROUND_NOT_LEFT
from postal_bridge.subscriptions.records import Delivery, Subscription, SubscriptionState

MEDIA_TYPE = "application/cloudevents+json"
TEST = "webhook.test"

_DOSSIER_WORDS: Mapping[DossierAct, str] = {
    DossierAct.ACCEPT: "dossier.accepted",
    DossierAct.REFUSE: "dossier.refused",
    DossierAct.BEGIN: "dossier.begun",
    DossierAct.ASK_SUPPLEMENT: "dossier.supplement_asked",
    DossierAct.TAKE_SUPPLEMENT: "dossier.supplement_taken",
    DossierAct.STOP: "dossier.stopped",
    DossierAct.RESOLVE: "dossier.resolved",
    DossierAct.RETURN: "dossier.returned",
}
TYPES = (
    *(f"item.{act.value}" for act in Act),
    *sorted({_DOSSIER_WORDS[act] for act in STATUS_AFTER.values()}),
    INCIDENT_OPENED,
    CONSIGNMENT_MOVED,
    ROUND_NOT_LEFT,
    TEST,
)
"""Every type there is; docs/webhooks.md says what each means."""


@dataclass(frozen=True, kw_only=True)
class Announced:
    """Something that happened.

    Attributes:
        id: the same for the same thing for ever.
        subject: the code that it is about.
        data: what is told besides.
    """

    id: str
    type: str
    subject: str
    at: datetime
    data: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """An event of the ledger, as far as it is announced; `cursor` is its place there."""

    event_id: str
    item_code: str
    kind: ItemKind
    dossier_code: str
    act: Act
    place: str
    pouch: str | None
    consignment: str | None
    occurred_at: datetime
    cursor: str


def of_entry(entry: LedgerEntry) -> list[Announced]:
    """What is announced of an event of the ledger: the item's act, and the dossier's where it has."""
    facts = {
        "item": entry.item_code,
        "kind": entry.kind.value,
        "dossier": entry.dossier_code,
        "act": entry.act.value,
        "place": entry.place,
        "pouch": entry.pouch,
        "consignment": entry.consignment,
    }
    data = {name: value for name, value in facts.items() if value is not None}
    # The scan of a pouch is one event of each paper in it.
    own_id = f"{entry.event_id}:{entry.item_code}"
    found = [
        Announced(
            id=own_id,
            type=f"item.{entry.act.value}",
            subject=entry.item_code,
            at=entry.occurred_at,
            data=data,
        )
    ]
    moved = STATUS_AFTER.get((entry.kind, entry.act))
    if moved is not None:
        found.append(
            Announced(
                id=f"{own_id}:dossier",
                type=_DOSSIER_WORDS[moved],
                subject=entry.dossier_code,
                at=entry.occurred_at,
                data=data,
            )
        )
    return found


def body_of(announced: Announced, *, source: str) -> str:
    """The event as it is sent: small, in one line, with its members in one order."""
    event = {
        "specversion": "1.0",
        "id": announced.id,
        "source": source,
        "type": f"vn.postal-bridge.{announced.type}",
        "subject": announced.subject,
        "time": announced.at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": dict(announced.data),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def wants(subscription: Subscription, kind: str) -> bool:
    """Whether a subscriber is told of this type; a disabled one is told nothing."""
    if subscription.state is SubscriptionState.DISABLED:
        return False
    return any(
        kind.startswith(one[:-1]) if one.endswith("*") else kind == one
        for one in subscription.types.split()
    )


def webhook_id_of(subscription_id: str, event_id: str) -> str:
    """The same for ever, so that a receiver knows a repeat whatever happened to us meanwhile."""
    return f"msg_{uuid5(NAMESPACE_URL, f'{subscription_id}:{event_id}').hex}"


def deliveries_of(
    announced: Iterable[Announced],
    subscriptions: Iterable[Subscription],
    *,
    source: str,
    now: datetime,
) -> list[Delivery]:
    """One delivery for each event and each subscriber who wants it."""
    wanted = list(subscriptions)
    return [
        Delivery(
            id=webhook_id_of(subscription.id, one.id),
            subscription_id=subscription.id,
            event_id=one.id,
            type=one.type,
            subject=one.subject[:60],
            body=body_of(one, source=source),
            created_at=now,
            due_at=now,
        )
        for one in announced
        for subscription in wanted
        if wants(subscription, one.type)
    ]
