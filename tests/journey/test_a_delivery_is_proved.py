"""Who took it, where and when: a signature drawn at the door and a photograph, bound to the ledger."""

import hashlib
from typing import Any

import pytest

from postal_bridge.sandbox.photographs import MILD, plain
from tests.journey.house import Town
from tests.journey.people import Answer, Person
from tests.journey.province import Json
from tests.photographed import picture

DRAWN = {"width": 300, "height": 120, "strokes": [[[10, 10, 0], [60, 40, 120]], [[80, 20, 300]]]}
PHOTO = picture(3, plain(MILD), seed=3, size=(600, 800)).jpeg


async def delivered(town: Town) -> tuple[str, Json]:
    """A result that the courier gave at the door, and the scan that said so."""
    _, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    scan = await town.courier.scans("deliver", result, note="Nông Văn An")
    return result, scan


async def proves(person: Person, item: str, scan: Json, **other: Any) -> Answer:
    person.town.tick()
    said = {
        "item": item,
        "event_id": scan["scan_id"],
        "receiver": "Nông Thị Đào",
        "relation": "family",
        "relation_note": "con gái",
        "signature": DRAWN,
        "photo_sha256": hashlib.sha256(PHOTO).hexdigest(),
        "latitude": 21.8537,
        "longitude": 106.7615,
        "taken_at": scan["at"],
        "place": person.place,
    }
    return await person.asks("POST", "/proofs", said | other)


async def test_a_proof_is_written_once_and_compared_with_the_ledger(town: Town) -> None:
    item, scan = await delivered(town)
    answer = await proves(town.courier, item, scan)
    assert answer.status == 201, answer.body
    assert answer.body["holds"]
    assert not answer.body["photo_kept"]
    assert (await proves(town.courier, item, scan)).body["seal"] == answer.body["seal"]
    other = await proves(town.courier, item, scan, receiver="Người khác")
    assert other.refuses(409, "proof-differs")
    path = f"/proofs/{scan['scan_id']}/photo?item={item}"
    wrong = await town.courier.asks("PUT", path, raw=PHOTO[:-5])
    assert wrong.refuses(422, "proof-photo")
    taken = await town.courier.asks("PUT", path, raw=PHOTO)
    assert taken.body["photo_kept"]
    assert (await town.officer.asks("GET", path)).content == PHOTO
    drawn = await town.officer.asks("GET", f"/proofs/{scan['scan_id']}/signature.svg?item={item}")
    assert drawn.media_type == "image/svg+xml"
    assert b"10,10 60,40" in drawn.content
    (shown,) = (await town.officer.reads("/proofs", item=item))["proofs"]
    assert (shown["holds"], shown["relation_name"]) == (True, "người nhà")
    looks = await town.rows("SELECT count(*) FROM look WHERE purpose = 'proof'")
    assert looks == [(3,)]


async def test_a_proof_that_was_edited_in_the_database_does_not_hold(town: Town) -> None:
    item, scan = await delivered(town)
    await proves(town.courier, item, scan)
    await town.tampers("UPDATE delivery_proof SET receiver = 'Ai khác'")
    (shown,) = (await town.officer.reads("/proofs", item=item))["proofs"]
    assert not shown["holds"]


@pytest.mark.parametrize(
    ("other", "status", "reason"),
    [
        pytest.param({"event_id": "0194a1b2-0000-7000-8000-000000000001"}, 404,
                     "proof-event-unknown", id="no-scan"),
        pytest.param({"signature": None, "photo_sha256": None}, 422, "proof-empty", id="nothing"),
        pytest.param({"signature": {**DRAWN, "strokes": [[[10, 900, 0]]]}}, 422,
                     "signature-wrong", id="outside"),
        pytest.param({"signature": {**DRAWN, "strokes": [[[10, 9]]]}}, 422,
                     "signature-wrong", id="no-time"),
    ],
)  # fmt: skip
async def test_what_proves_nothing_is_refused(
    town: Town, other: Json, status: int, reason: str
) -> None:
    item, scan = await delivered(town)
    assert (await proves(town.courier, item, scan, **other)).refuses(status, reason)
    assert (await town.officer.reads("/proofs", item=item))["proofs"] == []


async def test_only_who_delivered_proves_it(town: Town) -> None:
    item, scan = await delivered(town)
    assert (await proves(town.colleague, item, scan)).refuses(403, "proof-not-yours")
    assert (await proves(town.supervisor, item, scan)).status == 201
