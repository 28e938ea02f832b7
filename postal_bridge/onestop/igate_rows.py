"""Rows of an iGate v2 page in our vocabulary (reference, sections 2.3, 3.3 and 8.1 profile C).

Numbers of `dossierStatus` are not published but for 0, and differ between provinces; each comes
with its name. A name that the national portal has is that state; every other one has no national
number, and is kept in words.
"""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from postal_bridge.journey import STATUS_NAMES
from postal_bridge.onestop.bodies import Fields
from postal_bridge.onestop.cells import Cell, Kind, MisfitError, mended, moment, required, text
from postal_bridge.onestop.reading import Key, NumberedPage
from postal_bridge.reconciliation.records import OneStopDossier

AT_THE_DESK = "5f8968888fffa53e4c073ded"
BY_POST = "5f8969018fffa53e4c073dee"
"""dossierReceivingKind.id, the same in every installation that was seen (section 3.3)."""

_NEW_NUMBER, _NEW = 0, 1
_STATUS = {names[0]: status.value for status, names in STATUS_NAMES.items()}
_CHANNELS = (("trực tuyến", 2), ("bưu chính", 3), ("bưu điện", 3), ("bcci", 3), ("trực tiếp", 1))
"""By what the name of applyMethod holds; its numbers are not published."""

_RETURNS: dict[Cell, int] = {AT_THE_DESK: 0, BY_POST: 1, "": 0}
_UNREADABLE = "?"


class _Named(msgspec.Struct, gc=False):
    id: str | int | None = None
    code: str | None = None
    name: str | None = None


class _Row(msgspec.Struct, rename="camel", gc=False):
    """The columns that the night looks at; all others are skipped."""

    id: str
    code: str | None = None
    dossier_status: _Named | None = None
    procedure: _Named | None = None
    agency: _Named | None = None
    apply_method: _Named | None = None
    dossier_receiving_kind: _Named | None = None
    accepted_date: str | int | None = None
    appointment_date: str | int | None = None
    completed_date: str | int | None = None
    returned_date: str | int | None = None


class _Page(msgspec.Struct, rename="camel", gc=False):
    content: list[_Row]
    total_elements: int | str
    size: int = 0


_FAST = msgspec.json.Decoder(_Page)


def numbered(body: bytes) -> NumberedPage:
    """A Spring page `{content:[…], totalElements, size, …}`.

    Raises:
        OneStopRefused: it is not of this shape, or a row has no id; the text names it.
    """
    try:
        page = _FAST.decode(body)
        total = int(page.total_elements)
    except msgspec.ValidationError:
        return _exactly(body)
    except msgspec.DecodeError:
        raise
    except ValueError:
        return _exactly(body)
    keys: list[Key] = [row.id for row in page.content]
    return NumberedPage(total, keys, [_told(row) for row in page.content], page.size)


def _exactly(body: bytes) -> NumberedPage:
    """The same, slowly: whatever does not fit is named."""
    envelope = Fields("", msgspec.json.decode(body))
    total = envelope.whole("totalElements")
    keys: list[Key] = []
    rows: list[OneStopDossier] = []
    for index, value in enumerate(envelope.items("content", optional=total == 0)):
        keys.append(Fields(f"content[{index}]", value).text("id", required=True))
        rows.append(_exact(value if isinstance(value, dict) else {}))
    return NumberedPage(total, keys, rows, envelope.whole("size", default=0))


@lru_cache(maxsize=256)
def _channel(name: Cell) -> int:
    told = text(name).casefold()
    if told == _UNREADABLE:
        return 0
    for word, channel in _CHANNELS:
        if word in told:
            return channel
    raise MisfitError("không có trong bảng kênh tiếp nhận")


def _return(kind: Cell) -> int:
    told = text(kind)
    if told not in _RETURNS:
        raise MisfitError("không có trong bảng hình thức nhận kết quả")
    return _RETURNS[told]


_KINDS = {
    "code": Kind(required),
    "dossierStatus.id": Kind(text),
    "dossierStatus.name": Kind(text),
    "procedure.code": Kind(text),
    "agency.code": Kind(text),
    "applyMethod.name": Kind(_channel, _UNREADABLE),
    "dossierReceivingKind.id": Kind(_return),
    "acceptedDate": Kind(moment),
    "appointmentDate": Kind(moment),
    "completedDate": Kind(moment),
    "returnedDate": Kind(moment),
}


def _told(row: _Row) -> OneStopDossier:
    try:
        return _dossier(row)
    except ValueError:
        return _exact(msgspec.to_builtins(row))


def _exact(row: Mapping[str, object]) -> OneStopDossier:
    """A row whose cells are looked at one by one; those of an inner object are named with it."""
    flat: dict[str, object] = {}
    for name in _KINDS:
        outer, _, inner = name.partition(".")
        value = row.get(outer)
        flat[name] = value.get(inner) if inner and isinstance(value, dict) else value
    cells, strange = mended(flat, _KINDS)
    whole: dict[str, object] = {"id": ""}
    for name, cell in cells.items():
        outer, _, inner = name.partition(".")
        told = text(cell) if _KINDS[name].read is not moment else cell
        if inner:
            members = whole.setdefault(outer, {})
            if isinstance(members, dict):
                members[inner] = told
        else:
            whole[outer] = told
    return _dossier(msgspec.convert(whole, _Row), strange)


def _dossier(row: _Row, strange: str = "") -> OneStopDossier:
    """One row in our vocabulary; fees come by another question."""
    code = row.code
    if not (code or strange):
        raise ValueError
    status = row.dossier_status
    national, raw = _status(status.id, status.name) if status else (0, "")
    kind = row.dossier_receiving_kind.id if row.dossier_receiving_kind else ""
    return OneStopDossier(
        code=code.strip() if code else "",
        procedure_code=(row.procedure.code or "") if row.procedure else "",
        department_code=(row.agency.code or "") if row.agency else "",
        status=national,
        raw_status=raw,
        channel=_channel(row.apply_method.name if row.apply_method else None),
        return_mode=_RETURNS[kind] if kind in _RETURNS else _return(kind),
        received_at=moment(row.accepted_date),
        promised_at=moment(row.appointment_date),
        resolved_at=moment(row.completed_date),
        returned_at=moment(row.returned_date),
        strange=strange,
    )


@lru_cache(maxsize=256)
def _status(number: Cell, name: str | None) -> tuple[int, str]:
    """The national number, 0 where there is none, and what the other side says."""
    raw = f"{'' if number is None else number} {name or ''}".strip()
    by_name = _STATUS.get(name.strip().casefold(), 0) if name else 0
    return by_name or (_NEW if str(number) == str(_NEW_NUMBER) else 0), raw


def fees_of(body: bytes) -> dict[str, int]:
    """What was paid for each dossier by its id, in đồng: the lines `[{paid, dossier{id}}]`.

    Raises:
        OneStopRefused: it is no such list; the text names the field.
    """
    lines = msgspec.json.decode(body)
    paid: dict[str, int] = {}
    for index, value in enumerate(Fields("", {"fees": lines}).items("fees", optional=True)):
        line = Fields(f"fees[{index}]", value)
        of = Fields(f"fees[{index}].dossier", line.value("dossier")).text("id", required=True)
        paid[of] = paid.get(of, 0) + line.money("paid")
    return paid
