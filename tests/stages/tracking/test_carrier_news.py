"""What a carrier reports becomes custody where paper changed hands, and is only shown elsewhere."""

import random
from datetime import timedelta

import pytest

from postal_bridge.journey import Act, Stage
from postal_bridge.tracking.carrier_news import DEVICE, Taken, event_id_of, take_scans
from postal_bridge.tracking.carrier_records import CarrierOrder, OrderState, Source
from postal_bridge.tracking.carrier_values import CarrierScan
from postal_bridge.tracking.records import ConsignmentState, IncidentKind
from tests.stages.memory import DUNG, MemoryWork
from tests.stages.tracking.carriers import (
    RESULT,
    WAYBILL,
    Map,
    a_travelling_result,
    at,
    recorder,
    scan,
)

WAY = ("announced", "collected", "in_transit", "at_office", "out_for_delivery", "delivered")


async def told(work: MemoryWork, *scans: CarrierScan, minutes: int = 600) -> Taken:
    return await take_scans(
        recorder(work, minutes), scans, carrier="hang", source=Source.FEED, meanings=Map()
    )


async def stands(work: MemoryWork) -> tuple[Stage, str, str, ConsignmentState]:
    position = (await work.at(RESULT)).position
    assert position is not None
    (consignment,) = work.consignments.kept.values()
    return position.stage, position.custodian_kind.value, position.custodian, consignment.state


def the_way(work: MemoryWork, number: str) -> list[CarrierScan]:
    return [scan(code, at(work, 10 * n), reference=number) for n, code in enumerate(WAY, start=1)]


async def test_announced_the_result_lies_on_the_desk_collected_it_is_the_carriers(
    work: MemoryWork,
) -> None:
    number = await a_travelling_result(work)
    announced, collected, *_ = the_way(work, number)
    await told(work, announced)
    assert (await stands(work))[0] is Stage.DESK
    await told(work, collected)
    stage, kind, custodian, state = await stands(work)
    assert (stage, kind, custodian) == (Stage.DELIVERY, "carrier", "hang")
    assert state is ConsignmentState.COLLECTED


async def test_the_whole_way_is_a_departure_and_a_delivery_in_the_ledger(
    work: MemoryWork,
) -> None:
    number = await a_travelling_result(work)
    taken = await told(work, *the_way(work, number))
    assert taken == Taken(new=6, unmatched=0, gaps=0)
    assert (await stands(work))[3] is ConsignmentState.DELIVERED
    assert (await stands(work))[0] is Stage.RETURNED
    written = [one for one in work.custody.events if (one.device or "").startswith(DEVICE)]
    assert [one.act for one in written] == [Act.SEND_OUT, Act.DELIVER]
    tick = timedelta(microseconds=1)
    assert [one.occurred_at for one in written] == [at(work, 20) - tick, at(work, 60)]


@pytest.mark.parametrize("seed", range(8))
async def test_order_of_arrival_repetition_and_batches_change_nothing(
    work: MemoryWork, seed: int
) -> None:
    number = await a_travelling_result(work)
    knock = scan("vắng nhà", at(work, 55), reference=number)
    late = scan("in_transit", at(work, 57), reference=number)
    reports = [*the_way(work, number), knock, late]
    shuffled = [*reports, *reports[:3]]
    random.Random(seed).shuffle(shuffled)
    for one in shuffled:
        await told(work, one)
    (consignment,) = work.consignments.kept.values()
    assert (consignment.state, consignment.attempts) == (ConsignmentState.DELIVERED, 2)
    acts = [one.act for one in work.custody.events if (one.device or "").startswith(DEVICE)]
    assert (acts.count(Act.FAIL), acts.count(Act.DELIVER)) == (1, 1)


async def test_a_report_is_known_by_our_reference_or_by_the_waybill(work: MemoryWork) -> None:
    await a_travelling_result(work)
    taken = await told(work, scan("collected", at(work, 10), waybill=WAYBILL))
    assert taken == Taken(new=1, unmatched=0, gaps=0)
    assert (await stands(work))[0] is Stage.DELIVERY


async def test_a_report_of_nobodys_order_is_kept(work: MemoryWork) -> None:
    await a_travelling_result(work)
    taken = await told(work, scan("delivered", at(work, 10), reference="VD-cua-nguoi-khac"))
    assert taken == Taken(new=1, unmatched=1, gaps=0)
    assert (await stands(work))[0] is Stage.DESK


async def test_an_unknown_code_is_kept_moves_nothing_and_is_a_gap(work: MemoryWork) -> None:
    number = await a_travelling_result(work)
    taken = await told(work, scan("777", at(work, 10), reference=number))
    assert taken == Taken(new=1, unmatched=0, gaps=1)
    (gap,) = await work.carrier_desk.gaps()
    assert (gap.vocabulary, gap.raw_code, gap.count) == ("hang", "777", 1)
    assert (await stands(work))[0] is Stage.DESK


async def test_a_delivery_is_undone_by_a_correction_only(work: MemoryWork) -> None:
    number = await a_travelling_result(work)
    await told(work, *the_way(work, number))
    await told(work, scan("returning", at(work, 90), reference=number))
    assert (await stands(work))[0] is Stage.RETURNED

    wrong = next(one for one in work.custody.events if one.act is Act.DELIVER)
    await work.does(
        DUNG,
        RESULT,
        Act.CORRECT,
        place=wrong.place,
        corrects=wrong.event_id,
        occurred_at=at(work, 100),
        device="HH-01",
    )
    await told(work, scan("vắng nhà", at(work, 110), reference=number))
    assert (await stands(work))[0] is Stage.DELIVERY


async def test_a_report_settles_an_order_that_nobody_was_sure_of(work: MemoryWork) -> None:
    number = await a_travelling_result(work)
    order = await work.carrier_desk.hold_order(number)
    assert order is not None
    order.state, order.waybill = OrderState.UNKNOWN, None
    await work.carrier_desk.put_order(order)
    await told(work, scan("announced", at(work, 5), reference=number, waybill=WAYBILL))
    settled = (await work.carrier_desk.orders([number]))[number]
    assert (settled.state, settled.waybill) == (OrderState.PLACED, WAYBILL)


@pytest.mark.parametrize(
    ("code", "kind"), [("lost", IncidentKind.LOST), ("returned", IncidentKind.CARRIER)]
)
async def test_what_needs_a_person_opens_an_incident_once(
    work: MemoryWork, code: str, kind: IncidentKind
) -> None:
    number = await a_travelling_result(work)
    grief = scan(code, at(work, 90), reference=number)
    for one in (*the_way(work, number)[:4], grief, grief):
        await told(work, one)
    assert [one.kind for one in await work.incidents.about(RESULT)] == [kind]


async def test_what_the_carrier_called_off_frees_the_leg_and_is_told(work: MemoryWork) -> None:
    number = await a_travelling_result(work)
    await told(work, scan("cancelled", at(work, 5), reference=number))
    order = (await work.carrier_desk.orders([number]))[number]
    assert order.state is OrderState.CANCELLED
    assert (await stands(work))[3] is ConsignmentState.CANCELLED
    assert len(await work.incidents.about(RESULT)) == 1


async def test_what_a_person_sent_out_is_not_sent_out_again(work: MemoryWork) -> None:
    number = await a_travelling_result(work)
    await work.does(DUNG, RESULT, Act.SEND_OUT, consignment=number, custodian="hang")
    await told(work, *the_way(work, number))
    assert [one.act for one in work.custody.events].count(Act.SEND_OUT) == 1


async def test_a_report_about_an_order_without_a_consignment_is_only_kept(work: MemoryWork) -> None:
    await a_travelling_result(work)
    await work.carrier_desk.put_order(
        CarrierOrder(number="VD-x", carrier="hang", reference="VD-x", state=OrderState.PLACED)
    )
    assert (await told(work, scan("delivered", at(work, 5), reference="VD-x"))).new == 1


async def test_what_a_feed_and_a_callback_both_tell_is_one_report(work: MemoryWork) -> None:
    number = await a_travelling_result(work)
    await told(work, *the_way(work, number)[:5])
    for _ in range(2):
        await told(work, scan("vắng nhà", at(work, 55), reference=number))
        await told(work, scan("vắng nhà", at(work, 55), waybill=WAYBILL))
    (consignment,) = work.consignments.kept.values()
    assert consignment.attempts == 1
    assert [one.act for one in work.custody.events].count(Act.FAIL) == 1
    assert len(await work.carrier_desk.events(number)) == 7


async def test_a_custody_event_of_a_report_has_the_same_id_for_ever(work: MemoryWork) -> None:
    number = await a_travelling_result(work)
    await told(work, *the_way(work, number))
    first, second, *_ = await work.carrier_desk.events(number)
    ids = {event_id_of(one, act) for one in (first, second) for act in (Act.FAIL, Act.DELIVER)}
    assert len(ids) == 4
    assert event_id_of(first, Act.FAIL) == event_id_of(first.model_copy(), Act.FAIL)


async def test_the_same_act_with_another_second_is_written_once(work: MemoryWork) -> None:
    """A pull names when a row was written, the callback when it happened."""
    number = await a_travelling_result(work)
    told = (("collected", 1, 0), ("vắng nhà", 20, 3), ("vắng nhà", 20, 0), ("delivered", 60, 3))
    for code, minutes, seconds in (*told, ("delivered", 60, 0), ("vắng nhà", 40, 0)):
        report = scan(code, at(work, minutes) + timedelta(seconds=seconds), reference=number)
        await take_scans(
            recorder(work), [report], carrier="hang", source=Source.PULL, meanings=Map()
        )
    acts = [one.act for one in await work.custody.history(RESULT)]
    assert acts.count(Act.DELIVER) == 1
    assert acts.count(Act.FAIL) == 2
    assert work.consignments.kept[number].state is ConsignmentState.DELIVERED
