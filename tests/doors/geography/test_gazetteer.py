"""Messy addresses and their wards: forty by hand, thousands made from the list of units."""

import csv
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.geography.units import Units, Ward, name_of
from postal_bridge.pickup.addresses import Level, plain
from postal_bridge.pickup.places import Band, Because, Located, Source
from postal_bridge.pickup.plans import Location

ADDRESSES = Path(__file__).parents[2] / "data" / "addresses.csv"
AT_LEAST = 36
SAMPLE, SEED = 1_500, 20_190_110
LANG_SON, DONG_DANG = Location(21.8537, 106.7615), Location(21.9461, 106.722)


class Row(NamedTuple):
    """`one`: that ward, not doubtful. `doubtful`: doubtful, with these wards among the candidates."""

    address: str
    verdict: str
    wards: tuple[str, ...]

    def fits(self, located: Located) -> bool:
        if self.verdict == "one":
            return located.ward_code == self.wards[0] and located.band is not Band.DOUBTFUL
        shown = {one.ward_code for one in located.candidates}
        return located.band is Band.DOUBTFUL and shown.issuperset(self.wards)


def rows() -> list[Row]:
    with ADDRESSES.open(encoding="utf-8", newline="") as file:
        return [
            Row(row["address"], row["verdict"], tuple(row["wards"].split()))
            for row in csv.DictReader(file)
        ]


def test_forty_messy_addresses(gazetteer: Gazetteer) -> None:
    asked = [(row, gazetteer.read(row.address)) for row in rows()]
    assert len(asked) == 40
    wrong = [row.address for row, located in asked if not row.fits(located)]
    assert len(asked) - len(wrong) >= AT_LEAST, wrong


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.address)
def test_no_address_is_confidently_wrong(gazetteer: Gazetteer, row: Row) -> None:
    located = gazetteer.read(row.address)
    assert located.raw == row.address
    if located.band is Band.SURE:
        assert row.fits(located)


# --- every ward in messy ways ---------------------------------------------------------------------


class Made(NamedTuple):
    kind: str
    address: str
    wards: tuple[str, ...]


SHORT = {Level.COMMUNE: "x.", Level.WARD: "p.", Level.TOWN: "tt.", Level.ZONE: "đặc khu"}


def short_name(province: str) -> str:
    return province.removeprefix("Tỉnh ").removeprefix("Thành phố ")


def with_error(name: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(name) - 1)
    return chance.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        ]
    )


def names_in(units: Units) -> dict[str, set[str]]:
    """What is a ward's name in a province, of today or a former one."""
    found: dict[str, set[str]] = {code: set() for code in units.provinces}
    for ward in units.wards.values():
        found[ward.province].add(name_of(ward.name).key)
    for old in units.old_wards:
        for code in old.now:
            found[units.wards[code].province].add(name_of(old.name).key)
    return found


def messy(units: Units, ward: Ward, names: set[str], chance: random.Random) -> Iterator[Made]:
    province = units.provinces[ward.province].name
    one = (ward.code,)
    number = f"{chance.randrange(1, 300)}/{chance.randrange(1, 20)}"
    yield Made(
        "today, no accents",
        plain(
            f"so {number} duong Tran Phu, {SHORT[ward.level]} {ward.name}, {short_name(province)}"
        ),
        one,
    )
    error = with_error(ward.name, chance)
    if name_of(error).key not in names:  # that would be the address of another ward
        yield Made(
            "today, an error",
            f"{number} Lê Lợi, {ward.level.value} {error}, {short_name(province)}",
            one,
        )
    olds = [old for old in units.parts_of_wards[ward.code] if old.level is not None]
    if olds:
        old = chance.choice(olds)
        district = units.districts[old.district]
        former = short_name(units.old_provinces[district.province].name)
        yield Made(
            "before 2025, no accents",
            plain(f"to {chance.randrange(1, 20)} {old.title}, {district.title}, {former}"),
            old.now,
        )


def test_every_ward_in_messy_ways(gazetteer: Gazetteer, units: Units) -> None:
    """A sample of all wards by a seed: most are right, the rest is known to be doubtful."""
    chance = random.Random(SEED)
    names = names_in(units)
    counted: Counter[tuple[str, str]] = Counter()
    for ward in chance.sample(sorted(units.wards.values(), key=lambda one: one.code), SAMPLE):
        for made in messy(units, ward, names[ward.province], chance):
            located = gazetteer.read(made.address)
            right = located.ward_code in made.wards
            assert right or located.band is not Band.SURE, (made, located)
            assert len(made.wards) == 1 or located.band is not Band.SURE, (made, located)
            good = right and located.band is not Band.DOUBTFUL
            counted[made.kind, "right" if good else located.band.value] += 1
    for kind, least in (
        ("today, no accents", 0.94),
        ("today, an error", 0.80),
        ("before 2025, no accents", 0.90),
    ):
        total = sum(count for (counted_kind, _), count in counted.items() if counted_kind == kind)
        assert counted[kind, "right"] >= least * total, counted


# --- what makes an answer doubtful ----------------------------------------------------------------


def because(located: Located) -> set[Because]:
    return {one.because for one in located.why}


async def test_a_divided_ward_shows_all_its_successors(gazetteer: Gazetteer) -> None:
    located = await gazetteer.locate("phường Đại Mỗ, quận Nam Từ Liêm, Hà Nội")
    assert located.band is Band.DOUBTFUL
    assert located.ward_code == "00637"
    assert len(located.candidates) == 5
    assert Because.WAS_DIVIDED in because(located)


def test_the_office_that_asks_decides_between_equals_but_is_never_sure(
    gazetteer: Gazetteer,
) -> None:
    alone = gazetteer.read("xã Tân Thanh")
    assert alone.band is Band.DOUBTFUL
    asked = gazetteer.read("phường Chi Lăng", near=LANG_SON)
    assert asked.ward_code == "05983"
    assert asked.band is Band.LIKELY
    assert Because.NEAREST in because(asked)


def test_near_does_not_decide_between_neighbours(gazetteer: Gazetteer) -> None:
    located = gazetteer.read("Hoàng Văn Thụ, Lạng Sơn", near=DONG_DANG)
    assert located.band is Band.DOUBTFUL


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("phường Vĩnh Trại, TP Lạng Sơn", Because.WAS_MERGED),
        ("phường 3, quận 5, TP HCM", Because.FORMER_NAME),
        ("p Luong Van Ti, Lạng Sơn", Because.SPELLING),
        ("xã Kỳ Hả, Hà Tĩnh", Because.ACCENTS),
        ("xã Tam Thanh, TP Lạng Sơn", Because.OTHER_KIND),
        ("Bến Nghé, Quận 1, TP HCM", Because.NO_KIND),
        ("phường Sài Gòn", Because.NO_PROVINCE),
        ("phường Hiệp Bình, TP Thủ Đức, TP HCM", Because.OLD_WITH_NEW),
        ("huyện Cao Lộc, Lạng Sơn", Because.DISTRICT_ONLY),
        ("tỉnh Sơn La", Because.PROVINCE_ONLY),
        ("xã Tân Lập", Because.SEVERAL),
        ("abc xyz", Because.NOTHING),
        ("", Because.NOTHING),
        ("xã Hữu Liên, huyện Ăng Ten, Lạng Sơn", Because.LEFT_OVER),
    ],
)
def test_the_answer_says_why(gazetteer: Gazetteer, address: str, reason: Because) -> None:
    located = gazetteer.read(address)
    assert reason in because(located), located
    for one in located.why:
        assert one.text()
        assert one.text("en")


def test_a_street_that_bears_a_wards_name_is_no_ward(gazetteer: Gazetteer) -> None:
    located = gazetteer.read("45 Lê Lợi, Quy Nhơn, Bình Định")
    assert located.band is Band.DOUBTFUL


def test_a_district_with_one_successor_is_that_one(gazetteer: Gazetteer) -> None:
    located = gazetteer.read("huyện đảo Lý Sơn, Quảng Ngãi")
    assert located.ward_code == "21548"


def test_a_former_wards_own_point_is_nearer_than_todays(gazetteer: Gazetteer) -> None:
    merged = gazetteer.read("xã Quảng Lạc, TP Lạng Sơn").best
    today = gazetteer.read("phường Lương Văn Tri, Lạng Sơn").best
    assert merged is not None
    assert today is not None
    assert merged.ward_code == today.ward_code == "05983"
    assert merged.location != today.location
    assert merged.within_metres < today.within_metres


def test_telephone_numbers_and_the_country_mean_nothing(gazetteer: Gazetteer) -> None:
    located = gazetteer.read("phường Tam Thanh, Lạng Sơn, Việt Nam, 0912345678")
    assert (located.ward_code, located.band) == ("05986", Band.SURE)
    assert located.source is Source.GAZETTEER


def test_a_very_long_address_is_read_all_the_same(gazetteer: Gazetteer) -> None:
    text = "số 1, " * 20_000 + "phường Tam Thanh, Lạng Sơn"
    assert gazetteer.read(text).raw == text
