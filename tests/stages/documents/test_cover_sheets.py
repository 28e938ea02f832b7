"""A cover sheet says whose papers lie below it, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.documents.cover_sheets import Cover, cover_of, cover_text
from tests.stores import DOSSIER


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(0, 10**6))
def test_what_is_printed_is_read_back(code: str, position: int) -> None:
    cover = Cover(code, position)
    assert cover_of(("something else", cover_text(cover))) == cover


@pytest.mark.parametrize(
    "codes", [(), ("",), (DOSSIER,), ("PBC1",), ("PBC1||1",), (f"PBC1|{DOSSIER}|x",), ("PBC2|a|1",)]
)
def test_other_codes_are_no_cover_sheet(codes: tuple[str, ...]) -> None:
    assert cover_of(codes) is None
