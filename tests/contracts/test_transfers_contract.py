"""What the lists of transfers show, in memory and on every database."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

import pytest

from postal_bridge.dossiers.records import Dossier, Place
from postal_bridge.identity import Role
from postal_bridge.inbound import Staff
from postal_bridge.journey import Direction, HolderAfter, Stage, Status
from postal_bridge.tracking import ports
from postal_bridge.tracking.records import Consignment, ConsignmentState, Position
from postal_bridge.tracking.transfers import Transfer, TransferCount, TransferFilter
from tests.stages.memory import MemoryWork
from tests.stores import HOUR, NOW, a_dossier, a_position, an_event, an_item, opened

PORT = "tracking.ports.Transfers"
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")
DESK = Place(code="desk-1", name="Quầy tiếp nhận", kind="desk")
TUAN = Staff(username="tuan", name="Lý Văn Tuấn", role=Role.COURIER)
POUCH = "TUI-190110-0001-5"
LATER = NOW + timedelta(days=3)


class Lists(Protocol):
    """Somewhere to put things, and to look at the lists."""

    async def put(
        self,
        positions: Sequence[Position],
        *,
        dossiers: Sequence[Dossier] = (),
        consignments: Sequence[Consignment] = (),
    ) -> None: ...

    def look(self) -> AbstractAsyncContextManager[ports.Transfers]: ...


class Kept:
    """The lists of a storage: written in transactions, read in a glance."""

    def __init__(self, storage: Any) -> None:
        self.storage = storage

    async def put(
        self,
        positions: Sequence[Position],
        *,
        dossiers: Sequence[Dossier] = (),
        consignments: Sequence[Consignment] = (),
    ) -> None:
        async with self.storage.begin() as work:
            for dossier in dossiers:
                await work.dossiers.add(dossier, [])
            for position in positions:
                item = position.item_code
                if await work.custody.find(item) is None:
                    await work.custody.add_item(an_item(item))
                event = an_event(position.seq, item=item)
                await work.custody.record(event, position)
            await work.consignments.put(*consignments)

    @asynccontextmanager
    async def look(self) -> AsyncIterator[ports.Transfers]:
        if isinstance(self.storage, MemoryWork):
            yield self.storage.transfers
        else:
            async with self.storage.glance() as look:
                yield look.transfers

    async def introduce(self) -> None:
        if isinstance(self.storage, MemoryWork):
            self.storage.catalogue.kept_places = {DESK.code: DESK}
            self.storage.transfers.staff.append(TUAN)
            return
        async with self.storage.begin() as work:
            await work.catalogue.import_places([DESK])
            await work.inbound.save_staff(TUAN)


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def lists(engine_name: str, request: pytest.FixtureRequest) -> AsyncIterator[Lists]:
    if engine_name == "memory":
        kept = Kept(MemoryWork())
        await kept.introduce()
        yield kept
        return
    async with opened(request.getfixturevalue("database_url")) as storage:
        kept = Kept(storage)
        await kept.introduce()
        yield kept


def position(item: str, **values: object) -> Position:
    return a_position(item=item).model_copy(update=values)


def asked(**values: Any) -> TransferFilter:
    return TransferFilter(**{"now": LATER, **values})


def consignment(item: str, carrier: str = "vnpost", **values: object) -> Consignment:
    made = Consignment(
        number=f"VD-{item.replace('/', '-')}",
        item_code=item,
        dossier_code=item.partition("/")[0],
        carrier=carrier,
        consignee_name="Nông Thị Hồng Đào",
        consignee_phone="0912345678",
        consignee_address="Thôn Nà Sầm",
        booked_at=NOW,
        booked_by="lan",
    )
    return made.model_copy(update=values)


async def codes(lists: Lists, **wanted: Any) -> str:
    async with lists.look() as transfers:
        return "".join(one.item_code for one in await transfers.page(asked(**wanted)))


async def test_a_line_says_everything_about_its_item(lists: Lists) -> None:
    placed = position(
        "D1/K1",
        direction=Direction.BACK,
        stage=Stage.DELIVERY,
        custodian_kind=HolderAfter.CARRIER,
        custodian="tuan",
        since=LATER - 50 * HOUR - timedelta(minutes=59),
    )
    promised = a_dossier("D1", status=Status.PROCESSING)
    await lists.put([placed], dossiers=[promised], consignments=[consignment("D1/K1")])

    async with lists.look() as transfers:
        (found,) = await transfers.page(asked())
        assert await transfers.about(["D1/K1", "unknown"], now=LATER) == [found]
    assert found == Transfer(
        hours_held=50,
        **placed.model_dump(exclude={"last_event_id"}),
        last_event_id=str(placed.last_event_id),
        holder_code="tuan",
        holder_name="Lý Văn Tuấn",
        place_name="Quầy tiếp nhận",
        overdue=True,
        promised_at=promised.promised_at,
        carrier="vnpost",
        consignment="VD-D1-K1",
    )


async def test_names_that_nobody_knows_are_their_codes(lists: Lists) -> None:
    await lists.put([position("A", place="X-1", custodian="hoa")])
    async with lists.look() as transfers:
        (found,) = await transfers.page(asked())
    assert (found.place_name, found.holder_name, found.holder_code) == ("X-1", "hoa", "hoa")
    assert (found.promised_at, found.overdue, found.carrier) == (None, False, None)


async def test_an_item_in_a_sealed_pouch_is_held_by_it_and_by_who_bears_it(lists: Lists) -> None:
    await lists.put(
        [
            position("A", pouch=POUCH, sealed=True, custodian="tuan"),
            position("B", pouch=POUCH, sealed=False, custodian="tuan"),
            position("C", custodian="hoa"),
        ]
    )
    async with lists.look() as transfers:
        assert [one.holder_code for one in await transfers.page(asked())] == [POUCH, "tuan", "hoa"]
    assert await codes(lists, holder=POUCH) == "A"
    assert await codes(lists, holder="tuan") == "AB"
    assert await codes(lists, holder="hoa") == "C"


async def test_only_open_items_are_shown_unless_closed_stages_are_named(lists: Lists) -> None:
    await lists.put(
        [
            position("A"),
            position("B", stage=Stage.RETURNED),
            position("C", stage=Stage.RETAINED),
            position("D", stage=Stage.TRANSFER),
        ]
    )
    assert await codes(lists) == "AD"
    assert await codes(lists, stages=(Stage.RETURNED,)) == "B"
    assert await codes(lists, stages=(Stage.RETURNED, Stage.TRANSFER)) == "BD"
    assert await codes(lists, stages=(Stage.COUNTER, Stage.DESK)) == "A"
    assert await codes(lists, stages=tuple(Stage)) == "ABCD"
    async with lists.look() as transfers:
        every = await transfers.about(["C", "B", "A"], now=LATER)
    assert [one.item_code for one in every] == ["A", "B", "C"]


async def test_an_item_that_moves_leaves_the_list_and_comes_back(lists: Lists) -> None:
    await lists.put([position("A")])
    await lists.put([position("A", seq=2, stage=Stage.RETURNED)])
    assert await codes(lists) == ""
    await lists.put([position("A", seq=3, stage=Stage.DESK)])
    assert await codes(lists) == "A"


async def test_each_filter_restricts_by_what_it_says(lists: Lists) -> None:
    await lists.put(
        [
            position("A", stage=Stage.TRANSFER, custodian="tuan"),
            position("B", direction=Direction.BACK, department="H37.02"),
            position("C", place="H37.01", since=NOW + 9 * HOUR),
        ],
        consignments=[consignment("B")],
    )
    assert await codes(lists) == "ABC"
    assert await codes(lists, limit=2) == "AB"
    assert await codes(lists, after="A") == "BC"
    assert await codes(lists, after="A", limit=1) == "B"
    assert await codes(lists, direction=Direction.BACK) == "B"
    assert await codes(lists, department="H37.02") == "B"
    assert await codes(lists, stages=(Stage.TRANSFER, Stage.DESK)) == "A"
    assert await codes(lists, holder="tuan") == "A"
    assert await codes(lists, place="H37.01") == "C"
    assert await codes(lists, since_before=NOW + 9 * HOUR) == "AB"
    assert await codes(lists, carrier="vnpost") == "B"
    assert await codes(lists, carrier="ghn") == ""
    assert await codes(lists, direction=Direction.BACK, place="H37.01") == ""


@pytest.mark.parametrize("state", ConsignmentState)
async def test_a_carrier_has_what_is_on_its_way_with_it(
    lists: Lists, state: ConsignmentState
) -> None:
    await lists.put([position("A")], consignments=[consignment("A", state=state)])
    underway = state in {"booked", "collected", "attempted"}
    assert await codes(lists, carrier="vnpost") == ("A" if underway else "")
    async with lists.look() as transfers:
        (found,) = await transfers.page(asked())
    assert found.consignment == ("VD-A" if underway else None)


@pytest.mark.parametrize(
    ("status", "promised_at", "paused_at", "overdue"),
    [
        (Status.PROCESSING, LATER - HOUR, None, True),
        (Status.RECEIVED, LATER - HOUR, None, True),
        (Status.PROCESSING, LATER + HOUR, None, False),
        (Status.PROCESSING, LATER.replace(second=0, microsecond=0), None, False),
        (Status.PROCESSING, LATER - timedelta(minutes=1), None, True),
        (Status.PROCESSING, None, None, False),
        (Status.RESOLVED, LATER - HOUR, None, False),
        (Status.RETURNED, LATER - HOUR, None, False),
        (Status.REFUSED, LATER - HOUR, None, False),
        (Status.SUPPLEMENT, LATER - HOUR, LATER - 2 * HOUR, False),
        (Status.SUPPLEMENT, LATER - 2 * HOUR, LATER - HOUR, True),
        (Status.SUPPLEMENT, LATER - HOUR, LATER - HOUR + timedelta(seconds=40), False),
    ],
)
async def test_overdue_is_what_was_promised_and_is_not_done(
    lists: Lists,
    status: Status,
    promised_at: datetime | None,
    paused_at: datetime | None,
    overdue: bool,
) -> None:
    dossier = a_dossier("D1", status=status)
    values = {"promised_at": promised_at, "paused_at": paused_at}
    await lists.put([position("D1/H1")], dossiers=[dossier.model_copy(update=values)])
    assert await codes(lists, overdue=overdue) == "D1/H1"
    assert await codes(lists, overdue=not overdue) == ""
    async with lists.look() as transfers:
        (found,) = await transfers.page(asked())
        (counted,) = await transfers.summary(asked())
    assert (found.overdue, counted.overdue) == (overdue, int(overdue))


async def test_the_summary_counts_what_the_pages_hold(lists: Lists) -> None:
    late = a_dossier("D1", status=Status.PROCESSING)
    await lists.put(
        [
            position("D1/H1", stage=Stage.TRANSFER, since=NOW),
            position("D2/H1", stage=Stage.TRANSFER, since=NOW - HOUR),
            position("D3/H1"),
            position("D4/H1", stage=Stage.RETURNED),
        ],
        dossiers=[late],
    )
    async with lists.look() as transfers:
        counted = await transfers.summary(asked())
        moving = await transfers.summary(asked(overdue=True))
        gone = await transfers.summary(asked(stages=(Stage.RETURNED,)))
    out, justice = Direction.OUT, "H37.01"
    assert counted == [
        TransferCount(out, justice, Stage.COUNTER, 1, 0, NOW + HOUR),
        TransferCount(out, justice, Stage.TRANSFER, 2, 1, NOW - HOUR),
    ]
    assert moving == [TransferCount(out, justice, Stage.TRANSFER, 1, 1, NOW)]
    assert gone == [TransferCount(out, justice, Stage.RETURNED, 1, 0, NOW + HOUR)]
    assert counted[1].direction is Direction.OUT


async def test_more_items_than_fit_into_one_statement_are_looked_up(lists: Lists) -> None:
    names = [f"D{number:04}/H1" for number in range(700)]
    await lists.put([position(name) for name in names])
    async with lists.look() as transfers:
        found = await transfers.about([*names, *names[:9]], now=LATER)
        assert await transfers.about([], now=LATER) == []
    assert [one.item_code for one in found] == names


async def test_a_device_that_was_ahead_held_nothing_for_less_than_no_time(lists: Lists) -> None:
    await lists.put([position("A", since=LATER + HOUR)])
    async with lists.look() as transfers:
        (found,) = await transfers.page(asked())
    assert found.hours_held == 0


# --- all filters together -------------------------------------------------------------------------


def a_crowd(chance: random.Random) -> dict[str, Any]:
    """Two hundred items in all possible states, with dossiers and consignments."""
    positions, dossiers, consignments = [], [], []
    for number in range(200):
        dossier = a_dossier(f"D{number:03}", status=chance.choice(list(Status)))
        dossier.promised_at = LATER + chance.randint(-40, 40) * HOUR
        dossier.paused_at = chance.choice([None, LATER - chance.randint(1, 60) * HOUR])
        dossiers.append(dossier)
        item = f"{dossier.code}/H1"
        positions.append(
            position(
                item,
                direction=chance.choice(list(Direction)),
                department=chance.choice(["H37.01", "H37.02"]),
                stage=chance.choice(list(Stage)),
                place=chance.choice(["desk-1", "H37.01"]),
                custodian=chance.choice(["tuan", "desk-1", "hoa"]),
                pouch=chance.choice([None, POUCH]),
                sealed=chance.choice([False, True]),
                since=LATER - chance.randint(0, 70) * HOUR,
            )
        )
        if chance.random() < 0.4:
            state = chance.choice(list(ConsignmentState))
            consignments.append(consignment(item, chance.choice(["vnpost", "ghn"]), state=state))
    return {"positions": positions, "dossiers": dossiers, "consignments": consignments}


def a_question(chance: random.Random) -> dict[str, Any]:
    """Some filters, most of them left out."""
    possible: dict[str, Any] = {
        "direction": chance.choice(list(Direction)),
        "department": chance.choice(["H37.01", "H37.02"]),
        "stages": tuple(chance.sample(list(Stage), chance.randint(1, 6))),
        "overdue": chance.choice([True, False]),
        "holder": chance.choice(["tuan", "desk-1", POUCH]),
        "carrier": chance.choice(["vnpost", "ghn"]),
        "place": chance.choice(["desk-1", "H37.01"]),
        "since_before": LATER - chance.randint(0, 70) * HOUR,
        "after": f"D{chance.randint(0, 200):03}/H1",
        "limit": chance.choice([1, 7, 50, 500]),
    }
    return {name: value for name, value in possible.items() if chance.random() < 0.3}


async def test_all_filters_together_show_what_item_by_item_shows(
    database_url: str, engine_name: str
) -> None:
    if engine_name == "memory":
        return  # it is the measure here
    chance = random.Random(190110)
    crowd = a_crowd(chance)
    plain = Kept(MemoryWork())
    async with opened(database_url) as storage:
        kept = Kept(storage)
        for lists in (plain, kept):
            await lists.introduce()
            await lists.put(**crowd)
        async with kept.look() as quick, plain.look() as slow, storage.begin(write=False) as work:
            for _ in range(150):
                wanted = asked(**a_question(chance))
                page = await slow.page(wanted)
                assert await quick.page(wanted) == page
                assert await work.transfers.page(wanted) == page
                assert await quick.summary(wanted) == await slow.summary(wanted)
