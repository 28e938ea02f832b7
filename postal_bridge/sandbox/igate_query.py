"""Reads the questions of the iGate stand-in as strictly as the reference states them.

A parameter that section 3.3 of the reference does not name is answered with 400, so that a
misspelt filter can never pass for an unfiltered list. An empty one is no filter, as there.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from http import HTTPStatus

from postal_bridge.sandbox.igate_state import COLUMNS, DATES, Search, part
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.row_book import Row

LARGEST_PAGE = 50
_DEFAULT_SIZE = 20
_DAY_FORM = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

_EXACT = {
    "code-match": ("code",),
    "nation-code-match": ("nationCode",),
    "identity-number": ("applicant", "data", "identityNumber"),
    "procedure-id": ("procedure", "id"),
    "sector-id": ("procedure", "sector", "id"),
    "apply-method-id": ("applyMethod", "id"),
    "receiving-kind-id": ("dossierReceivingKind", "id"),
    "dossier-status": ("dossierStatus", "id"),
    "remove-status": ("removeStatus",),
    "task-status-id": ("dossierTaskStatus", "id"),
    "remind-id": ("remindId",),
    "paystatus": ("paystatus",),
    "vnpost-status-return-code": ("vnpostStatusReturnCode",),
}
"""Parameters that ask for values of a member; several values are parted by commas."""

_WITHIN = {"code": ("code",), "applicant-name": ("applicant", "data", "fullname")}
"""Parameters that ask for a part of a member, in any case."""

_RANGES = {
    "accepted": "acceptedDate",
    "applied": "appliedDate",
    "appointment": "appointmentDate",
    "result-returned": "returnedDate",
}
_ANCESTOR = "ancestor-agency-id"
_SORTED_BY = {*DATES, "id", "code", "nationCode"}
_KNOWN = {
    "page",
    "size",
    "spec",
    "sort",
    _ANCESTOR,
    *_EXACT,
    *_WITHIN,
    *(f"{name}-{end}" for name in _RANGES for end in ("from", "to")),
}

Fit = Callable[[Row], bool]


def read_search(query: Mapping[str, str], *, sort: Sequence[str] = ()) -> Search:
    """The filters and the order of a list; `sort` may be named several times.

    Raises:
        StandInError: 400, with the parameter's name.
    """
    unknown = set(query) - _KNOWN
    if unknown:
        raise wrong(", ".join(sorted(unknown)), "không có tham số này (unknown parameter)")
    fits = [*_words(query), *_days(query)]
    if query.get(_ANCESTOR):
        fits.append(_below(query[_ANCESTOR]))
    asked = sorted((name, text) for name, text in query.items() if name not in {"page", "size"})
    return Search(
        fits=fits, sort=[_sort(text) for text in sort if text], asked=repr((asked, list(sort)))
    )


def read_page(query: Mapping[str, str]) -> tuple[int, int]:
    """Number of the page, from 0, and its size, which is cut down to the largest allowed."""
    page = _whole(query, "page", 0)
    size = _whole(query, "size", _DEFAULT_SIZE)
    if page < 0 or size < 1:
        raise wrong("page, size", "page ≥ 0, size ≥ 1")
    return page, min(size, LARGEST_PAGE)


def read_spec(query: Mapping[str, str]) -> bool:
    """Whether totals are wanted: `page`, or nothing, and not `slice`."""
    spec = query.get("spec") or "page"
    if spec not in {"page", "slice"}:
        raise wrong("spec", "page | slice")
    return spec == "page"


def wrong(name: str, why: str) -> StandInError:
    """400 that names what is wrong."""
    text = f"tham số “{name}” không hợp lệ: {why} (invalid parameter)"
    return StandInError(HTTPStatus.BAD_REQUEST, text)


def _words(query: Mapping[str, str]) -> Iterator[Fit]:
    for name, path in _EXACT.items():
        if query.get(name):
            yield _one_of(path, {word.strip() for word in query[name].split(",")})
    for name, path in _WITHIN.items():
        if query.get(name):
            yield _mentions(path, query[name].strip().casefold())


def _days(query: Mapping[str, str]) -> Iterator[Fit]:
    for name, column in _RANGES.items():
        first, last = _day(query, f"{name}-from"), _day(query, f"{name}-to")
        if first or last:
            yield _between(column, first, last)


def _one_of(path: tuple[str, ...], allowed: set[str]) -> Fit:
    return lambda row: str(part(row, *path)) in allowed


def _mentions(path: tuple[str, ...], word: str) -> Fit:
    return lambda row: word in str(part(row, *path)).casefold()


def _between(column: str, first: str, last: str) -> Fit:
    def fit(row: Row) -> bool:
        day = str(row[column] or "")[:10]
        return bool(day) and first <= day and (not last or day <= last)

    return fit


def _below(agency: str) -> Fit:
    def fit(row: Row) -> bool:
        above = row["ancestorAgencyIds"]
        return part(row, "agency", "id") == agency or (isinstance(above, list) and agency in above)

    return fit


def _sort(text: str) -> tuple[str, bool]:
    column, _, direction = text.partition(",")
    if column not in _SORTED_BY or column not in COLUMNS:
        raise wrong("sort", f"“{column}” (no such column)")
    if direction.lower() not in {"", "asc", "desc"}:
        raise wrong("sort", "asc | desc")
    return column, direction.lower() == "desc"


def _day(query: Mapping[str, str], name: str) -> str:
    """A day as ISO; its day and month may lack the nought in front, as seen in real queries."""
    text = query.get(name, "")
    if not text:
        return ""
    found = _DAY_FORM.fullmatch(text)
    try:
        if found is not None:
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
    except ValueError:
        pass
    raise wrong(name, "dd/MM/yyyy")


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if text and not text.isdecimal():
        raise wrong(name, "số nguyên (whole number)")
    return int(text) if text else default
