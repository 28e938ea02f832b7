"""A dossier of ours with its papers on their way, in a real database."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from postal_bridge.dossiers.records import Dossier, Item
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.identifiers import Identifiers
from tests.stages.reconciliation.two_sides import DEPARTMENT, PROCEDURE, PROMISED, RECEIVED, number
from tests.stores import a_dossier, an_item

CODE = number(1)
COURIER = Actor(username="tuan", name="Tuấn", role=Role.COURIER)
HOUR = timedelta(hours=1)

WAYS: dict[Stage, tuple[ItemKind, tuple[Act, ...]]] = {
    Stage.COUNTER: (ItemKind.APPLICATION, (Act.RECEIVE,)),
    Stage.TRANSFER: (ItemKind.APPLICATION, (Act.RECEIVE, Act.DIGITISE, Act.LOAD)),
    Stage.DESK: (ItemKind.RESULT, (Act.ISSUE, Act.HAND_BACK)),
    Stage.DELIVERY: (ItemKind.RESULT, (Act.ISSUE, Act.HAND_BACK, Act.SEND_OUT)),
    Stage.RETURNED: (ItemKind.RESULT, (Act.ISSUE, Act.HAND_BACK, Act.RETURN)),
}
"""Acts that bring an item to a stage, an hour apart."""


@dataclass
class UnderWay:
    """One dossier, and the moment that its last act happened."""

    storage: Storage
    now: datetime = RECEIVED
    identifiers: Identifiers = field(default_factory=lambda: Identifiers(random.Random(7)))

    async def bring_to(self, stage: Stage, **changes: object) -> None:
        kind, acts = WAYS[stage]
        plain = a_dossier(CODE).model_copy(
            update={
                "procedure_code": PROCEDURE,
                "department": DEPARTMENT,
                "return_mode": 0,
                "received_at": RECEIVED,
                "promised_at": PROMISED,
            }
        )
        async with self.storage.begin() as work:
            await work.dossiers.add(Dossier(**plain.model_dump()), [])
        item = an_item(f"{CODE}/K1" if kind is ItemKind.RESULT else f"{CODE}/H1", kind=kind)
        for number_, act in enumerate(acts):
            self.now = RECEIVED + number_ * HOUR
            await self._act(item, act)
        async with self.storage.begin() as work:
            await work.dossiers.change(CODE, **changes) if changes else None

    async def _act(self, item: Item, act: Act) -> None:
        async with self.storage.begin() as work:
            recorder = Recorder(work, actor=COURIER, now=self.now, identifiers=self.identifiers)
            tracked = await work.custody.find(item.code)
            if tracked is None:
                await recorder.begin(item, act, place="desk-1")
                return
            carrier = COURIER.username if act is Act.SEND_OUT else None
            facts = Circumstances(place="desk-1", custodian=carrier)
            await recorder.record(tracked, act, facts)
