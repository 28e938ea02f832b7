"""What proofs of delivery need: their store, and the stores of papers and custody beside it."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from postal_bridge.documents.ports import PaperWork
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.proof_records import DeliveryProof


class Proofs(Protocol):
    """Proofs of delivery; only ever added to."""

    async def add(self, proof: DeliveryProof) -> bool:
        """Write a proof; False where the event of this item has one."""
        ...

    async def find(self, item_code: str, event_id: UUID) -> DeliveryProof | None:
        """The proof of one event."""
        ...

    async def of_item(self, item_code: str) -> Sequence[DeliveryProof]:
        """All proofs of an item, by time: what came back was perhaps delivered twice."""
        ...


class ProofWork(CustodyWork, PaperWork, Protocol):
    """The stores of one transaction that proofs are written with."""

    @property
    def proofs(self) -> Proofs:
        """Proofs of delivery."""
        ...


class ProofTransactions(Protocol):
    """The database: one transaction at a time."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[ProofWork]:
        """A transaction; an exception undoes it."""
        ...
