"""What `scripts/new-carrier` lays runs as it is: checked, registered, and true to the contract."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.new_carrier.__main__ import CannotLayError, lay

ROOT = Path(__file__).parents[2]
TREE = ("postal_bridge", "tests", "config", "docs", "pyproject.toml")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The checkout once more, without what is only made from it."""
    skipped = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in TREE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=skipped)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def run_in(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    # Python puts the folder that it is started in before everything that is installed.
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_carrier_passes_its_contract_before_the_first_word(tree: Path) -> None:
    laid = lay(tree, "sao_do", title="Bưu chính Sao Đỏ")
    python = [path for path in laid if path.endswith(".py")]
    style = run_in(tree, "ruff", "check", "--no-cache", *python)
    assert style.returncode == 0, style.stdout
    layout = run_in(tree, "ruff", "format", "--no-cache", "--check", *python)
    assert layout.returncode == 0, layout.stdout
    suites = (
        "tests/contracts/test_carrier_contract.py",
        "tests/doors/carriers/test_sao_do.py",
        "tests/roof/test_carriers_page.py",
        "tests/roof/test_sandbox_profiles.py",
    )
    quiet = ("-q", "-p", "no:cacheprovider", "-n", "0", "-k", "sao_do or page or profile")
    tests = run_in(tree, "pytest", *suites, *quiet)
    assert tests.returncode == 0, tests.stdout
    assert " passed" in tests.stdout


@pytest.mark.parametrize("name", ["Sao", "sao-do", "class", "../sao", "", "ghi chú"])
def test_a_name_that_cannot_be_one_lays_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotLayError):
        lay(tmp_path, name, title="")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_overwritten(tree: Path) -> None:
    before = (tree / "postal_bridge/carriers/vnpost_ngsp.py").read_text(encoding="utf-8")
    with pytest.raises(CannotLayError, match="vnpost_ngsp"):
        lay(tree, "vnpost_ngsp", title="")
    assert (tree / "postal_bridge/carriers/vnpost_ngsp.py").read_text(encoding="utf-8") == before
