"""Reads the questions of the Tân Dân stand-in as strictly as the reference states them.

Names are taken in any case, as ASP.NET does. A name that section 3.2 does not have is answered
with 400, so that a misspelt filter can never pass for an unfiltered list.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from http import HTTPStatus

from postal_bridge.clock import LOCAL
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.tandan_state import STATUS_TEXT, Search

_RANGES = {
    "tiepnhanfrom": ("NgayTiepNhan", 0),
    "tiepnhanto": ("NgayTiepNhan", 1),
    "hentrafrom": ("NgayHenTra", 0),
    "hentrato": ("NgayHenTra", 1),
    "ngaytrafrom": ("NgayTra", 0),
    "ngaytrato": ("NgayTra", 1),
    "dangkybuudientungay": ("NgayDangKyBuuDien", 0),
    "dangkybuudiendenngay": ("NgayDangKyBuuDien", 1),
    "trakqbuudientungay": ("NgayTraBuuDien", 0),
    "trakqbuudiendenngay": ("NgayTraBuuDien", 1),
}
_EXACT = {
    "matrangthai": "MaTrangThai",
    "kenhthuchien": "KenhThucHien",
    "hinhthuctra": "HinhThucTra",
    "groupcode": "GroupCode",
    "donvitrakq": "DonViTraKq",
}
_ALLOWED = {
    "MaTrangThai": set(STATUS_TEXT),
    "KenhThucHien": {"1", "2", "3"},
    "HinhThucTra": {"0", "1"},
}
_PAGE = ("page", "pagenumber")
_DEFAULT_PAGE_SIZE = 10
_ISO_DAY = len("2019-01-31")


def read_search(body: object) -> Search:
    """The filters of a list; an empty or null value is none.

    Raises:
        StandInError: 400, with the filter's name.
    """
    given = folded(body)
    unknown = given.keys() - _RANGES.keys() - _EXACT.keys() - {*_PAGE, "pagesize", "inmatrangthais"}
    if unknown:
        raise wrong(", ".join(sorted(unknown)), "không có bộ lọc này (unknown filter)")
    equal: dict[str, frozenset[str]] = {}
    for name, column in _EXACT.items():
        if given.get(name) not in {None, ""}:
            equal[column] = _values(column, [given[name]])
    several = given.get("inmatrangthais")
    if several not in (None, "", []):
        listed = several if isinstance(several, list) else str(several).split(",")
        wanted = _values("MaTrangThai", listed)
        equal["MaTrangThai"] = wanted & equal.get("MaTrangThai", wanted)
    within: dict[str, tuple[str, str]] = {}
    for name, (column, end) in _RANGES.items():
        if given.get(name) not in {None, ""}:
            first, last = within.get(column, ("", ""))
            moment = read_moment(name, given[name], end_of_day=bool(end))
            within[column] = (first, moment) if end else (moment, last)
    return Search(equal=equal, within=within)


def read_page(body: object, *, largest: int) -> tuple[int, int]:
    """Number of the page, from 1, and its size, which is cut down to the largest allowed."""
    given = folded(body)
    named = [name for name in _PAGE if name in given]
    if len(named) > 1:
        raise wrong("page, pageNumber", "chỉ một trong hai (only one of them)")
    page = _whole("pageNumber", given[named[0]]) if named else 1
    size = _whole("pageSize", given.get("pagesize", _DEFAULT_PAGE_SIZE))
    if page < 1 or size < 1:
        raise wrong("page, pageSize", "từ 1 (from 1)")
    return page, min(size, largest)


def read_days(query: Mapping[str, str], *, today: date) -> tuple[date, date]:
    """First and last day of a report; today where no day is named."""
    given = {name.lower(): value for name, value in query.items()}
    unknown = given.keys() - {"tungay", "denngay", "ngay", "catalog", "madinhdanh", "madinhdanhcha"}
    if unknown:
        raise wrong(", ".join(sorted(unknown)), "không có tham số này (unknown parameter)")
    only = given.get("ngay", "")
    first = _day("TuNgay", given.get("tungay") or only or today.isoformat())
    last = _day("DenNgay", given.get("denngay") or only or today.isoformat())
    return first, last


def read_agency(query: Mapping[str, str]) -> tuple[str, str]:
    """An agency's code and that of an agency above it; "" asks for all."""
    given = {name.lower(): value for name, value in query.items()}
    return given.get("madinhdanh", ""), given.get("madinhdanhcha", "")


def read_moment(name: str, value: object, *, end_of_day: bool) -> str:
    """A moment as rows write it; a mere day is its first or its last second."""
    text = str(value)
    if len(text) == _ISO_DAY:
        wall_time = time(23, 59, 59) if end_of_day else time(0)
        return f"{datetime.combine(_day(name, text), wall_time):%Y-%m-%dT%H:%M:%S}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise wrong(name, "ISO 8601") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(LOCAL)
    # Rows have no parts of a second, so an end of 23:59:59.999 is the second itself.
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def day_span(first: date, last: date) -> tuple[str, str]:
    """The first second of the first day and the first one after the last day."""
    return f"{first:%Y-%m-%dT00:00:00}", f"{last + timedelta(days=1):%Y-%m-%dT00:00:00}"


def folded(body: object) -> dict[str, object]:
    """A body's members by their names in small letters; 400 where it is no object."""
    if not isinstance(body, dict):
        raise wrong("body", "một đối tượng JSON (a JSON object)")
    return {str(name).lower(): value for name, value in body.items()}


def wrong(name: str, why: str) -> StandInError:
    """400 that names what is wrong."""
    text = f"“{name}” không hợp lệ: {why} (invalid)"
    return StandInError(HTTPStatus.BAD_REQUEST, text)


def _values(column: str, given: Sequence[object]) -> frozenset[str]:
    values = frozenset(str(value).strip() for value in given)
    unknown = values - _ALLOWED.get(column, values)
    if unknown:
        raise wrong(column, ", ".join(sorted(unknown)))
    return values


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise wrong(name, "số nguyên (whole number)")
    try:
        return int(value)
    except ValueError:
        raise wrong(name, "số nguyên (whole number)") from None


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text[:_ISO_DAY] if "T00:00:00" in text else text)
    except ValueError:
        raise wrong(name, "yyyy-MM-dd") from None
