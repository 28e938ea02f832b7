"""Completeness: the clerk's checklist against the procedure's published list.

A policy is a small function that looks at one line; adding a rule is adding a policy.
"""

from collections.abc import Callable, Sequence

from postal_bridge.dossiers.records import ChecklistLine, ProcedurePaper

Policy = Callable[[ChecklistLine], str | None]


def enough_originals(line: ChecklistLine) -> str | None:
    """Originals: as many as the list asks for."""
    lacking = line.originals_wanted - line.originals_given
    return f"{line.paper_name} (thiếu {lacking} bản chính)" if lacking > 0 else None


def enough_copies(line: ChecklistLine) -> str | None:
    """Copies: an original more than asked for stands in for a copy."""
    spare = max(0, line.originals_given - line.originals_wanted)
    lacking = line.copies_wanted - line.copies_given - spare
    return f"{line.paper_name} (thiếu {lacking} bản sao)" if lacking > 0 else None


POLICIES: tuple[Policy, ...] = (enough_originals, enough_copies)


def objections(checklist: Sequence[ChecklistLine]) -> list[str]:
    """What is missing, in words for the citizen; empty when the dossier is complete."""
    return [objection for line in checklist for policy in POLICIES if (objection := policy(line))]


def fill_in(
    dossier_code: str,
    papers: Sequence[ProcedurePaper],
    given: Sequence[tuple[int, int, int, int]],
) -> list[ChecklistLine]:
    """The checklist as filled in.

    Args:
        dossier_code: whose checklist it is.
        papers: the published list.
        given: position, originals, copies and pages for each paper handed in; positions that
            the list does not have are papers beyond it and become lines that ask for nothing.
    """
    counted = {position: (originals, copies, pages) for position, originals, copies, pages in given}
    lines = [
        _line(dossier_code, paper.position, paper, counted.pop(paper.position, (0, 0, 0)))
        for paper in papers
    ]
    beyond = (
        _line(dossier_code, position, None, numbers)
        for position, numbers in sorted(counted.items())
    )
    return [*lines, *beyond]


def _line(
    dossier_code: str,
    position: int,
    paper: ProcedurePaper | None,
    numbers: tuple[int, int, int],
) -> ChecklistLine:
    originals, copies, pages = numbers
    return ChecklistLine(
        dossier_code=dossier_code,
        position=position,
        paper_name=paper.paper_name if paper else "Giấy tờ khác",
        originals_wanted=paper.originals if paper else 0,
        copies_wanted=paper.copies if paper else 0,
        originals_given=originals,
        copies_given=copies,
        pages=pages,
    )
