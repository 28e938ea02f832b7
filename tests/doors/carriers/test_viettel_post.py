"""Viettel Post, spoken to over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.carriers.viettel_post_words import ending_of, order_words
from postal_bridge.sandbox.carriers.viettel_post import ViettelPostSwitch, webhook_of
from postal_bridge.sandbox.carriers.viettel_post_state import LONG_LIFE
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
    Placed,
    Quote,
    Refused,
    Unknown,
)
from tests.doors.carriers.stand_viettel_post import SECRET, ViettelPostTown, opened_viettel_post
from tests.doors.carriers.wires import NOW, REFERENCE, a_party, an_order

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
    *range(100, 108),
    *range(200, 203),
    *range(300, 304),
    *range(400, 404),
    *range(500, 511),
    515,
    550,
]


@pytest.fixture
async def town() -> AsyncIterator[ViettelPostTown]:
    async with opened_viettel_post() as opened:
        yield opened


async def a_placed(town: ViettelPostTown, *, cod_dong: int = 0) -> Placed:
    booked = await town.carrier.book(an_order(cod_dong=cod_dong))
    assert isinstance(booked, Booked)
    return Placed(reference=REFERENCE, carrier_number=booked.carrier_number, waybill=booked.waybill)


def a_callback(words: object, headers: Mapping[str, str] | None = None) -> Callback:
    body = json.dumps(words).encode()
    return Callback(headers=headers or {}, query={}, content_type="application/json", body=body)


# ------------------------------------------------------------------------------------- orders


async def test_an_order_is_placed_under_our_reference(town: ViettelPostTown) -> None:
    booked = await town.carrier.book(an_order(cod_dong=33_000))
    assert isinstance(booked, Booked)
    (order,) = town.stand.state.orders.values()
    assert (booked.carrier_number, booked.waybill) == (order.number, order.number)
    assert (booked.fee_dong, booked.already) == (16_500, False)
    words = order.words
    assert (words["ORDER_NUMBER"], words["CHECK_UNIQUE"]) == (REFERENCE, True)
    assert (words["ORDER_PAYMENT"], words["MONEY_COLLECTION"]) == (3, 33_000)
    assert (words["ORDER_SERVICE"], words["PRODUCT_TYPE"]) == ("VCN", "TH")
    assert words["RECEIVER_ADDRESS"] == (
        "Số 5, đường Trần Đăng Ninh, phường Tam Thanh, thành phố Lạng Sơn, Lạng Sơn"
    )


async def test_without_money_to_collect_nothing_is_collected(town: ViettelPostTown) -> None:
    await a_placed(town)
    (order,) = town.stand.state.orders.values()
    assert (order.words["ORDER_PAYMENT"], order.words["MONEY_COLLECTION"]) == (1, 0)


def test_an_address_is_told_once_with_what_the_line_leaves_out() -> None:
    def told(**changes: str) -> object:
        receiver = replace(a_party(), **changes)
        words = order_words(replace(an_order(), receiver=receiver), service="VCN")
        assert isinstance(words, dict)
        return words["RECEIVER_ADDRESS"]

    line = "Số 5, phường Kỳ Lừa, tỉnh Lạng Sơn"
    assert told(address=line, ward="", district="") == line
    assert told(address="Số 5", ward="phường Kỳ Lừa", district="") == (
        "Số 5, phường Kỳ Lừa, Lạng Sơn"
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": f"{'Số 5, ' * 30}phường Tam Thanh"}, "RECEIVER_ADDRESS"),
        ({"name": "Đào " * 40}, "RECEIVER_FULLNAME"),
        ({"province": "99"}, "RECEIVER_ADDRESS"),
    ],
)
async def test_what_does_not_fit_is_not_sent(
    town: ViettelPostTown, changes: dict[str, str], field: str
) -> None:
    order = an_order()
    order = replace(order, receiver=replace(order.receiver, **changes))
    outcome = await town.carrier.book(order)
    assert isinstance(outcome, Refused)
    assert outcome.field == field
    assert town.asked("create") == 0


async def test_contents_and_notes_are_cut_between_letters(town: ViettelPostTown) -> None:
    outcome = await town.carrier.book(replace(an_order(), contents="ế" * 51, note="aế" * 60))
    assert isinstance(outcome, Booked)
    (order,) = town.stand.state.orders.values()
    assert order.words["PRODUCT_NAME"] == "ế" * 50
    assert len(str(order.words["ORDER_NOTE"]).encode()) <= 150


@pytest.mark.parametrize("kind", NOT_AN_ANSWER)
async def test_what_is_no_answer_leaves_an_order_open(
    town: ViettelPostTown, kind: FaultKind
) -> None:
    town.fails(Capability.BOOK, kind)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert town.asked("create") == 1, "an order is not said twice by itself"
    assert not town.carrier.repeatable


@pytest.mark.parametrize(
    "switch", [ViettelPostSwitch.OPAQUE_ERROR, ViettelPostSwitch.OPAQUE_BEFORE]
)
async def test_a_system_error_means_that_nobody_knows(
    town: ViettelPostTown, switch: ViettelPostSwitch
) -> None:
    town.stand.plan.defects = frozenset({switch})
    assert await town.carrier.book(an_order()) == Unknown("204 System error")
    assert len(await town.stored()) == (switch is ViettelPostSwitch.OPAQUE_ERROR)


async def test_a_no_that_sounds_like_a_repeat_is_no_refusal(town: ViettelPostTown) -> None:
    await a_placed(town)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert await town.stored() == [REFERENCE]


@pytest.mark.parametrize(
    ("phone", "weight", "field"),
    [("", 100, "RECEIVER_PHONE"), ("0912345678", -1, "PRODUCT_WEIGHT")],
)
async def test_a_refusal_names_its_field(
    town: ViettelPostTown, phone: str, weight: int, field: str
) -> None:
    order = replace(an_order(), weight_grams=weight)
    order = replace(order, receiver=replace(order.receiver, phone=phone))
    outcome = await town.carrier.book(order)
    assert outcome == Refused(code="204", field=field, text=f"Incorrect data: {field}")
    assert await town.stored() == []


async def test_a_service_that_the_contract_does_not_have_is_refused() -> None:
    async with opened_viettel_post(variant="XYZ") as town:
        outcome = await town.carrier.book(an_order())
        assert isinstance(outcome, Refused)
        assert outcome.text.startswith("Price does not apply")


async def test_codes_come_as_text_too(town: ViettelPostTown) -> None:
    town.stand.plan.numbers_as_text = True
    placed = await a_placed(town)
    assert isinstance(await town.carrier.quote(an_order()), Quote)
    assert await town.carrier.cancel(placed) == Cancelled()


# ------------------------------------------------------------------------------------- tokens


async def test_many_at_once_share_one_sign_in(town: ViettelPostTown) -> None:
    async with asyncio.TaskGroup() as together:
        for _ in range(4):
            together.create_task(town.carrier.quote(an_order()))
    assert (town.asked("login"), town.asked("ownerconnect")) == (1, 1)


@pytest.mark.parametrize("switch", [frozenset(), frozenset({ViettelPostSwitch.TURNED_AWAY_401})])
async def test_a_token_that_is_refused_is_renewed_once(
    town: ViettelPostTown, switch: frozenset[str]
) -> None:
    town.stand.plan.defects = switch
    await town.carrier.quote(an_order())
    town.stand.state.long_tokens.clear()
    await a_placed(town)
    assert (town.asked("login"), town.asked("create")) == (2, 2)
    assert await town.stored() == [REFERENCE]


async def test_a_token_that_has_ended_is_not_shown(town: ViettelPostTown) -> None:
    await town.carrier.quote(an_order())
    town.clock.advance_to(NOW + LONG_LIFE + timedelta(seconds=1))
    await a_placed(town)
    assert (town.asked("login"), town.asked("create")) == (2, 1)


async def test_a_wrong_password_stores_nothing_and_is_not_told() -> None:
    async with opened_viettel_post(password="sai-roi") as town:
        with pytest.raises(CarrierUnavailable, match="Invalid owner account"):
            await town.carrier.book(an_order())
        credentials = await town.carrier.verify()
        assert not credentials.well
        assert "sai-roi" not in credentials.said


@pytest.mark.parametrize("route", ["login", "ownerconnect"])
@pytest.mark.parametrize("kind", [FaultKind.LOGIN_PAGE, FaultKind.HALF_BODY])
async def test_without_a_token_nothing_is_said(
    town: ViettelPostTown, route: str, kind: FaultKind
) -> None:
    town.breaks(route, kind)
    with pytest.raises(CarrierUnavailable, match="token"):
        await town.carrier.book(an_order())
    assert town.asked("create") == 0
    await a_placed(town)


async def test_credentials_say_when_their_token_ends(town: ViettelPostTown) -> None:
    credentials = await town.carrier.verify()
    assert (credentials.well, credentials.expires_at) == (True, NOW + LONG_LIFE)


@pytest.mark.parametrize(
    ("token", "ends_at"),
    [
        ("e30.eyJleHAiOjE1Nzc4MzY4MDB9.chu-ky", datetime(2020, 1, 1, tzinfo=UTC)),
        ("e30.e30.chu-ky", None),
        ("e30.W10.chu-ky", None),
        ("e30.eyJleHAiOjFlMzAwfQ.chu-ky", None),
        ("e30.///.chu-ky", None),
        ("mot-chuoi", None),
    ],
)
def test_a_token_ends_where_it_says_so(token: str, ends_at: datetime | None) -> None:
    assert ending_of(token) == ends_at


# ------------------------------------------------------------------------------------- cancelling


async def test_calling_off_twice_is_no_harm(town: ViettelPostTown) -> None:
    placed = await a_placed(town)
    assert await town.carrier.cancel(placed) == Cancelled()
    again = await town.carrier.cancel(placed)
    assert isinstance(again, Refused)
    assert again.text == "Order status already exists on the system"
    assert await town.stored() == []


async def test_what_was_fetched_cannot_be_called_off(town: ViettelPostTown) -> None:
    placed = await a_placed(town)
    for status in ("105", "200", "501"):
        await town.happens(REFERENCE, status, NOW)
        assert isinstance(await town.carrier.cancel(placed), Refused)


@pytest.mark.parametrize("kind", NOT_AN_ANSWER)
async def test_what_is_no_answer_leaves_a_cancellation_open(
    town: ViettelPostTown, kind: FaultKind
) -> None:
    placed = await a_placed(town)
    town.fails(Capability.CANCEL, kind)
    assert isinstance(await town.carrier.cancel(placed), Unknown)


async def test_a_system_error_leaves_a_cancellation_open(town: ViettelPostTown) -> None:
    placed = await a_placed(town)
    town.stand.plan.defects = frozenset({ViettelPostSwitch.OPAQUE_ERROR})
    assert await town.carrier.cancel(placed) == Unknown("204 System error")


async def test_without_its_number_nothing_can_be_done_about_an_order(town: ViettelPostTown) -> None:
    by_hand = Placed(reference=REFERENCE, carrier_number=REFERENCE)
    for outcome in (await town.carrier.cancel(by_hand), await town.carrier.label(by_hand)):
        assert isinstance(outcome, Refused)
        assert outcome.field == "ORDER_NUMBER"
    placed = await a_placed(town)
    told_by_webhook = replace(by_hand, waybill=placed.waybill)
    assert await town.carrier.cancel(told_by_webhook) == Cancelled()


# ------------------------------------------------------------------------------------- prices, labels


async def test_a_price_is_told_with_its_service(town: ViettelPostTown) -> None:
    order = replace(an_order(), weight_grams=1_500)
    quote = Quote(service="Viettel Post VCN", amount_dong=22_000)
    assert await town.carrier.quote(order) == quote
    asked = town.stand.log.of("price")[0].body
    assert "Hồng Đào" not in asked
    assert "0912345678" not in asked


async def test_a_price_that_is_refused(town: ViettelPostTown) -> None:
    outcome = await town.carrier.quote(replace(an_order(), weight_grams=-1))
    assert isinstance(outcome, Refused)
    assert outcome.field == "PRODUCT_WEIGHT"
    order = replace(an_order(), receiver=a_party(province="99"))
    assert isinstance(await town.carrier.quote(order), Refused)


@pytest.mark.parametrize(
    ("kind", "trouble"),
    [(FaultKind.LOGIN_PAGE, CarrierMisread), (FaultKind.HALF_BODY, CarrierUnavailable)],
)
async def test_a_question_is_asked_again_where_that_helps(
    town: ViettelPostTown, kind: FaultKind, trouble: type[Exception]
) -> None:
    town.breaks("price", kind, times=2)
    with pytest.raises(trouble):
        await town.carrier.quote(an_order())


async def test_a_system_error_is_no_answer_to_a_question(town: ViettelPostTown) -> None:
    town.stand.plan.defects = frozenset({ViettelPostSwitch.OPAQUE_BEFORE})
    with pytest.raises(CarrierUnavailable, match="System error"):
        await town.carrier.quote(an_order())
    assert town.asked("price") == 2


async def test_a_label_is_a_page_to_print(town: ViettelPostTown) -> None:
    placed = await a_placed(town)
    label = await town.carrier.label(placed)
    assert not isinstance(label, Refused)
    assert label.media_type == "text/html"
    assert placed.carrier_number.encode() in label.content
    (_, ends_at) = next(iter(town.stand.state.codes.values()))
    assert ends_at == NOW + timedelta(minutes=10)


async def test_a_login_page_is_no_label(town: ViettelPostTown) -> None:
    placed = await a_placed(town)
    town.breaks("print", FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierMisread):
        await town.carrier.label(placed)
    refused = await town.carrier.label(Placed(reference="VD-1", carrier_number="KHAC"))
    assert isinstance(refused, Refused)
    assert refused.text == "Order does not exist"


# ------------------------------------------------------------------------------------- webhook


async def test_a_callback_shows_the_secret_in_one_place_or_the_other(
    town: ViettelPostTown,
) -> None:
    genuine = town.carrier.is_genuine
    assert genuine(a_callback({"DATA": {}, "TOKEN": SECRET}))
    assert genuine(a_callback({"DATA": {}, "TOKEN": "0912345678"}, {"authorization": SECRET}))
    assert not genuine(a_callback({"DATA": {}, "TOKEN": "khac"}, {"Authorization": "khac"}))
    assert not genuine(a_callback({"DATA": {}}))
    assert not genuine(a_callback([SECRET]))
    assert not genuine(a_callback({"TOKEN": "\ud83d"}, {"Authorization": "\udcff"}))


async def test_without_a_secret_no_callback_is_genuine() -> None:
    async with opened_viettel_post(callback_secret="") as town:
        assert not town.carrier.is_genuine(a_callback({"TOKEN": ""}, {"Authorization": ""}))


async def test_a_callback_is_understood(town: ViettelPostTown) -> None:
    placed = await a_placed(town)
    address = town.server.make_url("/_control/events")
    words = {"number": placed.carrier_number, "status": 506, "at": NOW.isoformat()}
    async with aiohttp.ClientSession() as session, session.post(address, json=words) as response:
        told = await response.json()
    told["DATA"] |= {"REASON_CODE": "36", "NOTE": "Không liên lạc được", "EMPLOYEE_PHONE": "09"}
    (scan,) = town.carrier.understand(a_callback(told))
    assert (scan.vocabulary, scan.raw_code, scan.occurred_at) == ("viettel_post", "506", NOW)
    assert (scan.reference, scan.waybill) == (REFERENCE, placed.carrier_number)
    assert (scan.raw_text, scan.note) == ("Phát thất bại", "36 Không liên lạc được")
    assert scan.place.startswith("LSN, BCLS")
    assert (scan.money, scan.pictures, scan.received_by) == (None, (), "")


async def test_the_place_stands_under_either_name_and_codes_come_as_text(
    town: ViettelPostTown,
) -> None:
    await a_placed(town)
    (order,) = town.stand.state.orders.values()
    told = webhook_of(order)
    data = told["DATA"]
    assert isinstance(data, dict)
    del data["LOCALION_CURRENTLY"]
    (scan,) = town.carrier.understand(a_callback({"DATA": {**data, "ORDER_STATUS": "102"}}))
    assert (scan.raw_code, scan.place) == ("102", data["LOCATION_CURRENTLY"])


@pytest.mark.parametrize(
    ("status", "changes", "amount"),
    [
        (501, {}, 33_000),
        (501, {"MONEY_COLLECTION": "33000"}, 33_000),
        (501, {"MONEY_COLLECTION": 0}, None),
        (501, {"ORDER_PAYMENT": 4}, None),
        (500, {}, None),
        (504, {}, None),
    ],
)
async def test_money_is_collected_with_the_delivery(
    town: ViettelPostTown, status: int, changes: dict[str, object], amount: int | None
) -> None:
    await a_placed(town, cod_dong=33_000)
    (order,) = town.stand.state.orders.values()
    order.status = status
    data = webhook_of(order)["DATA"]
    assert isinstance(data, dict)
    (scan,) = town.carrier.understand(a_callback({"DATA": {**data, **changes}}))
    collected = None if amount is None else CodMoney(move=CodMove.COLLECTED, amount_dong=amount)
    assert scan.money == collected


async def test_pictures_are_told_where_there_are_any(town: ViettelPostTown) -> None:
    await a_placed(town)
    (order,) = town.stand.state.orders.values()
    data = webhook_of(order)["DATA"]
    assert isinstance(data, dict)
    pod: dict[str, object] = {"IMAGES": ["https://anh.example/1.jpg", None, "javascript:1", {}]}
    (scan,) = town.carrier.understand(a_callback({"DATA": {**data, "POD": pod}}))
    assert scan.pictures == ("https://anh.example/1.jpg",)


@pytest.mark.parametrize(
    "changes",
    [
        {"ORDER_NUMBER": "", "ORDER_REFERENCE": None},
        {"ORDER_STATUSDATE": "hôm qua"},
        {"ORDER_STATUS": None},
    ],
)
async def test_a_callback_of_another_shape_is_misread(
    town: ViettelPostTown, changes: dict[str, object]
) -> None:
    await a_placed(town)
    (order,) = town.stand.state.orders.values()
    data = webhook_of(order)["DATA"]
    assert isinstance(data, dict)
    with pytest.raises(CarrierMisread):
        town.carrier.understand(a_callback({"DATA": {**data, **changes}}))


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[1]", b'{"DATA": [1]}', b'{"DATA": {'])
async def test_a_callback_that_is_no_report_is_misread(town: ViettelPostTown, body: bytes) -> None:
    with pytest.raises(CarrierMisread):
        town.carrier.understand(replace(a_callback({}), body=body))


async def test_what_was_not_kept_is_asked_for_again(town: ViettelPostTown) -> None:
    assert town.carrier.answer(kept=True).status == 200
    assert town.carrier.answer(kept=False).status == 503


def test_every_status_of_the_reference_is_mapped() -> None:
    statuses = load_statuses(CONFIG_DIR / "carriers" / "statuses")
    meaning = {one: statuses.meaning("viettel_post", str(one)) for one in STATUSES}
    assert [one for one in STATUSES if meaning[one] is None] == []
    assert meaning[506] == (Milestone.ATTEMPTED, Why.NOT_HOME)
    assert meaning[503] == (Milestone.LOST, None)
    assert meaning[202] == (Milestone.INFORMATION, None)


async def test_neither_tokens_nor_persons_are_in_the_call_log(town: ViettelPostTown) -> None:
    placed = await a_placed(town)
    await town.carrier.quote(an_order())
    await town.carrier.label(placed)
    kept = " ".join(f"{one.request} {one.response}" for one in town.log.calls)
    for secret in ("Hồng Đào", "0912345678", "Trần Đăng Ninh", town.settings.username):
        assert secret not in kept
    tokens = [*town.stand.state.short_tokens, *town.stand.state.long_tokens]
    assert tokens
    assert not [one for one in [*tokens, *town.stand.state.codes] if one in kept]
