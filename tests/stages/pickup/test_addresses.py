"""How addresses are written: accents, abbreviations, numbers with slashes, hamlets, errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.pickup.addresses import (
    Level,
    accents,
    begins_below,
    folded,
    key,
    level_at,
    misspelt,
    normalised,
    plain,
    words,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà Bình", "HÒA BÌNH"),
        ("Quí Hoà", "quy hoa"),
        ("Đông  Kinh", "ĐôngKinh"),
        ("Lương Văn Tri", "luong van tri"),
        ("Bình Gia", "Bình Ja"),
        ("Phú Xá", "Fú Xá"),
        ("Cư M'gar", "cu m’gar".replace("’", "'")),
    ],
)
def test_these_are_the_same_name(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("Tây", "Tai"), ("Phú", "Phủ Lý"), ("Thuý", "Thui")])
def test_these_are_not(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_accents_tell_apart_what_the_key_does_not() -> None:
    assert key("Phù Đổng") == key("Phú Đông")
    assert accents("Phù Đổng") != accents("Phú Đông")
    assert accents("Hoà Bình") == accents("Hòa Bình") == "hoa2 binh2"
    assert plain("Đường Trần Đăng Ninh") == "duong tran dang ninh"
    assert folded("ky") == "ki"


def test_an_address_is_cut_into_pieces_and_words() -> None:
    found = words("15/2 Lê Lợi, P.2, TP. Lạng Sơn")
    assert [one.plain for one in found] == ["15/2", "le", "loi", "p", "2", "tp", "lang", "son"]
    assert [one.piece for one in found] == [0, 0, 0, 1, 1, 2, 2, 2]
    assert [one.plain for one in found if one.opens] == ["15/2", "p", "tp"]


@pytest.mark.parametrize("glued", ["P2", "p.02", "phường 2", "F2"])
def test_a_glued_number_is_its_level_and_a_number(glued: str) -> None:
    assert words(glued)[-1].plain == "2"
    said = level_at(words(glued), 0)
    assert said is not None
    assert said[0] is Level.WARD


def test_what_stands_in_brackets_is_left_out() -> None:
    assert normalised("xã Hoàng Đồng (cũ), Lạng Sơn") == "xa hoang dong, lang son"


def test_a_dash_is_remembered() -> None:
    dashed = [one.plain for one in words("Đồng Đăng - Cao Lộc") if one.dashed]
    assert dashed == ["cao"]


@pytest.mark.parametrize(
    ("text", "level", "count"),
    [
        ("p. Tam Thanh", Level.WARD, 1),
        ("x. Hữu Liên", Level.COMMUNE, 1),
        ("thị trấn Na Sầm", Level.TOWN, 2),
        ("tt Na Sầm", Level.TOWN, 1),
        ("thị xã Quảng Trị", Level.BOROUGH, 2),
        ("TX Quảng Trị", Level.BOROUGH, 1),
        ("T.P Huế", Level.CITY, 2),
        ("đặc khu Phú Quốc", Level.ZONE, 2),
        ("huyện Lộc Bình", Level.RURAL_DISTRICT, 1),
        ("q. Đống Đa", Level.URBAN_DISTRICT, 1),
        ("tỉnh Lạng Sơn", Level.PROVINCE, 1),
    ],
)
def test_a_level_is_recognised(text: str, level: Level, count: int) -> None:
    assert level_at(words(text), 0) == (level, count)


@pytest.mark.parametrize("text", ["Xá Lợi", "Tam Thanh", "tình thương"])
def test_a_word_that_only_looks_like_one_is_none(text: str) -> None:
    assert level_at(words(text), 0) is None


@pytest.mark.parametrize(
    "text", ["thôn Nà Kéo", "bản Chúc", "khu 3", "tổ 4", "xóm Mới", "15/2 Lê Lợi", "C5/12", "ngõ 8"]
)
def test_hamlets_streets_and_numbers_lie_below_wards(text: str) -> None:
    assert begins_below(words(text)[0])


def test_a_correction_is_found_again_however_the_address_is_typed() -> None:
    assert (
        normalised("15/2 Lê Lợi,P. Vĩnh Trại , TP. Lạng Sơn")
        == normalised("15/2 le loi; phường VĨNH TRẠI, thành phố lạng sơn")
        == "15/2 le loi, phuong vinh trai, thanh pho lang son"
    )
    assert normalised("15/2 Lê Lợi") != normalised("15/3 Lê Lợi")


@pytest.mark.parametrize(
    ("one", "other", "errors"),
    [("langson", "langson", 0), ("lagson", "langson", 1), ("lansgon", "langson", 1),
     ("langgson", "langson", 1), ("landson", "langson", 1), ("laso", "langson", None)],
)  # fmt: skip
def test_typing_errors_are_counted(one: str, other: str, errors: int | None) -> None:
    assert misspelt(one, other, most=2) == errors


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    assert normalised(normalised(text)) is not None
    assert all(one.plain for one in words(text))


@given(st.text("abcd", max_size=8), st.text("abcd", max_size=8))
def test_errors_count_the_same_both_ways(one: str, other: str) -> None:
    assert misspelt(one, other, most=3) == misspelt(other, one, most=3)
