"""Proof that a citizen, or somebody for the citizen, took what was brought."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel

from postal_bridge.documents.records import HASH_LENGTH, LONGEST_JSON
from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH


class Relation(StrEnum):
    """Who took it, seen from the citizen."""

    SELF = "self"
    FAMILY = "family"
    AUTHORISED = "authorised"
    OTHER = "other"


RELATION_NAMES: dict[Relation, tuple[str, str]] = {
    Relation.SELF: ("chính chủ", "the citizen"),
    Relation.FAMILY: ("người nhà", "a member of the family"),
    Relation.AUTHORISED: ("người được ủy quyền", "somebody with authority in writing"),
    Relation.OTHER: ("người khác", "somebody else"),
}


class DeliveryProof(SQLModel):
    """A proof, bound to the event of custody and to the documents; nothing here is ever changed.

    Attributes:
        event_id, event_hash: the delivery or the return at the desk, as the ledger has it.
        relation_note: in words, such as `con gái`.
        signature_sha256: of the strokes drawn on the screen, in the vault.
        photo_sha256: of the photograph that the device announced.
        latitude, longitude: where, if the device knew.
        taken_at: by the device.
        documents: JSON: hashes of the dossier's documents at that moment, in order.
        seal: SHA-256 over all that stands above it.
    """

    event_id: UUID
    item_code: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    event_hash: str = Field(max_length=HASH_LENGTH)
    receiver: str = Field(max_length=NAME_LENGTH)
    relation: Relation
    relation_note: str = Field(default="", max_length=NAME_LENGTH)
    signature_sha256: str | None = Field(default=None, max_length=HASH_LENGTH)
    photo_sha256: str | None = Field(default=None, max_length=HASH_LENGTH)
    latitude: float | None = None
    longitude: float | None = None
    taken_at: datetime
    place: str = Field(max_length=CODE_LENGTH)
    documents: str = Field(max_length=LONGEST_JSON)
    recorded_at: datetime
    recorded_by: str = Field(max_length=CODE_LENGTH)
    seal: str = Field(default="", max_length=HASH_LENGTH)
