"""What every comparison of two snapshots must do: the same as one does by hand, code by code."""

import asyncio
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from postal_bridge.reconciliation.ports import Side, Snapshot, Snapshots, Suspects
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier
from postal_bridge.snapshots.engines import DuckDBEngine, Engine, SparkEngine
from postal_bridge.snapshots.parquet import ParquetSnapshots
from tests.stages.memory_snapshots import Digest, MemorySnapshots
from tests.stages.reconciliation.two_sides import AGENCIES, PROMISED, RECEIVED, our, their

PORTS = (
    "reconciliation.ports.Snapshot",
    "reconciliation.ports.SnapshotWriter",
    "reconciliation.ports.Snapshots",
)
IMPLEMENTATIONS = ("memory", "picked", "duckdb", "spark")
# One worker for all of them: Spark takes ten seconds to start.
pytestmark = pytest.mark.xdist_group("spark")

Dossier = TypeVar("Dossier", OurDossier, OneStopDossier)
MakeSnapshots = Callable[[Digest], Snapshots]


def constant(_code: bytes) -> bytes:
    """All codes have one key digest."""
    return bytes(8)


def two_bits(code: bytes) -> bytes:
    """A code has the key digest of about every fourth other one."""
    return bytes([xxhash.xxh3_64_digest(code)[7] & 0xC0, *bytes(7)])


DIGESTS: dict[str, Digest] = {
    "true": xxhash.xxh3_64_digest,
    "two bits": two_bits,
    "constant": constant,
}


# --- who compares ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def spark_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    """One Spark for all tests: it takes long to start."""
    if shutil.which("java") is None:
        pytest.skip("Spark tests: no Java found (Debian: apt install openjdk-17-jre-headless)")
    pytest.importorskip("pyspark", reason="Spark tests: requirements/spark.txt is not installed")
    engine = SparkEngine(tmp_path_factory.mktemp("spark"), threads=1, memory="512m")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def duckdb_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(tmp_path_factory.mktemp("duckdb"), threads=1, memory="500MB")
    yield engine
    engine.close()


@pytest.fixture(params=IMPLEMENTATIONS)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MakeSnapshots:
    """Makes the snapshots, given the digest of codes."""
    if request.param == "memory":
        return MemorySnapshots
    if request.param == "picked":  # short lists; no engine is opened while they differ little
        return lambda digest: ParquetSnapshots(tmp_path_factory.mktemp("picked"), digest=digest)
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return lambda digest: ParquetSnapshots(
        tmp_path_factory.mktemp("snapshots"), engine, digest=digest
    )


quick = pytest.mark.parametrize(
    "make", [each for each in IMPLEMENTATIONS if each != "spark"], indirect=True
)
"""Spark takes seconds for three rows: it gets the same cases, all in one list."""


@dataclass(frozen=True)
class Sides:
    """What is compared."""

    ours: Sequence[OurDossier]
    theirs: Sequence[OneStopDossier]
    with_fees: bool = False
    agencies: dict[str, str] = field(default_factory=lambda: dict(AGENCIES))
    page: int = 3

    def written(self, snapshots: Snapshots) -> tuple[Snapshot, Snapshot]:
        """Both sides, written page by page."""
        found: list[Snapshot] = []
        lists: dict[Side, Sequence[Any]] = {Side.OURS: self.ours, Side.THEIRS: self.theirs}
        for side, rows in lists.items():
            writer = snapshots.begin(side, agencies=self.agencies, with_fees=self.with_fees)
            for start in range(0, len(rows), self.page):
                writer.add(rows[start : start + self.page])
            found.append(writer.finish())
        assert [one.rows for one in found] == [len(self.ours), len(self.theirs)]
        return found[0], found[1]

    def suspects(self, snapshots: Snapshots) -> Suspects:
        """What differs."""
        return asyncio.run(snapshots.suspects(*self.written(snapshots)))


def agreed(make: MakeSnapshots, sides: Sides, digest: Digest = xxhash.xxh3_64_digest) -> Suspects:
    """What differs, after it was found to be the same as by hand."""
    found = sides.suspects(make(digest))
    assert found == sides.suspects(MemorySnapshots(digest))
    return found


def renamed(one: Dossier, number: int) -> Dossier:
    """The dossier under a code that no other example has."""
    return msgspec.structs.replace(one, code=f"{number}/{one.code}")


# --- examples -------------------------------------------------------------------------------------

LATE = RECEIVED + timedelta(days=1)
EVENING = datetime(2019, 1, 10, 16, 59, 59, 999999, tzinfo=UTC)
MIDNIGHT = datetime(2019, 1, 10, 17, tzinfo=UTC)

DIFFERING: dict[str, Sides] = {
    "missing there": Sides([our()], []),
    "missing here": Sides([], [their()]),
    "status": Sides([our()], [their(status=9)]),
    "status without number": Sides([our()], [their(status=0)]),
    "department": Sides([our()], [their(department_code="000.00.01.H37")]),
    "procedure": Sides([our()], [their(procedure_code="1.003004")]),
    "channel": Sides([our()], [their(channel=2)]),
    "return mode": Sides([our()], [their(return_mode=1)]),
    "day of reception": Sides([our()], [their(received_at=LATE)]),
    "midnight": Sides([our(received_at=EVENING)], [their(received_at=MIDNIGHT)]),
    "no day of reception": Sides([our()], [their(received_at=None)]),
    "promised day": Sides([our()], [their(promised_at=LATE)]),
    "nothing promised here": Sides([our(promised_at=None)], [their()]),
    "fee": Sides([our(fee_vnd=5000)], [their(fee_vnd=0)], with_fees=True),
    "strange": Sides([our()], [their(strange="ngày 31/02")]),
    "twice there": Sides([our()], [their(), their()]),
    "twice here": Sides([our(), our()], [their()]),
    "twice on both sides": Sides([our(), our()], [their(), their()]),
    "twice on both sides, in two states": Sides([our(), our(status=5)], [their(), their(status=5)]),
    "twice there, once changed": Sides([our()], [their(), their(status=9)]),
    "code in capitals": Sides([our(code="h37-1")], [their(code="H37-1")]),
    "no code": Sides([], [their(code="")]),
}
EQUAL: dict[str, Sides] = {
    "nothing": Sides([], []),
    "the same": Sides([our()], [their()]),
    "other hours": Sides(
        [our(received_at=MIDNIGHT - timedelta(days=1))], [their(received_at=EVENING)]
    ),
    "nothing promised": Sides([our(promised_at=None)], [their(promised_at=None)]),
    "what is not compared": Sides(
        [our(resolved_at=PROMISED)], [their(raw_status="đã trả", returned_at=PROMISED)]
    ),
    "fees not compared": Sides([our(fee_vnd=5000)], [their(fee_vnd=0)]),
    "fee not told": Sides([our(fee_vnd=5000)], [their(fee_vnd=None)], with_fees=True),
    "agency of another place": Sides([our(department="STP")], [their(department_code="PCC1")]),
    "department without agency": Sides(
        [our(department="XA")], [their(department_code="XA")], agencies={}
    ),
}


@quick
@pytest.mark.parametrize("name", DIFFERING)
def test_a_difference_makes_suspects_with_all_their_rows(make: MakeSnapshots, name: str) -> None:
    sides = DIFFERING[name]
    suspects = agreed(make, sides)
    assert suspects.ours == sorted(sides.ours, key=lambda one: one.code)
    assert suspects.theirs == sorted(sides.theirs, key=lambda row: row.code)
    assert suspects.equal == 0


@quick
@pytest.mark.parametrize("name", EQUAL)
def test_what_is_equal_is_no_suspect(make: MakeSnapshots, name: str) -> None:
    suspects = agreed(make, EQUAL[name])
    assert (suspects.ours, suspects.theirs) == ([], [])
    assert suspects.equal == len(EQUAL[name].ours) == len(suspects.sample)


@pytest.mark.parametrize("digest", ["true", "two bits"])
def test_all_of_these_at_once_in_one_list(make: MakeSnapshots, digest: str) -> None:
    """Each example under codes of its own; those about fees are among them once."""
    examples = [*DIFFERING.values(), *EQUAL.values()]
    sides = Sides(
        [renamed(one, number) for number, each in enumerate(examples) for one in each.ours],
        [renamed(row, number) for number, each in enumerate(examples) for row in each.theirs],
        with_fees=digest == "true",
    )
    agreed(make, sides, DIGESTS[digest])


@quick
@pytest.mark.parametrize("digest", DIGESTS)
def test_codes_with_one_digest_hide_no_difference_and_invent_none(
    make: MakeSnapshots, digest: str
) -> None:
    equal = Sides([our(1), our(2), our(3)], [their(3), their(1), their(2)])
    assert agreed(make, equal, DIGESTS[digest]).equal == 3

    elsewhere = Sides([our(1), our(2)], [their(2), their(3)])
    suspects = agreed(make, elsewhere, DIGESTS[digest])
    assert suspects.ours == [our(1)]
    assert suspects.theirs == [their(3)]

    swapped = Sides([our(1), our(2, status=9)], [their(1, status=9), their(2)])
    assert len(agreed(make, swapped, DIGESTS[digest]).ours) == 2

    apart = Sides([our(1)], [their(2)])
    assert agreed(make, apart, DIGESTS[digest]).theirs == [their(2)]


def long_list(twice: Side | None) -> Sides:
    """Rows come in no order, one in twenty differs, some come twice on one side or on both."""
    chance = random.Random(4)
    ours = [our(serial, received_at=RECEIVED + timedelta(seconds=serial)) for serial in range(1500)]
    theirs = [
        their(serial, received_at=RECEIVED + timedelta(seconds=serial + 60))
        for serial in range(40, 1540)
    ]
    for index in chance.sample(range(1500), 75):
        theirs[index] = msgspec.structs.replace(theirs[index], status=9, strange="")
    if twice is not Side.OURS:
        theirs += chance.sample(theirs, 10)
    if twice is not Side.THEIRS:
        ours += chance.sample(ours, 10)
    chance.shuffle(theirs)
    return Sides(ours, theirs, with_fees=True, page=400)


def test_a_long_list_has_a_sample_of_its_equal_pairs(make: MakeSnapshots) -> None:
    suspects = agreed(make, long_list(Side.THEIRS))
    assert len(suspects.sample) == 200
    assert all(row - mine == timedelta(seconds=60) for mine, row in suspects.sample)
    assert len(suspects.ours) >= 40 + 70


@quick
@pytest.mark.parametrize("twice", [Side.OURS, None])
def test_what_comes_twice_in_a_long_list_is_found(make: MakeSnapshots, twice: Side | None) -> None:
    """More pairs are equal than are ever loaded as a sample."""
    codes = [one.code for one in agreed(make, long_list(twice)).ours]
    assert len(codes) - len(set(codes)) == 10


def equal_lists(rows: int, *twice: int) -> Sides:
    """Both sides have the same rows; these serials come twice on both."""
    serials = [*range(rows), *twice]
    return Sides([our(each) for each in serials], [their(each) for each in reversed(serials)])


def test_equal_doubles_on_both_sides_of_a_long_list_are_found(make: MakeSnapshots) -> None:
    """No sum tells them: both sides' are the same."""
    suspects = agreed(make, equal_lists(3000, 17, 1717, 2999))
    assert [one.code for one in suspects.ours] == [
        our(n).code for n in (17, 17, 1717, 1717, 2999, 2999)
    ]
    assert suspects.equal == 2997


@quick
def test_doubles_of_two_codes_on_different_sides_do_not_make_up_for_each_other(
    make: MakeSnapshots,
) -> None:
    """As they would in an exclusive or: every row is there an even number of times."""
    one_bucket = equal_lists(2).ours, equal_lists(2).theirs
    sides = Sides([*one_bucket[0], our(0), our(0)], [*one_bucket[1], their(1), their(1)])
    assert agreed(make, sides).equal == 0


@quick
@pytest.mark.parametrize("change", [{"status": 9}, {"promised_at": None}, {"fee_vnd": 1}])
def test_rows_that_change_in_opposite_ways_are_both_found(
    make: MakeSnapshots, change: dict[str, Any]
) -> None:
    """In every pair of neighbours one changes as the other changes back."""
    before = {"fee_vnd": 0}
    fields = [{**before, **change} if serial % 2 else before for serial in range(40)]
    ours = [our(serial, **each) for serial, each in enumerate(fields)]
    theirs = [their(serial, **each) for serial, each in enumerate([*fields[1:], fields[0]])]
    suspects = agreed(make, Sides(ours, theirs, with_fees=True))
    assert (len(suspects.ours), suspects.equal) == (40, 0)


def test_a_fee_that_is_not_told_hides_no_other_that_differs(make: MakeSnapshots) -> None:
    """Most are not told, so hardly two buckets have the same mark; five differ."""
    ours = [our(serial, fee_vnd=5000) for serial in range(1000)]
    theirs = [their(serial, fee_vnd=5000 if serial % 7 == 0 else None) for serial in range(1000)]
    for serial in range(0, 1000, 200):
        theirs[serial] = their(serial, fee_vnd=4000)
    suspects = agreed(make, Sides(ours, theirs, with_fees=True))
    assert [row.fee_vnd for row in suspects.theirs] == [4000] * 5
    assert suspects.equal == 995


@quick
@pytest.mark.parametrize("all_but", [3, 1000])
def test_a_long_list_with_little_in_common_has_a_sample_too(
    make: MakeSnapshots, all_but: int
) -> None:
    """Among the first keys there are fewer equal pairs than a sample."""
    rows = [their(each, status=9 if each % all_but else 4) for each in range(2000)]
    suspects = agreed(make, Sides([our(each) for each in range(2000)], rows))
    assert len(suspects.sample) == min(200, suspects.equal)


@quick
@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_lists_of_very_different_length_are_compared(make: MakeSnapshots, rows: int) -> None:
    """Their files have buckets of different sizes."""
    ours, theirs = equal_lists(3000).ours, equal_lists(rows).theirs
    assert agreed(make, Sides(ours, theirs)).equal == rows
    assert agreed(make, Sides(ours[:rows], equal_lists(3000).theirs)).equal == rows


@quick
def test_the_same_sides_give_the_same_bytes_and_other_sides_others(make: MakeSnapshots) -> None:
    sides = Sides([our(1), our(2)], [their(1), their(2)])
    first, again = (sides.written(make(xxhash.xxh3_64_digest)) for _ in range(2))
    assert [one.content for one in first] == [one.content for one in again]
    other = Sides([our(1), our(2, status=9)], []).written(make(xxhash.xxh3_64_digest))
    assert other[0].content != first[0].content


@quick
def test_what_was_abandoned_does_not_matter(make: MakeSnapshots) -> None:
    snapshots = make(xxhash.xxh3_64_digest)
    given_up = snapshots.begin(Side.OURS, agencies={}, with_fees=False)
    given_up.add([our(1), our(2)])
    given_up.abandon()
    assert Sides([our(3)], [their(3)]).suspects(snapshots).equal == 1


# --- generated sides ------------------------------------------------------------------------------

MOMENTS = st.sampled_from(
    [RECEIVED, EVENING, MIDNIGHT, LATE, datetime(1970, 1, 1, 16, 30, tzinfo=UTC)]
)
PLACES = st.sampled_from(["SNGV", "STP", "PCC1", "000.00.01.H37", "XÃ 7", ""])
CODES = st.integers(1, 7)
NUMBERS = {
    "status": st.sampled_from([4, 4, 9]),
    "channel": st.sampled_from([1, 1, 3]),
    "return_mode": st.sampled_from([0, 0, 1]),
    "procedure_code": st.sampled_from(["1.003003", "1.003003", ""]),
    "promised_at": st.none() | MOMENTS,
    "resolved_at": st.none() | MOMENTS,
}
OURS = st.builds(
    our, CODES, department=PLACES, received_at=MOMENTS, fee_vnd=st.integers(0, 1), **NUMBERS
)
THEIRS = st.builds(
    their,
    CODES,
    department_code=PLACES,
    received_at=st.none() | MOMENTS,
    returned_at=st.none() | MOMENTS,
    fee_vnd=st.none() | st.integers(0, 1),
    strange=st.sampled_from(["", "", "", "ngày lạ"]),
    **NUMBERS,
)


def twin(mine: OurDossier) -> OneStopDossier:
    """The same dossier as the other side would tell it."""
    return their(
        1,
        code=mine.code,
        department_code=AGENCIES.get(mine.department, mine.department),
        fee_vnd=mine.fee_vnd,
        **{name: getattr(mine, name) for name in (*NUMBERS, "received_at")},
    )


@st.composite
def both_sides(draw: st.DrawFn) -> Sides:
    """Few codes and few values, so that much is equal and much comes twice."""
    ours = draw(st.lists(OURS, max_size=8))
    mirrored = [twin(mine) for mine in ours if draw(st.booleans())]
    theirs = draw(st.permutations([*mirrored, *draw(st.lists(THEIRS, max_size=3))]))
    return Sides(ours, theirs, with_fees=draw(st.booleans()), page=draw(st.integers(1, 9)))


@given(sides=both_sides(), digest=st.sampled_from(sorted(DIGESTS)))
@settings(max_examples=60)
@quick
def test_any_two_sides(make: MakeSnapshots, sides: Sides, digest: str) -> None:
    agreed(make, sides, DIGESTS[digest])


def test_generated_dossiers_in_one_list(make: MakeSnapshots) -> None:
    """Three hundred codes of which most come on both sides, some twice, and few fields differ."""
    chance = random.Random(11)
    ours = [
        our(
            chance.randrange(300),
            department=chance.choice(["SNGV", "STP", "XÃ 7"]),
            status=chance.choice([4, 5, 9]),
            received_at=RECEIVED + timedelta(hours=chance.randrange(48)),
            promised_at=chance.choice([None, PROMISED]),
            fee_vnd=chance.randrange(3),
        )
        for _ in range(300)
    ]
    theirs = [twin(mine) for mine in ours if chance.random() < 0.9]
    for index in chance.sample(range(len(theirs)), 40):
        change: dict[str, Any] = chance.choice(
            [{"fee_vnd": None}, {"strange": "lạ"}, {"received_at": None}]
        )
        theirs[index] = msgspec.structs.replace(theirs[index], **change)
    chance.shuffle(theirs)
    agreed(make, Sides(ours, theirs, with_fees=True, page=64))
