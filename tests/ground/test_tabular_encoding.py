import pytest

from postal_bridge.tabular.encoding import decode, mangled
from postal_bridge.tabular.records import TableRefused
from postal_bridge.tabular.vietnamese import from_tcvn3, from_vni, is_syllable
from tests.ground.old_encodings import OLD, as_tcvn3, as_vni, as_windows_1258

ALL_TONED = (
    "à ả ã á ạ ằ ẳ ẵ ắ ặ ầ ẩ ẫ ấ ậ è ẻ ẽ é ẹ ề ể ễ ế ệ ì ỉ ĩ í ị ò ỏ õ ó ọ ồ ổ ỗ ố ộ ờ ở ỡ ớ ợ"
    " ù ủ ũ ú ụ ừ ử ữ ứ ự ỳ ỷ ỹ ý ỵ ă â ê ô ơ ư đ"
)
LIST = "Mã hồ sơ;Trạng thái\n000.00.06.H37-190110-0001;Đang xử lý\n;Đã trả kết quả\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_says_its_encoding_is_believed(encoding: str) -> None:
    text, _ = decode(LIST.encode(encoding))
    assert text == LIST


@pytest.mark.parametrize("mark", [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")])
def test_utf_16_is_read_either_way_round(mark: tuple[str, bytes]) -> None:
    encoding, bom = mark
    assert decode(bom + LIST.encode(encoding))[0] == LIST


@pytest.mark.parametrize("name", OLD)
def test_an_old_encoding_is_known_by_its_words(name: str) -> None:
    text, found = decode(OLD[name](LIST))
    assert (text, found) == (LIST, name)


def test_every_letter_of_tcvn3_has_the_byte_that_the_standard_gave_it() -> None:
    # TCVN 5712:1993 VN3, from B5 on, beside the plain letters from A8 on.
    order = bytes.fromhex(
        "b5b6b7b8b9bbbcbdbec6c7c8c9cacbcccecfd0d1d2d3d4d5d6d7d8dcdddedfe1e2e3e4e5e6e7e8e9"
        "eaebecedeeeff1f2f3f4f5f6f7f8f9fafbfcfdfea8a9aaabacadae"
    )
    assert from_tcvn3(order) == ALL_TONED.replace(" ", "")


@pytest.mark.parametrize(
    ("font", "word"),
    [
        ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("Ñoäc laäp – Töï do – Haïnh phuùc", "Độc lập – Tự do – Hạnh phúc"),
        ("Maõ hoà sô, ngöôøi noäp, kyù, kyø haïn, tæ leä, lyù, gì, ñaát ñai", "Mã hồ sơ, người nộp, ký, kỳ hạn, tỉ lệ, lý, gì, đất đai"),
        ("ÑÖÔÏC TIEÁP NHAÄN", "ĐƯỢC TIẾP NHẬN"),
    ],
)  # fmt: skip
def test_vni_is_read_as_its_fonts_show_it(font: str, word: str) -> None:
    assert from_vni(font.encode("cp1252")) == word


def test_old_encodings_come_back_letter_by_letter() -> None:
    assert decode(as_windows_1258("Đã trả, mới tiếp nhận; ") + b"\n")[0] == (
        "Đã trả, mới tiếp nhận; \n"
    )
    assert from_tcvn3(as_tcvn3(ALL_TONED)) == ALL_TONED
    assert from_vni(as_vni(ALL_TONED)) == ALL_TONED


@pytest.mark.parametrize(
    ("raw", "row"),
    [
        (b"code;state\nA;\xc4\xe8\xf2\xe0\n", "dòng 2"),  # Cyrillic
        (b"code;state\nA;B\nC;caf\xe9 cr\xe8me br\xfbl\xe9e \xe7a\n", "dòng 3"),  # French
        (b"code;state\n\n\xff\xff\xff\n", "dòng 3"),
        (b"\xef\xbb\xbfcode\nA\xff\n", "dòng 2"),
        (b"code\n\x00\x01\n", "dòng 2"),
        (b"\xff\xfea\x00\n\x00b", "dòng"),
    ],
)
def test_what_no_encoding_makes_sense_of_is_refused_with_its_row(raw: bytes, row: str) -> None:
    with pytest.raises(TableRefused, match=row) as refused:
        decode(raw)
    assert "UTF-8" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "MÃ£ há»“ sÆ¡",
        "Ä\x90ang xá»\xad lÃ½",
        "M? h? s? 1 c?a t?i",
        "Tr\ufffdng th\ufffdi",
        "M· hå s¬",
        "Tr¹ng th¸i",
        "Traïng thaùi",
        "Maõ hoà sô",
        "a\x00b",
        "a\ud83db",
    ],
)
def test_text_that_was_spoilt_on_its_way_is_noticed(text: str) -> None:
    assert mangled(text)


@pytest.mark.parametrize(
    "text",
    [
        "Đang xử lý",
        "Thửa đất số 12 – “đất ở”, xã Hoàng Văn Thụ",
        "QĐ-UBND, HĐND, 100 m², 30 °C",
        "Café Müller, São Paulo, Đắk Lắk, Krông Pắc",
        "Đã nộp chưa?",
        "https://vi.du/tim?ma=1",
        "XÃ HOÀNG VĂN THỤ",
        "000.00.06.H37-190110-0001",
    ],
)
def test_what_people_write_is_left_alone(text: str) -> None:
    assert mangled(text) == ""


@pytest.mark.parametrize(
    "word",
    [
        "nghiêng",
        "Nguyễn",
        "quý",
        "quyển",
        "giếng",
        "gì",
        "huỳnh",
        "thuở",
        "khuỷu",
        "yêu",
        "đoạn",
        "oái",
    ],
)
def test_a_syllable_is_known(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["maõ", "caùc", "Müller", "sĩĩ", "ngöôøi", "hå", "đkr"])
def test_what_no_vietnamese_writes_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)
