"""What stands after a label is proposed, with a confidence that a bad reading lowers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.documents.extraction import FieldKind, FieldRule, Proposal, propose
from postal_bridge.documents.page_values import Word

IDENTITY = FieldRule("identity", FieldKind.IDENTITY, ("Số định danh cá nhân", "CCCD"))
NAME = FieldRule("name", FieldKind.NAME, ("Họ và tên", "Tên người nộp"))
BORN = FieldRule("born", FieldKind.DATE, ("Ngày sinh",))
PHONE = FieldRule("phone", FieldKind.PHONE, ("Điện thoại",))
CODE = FieldRule("code", FieldKind.CODE, ("Mã hồ sơ",))


def words(text: str, *, confidence: float = 96.0) -> list[Word]:
    found = []
    for line, said in enumerate(text.splitlines()):
        left = 100
        for word in said.split():
            found.append(Word(word, left, 40 * line, 20 * len(word), 30, confidence, line))
            left += 20 * (len(word) + 1)
    return found


def one(text: str, rule: FieldRule) -> Proposal:
    (found,) = propose(words(text), [rule])
    return found


@pytest.mark.parametrize(
    ("text", "rule", "value"),
    [
        ("1. Tên người nộp: Nguyễn Thị Ngọc Điệp. Ngày sinh: 12/03/1984.", NAME, "Nguyễn Thị Ngọc Điệp"),
        ("Họ và tên : NÔNG VĂN ĐỨC", NAME, "NÔNG VĂN ĐỨC"),
        ("Ngày sinh: 2/3/1984 Giới tính: Nữ", BORN, "02/03/1984"),
        ("Ngày sinh 12 - 11 - 1990", BORN, "12/11/1990"),
        ("Số định danh cá nhân: 020184991234", IDENTITY, "020184991234"),
        ("CCCD: 020184991234, cấp ngày 1/1/2021", IDENTITY, "020184991234"),
        ("Điện thoại: 0900001234", PHONE, "0900001234"),
        ("Mã hồ sơ: 000.00.06.H37-190110-0001", CODE, "000.00.06.H37-190110-0001"),
    ],
)  # fmt: skip
def test_what_follows_a_label_is_found(text: str, rule: FieldRule, value: str) -> None:
    found = one("Kính gửi: Sở Tư pháp\n" + text, rule)
    assert found.value == value
    assert found.confidence > 0.9
    assert found.box[1] == 40


def test_a_label_that_was_read_badly_is_still_known_but_less_sure() -> None:
    good, bad = (
        one("Số định danh cá nhân: 020184991234", IDENTITY),
        one("Số dịnh đanh cá nhần: 020184991234", IDENTITY),
    )
    assert bad.value == good.value
    assert bad.confidence < good.confidence


def test_a_number_that_no_card_can_have_is_doubted() -> None:
    assert one("CCCD 999984991234", IDENTITY).confidence < 0.7


def test_a_date_that_there_is_not_is_worth_nothing() -> None:
    assert one("Ngày sinh: 45/13/1984", BORN).confidence == 0.0


def test_of_two_places_the_surer_one_is_proposed() -> None:
    text = words("CCCD 020184991234", confidence=40) + [
        Word(word.text, word.left, 500, word.width, word.height, 95, 9)
        for word in words("CCCD 020184990000")
    ]
    (found,) = propose(text, [IDENTITY])
    assert found.value == "020184990000"


@pytest.mark.parametrize("text", ["", "Ngày sinh:", "Kính gửi: Sở Tư pháp", "CCCD số không rõ"])
def test_where_there_is_nothing_nothing_is_proposed(text: str) -> None:
    assert propose(words(text), [IDENTITY, BORN]) == []


@given(st.lists(st.text(max_size=12), max_size=30))
def test_nothing_that_can_be_read_breaks_it(texts: list[str]) -> None:
    read = [Word(text, n, n, 5, 5, 50.0, n // 4) for n, text in enumerate(texts) if text.strip()]
    for found in propose(read, [IDENTITY, NAME, BORN, PHONE, CODE]):
        assert 0 <= found.confidence <= 1
        assert found.value
