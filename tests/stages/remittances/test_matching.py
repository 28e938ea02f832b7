"""Lines find their consignments, however the carrier writes the names."""

import pytest

from postal_bridge.remittances.matching import key_of, match, set_repeats_aside
from postal_bridge.remittances.records import MatchedBy, RemittanceLine, Trouble
from tests.stages.memory import MemoryWork
from tests.stages.remittances.money import OTHER, POST, a_parcel, written_line

NUMBER = "VD-000.00.06.H37-190110-0001-1-1-C"


async def matched(work: MemoryWork, *said: str) -> list[RemittanceLine]:
    lines = [
        written_line("R1", position, said=name, trouble=Trouble.UNKNOWN)
        for position, name in enumerate(said, start=1)
    ]
    set_repeats_aside(lines)
    await match(work, POST, lines)
    return lines


@pytest.mark.parametrize(
    ("said", "how"),
    [
        (NUMBER, MatchedBy.NUMBER),
        (NUMBER.lower().replace("-", ""), MatchedBy.NUMBER),
        (f"  {NUMBER.replace('.', '')} ", MatchedBy.NUMBER),
        ("vdref 17", MatchedBy.REFERENCE),
        ("CH167101882VN", MatchedBy.WAYBILL),
        ("ch 167 101 882 vn", MatchedBy.WAYBILL),
        ("88-001", MatchedBy.WAYBILL),
    ],
)
async def test_by_number_reference_waybill_or_the_carriers_own_number(
    work: MemoryWork, said: str, how: MatchedBy
) -> None:
    await a_parcel(
        work, NUMBER, reference="VDREF17", waybill="CH167101882VN", carrier_number="88001"
    )
    (line,) = await matched(work, said)
    assert (line.number, line.matched_by, line.trouble) == (NUMBER, how, None)


async def test_what_nobody_knows_has_no_consignment(work: MemoryWork) -> None:
    await a_parcel(work, NUMBER)
    await a_parcel(work, "C9", carrier=OTHER)
    for line in await matched(work, "CH1", "C9", "---"):
        assert (line.number, line.matched_by, line.trouble) == (None, None, Trouble.UNKNOWN)


async def test_what_fits_two_fits_none(work: MemoryWork) -> None:
    await a_parcel(work, "C1", waybill="EE1")
    await a_parcel(work, "C2", waybill="EE1")
    await a_parcel(work, "C3", reference="C4")
    await a_parcel(work, "C4")
    for line in await matched(work, "E E 1", "C4"):
        assert (line.number, line.trouble) == (None, Trouble.AMBIGUOUS)


async def test_a_line_that_is_repeated_word_for_word_is_set_aside(work: MemoryWork) -> None:
    await a_parcel(work, "C1")
    first, again, other = await matched(work, "C1", "c1", "EEC1VN")
    assert (first.number, again.number, again.trouble) == ("C1", None, Trouble.TWICE)
    assert (other.number, other.trouble) == ("C1", None)


def test_blanks_and_marks_are_nothing_and_capitals_are_all_the_same() -> None:
    assert key_of(" vd-01.h37/2_a ") == "VD01H372A"
    assert key_of("–—.") == ""
