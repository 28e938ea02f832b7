"""The table of carriers in docs/carriers.md says what the code can do."""

from pathlib import Path

from postal_bridge.carriers.catalogue import ADAPTERS, adapter_class, capabilities

PAGE = Path(__file__).parents[2] / "docs" / "carriers.md"


def test_the_table_is_the_codes() -> None:
    can = capabilities()
    rows = [
        f"| `{kind}` | {', '.join(sorted(can[kind]))} |"
        f" {', '.join(f'`{key}`' for key in adapter_class(kind).NEEDS) or '–'} |"
        for kind in sorted(ADAPTERS)
    ]
    page = PAGE.read_text(encoding="utf-8").splitlines()
    begin = page.index("| kind | can | needs, besides `kind` |") + 2
    assert page[begin : begin + len(rows)] == rows
