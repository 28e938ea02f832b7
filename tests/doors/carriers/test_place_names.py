"""Names of places, as couriers want them, out of one line of address."""

from dataclasses import replace

import pytest

from postal_bridge.carriers.place_names import PlaceNames, bare_name, place_names
from postal_bridge.carriers.provinces import UnknownProvinceError
from tests.doors.carriers.wires import a_party


@pytest.mark.parametrize(
    ("address", "district", "ward"),
    [
        (
            "Số 5, phường Tam Thanh, thành phố Lạng Sơn",
            "thành phố Lạng Sơn",
            "phường Tam Thanh",
        ),
        ("Thôn 2, xã Khuất Xá, tỉnh Lạng Sơn", "", "xã Khuất Xá"),
        ("Khu 1; TT. Lộc Bình; H. Lộc Bình; Lạng Sơn", "H. Lộc Bình", "TT. Lộc Bình"),
        ("Số 1 đường Hùng Vương", "", ""),
    ],
)
def test_a_line_says_what_it_names(address: str, district: str, ward: str) -> None:
    party = replace(a_party(), address=address, district="", ward="")
    assert place_names(party) == PlaceNames(province="Lạng Sơn", district=district, ward=ward)


def test_what_is_told_apart_comes_before_the_line() -> None:
    party = replace(a_party(), address="Xã A, huyện B", ward="phường C", district="quận D")
    assert (place_names(party).ward, place_names(party).district) == ("phường C", "quận D")


def test_a_city_that_is_a_province_is_no_district() -> None:
    line = "Số 9 phố Huế, phường Ngô Thì Nhậm, thành phố Hà Nội"
    party = replace(a_party(province="01"), address=line, district="", ward="")
    assert place_names(party).district == ""


def test_a_province_that_is_none_is_said() -> None:
    with pytest.raises(UnknownProvinceError):
        place_names(a_party(province="00"))


@pytest.mark.parametrize(
    ("one", "other"),
    [("TP. Lạng Sơn", "Thành phố Lạng Sơn"), ("Q. 3", "Quận 03"), ("Đắk Mil", "H. Dak Mil")],
)
def test_names_are_compared_without_kind_and_marks(one: str, other: str) -> None:
    assert bare_name(one) == bare_name(other)
