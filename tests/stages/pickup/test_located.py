"""What was found out about an address is kept beside it."""

import json

from postal_bridge.pickup.located import as_json, clear_enough, doubt
from postal_bridge.pickup.places import Because, Located, Source, remark
from tests.stages.pickup.office import a_ward


def found(confidence: float) -> Located:
    why = (remark(Because.NO_PROVINCE),)
    return Located("nhà 3", (a_ward(3),), confidence, Source.GAZETTEER, why)


def test_likely_places_are_driven_to_and_doubtful_ones_are_not() -> None:
    assert [clear_enough(found(each)) for each in (0.95, 0.75, 0.5)] == [True, True, False]


def test_candidates_are_kept_with_their_reasons_in_both_languages() -> None:
    told = json.loads(as_json(found(0.75)))
    assert told["candidates"][0]["ward_code"] == "06003"
    assert told["why"] == [[each.text("vi"), each.text("en")] for each in found(0.75).why]


def test_the_courier_reads_why_a_place_is_only_likely() -> None:
    assert doubt(as_json(found(0.75))) == "Địa chỉ không ghi tỉnh, huyện."
    assert doubt(as_json(found(0.75)), "en") == "The address names no province and no district."
    assert doubt(as_json(found(0.95))) is None
    assert doubt("{}") is None
