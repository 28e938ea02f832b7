"""Provinces in the code systems of carriers."""

from datetime import date
from pathlib import Path

import pytest

from postal_bridge.carriers.provinces import (
    CodeSystem,
    UnknownProvinceError,
    code_system,
    load_provinces,
    locate,
)
from postal_bridge.errors import Misuse

HEAD = "# for people\ngso,vnpost,postal,name,valid_until\n"


def test_all_sixty_three_provinces_are_there_each_code_once() -> None:
    provinces = load_provinces().by_gso
    assert len(provinces) == 63
    for system in CodeSystem:
        codes = [one.codes[system] for one in provinces.values() if one.codes[system]]
        assert len(codes) == len(set(codes))
    assert all(one.codes[CodeSystem.VNPOST] for one in provinces.values())


@pytest.mark.parametrize(
    ("gso", "vnpost", "postal"),
    [
        ("20", "24", "25"),
        ("10", "33", "31"),
        ("26", "28", "15"),
        ("42", "48", "45"),
        ("34", "41", "6"),
        ("25", "29", "35"),
        ("38", "44", "40"),
        ("01", "10", "10"),
        ("79", "70", "70"),
        ("22", "20", "1"),
        ("54", "62", "56"),
    ],
)
def test_one_province_has_three_codes(gso: str, vnpost: str, postal: str) -> None:
    provinces = load_provinces()
    assert provinces.translated(gso, CodeSystem.VNPOST) == vnpost
    assert provinces.translated(gso, CodeSystem.POSTAL) == postal
    assert provinces.translated(gso, CodeSystem.GSO) == gso


@pytest.mark.parametrize(
    ("gso", "system"),
    [("99", "vnpost"), ("", "vnpost"), ("1", "gso"), ("02", "postal")],
)
def test_what_is_not_known_is_refused(gso: str, system: str) -> None:
    with pytest.raises(UnknownProvinceError):
        load_provinces().translated(gso, code_system(system))


def test_a_code_ends_with_its_last_day(tmp_path: Path) -> None:
    path = tmp_path / "provinces.csv"
    path.write_text(f"{HEAD}20,24,25,Lạng Sơn,2025-06-30\n", encoding="utf-8")
    provinces = load_provinces(path)
    assert provinces.translated("20", CodeSystem.VNPOST, on=date(2025, 6, 30)) == "24"
    with pytest.raises(UnknownProvinceError):
        provinces.translated("20", CodeSystem.VNPOST, on=date(2025, 7, 1))


@pytest.mark.parametrize(
    "rows",
    [
        "20,24,25\n",
        "2,24,25,Lạng Sơn,\n",
        "20,hai,25,Lạng Sơn,\n",
        "20,24,,A,\n20,25,,B,\n",
        "20,24,25,Lạng Sơn,30/06/2025\n",
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "provinces.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(Misuse, match=r"provinces\.csv"):
        load_provinces(path)


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="nowhere"):
        load_provinces(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("address", "gso"),
    [
        ("Số 5, đường Trần Đăng Ninh, phường Tam Thanh, thành phố Lạng Sơn", "20"),
        ("Thôn Nà Pàn, xã Đoàn Kết, huyện Tràng Định, tỉnh Lạng Sơn, Việt Nam", "20"),
        ("Số 1 Hùng Vương - huyện Chi Lăng - LẠNG SƠN.", "20"),
        ("Phường 1, Bà Rịa - Vũng Tàu", "77"),
        ("Quận 1, TP.HCM", "79"),
        ("Quận 1, TP. Hồ Chí Minh", "79"),
        ("Huyện A, T. Thừa Thiên-Huế", "46"),
        ("Xã B, tỉnh Hòa Bình", "17"),
        ("12 Điện Biên, phường Tam Thanh", None),
        ("Số 5 đường Hà Nội", None),
        ("", None),
    ],
)
def test_an_address_ends_with_its_province(address: str, gso: str | None) -> None:
    assert locate(address) == gso
