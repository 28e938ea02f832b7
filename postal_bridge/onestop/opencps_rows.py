"""Rows of an OpenCPS list in our vocabulary (reference, sections 2.3, 3.1 and 8.1 profile A)."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from postal_bridge.onestop.bodies import Fields, misshapen
from postal_bridge.onestop.cells import (
    Cell,
    Kind,
    MisfitError,
    flag,
    mended,
    moment,
    required,
    text,
    whole,
)
from postal_bridge.onestop.reading import Key
from postal_bridge.reconciliation.records import OneStopDossier

STATUS = {
    "receiving": 1,
    "new": 2,
    "denied": 3,
    "processing": 4,
    "waiting": 5,
    "paying": 6,
    "cancelled": 7,
    "unresolved": 8,
    "releasing": 9,
    "done": 10,
}
"""National numbers of the system's own words (section 2.3); every other word has none: 0."""

WITHOUT_NUMBER = ("interoperating", "pausing", "posting", "correcting", "cancelling")
"""The other words of section 3.1."""

DIRECT, ONLINE, POSTAL = 1, 2, 3
AT_THE_DESK, BY_POST = 0, 1

NOT_BY_POST, REGISTERED_FOR_POST, DELIVERED_BY_POST = 0, 2, 4
"""viaPostal 0 none, 1 allowed, 2 registered, 3 sent, 4 delivered. Counting only 2 is the peer's defect (3.1)."""


class _Row(msgspec.Struct, rename="camel", gc=False):
    """The columns that the night looks at, as the wire has them; all others are skipped."""

    dossier_id: int | str
    dossier_no: str | None = None
    service_code: str | None = None
    gov_agency_code: str | None = None
    dossier_status: str | None = None
    online: bool | int | str | None = None
    from_via_postal: int | bool | str | None = None
    via_postal: int | str | None = None
    receive_date: str | int | None = None
    due_date: str | int | None = None
    release_date: str | int | None = None
    finish_date: str | int | None = None


def _postal_state(value: Cell) -> int:
    state = whole(value)
    if not NOT_BY_POST <= state <= DELIVERED_BY_POST:
        raise MisfitError("không có trong bảng viaPostal")
    return state


_KINDS = {
    "dossierNo": Kind(required),
    "serviceCode": Kind(text),
    "govAgencyCode": Kind(text),
    "dossierStatus": Kind(required),
    "online": Kind(flag),
    "fromViaPostal": Kind(flag),
    "viaPostal": Kind(_postal_state, 0),
    "receiveDate": Kind(moment),
    "dueDate": Kind(moment),
    "releaseDate": Kind(moment),
    "finishDate": Kind(moment),
}


class _Envelope(msgspec.Struct, gc=False):
    total: int | str
    data: list[_Row] | None = None


class Listed(NamedTuple):
    """One answer of the list: the total, and what came, with each row's dossierId."""

    total: int
    ids: list[Key]
    rows: list[OneStopDossier]


_FAST = msgspec.json.Decoder(_Envelope)
_EXACT = msgspec.json.Decoder()


def listed(body: bytes) -> Listed:
    """A body `{total, data:[…]}`.

    Raises:
        OneStopRefused: it is not of this shape, or a row has no dossierId; the text names it.
    """
    try:
        envelope = _FAST.decode(body)
        rows = envelope.data or []
        total = int(envelope.total)
        ids: list[Key] = [int(row.dossier_id) for row in rows]
        if envelope.data is not None or total == 0:
            return Listed(total, ids, [_told(row) for row in rows])
    except msgspec.ValidationError:
        return _exactly(body)
    except msgspec.DecodeError:
        raise
    except ValueError:
        return _exactly(body)
    return _exactly(body)


def _exactly(body: bytes) -> Listed:
    """The same, slowly: whatever does not fit is named."""
    envelope = Fields("", _EXACT.decode(body))
    total = envelope.whole("total")
    found: list[OneStopDossier] = []
    ids: list[Key] = []
    for index, value in enumerate(envelope.items("data", optional=total == 0)):
        where = f"data[{index}]"
        ids.append(Fields(where, value).whole("dossierId"))
        if not isinstance(value, dict):
            raise misshapen(where, "một đối tượng", "an object", value)
        found.append(_exact(value))
    return Listed(total, ids, found)


def _told(row: _Row) -> OneStopDossier:
    try:
        return _dossier(row)
    except ValueError:
        return _exact(msgspec.to_builtins(row))


def _exact(row: Mapping[str, object]) -> OneStopDossier:
    cells, strange = mended(row, _KINDS)
    told = {name: text(cells[name]) for name in _TEXTS}
    return _dossier(msgspec.convert({**cells, **told, "dossierId": 0}, _Row), strange)


_TEXTS = ("dossierNo", "serviceCode", "govAgencyCode", "dossierStatus")


def _dossier(row: _Row, strange: str = "") -> OneStopDossier:
    """One row in our vocabulary; the other side's word for the status is kept."""
    code, status = row.dossier_no, row.dossier_status
    if not ((code and status) or strange):
        raise ValueError
    online, brought, by_post = row.online, row.from_via_postal, row.via_postal
    if online is not False and flag(online):
        channel = ONLINE
    else:
        channel = POSTAL if brought and flag(brought) else DIRECT
    if type(by_post) is not int or not NOT_BY_POST <= by_post <= DELIVERED_BY_POST:
        by_post = _postal_state(by_post)
    return OneStopDossier(
        code=code.strip() if code else "",
        procedure_code=row.service_code or "",
        department_code=row.gov_agency_code or "",
        status=STATUS.get(status, 0) if status else 0,
        raw_status=status or "",
        channel=channel,
        return_mode=BY_POST if by_post >= REGISTERED_FOR_POST else AT_THE_DESK,
        received_at=moment(row.receive_date),
        promised_at=moment(row.due_date),
        resolved_at=moment(row.release_date),
        returned_at=moment(row.finish_date),
        strange=strange,
    )
