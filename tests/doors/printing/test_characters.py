"""What the embedded fonts can print."""

import json
import sys
import unicodedata

import pytest
import typst

from postal_bridge.printing.characters import PRINTABLE, breakable, printable


@pytest.mark.parametrize(("first", "last"), PRINTABLE)
def test_every_character_that_is_called_printable_has_a_glyph(first: int, last: int) -> None:
    shown = " ".join(printable(chr(number)) for number in range(first, last + 1))
    source = b'#set text(font: "Libertinus Serif")\n#json(bytes(sys.inputs.text))'
    made = typst.compile(
        source,
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="a-2b",
        sys_inputs={"text": json.dumps(shown)},
    )
    assert made.startswith(b"%PDF")


def test_every_character_there_is_becomes_something_printable() -> None:
    allowed = {number for first, last in PRINTABLE for number in range(first, last + 1)}
    for number in range(0, sys.maxunicode + 1, 7):
        assert {ord(one) for one in printable(f"a{chr(number)}b")} <= allowed


def test_a_text_becomes_one_composed_line() -> None:
    assert printable("  Trần\n\tVăn   Bình ") == "Trần Văn Bình"
    assert printable(unicodedata.normalize("NFD", "Nguyễn")) == "Nguyễn"


def test_only_long_words_get_places_to_break() -> None:
    assert breakable("mã 000.00.04", longest=20) == "mã 000.00.04"
    assert breakable("a" * 25) == "\u200b".join(["a" * 10, "a" * 10, "a" * 5])
    assert breakable("H37-190131-0001", longest=10) == "H37-\u200b190131-\u200b0001"
    assert breakable("x" + "\u0323" * 30).replace("\u200b", "") == "x" + "\u0323" * 30


def test_no_mark_is_parted_from_its_letter() -> None:
    word = "b\u0323" * 30
    assert not any(part.startswith("\u0323") for part in breakable(word).split("\u200b"))
