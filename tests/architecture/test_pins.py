"""Pin files hold names, versions, markers and hashes, and nothing that names a place."""

import re
import tomllib

import pytest

from tests.architecture.source_tree import ROOT

PIN_FILES = ("tools", "run", "dev")
PIN = re.compile(
    r"(?P<name>[a-z0-9]([a-z0-9-]*[a-z0-9])?)(\[[a-z0-9,-]+\])?==(?P<version>[0-9][0-9a-z.+!-]*)"
    r"( ; [\w .'()<>=!]+)? \\"
)
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def lines_of(name: str) -> list[str]:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def pins_of(name: str) -> dict[str, str]:
    found = (PIN.fullmatch(line) for line in lines_of(name))
    return {match["name"]: match["version"] for match in found if match}


def normal(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@pytest.mark.parametrize("name", PIN_FILES)
def test_a_pin_file_holds_only_names_versions_markers_and_hashes(name: str) -> None:
    strange = [
        f"requirements/{name}.txt:{number}: {line}"
        for number, line in enumerate(lines_of(name), start=1)
        if not PIN.fullmatch(line) and not HASH.fullmatch(line)
    ]
    assert not strange, "\n".join(strange)


@pytest.mark.parametrize("name", PIN_FILES)
def test_every_pin_has_a_hash(name: str) -> None:
    lines = lines_of(name)
    bare = [
        line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if PIN.fullmatch(line) and not HASH.fullmatch(following)
    ]
    assert not bare, bare


def test_both_pin_files_agree_on_versions() -> None:
    run, dev = pins_of("run"), pins_of("dev")
    differing = {name: (run[name], dev.get(name)) for name in run if dev.get(name) != run[name]}
    assert not differing, "scripts/pin writes them together"


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = {
        "run": [*project["project"]["dependencies"], *groups["build"]],
        "dev": [*project["project"]["dependencies"], *groups["build"], *groups["dev"]],
        "tools": groups["tools"],
    }
    missing = {
        name: absent
        for name, requirements in wanted.items()
        if (absent := {normal(requirement) for requirement in requirements} - set(pins_of(name)))
    }
    assert not missing, f"run scripts/pin: {missing}"
