"""MyVNPost, spoken to over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from postal_bridge.carriers.myvnpost import TRIES, Myvnpost
from postal_bridge.carriers.myvnpost_cursor import Place, Way, behind, place_of
from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.errors import Misuse
from postal_bridge.sandbox.carriers.myvnpost_stand import CUSTOMER_CODE, MyvnpostSwitch
from postal_bridge.sandbox.carriers.myvnpost_state import KeptOrder
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.tracking.carrier_records import CodMove, Milestone
from postal_bridge.tracking.carrier_values import (
    Booked,
    Cancelled,
    Capability,
    CarrierMisread,
    CarrierScan,
    CarrierUnavailable,
    CodMoney,
    Credentials,
    Label,
    NotThere,
    Order,
    PendingCase,
    Placed,
    Quote,
    Refused,
    Unknown,
)
from tests.doors.carriers.stand_myvnpost import (
    SERVICE,
    MyvnpostTown,
    opened_myvnpost,
    settings_of,
)
from tests.doors.carriers.wires import NOW, REFERENCE, a_clock, a_wire, an_order

STATUSES = CONFIG_DIR / "carriers" / "statuses"
CODES = [*map(str, range(25)), "28", "29"]
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


@pytest.fixture
async def town() -> AsyncIterator[MyvnpostTown]:
    async with opened_myvnpost() as opened:
        yield opened


async def a_placed(town: MyvnpostTown, reference: str = REFERENCE) -> Placed:
    booked = await town.carrier.book(an_order(reference=reference))
    assert isinstance(booked, Booked)
    return Placed(reference=reference, carrier_number=booked.carrier_number, waybill=booked.waybill)


def the_order(town: MyvnpostTown) -> KeptOrder:
    (order,) = town.stand.state.orders
    return order


def sent_to(line: str) -> Order:
    order = an_order()
    return replace(order, receiver=replace(order.receiver, address=line, ward="", district=""))


async def read_all(
    carrier: Myvnpost, cursor: str = "", *, pages: int = 100
) -> tuple[list[CarrierScan], str]:
    """Every page until there is no more."""
    scans: list[CarrierScan] = []
    for _ in range(pages):
        page = await carrier.page(cursor)
        scans += page.scans
        cursor = page.cursor
        if not page.more:
            return scans, cursor
    raise AssertionError(cursor)


# ------------------------------------------------------------------------------------- orders


@pytest.mark.parametrize("switches", [(), (MyvnpostSwitch.ORDER_IN_DATA,)])
async def test_an_order_is_placed_under_our_reference(
    town: MyvnpostTown, switches: tuple[MyvnpostSwitch, ...]
) -> None:
    town.turn_on(*switches)
    booked = await town.carrier.book(an_order(cod_dong=33_000))
    order = the_order(town)
    assert booked == Booked(
        carrier_number=order.original_id, waybill=order.item_code, fee_dong=28_000
    )
    words = order.words
    assert words["saleOrderCode"] == REFERENCE
    assert words["weight"] == "100"
    assert words["addonService"] == [{"code": "GTG021", "propValue": "PROP0018:33000"}]
    names = ("ProvinceCode", "DistrictCode", "CommuneCode")
    for side in ("sender", "receiver"):
        assert [words[f"{side}{one}"] for one in names] == ["24", "2400", "24010"]
    assert words["sendType"] == "1"


async def test_a_line_of_two_levels_has_a_fixed_word_for_its_district(town: MyvnpostTown) -> None:
    order = sent_to("Số 5, phường Kỳ Lừa, tỉnh Lạng Sơn")
    assert isinstance(await town.carrier.book(replace(order, collect=False)), Booked)
    words = the_order(town).words
    names = ("ProvinceCode", "DistrictCode", "CommuneCode")
    assert [words[f"receiver{one}"] for one in names] == ["20", "VNPOST", "20101"]
    assert words["sendType"] == "2"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("Lạng Sơn", "receiverCommuneCode"),
        ("phường Không Có, Lạng Sơn", "receiverCommuneCode"),
        ("xã Yên Trạch, huyện Cao Lộc, Lạng Sơn", "receiverDistrictCode"),
    ],
)
async def test_a_place_that_vnpost_does_not_know_never_leaves_the_house(
    town: MyvnpostTown, line: str, field: str
) -> None:
    refused = await town.carrier.book(sent_to(line))
    assert isinstance(refused, Refused)
    assert refused.field == field
    assert town.asked("create") == 0


async def test_catalogues_are_asked_for_once_a_day(town: MyvnpostTown) -> None:
    await a_placed(town)
    await a_placed(town, "VD-2")
    assert town.asked("getAllCommune") == 1
    town.clock.advance_to(NOW + timedelta(days=1))
    await a_placed(town, "VD-3")
    assert town.asked("getAllCommune") == 2


@pytest.mark.parametrize("kind", NOT_AN_ANSWER)
async def test_what_is_no_answer_leaves_an_order_open_until_it_is_looked_up(
    town: MyvnpostTown, kind: FaultKind
) -> None:
    town.fails(Capability.BOOK, kind)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert town.asked("create") == 1, "an order is not said twice by itself"
    found = await town.carrier.find(REFERENCE)
    there = [f"MYVNP{one.number:08d}" for one in town.stand.state.orders]
    assert [found.carrier_number] == there if isinstance(found, Booked) else not there


async def test_an_opaque_error_leaves_an_order_open(town: MyvnpostTown) -> None:
    town.turn_on(MyvnpostSwitch.OPAQUE_ERROR)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert await town.stored() == [REFERENCE]
    found = await town.carrier.find(REFERENCE)
    assert isinstance(found, Booked)
    assert found.already


async def test_a_catalogue_that_cannot_be_read_means_that_nothing_was_said(
    town: MyvnpostTown,
) -> None:
    town.breaks("getAllProvince", FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.book(an_order())
    assert await town.stored() == []
    assert isinstance(await town.carrier.book(an_order()), Booked)


async def test_the_carrier_names_the_field_that_it_does_not_want() -> None:
    async with opened_myvnpost(variant="XXX") as town:
        refused = await town.carrier.book(an_order())
    assert isinstance(refused, Refused)
    assert (refused.code, refused.field) == ("400", "serviceCode")


async def test_a_no_to_an_order_that_is_there_is_not_believed(town: MyvnpostTown) -> None:
    await a_placed(town)
    order = replace(an_order(), contents="")
    booked = await town.carrier.book(order)
    assert isinstance(booked, Booked)
    assert booked.already
    town.breaks("order", FaultKind.LOGIN_PAGE)
    assert isinstance(await town.carrier.book(order), Unknown)


@pytest.mark.parametrize("switches", [(), (MyvnpostSwitch.NOT_FOUND_AS_ERROR,)])
async def test_nothing_found_is_said_in_two_ways(
    town: MyvnpostTown, switches: tuple[MyvnpostSwitch, ...]
) -> None:
    town.turn_on(*switches)
    assert await town.carrier.find(REFERENCE) == NotThere()


# -------------------------------------------------------------------------------------- tokens


async def look_up(town: MyvnpostTown, *, at_once: int) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(town.carrier.find(REFERENCE))


async def test_many_at_once_share_one_token(town: MyvnpostTown) -> None:
    await look_up(town, at_once=5)
    assert town.asked("token") == 1


async def test_an_ended_token_is_renewed_once(town: MyvnpostTown) -> None:
    await a_placed(town)
    town.clock.advance_to(NOW + timedelta(hours=2))
    await look_up(town, at_once=3)
    assert town.asked("token") == 2
    town.breaks("create", FaultKind.UNAUTHORIZED, times=None)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.book(an_order(reference="VD-2"))
    assert await town.stored() == [REFERENCE]


async def test_credentials_are_tried_and_told_without_their_secret(town: MyvnpostTown) -> None:
    assert await town.carrier.verify() == Credentials(well=True)
    settings = settings_of(town.server, password="sai-mat-khau")
    wire = a_wire(settings.base_url)
    carrier = Myvnpost("myvnpost", settings=settings, wire=wire, clock=a_clock())
    checked = await carrier.verify()
    await carrier.close()
    assert not checked.well
    assert "sai-mat-khau" not in checked.said


async def test_nobody_s_name_is_in_the_log(town: MyvnpostTown) -> None:
    await a_placed(town)
    kept = "".join(call.request + call.response for call in town.log.calls)
    assert "Hồng Đào" not in kept
    assert "0912345678" not in kept
    assert town.settings.password.get_secret_value() not in kept


# -------------------------------------------------------------------------------- cancelling


async def test_an_order_is_called_off_until_it_is_fetched(town: MyvnpostTown) -> None:
    placed = await a_placed(town)
    assert await town.carrier.cancel(placed) == Cancelled()
    assert await town.carrier.cancel(placed) == Cancelled(already=True)
    assert town.asked("cancel") == 1


async def test_what_was_fetched_is_not_called_off(town: MyvnpostTown) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "6", NOW)
    refused = await town.carrier.cancel(placed)
    assert isinstance(refused, Refused)
    assert refused.code == "01"


@pytest.mark.parametrize("switches", [(), (MyvnpostSwitch.CASE_IN_LIST,)])
@pytest.mark.parametrize("decided", ["00", "03"])
async def test_a_case_is_followed_until_somebody_has_decided(
    town: MyvnpostTown, switches: tuple[MyvnpostSwitch, ...], decided: str
) -> None:
    town.turn_on(MyvnpostSwitch.NEEDS_APPROVAL, *switches)
    placed = await a_placed(town)
    pending = await town.carrier.cancel(placed)
    assert pending == PendingCase("1")
    asked = replace(placed, case_id=pending.case_id)
    assert await town.carrier.cancel(asked) == PendingCase("1")
    assert town.asked("cancel") == 1
    async with aiohttp.ClientSession() as session:
        url = town.server.make_url("/_control/cases")
        async with session.post(url, json={"caseId": 1, "type": decided}) as response:
            assert response.status == 204
    ended = await town.carrier.cancel(asked)
    assert isinstance(ended, Cancelled if decided == "00" else Refused)


async def test_a_lost_reply_leaves_a_cancellation_open_and_asking_again_settles_it(
    town: MyvnpostTown,
) -> None:
    placed = await a_placed(town)
    town.fails(Capability.CANCEL, FaultKind.REPLY_LOST)
    assert isinstance(await town.carrier.cancel(placed), Unknown)
    assert await town.carrier.cancel(placed) == Cancelled(already=True)


# ---------------------------------------------------------------------------- fees and labels


async def test_the_fee_of_the_contract_s_product_is_told(town: MyvnpostTown) -> None:
    order = replace(an_order(cod_dong=10_000), reference="")
    assert await town.carrier.quote(order) == Quote(service=SERVICE, amount_dong=28_000)


async def test_a_product_without_a_fee_is_refused() -> None:
    async with opened_myvnpost(variant="XXX") as town:
        refused = await town.carrier.quote(an_order())
    assert isinstance(refused, Refused)
    assert refused.field == "serviceCode"


async def test_a_label_is_a_pdf_and_its_item_code_is_looked_up(town: MyvnpostTown) -> None:
    placed = await a_placed(town)
    label = await town.carrier.label(replace(placed, waybill=None))
    assert isinstance(label, Label)
    assert (label.media_type, label.content[:4]) == ("application/pdf", b"%PDF")
    assert isinstance(await town.carrier.label(replace(placed, waybill="CH1VN")), Refused)
    town.fails(Capability.LABEL, FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierMisread):
        await town.carrier.label(placed)


# ----------------------------------------------------------------------------------- reports


@pytest.mark.parametrize("is_text", [False, True])
@pytest.mark.parametrize("switches", [(), (MyvnpostSwitch.OLD_HISTORY_NAMES,)])
async def test_a_history_is_told_under_both_names_with_local_moments(
    town: MyvnpostTown, switches: tuple[MyvnpostSwitch, ...], is_text: bool
) -> None:
    town.turn_on(*switches)
    town.stand.plan.numbers_as_text = is_text
    placed = await a_placed(town)
    await town.happens(REFERENCE, "12", NOW + timedelta(hours=1))
    scans = await town.carrier.scans(placed)
    assert [(one.raw_code, one.occurred_at) for one in scans] == [
        ("1", NOW),
        ("12", NOW + timedelta(hours=1)),
    ]
    assert {(one.reference, one.waybill) for one in scans} == {(REFERENCE, placed.waybill)}
    assert await town.carrier.scans(replace(placed, reference="VD-9")) == []


async def test_money_paid_out_is_told_without_its_sum(town: MyvnpostTown) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "14", NOW)
    await town.happens(REFERENCE, "21", NOW + timedelta(days=3))
    told = {one.raw_code: one.money for one in await town.carrier.scans(placed)}
    assert told == {"1": None, "14": None, "21": CodMoney(move=CodMove.REMITTED)}


@pytest.mark.parametrize("switches", [(), (MyvnpostSwitch.ISO_DATES,)])
async def test_the_feed_tells_what_happened_between_two_looks(
    town: MyvnpostTown, switches: tuple[MyvnpostSwitch, ...]
) -> None:
    town.turn_on(*switches)
    await a_placed(town)
    _, cursor = await read_all(town.carrier)
    for minutes, code in enumerate(("6", "12", "15", "14")):
        await town.happens(REFERENCE, code, NOW + timedelta(minutes=minutes))
    scans, _ = await read_all(town.carrier, cursor)
    assert [one.raw_code for one in scans] == ["1", "6", "12", "15", "14"]
    assert scans[-1].occurred_at == NOW + timedelta(minutes=3)


async def test_an_order_that_stands_as_it_stood_is_not_asked_about_again(
    town: MyvnpostTown,
) -> None:
    await a_placed(town)
    first, cursor = await read_all(town.carrier)
    again, _ = await read_all(town.carrier, cursor)
    assert again == first, "nobody knows whether the first page was kept"
    assert town.asked("history") == 1


async def test_a_status_that_its_history_lacks_is_told_by_the_row(town: MyvnpostTown) -> None:
    await a_placed(town)
    order = the_order(town)
    order.status, order.updated_at = "10", NOW + timedelta(hours=1)
    scans, _ = await read_all(town.carrier)
    assert [(one.raw_code, one.occurred_at) for one in scans][-1] == (
        "10",
        NOW + timedelta(hours=1),
    )


async def test_an_order_whose_history_cannot_be_read_does_not_hold_up_the_feed(
    town: MyvnpostTown,
) -> None:
    await a_placed(town)
    town.breaks("history", FaultKind.LOGIN_PAGE)
    scans, cursor = await read_all(town.carrier)
    assert [one.raw_code for one in scans] == ["1"]
    town.breaks("history", FaultKind.SERVER_ERROR, times=None)
    for _ in range(TRIES - 2):
        with pytest.raises(CarrierUnavailable):
            await read_all(town.carrier, cursor)
    scans, _ = await read_all(town.carrier, cursor)
    assert [one.raw_code for one in scans] == ["1"]


async def test_a_page_for_people_is_no_feed_without_orders(town: MyvnpostTown) -> None:
    town.fails(Capability.FEED, FaultKind.LOGIN_PAGE)
    with pytest.raises(CarrierMisread):
        await town.carrier.page("")


# ------------------------------------------------------------------------- the feed's cursor


async def last_words(town: MyvnpostTown, orders: int, *, at: datetime) -> None:
    """So many orders that were last heard of at this moment, a minute between them."""
    for number in range(orders):
        placed = await a_placed(town, f"VD-{number}")
        await town.happens(placed.reference, "14", at + timedelta(minutes=number))


@pytest.mark.parametrize("fault", [FaultKind.ROW_LEAVES, FaultKind.ROWS_SWAP])
@pytest.mark.parametrize("order", [(), (MyvnpostSwitch.NEWEST_FIRST,)])
async def test_settled_days_lose_no_row_that_moves_while_they_are_read(
    town: MyvnpostTown, fault: FaultKind, order: tuple[MyvnpostSwitch, ...]
) -> None:
    town.turn_on(*order)
    town.carrier.page_size = 3
    await last_words(town, 10, at=NOW)
    town.clock.advance_to(NOW + timedelta(days=10))
    # The first row of the first two pages is updated behind the reader's back.
    town.breaks("list", fault, times=2)
    scans, _ = await read_all(town.carrier)
    delivered = {one.reference for one in scans if one.raw_code == "14"}
    assert delivered == {f"VD-{number}" for number in range(10)}


async def test_today_s_rows_that_slip_through_are_told_by_the_next_look(
    town: MyvnpostTown,
) -> None:
    town.carrier.page_size = 3
    await last_words(town, 7, at=NOW - timedelta(hours=3))
    town.breaks("list", FaultKind.ROW_LEAVES, after=1)
    first, cursor = await read_all(town.carrier)
    second, _ = await read_all(town.carrier, cursor)
    seen = {one.reference for one in first}
    everyone = {f"VD-{number}" for number in range(7)}
    assert seen < everyone, "the fault has hidden one"
    assert seen | {one.reference for one in second} == everyone


@pytest.mark.parametrize("switches", [(), (MyvnpostSwitch.LAST_DAY_OPEN,)])
async def test_every_day_is_read_whether_or_not_a_window_includes_its_last(
    town: MyvnpostTown, switches: tuple[MyvnpostSwitch, ...]
) -> None:
    town.turn_on(*switches)
    town.clock.advance_to(NOW + timedelta(days=70))
    for day in range(0, 70, 10):
        placed = await a_placed(town, f"VD-{day}")
        await town.happens(placed.reference, "14", NOW + timedelta(days=day))
    scans, cursor = await read_all(town.carrier, NOW.date().isoformat())
    assert {f"VD-{day}" for day in range(0, 70, 10)} == {
        one.reference for one in scans if one.raw_code == "14"
    }
    assert cursor == (NOW + timedelta(days=68)).date().isoformat()


async def test_a_process_that_dies_reads_one_page_again(town: MyvnpostTown) -> None:
    town.carrier.page_size = 2
    await last_words(town, 5, at=NOW - timedelta(hours=3))
    kept = [one async for one in pages_until(town, stop=2)]
    wire = a_wire(town.settings.base_url)
    reborn = Myvnpost("myvnpost", settings=town.settings, wire=wire, clock=town.clock)
    reborn.page_size = 2
    # The second page was read and not kept: its cursor is lost with the process.
    scans, _ = await read_all(reborn, kept[0][1])
    await reborn.close()
    told = {one.reference for one in [*kept[0][0], *scans]}
    assert told == {f"VD-{number}" for number in range(5)}


async def pages_until(
    town: MyvnpostTown, *, stop: int
) -> AsyncIterator[tuple[list[CarrierScan], str]]:
    cursor = (NOW - timedelta(days=1)).date().isoformat()
    for _ in range(stop):
        page = await town.carrier.page(cursor)
        cursor = page.cursor
        yield list(page.scans), cursor


TODAY = date(2019, 1, 10)


@pytest.mark.parametrize("cursor", ["", "linh tinh", "2019-01-10/x/new/0", "a/b"])
def test_what_is_no_cursor_begins_with_the_longest_window(cursor: str) -> None:
    place = place_of(cursor, today=TODAY)
    assert place == Place(since=date(2018, 12, 11), until=date(2019, 1, 8), way=Way.FORTH)


def test_a_cursor_never_comes_nearer_than_two_days() -> None:
    cursor, today = "2019-01-08", TODAY
    for _ in range(5):
        place = place_of(cursor, today=today)
        while True:
            assert (place.until - place.since).days <= 30
            cursor, more = behind(place, is_full=False)
            if not more:
                break
            place = place_of(cursor, today=today)
        assert cursor == (today - timedelta(days=2)).isoformat()
        today += timedelta(days=1)


# ---------------------------------------------------------------------------------- statuses


async def test_each_list_of_codes_is_a_vocabulary_of_its_own(tmp_path: Path) -> None:
    statuses = load_statuses(STATUSES)
    assert set(statuses.vocabularies["myvnpost"]) == set(CODES)
    meaning = statuses.meaning("myvnpost_other", "90")
    assert meaning is not None
    assert meaning[0] is Milestone.DELIVERED
    assert statuses.meaning("myvnpost_other", "10") is None, "10 is known in the first list only"
    told = tmp_path / "vnpost.toml"
    told.write_text('vocabulary = "myvnpost_other"\n[codes]\n"50" = "collected"\n')
    told_too = statuses.replaced(told)
    assert told_too.meaning("myvnpost_other", "50") == (Milestone.COLLECTED, None)
    assert told_too.meaning("myvnpost_other", "90") == meaning


async def test_a_connection_says_which_list_it_is_told() -> None:
    async with opened_myvnpost(operation_fields=["statuses = myvnpost_other"]) as town:
        placed = await a_placed(town)
        await town.happens(REFERENCE, "90", NOW)
        assert {one.vocabulary for one in await town.carrier.scans(placed)} == {"myvnpost_other"}
        scans, _ = await read_all(town.carrier)
        assert {one.vocabulary for one in scans} == {"myvnpost_other"}
        settings = settings_of(town.server, operation_fields=["statuses = vnpost_bccp"])
        with pytest.raises(Misuse):
            Myvnpost("myvnpost", settings=settings, wire=a_wire(""), clock=a_clock())


# ------------------------------------------------------------------------------ the stand-in

LIST = "/GetListOrder?lastUpdateFrom={}&lastUpdateTo={}&page=0&size={}&type=GUI"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/CreateOrder", {"customerCode": CUSTOMER_CODE}),
        ("/exportListReport", []),
        (LIST.format("2019-01-01", "2019-01-02", 1), None),
        (LIST.format("01-01-2019", "01-02-2019", 500), None),
        (LIST.format("01-01-2019", "02-01-2019", 501), None),
        ("/getOrder?type=4&code=1", None),
    ],
)
async def test_the_stand_in_is_strict(town: MyvnpostTown, path: str, words: object) -> None:
    await town.carrier.verify()
    (token,) = town.stand.tokens
    method = "GET" if words is None else "POST"
    async with aiohttp.ClientSession() as session:
        url = town.server.make_url(path)
        for headers, status in (({"token": token}, 400), ({"token": "x"}, 403)):
            async with session.request(method, url, json=words, headers=headers) as response:
                assert response.status == status
