"""Tables of proofs of delivery."""

from uuid import UUID

from sqlmodel import Field

from postal_bridge.storage.columns import province_key
from postal_bridge.tracking.proof_records import DeliveryProof


class DeliveryProofRow(DeliveryProof, table=True):
    """Proofs of delivery."""

    __tablename__ = "delivery_proof"
    province: str = province_key()
    item_code: str = Field(primary_key=True, max_length=60)
    event_id: UUID = Field(primary_key=True)
