"""What the documents say is there is there: links, commands, settings, enforced decisions, words."""

import argparse
import re
import tomllib
from pathlib import Path

import pytest

from postal_bridge.cli import parser
from tests.architecture.source_tree import ROOT, package_files, shown

DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
DECISIONS = sorted((DOCS / "adr").glob("*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Enforced by"]
LONGEST_DECISION = 40

LINK = re.compile(r"\]\(([^)\s]+)\)")
TICKED = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"postal-bridge ([a-z][a-z-]*)")
CITED = re.compile(r"docs/adr/(\d{4})")
GLOSSARY_ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)

# Words of the trade that a reader will look for first: Vietnamese, English.
TERMS = (
    ("hồ sơ", "dossier"),
    ("bưu gửi", "item"),
    ("vận đơn", "consignment"),
    ("nắm giữ", "custody"),
    ("người giữ", "holder"),
    ("giao nhận", "handover"),
    ("bảng kê", "manifest"),
    ("túi thư", "pouch"),
    ("niêm phong", "seal"),
    ("mốc hành trình", "milestone"),
    ("chênh lệch", "discrepancy"),
    ("đối soát", "reconciliation"),
    ("sự cố", "incident"),
    ("luân chuyển", "transfer"),
    ("giấy tờ bổ sung", "supplement"),
    ("BCCI", "public postal service"),
    ("TTHC", "administrative procedure"),
    ("phiếu kiểm soát", "control slip"),
)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands() -> set[str]:
    """The names of all commands."""
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return set(action.choices)
    raise AssertionError("the parser has no commands")


def sections_of(page: str) -> dict[str, str]:
    """A page's parts by their headings of the second level."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def paths_in(text: str) -> list[Path]:
    """What is written in backticks and looks like a path of this checkout."""
    tops = {path.name for path in ROOT.iterdir()}
    return [ROOT / word for word in TICKED.findall(text) if word.partition("/")[0] in tops]


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [link.partition("#")[0] for link in LINK.findall(text_of(page)) if "://" not in link]
    broken = [target for target in targets if target and not (page.parent / target).exists()]
    assert not broken, f"{shown(page)} links to what is not there: {broken}"


def test_the_readme_leads_to_every_document() -> None:
    linked = {(ROOT / link).resolve() for link in LINK.findall(text_of(ROOT / "README.md"))}
    assert not [shown(page) for page in DOCS.glob("*.md") if page not in linked]


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_command_that_is_named_exists(page: Path) -> None:
    # A sentence may go on after the program's name; a command is written in backticks or a block.
    code = re.findall(r"```.*?```|`[^`\n]+`", text_of(page), flags=re.DOTALL)
    unknown = set(COMMAND.findall("\n".join(code))) - commands()
    assert not unknown, f"{shown(page)} names commands that do not exist: {sorted(unknown)}"


def test_the_readme_lists_every_command() -> None:
    listed = set(
        re.findall(r"^\| `postal-bridge ([a-z-]+)`", text_of(ROOT / "README.md"), re.MULTILINE)
    )
    assert listed == commands()


@pytest.mark.parametrize("page", DECISIONS, ids=shown)
def test_a_decision_is_short_and_says_what_enforces_it(page: Path) -> None:
    text = text_of(page)
    assert len(text.splitlines()) <= LONGEST_DECISION
    assert text.startswith(f"# {page.name[:4]} ")
    parts = sections_of(text)
    assert list(parts) == SECTIONS
    enforced = paths_in(parts["Enforced by"])
    assert enforced, "names neither a test nor a rule"
    assert not [shown(path) for path in enforced if not path.exists()]


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == [n + 1 for n in range(len(DECISIONS))]


def test_every_decision_that_the_sources_cite_exists() -> None:
    known = {page.name[:4] for page in DECISIONS}
    cited = {
        (shown(path), number) for path in package_files() for number in CITED.findall(text_of(path))
    }
    assert cited, "the sources cite decisions"
    assert not {where for where, number in cited if number not in known}


def test_every_section_of_the_settings_is_described() -> None:
    settings = tomllib.loads(text_of(ROOT / "config" / "default.toml"))
    described = text_of(DOCS / "operations.md")
    names = {name: f"{name}.NAME" for name in ("carriers", "shifts", "shuttles")}
    missing = [key for key in settings if f"| `[{names.get(key, key)}]` |" not in described]
    assert not missing, f"docs/operations.md does not describe {missing}"


def glossary() -> list[tuple[str, str, str]]:
    rows = GLOSSARY_ROW.findall(text_of(DOCS / "glossary.md"))
    return [row for row in rows if row[0] != "Tiếng Việt" and not row[0].startswith("-")]


@pytest.mark.parametrize(("vietnamese", "english"), TERMS)
def test_a_word_of_the_trade_is_in_the_glossary_in_both_languages(
    vietnamese: str, english: str
) -> None:
    assert [row for row in glossary() if vietnamese in row[0] and english in row[1]]


def test_no_word_of_the_glossary_lacks_its_partner_or_its_meaning() -> None:
    rows = glossary()
    assert len({row[0] for row in rows}) == len(rows), "a word stands twice"
    assert len({row[1] for row in rows}) == len(rows), "a word stands twice"
    for vietnamese, english, meaning in rows:
        assert vietnamese.strip(), english
        assert english.strip(), vietnamese
        assert meaning.strip().endswith("."), f"{vietnamese}: {meaning!r} is no sentence"
