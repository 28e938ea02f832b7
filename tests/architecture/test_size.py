"""One screen: files and functions stay short enough to be read in one go."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source_tree import package_files, parse, shown

FILE_LINES = 400
FUNCTION_LINES = 50


def read_by_people() -> list[Path]:
    """Alembic writes a migration in one piece, and nobody changes it afterwards."""
    return [path for path in package_files() if path.parent.name != "versions"]


@pytest.mark.parametrize("path", read_by_people(), ids=shown)
def test_a_file_is_at_most_400_lines_long(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= FILE_LINES, f"{shown(path)} has {lines} lines: give one of its topics a file"


@pytest.mark.parametrize("path", read_by_people(), ids=shown)
def test_a_function_is_at_most_50_lines_long(path: Path) -> None:
    too_long = [
        f"{shown(path)}:{node.lineno} {node.name} has {lines} lines"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert not too_long, "\n".join(too_long)
