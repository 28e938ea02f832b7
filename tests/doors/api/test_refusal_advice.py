"""Whatever a scan is refused for, a supervisor is told what to do about it."""

import ast
import inspect
from types import ModuleType

import pytest

from postal_bridge.api.refusal_advice import ADVICE, advice_for
from postal_bridge.errors import Reason
from postal_bridge.tracking import acts, plain_scans, pouches, scan_objections, scans


def reasons_in(module: ModuleType, *, function: str | None = None) -> set[Reason]:
    """The reasons that a module, or one function of it, names."""
    tree: ast.AST = ast.parse(inspect.getsource(module))
    if function is not None:
        tree = next(
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name == function
        )
    return {
        Reason[node.attr]
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Reason"
    }


def test_every_reason_there_can_be_has_its_advice() -> None:
    named = (
        reasons_in(scans)
        | reasons_in(scan_objections)
        | reasons_in(plain_scans)
        | reasons_in(pouches, function="not_open")
        | reasons_in(acts, function="refused_role")
    )
    assert named
    assert named <= set(ADVICE)


@pytest.mark.parametrize("reason", [*ADVICE, None, Reason.FEE_AMOUNT])
def test_advice_is_whole_sentences_in_both_languages(reason: Reason | None) -> None:
    vietnamese, english = advice_for(reason)
    assert vietnamese != english
    assert vietnamese.endswith(".")
    assert english.endswith(".")
