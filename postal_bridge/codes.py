"""Every number that is scanned or typed: dossier, item, pouch, seal, handover, receipt, parcel.

`parse_*` takes what a scanner or a thumb gives (spaces, lower case, a long dash instead of a
hyphen) and answers the code with its parts, or a refusal that says which code was meant.
`make_*` gives the text and raises `ValueError` on parts that no code can carry.

Our own numbers end in a Damm check digit, which finds any single wrong digit and any two
neighbours swapped. Dossier codes belong to the one-stop systems and carry no check digit.
Sources: reference one-stop §4 (dossier codes), UPU S10-12, GS1 General Specifications (SSCC).
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from postal_bridge.errors import Reason, Refusal, refuse

MAX_CODE_LENGTH = 48
"""Longest text that any code can have, in characters: a consignment of the longest dossier."""

_RETYPED = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | dict.fromkeys("\u200b\u2060\ufeff", ""))


class CodeKind(StrEnum):
    """What a scanned text is the number of, and how a Vietnamese sentence names it (`what`)."""

    what: str
    DOSSIER = "dossier", "hồ sơ"
    ITEM = "item", "bưu gửi"
    POUCH = "pouch", "túi thư"
    SEAL = "seal", "niêm phong"
    HANDOVER = "handover", "biên bản giao nhận"
    RECEIPT = "receipt", "biên lai"
    CONSIGNMENT = "consignment", "vận đơn"
    S10 = "s10", "bưu gửi S10"
    SSCC = "sscc", "kiện hàng SSCC"

    def __new__(cls, value: str, what: str) -> Self:  # noqa: D102 - how an enum's pair is read
        kind = str.__new__(cls, value)
        kind._value_, kind.what = value, what
        return kind


class DossierStyle(StrEnum):
    """Which rule a dossier code follows; all three are met in the wild."""

    CIRCULAR_01 = "circular-01"
    DECISION_20 = "decision-20"
    MINISTRY_2026 = "ministry-2026"


# The agency is matched by its whole shape, never cut out by position: 000.00.06.H56, H56.14,
# H55.242 and G09.20 all stand in front of the same hyphen (reference one-stop §4).
_AGENCIES: dict[DossierStyle, str] = {
    DossierStyle.CIRCULAR_01: r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}",
    DossierStyle.DECISION_20: r"[A-Z][0-9]{2}(?:\.[0-9]{1,3}){0,3}",
    DossierStyle.MINISTRY_2026: r"[A-Z][0-9]{2}(?:\.[0-9]{1,3}){1,3}",
}
_TAILS = dict.fromkeys(DossierStyle, r"-(?P<day>[0-9]{6})-(?P<serial>[0-9]{4,9})")
_TAILS[DossierStyle.MINISTRY_2026] = r"-(?P<day>[0-9]{8})-(?P<serial>[0-9]{7})"
_DOSSIERS = {s: re.compile(f"(?P<agency>{a}){_TAILS[s]}") for s, a in _AGENCIES.items()}

_DAY_SERIAL = "(?P<day>[0-9]{6})-(?P<serial>[0-9]{4})-[0-9]"
_OWN: dict[CodeKind, re.Pattern[str]] = {
    CodeKind.POUCH: re.compile(f"TUI-{_DAY_SERIAL}"),
    CodeKind.SEAL: re.compile("NP-(?P<serial>[0-9]{7})-[0-9]"),
    CodeKind.HANDOVER: re.compile(f"BG-(?P<province>[A-Z][0-9]{{2}})-{_DAY_SERIAL}"),
    CodeKind.RECEIPT: re.compile("BL-(?P<year>[0-9]{2})-(?P<serial>[0-9]{6})-[0-9]"),
}
_ITEM = re.compile(r"(?P<dossier>[^/]+)/(?P<letter>[HBKPD])(?P<number>[1-9][0-9]{0,2})")
_CONSIGNMENT = re.compile(r"VD-(?P<dossier>.+)-(?P<leg>[1-9][0-9]?)-(?P<attempt>[1-9][0-9]?)-[0-9]")
_S10 = re.compile("([A-Z]{2})([0-9]{8})([0-9])([A-Z]{2})")
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_SSCC = re.compile(r"(?:\(00\)|00)?(?P<digits>[0-9]{18})")

# H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004: the table of order 10, row after row.
_DAMM = (
    "03175986427092154863420687135917509834266123045978"
    "36742095815869720134894536201794386172052581436790"
)


def clean(text: str) -> str:
    """The text as it is printed: no spaces, upper case, plain hyphens."""
    return "".join(text[: 4 * MAX_CODE_LENGTH].split()).translate(_RETYPED).upper()


def damm(digits: str) -> int:
    """The Damm check digit of the digits in `digits`; 0 when it already ends in the right one."""
    state = 0
    for digit in re.findall("[0-9]", digits):
        state = int(_DAMM[10 * state + int(digit)])
    return state


def _checked(body: str) -> str:
    return f"{body}-{damm(body)}"


def _malformed(text: str, kind: CodeKind) -> Refusal:
    return refuse(Reason.CODE_MALFORMED, "code", code=text[:MAX_CODE_LENGTH], what=kind.what)


def _read_day(digits: str) -> date | None:
    """The day that yyMMdd or yyyyMMdd names, if the calendar has it; all lie in 2000..2099."""
    full = digits if len(digits) == len("yyyyMMdd") else f"20{digits}"
    try:
        day = date(int(full[:4]), int(full[4:6]), int(full[6:]))
    except ValueError:
        return None
    return day if day.year // 100 == 20 else None  # noqa: PLR2004 - the century of the codes


def _write_day(day: date, *, four_digit_year: bool = False) -> str:
    _within("year", day.year, 2000, 2099)
    return f"{day:%Y%m%d}" if four_digit_year else f"{day:%y%m%d}"


def _within(name: str, value: int, lowest: int, highest: int) -> int:
    if not lowest <= value <= highest:
        raise ValueError(f"{name} must lie in {lowest}..{highest}, not {value}")
    return value


@dataclass(frozen=True)
class DossierCode:
    """A dossier's code as the one-stop system printed it, with its parts."""

    text: str
    style: DossierStyle
    agency: str
    day: date
    serial: int

    @classmethod
    def parse(cls, text: str) -> "DossierCode | Refusal":
        """Read a code of any of the three styles; the day in it must be a real day."""
        cleaned = clean(text)
        for style, pattern in _DOSSIERS.items():
            match = pattern.fullmatch(cleaned)
            day = _read_day(match["day"]) if match else None
            if match and day:
                return cls(cleaned, style, match["agency"], day, int(match["serial"]))
        return _malformed(text, CodeKind.DOSSIER)


def make_dossier_code(
    agency: str, day: date, serial: int, style: DossierStyle = DossierStyle.CIRCULAR_01
) -> str:
    """Write a dossier code: `000.00.06.H37-190110-0001`; `serial` counts per agency and day."""
    agency = clean(agency)
    if not re.fullmatch(_AGENCIES[style], agency):
        raise ValueError(f"agency {agency!r} does not fit dossier codes of style {style}")
    least, most = (7, 7) if style is DossierStyle.MINISTRY_2026 else (4, 9)
    _within("serial", serial, 0, 10**most - 1)
    written = _write_day(day, four_digit_year=style is DossierStyle.MINISTRY_2026)
    return f"{agency}-{written}-{serial:0{least}d}"


def _dossier_text(dossier: str | DossierCode) -> str:
    code = DossierCode.parse(dossier) if isinstance(dossier, str) else dossier
    if isinstance(code, Refusal):
        raise ValueError(f"{dossier!r} is not a dossier code")  # noqa: TRY004 - the type is right, the text is not
    return code.text


@dataclass(frozen=True)
class ItemCode:
    """The barcode of one thing that travels.

    Attributes:
        letter: H application (hồ sơ), B supplement (bổ sung), K result (kết quả),
            P supplement request (phiếu yêu cầu bổ sung).
        number: 1..999 within the dossier and letter.
    """

    text: str
    dossier: DossierCode
    letter: str
    number: int


def make_item_code(dossier_code: str | DossierCode, kind_letter: str, n: int) -> str:
    """Write an item's barcode: `000.00.06.H37-190110-0001/H1`.

    It has no check digit: the one-stop's code stands in it unchanged, and the symbol that
    carries it (Code 128, QR) checks itself.
    """
    if kind_letter not in {"H", "B", "K", "P", "D"}:
        raise ValueError(f"item letter must be H, B, K, P or D, not {kind_letter!r}")
    return f"{_dossier_text(dossier_code)}/{kind_letter}{_within('number', n, 1, 999)}"


def parse_item_code(text: str) -> ItemCode | Refusal:
    """Read an item's barcode."""
    cleaned = clean(text)
    match = _ITEM.fullmatch(cleaned)
    dossier = DossierCode.parse(match["dossier"]) if match else None
    if match is None or not isinstance(dossier, DossierCode):
        return _malformed(text, CodeKind.ITEM)
    return ItemCode(cleaned, dossier, match["letter"], int(match["number"]))


@dataclass(frozen=True)
class OwnNumber:
    """A number that we give out ourselves and print: pouch, seal, handover or receipt."""

    text: str
    kind: CodeKind
    serial: int
    day: date | None = None  # of a pouch or a handover
    year: int | None = None  # of a receipt, the full one, such as 2019
    province: str | None = None  # of a handover, such as H37


def _parse_own(text: str, kind: CodeKind) -> OwnNumber | Refusal:
    cleaned = clean(text)
    match = _OWN[kind].fullmatch(cleaned)
    if match is None or damm(cleaned):
        return _malformed(text, kind)
    parts = match.groupdict()
    day = _read_day(parts["day"]) if "day" in parts else None
    if "day" in parts and day is None:
        return _malformed(text, kind)
    year = 2000 + int(parts["year"]) if "year" in parts else None
    return OwnNumber(cleaned, kind, int(parts["serial"]), day, year, parts.get("province"))


def make_pouch_code(day: date, serial: int) -> str:
    """Write a pouch's number: `TUI-190110-0001-C`, C the check digit; serial 0..9999 per day."""
    return _checked(f"TUI-{_write_day(day)}-{_within('serial', serial, 0, 9999):04d}")


def parse_pouch_code(text: str) -> OwnNumber | Refusal:
    """Read a pouch's number; the day is in it."""
    return _parse_own(text, CodeKind.POUCH)


def make_seal_code(serial: int) -> str:
    """Write a seal's number: `NP-0000001-C`, C the check digit; serial 0..9999999, used once."""
    return _checked(f"NP-{_within('serial', serial, 0, 9_999_999):07d}")


def parse_seal_code(text: str) -> OwnNumber | Refusal:
    """Read a seal's number."""
    return _parse_own(text, CodeKind.SEAL)


def make_handover_number(province: str, day: date, serial: int) -> str:
    """Write the number of a handover's minutes: `BG-H37-190110-0001-C`; serial 0..9999 per day."""
    if not re.fullmatch("[A-Z][0-9]{2}", province):
        raise ValueError(
            f"a province's code is a letter and two digits, such as H37, not {province!r}"
        )
    return _checked(f"BG-{province}-{_write_day(day)}-{_within('serial', serial, 0, 9999):04d}")


def parse_handover_number(text: str) -> OwnNumber | Refusal:
    """Read the number of a handover's minutes; province and day are in it."""
    return _parse_own(text, CodeKind.HANDOVER)


def make_receipt_number(year: int, serial: int) -> str:
    """Write a fee receipt's number: `BL-19-000001-C`; serial 0..999999 per year from 2000."""
    _within("year", year, 2000, 2099)
    return _checked(f"BL-{year % 100:02d}-{_within('serial', serial, 0, 999_999):06d}")


def parse_receipt_number(text: str) -> OwnNumber | Refusal:
    """Read a fee receipt's number; the year is in it."""
    return _parse_own(text, CodeKind.RECEIPT)


@dataclass(frozen=True)
class ConsignmentNumber:
    """Our reference of one leg with one carrier, and which attempt it is."""

    text: str
    dossier: DossierCode
    leg: int
    attempt: int


def make_consignment_number(dossier_code: str | DossierCode, leg: int, attempt: int) -> str:
    """Write a consignment's reference: `VD-000.00.06.H37-190110-0001-1-1-C`.

    The same dossier, leg and attempt (each 1..99) always give the same reference, so a carrier
    that is asked twice books once. At most 43 characters: the carriers' limit for a client's
    reference is 50 (reference carriers §2.4).
    """
    body = f"VD-{_dossier_text(dossier_code)}-{_within('leg', leg, 1, 99)}"
    return _checked(f"{body}-{_within('attempt', attempt, 1, 99)}")


def parse_consignment_number(text: str) -> ConsignmentNumber | Refusal:
    """Read a consignment's reference."""
    cleaned = clean(text)
    match = None if damm(cleaned) else _CONSIGNMENT.fullmatch(cleaned)
    dossier = DossierCode.parse(match["dossier"]) if match else None
    if match is None or not isinstance(dossier, DossierCode):
        return _malformed(text, CodeKind.CONSIGNMENT)
    return ConsignmentNumber(cleaned, dossier, int(match["leg"]), int(match["attempt"]))


@dataclass(frozen=True)
class S10:
    """A postal item's international number (UPU S10).

    Attributes:
        indicator: two letters, what service: E* EMS, R* registered, C* parcel.
        warning: a Vietnamese sentence when the check digit is wrong; no refusal, because posts do
            print such numbers (EN980000239VN).
    """

    text: str
    indicator: str
    serial: int
    country: str
    warning: str | None = None

    @classmethod
    def parse(cls, text: str) -> "S10 | Refusal":
        """Read a number of 13 characters: `RB123456785GB`."""
        cleaned = clean(text)
        match = _S10.fullmatch(cleaned)
        if match is None:
            return _malformed(text, CodeKind.S10)
        indicator, serial, check, country = match.groups()
        expected = s10_check_digit(serial)
        warning = f"Số kiểm tra là {check}, lẽ ra {expected}. Hãy so lại với nhãn."
        right = check == expected
        return cls(cleaned, indicator, int(serial), country, None if right else warning)


def s10_check_digit(digits: str) -> str:
    """The check digit of the eight digits of an S10 number (weights 8 6 4 2 3 5 9 7)."""
    rest = 11 - sum(w * int(d) for w, d in zip(_S10_WEIGHTS, digits, strict=True)) % 11
    return {10: "0", 11: "5"}.get(rest, str(rest))


def make_s10(indicator: str, serial: int, country: str = "VN") -> str:
    """Write an S10 number: `make_s10("RR", 47312482, "GB")` is RR473124829GB."""
    digits = f"{_within('serial', serial, 0, 99_999_999):08d}"
    text = f"{indicator}{digits}{s10_check_digit(digits)}{country}"
    if not _S10.fullmatch(text):
        raise ValueError(
            f"indicator and country are two capital letters, not {indicator!r} and {country!r}"
        )
    return text


@dataclass(frozen=True)
class SSCC:
    """The number of a logistic unit (GS1): 18 digits, the last one a check digit."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "SSCC | Refusal":
        """Read 18 digits, with or without the application identifier (00) in front."""
        match = _SSCC.fullmatch(clean(text))
        if match is None or match["digits"][-1] != _sscc_check_digit(match["digits"][:-1]):
            return _malformed(text, CodeKind.SSCC)
        return cls(match["digits"])


def make_sscc(extension: int, company_prefix: str, serial: int) -> str:
    """Write an SSCC; `company_prefix` is 7..10 digits given by GS1, the serial fills the rest."""
    if not re.fullmatch("[0-9]{7,10}", company_prefix):
        raise ValueError(f"a GS1 company prefix has 7 to 10 digits, not {company_prefix!r}")
    width = 16 - len(company_prefix)
    _within("serial", serial, 0, 10**width - 1)
    digits = f"{_within('extension', extension, 0, 9)}{company_prefix}{serial:0{width}d}"
    return digits + _sscc_check_digit(digits)


def _sscc_check_digit(digits: str) -> str:
    # Weights 3 and 1 in turn from the right (GS1 General Specifications 7.9).
    threes, ones = digits[::-2], digits[-2::-2]
    return str(-(3 * sum(map(int, threes)) + sum(map(int, ones))) % 10)


def kind_of(text: str) -> CodeKind | None:
    """Which kind of code the text looks like; None for none.

    Only the shape counts, so that the matching `parse_*` can say which code is misread.
    """
    cleaned = clean(text)
    shapes = {**_OWN, CodeKind.CONSIGNMENT: _CONSIGNMENT, CodeKind.S10: _S10, CodeKind.SSCC: _SSCC}
    for kind, pattern in shapes.items():
        if pattern.fullmatch(cleaned):
            return kind
    item = _ITEM.fullmatch(cleaned)
    if any(
        pattern.fullmatch(item["dossier"] if item else cleaned) for pattern in _DOSSIERS.values()
    ):
        return CodeKind.ITEM if item else CodeKind.DOSSIER
    return None
