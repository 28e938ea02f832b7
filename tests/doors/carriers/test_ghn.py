"""GHN, spoken to over real HTTP."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from postal_bridge.carriers.ghn_words import named
from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.sandbox.carriers.ghn import GhnSwitch, callback_of
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.tracking.carrier_records import CodMove, Milestone, Why
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    Cancelled,
    Capability,
    CarrierMisread,
    CarrierUnavailable,
    CodMoney,
    NotThere,
    Placed,
    Quote,
    Refused,
    Unknown,
)
from tests.doors.carriers.stand_ghn import SECRET, GhnTown, opened_ghn
from tests.doors.carriers.wires import NOW, REFERENCE, an_order

NOT_AN_ANSWER = (
    FaultKind.SERVER_ERROR,
    FaultKind.TIMEOUT,
    FaultKind.CONNECTION_LOST,
    FaultKind.REPLY_LOST,
    FaultKind.TRUNCATED,
    FaultKind.HALF_BODY,
    FaultKind.LOGIN_PAGE,
    FaultKind.SLOW,
)
STATUSES = [
    "ready_to_pick",
    "picking",
    "money_collect_picking",
    "picked",
    "storing",
    "sorting",
    "transporting",
    "delivering",
    "money_collect_delivering",
    "delivered",
    "delivery_fail",
    "waiting_to_return",
    "return",
    "return_transporting",
    "return_sorting",
    "returning",
    "return_fail",
    "returned",
    "cancel",
    "exception",
    "lost",
    "damage",
    "scrap",
]


@pytest.fixture
async def town() -> AsyncIterator[GhnTown]:
    async with opened_ghn() as opened:
        yield opened


async def a_placed(town: GhnTown) -> Placed:
    booked = await town.carrier.book(an_order())
    assert isinstance(booked, Booked)
    return Placed(reference=REFERENCE, carrier_number=booked.carrier_number, waybill=booked.waybill)


def a_callback(words: object, *, key: str = SECRET) -> Callback:
    body = json.dumps(words).encode()
    query = {"key": key}
    return Callback(headers={}, query=query, content_type="application/json", body=body)


# ------------------------------------------------------------------------------------- orders


async def test_an_order_is_placed_under_our_reference(town: GhnTown) -> None:
    booked = await town.carrier.book(an_order(cod_dong=33_000))
    assert isinstance(booked, Booked)
    assert (booked.fee_dong, booked.already, booked.waybill) == (
        22_000,
        False,
        booked.carrier_number,
    )
    (order,) = town.stand.state.orders.values()
    assert order.code == booked.carrier_number
    words = order.words
    assert words["client_order_code"] == REFERENCE
    assert words["cod_amount"] == 33_000
    assert words["to_ward_name"] == "phường Tam Thanh"
    assert words["to_district_name"] == "thành phố Lạng Sơn"
    assert words["to_province_name"] == "Lạng Sơn"
    assert words["is_new_to_address"] is False


async def test_a_line_of_two_levels_is_told_as_a_new_address(town: GhnTown) -> None:
    order = an_order()
    line = "Số 5, đường Trần Đăng Ninh, phường Kỳ Lừa, tỉnh Lạng Sơn"
    receiver = replace(order.receiver, address=line, ward="", district="")
    assert isinstance(await town.carrier.book(replace(order, receiver=receiver)), Booked)
    (kept,) = town.stand.state.orders.values()
    assert kept.words["to_ward_name"] == "phường Kỳ Lừa"
    assert kept.words["to_district_name"] == ""
    assert kept.words["is_new_to_address"] is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "Số 5, đường Trần Đăng Ninh", "ward": ""}, "to_ward_name"),
        ({"province": "99"}, "to_province_name"),
    ],
)
async def test_a_place_that_nobody_can_name_is_not_sent(
    town: GhnTown, changes: dict[str, str], field: str
) -> None:
    order = an_order()
    order = replace(order, receiver=replace(order.receiver, **changes))
    outcome = await town.carrier.book(order)
    assert isinstance(outcome, Refused)
    assert outcome.field == field
    assert town.asked("create") == 0


async def test_what_is_said_again_is_read_back_and_there_once(town: GhnTown) -> None:
    placed = await a_placed(town)
    again = await town.carrier.book(an_order(cod_dong=1))
    assert isinstance(again, Booked)
    assert again.already
    assert again.carrier_number == placed.carrier_number
    assert await town.stored() == [REFERENCE]


async def test_a_repeat_that_is_answered_like_the_first_is_the_same_order(town: GhnTown) -> None:
    town.stand.plan.defects = frozenset({GhnSwitch.REPEAT_SUCCEEDS})
    placed = await a_placed(town)
    again = await town.carrier.book(an_order())
    assert isinstance(again, Booked)
    assert again.carrier_number == placed.carrier_number
    assert await town.stored() == [REFERENCE]


async def test_a_refusal_that_cannot_be_checked_leaves_it_open(town: GhnTown) -> None:
    await a_placed(town)
    town.breaks("detail", FaultKind.SERVER_ERROR, times=None)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert await town.stored() == [REFERENCE]


@pytest.mark.parametrize("kind", NOT_AN_ANSWER)
async def test_what_is_no_answer_leaves_an_order_open(town: GhnTown, kind: FaultKind) -> None:
    town.fails(Capability.BOOK, kind)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert town.asked("create") == 1, "an order is not said twice by itself"
    found = await town.carrier.find(REFERENCE)
    if isinstance(found, NotThere):
        assert isinstance(await town.carrier.book(an_order()), Booked)
    assert await town.stored() == [REFERENCE]


async def test_an_opaque_error_means_that_nobody_knows(town: GhnTown) -> None:
    town.stand.plan.defects = frozenset({GhnSwitch.OPAQUE_ERROR})
    outcome = await town.carrier.book(an_order())
    assert isinstance(outcome, Unknown)
    assert "SERVER_ERROR_COMMON" in outcome.why
    assert isinstance(await town.carrier.find(REFERENCE), Booked)


async def test_codes_come_as_text_too(town: GhnTown) -> None:
    town.stand.plan.numbers_as_text = True
    placed = await a_placed(town)
    assert isinstance(await town.carrier.find(REFERENCE), Booked)
    assert await town.carrier.quote(an_order()) == Quote(service="GHN 2", amount_dong=22_000)
    assert (await town.carrier.verify()).well
    assert await town.carrier.cancel(placed) == Cancelled()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"weight_grams": 50_001}, "USER_ERR_COMMON", "weight"),
        ({"cod_dong": 50_000_001}, "USER_ERR_COMMON", "cod_amount"),
        ({"contents": "x" * 2_001}, "USER_ERR_COMMON", "content"),
    ],
)
async def test_a_refusal_names_code_and_field(
    town: GhnTown, changes: dict[str, int | str], code: str, field: str
) -> None:
    outcome = await town.carrier.book(replace(an_order(), **changes))  # type: ignore[arg-type]
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.field) == (code, field)
    assert await town.stored() == []


async def test_a_wrong_telephone_is_refused(town: GhnTown) -> None:
    order = an_order()
    outcome = await town.carrier.book(
        replace(order, receiver=replace(order.receiver, phone="02053"))
    )
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.field) == ("PHONE_INVALID", "to_phone")


async def test_a_shop_that_is_not_ours_is_refused() -> None:
    async with opened_ghn(shop="1") as town:
        outcome = await town.carrier.book(an_order())
        assert isinstance(outcome, Refused)
        assert outcome.code == "CLIENT_NOT_OWNER_OF_SHOP"
        assert not (await town.carrier.verify()).well


async def test_a_token_that_is_refused_once_is_shown_again(town: GhnTown) -> None:
    town.fails(Capability.BOOK, FaultKind.UNAUTHORIZED)
    assert isinstance(await town.carrier.book(an_order()), Booked)


async def test_a_token_that_is_refused_stores_nothing() -> None:
    async with opened_ghn(token="khac") as town:
        with pytest.raises(CarrierUnavailable, match="token"):
            await town.carrier.book(an_order())
        credentials = await town.carrier.verify()
        assert not credentials.well
        assert "khac" not in credentials.said


async def test_too_many_requests_are_said_again(town: GhnTown) -> None:
    town.fails(Capability.BOOK, FaultKind.TOO_MANY, times=2, retry_after="1")
    assert isinstance(await town.carrier.book(an_order()), Booked)
    assert await town.stored() == [REFERENCE]


# ------------------------------------------------------------------------------------- look-up


@pytest.mark.parametrize("switch", [frozenset(), frozenset({GhnSwitch.DETAIL_AS_OBJECT})])
async def test_an_order_is_found_by_our_reference(town: GhnTown, switch: frozenset[str]) -> None:
    town.stand.plan.defects = switch
    assert await town.carrier.find(REFERENCE) == NotThere()
    placed = await a_placed(town)
    found = await town.carrier.find(REFERENCE)
    assert isinstance(found, Booked)
    assert (found.carrier_number, found.already) == (placed.carrier_number, True)


async def test_a_page_for_people_is_not_read_as_not_there(town: GhnTown) -> None:
    await a_placed(town)
    town.fails(Capability.FIND, FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierMisread):
        await town.carrier.find(REFERENCE)


async def test_half_an_answer_is_asked_for_once_more(town: GhnTown) -> None:
    await a_placed(town)
    town.fails(Capability.FIND, FaultKind.HALF_BODY)
    assert isinstance(await town.carrier.find(REFERENCE), Booked)
    town.fails(Capability.FIND, FaultKind.HALF_BODY, times=2)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.find(REFERENCE)


async def test_another_refusal_is_not_read_as_not_there() -> None:
    async with opened_ghn() as town:
        await a_placed(town)
        town.stand.refused = lambda *_, **__: town.stand.answer(  # type: ignore[method-assign]
            {"code": 400, "message": "Bảo trì", "data": None, "code_message": "USER_ERR_COMMON"}
        )
        assert await town.carrier.find("VD-KHAC") == Unknown("Bảo trì")
        with pytest.raises(CarrierMisread, match="Bảo trì"):
            await town.carrier.scans(Placed(reference="VD-KHAC", carrier_number="KHAC"))


# ------------------------------------------------------------------------------------- cancelling


async def test_calling_off_twice_is_no_harm(town: GhnTown) -> None:
    placed = await a_placed(town)
    assert await town.carrier.cancel(placed) == Cancelled()
    assert await town.carrier.cancel(placed) == Cancelled(already=True)
    assert await town.stored() == []


async def test_what_was_fetched_cannot_be_called_off(town: GhnTown) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "picked", NOW)
    outcome = await town.carrier.cancel(placed)
    assert isinstance(outcome, Refused)
    assert "picked" in outcome.text
    town.breaks("detail", FaultKind.LOGIN_PAGE)
    assert isinstance(await town.carrier.cancel(placed), Unknown), "a no that nobody could check"


async def test_an_order_that_only_a_person_has_settled_is_called_off_by_its_number(
    town: GhnTown,
) -> None:
    await a_placed(town)
    by_hand = Placed(reference=REFERENCE, carrier_number=REFERENCE)
    assert await town.carrier.cancel(by_hand) == Cancelled()


@pytest.mark.parametrize("kind", NOT_AN_ANSWER)
async def test_what_is_no_answer_leaves_a_cancellation_open(town: GhnTown, kind: FaultKind) -> None:
    placed = await a_placed(town)
    town.fails(Capability.CANCEL, kind)
    assert isinstance(await town.carrier.cancel(placed), Unknown)
    assert isinstance(await town.carrier.cancel(placed), Cancelled)


async def test_an_order_that_is_not_there_cannot_be_called_off(town: GhnTown) -> None:
    outcome = await town.carrier.cancel(Placed(reference="VD-1", carrier_number="KHAC"))
    assert isinstance(outcome, Refused)
    assert outcome.code == "USER_ERR_COMMON"


# ------------------------------------------------------------------------------------- fees, labels


async def test_a_fee_goes_by_the_old_catalogue_and_each_list_is_asked_for_once(
    town: GhnTown,
) -> None:
    order = replace(an_order(), weight_grams=1_500)
    assert await town.carrier.quote(order) == Quote(service="GHN 2", amount_dong=27_000)
    await town.carrier.quote(order)
    assert [town.asked(one) for one in ("province", "district", "ward", "fee")] == [1, 1, 1, 2]


async def test_an_address_of_two_levels_has_no_fee(town: GhnTown) -> None:
    order = an_order()
    line = "Số 5, phường Kỳ Lừa, tỉnh Lạng Sơn"
    receiver = replace(order.receiver, address=line, ward="", district="")
    outcome = await town.carrier.quote(replace(order, receiver=receiver))
    assert isinstance(outcome, Refused)
    assert outcome.field == "to_district_id"


async def test_a_fee_that_is_refused(town: GhnTown) -> None:
    outcome = await town.carrier.quote(replace(an_order(), weight_grams=0))
    assert isinstance(outcome, Refused)
    assert outcome.field == "weight"


async def test_a_label_is_a_page_to_print(town: GhnTown) -> None:
    placed = await a_placed(town)
    label = await town.carrier.label(placed)
    assert not isinstance(label, Refused)
    assert label.media_type == "text/html"
    assert placed.carrier_number.encode() in label.content


async def test_a_login_page_is_no_label(town: GhnTown) -> None:
    placed = await a_placed(town)
    town.breaks("print", FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierMisread):
        await town.carrier.label(placed)
    refused = await town.carrier.label(Placed(reference="VD-1", carrier_number="KHAC"))
    assert isinstance(refused, Refused)
    assert "không tồn tại" in refused.text


# ------------------------------------------------------------------------------------- reports


async def test_the_log_is_told_with_what_it_does_not_have(town: GhnTown) -> None:
    placed = await a_placed(town)
    (only,) = await town.carrier.scans(placed)
    assert (only.raw_code, only.occurred_at, only.reference) == ("ready_to_pick", NOW, REFERENCE)
    await town.happens(REFERENCE, "picked", NOW + timedelta(hours=1))
    await town.happens(REFERENCE, "delivered", NOW + timedelta(hours=2))
    told = await town.carrier.scans(placed)
    assert [(one.raw_code, one.occurred_at) for one in told] == [
        ("picked", NOW + timedelta(hours=1)),
        ("delivered", NOW + timedelta(hours=2)),
    ]
    assert {one.waybill for one in told} == {placed.carrier_number}


async def test_a_failed_attempt_is_told_by_the_log_alone(town: GhnTown) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "delivery_fail", NOW)
    assert [one.raw_code for one in await town.carrier.scans(placed)] == ["delivery_fail"]
    (order,) = town.stand.state.orders.values()
    order.log.clear()
    assert list(await town.carrier.scans(placed)) == [], "its moment is renewed by other things"


def test_a_town_is_not_taken_for_the_district_around_it() -> None:
    rows = [{"DistrictName": "Huyện Cao Lãnh"}, {"DistrictName": "Thành phố Cao Lãnh"}]
    assert named("thành phố Cao Lãnh", rows, "DistrictName") == rows[1]
    assert named("Cao Lãnh", rows, "DistrictName") == rows[0]
    assert named("huyện Chi Lăng", rows, "DistrictName") is None


async def test_an_order_that_is_not_there_has_no_reports(town: GhnTown) -> None:
    assert await town.carrier.scans(Placed(reference="VD-1", carrier_number="KHAC")) == ()


async def test_a_callback_is_known_by_the_key_of_its_address(town: GhnTown) -> None:
    assert town.carrier.is_genuine(a_callback({}))
    assert not town.carrier.is_genuine(a_callback({}, key="khac"))
    assert not town.carrier.is_genuine(a_callback({}, key=""))


async def test_without_a_secret_no_callback_is_genuine() -> None:
    async with opened_ghn(callback_secret="") as town:
        assert not town.carrier.is_genuine(a_callback({}, key=""))


async def test_a_callback_is_understood(town: GhnTown) -> None:
    placed = await a_placed(town)
    address = town.server.make_url("/_control/events")
    words = {
        "order_code": placed.carrier_number,
        "status": "delivery_fail",
        "at": NOW.isoformat(),
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, json=words) as response,
    ):
        told = await response.json()
    told |= {"Reason": "Không liên lạc được", "ReasonCode": "GHN-DFC1A0", "ShipperPhone": "09"}
    (scan,) = town.carrier.understand(a_callback(told))
    assert (scan.raw_code, scan.reference, scan.waybill) == (
        "delivery_fail",
        REFERENCE,
        placed.carrier_number,
    )
    assert scan.occurred_at == NOW
    assert scan.note == "GHN-DFC1A0 Không liên lạc được"
    assert scan.place.startswith("Bưu Cục")


async def test_money_and_pictures_of_a_delivery_are_told_with_it(town: GhnTown) -> None:
    await town.carrier.book(an_order(cod_dong=150_000))
    (order,) = town.stand.state.orders.values()
    town.stand.state.happens(order.code, "delivered", NOW)
    told = callback_of(order) | {"CODAmount": "150000", "PodURL": "https://ghn.vn/pod/1.jpg"}
    (scan,) = town.carrier.understand(a_callback(told))
    assert scan.pictures == ("https://ghn.vn/pod/1.jpg",)
    assert scan.money == CodMoney(move=CodMove.COLLECTED, amount_dong=150_000)
    paid = told | {"Type": "cod", "CODTransferDate": "2019-01-12T00:00:00Z"}
    (scan,) = town.carrier.understand(a_callback(paid))
    assert (scan.raw_code, scan.money) == (
        "cod",
        CodMoney(move=CodMove.REMITTED, amount_dong=150_000),
    )
    (scan,) = town.carrier.understand(a_callback(told | {"CODAmount": 0}))
    assert scan.money is None
    not_yet = told | {"CODTransferDate": "0001-01-01T00:00:00Z"}
    (scan,) = town.carrier.understand(a_callback(not_yet))
    assert scan.money == CodMoney(move=CodMove.COLLECTED, amount_dong=150_000)
    (scan,) = town.carrier.understand(a_callback(paid | {"Type": "update_fee"}))
    assert scan.money is None, "what merely repeats the fields says nothing of money"


async def test_a_callback_about_a_weight_is_no_second_delivery(town: GhnTown) -> None:
    await a_placed(town)
    (order,) = town.stand.state.orders.values()
    town.stand.state.happens(order.code, "delivered", NOW)
    (scan,) = town.carrier.understand(a_callback(callback_of(order, "Update_weight")))
    assert scan.raw_code == "update_weight"


@pytest.mark.parametrize(
    "changes",
    [{"OrderCode": "", "ClientOrderCode": ""}, {"Time": "hôm qua"}, {"Status": ""}, {"Type": None}],
)
async def test_a_callback_of_another_shape_is_misread(
    town: GhnTown, changes: dict[str, object]
) -> None:
    await a_placed(town)
    (order,) = town.stand.state.orders.values()
    with pytest.raises(CarrierMisread):
        town.carrier.understand(a_callback({**callback_of(order), **changes}))


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[1]", b'{"Type": "crea'])
async def test_a_callback_that_is_no_json_is_misread(town: GhnTown, body: bytes) -> None:
    with pytest.raises(CarrierMisread):
        town.carrier.understand(replace(a_callback({}), body=body))


async def test_what_was_not_kept_is_asked_for_again(town: GhnTown) -> None:
    assert town.carrier.answer(kept=True).status == 200
    assert town.carrier.answer(kept=False).status == 503, "after a 4xx GHN drops it for good"


def test_every_status_of_the_reference_is_mapped() -> None:
    statuses = load_statuses(CONFIG_DIR / "carriers" / "statuses")
    assert [one for one in STATUSES if statuses.meaning("ghn", one) is None] == []
    assert statuses.meaning("ghn", "damage") == (Milestone.LOST, Why.DAMAGED)
    assert statuses.meaning("ghn", "update_cod") == (Milestone.INFORMATION, None)


async def test_neither_token_nor_persons_are_in_the_call_log(town: GhnTown) -> None:
    placed = await a_placed(town)
    await town.carrier.label(placed)
    kept = " ".join(f"{one.request} {one.response}" for one in town.log.calls)
    assert "Hồng Đào" not in kept
    assert "0912345678" not in kept
    assert not [one for one in town.stand.state.print_tokens if one in kept]
