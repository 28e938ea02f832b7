"""Every port has one suite of tests, which its stand-in and its real adapter both pass."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.source_tree import (
    PACKAGE,
    TESTS,
    constants,
    package_files,
    parse,
    shown,
)

AT_LEAST = 2


class Suite(NamedTuple):
    """A contract suite: the ports it names and on how many implementations it runs them."""

    path: Path
    ports: tuple[str, ...]
    implementations: int
    uses_them: bool


def is_protocol(node: ast.ClassDef) -> bool:
    names = {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}
    return "Protocol" in names


def declared_ports() -> list[str]:
    """ "dossiers.ports.DossierStore" for every Protocol in a ports.py or a *_ports.py."""
    return [
        ".".join([*path.relative_to(PACKAGE).with_suffix("").parts, node.name])
        for path in package_files()
        if path.stem == "ports" or path.stem.endswith("_ports")
        for node in parse(path).body
        if isinstance(node, ast.ClassDef) and is_protocol(node)
    ]


def strings_in(value: ast.expr) -> tuple[str, ...]:
    return tuple(
        node.value
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def how_many(value: ast.expr) -> int:
    if isinstance(value, ast.Dict):
        return len(value.values)
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return len(value.elts)
    return 0


def read_suite(path: Path) -> Suite:
    tree = parse(path)
    values = dict(constants(tree))
    ports = [strings_in(values[name]) for name in ("PORT", "PORTS") if name in values]
    implementations = values.get("IMPLEMENTATIONS")
    uses = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name)
        and node.id == "IMPLEMENTATIONS"
        and isinstance(node.ctx, ast.Load)
    ]
    return Suite(
        path=path,
        ports=tuple(port for group in ports for port in group),
        implementations=how_many(implementations) if implementations else 0,
        uses_them=bool(uses),
    )


@cache
def suites() -> list[Suite]:
    return [read_suite(path) for path in sorted((TESTS / "contracts").glob("test_*_contract.py"))]


@pytest.mark.parametrize("port", declared_ports())
def test_a_port_has_a_contract_suite(port: str) -> None:
    named = [suite for suite in suites() if port in suite.ports]
    assert named, (
        f"no tests/contracts/test_*_contract.py says PORT = {port!r} (or names it in PORTS)"
    )


def test_a_contract_suite_names_real_ports_and_runs_on_two_implementations() -> None:
    for suite in suites():
        unknown = set(suite.ports) - set(declared_ports())
        assert suite.ports, f"{shown(suite.path)} has neither PORT nor PORTS"
        assert not unknown, f"{shown(suite.path)} names ports that do not exist: {sorted(unknown)}"
        assert suite.implementations >= AT_LEAST, (
            f"{shown(suite.path)}: IMPLEMENTATIONS must be a literal that names the stand-in and "
            f"the real adapter; it holds {suite.implementations}"
        )
        assert suite.uses_them, f"{shown(suite.path)} does not run its tests over IMPLEMENTATIONS"
