"""VNPost's NGSP service, spoken to over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.carriers.vnpost_ngsp import LARGEST_PAGE, VnpostNgsp
from postal_bridge.errors import Misuse
from postal_bridge.sandbox.carriers.vnpost_ngsp import (
    CUSTOMER_CODE,
    NGSP_PATH,
    TOKEN_PATH,
    NgspCredentials,
    NgspSwitch,
)
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.tracking.carrier_ports import capabilities_of
from postal_bridge.tracking.carrier_records import Milestone
from postal_bridge.tracking.carrier_values import (
    Booked,
    Cancelled,
    Capability,
    CarrierMisread,
    CarrierScan,
    CarrierUnavailable,
    Credentials,
    Placed,
    Quote,
    Refused,
    Unknown,
)
from tests.doors.carriers.stand_vnpost_ngsp import NgspTown, opened_vnpost_ngsp, settings_of
from tests.doors.carriers.wires import NOW, REFERENCE, a_clock, a_party, a_wire, an_order

PLACED = Placed(reference=REFERENCE, carrier_number=REFERENCE)
WAYBILL = "CH167101882VN"
FIELDS = [
    "CustomerCode",
    "OrderNumber",
    "CODAmount",
    "SenderProvince",
    "SenderDistrict",
    "SenderAddress",
    "SenderName",
    "SenderEmail",
    "SenderTel",
    "SenderDesc",
    "Description",
    "ReceiverName",
    "ReceiverAddress",
    "ReceiverTel",
    "ReceiverProvince",
    "ReceiverDistrict",
    "ReceiverEmail",
]


@pytest.fixture
async def town() -> AsyncIterator[NgspTown]:
    async with opened_vnpost_ngsp() as opened:
        yield opened


def only_order(town: NgspTown) -> dict[str, object]:
    (order,) = town.stand.state.orders.values()
    return dict(order.words)


async def read_all(carrier: VnpostNgsp, cursor: str = "") -> tuple[list[CarrierScan], str]:
    """Every page until there is no more."""
    scans: list[CarrierScan] = []
    for _ in range(10):
        page = await carrier.page(cursor)
        scans += page.scans
        cursor = page.cursor
        if not page.more:
            return scans, cursor
    raise AssertionError(cursor)


# ------------------------------------------------------------------------------------- orders


async def test_an_order_is_placed_with_all_seventeen_fields(town: NgspTown) -> None:
    booked = await town.carrier.book(an_order(cod_dong=33_000))
    assert booked == Booked(carrier_number=REFERENCE)
    words = only_order(town)
    assert sorted(words) == sorted(FIELDS)
    assert words["CustomerCode"] == CUSTOMER_CODE
    assert words["CODAmount"] == 33_000
    assert words["ReceiverProvince"] == 24, "Lạng Sơn in VNPost's codes"
    assert words["ReceiverDistrict"] is None
    assert words["ReceiverEmail"] is None


async def test_a_district_that_is_a_number_is_handed_on(town: NgspTown) -> None:
    order = an_order()
    order = replace(order, receiver=replace(order.receiver, district="2410"))
    assert isinstance(await town.carrier.book(order), Booked)
    assert only_order(town)["ReceiverDistrict"] == 2410


async def test_what_is_said_again_is_there_once(town: NgspTown) -> None:
    await town.carrier.book(an_order())
    again = await town.carrier.book(an_order(cod_dong=1))
    assert again == Booked(carrier_number=REFERENCE, already=True)
    assert await town.stored() == [REFERENCE]
    assert only_order(town)["CODAmount"] == 0, "what is there is not overwritten"


async def test_codes_come_as_text_too(town: NgspTown) -> None:
    town.stand.plan.numbers_as_text = True
    assert await town.carrier.book(an_order()) == Booked(carrier_number=REFERENCE)
    assert await town.carrier.cancel(PLACED) == Cancelled()
    await town.happens(REFERENCE, "4", NOW)
    (scan,) = (await town.carrier.page("")).scans
    assert (scan.raw_code, scan.occurred_at) == ("4", NOW)


async def test_a_lost_reply_leaves_it_open_and_is_settled_by_saying_it_again(
    town: NgspTown,
) -> None:
    town.fails(Capability.BOOK, FaultKind.REPLY_LOST)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert town.asked("post") == 1, "an order is not said twice by itself"
    again = await town.carrier.book(an_order())
    assert isinstance(again, Booked)
    assert again.already
    assert await town.stored() == [REFERENCE]


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.SERVER_ERROR,
        FaultKind.TIMEOUT,
        FaultKind.CONNECTION_LOST,
        FaultKind.TRUNCATED,
        FaultKind.HALF_BODY,
        FaultKind.LOGIN_PAGE,
        FaultKind.SLOW,
    ],
)
async def test_what_is_no_answer_leaves_an_order_open(town: NgspTown, kind: FaultKind) -> None:
    town.fails(Capability.BOOK, kind)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert town.asked("post") == 1
    assert isinstance(await town.carrier.book(an_order()), Booked)
    assert await town.stored() == [REFERENCE]


async def test_an_opaque_error_leaves_an_order_open(town: NgspTown) -> None:
    town.stand.plan.defects = frozenset({NgspSwitch.OPAQUE_ERROR})
    unknown = await town.carrier.book(an_order())
    assert isinstance(unknown, Unknown)
    assert "500" in unknown.why


async def test_too_many_at_once_is_said_again(town: NgspTown) -> None:
    town.fails(Capability.BOOK, FaultKind.TOO_MANY, retry_after="1")
    assert isinstance(await town.carrier.book(an_order()), Booked)
    assert town.asked("post") == 2


async def test_the_carrier_names_the_field_that_it_does_not_want(town: NgspTown) -> None:
    order = an_order()
    refused = await town.carrier.book(replace(order, receiver=replace(order.receiver, phone="12")))
    assert isinstance(refused, Refused)
    assert refused.code == "400"
    assert "ReceiverTel" in refused.text
    assert await town.stored() == []


async def test_an_unknown_customer_code_is_refused() -> None:
    async with opened_vnpost_ngsp(customer_code="KHAC") as town:
        refused = await town.carrier.book(an_order())
    assert isinstance(refused, Refused)
    assert refused.code == "403"


async def test_an_unknown_province_never_leaves_the_house(town: NgspTown) -> None:
    order = replace(an_order(), receiver=a_party(province="99"))
    refused = await town.carrier.book(order)
    assert isinstance(refused, Refused)
    assert refused.field == "ReceiverProvince"
    assert town.stand.log.count() == 0


@pytest.mark.parametrize(("system", "code"), [("vnpost", 24), ("postal", 25), ("gso", 20)])
async def test_provinces_are_written_in_the_system_that_is_set(system: str, code: int) -> None:
    async with opened_vnpost_ngsp(provinces=frozenset({code}), province_codes=system) as town:
        assert isinstance(await town.carrier.book(an_order()), Booked)
        assert only_order(town)["SenderProvince"] == code


# -------------------------------------------------------------------------------------- tokens


async def test_many_at_once_share_one_token(town: NgspTown) -> None:
    orders = [an_order(reference=f"VD-{number}") for number in range(4)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(town.carrier.book(order)) for order in orders]
    assert all(isinstance(task.result(), Booked) for task in tasks)
    assert town.asked("token") == 1


async def test_an_expired_token_is_renewed_once(town: NgspTown) -> None:
    await town.carrier.book(an_order())
    town.clock.advance_to(NOW + timedelta(minutes=2))
    assert isinstance(await town.carrier.book(an_order(reference="VD-2")), Booked)
    assert (town.asked("token"), town.asked("post")) == (2, 3)


async def test_a_token_that_is_refused_for_ever_leaves_the_order_unsaid(town: NgspTown) -> None:
    town.fails(Capability.BOOK, FaultKind.UNAUTHORIZED, times=9)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.book(an_order())
    assert town.asked("post") == 2
    assert await town.stored() == []


@pytest.mark.parametrize(
    "kind", [FaultKind.LOGIN_PAGE, FaultKind.HALF_BODY, FaultKind.SERVER_ERROR]
)
async def test_without_a_token_nothing_was_stored(town: NgspTown, kind: FaultKind) -> None:
    town.fails(Capability.VERIFY, kind, times=9)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.book(an_order())
    assert town.asked("post") == 0


async def test_good_credentials_are_said_to_be_good_and_need_no_person(town: NgspTown) -> None:
    assert await town.carrier.verify() == Credentials(well=True)


async def test_wrong_credentials_are_told_without_their_secret() -> None:
    async with opened_vnpost_ngsp(password="sai-bi-mat") as town:
        verified = await town.carrier.verify()
        with pytest.raises(CarrierUnavailable) as refused:
            await town.carrier.book(an_order())
    assert not verified.well
    assert "401" in verified.said
    assert "sai-bi-mat" not in f"{verified.said} {refused.value}"


# ---------------------------------------------------------------------------------- cancelling


async def test_an_order_is_called_off_until_it_is_fetched(town: NgspTown) -> None:
    await town.carrier.book(an_order())
    assert await town.carrier.cancel(PLACED) == Cancelled()
    assert await town.stored() == []
    twice = await town.carrier.cancel(PLACED)
    assert isinstance(twice, Refused)
    assert twice.code == "409"


async def test_what_was_fetched_cannot_be_called_off(town: NgspTown) -> None:
    await town.carrier.book(an_order())
    await town.happens(REFERENCE, "1", NOW)
    assert isinstance(await town.carrier.cancel(PLACED), Refused)


async def test_an_unknown_order_cannot_be_called_off(town: NgspTown) -> None:
    refused = await town.carrier.cancel(PLACED)
    assert isinstance(refused, Refused)
    assert refused.code == "404"


async def test_a_lost_reply_leaves_a_cancellation_open(town: NgspTown) -> None:
    await town.carrier.book(an_order())
    town.fails(Capability.CANCEL, FaultKind.REPLY_LOST)
    assert isinstance(await town.carrier.cancel(PLACED), Unknown)
    assert town.asked("cancel") == 1


# ---------------------------------------------------------------------------------------- feed


async def test_the_feed_tells_what_happened(town: NgspTown) -> None:
    await town.carrier.book(an_order())
    at = datetime(2019, 1, 11, 8, 30, tzinfo=UTC)
    town.stand.state.happens(
        {
            "OrderNumber": REFERENCE,
            "StatusCode": 4,
            "StatusMessage": "Phát thành công",
            "POSID": 241050,
            "Notes": "Người nhận ký",
            "EventTime": int(at.timestamp() * 1000),
            "ItemCode": WAYBILL,
        }
    )
    scans, _ = await read_all(town.carrier)
    assert scans == [
        CarrierScan(
            vocabulary="vnpost_ngsp",
            raw_code="4",
            occurred_at=at,
            reference=REFERENCE,
            waybill=WAYBILL,
            raw_text="Phát thành công",
            place="241050",
            note="Người nhận ký",
        )
    ]


async def test_only_four_is_known_to_mean_delivered() -> None:
    statuses = load_statuses(CONFIG_DIR / "carriers" / "statuses")
    assert statuses.meaning("vnpost_ngsp", "4") == (Milestone.DELIVERED, None)
    assert statuses.meaning("vnpost_ngsp", "100") is None, "of another list of VNPost's"


@pytest.mark.parametrize("switches", [frozenset(), frozenset({NgspSwitch.EMPTY_EMBEDDED})])
async def test_the_feed_is_read_on_from_where_it_ended(
    town: NgspTown, switches: frozenset[str]
) -> None:
    town.stand.plan.defects = switches
    assert await read_all(town.carrier) == ([], "")
    await town.happens("VD-1", "1", NOW)
    first, cursor = await read_all(town.carrier)
    assert [scan.reference for scan in first] == ["VD-1"]
    assert await read_all(town.carrier, cursor) == ([], cursor)
    await town.happens("VD-2", "1", NOW)
    await town.happens("VD-3", "4", NOW - timedelta(days=1))
    second, cursor = await read_all(town.carrier, cursor)
    assert [scan.reference for scan in second] == ["VD-2", "VD-3"]
    assert await read_all(town.carrier, cursor) == ([], cursor)


async def test_a_full_page_means_that_there_is_more(town: NgspTown) -> None:
    for number in range(2 * LARGEST_PAGE + 1):
        await town.happens(f"VD-{number}", "1", NOW)
    page = await town.carrier.page("")
    assert page.more
    scans, _ = await read_all(town.carrier)
    assert [scan.reference for scan in scans] == [f"VD-{n}" for n in range(2 * LARGEST_PAGE + 1)]


@pytest.mark.parametrize("switches", [frozenset(), frozenset({NgspSwitch.REFUSE_UNKNOWN_ID})])
async def test_a_feed_that_begins_anew_loses_nothing(
    town: NgspTown, switches: frozenset[str]
) -> None:
    town.stand.plan.defects = switches
    for number in range(3):
        await town.happens(f"VD-{number}", "1", NOW)
    _, cursor = await read_all(town.carrier)
    town.stand.state.restart_feed()
    await town.happens("VD-3", "4", NOW)
    scans, cursor = await read_all(town.carrier, cursor)
    assert {scan.reference for scan in scans} == {"VD-0", "VD-1", "VD-2", "VD-3"}
    assert await read_all(town.carrier, cursor) == ([], cursor)


async def test_a_feed_that_was_emptied_is_read_from_the_start(town: NgspTown) -> None:
    await town.happens("VD-1", "1", NOW)
    _, cursor = await read_all(town.carrier)
    town.stand.state.records.clear()
    assert await read_all(town.carrier, cursor) == ([], "")


async def test_the_last_id_alone_is_a_cursor_too(town: NgspTown) -> None:
    await town.happens("VD-1", "1", NOW)
    record = town.stand.state.happens({"OrderNumber": "VD-2"})
    oid = record["_id"]
    assert isinstance(oid, dict)
    await town.happens("VD-3", "1", NOW)
    scans, _ = await read_all(town.carrier, str(oid["$oid"]))
    assert [scan.reference for scan in scans] == ["VD-3"]


async def test_a_record_without_a_moment_neither_stops_the_feed_nor_is_lost(
    town: NgspTown,
) -> None:
    town.stand.state.happens({"OrderNumber": "VD-1", "StatusCode": "A1", "EventTime": None})
    town.stand.state.happens({"OrderNumber": None, "ItemCode": None})
    await town.happens("VD-2", "4", NOW)
    scans, _ = await read_all(town.carrier)
    assert [scan.reference for scan in scans] == ["VD-1", "VD-2"]
    assert scans[0].raw_code == "A1"
    assert scans[0].occurred_at.year == 2019, "when the record was made, by its id"


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.SERVER_ERROR,
        FaultKind.TOO_MANY,
        FaultKind.CONNECTION_LOST,
        FaultKind.TRUNCATED,
        FaultKind.HALF_BODY,
        FaultKind.REPLY_LOST,
        FaultKind.UNAUTHORIZED,
    ],
)
async def test_a_page_that_did_not_come_is_asked_for_again(town: NgspTown, kind: FaultKind) -> None:
    await town.happens("VD-1", "4", NOW)
    town.fails(Capability.FEED, kind)
    assert len((await town.carrier.page("")).scans) == 1


async def test_a_feed_that_is_cut_for_ever_is_not_there(town: NgspTown) -> None:
    await town.happens("VD-1", "4", NOW)
    town.fails(Capability.FEED, FaultKind.HALF_BODY, times=9)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.page("")


async def test_a_page_for_people_is_not_a_feed_without_records(town: NgspTown) -> None:
    await town.happens("VD-1", "4", NOW)
    _, cursor = await read_all(town.carrier)
    town.fails(Capability.FEED, FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierMisread):
        await town.carrier.page(cursor)


# -------------------------------------------------------------------------------------- faces


@pytest.mark.parametrize("variant", ["lgsp", "vtu"])
async def test_one_address_books_and_calls_off(variant: str) -> None:
    async with opened_vnpost_ngsp(variant) as town:
        assert await town.carrier.book(an_order()) == Booked(carrier_number=REFERENCE)
        again = await town.carrier.book(an_order())
        assert isinstance(again, Booked)
        assert again.already
        assert sorted(only_order(town)) == sorted(FIELDS)
        assert await town.carrier.cancel(PLACED) == Cancelled()
        assert await town.stored() == []


@pytest.mark.parametrize("variant", ["lgsp", "vtu", "tandan"])
async def test_every_face_settles_a_lost_reply_and_an_expired_token(variant: str) -> None:
    async with opened_vnpost_ngsp(variant) as town:
        town.fails(Capability.BOOK, FaultKind.REPLY_LOST)
        assert isinstance(await town.carrier.book(an_order()), Unknown)
        town.clock.advance_to(NOW + timedelta(minutes=2))
        again = await town.carrier.book(an_order())
        assert isinstance(again, Booked)
        assert again.already
        assert await town.stored() == [REFERENCE]


async def test_tan_dan_s_face_takes_a_waybill_and_who_brings_it() -> None:
    async with opened_vnpost_ngsp("tandan") as town:
        booked = await town.carrier.book(an_order(waybill=WAYBILL))
        assert booked == Booked(carrier_number=REFERENCE, waybill=WAYBILL)
        words = only_order(town)
        assert (words["ItemCode"], words["FlagConfig"]) == (WAYBILL, 2)
        brought = replace(an_order(reference="VD-2"), collect=False)
        assert isinstance(await town.carrier.book(brought), Booked)
        second = dict(town.stand.state.orders[CUSTOMER_CODE, "VD-2"].words)
        assert second["FlagConfig"] == 1
        assert "ItemCode" not in second
        refused = await town.carrier.cancel(PLACED)
        assert isinstance(refused, Refused)


async def test_an_lgsp_tells_prices() -> None:
    async with opened_vnpost_ngsp("lgsp") as town:
        assert await town.carrier.quote(an_order()) == Quote(service="HCC", amount_dong=33_000)
        away = replace(an_order(), receiver=a_party(province="10"))
        assert await town.carrier.quote(away) == Quote(service="HCC", amount_dong=60_500)
        town.stand.plan.numbers_as_text = True
        assert await town.carrier.quote(away) == Quote(service="HCC", amount_dong=60_500)
        wrong = await town.carrier.quote(replace(away, weight_grams=0))
        assert isinstance(wrong, Refused)
        assert wrong.code == "400"
        town.fails(Capability.QUOTE, FaultKind.HALF_BODY)
        town.stand.plan.numbers_as_text = False
        assert await town.carrier.quote(away) == Quote(service="HCC", amount_dong=60_500)


async def test_other_faces_tell_no_prices(town: NgspTown) -> None:
    assert isinstance(await town.carrier.quote(an_order()), Refused)
    assert town.stand.log.count() == 0


async def test_another_face_reads_the_feed_at_the_address_that_is_set() -> None:
    async with opened_vnpost_ngsp("vtu") as town:
        await town.happens("VD-1", "4", NOW)
        with pytest.raises(Misuse, match="tracking"):
            await town.carrier.page("")
        url = town.server.make_url(f"{NGSP_PATH}/order/tracking")
        settings = settings_of(town.server, "vtu", operation_fields=[f"tracking = {url}"])
        wire = a_wire(settings.base_url)
        carrier = VnpostNgsp("vtu", settings=settings, wire=wire, clock=a_clock())
        scans, _ = await read_all(carrier)
        await carrier.close()
    assert [scan.reference for scan in scans] == ["VD-1"]


async def test_a_face_or_a_code_system_that_nobody_knows_stops_the_start(town: NgspTown) -> None:
    for more in ({"variant": "khac"}, {"province_codes": "khac"}):
        settings = settings_of(town.server).model_copy(update=more)
        with pytest.raises(Misuse, match="khac"):
            VnpostNgsp("vnpost", settings=settings, wire=a_wire(""), clock=a_clock())


def test_it_can_do_what_it_has_methods_for() -> None:
    assert capabilities_of(VnpostNgsp) == NgspTown.CAN


async def test_what_it_needs_is_what_the_stand_in_asks_for(town: NgspTown) -> None:
    settings = settings_of(town.server)
    assert all(getattr(settings, key) for key in VnpostNgsp.NEEDS)


async def test_nobody_s_name_is_in_the_log(town: NgspTown) -> None:
    await town.carrier.book(an_order())
    kept = "".join(f"{call.request}{call.response}" for call in town.log.calls)
    assert "Hồng Đào" not in kept
    assert "0912345678" not in kept
    assert NgspCredentials().secret not in kept
    assert not town.stand.tokens.keys() & set(kept.split('"'))


# --------------------------------------------------------------------------------- the stand-in


async def test_a_token_does_not_depend_on_the_content_type(town: NgspTown) -> None:
    credentials = NgspCredentials()
    basic = aiohttp.encode_basic_auth(credentials.key, credentials.secret)
    async with aiohttp.ClientSession(headers={"Authorization": basic}) as session:
        url = town.server.make_url(TOKEN_PATH)
        headers = {"ContentType": "application/x-www-form-urlencoded", "Content-Type": "text/x"}
        good = b"grant_type=client_credentials"
        async with session.post(url, data=good, headers=headers) as response:
            assert response.status == 200
        async with session.post(url, data=b"grant_type=password", headers=headers) as response:
            assert response.status == 400
            assert await response.json() == {"error": "unsupported_grant_type"}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SenderProvince": 99}, "SenderProvince"),
        ({"SenderProvince": "24"}, "SenderProvince"),
        ({"ReceiverDistrict": 1001}, "ReceiverDistrict"),
        ({"CODAmount": -1}, "CODAmount"),
        ({"ReceiverName": " "}, "ReceiverName"),
        ({"SenderEmail": 1}, "SenderEmail"),
        ({"OrderNumber": "V" * 51}, "OrderNumber"),
        ({"FlagConfig": 2}, "FlagConfig"),
    ],
)
async def test_the_stand_in_is_strict(
    town: NgspTown, changed: dict[str, object], named: str
) -> None:
    await town.carrier.book(an_order())
    words = {**only_order(town), "OrderNumber": "VD-2", **changed}
    headers = {"Authorization": f"Bearer {next(iter(town.stand.tokens))}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        url = town.server.make_url(f"{NGSP_PATH}/order/post")
        async with session.post(url, json=words) as response:
            assert response.status == 200
            result = await response.json()
    assert result["Status"] == 400
    assert named in result["Message"]
    assert await town.stored() == [REFERENCE]


@pytest.mark.parametrize(
    "query",
    [
        {"pagesize": "0", "lastId": "0" * 24},
        {"pagesize": "1001", "lastId": "0" * 24},
        {"pagesize": "1", "lastId": "x" * 24},
        {"pagesize": "1"},
    ],
)
async def test_the_feed_is_asked_for_as_it_must_be(town: NgspTown, query: dict[str, str]) -> None:
    await town.carrier.verify()
    headers = {"Authorization": f"Bearer {next(iter(town.stand.tokens))}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        url = town.server.make_url(f"{NGSP_PATH}/order/tracking")
        async with session.get(url, params=query) as response:
            assert response.status == 400


async def test_the_control_moves_the_feed(town: NgspTown) -> None:
    await town.carrier.book(an_order())
    async with aiohttp.ClientSession(town.server.make_url("/")) as session:
        event = {"OrderNumber": REFERENCE, "StatusCode": 4}
        async with session.post("/_control/events", json=event) as response:
            (record_id,) = await response.json()
        async with session.post("/_control/feed/restart") as response:
            assert response.status == 204
        async with session.get("/_control/orders") as response:
            (order,) = (await response.json())["data"]
        async with session.delete("/_control/tokens") as response:
            assert response.status == 204
        plan = {"faults": [{"kind": "reply_lost", "route": "post"}], "defects": ["opaque_error"]}
        async with session.post("/_control/faults", json=plan) as response:
            assert response.status == 204
        async with session.delete(f"/_control/dossiers/{REFERENCE}") as response:
            assert response.status == 204
        row = {**only_words(order), "OrderNumber": "VD-9"}
        async with session.post("/_control/dossiers", json=row) as response:
            assert response.status == 200
    assert order["picked_up"] is True
    assert len(record_id) == 24
    assert town.stand.plan.faults == [Fault(kind=FaultKind.REPLY_LOST, route="post")]
    assert await town.stored() == ["VD-9"]
    assert len((await town.carrier.page("")).scans) == 1


def only_words(order: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in order.items() if name in FIELDS}
