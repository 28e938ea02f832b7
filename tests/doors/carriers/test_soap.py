"""Tracking over services that nobody here wrote: by their WSDL and a list of names alone."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree

from postal_bridge.carriers.soap import NOBODYS_NUMBER, Soap, raw_code_of
from postal_bridge.carriers.soap_transport import SoapRefusal
from postal_bridge.errors import Misuse
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_ports import capabilities_of
from postal_bridge.tracking.carrier_values import (
    Capability,
    CarrierMisread,
    CarrierScan,
    CarrierUnavailable,
    Placed,
)
from tests.doors.carriers.wires import REFERENCE, a_clock, a_wire

WSDLS = Path(__file__).parents[2] / "data" / "wsdl"
ITEM = "CH167101882VN"
PLACED = Placed(reference=REFERENCE, carrier_number="77", waybill=ITEM)
AT = datetime(2019, 1, 10, 3, 0, tzinfo=UTC)
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
ONE, TWO, THREE, FOUR = (f"http://hang-{name}.example/" for name in ("mot", "hai", "ba", "bon"))


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service: what it wants to hear, word for word, and what it says.

    Attributes:
        asked: the elements of header and body with their texts, in order, when all is right.
    """

    wsdl: str
    operation: str
    fields: tuple[str, ...]
    action: str
    asked: tuple[tuple[str, str], ...]
    said: str
    told: tuple[CarrierScan, ...]
    envelope: str = SOAP_11
    facts: Mapping[str, object] = field(default_factory=dict)


def a_scan(name: str, code: str, at: datetime = AT, **facts: Any) -> CarrierScan:
    return CarrierScan(
        vocabulary=name,
        raw_code=code,
        occurred_at=at,
        reference=REFERENCE,
        waybill=ITEM,
        **facts,
    )


def of(namespace: str, *pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((f"{{{namespace}}}{name}", text) for name, text in pairs)


TYPED_HEADER = Service(
    wsdl="typed_header.wsdl",
    operation="GetEvents",
    fields=(
        "argument.request.Codes.string = {waybill}",
        "argument.request.Language = vi",
        "header.AuthInfo.UserName = {username}",
        "header.AuthInfo.Password = {password}",
        "header.AuthInfo.Contract = {contract_code}",
        "rows = GetEventsResult/Event",
        "code = Code",
        "text = Name",
        "at = When",
        "place = Office/Name",
    ),
    action=f"{ONE}GetEvents",
    asked=of(
        ONE,
        ("AuthInfo", ""),
        ("UserName", "langson"),
        ("Password", "{waybill} & <mật khẩu>"),
        ("Contract", "12"),
        ("GetEvents", ""),
        ("request", ""),
        ("Codes", ""),
        ("string", ITEM),
        ("Language", "vi"),
    ),
    said=(
        f'<GetEventsResponse xmlns="{ONE}"><GetEventsResult>'
        "<Event><Code>501</Code><Name>Đã giao</Name><When>2019-01-10T03:00:00Z</When>"
        "<Office><Name>Lạng Sơn</Name></Office></Event>"
        "<Event><Code>100</Code><Name/><When>2019-01-10T10:00:00</When><Office/></Event>"
        "</GetEventsResult></GetEventsResponse>"
    ),
    told=(
        a_scan("la", "501", raw_text="Đã giao", place="Lạng Sơn"),
        a_scan("la", "100"),
    ),
)
RELATIVE_IMPORT = Service(
    wsdl="relative_import.wsdl",
    operation="findEvents",
    fields=(
        "argument.user = {username}",
        "argument.password = {token}",
        "argument.objects = {waybill}",
        "rows = return/object/event",
        "code = kind status",
        "text = description",
        "at = day hour",
        "at_format = %d/%m/%Y %H:%M",
        "place = place",
        "note = status",
    ),
    action="findEvents",
    asked=(
        (f"{{{TWO}}}findEvents", ""),
        ("user", "langson"),
        ("password", "the"),
        ("objects", ITEM),
    ),
    said=(
        f'<r:findEventsResponse xmlns:r="{TWO}"><return><version>2</version><object>'
        "<number>CH</number><event><kind>BDE</kind><status>01</status><day>10/01/2019</day>"
        "<hour>10:00</hour><description>Entregue</description></event></object></return>"
        "</r:findEventsResponse>"
    ),
    told=(a_scan("bdo", "BDE 01", raw_text="Entregue", note="01"),),
    facts={"status_map": "/khong/co/bdo.toml"},
)
SOAP_11_PORT = Service(
    wsdl="three_ports.wsdl",
    operation="Track",
    fields=("argument.number = {carrier_number}", "rows = Step", "code = @code", "at = @at"),
    action=f"{THREE}Track",
    asked=of(THREE, ("Track", ""), ("number", "77")),
    said=(
        f'<TrackResponse xmlns="{THREE}"><TrackResult>'
        '<Step code="A" at="2019-01-10T10:00:00+07:00"/></TrackResult></TrackResponse>'
    ),
    told=(a_scan("la", "A"),),
)
SOAP_12_PORT = Service(
    wsdl="three_ports.wsdl",
    operation="Track",
    fields=(*SOAP_11_PORT.fields, "port = TrackingSoap12", "vocabulary = ba"),
    action=SOAP_11_PORT.action,
    asked=SOAP_11_PORT.asked,
    said=SOAP_11_PORT.said,
    told=(a_scan("ba", "A"),),
    envelope=SOAP_12,
)
DATA_SET = Service(
    wsdl="data_set.wsdl",
    operation="GetDelivery",
    fields=(
        "argument.itemCode = {waybill}",
        "argument.user = {username}",
        "argument.pass = {token}",
        "rows = TraceItem",
        "code = Status",
        "text = StatusDesc",
        "at = TraceDate",
        "place = POSCode",
        "vocabulary = vnpost_bccp",
    ),
    action=f"{FOUR}GetDelivery",
    asked=of(FOUR, ("GetDelivery", ""), ("itemCode", ITEM), ("user", "langson"), ("pass", "the")),
    said=(
        f'<GetDeliveryResponse xmlns="{FOUR}"><GetDeliveryResult>'
        '<xs:schema id="N" xmlns="" xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'
        '<d:diffgram xmlns:d="urn:schemas-microsoft-com:xml-diffgram-v1"><N xmlns="">'
        "<Item><Weight>100</Weight></Item>"
        "<TraceItem><TraceDate>2019-01-10T10:00:00+07:00</TraceDate><Status>C13</Status>"
        "<StatusDesc>Phát thành công</StatusDesc><POSCode>240000</POSCode></TraceItem>"
        "</N></d:diffgram></GetDeliveryResult></GetDeliveryResponse>"
    ),
    told=(a_scan("vnpost_bccp", "C13", raw_text="Phát thành công", place="240000"),),
)
SERVICES = {
    "typed header": TYPED_HEADER,
    "relative import": RELATIVE_IMPORT,
    "SOAP 1.1": SOAP_11_PORT,
    "SOAP 1.2": SOAP_12_PORT,
    "DataSet": DATA_SET,
}


class Responder:
    """Answers a question that is right to the letter, and refuses every other."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.heard: list[tuple[tuple[str, str], ...]] = []
        self.instead: web.Response | None = None
        self.wrong = ""

    async def answer(self, request: web.Request) -> web.Response:
        envelope = etree.fromstring(await request.read())
        parts = [one for part in envelope for one in part.iter("*") if one is not part]
        self.heard.append(tuple((one.tag, one.text or "") for one in parts))
        if self.instead is not None:
            return self.instead
        service, is_12 = self.service, self.service.envelope == SOAP_12
        content_type = request.headers["Content-Type"]
        action = f'action="{service.action}"' if is_12 else f'"{service.action}"'
        heard = content_type if is_12 else request.headers.get("SOAPAction", "")
        kind = "application/soap+xml" if is_12 else "text/xml"
        if envelope.tag != f"{{{service.envelope}}}Envelope" or request.content_type != kind:
            self.wrong = f"{envelope.tag} {content_type}"
        elif not heard.endswith(action):
            self.wrong = heard
        elif self.heard[-1] != service.asked:
            self.wrong = str(self.heard[-1])
        return said(service, service.said) if not self.wrong else web.Response(status=400)


def said(service: Service, inside: str) -> web.Response:
    text = f'<e:Envelope xmlns:e="{service.envelope}"><e:Body>{inside}</e:Body></e:Envelope>'
    return web.Response(text=text, content_type="text/xml")


@asynccontextmanager
async def speaking(service: Service, **more: object) -> AsyncIterator[tuple[Soap, Responder]]:
    """The adapter as it is configured for a service, and the service."""
    responder = Responder(service)
    app = web.Application()
    app.router.add_post("/dich-vu", responder.answer)
    server = TestServer(app)
    async with server:
        given: dict[str, Any] = {
            "kind": "soap",
            "base_url": str(server.make_url("/dich-vu")),
            "username": "langson",
            "password": "{waybill} & <mật khẩu>",
            "token": "the",
            "contract_code": "12",
            "wsdl": str(WSDLS / service.wsdl),
            "operation": service.operation,
            "operation_fields": service.fields,
            **service.facts,
            **more,
        }
        settings = CarrierSettings.model_validate(given)
        carrier = Soap("la", settings=settings, wire=a_wire(settings.base_url), clock=a_clock())
        try:
            yield carrier, responder
        finally:
            await carrier.close()


@pytest.mark.parametrize("name", SERVICES)
async def test_configuration_alone_is_enough(name: str) -> None:
    service = SERVICES[name]
    async with speaking(service) as (carrier, responder):
        told = await carrier.scans(PLACED)
        assert not responder.wrong
        assert tuple(told) == service.told
        assert len(responder.heard) == 1


async def test_credentials_are_tried_with_a_number_that_nobody_has() -> None:
    async with speaking(DATA_SET) as (carrier, responder):
        responder.instead = said(DATA_SET, f'<GetDeliveryResponse xmlns="{FOUR}"/>')
        assert (await carrier.verify()).well
        assert (f"{{{FOUR}}}itemCode", NOBODYS_NUMBER) in responder.heard[0]
    chosen = (*DATA_SET.fields, "verify = EE123456785VN")
    async with speaking(DATA_SET, operation_fields=chosen) as (carrier, responder):
        responder.instead = web.Response(status=401)
        assert not (await carrier.verify()).well
        assert (f"{{{FOUR}}}itemCode", "EE123456785VN") in responder.heard[0]


FAULT_11 = (
    "<e:Fault xmlns:e='{0}'><faultcode>e:{1}</faultcode><faultstring>{2}</faultstring></e:Fault>"
)
FAULT_12 = (
    "<e:Fault xmlns:e='{0}'><e:Code><e:Value>e:{1}</e:Value></e:Code>"
    "<e:Reason><e:Text xml:lang='vi'>{2}</e:Text></e:Reason></e:Fault>"
)


@pytest.mark.parametrize(
    ("service", "fault", "code"),
    [
        (SOAP_11_PORT, FAULT_11, "Client"),
        (SOAP_11_PORT, FAULT_11, "Client.Authentication"),
        (SOAP_12_PORT, FAULT_12, "Sender"),
    ],
)
async def test_a_fault_that_blames_the_question_is_for_a_person(
    service: Service, fault: str, code: str
) -> None:
    async with speaking(service) as (carrier, responder):
        text = "Sai mật khẩu của 0912345678"
        responder.instead = said(service, fault.format(service.envelope, code, text))
        with pytest.raises(SoapRefusal) as caught:
            await carrier.scans(PLACED)
        assert caught.value.code == code
        assert caught.value.said == "Sai mật khẩu của ••••••••••"
        assert len(responder.heard) == 1


@pytest.mark.parametrize(
    ("service", "fault", "code"),
    [(SOAP_11_PORT, FAULT_11, "Server"), (SOAP_12_PORT, FAULT_12, "Receiver")],
)
async def test_a_fault_of_the_server_passes(service: Service, fault: str, code: str) -> None:
    async with speaking(service) as (carrier, responder):
        responder.instead = said(service, fault.format(service.envelope, code, "bận"))
        with pytest.raises(CarrierUnavailable):
            await carrier.scans(PLACED)


@pytest.mark.parametrize(
    "inside",
    [
        "",
        f'<TrackResponse xmlns="{FOUR}"/>',
        f'<TrackResponse xmlns="{THREE}"><Step at="2019-01-10T10:00:00"/></TrackResponse>',
        f'<TrackResponse xmlns="{THREE}"><Step code="A"/></TrackResponse>',
        f'<TrackResponse xmlns="{THREE}"><Step code="A" at="hôm nay"/></TrackResponse>',
    ],
)
async def test_another_shape_is_not_read(inside: str) -> None:
    async with speaking(SOAP_11_PORT) as (carrier, responder):
        responder.instead = said(SOAP_11_PORT, inside)
        with pytest.raises(CarrierMisread):
            await carrier.scans(PLACED)


@pytest.mark.parametrize(
    ("status", "body"),
    [(302, b""), (403, b""), (404, b"khong co"), (200, b"<a/>"), (200, b"<HTML><body>")],
)
async def test_what_is_no_soap_is_not_read(status: int, body: bytes) -> None:
    async with speaking(SOAP_11_PORT) as (carrier, responder):
        responder.instead = web.Response(status=status, body=body)
        with pytest.raises(CarrierMisread):
            await carrier.scans(PLACED)
        assert len(responder.heard) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"wsdl": str(WSDLS / "remote_import.wsdl")},
        {"wsdl": "http://127.0.0.1:9/dich-vu?wsdl"},
        {"wsdl": "https://127.0.0.1:9/dich-vu?wsdl"},
        {"wsdl": "file:///etc/hostname"},
        {"wsdl": str(WSDLS / "types" / "events.xsd")},
        {"wsdl": __file__},
        {"operation": "Khac"},
        {"operation_fields": (*RELATIVE_IMPORT.fields, "port = Khac")},
        {"operation_fields": (*RELATIVE_IMPORT.fields, "argument.la = x")},
        {"operation_fields": (*RELATIVE_IMPORT.fields, "header.La.x = y")},
        {"operation_fields": ("argument.user = x", *RELATIVE_IMPORT.fields[3:])},
    ],
)
async def test_what_does_not_fit_is_said_before_anything_is_sent(more: dict[str, object]) -> None:
    async with speaking(RELATIVE_IMPORT, **more) as (carrier, responder):
        with pytest.raises(Misuse):
            await carrier.scans(PLACED)
        assert not (await carrier.verify()).well
        assert not responder.heard


@pytest.mark.parametrize(
    "field",
    ["argument.request = {password}", "argument.request.Codes = {password}"],
)
async def test_a_value_that_does_not_fit_is_not_quoted(field: str) -> None:
    fields = (field, *TYPED_HEADER.fields[3:])
    async with speaking(TYPED_HEADER, operation_fields=fields) as (carrier, responder):
        with pytest.raises(Misuse) as caught:
            await carrier.scans(PLACED)
        assert "mật khẩu" not in str(caught.value)
        assert not responder.heard


async def test_a_port_that_speaks_no_soap_is_not_taken() -> None:
    fields = (*SOAP_11_PORT.fields, "port = TrackingHttpPost")
    async with speaking(SOAP_11_PORT, operation_fields=fields) as (carrier, _):
        with pytest.raises(Misuse):
            await carrier.scans(PLACED)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("relative_import.wsdl", "types/events.xsd", "../events.xsd"),
        ("relative_import.wsdl", "types/events.xsd", "/etc/hostname"),
        ("data_set.wsdl", "<wsdl:definitions", "<!DOCTYPE d><wsdl:definitions"),
    ],
)
async def test_a_wsdl_that_reaches_out_is_not_used(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    text = (WSDLS / name).read_text(encoding="utf-8")
    folder = tmp_path / "wsdl"
    folder.mkdir()
    (tmp_path / "events.xsd").write_bytes((WSDLS / "types" / "events.xsd").read_bytes())
    (folder / name).write_text(text.replace(before, after, 1), encoding="utf-8")
    service = RELATIVE_IMPORT if name == RELATIVE_IMPORT.wsdl else DATA_SET
    async with speaking(service, wsdl=str(folder / name)) as (carrier, responder):
        with pytest.raises(Misuse):
            await carrier.scans(PLACED)
        assert not responder.heard


@pytest.mark.parametrize(
    "fields",
    [
        ("rows = a", "code = b", "at = c"),
        ("argument.x = {waybill}", "code = b", "at = c"),
        ("argument.x = y", "rows = a", "code = b", "at = c", "wann = d"),
        ("argument.x = y", "header.x = y", "rows = a", "code = b", "at = c"),
        ("argument.x = y", "argument.x.z = y", "rows = a", "code = b", "at = c"),
    ],
)
def test_a_list_of_names_that_makes_no_sense_is_refused_at_once(fields: tuple[str, ...]) -> None:
    settings = CarrierSettings(kind="soap", operation_fields=fields)
    with pytest.raises(Misuse):
        Soap("la", settings=settings, wire=a_wire("http://127.0.0.1:9"), clock=a_clock())


def test_two_writings_of_one_sentence_are_one_code() -> None:
    assert raw_code_of("Pha\u0301t  tha\u0300nh\ncông ") == "Phát thành công"
    assert raw_code_of("x" * 40) == "x" * 40
    assert len({raw_code_of("x" * 60 + end) for end in "ab"}) == 2


def test_it_tracks_and_verifies_and_nothing_else() -> None:
    assert capabilities_of(Soap) == {Capability.TRACK, Capability.VERIFY}
