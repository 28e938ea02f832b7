"""The planned year: the published percentages come out, and everything in it can happen."""

import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest

from postal_bridge.clock import local_day
from postal_bridge.codes import DossierCode
from postal_bridge.journey import Status
from postal_bridge.reconciliation.records import DifferenceKind
from postal_bridge.sandbox.province import ProvinceData, load_province
from postal_bridge.sandbox.year import (
    DEFAULT_SEED,
    YearDossier,
    YearPlan,
    generate_year,
    of_another_province,
)
from postal_bridge.sandbox.year_figures import YearFigures, load_year
from postal_bridge.sandbox.year_rows import COUNTABLE_MISTAKES, MISTAKES, onestop_row, with_mistakes
from postal_bridge.settings import load_settings
from postal_bridge.worktime import WorkCalendar

CONFIG = Path(__file__).parents[2] / "config"
FILE = CONFIG / "demo" / "lao-cai-2023.toml"
SCALE = 100
TET = [date(2023, 1, day) for day in range(20, 27)]


@cache
def calendar() -> WorkCalendar:
    return WorkCalendar.load(load_settings({}).calendar)


@cache
def province() -> ProvinceData:
    return of_another_province(load_province(CONFIG / "province"), "H38")


@cache
def figures() -> YearFigures:
    return load_year(FILE)


@cache
def year_of(seed: int) -> YearPlan:
    return generate_year(province(), figures().scaled(SCALE), calendar=calendar(), seed=seed)


@pytest.fixture(params=[DEFAULT_SEED, 1, 2], ids="seed-{}".format)
def year(request: pytest.FixtureRequest) -> YearPlan:
    return year_of(request.param)


def test_the_division_gives_every_published_percentage() -> None:
    assert figures().contradictions() == ()
    assert figures().received == 83_786
    assert figures().percentages == {
        "handled": (97.57, 97.57),
        "late": (1.86, 1.86),
        "online": (54.76, 54.76),
    }
    assert figures().division.handled > figures().published.handled_more_than


@pytest.mark.parametrize("by", [2, 7, 10, 100, 500])
def test_a_smaller_year_adds_up_as_well(by: int) -> None:
    small = figures().scaled(by)
    assert small.contradictions() == ()
    for published, given in small.percentages.values():
        assert given == pytest.approx(published, abs=100 / small.received)


def test_figures_that_do_not_add_up_are_named(tmp_path: Path) -> None:
    wrong = tmp_path / "year.toml"
    text = FILE.read_text(encoding="utf-8")
    wrong.write_text(text.replace("handled = 81_750", "handled = 81_751"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"received: 83787 is not 83786; handled: 81750"):
        load_year(wrong)
    assert tomllib.loads(text)["published"]["late_percent"] == 1.86


def test_the_year_counts_to_its_figures(year: YearPlan) -> None:
    assert year.contradictions() == ()
    spoilt = YearPlan(year.figures, year.dossiers[1:])
    assert any(one.startswith("received: 837 is not 838") for one in spoilt.contradictions())


def test_the_same_seed_gives_the_same_year() -> None:
    again = generate_year(
        province(), figures().scaled(SCALE), calendar=calendar(), seed=DEFAULT_SEED
    )
    assert again == year_of(DEFAULT_SEED)
    assert again != year_of(1)


def test_nobody_works_on_a_rest_day_or_at_tet(year: YearPlan) -> None:
    assert not any(calendar().is_working_day(day) for day in TET)
    for one in year.dossiers:
        for moment in moments(one):
            assert calendar().is_working_day(local_day(moment)), one.code
        assert calendar().is_working_day(local_day(one.promised_at))


def test_a_promise_is_counted_in_working_time(year: YearPlan) -> None:
    for one in year.dossiers:
        limit, cutoff = one.procedure.limit, one.procedure.cutoff
        assert one.promised_at == calendar().deadline(one.received_at, limit, cutoff=cutoff)


def test_each_step_comes_after_the_one_before(year: YearPlan) -> None:
    for one in year.dossiers:
        told = moments(one)
        assert told == sorted(set(told)), one.code
        assert local_day(told[-1]) <= date(2023, 12, 31)


def test_what_is_open_is_promised_for_the_new_year(year: YearPlan) -> None:
    still_open = [one for one in year.dossiers if one.resolved_at is None]
    assert {one.status for one in still_open} == {Status.PROCESSING, Status.RECEIVED}
    assert all(local_day(one.promised_at) > date(2023, 12, 29) for one in still_open)


def test_codes_are_numbered_by_agency_and_day(year: YearPlan) -> None:
    assert len({one.code for one in year.dossiers}) == len(year.dossiers)
    for one in year.dossiers:
        code = DossierCode.parse(one.code)
        assert isinstance(code, DossierCode)
        assert code.agency == one.agency
        assert one.agency.endswith(".H38")
        assert code.day == local_day(one.received_at)


def test_a_channel_is_one_that_the_procedure_has(year: YearPlan) -> None:
    assert all(one.channel in one.procedure.channels for one in year.dossiers)


def test_more_than_the_limits_allow_is_refused() -> None:
    ours = figures().scaled(SCALE)
    impossible = replace(ours, division=replace(ours.division, carried=ours.received))
    with pytest.raises(ValueError, match="838 dossiers have to be long enough to be carried"):
        generate_year(province(), impossible, calendar=calendar(), seed=1)


def test_more_open_dossiers_than_are_promised_for_the_new_year_are_refused() -> None:
    ours = figures().scaled(SCALE)
    impossible = replace(ours, division=replace(ours.division, in_process=ours.received))
    with pytest.raises(ValueError, match="839 dossiers stay open, fewer are promised"):
        generate_year(province(), impossible, calendar=calendar(), seed=1)


# --- the other side's rows ------------------------------------------------------------------------


def test_the_other_side_tells_every_dossier_in_its_own_words(year: YearPlan) -> None:
    words = Counter(str(onestop_row(one, province())["dossierStatus"]) for one in year.dossiers)
    ours = year.figures.division
    assert words == {
        "done": ours.returned,
        "releasing": ours.waiting_at_desk,
        "processing": ours.in_process,
        "new": ours.not_begun,
    }


@pytest.mark.parametrize("kinds", [(), MISTAKES, COUNTABLE_MISTAKES])
def test_one_mistake_of_each_kind_is_planted(kinds: tuple[DifferenceKind, ...]) -> None:
    dossiers = year_of(DEFAULT_SEED).dossiers
    right = [onestop_row(one, province()) for one in dossiers]
    rows, planted = with_mistakes(dossiers, province(), kinds=kinds)
    assert sorted(key.partition(":")[0] for key in planted) == sorted(kind.value for kind in kinds)
    assert sum(row not in right for row in rows) == max(len(kinds) - 1, 0)
    assert len(rows) == len(dossiers)


def moments(one: YearDossier) -> list[datetime]:
    """What happened to a dossier, in the order in which it must have."""
    steps = (one.received_at, one.begun_at, one.issued_at, one.resolved_at, one.returned_at)
    return [moment for moment in steps if moment is not None]
