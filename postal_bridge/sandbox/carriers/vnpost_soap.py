"""A strict stand-in of VNPost's TrackAndTrace over SOAP, able to fail on request.

It was written from section 2.1 (e) of the reference on carriers and standards, not from our client:
SOAP 1.1 in the namespace `vnpost.ws`, SOAPAction `vnpost.ws/TrackAndTrace_Items`, the header
`UserCredentical` with user and pass, an answer that is a DataSet. What the reference leaves open is
[stand-in's choice]:

- Whatever is wrong with a question is a SOAP Fault with HTTP status 500, as ASMX has it, or with
  200 by the switch `fault_with_200`: code `Client` for a wrong SOAPAction, header, namespace,
  element, or wrong credentials. A body that is no XML, or has a document type, is 400; another
  Content-Type than text/xml is 415.
- An item that nobody knows has an answer without tables. Rows come oldest first. TraceDate is
  dd/MM/yyyy HH:mm:ss, NGAY_PHAT dd/MM/yyyy; IsDeliverable is `true` or `false`.
- The switches: `no_schema` leaves the schema out of the answer; `document_type` puts one in front
  of it, with an entity; `other_answer` answers as another operation; `server_fault` is the Fault of
  a server that broke down; `empty_error` is 500 without a body.

`_control/events` lets something happen to an item: `{"itemCode": …}` with StatusText, or with
IsDeliverable and CauseCode, `VI_TRI`, and `at` (ISO 8601; now without it). `_control/dossiers` puts
items in, in the words of TBL_INFO and with their itemCode, and takes them away.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, ClassVar

from aiohttp import web
from lxml import etree
from typing_extensions import override

from postal_bridge.clock import Clock, to_local
from postal_bridge.sandbox.faults import FaultPlan, ShownRow
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.request_log import LoggedRequest, RequestLog
from postal_bridge.sandbox.stand_in import (
    CONTROL_PATH,
    StandIn,
    as_json,
    read_json,
    stand_in_application,
)

PATH = "/TrackAndTrace/TrackAndTrace.asmx"
NAMESPACE = "vnpost.ws"
OPERATION = "TrackAndTrace_Items"

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_DIFFGRAM = "urn:schemas-microsoft-com:xml-diffgram-v1"
_DATA = "urn:schemas-microsoft-com:xml-msdata"
_SCHEMA = "http://www.w3.org/2001/XMLSchema"
_PASSWORD = re.compile(r"(<(?:\w+:)?pass>)[^<]*")
_DOCUMENT_TYPE = '<!DOCTYPE answer [<!ENTITY who "VNPost">]>'

Row = Mapping[str, str]
Element = Any


class SoapSwitch(StrEnum):
    """Lasting defects."""

    FAULT_WITH_200 = "fault_with_200"
    NO_SCHEMA = "no_schema"
    DOCUMENT_TYPE = "document_type"
    OTHER_ANSWER = "other_answer"
    SERVER_FAULT = "server_fault"
    EMPTY_ERROR = "empty_error"


class SoapFaultError(Exception):
    """A Fault, with its code."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class BlottedLog(RequestLog):
    """A log that never shows the password of a SOAP header."""

    @override
    def add(self, *, at: str, route: str, request: web.Request, body: bytes) -> LoggedRequest:
        entry = super().add(at=at, route=route, request=request, body=body)
        entry.body = _PASSWORD.sub(r"\1***", entry.body)
        return entry


@dataclass(frozen=True)
class SoapCredentials:
    """What opens the stand-in."""

    user: str = "langson"
    password: str = "mat-khau"  # noqa: S105 - of the stand-in, opens nothing else


@dataclass
class Item:
    """One item: the tables that the answer is made of."""

    info: dict[str, str]
    positions: list[Row] = field(default_factory=list)
    attempts: list[Row] = field(default_factory=list)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """By name, without those that have no rows."""
        all_tables: dict[str, Sequence[Row]] = {
            "TBL_INFO": [self.info],
            "TBL_DINH_VI": self.positions,
            "TBL_DELIVERY": self.attempts,
        }
        return {name: rows for name, rows in all_tables.items() if rows}


@dataclass(kw_only=True)
class VnpostSoapStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `VNPOST_SOAP`."""

    credentials: SoapCredentials
    log: RequestLog = field(default_factory=BlottedLog)
    items: dict[str, Item] = field(default_factory=dict)

    DEFECTS: ClassVar[frozenset[str]] = frozenset(SoapSwitch)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """Everybody: who asks, the header inside says."""

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put items in, in the words of TBL_INFO; all of them, or none (400)."""
        rows = [_texts(one) for one in given]
        for row in rows:
            self._item(row.pop("itemCode", "")).info.update(row)
        return rows

    @override
    def remove(self, key: str) -> None:
        """Take an item away; 404 where there is none."""
        if self.items.pop(key, None) is None:
            raise StandInError(HTTPStatus.NOT_FOUND, key)

    @override
    def row_appears(self, row: ShownRow) -> None:
        """There is no list to page through."""
        raise StandInError(HTTPStatus.BAD_REQUEST, "there is no list")

    @override
    def row_leaves(self, row: ShownRow) -> None:
        """There is no list to page through."""
        self.row_appears(row)

    @override
    def rows_swap(self, row: ShownRow) -> None:
        """There is no list to page through."""
        self.row_appears(row)

    def happens(self, words: Mapping[str, str], at: datetime) -> None:
        """Something happens to an item; one that was unknown is known from then on."""
        item = self._item(words.get("itemCode", ""))
        local, place = to_local(at), words.get("VI_TRI", "Bưu cục Lạng Sơn")
        day, hour = f"{local:%d/%m/%Y}", f"{local:%H:%M:%S}"
        if "IsDeliverable" in words:
            attempt = {"DATE": day, "TIMEDETAIL": hour, "NGAY_PHAT": day, "VI_TRI": place}
            told = {name: words.get(name, "") for name in ("IsDeliverable", "CauseCode")}
            said = "Phát thành công" if told["IsDeliverable"] == "true" else "Phát không thành công"
            text = words.get("StatusText", said)
            item.attempts.append({**attempt, "STATUSTEXT": text, **told})
            return
        position = {"TraceDate": f"{day} {hour}", "Date": day, "TimeDetail": hour}
        text = words.get("StatusText", "")
        item.positions.append(
            {**position, "StatusText": text, "VI_TRI": place, "POSTel": "02053812345"}
        )

    def _item(self, code: str) -> Item:
        if not code:
            raise StandInError(HTTPStatus.BAD_REQUEST, "itemCode?")
        return self.items.setdefault(code, Item({"MAE1": code, "ServiceCode": "HCC"}))

    def check(self, envelope: Element, *, action: str) -> str:
        """The item code of a question that is right in every way.

        Raises:
            SoapFaultError: it is not, or the server broke down.
        """
        if SoapSwitch.SERVER_FAULT in self.plan.defects:
            raise SoapFaultError("Server", "Server was unable to process request.")
        if action.strip('"') != f"{NAMESPACE}/{OPERATION}":
            text = f"Server did not recognize the value of HTTP Header SOAPAction: {action}."
            raise SoapFaultError("Client", text)
        header = _only(_only_named(envelope, f"{{{_ENVELOPE}}}Header"), "UserCredentical")
        given = _members(header, ("user", "pass"))
        wanted = self.credentials
        well = hmac.compare_digest(given["user"].encode(), wanted.user.encode())
        if not well or not hmac.compare_digest(given["pass"].encode(), wanted.password.encode()):
            raise SoapFaultError("Client", "Sai tên đăng nhập hoặc mật khẩu")
        asked = _only(_only_named(envelope, f"{{{_ENVELOPE}}}Body"), OPERATION)
        return _members(asked, ("itemCode",))["itemCode"]


VNPOST_SOAP: web.AppKey[VnpostSoapStand] = web.AppKey("vnpost_soap", VnpostSoapStand)


def make_vnpost_soap(
    *,
    clock: Clock,
    faults: FaultPlan | None = None,
    credentials: SoapCredentials | None = None,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        faults: what goes wrong; nothing without it.
        credentials: who may ask.
    """
    stand = VnpostSoapStand(
        clock=clock, plan=faults or FaultPlan(), credentials=credentials or SoapCredentials()
    )
    app = stand_in_application(stand)
    app[VNPOST_SOAP] = stand
    app.router.add_post(PATH, _ask, name="track")
    app.router.add_post(f"{CONTROL_PATH}/events", _put_events)
    return app


async def _ask(request: web.Request) -> web.StreamResponse:
    stand = request.app[VNPOST_SOAP]
    switches = stand.plan.defects
    if SoapSwitch.EMPTY_ERROR in switches:
        return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
    if request.content_type != "text/xml":
        raise StandInError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type: text/xml")
    envelope = _envelope(await request.read())
    try:
        code = stand.check(envelope, action=request.headers.get("SOAPAction", ""))
    except SoapFaultError as fault:
        well = SoapSwitch.FAULT_WITH_200 in switches
        status = HTTPStatus.OK if well else HTTPStatus.INTERNAL_SERVER_ERROR
        return _answer(_fault(fault), status=status)
    operation = "GetPostInfo" if SoapSwitch.OTHER_ANSWER in switches else OPERATION
    item = stand.items.get(code)
    tables = item.tables() if item is not None else {}
    told = _told(operation, tables, with_schema=SoapSwitch.NO_SCHEMA not in switches)
    return _answer(told, document_type=SoapSwitch.DOCUMENT_TYPE in switches)


async def _put_events(request: web.Request) -> web.StreamResponse:
    """Let things happen: one, or a list of them."""
    stand = request.app[VNPOST_SOAP]
    body = read_json(await request.read())
    for one in body if isinstance(body, list) else [body]:
        words = _texts(one)
        try:
            at = datetime.fromisoformat(words["at"]) if "at" in words else stand.clock.now()
            stand.happens(words, at)
        except ValueError as error:
            raise StandInError(HTTPStatus.BAD_REQUEST, f"at: {error}") from error
    return as_json({"total": len(stand.items)})


def _envelope(body: bytes) -> Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise StandInError(HTTPStatus.BAD_REQUEST, "không phải XML (not XML)") from error
    if root.getroottree().docinfo.doctype:
        raise StandInError(HTTPStatus.BAD_REQUEST, "DTD")
    if root.tag != f"{{{_ENVELOPE}}}Envelope":
        raise StandInError(HTTPStatus.BAD_REQUEST, "không phải phong bì SOAP 1.1 (no envelope)")
    return root


def _only_named(parent: Element, tag: str) -> Element:
    found = parent.findall(tag)
    if len(found) != 1:
        raise SoapFaultError("Client", f"{tag}: phải có đúng một (exactly one)")
    return found[0]


def _only(parent: Element, name: str) -> Element:
    """The one child, which must have this name in VNPost's namespace."""
    inside = list(parent)
    tag = f"{{{NAMESPACE}}}{name}"
    if [one.tag for one in inside] != [tag]:
        raise SoapFaultError("Client", f"phải có đúng một (exactly one) {tag}")
    return inside[0]


def _members(parent: Element, names: Sequence[str]) -> Mapping[str, str]:
    tags = [f"{{{NAMESPACE}}}{name}" for name in names]
    if [one.tag for one in parent] != tags:
        raise SoapFaultError("Client", f"{parent.tag}: phải có (must have) {', '.join(tags)}")
    return {name: (one.text or "").strip() for name, one in zip(names, parent, strict=True)}


def _body(content: Element) -> Element:
    envelope = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"soap": _ENVELOPE})
    etree.SubElement(envelope, f"{{{_ENVELOPE}}}Body").append(content)
    return envelope


def _fault(fault: SoapFaultError) -> Element:
    element = etree.Element(f"{{{_ENVELOPE}}}Fault", nsmap={"soap": _ENVELOPE})
    etree.SubElement(element, "faultcode").text = f"soap:{fault.code}"
    etree.SubElement(element, "faultstring").text = str(fault)
    etree.SubElement(element, "detail")
    return _body(element)


def _told(operation: str, tables: Mapping[str, Sequence[Row]], *, with_schema: bool) -> Element:
    answer = etree.Element(f"{{{NAMESPACE}}}{operation}Response", nsmap={None: NAMESPACE})
    result = etree.SubElement(answer, f"{{{NAMESPACE}}}{operation}Result")
    if with_schema:
        result.append(_schema(tables))
    names = {"diffgr": _DIFFGRAM, "msdata": _DATA}
    diffgram = etree.SubElement(result, f"{{{_DIFFGRAM}}}diffgram", nsmap=names)
    if tables:
        data_set = etree.SubElement(diffgram, "NewDataSet")
        for name, rows in tables.items():
            for order, row in enumerate(rows):
                _add_row(data_set, name, row, order)
    return _body(answer)


def _add_row(data_set: Element, table: str, row: Row, order: int) -> None:
    element = etree.SubElement(data_set, table)
    element.set(f"{{{_DIFFGRAM}}}id", f"{table}{order + 1}")
    element.set(f"{{{_DATA}}}rowOrder", str(order))
    for column, value in row.items():
        etree.SubElement(element, column).text = value


def _schema(tables: Mapping[str, Sequence[Row]]) -> Element:
    """As ADO.NET writes it: a choice of tables, each a sequence of texts."""
    schema = etree.Element(f"{{{_SCHEMA}}}schema", nsmap={"xs": _SCHEMA, "msdata": _DATA})
    schema.set("id", "NewDataSet")
    data_set = etree.SubElement(schema, f"{{{_SCHEMA}}}element", name="NewDataSet")
    data_set.set(f"{{{_DATA}}}IsDataSet", "true")
    inside = etree.SubElement(data_set, f"{{{_SCHEMA}}}complexType")
    choice = etree.SubElement(inside, f"{{{_SCHEMA}}}choice", minOccurs="0", maxOccurs="unbounded")
    for name, rows in tables.items():
        table = etree.SubElement(choice, f"{{{_SCHEMA}}}element", name=name)
        kind = etree.SubElement(table, f"{{{_SCHEMA}}}complexType")
        columns = etree.SubElement(kind, f"{{{_SCHEMA}}}sequence")
        for column in rows[0]:
            etree.SubElement(
                columns, f"{{{_SCHEMA}}}element", name=column, type="xs:string", minOccurs="0"
            )
    return schema


def _answer(
    envelope: Element, *, status: HTTPStatus = HTTPStatus.OK, document_type: bool = False
) -> web.Response:
    text = str(etree.tostring(envelope, encoding="unicode"))
    front = '<?xml version="1.0" encoding="utf-8"?>' + (_DOCUMENT_TYPE if document_type else "")
    body = (front + text).encode()
    return web.Response(status=status, body=body, content_type="text/xml", charset="utf-8")


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not value.get("itemCode"):
        raise StandInError(HTTPStatus.BAD_REQUEST, "itemCode?")
    return {str(name): str(one) for name, one in value.items()}
