"""What is kept of a request to a carrier holds nothing of a person, whatever shape it has."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.carriers.redaction import LONGEST, MASK, redacted

PERSONAL = ("Nông Thị Hồng Đào", "0912345678", "Thôn Nà Sầm")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (
            json.dumps(
                {
                    "OrderNumber": "VD-1",
                    "ReceiverName": PERSONAL[0],
                    "Deep": [{"Tel": PERSONAL[1]}, {"Address": PERSONAL[2]}],
                },
                ensure_ascii=False,
            ),
            "application/json",
        ),
        (
            f"<a><OrderNumber>VD-1</OrderNumber><Name>{PERSONAL[0]}</Name><T>{PERSONAL[1]}</T></a>",
            "text/xml",
        ),
        (f"OrderNumber=VD-1&tel={PERSONAL[1]}", "application/x-www-form-urlencoded"),
        (
            'bizContent={"orderNumber":"VD-1","name":"Nông Thị Hồng Đào"}',
            "application/x-www-form-urlencoded",
        ),
    ],
)
def test_numbers_of_orders_stay_and_persons_do_not(body: str, content_type: str) -> None:
    kept = redacted(body.encode(), content_type)
    assert "VD-1" in kept
    assert MASK in kept
    assert not [one for one in PERSONAL if one in kept]


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"<html>Nong Thi Hong Dao</html>", b"{cut", b"0912345678"]
)
def test_what_cannot_be_read_is_told_by_its_size_only(body: bytes) -> None:
    assert redacted(body, "text/html") == (f"({len(body)} byte)" if body else "")


def test_a_number_quoted_in_a_message_is_masked() -> None:
    kept = redacted('{"message": "Số 0912345678 không đúng"}'.encode(), "application/json")
    assert "0912345678" not in kept
    assert "không đúng" in kept


def test_a_long_body_is_cut_and_says_so() -> None:
    body = json.dumps({"x" * 50 + str(n): "a" for n in range(100)}).encode()
    kept = redacted(body, "application/json")
    assert len(kept) < LONGEST + 30
    assert kept.endswith(f"({len(body)} byte)")


@given(name=st.text(min_size=1, max_size=12), value=st.text(min_size=1, max_size=40))
def test_a_field_that_nobody_knows_is_masked(name: str, value: str) -> None:
    secret = f"Q{value}Q"
    body = json.dumps({f"x_{name}": secret}).encode()
    assert json.dumps(secret)[1:-1] not in redacted(body, "application/json")


def test_a_document_that_names_entities_is_not_opened() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "0912345678">]><a><Name>&x;</Name></a>'
    assert "0912345678" not in redacted(bomb, "text/xml").replace("ENTITY", "")
