from datetime import date
from pathlib import Path

import pytest

from postal_bridge.documents.form_editions import load_form_editions
from postal_bridge.errors import Misuse
from postal_bridge.settings import CONFIG_DIR


@pytest.mark.parametrize(
    ("day", "heading"),
    [
        pytest.param(date(2017, 12, 31), "", id="before-any"),
        pytest.param(date(2019, 1, 10), "Mẫu số 05 (Thông tư 01/2018/TT-VPCP)", id="2018"),
        pytest.param(date(2026, 11, 23), "Mẫu số 06 (Thông tư 03/2025/TT-VPCP)", id="2025"),
    ],
)
def test_the_control_sheet_changed_its_number(day: date, heading: str) -> None:
    assert load_form_editions(CONFIG_DIR / "forms.toml").heading("control", day) == heading


def test_a_form_that_no_circular_numbers_has_no_heading() -> None:
    editions = load_form_editions(CONFIG_DIR / "forms.toml")
    assert editions.heading("manifest", date(2026, 1, 1)) == ""


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "forms.toml"
    file.write_text('[[receipt]]\nbasis = "Thông tư"\nnumber = "01"\nfrom = "ngày mai"\n')
    with pytest.raises(Misuse, match=r"forms\.toml"):
        load_form_editions(file)
