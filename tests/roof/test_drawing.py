"""The drawn journey says what the tables say, and it is the one in docs."""

import re
from enum import Enum
from pathlib import Path

import pytest

from postal_bridge import drawing
from postal_bridge.drawing import PAGE, draw, moves_of, run
from postal_bridge.journey import (
    ACT_NAMES,
    OPEN_STAGES,
    STAGE_NAMES,
    STATUS_NAMES,
    Act,
    Direction,
    DossierAct,
    HolderAfter,
    Stage,
    Status,
)

DIAGRAM = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)
ARROW = re.compile(r"^ {4}(\S+) --> (\S+)(?: : (.+))?$", re.MULTILINE)


def test_the_page_in_docs_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == draw(), "python -m postal_bridge.drawing"
    assert run(["--check"]) == 0


def test_drawing_twice_gives_the_same_page() -> None:
    assert draw() == draw()


def test_an_old_page_is_found_and_drawn_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "journey.md"
    assert run(["--check"], page=page) == 1, "there is no page yet"
    page.write_text(draw() + "one line more\n", encoding="utf-8")
    assert run(["--check"], page=page) == 1
    assert "journey.md is not current" in capsys.readouterr().err
    assert run([], page=page) == 0
    assert run(["--check"], page=page) == 0


def test_an_unknown_option_writes_nothing(tmp_path: Path) -> None:
    page = tmp_path / "journey.md"
    assert run(["--chek"], page=page) == 2
    assert not page.exists()


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_appears(stage: Stage) -> None:
    vietnamese, english = STAGE_NAMES[stage]
    assert f"| {vietnamese} · {english} | `{stage.value}` |" in draw()
    assert any(f" as {stage.value}\n" in diagram for diagram in DIAGRAM.findall(draw()))


@pytest.mark.parametrize("act", Act)
def test_every_act_appears(act: Act) -> None:
    vietnamese, english = ACT_NAMES[act]
    assert f"| {vietnamese} · {english} | `{act.value}` |" in draw()


@pytest.mark.parametrize("status", Status)
def test_every_status_appears(status: Status) -> None:
    vietnamese, english = STATUS_NAMES[status]
    assert f"| {status.value} | {vietnamese} · {english} |" in draw()


@pytest.mark.parametrize(
    ("direction", "number"), [(direction, n) for n, direction in enumerate(Direction)]
)
def test_a_diagram_has_the_arrows_of_its_table_and_no_others(
    direction: Direction, number: int
) -> None:
    arrows = ARROW.findall(DIAGRAM.findall(draw())[number])
    drawn = {(before, after) for before, after, _ in arrows if after != "[*]"}
    expected = {
        (before.value if before else "[*]", move.after.value)
        for move in moves_of(direction)
        if not move.before >= OPEN_STAGES
        for before in move.before
    }
    assert drawn == expected


@pytest.mark.parametrize(
    ("members", "names"),
    [
        (Direction, drawing.DIRECTION_NAMES),
        (HolderAfter, drawing.HOLDER_NAMES),
        (DossierAct, drawing.DOSSIER_ACT_NAMES),
    ],
)
def test_everything_that_is_drawn_has_a_name_in_both_languages(
    members: type[Enum], names: dict[Enum, tuple[str, str]]
) -> None:
    assert set(names) == set(members)
    assert all(vietnamese and english.isascii() for vietnamese, english in names.values())
