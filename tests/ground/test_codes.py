from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from postal_bridge.codes import (
    MAX_CODE_LENGTH,
    S10,
    SSCC,
    CodeKind,
    ConsignmentNumber,
    DossierCode,
    DossierStyle,
    ItemCode,
    OwnNumber,
    damm,
    kind_of,
    make_consignment_number,
    make_dossier_code,
    make_handover_number,
    make_item_code,
    make_pouch_code,
    make_receipt_number,
    make_s10,
    make_seal_code,
    make_sscc,
    parse_consignment_number,
    parse_handover_number,
    parse_item_code,
    parse_pouch_code,
    parse_receipt_number,
    parse_seal_code,
)
from postal_bridge.errors import Reason, Refusal

DOSSIER = "000.00.06.H37-190110-0001"
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
SERIALS = st.integers(0, 9999)
AGENCIES = {
    DossierStyle.CIRCULAR_01: r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}",
    DossierStyle.DECISION_20: r"[A-Z][0-9]{2}(\.[0-9]{1,3}){0,3}",
    DossierStyle.MINISTRY_2026: r"[A-Z][0-9]{2}(\.[0-9]{1,3}){1,3}",
}
OWN_NUMBERS = st.one_of(
    st.builds(make_pouch_code, DAYS, SERIALS),
    st.builds(make_seal_code, st.integers(0, 9_999_999)),
    st.builds(make_handover_number, st.from_regex("[A-Z][0-9]{2}", fullmatch=True), DAYS, SERIALS),
    st.builds(make_receipt_number, st.integers(2000, 2099), st.integers(0, 999_999)),
)
PARSERS: dict[CodeKind, Callable[[str], object]] = {
    CodeKind.DOSSIER: DossierCode.parse,
    CodeKind.ITEM: parse_item_code,
    CodeKind.POUCH: parse_pouch_code,
    CodeKind.SEAL: parse_seal_code,
    CodeKind.HANDOVER: parse_handover_number,
    CodeKind.RECEIPT: parse_receipt_number,
    CodeKind.CONSIGNMENT: parse_consignment_number,
    CodeKind.S10: S10.parse,
    CodeKind.SSCC: SSCC.parse,
}


@st.composite
def dossier_codes(draw: st.DrawFn) -> DossierCode:
    style = draw(st.sampled_from(DossierStyle))
    agency = draw(st.from_regex(AGENCIES[style], fullmatch=True))
    most = 9_999_999 if style is DossierStyle.MINISTRY_2026 else 999_999_999
    code = DossierCode.parse(
        make_dossier_code(agency, draw(DAYS), draw(st.integers(0, most)), style)
    )
    assert isinstance(code, DossierCode)
    assert (code.style, code.agency) == (style, agency)
    return code


@pytest.mark.parametrize(
    ("text", "style", "agency", "day", "serial"),
    [
        ("000.00.06.H56-231027-0361", "circular-01", "000.00.06.H56", date(2023, 10, 27), 361),
        ("000.00.53.H48-220921-0099", "circular-01", "000.00.53.H48", date(2022, 9, 21), 99),
        ("H56.14-240823-0001", "decision-20", "H56.14", date(2024, 8, 23), 1),
        ("H55.242-240823-0001", "decision-20", "H55.242", date(2024, 8, 23), 1),
        ("H37-190110-12345", "decision-20", "H37", date(2019, 1, 10), 12345),
        ("G09.20-20260609-0092637", "ministry-2026", "G09.20", date(2026, 6, 9), 92637),
    ],
)
def test_dossier_codes_seen_in_the_wild_are_read(
    text: str, style: str, agency: str, day: date, serial: int
) -> None:
    code = DossierCode.parse(text)
    assert code == DossierCode(text, DossierStyle(style), agency, day, serial)
    assert make_dossier_code(agency, day, serial, DossierStyle(style)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H37",
        "hồ sơ số 5",
        "000.00.06.H37-190230-0001",  # no 30 February
        "000.00.06.H37-191310-0001",  # no 13th month
        "000.00.06.H37-190110-001",  # three digits
        "000.00.06.H37-190110-0001-9",
        "00.00.06.H37-190110-0001",
        "G09.20-20260609-092637",
        "G09.20-19260609-0092637",  # another century
        "H37-１90110-0001",  # a digit of another script
        "000.00.06.H37-190110-" + "1" * 1000,
    ],
)
def test_what_is_no_dossier_code_is_refused_in_vietnamese(text: str) -> None:
    refusal = DossierCode.parse(text)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.CODE_MALFORMED
    assert refusal.field == "code"
    assert "không đúng dạng mã hồ sơ" in refusal.sentence()
    assert len(refusal.sentence()) < 200


@given(dossier_codes())
def test_every_dossier_code_that_is_made_is_read_back(code: DossierCode) -> None:
    assert DossierCode.parse(code.text) == code
    assert make_dossier_code(code.agency, code.day, code.serial, code.style) == code.text
    assert kind_of(code.text) is CodeKind.DOSSIER


@given(dossier_codes())
def test_what_a_thumb_or_a_scanner_gives_is_understood(code: DossierCode) -> None:
    typed = f"  {code.text.lower().replace('-', ' – ')}\u200b\r\n"
    assert DossierCode.parse(typed) == code


@given(dossier_codes(), st.sampled_from("HBKPD"), st.integers(1, 999))
def test_every_item_barcode_is_read_back(code: DossierCode, letter: str, number: int) -> None:
    text = make_item_code(code, letter, number)
    assert text == make_item_code(code.text, letter, number)
    assert parse_item_code(text.lower()) == ItemCode(text, code, letter, number)
    assert kind_of(text) is CodeKind.ITEM


def test_the_application_of_the_first_dossier_has_the_barcode_of_the_brief() -> None:
    assert make_item_code(DOSSIER, "H", 1) == "000.00.06.H37-190110-0001/H1"


@given(dossier_codes(), st.integers(1, 99), st.integers(1, 99))
def test_a_consignment_has_one_reference_that_carriers_take(
    code: DossierCode, leg: int, attempt: int
) -> None:
    text = make_consignment_number(code, leg, attempt)
    assert text == make_consignment_number(code.text, leg, attempt)
    assert parse_consignment_number(text) == ConsignmentNumber(text, code, leg, attempt)
    assert kind_of(text) is CodeKind.CONSIGNMENT
    assert len(text) <= MAX_CODE_LENGTH <= 50


@given(DAYS, SERIALS)
def test_pouches_and_handovers_are_read_back(day: date, serial: int) -> None:
    pouch = make_pouch_code(day, serial)
    assert parse_pouch_code(pouch) == OwnNumber(pouch, CodeKind.POUCH, serial, day=day)
    minutes = make_handover_number("H37", day, serial)
    assert parse_handover_number(minutes) == OwnNumber(
        minutes, CodeKind.HANDOVER, serial, day=day, province="H37"
    )


@given(st.integers(2000, 2099), st.integers(0, 999_999))
def test_seals_and_receipts_are_read_back(year: int, serial: int) -> None:
    seal = make_seal_code(serial)
    assert parse_seal_code(seal) == OwnNumber(seal, CodeKind.SEAL, serial)
    receipt = make_receipt_number(year, serial)
    assert parse_receipt_number(receipt) == OwnNumber(receipt, CodeKind.RECEIPT, serial, year=year)


def test_own_numbers_look_as_they_are_printed() -> None:
    day = date(2019, 1, 10)
    assert make_pouch_code(day, 1) == "TUI-190110-0001-8"
    assert make_seal_code(1) == "NP-0000001-3"
    assert make_handover_number("H37", day, 1) == "BG-H37-190110-0001-8"
    assert make_receipt_number(2019, 1) == "BL-19-000001-4"


@given(OWN_NUMBERS, st.data())
def test_one_wrong_digit_in_an_own_number_is_always_found(text: str, data: st.DataObject) -> None:
    places = [place for place, sign in enumerate(text) if sign.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != text[place])
    kind = kind_of(text)
    assert kind is not None
    assert isinstance(PARSERS[kind](text[:place] + digit + text[place + 1 :]), Refusal)


@given(OWN_NUMBERS, st.data())
def test_two_neighbours_swapped_in_an_own_number_are_always_found(
    text: str, data: st.DataObject
) -> None:
    places = [place for place, sign in enumerate(text) if sign.isdigit()]
    first = data.draw(st.integers(0, len(places) - 2))
    one, other = places[first], places[first + 1]
    assume(text[one] != text[other])
    signs = list(text)
    signs[one], signs[other] = signs[other], signs[one]
    kind = kind_of(text)
    assert kind is not None
    assert isinstance(PARSERS[kind]("".join(signs)), Refusal)


@given(dossier_codes(), st.integers(1, 99), st.integers(1, 99), st.data())
def test_one_wrong_digit_in_a_consignment_is_always_found(
    code: DossierCode, leg: int, attempt: int, data: st.DataObject
) -> None:
    text = make_consignment_number(code, leg, attempt)
    place = data.draw(st.sampled_from([n for n, sign in enumerate(text) if sign.isdigit()]))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != text[place])
    wrong = text[:place] + digit + text[place + 1 :]
    assert isinstance(parse_consignment_number(wrong), Refusal)


def test_the_check_digit_is_damms() -> None:
    assert damm("572") == 4
    assert damm("5724") == 0


@pytest.mark.parametrize(
    "text", ["RB123456785GB", "RR473124829GB", "EE471108151FR", "CH167101882VN"]
)
def test_good_s10_numbers_pass_without_a_warning(text: str) -> None:
    number = S10.parse(text)
    assert isinstance(number, S10)
    assert number.warning is None
    assert make_s10(number.indicator, number.serial, number.country) == text


def test_a_wrong_s10_check_digit_warns_and_does_not_refuse() -> None:
    number = S10.parse("en 980000239 vn")
    assert isinstance(number, S10)
    assert number.text == "EN980000239VN"
    assert number.warning is not None
    assert "lẽ ra 6" in number.warning


@given(
    st.from_regex("[A-Z]{2}", fullmatch=True),
    st.integers(0, 99_999_999),
    st.from_regex("[A-Z]{2}", fullmatch=True),
)
def test_every_s10_number_that_is_made_is_read_back(
    indicator: str, serial: int, country: str
) -> None:
    text = make_s10(indicator, serial, country)
    assert S10.parse(text) == S10(text, indicator, serial, country)
    assert kind_of(text) is CodeKind.S10


@pytest.mark.parametrize("text", ["R123456785GB", "RB12345678GB", "RB123456785G", "RB1234567855GB"])
def test_what_has_not_the_shape_of_s10_is_refused(text: str) -> None:
    assert isinstance(S10.parse(text), Refusal)


@pytest.mark.parametrize("text", ["095287654321012346", "106141412345678908"])
def test_known_ssccs_pass_with_or_without_their_identifier(text: str) -> None:
    assert SSCC.parse(text) == SSCC.parse(f"(00) {text}") == SSCC.parse(f"00{text}") == SSCC(text)
    assert kind_of(text) is CodeKind.SSCC


def test_an_sscc_with_a_wrong_check_digit_is_refused() -> None:
    assert isinstance(SSCC.parse("106141412345678909"), Refusal)


@given(st.integers(0, 9), st.from_regex("[0-9]{7,10}", fullmatch=True), st.integers(0, 999_999))
def test_every_sscc_that_is_made_is_read_back(extension: int, prefix: str, serial: int) -> None:
    text = make_sscc(extension, prefix, serial)
    assert SSCC.parse(text) == SSCC(text)


@given(st.one_of(st.text(), OWN_NUMBERS, st.text("0123456789-./HTUI", max_size=40)))
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    kind = kind_of(text)
    for parsed, parse in PARSERS.items():
        if not isinstance(parse(text), Refusal):
            assert parsed is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("tui-190110-0001-8", CodeKind.POUCH),
        ("TUI-190110-0001-9", CodeKind.POUCH),  # misread, but a pouch is meant
        ("NP-0000001-3", CodeKind.SEAL),
        ("000.00.06.h37-190110-0001/h1", CodeKind.ITEM),
        ("000.00.06.H37-190110-0001", CodeKind.DOSSIER),
        ("BG-H37-190110-0001-8", CodeKind.HANDOVER),
        ("BL-19-000001-4", CodeKind.RECEIPT),
        ("ABC/H1", None),
        ("8935049501234", None),
    ],
)
def test_a_scan_tells_what_was_scanned(text: str, kind: CodeKind | None) -> None:
    assert kind_of(text) is kind


def test_parts_that_no_code_can_carry_are_a_mistake_of_the_programme() -> None:
    day = date(2019, 1, 10)
    mistakes: tuple[Callable[[], str], ...] = (
        lambda: make_dossier_code("H37", day, 1, DossierStyle.CIRCULAR_01),
        lambda: make_dossier_code("000.00.06.H37", date(1999, 1, 1), 1),
        lambda: make_pouch_code(day, 10_000),
        lambda: make_handover_number("37", day, 1),
        lambda: make_item_code(DOSSIER, "X", 1),
        lambda: make_item_code("H37", "H", 1),
        lambda: make_consignment_number(DOSSIER, 0, 1),
        lambda: make_s10("R", 1, "VN"),
        lambda: make_sscc(1, "12", 1),
    )
    for wrong in mistakes:
        with pytest.raises(ValueError, match=r"."):
            wrong()
