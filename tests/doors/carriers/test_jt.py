"""J&T Express Vietnam, spoken to over real HTTP."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

import aiohttp
import pytest

from postal_bridge.carriers.jt import Jt
from postal_bridge.carriers.jt_words import digest_of
from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.errors import Misuse
from postal_bridge.sandbox.carriers.jt import PDF, JtSwitch
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.tracking.carrier_records import Milestone
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    Cancelled,
    Capability,
    CarrierMisread,
    CarrierUnavailable,
    NotThere,
    Placed,
    Proof,
    Quote,
    Refused,
    Unknown,
    Window,
)
from tests.doors.carriers.stand_jt import JtTown, opened_jt
from tests.doors.carriers.wires import NOW, a_wire, an_order

REFERENCE = "VDX7Q2K5M4N6P7R2S3T4"
PICTURE = "https://jt.example/ky-nhan.jpg"
ORDER = an_order(reference=REFERENCE)
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
PUBLISHED = "103 104 105 106 109 110 112 113 116 117 118 120 121".split()  # noqa: SIM905
IN_SAMPLES = "10 50 92 94 100".split()  # noqa: SIM905


@pytest.fixture
async def town() -> AsyncIterator[JtTown]:
    async with opened_jt() as opened:
        yield opened


async def a_placed(town: JtTown) -> Placed:
    booked = await town.carrier.book(ORDER)
    assert isinstance(booked, Booked)
    return Placed(reference=REFERENCE, carrier_number=booked.carrier_number, waybill=booked.waybill)


async def an_event(town: JtTown, code: str, **more: object) -> Callback:
    """Something happens, and J&T tells it."""
    words = {"txlogisticId": REFERENCE, "code": code, "at": NOW.isoformat(), **more}
    address = town.server.make_url("/_control/events")
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, json=words) as response,
    ):
        told = await response.json()
    return a_callback(told["bizContent"], headers=told["headers"])


def a_callback(business: str, *, headers: dict[str, str]) -> Callback:
    body = urlencode({"bizContent": business}).encode()
    form = "application/x-www-form-urlencoded"
    return Callback(headers=headers, query={}, content_type=form, body=body)


# ------------------------------------------------------------------------------------- orders


async def test_an_order_is_placed_under_our_reference(town: JtTown) -> None:
    booked = await town.carrier.book(replace(ORDER, cod_dong=33_000, weight_grams=1_234))
    assert isinstance(booked, Booked)
    assert (booked.waybill, booked.already) == (booked.carrier_number, False)
    assert booked.fee_dong is None, "the carrier's page gives its fees two meanings"
    (order,) = town.stand.state.orders.values()
    words = order.words
    assert (order.bill, words["txlogisticId"]) == (booked.carrier_number, REFERENCE)
    assert (words["goodsType"], words["payType"]) == ("bm000001", "PP_PM")
    assert words["codMoney"] == "33000"
    assert words["packageInfo"] == {"weight": "1.24"}
    assert "sendStartTime" not in words


@pytest.mark.parametrize(
    ("collect", "service", "times"),
    [(True, 1, ["2019-01-10 14:00:00", "2019-01-10 16:30:00"]), (False, 6, [None, None])],
)
async def test_the_pickup_window_goes_with_the_order(
    town: JtTown, *, collect: bool, service: int, times: list[str | None]
) -> None:
    window = Window(NOW + timedelta(hours=4), NOW + timedelta(hours=6, minutes=30))
    order = replace(ORDER, window=window, collect=collect)
    assert town.carrier.fetch_window(order) == (window if collect else None)
    assert isinstance(await town.carrier.book(order), Booked)
    (kept,) = town.stand.state.orders.values()
    assert kept.words["serviceType"] == service
    assert [kept.words.get("sendStartTime"), kept.words.get("sendEndTime")] == times


async def test_an_address_of_two_levels_is_of_the_national_catalogue(town: JtTown) -> None:
    line = "Số 5, đường Trần Đăng Ninh, phường Kỳ Lừa, tỉnh Lạng Sơn"
    receiver = replace(ORDER.receiver, address=line, ward="", district="")
    assert isinstance(await town.carrier.book(replace(ORDER, receiver=receiver)), Booked)
    (kept,) = town.stand.state.orders.values()
    assert kept.words["selfAddress"] == 1
    assert kept.words["receiver"] == {
        "name": receiver.name,
        "mobile": receiver.phone,
        "prov": "Lạng Sơn",
        "area": "phường Kỳ Lừa",
        "address": line,
    }
    assert "city" not in kept.words["sender"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("who", "changes", "field"),
    [
        ("receiver", {"address": "Số 5, Trần Đăng Ninh", "ward": ""}, "receiver.area"),
        ("receiver", {"province": "99"}, "receiver.prov"),
        ("sender", {"address": "Số 1, Hùng Vương", "district": ""}, "sender.city"),
    ],
)
async def test_a_place_that_nobody_can_name_is_not_sent(
    town: JtTown, who: str, changes: dict[str, str], field: str
) -> None:
    party = replace(getattr(ORDER, who), **changes)
    outcome = await town.carrier.book(replace(ORDER, **{who: party}))
    assert isinstance(outcome, Refused)
    assert outcome.field == field
    assert town.asked("add_order") == 0


async def test_what_is_said_again_is_read_back_and_there_once(town: JtTown) -> None:
    placed = await a_placed(town)
    again = await town.carrier.book(replace(ORDER, cod_dong=1))
    number = placed.carrier_number
    assert again == Booked(carrier_number=number, waybill=number, already=True)
    assert await town.stored() == [REFERENCE]


async def test_a_repeat_that_cannot_be_read_back_now_is_settled_later(town: JtTown) -> None:
    await a_placed(town)
    town.breaks("print_order", FaultKind.SERVER_ERROR, times=3)
    assert isinstance(await town.carrier.book(ORDER), Unknown)
    assert isinstance(await town.carrier.book(ORDER), Booked)


@pytest.mark.parametrize("kind", NOT_AN_ANSWER)
async def test_what_is_no_answer_leaves_an_order_open(town: JtTown, kind: FaultKind) -> None:
    town.fails(Capability.BOOK, kind)
    assert isinstance(await town.carrier.book(ORDER), Unknown)
    assert town.asked("add_order") == 1, "an order is not said twice by itself"
    assert isinstance(await town.carrier.book(ORDER), Booked)
    assert await town.stored() == [REFERENCE]


async def test_an_opaque_error_means_that_nobody_knows(town: JtTown) -> None:
    town.stand.plan.defects = frozenset({JtSwitch.OPAQUE_ERROR})
    assert await town.carrier.book(ORDER) == Unknown("145005005 billcode acquisition failed")
    town.stand.plan.defects = frozenset()
    again = await town.carrier.book(ORDER)
    assert isinstance(again, Booked)
    assert again.already


async def test_codes_come_as_numbers_and_as_text(town: JtTown) -> None:
    town.stand.plan.defects = frozenset({JtSwitch.CODE_AS_NUMBER})
    town.stand.plan.numbers_as_text = True
    placed = await a_placed(town)
    assert await town.carrier.quote(ORDER) == Quote(service="EXPRESS", amount_dong=20_000)
    await town.happens(REFERENCE, "106", NOW)
    assert [one.raw_code for one in await town.carrier.scans(placed)] == ["106"]
    refused = await town.carrier.cancel(placed)
    assert isinstance(refused, Refused)
    assert refused.code == "999010010"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weight_grams": 1_000_000}, "weight"),
        ({"weight_grams": 0}, "weight"),
        ({"reference": "X" * 21}, "txlogisticId"),
    ],
)
async def test_a_refusal_names_code_and_field(
    town: JtTown, changes: dict[str, int | str], field: str
) -> None:
    outcome = await town.carrier.book(replace(ORDER, **changes))  # type: ignore[arg-type]
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.field) == ("999001010", field)
    assert await town.stored() == []


async def test_addresses_that_are_not_served_are_refused(town: JtTown) -> None:
    town.stand.state.suspended.add("phường Tam Thanh")
    outcome = await town.carrier.book(ORDER)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.field) == ("145005004", "receiver")
    town.stand.state.unserved.add("Lạng Sơn")
    quote = await town.carrier.quote(ORDER)
    assert isinstance(quote, Refused)
    assert (quote.code, quote.field) == ("999009010", "sender")


async def test_a_refusal_of_what_is_there_already_is_not_believed(town: JtTown) -> None:
    town.fails(Capability.BOOK, FaultKind.REPLY_LOST)
    assert isinstance(await town.carrier.book(ORDER), Unknown)
    outcome = await town.carrier.book(replace(ORDER, weight_grams=1_000_000))
    assert isinstance(outcome, Booked)
    assert outcome.already


async def test_a_refusal_that_cannot_be_checked_leaves_it_open(town: JtTown) -> None:
    town.breaks("print_order", FaultKind.SERVER_ERROR, times=None)
    assert isinstance(await town.carrier.book(replace(ORDER, weight_grams=0)), Unknown)


async def test_too_many_requests_are_said_again(town: JtTown) -> None:
    town.fails(Capability.BOOK, FaultKind.TOO_MANY, times=2, retry_after="1")
    assert isinstance(await town.carrier.book(ORDER), Booked)
    assert await town.stored() == [REFERENCE]


# ------------------------------------------------------------------------------------- credentials


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "khac"}, "145003030"),
        ({"password": "khac"}, "999001030"),
        ({"username": "9"}, "145003010"),
    ],
)
async def test_credentials_that_are_refused_store_nothing(
    changes: dict[str, str], code: str
) -> None:
    async with opened_jt(**changes) as town:
        with pytest.raises(CarrierUnavailable, match=code):
            await town.carrier.book(ORDER)
        assert town.asked("add_order") == 1, "J&T locks customers whose password is wrong"
        credentials = await town.carrier.verify()
        assert not credentials.well
        assert code in credentials.said
        assert "khac" not in credentials.said
        assert await town.stored() == []


async def test_a_401_is_asked_once_more(town: JtTown) -> None:
    town.fails(Capability.BOOK, FaultKind.UNAUTHORIZED)
    assert isinstance(await town.carrier.book(ORDER), Booked)
    town.fails(Capability.QUOTE, FaultKind.UNAUTHORIZED, times=2)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.quote(ORDER)


async def test_the_way_of_paying_is_one_of_three(town: JtTown) -> None:
    settings = town.settings.model_copy(update={"variant": "CASH"})
    with pytest.raises(Misuse, match="PP_PM"):
        Jt("jt", settings=settings, wire=a_wire("http://127.0.0.1:9"), clock=town.clock)


@pytest.mark.parametrize(
    ("name", "code"),
    [("apiAccount", "145003051"), ("digest", "145003052"), ("timestamp", "145003053")],
)
async def test_the_stand_in_wants_all_three_headers(town: JtTown, name: str, code: str) -> None:
    headers = {"apiAccount": "1", "digest": "1", "timestamp": "1"}
    del headers[name]
    address = f"{town.settings.base_url}/api/logistics/trace"
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, data={"bizContent": "{}"}, headers=headers) as response,
    ):
        assert (await response.json())["code"] == code


async def test_the_stand_in_takes_thirty_waybills_at_most(town: JtTown) -> None:
    who = {"customerCode": town.settings.customer_code, "password": "mat-khau-khach"}
    business = json.dumps({**who, "txlogisticId": "", "billcodes": ",".join(["8"] * 31)})
    headers = {
        "apiAccount": town.settings.username,
        "digest": digest_of(business, "khoa-ung-dung"),
        "timestamp": "1",
    }
    address = f"{town.settings.base_url}/api/logistics/trace"
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, data={"bizContent": business}, headers=headers) as response,
    ):
        assert (await response.json())["code"] == "145003502"


def test_the_digest_is_base64_of_the_bytes_of_md5() -> None:
    # printf '{"a":"ấ"}k' | openssl md5 -binary | base64
    assert digest_of('{"a":"ấ"}', "k") == "BQxDTv/R9fMvt9976KRAuw=="


# ------------------------------------------------------------------------------------- cancelling


async def test_calling_off_twice_is_no_harm(town: JtTown) -> None:
    placed = await a_placed(town)
    assert await town.carrier.cancel(placed) == Cancelled()
    assert await town.stored() == []
    again = await town.carrier.cancel(placed)
    assert isinstance(again, Refused), "the trace does not show what it is"
    town.stand.plan.defects = frozenset({JtSwitch.TRACE_TELLS_ALL})
    assert await town.carrier.cancel(placed) == Cancelled(already=True)


async def test_what_was_fetched_cannot_be_called_off(town: JtTown) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "106", NOW)
    outcome = await town.carrier.cancel(placed)
    assert isinstance(outcome, Refused)
    assert outcome.code == "999010010"


async def test_an_order_that_only_a_person_has_settled_is_known_by_our_reference(
    town: JtTown,
) -> None:
    booked = await a_placed(town)
    by_hand = Placed(reference=REFERENCE, carrier_number=REFERENCE)
    await town.happens(REFERENCE, "104", NOW)
    town.stand.plan.defects = frozenset({JtSwitch.TRACE_TELLS_ALL})
    assert [one.waybill for one in await town.carrier.scans(by_hand)] == [booked.waybill] * 2
    assert await town.carrier.cancel(by_hand) == Cancelled()


@pytest.mark.parametrize("kind", NOT_AN_ANSWER)
async def test_what_is_no_answer_leaves_a_cancellation_open(town: JtTown, kind: FaultKind) -> None:
    placed = await a_placed(town)
    town.stand.plan.defects = frozenset({JtSwitch.TRACE_TELLS_ALL})
    town.fails(Capability.CANCEL, kind)
    assert isinstance(await town.carrier.cancel(placed), Unknown)
    assert isinstance(await town.carrier.cancel(placed), Cancelled)


async def test_an_order_that_is_not_there_cannot_be_called_off(town: JtTown) -> None:
    outcome = await town.carrier.cancel(Placed(reference="VD-1", carrier_number="8"))
    assert isinstance(outcome, Refused)
    assert outcome.code == "999002000"


# ------------------------------------------------------------------------------------- fees, labels


async def test_a_fee_is_the_sum_of_its_parts(town: JtTown) -> None:
    order = replace(ORDER, weight_grams=1_500, cod_dong=100_000)
    assert await town.carrier.quote(order) == Quote(service="EXPRESS", amount_dong=29_000)
    (entry,) = town.stand.log.of("cost")
    assert "Hồng Đào" not in str(parse_qs(entry.body)), "a fee is asked for without persons"


async def test_a_label_is_what_was_in_base64(town: JtTown) -> None:
    placed = await a_placed(town)
    label = await town.carrier.label(placed)
    assert not isinstance(label, Refused)
    assert label.media_type == "application/pdf"
    assert label.content.startswith(PDF + placed.carrier_number.encode())
    refused = await town.carrier.label(Placed(reference="VD-1", carrier_number="8"))
    assert isinstance(refused, Refused)
    assert refused.code == "999002000"


async def test_what_cannot_be_printed_is_no_label(town: JtTown) -> None:
    placed = await a_placed(town)
    town.stand.plan.defects = frozenset({JtSwitch.LABEL_NOT_PDF})
    with pytest.raises(CarrierMisread):
        await town.carrier.label(placed)
    town.fails(Capability.LABEL, FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierMisread):
        await town.carrier.label(placed)


# ------------------------------------------------------------------------------------- reports


async def test_the_trace_is_told_as_it_came(town: JtTown) -> None:
    placed = await a_placed(town)
    assert list(await town.carrier.scans(placed)) == []
    await town.happens(REFERENCE, "106", NOW + timedelta(hours=1))
    await town.happens(REFERENCE, "100", NOW + timedelta(hours=2))
    first, last = await town.carrier.scans(placed)
    assert (first.raw_code, first.occurred_at) == ("106", NOW + timedelta(hours=1))
    assert (first.reference, first.waybill) == (REFERENCE, placed.waybill)
    assert (last.raw_code, last.raw_text, last.place) == ("100", "Ký nhận", "Bưu cục Lạng Sơn")


async def test_half_a_trace_is_asked_for_once_more(town: JtTown) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "113", NOW)
    town.fails(Capability.TRACK, FaultKind.HALF_BODY)
    assert len(await town.carrier.scans(placed)) == 1
    town.fails(Capability.TRACK, FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierMisread):
        await town.carrier.scans(placed)


async def test_an_order_that_is_not_there_has_no_reports(town: JtTown) -> None:
    assert await town.carrier.scans(Placed(reference="VD-1", carrier_number="VD-1")) == ()
    assert list(await town.carrier.scans(Placed(reference="VD-1", carrier_number="8"))) == []


@pytest.mark.parametrize("code", ["113", "100"])
async def test_a_delivery_is_proven_by_its_pictures(town: JtTown, code: str) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "112", NOW)
    assert await town.carrier.proof(placed) == NotThere()
    await an_event(town, code, pictures=[PICTURE, "javascript:alert(1)"])
    assert await town.carrier.proof(placed) == Proof(delivered_at=NOW, pictures=(PICTURE,))


# ------------------------------------------------------------------------------------- callbacks


async def test_a_callback_is_known_by_its_signature(town: JtTown) -> None:
    await a_placed(town)
    callback = await an_event(town, "113")
    assert town.carrier.is_genuine(callback)
    small = {name.lower(): value for name, value in callback.headers.items()}
    assert town.carrier.is_genuine(replace(callback, headers=small))
    for changes in ({"digest": "khac"}, {"apiaccount": "9"}, {"digest": ""}):
        assert not town.carrier.is_genuine(replace(callback, headers={**small, **changes}))
    forged = callback.body.replace(b"113", b"117", 1)
    assert not town.carrier.is_genuine(replace(callback, body=forged))


async def test_a_callback_tells_what_the_trace_tells(town: JtTown) -> None:
    placed = await a_placed(town)
    callback = await an_event(town, "113", pictures=[PICTURE])
    (scan,) = town.carrier.understand(callback)
    assert [scan] == list(await town.carrier.scans(placed))
    assert (scan.raw_code, scan.occurred_at, scan.pictures) == ("113", NOW, (PICTURE,))


async def test_a_callback_comes_without_a_form_and_with_one_event_too(town: JtTown) -> None:
    event = {"scanTime": "2024-06-21T13:23:56", "scanTypeCode": 10, "scanTypeName": "快件揽收"}
    business = json.dumps({"billCode": "801100195141", "details": event})
    headers = {"apiAccount": town.settings.username, "digest": digest_of(business, "khoa-ung-dung")}
    callback = replace(a_callback("", headers=headers), body=business.encode())
    assert town.carrier.is_genuine(callback)
    (scan,) = town.carrier.understand(callback)
    assert (scan.raw_code, scan.waybill, scan.reference) == ("10", "801100195141", "")


@pytest.mark.parametrize(
    "business",
    [
        "",
        "[1]",
        '{"billCode": "8"',
        '{"details": [{"scanTypeCode": 10, "scanTime": "2024-06-21T13:23:56"}]}',
        '{"billCode": "8"}',
        '{"billCode": "8", "details": "x"}',
        '{"billCode": "8", "details": [{"scanTypeCode": 10, "scanTime": "hôm qua"}]}',
        '{"billCode": "8", "details": [{"scanTime": "2024-06-21T13:23:56"}]}',
    ],
)
async def test_a_callback_of_another_shape_is_misread(town: JtTown, business: str) -> None:
    with pytest.raises(CarrierMisread):
        town.carrier.understand(a_callback(business, headers={}))


async def test_the_answer_is_in_the_carriers_own_envelope(town: JtTown) -> None:
    kept = town.carrier.answer(kept=True)
    assert kept.status == 200
    assert json.loads(kept.body) == {"code": "1", "msg": "success", "data": None}
    lost = town.carrier.answer(kept=False)
    assert lost.status == 503
    assert json.loads(lost.body)["code"] != "1"


def test_both_sets_of_codes_are_mapped() -> None:
    statuses = load_statuses(CONFIG_DIR / "carriers" / "statuses")
    every = [*PUBLISHED, *IN_SAMPLES]
    assert [one for one in every if statuses.meaning("jt", one) is None] == []
    for code, milestone in (
        ("10", Milestone.COLLECTED),
        ("94", Milestone.IN_TRANSIT),
        ("100", Milestone.DELIVERED),
        ("113", Milestone.DELIVERED),
        ("117", Milestone.RETURNED),
    ):
        assert statuses.meaning("jt", code) == (milestone, None)


async def test_neither_secrets_nor_persons_are_in_the_call_log(town: JtTown) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "113", NOW)
    await town.carrier.scans(placed)
    await town.carrier.label(placed)
    kept = " ".join(f"{one.request} {one.response}" for one in town.log.calls)
    assert REFERENCE in kept
    for secret in ("Hồng Đào", "0912345678", "mat-khau-khach", "khoa-ung-dung", "Văn Giao"):
        assert secret not in kept
