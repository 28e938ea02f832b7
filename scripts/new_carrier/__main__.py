"""`scripts/new-carrier NAME`: lays a carrier's files and registers them; then its words go in.

What is laid runs as it is: it speaks a plain dialect of its own with its stand-in, and passes the
contract suite. Whoever builds the carrier replaces that dialect by the carrier's, and keeps the
suite green.
"""

import argparse
import keyword
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

TEMPLATES = Path(__file__).parent
FILES = {
    "adapter.txt": "postal_bridge/carriers/{name}.py",
    "statuses.txt": "config/carriers/statuses/{name}.toml",
    "stand_in.txt": "postal_bridge/sandbox/carriers/{name}.py",
    "stand.txt": "tests/doors/carriers/stand_{name}.py",
    "test.txt": "tests/doors/carriers/test_{name}.py",
}
CATALOGUE = "postal_bridge/carriers/catalogue.py"
PROFILES = "postal_bridge/sandbox/profiles.py"
SUITE = "tests/contracts/test_carrier_contract.py"
PAGE = "docs/carriers.md"


class CannotLayError(Exception):
    """A name that cannot be one, or a tree that looks otherwise than expected."""


def main() -> int:
    """Lay the files; 0 when done, 2 when the name or the tree does not allow it."""
    parser = argparse.ArgumentParser(
        prog="scripts/new-carrier", description="Tạo khung cho một hãng mới / lays a new carrier."
    )
    parser.add_argument("name", help="as [carriers.…] kind names it: lower case, a–z, 0–9, _")
    parser.add_argument("--title", default="", help="what people call the carrier")
    parser.add_argument("--root", type=Path, default=TEMPLATES.parents[1], help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        laid = lay(options.root, options.name, title=options.title)
    except CannotLayError as trouble:
        sys.stderr.write(f"scripts/new-carrier: {trouble}\n")
        return 2
    for path in laid:
        sys.stdout.write(f"  {path}\n")
    sys.stdout.write(
        "Tiếp theo / next: scripts/test tests/contracts/test_carrier_contract.py"
        f" tests/doors/carriers/test_{options.name}.py\n"
        "rồi thay lời của khung bằng lời của hãng; “TO BE CITED” là chỗ ghi nguồn\n"
        "/ then put the carrier's words in; “TO BE CITED” marks where the source belongs\n"
    )
    return 0


def lay(root: Path, name: str, *, title: str) -> list[str]:
    """Write the files of a carrier and register it; gives the paths that were written.

    Raises:
        CannotLayError: nothing was written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name) or keyword.iskeyword(name):
        raise CannotLayError(f"“{name}”: chữ thường a–z, 0–9, _ / lower case letters, digits, _")
    words = {
        "@NAME@": name,
        "@CLASS@": "".join(part.capitalize() for part in name.split("_")),
        "@UPPER@": name.upper(),
        "@SHORT@": name.replace("_", "")[:3].upper(),
        "@TITLE@": title or name,
        "@DAY@": datetime.now(UTC).date().isoformat(),
    }
    written = {
        target.format(name=name): _filled((TEMPLATES / template).read_text("utf-8"), words)
        for template, target in FILES.items()
    }
    there = [path for path in written if (root / path).exists()]
    if there:
        raise CannotLayError(f"đã có / already there: {', '.join(there)}")
    written |= {
        CATALOGUE: _catalogued(_read(root, CATALOGUE), words),
        PROFILES: _profiled(_read(root, PROFILES), words),
        SUITE: _contracted(_read(root, SUITE), words),
        PAGE: _on_the_page(_read(root, PAGE), words),
    }
    for path, text in written.items():
        (root / path).write_text(text, encoding="utf-8")
    return list(written)


def _filled(template: str, words: dict[str, str]) -> str:
    for mark, word in words.items():
        template = template.replace(mark, word)
    return template


def _read(root: Path, path: str) -> str:
    return (root / path).read_text(encoding="utf-8")


def _catalogued(text: str, words: dict[str, str]) -> str:
    line = _filled('    "@NAME@": "@NAME@.@CLASS@",\n', words)
    return _among(text, after="ADAPTERS: Mapping[str, str] = {\n", line=line, till="}\n")


def _contracted(text: str, words: dict[str, str]) -> str:
    line = _filled('    "@NAME@": opened_@NAME@,\n', words)
    head = "IMPLEMENTATIONS: dict[str, Callable[[], AbstractAsyncContextManager[Stand]]] = {\n"
    text = _among(text, after=head, line=line, till="}\n")
    wanted = _filled("from tests.doors.carriers.stand_@NAME@ import opened_@NAME@\n", words)
    return _among(text, after="from tests.carrier_stands import Stand\n", line=wanted, till="\n")


def _profiled(text: str, words: dict[str, str]) -> str:
    name = words["@NAME@"]
    text = _among(text, after="_COURIERS = (\n", line=f'    "{name}",\n', till=")\n")
    maker = _filled(_MAKER, words)
    text = text.replace("_PROFILES: dict", f"{maker}\n\n_PROFILES: dict")
    return _among(
        text,
        after="_PROFILES: dict[str, Callable[[Clock], Imitated]] = {\n",
        line=f'    "{name}": _{name},\n',
        till="}\n",
        ordered=False,
    )


def _on_the_page(text: str, words: dict[str, str]) -> str:
    can = "book, cancel, find, track, verify"
    row = _filled(f"| `@NAME@` | {can} | `base_url`, `token` |\n", words)
    head = "| kind | can | needs, besides `kind` |\n|---|---|---|\n"
    return _among(text, after=head, line=row, till="\n")


def _among(text: str, *, after: str, line: str, till: str, ordered: bool = True) -> str:
    """The text with a line more in the block that begins behind `after` and ends at `till`."""
    begin = text.find(after)
    if begin < 0:
        raise CannotLayError(f"không thấy / not found: {after.strip()}")
    begin += len(after)
    lines = text[begin:].splitlines(keepends=True)
    size = lines.index(till)
    block = [*lines[:size], line]
    return text[:begin] + "".join(sorted(block) if ordered else block) + "".join(lines[size:])


_MAKER = """def _@NAME@(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.carriers.@NAME@ import TOKEN, make_@NAME@

    settings = {"kind": "@NAME@", "base_url": "{url}", "token": TOKEN}
    return Imitated(make_@NAME@(clock=clock), "@TITLE@", "carriers.@NAME@", settings)
"""


if __name__ == "__main__":
    sys.exit(main())
