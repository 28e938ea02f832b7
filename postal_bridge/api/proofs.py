"""Proofs of delivery: who took it, with a signature drawn on the screen and a photograph."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from postal_bridge.api.acting import named, note_look
from postal_bridge.api.call import Body, Call, Reply
from postal_bridge.api.captures import Sha256, papers_of
from postal_bridge.api.ports import Work
from postal_bridge.clock import EARLIEST, LATEST, to_utc
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.drawn import (
    MOST_STROKES,
    WIDEST,
    Drawing,
    checked_drawing,
    drawing_svg,
    read_drawing,
)
from postal_bridge.tracking.proof_records import RELATION_NAMES, DeliveryProof, Relation
from postal_bridge.tracking.proofs import Proving, Told, holds

SVG = "image/svg+xml"


class Drawn(Body):
    """Strokes of points: across, down, milliseconds since the first one."""

    width: int = Field(ge=1, le=WIDEST)
    height: int = Field(ge=1, le=WIDEST)
    strokes: list[list[list[int]]] = Field(min_length=1, max_length=MOST_STROKES)


class NewProof(Body):
    """What the device knows of a delivery; `event_id` is the scan's.

    A photograph is announced by its hash and sent afterwards; one of the two is needed at least.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    item: str = Field(min_length=1, max_length=60)
    event_id: UUID
    receiver: str = Field(min_length=1, max_length=400)
    relation: Relation
    relation_note: str = Field(default="", max_length=400)
    signature: Drawn | None = None
    photo_sha256: Sha256 | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    taken_at: AwareDatetime = Field(ge=EARLIEST, lt=LATEST)
    place: str = Field(min_length=1, max_length=60)


class ProofQuery(BaseModel):
    """Which item's, and of which delivery."""

    item: str = Field(min_length=1, max_length=60)


class ProofOut(DeliveryProof):
    """A proof; `holds` says that it and the ledger are what they were when it was written."""

    relation_name: str = ""
    holds: bool = True
    photo_kept: bool = False


class ProofList(BaseModel):
    """All proofs of an item."""

    proofs: list[ProofOut]


async def prove(call: Call[NewProof]) -> ProofOut | Refusal:
    """Write the proof of a delivery, once."""
    body = call.body
    drawing = _drawing(body.signature)
    if isinstance(drawing, Refusal):
        return drawing
    proof = await _proving(call).prove(
        Told(
            item_code=body.item,
            event_id=body.event_id,
            receiver=body.receiver,
            relation=body.relation,
            relation_note=body.relation_note,
            drawing=drawing,
            photo_sha256=body.photo_sha256,
            latitude=body.latitude,
            longitude=body.longitude,
            taken_at=to_utc(body.taken_at),
            place=body.place,
        )
    )
    return proof if isinstance(proof, Refusal) else await _written(call, proof)


async def photo(call: Call[bytes]) -> ProofOut | Refusal:
    """The photograph that a proof announced, as the body."""
    event_id = _event_id(call.path["event"])
    if event_id is None:
        return refuse(Reason.PROOF_UNKNOWN, "event_id")
    taken = await _proving(call).take_photo(call.asked(ProofQuery).item, event_id, call.body)
    return taken if isinstance(taken, Refusal) else await _written(call, taken)


async def listed(call: Call[None]) -> ProofList:
    """All proofs of an item, compared with the ledger; who looked is recorded."""
    item = call.asked(ProofQuery).item
    await note_look(call, subject=item, purpose="proof")
    found = await call.work.proofs.of_item(item)
    return ProofList(proofs=[await _shown(call.work, one, call.language) for one in found])


async def signature(call: Call[None]) -> Reply | Refusal:
    """The drawn signature as a picture; who looked is recorded."""
    content = await _content(call, "signature_sha256")
    if isinstance(content, Refusal):
        return content
    return Reply(drawing_svg(read_drawing(content)).encode(), media_type=SVG)


async def picture(call: Call[None]) -> Reply | Refusal:
    """The photograph; who looked is recorded."""
    content = await _content(call, "photo_sha256")
    return content if isinstance(content, Refusal) else Reply(content, media_type="image/jpeg")


async def _content(call: Call[None], which: str) -> bytes | Refusal:
    event_id, item = _event_id(call.path["event"]), call.asked(ProofQuery).item
    proof = await call.work.proofs.find(item, event_id) if event_id else None
    sha256 = getattr(proof, which, None)
    if proof is None or sha256 is None or await call.work.contents.find(sha256) is None:
        return refuse(Reason.PROOF_UNKNOWN, "event_id")
    await note_look(call, subject=f"{item}/{which}", purpose="proof")
    try:
        return await call.services.vault.fetch(sha256)
    except (KeyError, ValueError):
        return refuse(Reason.CONTENT_LOST, "event_id")


async def _written(call: Call[NewProof] | Call[bytes], proof: DeliveryProof) -> ProofOut:
    async with call.services.storage.begin(write=False) as work:
        return await _shown(work, proof, call.language)


async def _shown(work: Work, proof: DeliveryProof, language: str) -> ProofOut:
    kept = proof.photo_sha256 and await work.contents.find(proof.photo_sha256)
    return ProofOut(
        **proof.model_dump(),
        relation_name=named(RELATION_NAMES[proof.relation], language),
        holds=await holds(work, proof),
        photo_kept=bool(kept),
    )


def _drawing(drawn: Drawn | None) -> Drawing | Refusal | None:
    if drawn is None:
        return None
    return checked_drawing(drawn.width, drawn.height, drawn.strokes)


def _event_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _proving(call: Call[NewProof] | Call[bytes]) -> Proving:
    house = papers_of(call.services)
    return Proving(house=house, transactions=call.services.storage, actor=call.actor)
