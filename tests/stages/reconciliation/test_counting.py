"""Counts first: few questions, every difference that counts can show, and only its days."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.clock import local_day
from postal_bridge.reconciliation.counting import OurCounts, Span, differing_days
from postal_bridge.reconciliation.ports import Slice, Tape
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier
from tests.stages.reconciliation.two_sides import AGENCIES, AGENCY, DAY, RECEIVED, our, their

FIRST = DAY - timedelta(days=9)
WINDOW: Span = (FIRST, DAY)
EVERYTHING = frozenset({"days", "status", "agency", "channel", "return_mode"})
NO_TAPE: Tape = None  # type: ignore[assignment]  # the counter below asks nobody


class Counts:
    """Another side that can only count."""

    name = "counts"
    tells_fees = False

    def __init__(
        self, rows: Sequence[OneStopDossier], countable: frozenset[str] = EVERYTHING
    ) -> None:
        self.rows = rows
        self.countable = countable
        self.asked: list[Slice] = []

    async def count(self, part: Slice, *, tape: Tape | None = None) -> int:
        self.asked.append(part)
        wanted = {
            "status": part.status,
            "department_code": part.agency,
            "channel": part.channel,
            "return_mode": part.return_mode,
        }
        return sum(
            row.received_at is not None
            and part.first <= local_day(row.received_at) <= part.last
            and all(value is None or getattr(row, name) == value for name, value in wanted.items())
            for row in self.rows
        )


async def days(ours: Sequence[OurDossier], onestop: Counts) -> list[Span]:
    counts = OurCounts(AGENCIES)
    counts.add(ours)
    return await differing_days(counts, onestop, WINDOW, tape=NO_TAPE)  # type: ignore[arg-type]


def on(days_ago: int, serial: int = 1, **changes: object) -> tuple[OurDossier, OneStopDossier]:
    received_at = RECEIVED - timedelta(days=days_ago)
    common = {"received_at": received_at, **changes}
    return our(serial, **common), their(serial, **common)


def both(*pairs: tuple[OurDossier, OneStopDossier]) -> tuple[list[OurDossier], Counts]:
    return [mine for mine, _ in pairs], Counts([row for _, row in pairs])


async def test_equal_sides_need_no_list_at_all() -> None:
    ours, onestop = both(*(on(serial % 10, serial) for serial in range(40)))
    assert await days(ours, onestop) == []
    assert len(onestop.asked) < 40


async def test_a_missing_dossier_shows_on_its_day_and_on_no_other() -> None:
    ours, onestop = both(*(on(serial % 10, serial) for serial in range(40)))
    gone = DAY - timedelta(days=3)
    onestop.rows = [row for row in onestop.rows if row.code != ours[3].code]
    assert await days(ours, onestop) == [(gone, gone)]


async def test_another_state_shows_though_the_number_of_dossiers_is_the_same() -> None:
    ours, onestop = both(on(2, 1), on(2, 2), on(5, 3))
    onestop.rows = [*onestop.rows[:2], their(3, status=9, received_at=ours[2].received_at)]
    day = DAY - timedelta(days=5)
    assert await days(ours, onestop) == [(day, day)]


async def test_an_agency_that_we_do_not_know_is_missed_at_the_one_we_know() -> None:
    ours, onestop = both(on(1))
    onestop.rows = [their(1, received_at=ours[0].received_at, department_code="G22.99")]
    day = DAY - timedelta(days=1)
    assert await days(ours, onestop) == [(day, day)]
    assert any(part.agency == AGENCY for part in onestop.asked)


async def test_neighbouring_days_are_one_list() -> None:
    _, onestop = both(on(4, 1), on(3, 2), on(1, 3))
    assert await days([], onestop) == [
        (DAY - timedelta(days=4), DAY - timedelta(days=3)),
        (DAY - timedelta(days=1), DAY - timedelta(days=1)),
    ]


async def test_dossiers_that_they_refused_are_not_ours_to_count() -> None:
    ours, onestop = both(on(1, 1), on(1, 2))
    refused = their(3, status=3, received_at=ours[0].received_at)
    onestop.rows = [*onestop.rows, refused]
    assert await days(ours, onestop) == []


async def test_a_system_that_counts_days_only_is_asked_for_days_only() -> None:
    ours, onestop = both(on(1))
    onestop.countable = frozenset({"days"})
    assert await days(ours, onestop) == []
    assert {(part.status, part.agency, part.channel) for part in onestop.asked} == {
        (None, None, None)
    }


one_dossier = st.tuples(
    st.integers(0, 9), st.sampled_from([2, 4, 9]), st.integers(1, 3), st.integers(0, 1)
)


@given(st.lists(one_dossier, max_size=12), st.integers(0, 11), one_dossier)
async def test_one_dossier_changed_in_anything_that_is_counted_is_always_found(
    dossiers: list[tuple[int, int, int, int]], which: int, changed: tuple[int, int, int, int]
) -> None:
    def made(serial: int, facts: tuple[int, int, int, int]) -> tuple[OurDossier, OneStopDossier]:
        ago, status, channel, mode = facts
        return on(ago, serial, status=status, channel=channel, return_mode=mode)

    if not dossiers:
        return
    which %= len(dossiers)
    ours = [made(serial, facts)[0] for serial, facts in enumerate(dossiers)]
    there = [*dossiers[:which], changed, *dossiers[which + 1 :]]
    onestop = Counts([made(serial, facts)[1] for serial, facts in enumerate(there)])
    found = await days(ours, onestop)
    differing: set[date] = set()
    if dossiers[which] != changed:
        differing = {DAY - timedelta(days=facts[0]) for facts in (dossiers[which], changed)}
    assert {
        first + timedelta(days=offset)
        for first, last in found
        for offset in range((last - first).days + 1)
    } == differing
