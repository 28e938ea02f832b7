"""Every module of a stage has its tests where a reader looks for them."""

from pathlib import Path

import pytest

from tests.architecture.source_tree import (
    PACKAGE,
    STAGE_ROOMS,
    TESTS,
    imported_modules,
    module_name,
    package_files,
    parse,
    shown,
)

# Records, values and ports have no behaviour of their own: what uses them tests them.
EXEMPT = {"__init__.py"}


def stage_modules() -> list[Path]:
    return [
        path
        for path in package_files()
        if path.relative_to(PACKAGE).parts[0] in STAGE_ROOMS
        and path.name not in EXEMPT
        and not path.name.endswith(("ports.py", "records.py", "values.py"))
    ]


@pytest.mark.parametrize("path", stage_modules(), ids=shown)
def test_a_stage_module_has_a_mirrored_test(path: Path) -> None:
    inside = path.relative_to(PACKAGE)
    mirror = TESTS / "stages" / inside.parent / f"test_{inside.name}"
    assert mirror.exists(), f"{shown(path)} has no tests: write {shown(mirror)}"
    assert module_name(path) in imported_modules(parse(mirror)), (
        f"{shown(mirror)} does not import {module_name(path)}, which it mirrors"
    )
