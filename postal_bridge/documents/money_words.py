"""Sums in words, as a receipt must have them: 1.105.000 is “một triệu một trăm linh năm nghìn đồng”."""

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", "nghìn", "triệu", "tỷ")
_THOUSAND = 1_000
_BILLION = 1_000_000_000


def money_in_words(dong: int) -> str:
    """A sum in đồng, 0 or more, in words with a capital letter and “đồng” at the end."""
    if dong < 0:
        msg = f"a receipt has no sum below zero: {dong}"
        raise ValueError(msg)
    said = " ".join(_number(dong).split()) or _DIGITS[0]
    return f"{said[0].upper()}{said[1:]} đồng"


def _number(value: int) -> str:
    """Groups of three digits; beyond a thousand billions the billions are a number themselves."""
    if value >= _BILLION * _THOUSAND:
        rest = value % _BILLION
        return f"{_number(value // _BILLION)} tỷ {_number_with_lead(rest) if rest else ''}"
    groups = []
    while value:
        value, group = divmod(value, _THOUSAND)
        groups.append(group)
    said = []
    for power in reversed(range(len(groups))):
        if groups[power]:
            lead = power < len(groups) - 1
            said.append(f"{_three(groups[power], lead=lead)} {_GROUPS[power]}")
    return " ".join(said)


def _number_with_lead(value: int) -> str:
    """The rest behind billions of billions: its own leading group is read in full."""
    groups = []
    while value:
        value, group = divmod(value, _THOUSAND)
        groups.append(group)
    return " ".join(
        f"{_three(groups[power], lead=True)} {_GROUPS[power]}"
        for power in reversed(range(len(groups)))
        if groups[power]
    )


def _three(value: int, *, lead: bool) -> str:
    """Three digits; with `lead` more stands before them, and the hundreds are said also when 0."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    said = []
    if hundreds or lead:
        said.append(f"{_DIGITS[hundreds]} trăm")
    if tens > 1:
        said.append(f"{_DIGITS[tens]} mươi")
    elif tens == 1:
        said.append("mười")
    elif ones and said:
        said.append("linh")
    if ones:
        said.append(_ones(ones, tens))
    return " ".join(said)


def _ones(ones: int, tens: int) -> str:
    if ones == 1 and tens > 1:
        return "mốt"
    if ones == 5 and tens:  # noqa: PLR2004 - năm is lăm behind a ten
        return "lăm"
    if ones == 4 and tens > 1:  # noqa: PLR2004 - bốn is tư behind twenty and more
        return "tư"
    return _DIGITS[ones]
