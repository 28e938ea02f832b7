"""What is said of a place: bands, reasons in two languages, the best candidate."""

from string import Formatter

import pytest

from postal_bridge.pickup.places import (
    BECAUSE_TEXTS,
    Band,
    Because,
    Candidate,
    Located,
    Measured,
    Source,
    band_of,
    metres_between,
    nearest,
    remark,
)
from postal_bridge.pickup.plans import Location, Travel

LANG_SON = Location(21.8537, 106.7615)
HA_NOI = Location(21.0278, 105.8342)


def a_candidate(code: str = "05986", *, at: Location = LANG_SON) -> Candidate:
    return Candidate(code, "Phường Tam Thanh", "20", "Tỉnh Lạng Sơn", at, 2_000, 0.97)


@pytest.mark.parametrize(
    ("confidence", "band"),
    [(1.0, Band.SURE), (0.9, Band.SURE), (0.89, Band.LIKELY), (0.7, Band.LIKELY),
     (0.69, Band.DOUBTFUL), (0.0, Band.DOUBTFUL)],
)  # fmt: skip
def test_a_confidence_has_a_band(confidence: float, band: Band) -> None:
    assert band_of(confidence) is band


def test_the_first_candidate_is_the_place() -> None:
    located = Located("tam thanh", (a_candidate(),), 0.97, Source.GAZETTEER)
    assert located.best == a_candidate()
    assert (located.ward_code, located.location, located.band) == ("05986", LANG_SON, Band.SURE)


def test_nothing_known_is_doubtful_and_nowhere() -> None:
    located = Located("abc", (), 0.0, Source.NOBODY)
    assert (located.best, located.ward_code, located.location) == (None, None, None)
    assert located.band is Band.DOUBTFUL


def test_further_reasons_go_behind_the_others() -> None:
    first, second = remark(Because.NOTHING), remark(Because.SERVICE_EMPTY)
    assert Located("abc", (), 0.0, Source.NOBODY, (first,)).with_remarks(second).why == (
        first,
        second,
    )


@pytest.mark.parametrize("because", Because)
def test_every_reason_is_told_in_two_languages_with_the_same_facts(because: Because) -> None:
    vietnamese, english = BECAUSE_TEXTS[because]
    facts = {name for _, name, _, _ in Formatter().parse(vietnamese) if name}
    assert facts == {name for _, name, _, _ in Formatter().parse(english) if name}
    given: dict[str, str | int] = dict.fromkeys(facts, "x")
    assert remark(because, **given).text() != remark(because, **given).text("en")


def test_a_kilometre_is_a_kilometre() -> None:
    assert metres_between(LANG_SON, LANG_SON) == 0
    assert metres_between(LANG_SON, HA_NOI) == pytest.approx(132_800, rel=0.01)


def test_the_nearest_candidate() -> None:
    far, close = a_candidate("1", at=HA_NOI), a_candidate("2")
    assert nearest([far, close], Location(21.8, 106.7)) is close
    assert nearest([], LANG_SON) is None


def test_measured_distances_say_when_they_are_estimates() -> None:
    travel = Travel([[0]], [[0]])
    assert Measured(travel, "osrm").text() is None
    failed = Measured(travel, "great-circle", failed="no answer in 5 s")
    assert failed.text() == (
        "Dịch vụ đường đi không trả lời (no answer in 5 s): khoảng cách là ước tính."
    )
    assert failed.text("en") == (
        "The road service did not answer (no answer in 5 s): distances are estimates."
    )
