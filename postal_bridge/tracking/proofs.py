"""Proofs of delivery: written once, bound to what the ledger says, and compared with it again."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_values import Examined
from postal_bridge.documents.records import Purpose
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import Act
from postal_bridge.tracking.drawn import Drawing, drawing_bytes
from postal_bridge.tracking.proof_ports import ProofTransactions, ProofWork
from postal_bridge.tracking.proof_records import DeliveryProof, Relation
from postal_bridge.tracking.records import CustodyEvent

HANDING_OVER = frozenset({Act.DELIVER, Act.RETURN})
"""Acts that leave an item with the citizen."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a device tells about a delivery.

    Attributes:
        drawing: the receiver's signature.
        photo_sha256: of a photograph that will be sent.
    """

    item_code: str
    event_id: UUID
    receiver: str
    relation: Relation
    relation_note: str
    drawing: Drawing | None
    photo_sha256: str | None
    latitude: float | None
    longitude: float | None
    taken_at: datetime
    place: str


@dataclass(frozen=True, kw_only=True)
class Proving:
    """Writes proofs in one person's name."""

    house: PaperHouse
    transactions: ProofTransactions
    actor: Actor

    async def prove(self, told: Told) -> DeliveryProof | Refusal:
        """Write the proof of a delivery; sent again, the first one is given back."""
        if told.drawing is None and told.photo_sha256 is None:
            return refuse(Reason.PROOF_EMPTY, "signature")
        drawn = drawing_bytes(told.drawing) if told.drawing is not None else None
        if drawn is not None:
            await self.house.vault.keep(drawn)
        async with self.transactions.begin() as work:
            # Two devices that prove the same delivery must see each other.
            held = await work.custody.hold([told.item_code])
            event = await _event(work, told.item_code, told.event_id)
            refusal = self._may_not(event, told)
            if refusal is not None or event is None:
                return refusal or _unknown(told)
            dossier_code = held[told.item_code].item.dossier_code
            proof = await self._written(work, told, event, drawn=drawn, dossier_code=dossier_code)
            there = await work.proofs.find(told.item_code, told.event_id)
            if there is not None:
                return there if _same(there, proof) else refuse(Reason.PROOF_DIFFERS, "event_id")
            if drawn is not None:
                sha256 = hashlib.sha256(drawn).hexdigest()
                await self.house.note(work, {sha256: (Purpose.PROOF, drawn)})
            await work.proofs.add(proof)
            return proof

    async def take_photo(
        self, item_code: str, event_id: UUID, content: bytes
    ) -> DeliveryProof | Refusal:
        """Keep the photograph that a proof announced; no other picture is taken for it."""
        async with self.transactions.begin(write=False) as work:
            proof = await work.proofs.find(item_code, event_id)
        if proof is None:
            return refuse(Reason.PROOF_UNKNOWN, "event_id")
        sha256 = hashlib.sha256(content).hexdigest()
        if proof.photo_sha256 != sha256:
            return refuse(Reason.PROOF_PHOTO, "photo")
        examined = await self.house.digitiser.examine(content)
        if not isinstance(examined, Examined) or not examined.media_type.startswith("image/"):
            return refuse(Reason.PROOF_PHOTO, "photo")
        await self.house.vault.keep(content)
        async with self.transactions.begin() as work:
            await self.house.note(work, {sha256: (Purpose.PROOF, content)})
        return proof

    def _may_not(self, event: CustodyEvent | None, told: Told) -> Refusal | None:
        if event is None or event.act not in HANDING_OVER:
            return _unknown(told)
        if event.actor != self.actor.username and self.actor.role is not Role.SUPERVISOR:
            return refuse(Reason.PROOF_NOT_YOURS, "event_id", actor=event.actor)
        return None

    async def _written(
        self,
        work: ProofWork,
        told: Told,
        event: CustodyEvent,
        *,
        drawn: bytes | None,
        dossier_code: str,
    ) -> DeliveryProof:
        proof = DeliveryProof(
            event_id=told.event_id,
            item_code=told.item_code,
            dossier_code=dossier_code,
            event_hash=event.hash,
            receiver=told.receiver,
            relation=told.relation,
            relation_note=told.relation_note,
            signature_sha256=hashlib.sha256(drawn).hexdigest() if drawn is not None else None,
            photo_sha256=told.photo_sha256,
            latitude=told.latitude,
            longitude=told.longitude,
            taken_at=told.taken_at,
            place=told.place,
            documents=json.dumps(await _documents(work, dossier_code)),
            recorded_at=self.house.clock.now(),
            recorded_by=self.actor.username,
        )
        return proof.model_copy(update={"seal": seal_of(proof)})


def seal_of(proof: DeliveryProof) -> str:
    """SHA-256 over everything in a proof but the seal itself."""
    told = proof.model_dump(mode="json", exclude={"seal"})
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


async def holds(work: ProofWork, proof: DeliveryProof) -> bool:
    """Whether proof and ledger are what they were when it was written."""
    event = await _event(work, proof.item_code, proof.event_id)
    return event is not None and event.hash == proof.event_hash and seal_of(proof) == proof.seal


async def _event(work: ProofWork, item_code: str, event_id: UUID) -> CustodyEvent | None:
    for event in await work.custody.history(item_code):
        if event.event_id == event_id:
            return event
    return None


async def _documents(work: ProofWork, dossier_code: str) -> Sequence[str]:
    there = await work.documents.of_dossier(dossier_code)
    return [one.sha256 for one in there if one.superseded_by is None]


def _same(one: DeliveryProof, other: DeliveryProof) -> bool:
    told = {"receiver", "relation", "relation_note", "signature_sha256", "photo_sha256", "taken_at"}
    return one.model_dump(include=told) == other.model_dump(include=told)


def _unknown(told: Told) -> Refusal:
    return refuse(
        Reason.PROOF_EVENT_UNKNOWN, "event_id", event=str(told.event_id), code=told.item_code
    )
