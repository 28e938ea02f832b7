"""Pouches: packed, sealed with a manifest, opened; used once."""

from datetime import timedelta

import pytest

from postal_bridge.codes import make_seal_code
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.handovers import Offer, offer_handover
from postal_bridge.tracking.pouches import (
    make_pouch,
    manifest_hash,
    open_pouch,
    pack,
    seal_pouch,
)
from postal_bridge.tracking.records import Pouch, PouchState
from tests.stages.memory import CENTRE, DEPARTMENT, DUNG, HOA, LAN, MemoryWork
from tests.stores import DOSSIER, ITEM

SECOND = f"{DOSSIER[:-1]}2/H1"
SEAL = make_seal_code(1)


@pytest.fixture(autouse=True)
async def _two_applications(work: MemoryWork) -> None:
    for code in (ITEM, SECOND):
        await work.an_item_at(Stage.COUNTER, code=code, kind=ItemKind.APPLICATION)


async def packed(work: MemoryWork, *items: str) -> Pouch:
    made = await make_pouch(work.by(LAN), origin=CENTRE, destination=DEPARTMENT, items=items)
    assert isinstance(made, Pouch)
    return made


async def sealed(work: MemoryWork) -> Pouch:
    pouch = await packed(work, ITEM, SECOND)
    closed = await seal_pouch(work.by(LAN), code=pouch.code, seal=SEAL)
    assert isinstance(closed, Pouch)
    return closed


async def test_a_sealed_pouch_holds_what_its_manifest_names(work: MemoryWork) -> None:
    pouch = await sealed(work)

    manifest = [line.item_code for line in await work.pouches.manifest(pouch.code)]
    assert manifest == [ITEM, SECOND]
    assert pouch.manifest_hash == manifest_hash(pouch.code, manifest)
    for code in manifest:
        position = (await work.at(code)).position
        assert position is not None
        assert (position.holder, position.custodian) == (pouch.code, CENTRE)


async def test_the_desk_that_seals_bears_even_what_a_courier_had_brought(work: MemoryWork) -> None:
    await work.does(DUNG, ITEM, Act.LOAD)
    pouch = await packed(work, SECOND)
    await work.does(LAN, ITEM, Act.PACK, pouch=pouch.code)
    await seal_pouch(work.by(LAN), code=pouch.code, seal=SEAL)
    bearers = {position.custodian for position in work.custody.positions.values()}
    assert bearers == {CENTRE}


async def test_what_is_sealed_together_is_sealed_at_one_moment(work: MemoryWork) -> None:
    """One paper's last scan is ahead of our clock: the seal is after it, for every paper."""
    pouch = await packed(work, ITEM, SECOND)
    ahead = work.now + timedelta(minutes=5)
    await work.does(LAN, ITEM, Act.PACK, pouch=pouch.code, occurred_at=ahead)
    await seal_pouch(work.by(LAN), code=pouch.code, seal=SEAL)
    since = {position.since for position in work.custody.positions.values()}
    assert since == {ahead + timedelta(microseconds=1)}


async def test_an_opened_pouch_leaves_its_contents_on_the_desk_and_is_not_used_again(
    work: MemoryWork,
) -> None:
    pouch = await sealed(work)
    opened = await open_pouch(work.by(HOA), code=pouch.code, place=DEPARTMENT, note="rách")

    assert isinstance(opened, Pouch)
    assert (opened.state, opened.opened_by) == (PouchState.OPENED, "hoa")
    assert await work.pouches.contents(pouch.code) == []
    again = await open_pouch(work.by(HOA), code=pouch.code, place=DEPARTMENT, note="rách")
    packing = await pack(work.by(LAN), opened, [ITEM])
    resealing = await seal_pouch(work.by(LAN), code=pouch.code, seal=make_seal_code(2))
    for refused in (again, packing, resealing):
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.POUCH_OPENED


@pytest.mark.parametrize(
    ("items", "actor", "destination", "reason"),
    [
        (["khong-co"], LAN, DEPARTMENT, Reason.ITEM_UNKNOWN),
        ([ITEM], HOA, DEPARTMENT, Reason.OTHER_PLACE),
        ([ITEM], LAN, "khong-co", Reason.PLACE_UNKNOWN),
        ([SECOND, ITEM], LAN, DEPARTMENT, Reason.ACT_NOT_POSSIBLE),
    ],
)
async def test_one_item_that_cannot_be_packed_and_there_is_no_pouch(
    work: MemoryWork, items: list[str], actor: Actor, destination: str, reason: Reason
) -> None:
    await work.does(LAN, ITEM, Act.MISS)
    refused = await make_pouch(work.by(actor), origin=CENTRE, destination=destination, items=items)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason


async def test_what_waits_in_minutes_is_not_packed(work: MemoryWork) -> None:
    offer = Offer(place=CENTRE, receiver=DEPARTMENT, items=[ITEM])
    offered = await offer_handover(work.by(LAN), offer, province="H37")
    refused = await make_pouch(work.by(LAN), origin=CENTRE, destination=DEPARTMENT, items=[ITEM])

    assert not isinstance(offered, Refusal)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.HANDOVER_PENDING
    assert offered.number in refused.sentence()


@pytest.mark.parametrize(
    ("code", "seal", "actor", "reason"),
    [
        ("khong-co", SEAL, LAN, Reason.POUCH_UNKNOWN),
        ("empty", SEAL, LAN, Reason.POUCH_EMPTY),
        ("full", "NP-1", LAN, Reason.CODE_MALFORMED),
        ("full", SEAL, HOA, Reason.OTHER_PLACE),
        ("sealed", make_seal_code(2), LAN, Reason.POUCH_SEALED),
        ("full", make_seal_code(3), LAN, Reason.SEAL_USED),
    ],
)
async def test_a_pouch_that_cannot_be_sealed_is_refused(
    work: MemoryWork, code: str, seal: str, actor: Actor, reason: Reason
) -> None:
    other = await packed(work, SECOND)
    await seal_pouch(work.by(LAN), code=other.code, seal=make_seal_code(3))
    empty, full = await packed(work), await packed(work, ITEM)
    codes = {"empty": empty.code, "full": full.code, "sealed": other.code}
    refused = await seal_pouch(work.by(actor), code=codes.get(code, code), seal=seal)

    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert work.pouches.kept[full.code].state is PouchState.OPEN


@pytest.mark.parametrize(
    ("code", "place", "reason"),
    [
        ("khong-co", CENTRE, Reason.POUCH_UNKNOWN),
        ("open", CENTRE, Reason.POUCH_NOT_SEALED),
        ("sealed", "H37.02", Reason.OTHER_PLACE),
    ],
)
async def test_a_pouch_that_cannot_be_opened_is_refused(
    work: MemoryWork, code: str, place: str, reason: Reason
) -> None:
    codes = {"sealed": (await sealed(work)).code, "open": (await packed(work)).code}
    refused = await open_pouch(work.by(LAN), code=codes.get(code, code), place=place, note="x")
    assert isinstance(refused, Refusal)
    assert refused.reason is reason


async def test_a_pouch_that_waits_in_minutes_is_opened_by_the_receiver_only(
    work: MemoryWork,
) -> None:
    pouch = await sealed(work)
    offer = Offer(place=CENTRE, receiver=DEPARTMENT, pouches=[pouch.code])
    await offer_handover(work.by(LAN), offer, province="H37")
    refused = await open_pouch(work.by(LAN), code=pouch.code, place=CENTRE, note="nhầm")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.HANDOVER_PENDING
