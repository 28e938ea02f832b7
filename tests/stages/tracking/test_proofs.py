"""Proofs of delivery: bound to the ledger, written once, by whoever delivered."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from postal_bridge.documents.page_values import Examined, Trouble, Unreadable
from postal_bridge.documents.records import Purpose
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.acts import Circumstances
from postal_bridge.tracking.drawn import Drawing
from postal_bridge.tracking.proof_records import DeliveryProof, Relation
from postal_bridge.tracking.proofs import Proving, Told, holds, seal_of
from tests.stages.documents.papers import Papers
from tests.stages.documents.test_paper_status import a_document
from tests.stages.memory import CENTRE, LAN, MemoryWork
from tests.stores import DOSSIER

RESULT = f"{DOSSIER}/K1"
PICTURE = b"a picture"
DRAWN = Drawing(300, 100, (((1, 1, 0), (20, 30, 12)),))
BOSS = Actor(username="boss", name="Giám sát", role=Role.SUPERVISOR)
STRANGER = Actor(username="else", name="Ai đó", role=Role.CLERK, places=(CENTRE,))


class Delivered:
    """A result that Lan returned at the desk."""

    def __init__(self, work: MemoryWork, event_id: UUID) -> None:
        self.work, self.event_id = work, event_id
        self.papers = Papers(work)

    async def proves(self, by: Actor = LAN, **other: Any) -> DeliveryProof | Refusal:
        usual: dict[str, Any] = {
            "item_code": RESULT,
            "event_id": self.event_id,
            "receiver": "Nông Văn An",
            "relation": Relation.FAMILY,
            "relation_note": "con trai",
            "drawing": DRAWN,
            "photo_sha256": hashlib.sha256(PICTURE).hexdigest(),
            "latitude": 21.85,
            "longitude": 106.76,
            "taken_at": self.work.now,
            "place": CENTRE,
        }
        return await self.proving(by).prove(Told(**(usual | other)))

    def proving(self, by: Actor = LAN) -> Proving:
        return Proving(house=self.papers.house, transactions=self.work, actor=by)


@pytest.fixture
async def delivered(work: MemoryWork) -> Delivered:
    tracked = await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    await work.documents.add(a_document("scan"))
    await work.by(LAN).record(tracked, Act.RETURN, Circumstances(place=CENTRE, note="An"))
    last = (await work.custody.history(RESULT))[-1]
    return Delivered(work, last.event_id)


def refused(answer: object) -> Reason:
    assert isinstance(answer, Refusal), answer
    return answer.reason


async def test_a_proof_is_bound_to_the_ledger_and_to_the_documents(delivered: Delivered) -> None:
    proof = await delivered.proves()
    assert isinstance(proof, DeliveryProof)
    last = (await delivered.work.custody.history(RESULT))[-1]
    assert proof.event_hash == last.hash
    assert a_document("scan").sha256 in proof.documents
    assert await holds(delivered.work, proof)
    kept = await delivered.work.contents.find(str(proof.signature_sha256))
    assert kept is not None
    assert kept.purpose is Purpose.PROOF
    for changed in ({"receiver": "Ai khác"}, {"documents": "[]"}, {"event_hash": "0" * 64}):
        assert not await holds(delivered.work, proof.model_copy(update=changed))
    forged = proof.model_copy(update={"event_hash": "0" * 64})
    assert not await holds(delivered.work, forged.model_copy(update={"seal": seal_of(forged)}))


async def test_what_is_sent_again_is_the_same_proof_and_another_is_refused(
    delivered: Delivered,
) -> None:
    first = await delivered.proves()
    delivered.work.now += timedelta(minutes=5)
    assert await delivered.proves(taken_at=first.taken_at) == first  # type: ignore[union-attr]
    assert refused(await delivered.proves(receiver="Ai khác")) is Reason.PROOF_DIFFERS
    assert await delivered.work.proofs.of_item(RESULT) == [first]


async def test_the_photograph_is_the_one_that_was_announced(
    delivered: Delivered, monkeypatch: pytest.MonkeyPatch
) -> None:
    proving = delivered.proving()
    missing = await proving.take_photo(RESULT, delivered.event_id, PICTURE)
    assert refused(missing) is Reason.PROOF_UNKNOWN
    await delivered.proves()
    other = await proving.take_photo(RESULT, delivered.event_id, b"other")
    assert refused(other) is Reason.PROOF_PHOTO
    answers: list[Examined | Unreadable] = [
        Examined("image/jpeg", 1),
        Examined("application/pdf", 1),
        Unreadable(Trouble.TYPE),
    ]

    async def examined(_: bytes) -> Examined | Unreadable:
        return answers.pop()

    monkeypatch.setattr(delivered.papers.digitiser, "examine", examined)
    for _ in range(2):
        no = await proving.take_photo(RESULT, delivered.event_id, PICTURE)
        assert refused(no) is Reason.PROOF_PHOTO
    taken = await proving.take_photo(RESULT, delivered.event_id, PICTURE)
    assert isinstance(taken, DeliveryProof)
    assert await delivered.work.contents.find(str(taken.photo_sha256)) is not None


@pytest.mark.parametrize(
    ("by", "other", "reason"),
    [
        pytest.param(
            LAN, {"drawing": None, "photo_sha256": None}, Reason.PROOF_EMPTY, id="nothing"
        ),
        pytest.param(LAN, {"event_id": UUID(int=1)}, Reason.PROOF_EVENT_UNKNOWN, id="no-event"),
        pytest.param(LAN, {"item_code": "x/K1"}, Reason.PROOF_EVENT_UNKNOWN, id="no-item"),
        pytest.param(STRANGER, {}, Reason.PROOF_NOT_YOURS, id="not-who-delivered"),
    ],
)
async def test_what_proves_nothing_is_refused(
    delivered: Delivered, by: Actor, other: dict[str, Any], reason: Reason
) -> None:
    assert refused(await delivered.proves(by, **other)) is reason
    assert not await delivered.work.proofs.of_item(RESULT)


async def test_an_event_that_hands_nothing_over_is_not_proved(delivered: Delivered) -> None:
    first = (await delivered.work.custody.history(RESULT))[0]
    assert refused(await delivered.proves(event_id=first.event_id)) is Reason.PROOF_EVENT_UNKNOWN


async def test_a_supervisor_may_prove_what_another_delivered(delivered: Delivered) -> None:
    assert isinstance(await delivered.proves(BOSS), DeliveryProof)
