"""Handovers: two signatures, two counts; a difference stays in the minutes."""

from datetime import timedelta

import pytest

from postal_bridge.codes import make_seal_code
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import Act, ItemKind, Stage, Status
from postal_bridge.tracking.handovers import (
    PRESENT,
    SHORT,
    Acceptance,
    Offer,
    accept_handover,
    offer_handover,
)
from postal_bridge.tracking.pouches import make_pouch, seal_pouch
from postal_bridge.tracking.records import Handover, HandoverState, IncidentKind, Pouch, PouchState
from tests.stages.memory import CENTRE, DEPARTMENT, HOA, LAN, TUAN, MemoryWork
from tests.stores import DOSSIER, ITEM

SECOND = f"{DOSSIER[:-1]}2/H1"
BOTH = (ITEM, SECOND)


@pytest.fixture(autouse=True)
async def _two_applications(work: MemoryWork) -> None:
    for code in BOTH:
        await work.an_item_at(Stage.COUNTER, code=code, kind=ItemKind.APPLICATION)


async def offered(
    work: MemoryWork, *, receiver: str = DEPARTMENT, pouch: str | None = None, giver: Actor = LAN
) -> Handover:
    offer = Offer(
        place=CENTRE,
        receiver=receiver,
        items=() if pouch else BOTH,
        pouches=(pouch,) if pouch else (),
    )
    made = await offer_handover(work.by(giver), offer, province="H37")
    assert isinstance(made, Handover)
    return made


async def a_sealed_pouch(work: MemoryWork) -> str:
    made = await make_pouch(work.by(LAN), origin=CENTRE, destination=DEPARTMENT, items=BOTH)
    assert isinstance(made, Pouch)
    await seal_pouch(work.by(LAN), code=made.code, seal=make_seal_code(1))
    return made.code


async def stages(work: MemoryWork) -> list[tuple[Stage, str]]:
    return [(p.stage, p.custodian) for _, p in sorted(work.custody.positions.items())]


async def test_papers_change_hands_when_the_counts_agree(work: MemoryWork) -> None:
    minutes = await offered(work)
    assert await stages(work) == [(Stage.COUNTER, CENTRE)] * 2
    accepted = await accept_handover(work.by(HOA), minutes.number, Acceptance(count=2))

    assert isinstance(accepted, Handover)
    assert (accepted.state, accepted.given_count, accepted.accepted_count) == (
        HandoverState.ACCEPTED,
        2,
        2,
    )
    assert await stages(work) == [(Stage.DEPARTMENT, DEPARTMENT)] * 2
    assert {line.outcome for line in work.handovers.kept_lines} == {PRESENT}
    # Decision 45/2016: the filing time is the acceptance by the agency.
    dossier = work.dossiers.kept[DOSSIER]
    assert (dossier.filed_at, dossier.status) == (work.now, Status.PROCESSING)


async def test_what_is_handed_over_together_changes_hands_at_one_moment(work: MemoryWork) -> None:
    """One paper's last scan is ahead of our clock: the handover is after it, for every paper."""
    ahead = work.now + timedelta(minutes=5)
    await work.does(LAN, ITEM, Act.DIGITISE, occurred_at=ahead)
    minutes = await offered(work, receiver="tuan")
    await accept_handover(work.by(TUAN), minutes.number, Acceptance(count=2))
    since = {position.since for position in work.custody.positions.values()}
    assert since == {ahead + timedelta(microseconds=1)}


async def test_a_courier_takes_a_pouch_sealed_and_the_department_opens_it(work: MemoryWork) -> None:
    pouch = await a_sealed_pouch(work)
    first = await offered(work, receiver="tuan", pouch=pouch)
    await accept_handover(work.by(TUAN), first.number, Acceptance(count=2))
    assert await stages(work) == [(Stage.TRANSFER, "tuan")] * 2
    assert work.pouches.kept[pouch].state is PouchState.SEALED
    assert all(position.sealed for position in work.custody.positions.values())
    assert work.dossiers.kept[DOSSIER].filed_at is None

    second = await offered(work, pouch=pouch, giver=TUAN)
    broken = Acceptance(count=2, seals_intact=False)
    await accept_handover(work.by(HOA), second.number, broken)
    assert await stages(work) == [(Stage.DEPARTMENT, DEPARTMENT)] * 2
    assert work.pouches.kept[pouch].state is PouchState.OPENED
    (incident,) = work.incidents.kept.values()
    assert (incident.kind, incident.code) == (IncidentKind.SEAL_BROKEN, pouch)


async def test_a_difference_is_named_confirmed_and_kept(work: MemoryWork) -> None:
    minutes = await offered(work)
    for unclear in (
        Acceptance(count=1),
        Acceptance(count=1, items=[ITEM]),
    ):
        refused = await accept_handover(work.by(HOA), minutes.number, unclear)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.COUNT_DIFFERS
    found = Acceptance(count=2, items=[ITEM, "GIAY-LA"], confirm_difference=True)
    accepted = await accept_handover(work.by(HOA), minutes.number, found)

    assert isinstance(accepted, Handover)
    assert {line.item_code: line.outcome for line in work.handovers.kept_lines} == {
        ITEM: PRESENT,
        SECOND: SHORT,
    }
    assert await stages(work) == [(Stage.DEPARTMENT, DEPARTMENT), (Stage.MISSING, CENTRE)]
    assert {(i.kind, i.code) for i in work.incidents.kept.values()} == {
        (IncidentKind.SHORT, SECOND),
        (IncidentKind.SURPLUS, "GIAY-LA"),
    }


async def test_a_surplus_paper_that_is_known_is_taken_where_it_turned_up(work: MemoryWork) -> None:
    pouch = await a_sealed_pouch(work)
    third = f"{DOSSIER[:-1]}3/H1"
    await work.an_item_at(Stage.COUNTER, code=third, kind=ItemKind.APPLICATION)
    minutes = await offered(work, pouch=pouch)
    found = Acceptance(count=3, items=[*BOTH, third], confirm_difference=True)
    await accept_handover(work.by(HOA), minutes.number, found)

    assert await stages(work) == [(Stage.DEPARTMENT, DEPARTMENT)] * 3


@pytest.mark.parametrize(
    ("acceptance", "actor", "reason"),
    [
        (Acceptance(count=2, items=[ITEM]), HOA, Reason.COUNT_CONTRADICTS_CODES),
        (Acceptance(count=2), LAN, Reason.NOT_THE_RECEIVER),
    ],
)
async def test_minutes_are_signed_by_the_receiver_with_one_count(
    work: MemoryWork, acceptance: Acceptance, actor: Actor, reason: Reason
) -> None:
    minutes = await offered(work)
    refused = await accept_handover(work.by(actor), minutes.number, acceptance)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason


async def test_minutes_are_accepted_once(work: MemoryWork) -> None:
    minutes = await offered(work)
    await accept_handover(work.by(HOA), minutes.number, Acceptance(count=2))
    again = await accept_handover(work.by(HOA), minutes.number, Acceptance(count=2))
    unknown = await accept_handover(work.by(HOA), "BG-0", Acceptance(count=2))

    assert isinstance(again, Refusal)
    assert isinstance(unknown, Refusal)
    assert (again.reason, unknown.reason) == (Reason.HANDOVER_CLOSED, Reason.HANDOVER_UNKNOWN)


@pytest.mark.parametrize(
    ("offer", "actor", "reason"),
    [
        (Offer(place=DEPARTMENT, receiver=CENTRE, items=BOTH), LAN, Reason.OTHER_PLACE),
        (Offer(place=CENTRE, receiver=DEPARTMENT), LAN, Reason.HANDOVER_EMPTY),
        (Offer(place=CENTRE, receiver=DEPARTMENT, items=["?"]), LAN, Reason.ITEM_UNKNOWN),
        (Offer(place=CENTRE, receiver=DEPARTMENT, pouches=["?"]), LAN, Reason.POUCH_UNKNOWN),
        (
            Offer(place=CENTRE, receiver=DEPARTMENT, items=BOTH, count=3),
            LAN,
            Reason.COUNT_CONTRADICTS_CODES,
        ),
        (Offer(place=CENTRE, receiver=DEPARTMENT, items=BOTH), TUAN, Reason.ITEM_HELD_ELSEWHERE),
    ],
)
async def test_what_is_not_the_givers_is_not_given(
    work: MemoryWork, offer: Offer, actor: Actor, reason: Reason
) -> None:
    refused = await offer_handover(work.by(actor), offer, province="H37")
    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert work.handovers.kept == {}


async def test_one_paper_waits_in_one_set_of_minutes(work: MemoryWork) -> None:
    await offered(work)
    offer = Offer(place=CENTRE, receiver="tuan", items=[ITEM])
    refused = await offer_handover(work.by(LAN), offer, province="H37")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.HANDOVER_PENDING


async def test_what_lies_in_a_sealed_pouch_is_given_with_the_pouch(work: MemoryWork) -> None:
    await a_sealed_pouch(work)
    offer = Offer(place=CENTRE, receiver="tuan", items=[ITEM])
    refused = await offer_handover(work.by(LAN), offer, province="H37")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.ITEM_IN_POUCH
    assert [event.act for event in work.custody.events].count(Act.LOAD) == 0
