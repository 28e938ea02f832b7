"""What the desk of carriers' orders and reports must do, in memory and on every database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from postal_bridge.storage.call_log import StoredCalls
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.carrier_ports import CallLog, CarrierDesk
from postal_bridge.tracking.carrier_records import (
    CarrierCall,
    CarrierEvent,
    CarrierOrder,
    CredentialCheck,
    FeedCursor,
    Milestone,
    OrderState,
    Source,
    Why,
)
from postal_bridge.tracking.carrier_values import CallTally, CodeSeen
from postal_bridge.tracking.orders import Transactions
from postal_bridge.tracking.records import Consignment, ConsignmentState
from tests.doors.carriers.wires import KeptCalls
from tests.stages.memory import MemoryWork
from tests.stores import DOSSIER, HOUR, ITEM, NOW, opened

PORTS = ("tracking.carrier_ports.CarrierDesk", "tracking.carrier_ports.CallLog")
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")
DATABASES = ("sqlite", "postgresql")
SECOND = timedelta(seconds=1)
POST, OTHER = "vnpost", "ghn"


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(engine_name: str, request: pytest.FixtureRequest) -> Transactions:
    """By the eyes of whoever follows orders: mypy checks here that all desks fit."""
    if engine_name == "memory":
        return MemoryWork()
    storage: Storage = request.getfixturevalue("storage")
    return storage


async def written(house: Any, *calls: CarrierCall) -> Sequence[CarrierCall]:
    """What is kept after these calls, newest first, by the log that belongs to the house."""
    kept = KeptCalls()
    log: CallLog = kept if isinstance(house, MemoryWork) else StoredCalls(house)
    for call in calls:
        await log.write(call)
    if isinstance(house, MemoryWork):
        return kept.calls[::-1]
    async with look(house) as desk:
        return await desk.calls(POST, limit=9, after=None)


@asynccontextmanager
async def the_desk(house: Transactions, *, write: bool = True) -> AsyncIterator[CarrierDesk]:
    async with house.begin(write=write) as work:
        yield work.carrier_desk


def look(house: Transactions) -> AbstractAsyncContextManager[CarrierDesk]:
    """The desk in a transaction that cannot write."""
    return the_desk(house, write=False)


def an_order(number: str = "C1", state: OrderState = OrderState.PLACED, **facts: Any) -> Any:
    named = {"carrier": POST, "reference": f"R-{number}", **facts}
    return CarrierOrder(number=number, state=state, **named)


def a_report(
    key: str, *, number: str | None = "C1", code: str = "501", hours: int = 0, **facts: Any
) -> Any:
    told: dict[str, Any] = {
        "carrier": POST,
        "vocabulary": "ngsp",
        "raw_text": f"Mã {code}",
        "occurred_at": NOW + hours * HOUR,
        "received_at": NOW + hours * HOUR,
        "source": Source.FEED,
        **facts,
    }
    return CarrierEvent(key=key, number=number, raw_code=code, **told)


def a_call(name: str, *, carrier: str = POST, hours: int = 0, **facts: Any) -> Any:
    said: dict[str, Any] = {
        "operation": "book",
        "duration_ms": 120,
        "outcome": "ok",
        "is_error": False,
        **facts,
    }
    return CarrierCall(id=name, carrier=carrier, at=NOW + hours * HOUR, **said)


def a_consignment(
    number: str, state: ConsignmentState = ConsignmentState.BOOKED, *, carrier: str = POST
) -> Consignment:
    return Consignment(
        number=number,
        item_code=ITEM,
        dossier_code=DOSSIER,
        carrier=carrier,
        state=state,
        consignee_name="Nông Thị Hồng Đào",
        consignee_phone="0912345678",
        consignee_address="Thôn Nà Sầm",
        booked_at=NOW,
        booked_by="lan",
    )


def numbers(orders: Sequence[CarrierOrder]) -> list[str]:
    return [one.number for one in orders]


def keys(events: Sequence[CarrierEvent]) -> list[str]:
    return [one.key for one in events]


# --- orders ---------------------------------------------------------------------------------------


async def test_an_order_comes_back_as_written_and_is_renewed(house: Transactions) -> None:
    first = an_order(state=OrderState.WAITING, reference="")
    placed = an_order(
        carrier_number="88001",
        waybill="EE123456785VN",
        asked_at=NOW,
        settled_at=NOW + SECOND,
        tries=2,
        refused_code="E7",
        refused_field="receiverPhone",
        said="Số điện thoại không hợp lệ",
        case_id="K-9",
        cancel_wanted=True,
        cod_dong=6_000_000_000,
        fee_dong=21_500,
    )
    for order in (first, placed):
        async with the_desk(house) as desk:
            await desk.put_order(order)
        async with the_desk(house) as desk:
            assert await desk.hold_order("C1") == order
            assert await desk.hold_order("C2") is None
        async with look(house) as desk:
            assert await desk.orders(["C1", "C2", "C1"]) == {"C1": order}


async def test_what_was_changed_on_a_record_is_not_kept_before_it_is_put(
    house: Transactions,
) -> None:
    async with the_desk(house) as desk:
        await desk.put_order(an_order())
        held = await desk.hold_order("C1")
        assert held is not None
        held.state = OrderState.CANCELLED
    async with look(house) as desk:
        assert (await desk.orders(["C1"]))["C1"].state is OrderState.PLACED


async def test_no_numbers_are_no_orders(house: Transactions) -> None:
    async with look(house) as desk:
        assert await desk.orders([]) == {}
        assert await desk.named(POST, references=[], waybills=[]) == []


async def test_of_many_numbers_each_is_found(house: Transactions) -> None:
    wanted = [f"C{number:04}" for number in range(1200)]
    async with the_desk(house) as desk:
        for number in wanted[::400]:
            await desk.put_order(an_order(number))
    async with look(house) as desk:
        assert sorted(await desk.orders(wanted)) == wanted[::400]
        found = await desk.named(
            POST, references=[f"R-{number}" for number in wanted], waybills=wanted
        )
    assert numbers(found) == wanted[::400]


async def test_unsettled_are_those_that_wait_for_a_word_since_long_ago(house: Transactions) -> None:
    async with the_desk(house) as desk:
        for number, state, hours in (
            ("C1", OrderState.UNKNOWN, 2),
            ("C2", OrderState.ASKED, 1),
            ("C3", OrderState.CANCELLING, 1),
            ("C4", OrderState.ASKED, 4),
            ("C5", OrderState.PLACED, 0),
            ("C6", OrderState.REFUSED, 0),
            ("C7", OrderState.CANCELLED, 0),
        ):
            await desk.put_order(an_order(number, state, asked_at=NOW + hours * HOUR))
        await desk.put_order(an_order("C8", OrderState.WAITING))
        await desk.put_order(an_order("C9", OrderState.CANCELLING, asked_at=None))
    async with look(house) as desk:
        due = await desk.unsettled(before=NOW + 2 * HOUR, limit=9)
        assert numbers(due) == ["C9", "C2", "C3", "C1"]
        assert numbers(await desk.unsettled(before=NOW + 2 * HOUR, limit=2)) == ["C9", "C2"]


async def test_an_order_goes_by_its_reference_its_waybill_and_the_carriers_number(
    house: Transactions,
) -> None:
    async with the_desk(house) as desk:
        await desk.put_order(an_order("C1", reference="A", waybill="W1", carrier_number="88001"))
        await desk.put_order(an_order("C2", reference="B"))
        await desk.put_order(an_order("C3", reference="A", carrier=OTHER, waybill="W1"))
        await desk.put_order(an_order("C4", OrderState.WAITING, reference=""))
    async with look(house) as desk:
        assert numbers(await desk.named(POST, references=["A"], waybills=[])) == ["C1"]
        assert numbers(await desk.named(POST, references=[], waybills=["W1"])) == ["C1"]
        assert numbers(await desk.named(POST, references=[], waybills=["88001"])) == ["C1"]
        both = await desk.named(POST, references=["B", "A", "X"], waybills=["W1", "W9"])
        assert numbers(both) == ["C1", "C2"]
        assert numbers(await desk.named(OTHER, references=["A"], waybills=["W1"])) == ["C3"]
        crossed = await desk.named(POST, references=["W1", "88001"], waybills=["A"])
        assert numbers(crossed) == []


async def test_an_empty_name_is_nobodys(house: Transactions) -> None:
    async with the_desk(house) as desk:
        await desk.put_order(an_order(state=OrderState.WAITING, reference="", waybill=""))
    async with look(house) as desk:
        assert await desk.named(POST, references=[""], waybills=[""]) == []


async def test_open_orders_are_placed_ones_whose_consignment_is_open(house: Transactions) -> None:
    async with house.begin() as work:
        for number, state, order in (
            ("C1", ConsignmentState.BOOKED, an_order("C1")),
            ("C2", ConsignmentState.ATTEMPTED, an_order("C2")),
            ("C3", ConsignmentState.DELIVERED, an_order("C3")),
            ("C4", ConsignmentState.BOOKED, an_order("C4", OrderState.UNKNOWN)),
            ("C5", ConsignmentState.COLLECTED, an_order("C5")),
            ("C6", ConsignmentState.COLLECTED, an_order("C6", carrier=OTHER)),
        ):
            await work.consignments.put(a_consignment(number, state, carrier=order.carrier))
            await work.carrier_desk.put_order(order)
        await work.carrier_desk.put_order(an_order("C7"))
    async with look(house) as desk:
        assert numbers(await desk.open_orders(POST, limit=9, after="")) == ["C1", "C2", "C5"]
        assert numbers(await desk.open_orders(POST, limit=2, after="")) == ["C1", "C2"]
        assert numbers(await desk.open_orders(POST, limit=2, after="C2")) == ["C5"]
        assert numbers(await desk.open_orders(OTHER, limit=9, after="")) == ["C6"]


# --- reports --------------------------------------------------------------------------------------


async def test_a_report_comes_back_as_it_was_said(house: Transactions) -> None:
    said = a_report(
        "k1",
        reference="R-C1",
        waybill="EE123456785VN",
        place="Bưu cục Đồng Đăng",
        note="Khách hẹn chiều",
        received_at=NOW + HOUR,
        source=Source.WEBHOOK,
        milestone=Milestone.ATTEMPTED,
        why=Why.NOT_HOME,
    )
    bare = a_report("k2", hours=1)
    async with the_desk(house) as desk:
        assert list(await desk.add_events([said, bare])) == [said, bare]
        assert await desk.add_events([]) == []
    async with look(house) as desk:
        assert list(await desk.events("C1")) == [said, bare]
        assert await desk.events("C2") == []


async def test_each_report_is_new_once_and_stays_as_it_was_said_first(house: Transactions) -> None:
    async with the_desk(house) as desk:
        await desk.add_events([a_report("k1", note="đầu tiên")])
        again = [a_report("k3"), a_report("k1", note="lần hai"), a_report("k2"), a_report("k3")]
        assert keys(await desk.add_events(again)) == ["k3", "k2"]
        assert keys(await desk.add_events(again)) == []
    async with look(house) as desk:
        kept = {one.key: one.note for one in await desk.events("C1")}
    assert kept == {"k1": "đầu tiên", "k2": "", "k3": ""}


async def test_a_whole_page_of_reports_is_kept(house: Transactions) -> None:
    page = [a_report(f"k{number:04}", hours=-number) for number in range(2500)]
    async with the_desk(house) as desk:
        assert keys(await desk.add_events(page)) == keys(page)
        assert keys(await desk.add_events(page[::-1])) == []
    async with look(house) as desk:
        assert keys(await desk.events("C1")) == keys(page)[::-1]


async def test_reports_are_told_by_moment_and_those_of_one_moment_always_in_one_order(
    house: Transactions,
) -> None:
    async with the_desk(house) as desk:
        await desk.add_events(
            [
                a_report("k9", hours=2),
                a_report("k4", hours=1),
                a_report("k3", hours=1),
                a_report("k5", hours=1, received_at=NOW),
                a_report("k1", hours=3, number="C2"),
            ]
        )
    async with look(house) as desk:
        assert keys(await desk.events("C1")) == ["k5", "k3", "k4", "k9"]


async def test_reports_of_an_order_that_was_not_known_are_adopted(house: Transactions) -> None:
    async with the_desk(house) as desk:
        await desk.add_events(
            [
                a_report("k1", number=None, reference="R-C1"),
                a_report("k2", number=None, waybill="W1", hours=1),
                a_report("k3", number=None, reference="R-C2"),
                a_report("k4", number=None, reference="R-C1", carrier=OTHER),
                a_report("k5", number="C9", reference="R-C1"),
                a_report("k6", number=None),
            ]
        )
        assert await desk.adopt(POST, number="C1", names=["R-C1", "W1", ""]) == 2
        assert await desk.adopt(POST, number="C1", names=["R-C1", "W1"]) == 0
        assert await desk.adopt(POST, number="C1", names=[""]) == 0
    async with look(house) as desk:
        assert keys(await desk.events("C1")) == ["k1", "k2"]
        assert keys(await desk.events("C9")) == ["k5"]


async def test_gaps_are_counted_by_list_and_code_the_most_frequent_first(
    house: Transactions,
) -> None:
    async with the_desk(house) as desk:
        await desk.add_events(
            [
                a_report("k1", code="77", hours=5, received_at=NOW + 9 * HOUR),
                a_report("k2", code="77", hours=6, received_at=NOW + 7 * HOUR, number=None),
                a_report("k3", code="99"),
                a_report("k4", code="77", vocabulary="myvnpost"),
                a_report("k5", code="77", carrier=OTHER),
                a_report("k6", code="501", milestone=Milestone.DELIVERED),
            ]
        )
    async with look(house) as desk:
        gaps = list(await desk.gaps())
    assert gaps[0] == CodeSeen(
        carrier=POST,
        vocabulary="ngsp",
        raw_code="77",
        raw_text="Mã 77",
        count=2,
        first_at=NOW + 7 * HOUR,
        last_at=NOW + 9 * HOUR,
    )
    rest = [(one.carrier, one.vocabulary, one.raw_code, one.count) for one in gaps[1:]]
    assert rest == [(OTHER, "ngsp", "77", 1), (POST, "myvnpost", "77", 1), (POST, "ngsp", "99", 1)]


async def test_a_gap_is_closed_once_and_says_whom_it_concerns(house: Transactions) -> None:
    async with the_desk(house) as desk:
        await desk.add_events(
            [
                a_report("k1", code="77", number="C2"),
                a_report("k2", code="77", number="C1"),
                a_report("k3", code="77", number="C1", hours=1),
                a_report("k4", code="77", number=None),
                a_report("k5", code="77", number="C3", vocabulary="myvnpost"),
                a_report("k6", code="77", number="C4", milestone=Milestone.LOST),
            ]
        )
        gap = next(one for one in await desk.gaps() if one.vocabulary == "ngsp")
        assert list(await desk.map_code(gap, milestone="attempted", why="not_home")) == ["C1", "C2"]
        assert list(await desk.map_code(gap, milestone="delivered", why=None)) == []
    async with look(house) as desk:
        assert [one.vocabulary for one in await desk.gaps()] == ["myvnpost"]
        told = [(one.milestone, one.why) for one in await desk.events("C1")]
        assert told == [(Milestone.ATTEMPTED, Why.NOT_HOME)] * 2
        (other,) = await desk.events("C4")
    assert (other.milestone, other.why) == (Milestone.LOST, None)


# --- feeds ----------------------------------------------------------------------------------------


async def test_a_feed_is_read_on_from_where_it_was_left(house: Transactions) -> None:
    begun = FeedCursor(carrier=POST, cursor="17", moved_at=NOW)
    moved = FeedCursor(carrier=POST, cursor="18", moved_at=NOW + HOUR)
    other = FeedCursor(carrier=OTHER, cursor="", moved_at=NOW)
    async with the_desk(house) as desk:
        assert await desk.cursor(POST) is None
        for cursor in (begun, other, moved):
            await desk.move_cursor(cursor)
    async with the_desk(house) as desk:
        assert await desk.cursor(POST) == moved
    async with look(house) as desk:
        assert list(await desk.cursors()) == [other, moved]


# --- calls ----------------------------------------------------------------------------------------


async def test_calls_are_listed_newest_first_page_by_page(house: Transactions) -> None:
    made = [a_call(f"0{number}", hours=number, request='{"x":"…"}') for number in range(1, 6)]
    async with the_desk(house) as desk:
        for call in (made[2], made[0], *made[3:], made[1], a_call("06", carrier=OTHER)):
            await desk.add_call(call)
    async with look(house) as desk:
        first = list(await desk.calls(POST, limit=2, after=None))
        assert first == [made[4], made[3]]
        assert list(await desk.calls(POST, limit=9, after=first[-1].id)) == made[2::-1]
        assert await desk.calls("nobody", limit=9, after=None) == []


async def test_calls_and_errors_are_counted_by_connection_and_operation(
    house: Transactions,
) -> None:
    async with the_desk(house) as desk:
        for call in (
            a_call("01", hours=-1, is_error=True, duration_ms=9000),
            a_call("02", duration_ms=80),
            a_call("03", hours=1, is_error=True, outcome="503", duration_ms=300),
            a_call("04", hours=1, operation="scans"),
            a_call("05", hours=2, carrier=OTHER),
        ):
            await desk.add_call(call)
    async with look(house) as desk:
        tally = list(await desk.tally(since=NOW))
        assert await desk.tally(since=NOW + 3 * HOUR) == []
    assert tally == [
        CallTally(carrier=OTHER, operation="book", calls=1, errors=0, slowest_ms=120),
        CallTally(carrier=POST, operation="book", calls=2, errors=1, slowest_ms=300),
        CallTally(carrier=POST, operation="scans", calls=1, errors=0, slowest_ms=120),
    ]


async def test_old_calls_are_forgotten(house: Transactions) -> None:
    async with the_desk(house) as desk:
        for number in range(4):
            await desk.add_call(a_call(f"0{number}", hours=number))
        assert await desk.forget_calls(POST, before=NOW + 2 * HOUR) == 2
        assert await desk.forget_calls(POST, before=NOW + 2 * HOUR) == 0
    async with look(house) as desk:
        assert [one.id for one in await desk.calls(POST, limit=9, after=None)] == ["03", "02"]


async def test_the_latest_check_of_credentials_is_kept(house: Transactions) -> None:
    checks = [
        CredentialCheck(carrier=POST, at=NOW, well=True, expires_at=NOW + 9 * HOUR),
        CredentialCheck(carrier=OTHER, at=NOW, well=True),
        CredentialCheck(carrier=POST, at=NOW + HOUR, well=False, said="mật khẩu hết hạn"),
    ]
    async with the_desk(house) as desk:
        for check in checks:
            await desk.put_check(check)
    async with look(house) as desk:
        assert list(await desk.checks()) == sorted(checks[1:], key=lambda one: one.carrier)


async def test_a_call_is_written_down_at_once(house: Transactions) -> None:
    first, second = a_call("01", response='{"status":"…"}'), a_call("02", is_error=True)
    assert list(await written(house, first, second)) == [second, first]


# --- what only a database can be asked ------------------------------------------------------------


@pytest.mark.parametrize("engine_name", DATABASES)
async def test_a_call_that_cannot_be_written_is_logged_without_its_bodies(
    engine_name: str, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(database_url) as storage:
        broken = a_call("01", request="PRIVATE").model_copy(update={"operation": None})
        await StoredCalls(storage).write(broken)
    (said,) = (one for one in caplog.records if one.msg == "carrier-call.not-kept")
    assert POST in str(vars(said))
    assert "PRIVATE" not in str(vars(said))


@pytest.mark.parametrize("engine_name", DATABASES)
async def test_a_call_stays_where_the_work_around_it_was_undone(
    engine_name: str, storage: Storage
) -> None:
    async def fails() -> None:
        async with storage.begin() as work:
            await work.carrier_desk.put_order(an_order())
            raise LookupError

    await StoredCalls(storage).write(a_call("01"))
    with pytest.raises(LookupError):
        await fails()
    async with look(storage) as desk:
        assert await desk.orders(["C1"]) == {}
        assert len(await desk.calls(POST, limit=9, after=None)) == 1


@pytest.mark.parametrize("engine_name", DATABASES)
async def test_two_who_are_told_the_same_things_in_another_order_keep_each_once(
    engine_name: str, database_url: str
) -> None:
    page = [a_report(f"k{number}") for number in range(40)]

    async def take(storage: Storage, told: Sequence[CarrierEvent]) -> int:
        async with storage.begin() as work:
            return len(await work.carrier_desk.add_events(told))

    async with opened(database_url) as one, opened(database_url) as two:
        for turn in range(5):
            mine = [a_report(f"{turn}-{event.key}") for event in page]
            async with asyncio.TaskGroup() as group:
                first = group.create_task(take(one, mine))
                second = group.create_task(take(two, mine[::-1]))
            assert first.result() + second.result() == len(page)


@pytest.mark.parametrize("engine_name", DATABASES)
async def test_a_held_order_waits_for_whoever_holds_it(engine_name: str, database_url: str) -> None:
    async def try_once(storage: Storage) -> None:
        async with storage.begin() as work:
            order = await work.carrier_desk.hold_order("C1")
            assert order is not None
            order.tries += 1
            await work.carrier_desk.put_order(order)

    async with opened(database_url) as one, opened(database_url) as two:
        async with the_desk(one) as desk:
            await desk.put_order(an_order())
        async with asyncio.TaskGroup() as group:
            for storage in (one, two) * 5:
                group.create_task(try_once(storage))
        async with look(one) as desk:
            assert (await desk.orders(["C1"]))["C1"].tries == 10


@pytest.mark.parametrize("engine_name", DATABASES)
async def test_one_province_sees_nothing_of_another(engine_name: str, database_url: str) -> None:
    async with opened(database_url) as here, opened(database_url, province="H99") as there:
        for storage, said in ((here, "here"), (there, "there")):
            async with storage.begin() as work:
                await work.consignments.put(a_consignment("C1"))
            async with the_desk(storage) as desk:
                await desk.put_order(an_order(said=said))
                assert keys(await desk.add_events([a_report("k1", note=said)])) == ["k1"]
                await desk.move_cursor(FeedCursor(carrier=POST, cursor=said, moved_at=NOW))
                await desk.add_call(a_call("01", outcome=said))
        async with the_desk(there) as desk:
            (gap,) = await desk.gaps()
            assert gap.count == 1
            await desk.map_code(gap, milestone="lost", why=None)
            assert await desk.forget_calls(POST, before=NOW + HOUR) == 1
        async with look(here) as desk:
            (order,) = await desk.open_orders(POST, limit=9, after="")
            (event,) = await desk.events("C1")
            (cursor,) = await desk.cursors()
            (call,) = await desk.calls(POST, limit=9, after=None)
            assert len(await desk.named(POST, references=["R-C1"], waybills=[])) == 1
            assert [one.calls for one in await desk.tally(since=NOW)] == [1]
    assert (order.said, event.note, cursor.cursor, call.outcome) == ("here",) * 4
    assert event.milestone is None
