"""The HCC item services, spoken to over real HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from postal_bridge.carriers.answers import NotPromisedError
from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.carriers.vnpost_hcc_words import delivery_scan, proof_of, records_of
from postal_bridge.carriers.wire import Answer
from postal_bridge.errors import Misuse
from postal_bridge.sandbox.carriers.vnpost_hcc import HccSwitch
from postal_bridge.sandbox.carriers.vnpost_hcc_state import item_code
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.tracking.carrier_records import Milestone
from postal_bridge.tracking.carrier_values import (
    Booked,
    CarrierMisread,
    CarrierScan,
    CarrierUnavailable,
    NotThere,
    Placed,
    Proof,
    Refused,
    Unknown,
)
from tests.doors.carriers.stand_vnpost_hcc import HccTown, opened_vnpost_hcc
from tests.doors.carriers.wires import NOW, REFERENCE, an_order

MAY_BE_STORED = (
    FaultKind.SERVER_ERROR,
    FaultKind.TIMEOUT,
    FaultKind.CONNECTION_LOST,
    FaultKind.REPLY_LOST,
    FaultKind.TRUNCATED,
    FaultKind.HALF_BODY,
    FaultKind.LOGIN_PAGE,
    FaultKind.SLOW,
)
PLACED = Placed(reference=REFERENCE, carrier_number=REFERENCE)
NEIGHBOUR = "VD-000.00.06.H37-190110-0002-1-1-2"
CAUSE = {"CauseCode": "12", "CauseName": "Vắng nhà", "SolutionCode": 3, "SolutionName": "Phát lại"}


@pytest.fixture
async def town() -> AsyncIterator[HccTown]:
    async with opened_vnpost_hcc() as opened:
        yield opened


async def a_placed(town: HccTown, reference: str = REFERENCE) -> Placed:
    booked = await town.carrier.book(an_order(reference=reference))
    assert isinstance(booked, Booked)
    return replace(PLACED, reference=reference)


# ------------------------------------------------------------------------------------- orders


async def test_an_order_is_told_in_the_posts_own_names(town: HccTown) -> None:
    order = an_order(cod_dong=33_000, waybill="CH167101882VN")
    assert await town.carrier.book(order) == Booked(
        carrier_number=REFERENCE, waybill="CH167101882VN"
    )
    (kept,) = town.stand.state.orders
    words = kept.words
    assert (words["soDonHang"], words["maBuuGui"]) == (REFERENCE, "CH167101882VN")
    assert (words["maTinhGui"], words["maTinhNhan"]) == (24, 24)
    assert (words["soTienCOD"], words["flagConfig"], words["posIdThuGom"]) == (33_000, 2, 0)
    assert words["tenNguoiNhan"] == "Nông Thị Hồng Đào"
    assert "trongLuong" not in words


async def test_what_is_brought_to_the_counter_names_the_post_office_of_the_settings() -> None:
    async with opened_vnpost_hcc(shop="241000") as town:
        await town.carrier.book(replace(an_order(), collect=False))
        (kept,) = town.stand.state.orders
        assert (kept.words["flagConfig"], kept.words["posIdThuGom"]) == (1, 241_000)


async def test_a_post_office_is_a_number() -> None:
    with pytest.raises(Misuse, match="posIdThuGom"):
        async with opened_vnpost_hcc(shop="bưu cục Lạng Sơn"):
            pass


async def test_provinces_are_told_in_the_system_of_the_settings() -> None:
    async with opened_vnpost_hcc(province_codes="gso") as town:
        assert isinstance(await town.carrier.book(an_order()), Booked)
        (kept,) = town.stand.state.orders
        assert (kept.words["maTinhGui"], kept.words["maTinhNhan"]) == (20, 20)


async def test_a_province_that_nobody_knows_is_not_sent(town: HccTown) -> None:
    order = an_order()
    outcome = await town.carrier.book(
        replace(order, receiver=replace(order.receiver, province="99"))
    )
    assert isinstance(outcome, Refused)
    assert (outcome.field, town.asked("order")) == ("maTinhNhan", 0)


async def test_a_no_is_told_in_the_posts_words(town: HccTown) -> None:
    order = an_order()
    order = replace(order, receiver=replace(order.receiver, phone="123"))
    outcome = await town.carrier.book(order)
    assert isinstance(outcome, Refused)
    assert (outcome.code, "dienThoaiNguoiNhan" in outcome.text) == ("Status=false", True)
    town.stand.plan.defects = frozenset({HccSwitch.SILENT_NO})
    silent = await town.carrier.book(order)
    assert isinstance(silent, Refused)
    assert silent.text
    assert await town.stored() == []


@pytest.mark.parametrize("fault", MAY_BE_STORED)
async def test_without_a_clear_yes_an_order_is_unknown_and_said_once(
    town: HccTown, fault: FaultKind
) -> None:
    town.breaks("order", fault)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert town.asked("order") == 1
    assert len(await town.stored()) <= 1


async def test_an_accident_over_there_is_no_no(town: HccTown) -> None:
    town.stand.plan.defects = frozenset({HccSwitch.OPAQUE_ERROR})
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert await town.stored() == [REFERENCE]


async def test_what_the_post_says_is_there_already_is_there(town: HccTown) -> None:
    town.stand.plan.defects = frozenset({HccSwitch.REFUSES_REPEATS, HccSwitch.STATUS_AS_TEXT})
    await a_placed(town)
    again = await town.carrier.book(an_order())
    assert isinstance(again, Booked)
    assert again.already
    assert await town.stored() == [REFERENCE]


@pytest.mark.parametrize("defects", [frozenset(), {HccSwitch.TOKEN_REFUSED_IN_WORDS}])
async def test_a_wrong_token_is_told_and_nothing_stored(defects: frozenset[str]) -> None:
    async with opened_vnpost_hcc(token="cua-ai-khac") as town:
        town.stand.plan.defects = frozenset(defects)
        with pytest.raises(CarrierUnavailable, match="token"):
            await town.carrier.book(an_order())
        with pytest.raises(CarrierUnavailable, match="token"):
            await town.carrier.scans(PLACED)
        checked = await town.carrier.verify()
        assert not checked.well
        assert "cua-ai-khac" not in checked.said
        assert await town.stored() == []


async def test_a_refusal_of_the_token_that_passes_is_asked_through(town: HccTown) -> None:
    town.breaks("order", FaultKind.UNAUTHORIZED)
    await a_placed(town)
    assert await town.stored() == [REFERENCE]


async def test_no_persons_data_and_no_token_are_in_the_log(town: HccTown) -> None:
    await a_placed(town)
    await town.carrier.scans(PLACED)
    kept = " ".join(f"{one.request} {one.response} {one.outcome}" for one in town.log.calls)
    for secret in ("Nông", "0912345678", "Trần Đăng Ninh", "ma-ket-noi"):
        assert secret not in kept


# ------------------------------------------------------------------------------ what happened


async def test_before_the_post_has_the_item_there_is_nothing_to_tell(town: HccTown) -> None:
    placed = await a_placed(town)
    assert await town.carrier.scans(placed) == []
    assert await town.carrier.proof(placed) == NotThere()
    assert (await town.carrier.verify()).well


async def test_an_item_is_followed_from_the_counter_to_the_door(town: HccTown) -> None:
    await town.carrier.book(an_order(cod_dong=33_000))
    state = town.stand.state
    state.accepted(REFERENCE, NOW)
    state.attempted(REFERENCE, NOW + timedelta(hours=5), CAUSE)
    handed = {"IsDeliverable": True, "ReceiverName": "Nông Thị Hồng Đào"}
    state.attempted(REFERENCE, NOW + timedelta(hours=9), handed)
    accepted, tried, delivered = await town.carrier.scans(PLACED)
    item = item_code(16_710_201)
    assert (accepted.raw_code, accepted.occurred_at, accepted.place) == (
        "Acceptance",
        NOW,
        "241000",
    )
    assert "CodAmount 33000" in accepted.note
    assert accepted.money is None
    assert (tried.raw_code, tried.raw_text) == ("IsDeliverable=false", "Vắng nhà")
    assert tried.note == "DeliveryTimes 1; CauseCode 12; SolutionCode 3; SolutionName Phát lại"
    assert tried.received_by == ""
    assert (delivered.raw_code, delivered.place) == ("IsDeliverable=true", "240100")
    assert delivered.received_by == "Nông Thị Hồng Đào"
    assert {(one.reference, one.waybill) for one in (accepted, tried, delivered)} == {
        (REFERENCE, item)
    }
    assert await town.carrier.proof(PLACED) == Proof(
        delivered_at=NOW + timedelta(hours=9), received_by="Nông Thị Hồng Đào"
    )


async def test_what_comes_back_to_the_sender_is_no_delivery(town: HccTown) -> None:
    await a_placed(town)
    state = town.stand.state
    state.attempted(REFERENCE, NOW, {**CAUSE, "IsReturn": True})
    back = {"IsDeliverable": 1, "IsReturn": "true", "ReceiverName": "Văn thư"}
    state.attempted(REFERENCE, NOW + timedelta(days=2), back)
    statuses = load_statuses(CONFIG_DIR / "carriers" / "statuses")
    told = [statuses.meaning(one.vocabulary, one.raw_code) for one in await _scans(town)]
    assert told == [
        (Milestone.COLLECTED, None),
        (Milestone.RETURNING, None),
        (Milestone.RETURNED, None),
    ]
    assert await town.carrier.proof(PLACED) == NotThere()


@pytest.mark.parametrize(
    "defects", [{HccSwitch.ALL_IN_ENVELOPE}, {HccSwitch.BARE_RECORD}, frozenset()]
)
async def test_records_of_another_order_are_left_alone(
    town: HccTown, defects: frozenset[str]
) -> None:
    town.stand.plan.defects = frozenset(defects)
    town.stand.plan.numbers_as_text = True
    await a_placed(town)
    await a_placed(town, NEIGHBOUR)
    assert await _scans(town) == []
    for reference in (REFERENCE, NEIGHBOUR):
        town.stand.state.attempted(reference, NOW, {"IsDeliverable": True})
    assert [one.raw_code for one in await _scans(town)] == ["Acceptance", "IsDeliverable=true"]
    (own, other) = town.stand.state.orders
    assert {one.waybill for one in await _scans(town)} == {own.item}
    assert own.item != other.item


async def test_an_item_that_has_its_number_is_found_by_it(town: HccTown) -> None:
    await town.carrier.book(an_order(waybill="CH167101882VN"))
    town.stand.state.attempted(REFERENCE, NOW, {"IsDeliverable": True})
    town.stand.state.orders[0].acceptance = None
    placed = replace(PLACED, waybill="CH167101882VN")
    (told,) = await town.carrier.scans(placed)
    assert told.waybill == "CH167101882VN"


@pytest.mark.parametrize(
    "fault",
    [FaultKind.SERVER_ERROR, FaultKind.HALF_BODY, FaultKind.REPLY_LOST, FaultKind.TOO_MANY],
)
async def test_a_question_is_asked_again(town: HccTown, fault: FaultKind) -> None:
    await a_placed(town)
    town.stand.state.accepted(REFERENCE, NOW)
    town.breaks("acceptance", fault, retry_after="1")
    assert [one.raw_code for one in await _scans(town)] == ["Acceptance"]
    assert town.asked("acceptance") == 2


async def test_a_page_for_people_is_misread_and_half_a_body_twice_is_no_answer(
    town: HccTown,
) -> None:
    town.breaks("delivery", FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierMisread, match="HTML"):
        await _scans(town)
    town.stand.state.customers = frozenset()
    with pytest.raises(CarrierMisread, match="HTTP 400"):
        await _scans(town)
    town.stand.state.customers = frozenset({town.settings.customer_code})
    await a_placed(town)
    town.breaks("delivery", FaultKind.HALF_BODY, times=None)
    with pytest.raises(CarrierUnavailable, match="delivery"):
        await _scans(town)


async def test_a_delivery_without_a_moment_is_misread(town: HccTown) -> None:
    await a_placed(town)
    never = {"IsDeliverable": True, "DeliveryTime": "0001-01-01T00:00:00"}
    town.stand.state.attempted(REFERENCE, NOW, never)
    with pytest.raises(CarrierMisread, match="DeliveryTime"):
        await _scans(town)
    with pytest.raises(CarrierMisread, match="DeliveryTime"):
        await town.carrier.proof(PLACED)


# -------------------------------------------------------------------------------------- words


def test_an_item_on_its_way_to_the_door_tells_nothing_yet() -> None:
    waiting = {"ItemCode": "CH167101882VN", "IsDeliverable": False, "DeliveryTime": None}
    assert delivery_scan(waiting, REFERENCE) is None
    assert proof_of([waiting]) is None


@pytest.mark.parametrize(
    "written", ["2019-01-10T17:05:09", "2019-01-10T17:05:09.000+07:00", "10/01/2019 17:05:09"]
)
def test_moments_are_vietnams(written: str) -> None:
    told = delivery_scan({"IsDeliverable": "1", "DeliveryTime": written}, REFERENCE)
    assert told is not None
    assert told.occurred_at == datetime(2019, 1, 10, 10, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"Status":false}', b'{"TotalRecord":0}', b'{"Deliverys":[]}']
)
def test_no_record_is_no_accident(body: bytes) -> None:
    assert records_of(Answer(status=200, content_type="application/json", body=body)) == []


@pytest.mark.parametrize("body", [b'{"Message":"not here"}', b'{"TotalRecord":3}', b'["a"]'])
def test_an_answer_of_another_shape_is_none(body: bytes) -> None:
    with pytest.raises(NotPromisedError):
        records_of(Answer(status=200, content_type="application/json", body=body))


# --------------------------------------------------------------------------------- the control


async def test_somebody_at_the_control_strings_moves_an_item(town: HccTown) -> None:
    await a_placed(town)
    url = town.server.make_url("/_control/events")
    async with aiohttp.ClientSession() as session:
        for words, status in (
            ({"soDonHang": REFERENCE, "record": "acceptance"}, 200),
            ({"soDonHang": REFERENCE, "record": "delivery", "IsDeliverable": True}, 200),
            ({"soDonHang": "khong-co", "record": "delivery"}, 400),
            ({"soDonHang": REFERENCE}, 400),
        ):
            async with session.post(url, json=words) as answer:
                assert answer.status == status
    assert len(await _scans(town)) == 2


async def _scans(town: HccTown) -> list[CarrierScan]:
    return list(await town.carrier.scans(PLACED))
