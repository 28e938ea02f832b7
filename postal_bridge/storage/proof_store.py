"""The store of proofs of delivery."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from postal_bridge.storage.proof_tables import DeliveryProofRow
from postal_bridge.storage.rows import Rows
from postal_bridge.tracking.proof_records import DeliveryProof


class ProofStore:
    """Proofs of delivery, only ever added to."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, proof: DeliveryProof) -> bool:
        """Write a proof; False where the event of this item has one."""
        return await self._rows.add_new(DeliveryProofRow, proof.model_dump())

    async def find(self, item_code: str, event_id: UUID) -> DeliveryProof | None:
        """The proof of one event."""
        return await self._rows.one(
            DeliveryProof, DeliveryProofRow, item_code=item_code, event_id=event_id
        )

    async def of_item(self, item_code: str) -> Sequence[DeliveryProof]:
        """All proofs of an item, by time: what came back was perhaps delivered twice."""
        table = self._rows.table(DeliveryProofRow)
        mine = select(table).where(self._rows.own(table, item_code=item_code))
        ordered = mine.order_by(table.c.taken_at, table.c.event_id)
        return await self._rows.all(DeliveryProof, ordered)
