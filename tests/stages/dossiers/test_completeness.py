"""The checklist: what is missing is said in words that the citizen understands."""

import pytest

from postal_bridge.dossiers.completeness import (
    POLICIES,
    enough_copies,
    enough_originals,
    fill_in,
    objections,
)
from postal_bridge.dossiers.records import ChecklistLine, ProcedurePaper
from tests.stores import DOSSIER


def a_line(wanted: tuple[int, int], given: tuple[int, int]) -> ChecklistLine:
    return ChecklistLine(
        dossier_code=DOSSIER,
        position=1,
        paper_name="Bản sao CCCD",
        originals_wanted=wanted[0],
        copies_wanted=wanted[1],
        originals_given=given[0],
        copies_given=given[1],
        pages=1,
    )


@pytest.mark.parametrize(
    ("wanted", "given", "originals", "copies"),
    [
        ((0, 0), (0, 0), None, None),
        ((1, 0), (1, 0), None, None),
        ((2, 0), (1, 0), "thiếu 1 bản chính", None),
        ((1, 0), (0, 9), "thiếu 1 bản chính", None),
        ((0, 2), (0, 2), None, None),
        ((0, 2), (0, 0), None, "thiếu 2 bản sao"),
        ((0, 2), (2, 0), None, None),
        ((1, 2), (2, 1), None, None),
        ((1, 2), (2, 0), None, "thiếu 1 bản sao"),
        ((2, 1), (1, 1), "thiếu 1 bản chính", None),
    ],
)
def test_an_original_stands_in_for_a_copy_but_not_the_other_way_round(
    wanted: tuple[int, int], given: tuple[int, int], originals: str | None, copies: str | None
) -> None:
    line = a_line(wanted, given)
    found = [enough_originals(line), enough_copies(line)]
    for said, expected in zip(found, (originals, copies), strict=True):
        assert said == (f"Bản sao CCCD ({expected})" if expected else None)
    assert objections([line]) == [said for said in found if said]


def test_every_policy_is_asked_about_every_line() -> None:
    assert len(objections([a_line((1, 1), (0, 0))] * 2)) == 2 * len(POLICIES)
    assert objections([]) == []


def test_papers_that_were_not_handed_in_and_papers_beyond_the_list_get_their_lines() -> None:
    papers = [
        ProcedurePaper(procedure_code="1", position=n, paper_name=f"Giấy {n}", copies=1)
        for n in (1, 2)
    ]
    lines = fill_in(DOSSIER, papers, [(9, 1, 0, 4), (2, 1, 1, 3)])

    assert [line.position for line in lines] == [1, 2, 9]
    assert [line.pages for line in lines] == [0, 3, 4]
    assert lines[2].paper_name == "Giấy tờ khác"
    assert (lines[2].originals_wanted, lines[2].copies_wanted) == (0, 0)
    assert objections(lines) == ["Giấy 1 (thiếu 1 bản chính)", "Giấy 1 (thiếu 1 bản sao)"]
