"""Reads the query of the stand-in's list as strictly as the reference states it.

Section 3.1 of the reference on one-stop systems names the parameters, section 8.1 the answers
to wrong ones. A parameter that the section does not name, or that this stand-in does not
imitate, is answered with 400, so that a misspelt filter can never pass for an unfiltered list.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from postal_bridge.sandbox.onestop_state import COLUMNS, OneStopError, Search

LARGEST_RANGE = 1000
"""Rows in one question (section 8.1, a design choice of the reference)."""

_EXACT = {
    "status": "dossierStatus",
    "substatus": "dossierSubStatus",
    "agency": "govAgencyCode",
    "service": "serviceCode",
    "domain": "domainCode",
    "dossierNo": "dossierNo",
    "originality": "originality",
    "online": "online",
    "viapostal": "viaPostal",
    "vnpostalStatus": "vnpostalStatus",
    "fromViaPostal": "fromViaPostal",
}
"""Parameters that ask for values of a column; several values are parted by commas."""

_RANGES = {
    f"{side}{name}Date": (f"{name.lower()}Date", side)
    for name in ("Receive", "Due", "Release", "Finish")
    for side in ("from", "to")
}

_OTHERS = {"start", "end", "sort", "order", "keyword", "year", "month"}

_DESCENDING = {"asc": False, "false": False, "desc": True, "true": True}
"""The reference names `order` without its values: the words and the flag are both taken."""


def read_search(query: Mapping[str, str]) -> Search:
    """The filters and the order of a list.

    Raises:
        OneStopError: 400, with the parameter's name.
    """
    unknown = query.keys() - _EXACT.keys() - _RANGES.keys() - _OTHERS
    if unknown:
        raise _wrong(", ".join(sorted(unknown)), "không có tham số này (unknown parameter)")
    # An empty value is no filter, as in the system itself.
    equal = {
        column: frozenset(word.strip() for word in query[name].split(","))
        for name, column in _EXACT.items()
        if query.get(name)
    }
    order = query.get("order", "asc").lower()
    if order not in _DESCENDING:
        raise _wrong("order", "asc | desc")
    sort = query.get("sort", "dossierId")
    if sort not in COLUMNS:
        raise _wrong("sort", "không có cột này (no such column)")
    return Search(
        equal=equal,
        days=_days(query),
        keyword=query.get("keyword", "").strip(),
        sort=sort,
        descending=_DESCENDING[order],
    )


def read_range(query: Mapping[str, str]) -> tuple[int, int]:
    """The half-open range of rows; without one, the first thousand.

    Raises:
        OneStopError: 400 for what is no range, or one longer than a thousand.
    """
    start = read_number(query, "start", default=0)
    end = read_number(query, "end", default=start + LARGEST_RANGE)
    if start < 0 or end < start:
        raise _wrong("start, end", "0 ≤ start ≤ end")
    if end - start > LARGEST_RANGE:
        raise _wrong("end", f"end - start ≤ {LARGEST_RANGE}")
    return start, end


def read_number(query: Mapping[str, str], name: str, *, default: int | None = None) -> int:
    """A whole number; 400 where it is missing without a default, or is none."""
    text = query.get(name, "")
    if not text and default is not None:
        return default
    try:
        return int(text)
    except ValueError:
        raise _wrong(name, "số nguyên (whole number)") from None


def _days(query: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    days: dict[str, tuple[str, str]] = {}
    for name, (column, side) in _RANGES.items():
        if query.get(name):
            first, last = days.get(column, ("", ""))
            day = _day(name, query[name])
            days[column] = (day, last) if side == "from" else (first, day)
    if query.get("year") or query.get("month"):
        # The reference does not say which date they mean; here it is the day of reception, and
        # a range that was asked for besides is not widened by them.
        year = read_number(query, "year")
        month = read_number(query, "month", default=0)
        first_month, last_month = (month, month) if month else (1, 12)
        first, last = days.get("receiveDate", ("", ""))
        days["receiveDate"] = (
            max(first, f"{year:04d}{first_month:02d}01"),
            min(last or "99991231", f"{year:04d}{last_month:02d}31"),
        )
    return days


def _day(name: str, text: str) -> str:
    try:
        day = datetime.strptime(text, "%d/%m/%Y")  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        day = None
    # strptime takes 1/2/2019 as well; the profile does not.
    if day is None or f"{day:%d/%m/%Y}" != text:
        raise _wrong(name, "dd/MM/yyyy")
    return f"{day:%Y%m%d}"


def _wrong(name: str, why: str) -> OneStopError:
    text = f"tham số “{name}” không hợp lệ: {why} (invalid parameter)"
    return OneStopError(HTTPStatus.BAD_REQUEST, text)
