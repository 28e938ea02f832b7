"""Reads the project's own sources for the tests of its architecture."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "postal_bridge"
TESTS = ROOT / "tests"
STAGE_ROOMS = ("dossiers", "documents", "pickup", "tracking", "reconciliation")


def package_files() -> list[Path]:
    """Every Python file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def parse(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    """The path as a reader would type it."""
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    """`postal_bridge/tracking/pouch.py` is "postal_bridge.tracking.pouch"."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imported_modules(tree: ast.Module) -> set[str]:
    """Every name that could be a module: `from a import b` counts as "a" and as "a.b"."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """The module's own assignments, `NAME = value` and `NAME: type = value`."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def committed_files() -> list[Path]:
    """What git holds, and what it would hold after `git add .`; without git, everything."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        names = [ROOT / name for name in listing.stdout.split("\0") if name]
        return sorted(path for path in names if path.is_file() and not path.is_symlink())
    hidden = {".git", ".venv", "var", "__pycache__", "build", "dist"}
    return sorted(
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and not hidden.intersection(path.relative_to(ROOT).parts)
        and not any(part.endswith("_cache") for part in path.relative_to(ROOT).parts)
    )
