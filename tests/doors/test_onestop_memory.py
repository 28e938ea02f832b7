"""The one-stop system in the same process: what the night's tests play with it."""

from collections import defaultdict
from datetime import UTC, date, datetime

import pytest

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.reconciliation.ports import (
    Counter,
    OneStopPage,
    OneStopUnavailable,
    Slice,
)
from postal_bridge.reconciliation.records import OneStopDossier
from postal_bridge.sandbox.onestop_memory import (
    READINGS,
    Drift,
    MemoryOneStop,
    row_appears,
    row_leaves,
    rows_swap,
)
from postal_bridge.sandbox.onestop_state import Row, Sandbox
from postal_bridge.sandbox.onestop_statistics import Defect

DAY = date(2019, 1, 10)
FIRST, LAST = date(2019, 1, 1), date(2019, 1, 31)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(clock=ReplayClock(datetime(2019, 2, 11, 17, 0, tzinfo=LOCAL)))


def plant(sandbox: Sandbox, serial: int, **columns: object) -> int:
    row = {
        "dossierNo": f"N{serial}",
        "govAgencyCode": "000.00.04.H37",
        "receiveDate": "10/01/2019 08:00:00",
        "dossierStatus": "processing",
        **columns,
    }
    return int(sandbox.put(row)["dossierId"])


class ATape:
    """Keeps answers, and gives the n-th one to whoever asks for the n-th time."""

    def __init__(self) -> None:
        self.kept: dict[str, list[bytes]] = defaultdict(list)
        self.asked: dict[str, int] = defaultdict(int)

    async def recall(self, question: str) -> bytes | None:
        answers = self.kept[question]
        number = self.asked[question]
        self.asked[question] += 1
        return answers[number] if number < len(answers) else None

    async def keep(self, question: str, body: bytes) -> None:
        self.kept[question].append(body)

    def rewind(self) -> None:
        self.asked.clear()


async def walked(onestop: MemoryOneStop, tape: ATape | None = None) -> list[OneStopPage]:
    return [page async for page in onestop.pages(received_from=DAY, received_to=DAY, tape=tape)]


def collected(pages: list[OneStopPage]) -> list[str]:
    """What somebody has who forgets everything when a reading begins anew."""
    rows: list[OneStopDossier] = []
    for page in pages:
        rows = (rows if page.start else []) + page.rows
    return [row.code for row in rows]


# --- a list that moves ----------------------------------------------------------------------------


@pytest.mark.parametrize("drift", [row_appears, row_leaves, rows_swap])
@pytest.mark.parametrize("behind", [1, 2])
async def test_a_list_that_moved_is_read_again_and_comes_whole(
    sandbox: Sandbox, drift: Drift, behind: int
) -> None:
    for serial in range(8):
        plant(sandbox, serial)
    onestop = MemoryOneStop(sandbox, page_size=3)
    onestop.drifts.extend([None] * (behind - 1) + [drift])

    pages = await walked(onestop)

    assert [page.start for page in pages].count(0) == 2
    assert sorted(collected(pages)) == sorted(str(row["dossierNo"]) for row in sandbox.rows())


async def test_what_happens_behind_the_last_page_is_for_the_next_night(sandbox: Sandbox) -> None:
    for serial in range(4):
        plant(sandbox, serial)
    onestop = MemoryOneStop(sandbox, page_size=3)
    onestop.drifts.extend([None, row_leaves])
    assert collected(await walked(onestop)) == ["N0", "N1", "N2", "N3"]
    assert collected(await walked(onestop)) == ["N0", "N1", "N3"]


async def test_a_list_that_never_rests_is_given_up(sandbox: Sandbox) -> None:
    for serial in range(8):
        plant(sandbox, serial)
    onestop = MemoryOneStop(sandbox, page_size=3)
    onestop.drifts.extend([row_appears] * (2 * READINGS))
    with pytest.raises(OneStopUnavailable, match=f"{READINGS} lần đọc"):
        await walked(onestop)


async def test_a_test_may_move_whatever_it_likes(sandbox: Sandbox) -> None:
    for serial in range(4):
        plant(sandbox, serial)

    def another_day(sandbox: Sandbox, row: Row) -> None:
        sandbox.put({"dossierId": row["dossierId"], "receiveDate": "11/01/2019 08:00:00"})

    onestop = MemoryOneStop(sandbox, page_size=3)
    onestop.drifts.append(another_day)
    assert collected(await walked(onestop)) == ["N1", "N2", "N3"]


async def test_a_tape_plays_a_moved_list_back_as_it_was(sandbox: Sandbox) -> None:
    for serial in range(8):
        plant(sandbox, serial)
    onestop, tape = MemoryOneStop(sandbox, page_size=3), ATape()
    onestop.drifts.append(row_leaves)
    before = await walked(onestop, tape)
    tape.rewind()
    onestop.broken = OneStopUnavailable("503")
    again = await walked(onestop, tape)
    assert [page.raw for page in again] == [page.raw for page in before]
    assert collected(again) == collected(before)


# --- rows -----------------------------------------------------------------------------------------


async def test_a_date_that_no_calendar_has_makes_a_row_strange(sandbox: Sandbox) -> None:
    dossier_id = plant(sandbox, 1, dueDate="17/01/2019 17:00:00")
    sandbox.spoil(dossier_id, finishDate="31/02/2019 08:00:00", viaPostal=7)
    ((row,),) = [page.rows for page in await walked(MemoryOneStop(sandbox))]
    assert row.returned_at is None
    assert row.promised_at == datetime(2019, 1, 17, 10, 0, tzinfo=UTC)
    assert row.strange == (
        "Giá trị không đọc được: viaPostal = 7, finishDate = “31/02/2019 08:00:00”"
    )
    plant(sandbox, 2)
    found = await MemoryOneStop(sandbox).find("N2")
    assert found is not None
    assert found.strange == ""


async def test_fees_are_told_where_the_switch_says_so(sandbox: Sandbox) -> None:
    plant(sandbox, 1)
    plant(sandbox, 2)
    onestop = MemoryOneStop(sandbox)
    onestop.fees["N1"] = 35_000
    assert [row.fee_vnd for page in await walked(onestop) for row in page.rows] == [None, None]
    onestop.tells_fees = True
    assert [row.fee_vnd for page in await walked(onestop) for row in page.rows] == [35_000, 0]
    found = await onestop.find("N1")
    assert found is not None
    assert found.fee_vnd == 35_000


# --- counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "number"),
    [
        (Slice(first=DAY, last=DAY), 4),
        (Slice(first=DAY, last=LAST), 5),
        (Slice(first=DAY, last=DAY, status=9), 1),
        (Slice(first=DAY, last=DAY, agency="000.00.05.H37"), 1),
        (Slice(first=DAY, last=DAY, channel=3), 1),
        (Slice(first=DAY, last=DAY, return_mode=1), 2),
        (Slice(first=DAY, last=DAY, return_mode=1, channel=3), 1),
        (Slice(first=LAST, last=DAY), 0),
    ],
)
async def test_any_part_of_the_list_can_be_counted(
    sandbox: Sandbox, part: Slice, number: int
) -> None:
    plant(sandbox, 1, dossierStatus="releasing")
    plant(sandbox, 2, govAgencyCode="000.00.05.H37")
    plant(sandbox, 3, fromViaPostal=1, viaPostal=4)
    plant(sandbox, 4, viaPostal=2)
    plant(sandbox, 5, receiveDate="11/01/2019 00:00:00")
    onestop, tape = MemoryOneStop(sandbox), ATape()
    assert await onestop.count(part, tape=tape) == number
    tape.rewind()
    onestop.broken = OneStopUnavailable("503")
    assert await onestop.count(part, tape=tape) == number


# --- statistics -----------------------------------------------------------------------------------


async def figures(onestop: MemoryOneStop, agency: str = "") -> dict[Counter, int]:
    statistics = await onestop.statistics(first=FIRST, last=LAST)
    return {one.counter: one.value for one in statistics.counted if one.agency == agency}


def plant_a_month(sandbox: Sandbox) -> None:
    released = {"releaseDate": "15/01/2019 09:00:00", "dossierStatus": "done"}
    plant(sandbox, 1, online=True)
    plant(sandbox, 2, **released, dueDate="14/01/2019 17:00:00", viaPostal=4)
    plant(sandbox, 3, **released, dueDate="16/01/2019 17:00:00", viaPostal=2)
    plant(sandbox, 4, govAgencyCode="000.00.05.H37")
    plant(sandbox, 5, dossierStatus="denied")


async def test_a_month_is_counted_for_all_and_for_each_agency(sandbox: Sandbox) -> None:
    plant_a_month(sandbox)
    onestop = MemoryOneStop(sandbox)
    c = Counter
    assert await figures(onestop) == {
        c.RECEIVED: 4,
        c.RECEIVED_ONLINE: 1,
        c.RESOLVED: 2,
        c.LATE: 1,
        c.POSTAL_REGISTERED: 2,
    }
    assert (await figures(onestop, "000.00.04.H37"))[c.RECEIVED] == 3
    assert (await figures(onestop, "000.00.05.H37"))[c.RECEIVED] == 1


async def test_every_month_that_the_days_touch_is_asked_for_once(sandbox: Sandbox) -> None:
    onestop, tape = MemoryOneStop(sandbox), ATape()
    statistics = await onestop.statistics(
        first=date(2018, 12, 31), last=date(2019, 2, 1), tape=tape
    )
    spans = sorted({(one.first, one.last) for one in statistics.counted})
    february = (date(2019, 2, 1), date(2019, 2, 28))
    assert spans == [(date(2018, 12, 1), date(2018, 12, 31)), (FIRST, LAST), february]
    assert len(tape.kept) == 3


async def test_what_was_carried_over_may_be_in_the_postal_count_and_is_told_beside_it(
    sandbox: Sandbox,
) -> None:
    plant(sandbox, 1, receiveDate="31/12/2018 16:00:00", viaPostal=2)
    plant(sandbox, 2, viaPostal=2)
    told = await MemoryOneStop(sandbox).statistics(first=FIRST, last=LAST)
    (postal,) = [
        one for one in told.counted if one.counter is Counter.POSTAL_REGISTERED and not one.agency
    ]
    assert (postal.value, postal.carried) == (2, 1)


@pytest.mark.parametrize(
    ("defect", "counter", "value"),
    [
        (Defect.VIA_POSTAL_ONLY_TWO, Counter.POSTAL_REGISTERED, 1),
        (Defect.DUE_FROM_CREATED, Counter.LATE, 0),
    ],
)
async def test_a_defect_shows_in_its_own_figure_and_breaks_no_identity(
    sandbox: Sandbox, defect: Defect, counter: Counter, value: int
) -> None:
    plant_a_month(sandbox)
    onestop = MemoryOneStop(sandbox)
    well = await figures(onestop)
    onestop.defects = frozenset({defect})
    statistics = await onestop.statistics(first=FIRST, last=LAST)
    assert statistics.broken == []
    assert await figures(onestop) == {**well, counter: value}


async def test_a_broken_identity_is_a_sentence(sandbox: Sandbox) -> None:
    plant_a_month(sandbox)
    onestop = MemoryOneStop(sandbox)
    assert (await onestop.statistics(first=FIRST, last=LAST)).broken == []
    onestop.defects = frozenset({Defect.TOTAL_OFF_BY_ONE})
    (sentence,) = (await onestop.statistics(first=FIRST, last=LAST)).broken
    assert "totalCount = 6 khác deniedCount 1 + processCount 4" in sentence
