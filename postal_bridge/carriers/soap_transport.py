"""SOAP over the same wire as everything else: zeep writes the question, the wire carries it.

zeep knows the service by its WSDL: which elements a question has, in which namespaces, under
which SOAPAction, with which header. It neither opens connections nor reads answers here. Its own
transports have no time limit on calls, lose the status of what is no SOAP, and write whole bodies
to the debug log; the wire has limits, judges status and Retry-After before anything is parsed,
and keeps a log without personal data. Questions go to the connection's own address, never to one
that a WSDL names. The WSDL and what it imports are files in one folder; nothing is fetched.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from lxml import etree
from typing_extensions import override
from zeep import AsyncClient, Settings
from zeep.exceptions import Error, Fault
from zeep.proxy import AsyncServiceProxy
from zeep.transports import Transport
from zeep.wsdl.bindings import Soap11Binding, Soap12Binding

from postal_bridge.carriers.diffgram import (
    Element,
    ForbiddenXmlError,
    NotXmlError,
    children,
    local_name,
    parsed,
    text_of,
)
from postal_bridge.carriers.wire import Answer, Request, Wire
from postal_bridge.errors import Misuse
from postal_bridge.tracking.carrier_values import CarrierMisread, CarrierUnavailable

Arguments = Mapping[str, object]

_SAID = 200
# zeep has no types.
_AsyncClient: Any = AsyncClient
_AsyncServiceProxy: Any = AsyncServiceProxy
_TO_BLAME_OURS = frozenset({"client", "sender", "versionmismatch", "mustunderstand"})
"""Codes of faults that say the question is wrong, SOAP 1.1 and 1.2; others are the server's own."""


class SoapRefusal(CarrierMisread):
    """The carrier does not answer this question and says that it is ours to mend.

    Attributes:
        code: of the fault, without its prefix.
        said: its text with digits masked, since such texts quote what was sent.
    """

    def __init__(self, asked: str, *, code: str, said: str) -> None:
        super().__init__(f"{asked}: SOAP Fault {code}: {said}")
        self.code = code
        self.said = said


@dataclass(frozen=True)
class Service:
    """A service as its WSDL describes it, and the operation that is asked of it."""

    path: Path
    operation: str
    port: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: the operation's arguments and the headers of the message, by name."""

    arguments: Arguments
    headers: Mapping[str, Arguments] = field(default_factory=dict)


class WireTransport(Transport):
    """What zeep asks of HTTP, over a wire; and of files, within the folder of the WSDL."""

    def __init__(self, wire: Wire, *, operation: str, folder: Path) -> None:
        # zeep's own initialiser opens a session of requests, which nothing here may use.
        self.cache = None
        self._close_session = False
        self._wire = wire
        self._operation = operation
        self._folder = folder

    @override
    def load(self, url: str) -> bytes:
        """The WSDL or a schema that it imports.

        Raises:
            Misuse: it is no file of the WSDL's folder.
        """
        path = Path(url).resolve()
        if "://" in url or not path.is_relative_to(self._folder):
            text = "chỉ đọc WSDL và XSD trong thư mục của nó (only files of the WSDL's folder)"
            raise Misuse(f"{url}: {text}")
        try:
            return path.read_bytes()
        except OSError as trouble:
            raise Misuse(f"{url}: không đọc được (cannot be read): {trouble}") from trouble

    @override
    async def post_xml(self, address: str, envelope: Element, headers: Mapping[str, str]) -> Answer:
        """Send an envelope; zeep gives back what this gives, as it is told to (`raw_response`)."""
        message = etree.tostring(envelope, encoding="utf-8", xml_declaration=True)
        return await self.post(address, message, headers)

    @override
    async def post(self, address: str, message: bytes, headers: Mapping[str, str]) -> Answer:
        """Ask over the wire; what is no answer there raises there."""
        del address
        request = Request(
            method="POST", path="", headers=dict(headers), body=message, is_answer=_blames_us
        )
        return await self._wire.ask(self._operation, request)


class SoapDoor:
    """One operation of one service, behind a wire."""

    def __init__(self, wire: Wire, service: Service) -> None:
        self._wire = wire
        self._service = service
        self._opening = asyncio.Lock()
        self._proxy: Any = None
        self._asked = f"{wire.name} {service.operation}"

    async def ask(self, question: Question) -> Element:
        """The element that the operation's answer is.

        Raises:
            Misuse: WSDL, operation, arguments or headers do not fit each other.
            SoapRefusal: a fault that says the question is wrong.
            CarrierMisread: something that is no answer to this operation.
            CarrierUnavailable: no answer, one that was cut twice, or a fault of the server's own.
        """
        proxy = await self._opened()
        answer = await self._sent(proxy, question)
        try:
            return self._read(proxy, answer)
        except NotXmlError:
            # Half an answer under its own length: nothing on the way noticed it.
            answer = await self._sent(proxy, question)
        try:
            return self._read(proxy, answer)
        except NotXmlError as trouble:
            text = "câu trả lời bị cắt hai lần (the answer was cut twice)"
            raise CarrierUnavailable(f"{self._asked}: {text}") from trouble

    async def _opened(self) -> Any:
        async with self._opening:
            if self._proxy is None:
                # Reading a WSDL takes a good while and would hold everybody up.
                self._proxy = await asyncio.to_thread(_open, self._wire, self._service)
            return self._proxy

    async def _sent(self, proxy: Any, question: Question) -> Answer:
        name = self._service.operation
        headers = _by_part(_operation(proxy, self._service), question.headers)
        given = {**question.arguments, "_soapheaders": headers or None}
        try:
            # Once without sending, so that what is wrong with the question is told from the rest.
            proxy._client.create_message(proxy, name, **given)  # noqa: SLF001
        except (Error, TypeError, LookupError) as trouble:
            text = "câu hỏi không khớp WSDL (the question does not fit the WSDL)"
            raise Misuse(f"{self._asked}: {text}: {trouble}") from trouble
        except (ValueError, AttributeError, ArithmeticError) as trouble:
            # These quote values, and a value may be the password.
            text = "giá trị không khớp WSDL (a value does not fit the WSDL)"
            raise Misuse(f"{self._asked}: {text}: {type(trouble).__name__}") from None
        answer: Answer = await proxy[name](**given)
        return answer

    def _read(self, proxy: Any, answer: Answer) -> Element:
        binding = proxy._binding  # noqa: SLF001 - zeep has no other door to it
        envelope = self._envelope(answer)
        body = envelope.find("soap-env:Body", namespaces=binding.nsmap)
        inside = next(children(body), None) if body is not None else None
        if inside is None:
            raise self._misread("không phải phong bì SOAP (no SOAP envelope)")
        if local_name(inside) == "Fault":
            self._refuse(binding, envelope)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise self._misread(f"HTTP {answer.status}")
        expected = _operation(proxy, self._service).output.body
        if expected is not None and expected.qname.text != inside.tag:
            raise self._misread("câu trả lời của thao tác khác (another operation's answer)")
        return inside

    def _envelope(self, answer: Answer) -> Element:
        """The document; HTML and document types never get as far as being read."""
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES and not answer.body.strip():
            raise self._misread(f"HTTP {answer.status}")
        start = answer.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if "html" in answer.content_type or start.startswith((b"<!doctype html", b"<html")):
            raise self._misread(f"trang HTML, HTTP {answer.status} (a page for people)")
        try:
            return parsed(answer.body)
        except ForbiddenXmlError:
            raise self._misread("có DTD, không đọc (a document type: not read)") from None
        except NotXmlError:
            if answer.status != HTTPStatus.OK:
                raise self._misread(f"HTTP {answer.status}") from None
            raise

    def _refuse(self, binding: Any, envelope: Element) -> None:
        try:
            binding.process_error(envelope, None)
        except Fault as fault:
            code = str(fault.code or "").rpartition(":")[2].strip() or "?"
            said = _masked(str(fault.message or ""))
            if code.partition(".")[0].lower() in _TO_BLAME_OURS:
                raise SoapRefusal(self._asked, code=code, said=said) from None
            text = f"{self._asked}: SOAP Fault {code}: {said}"
            raise CarrierUnavailable(text) from None

    def _misread(self, why: str) -> CarrierMisread:
        return CarrierMisread(f"{self._asked}: {why}")


def _open(wire: Wire, service: Service) -> Any:
    """Read the WSDL; in a thread, since zeep reads it without letting go.

    Raises:
        Misuse: it cannot be read, or knows no such operation over SOAP.
    """
    path = service.path.resolve()
    settings = Settings(
        strict=True,
        raw_response=True,
        forbid_dtd=True,
        forbid_entities=True,
        forbid_external=True,
        xml_huge_tree=False,
    )
    transport = WireTransport(wire, operation=service.operation, folder=path.parent)
    try:
        client: Any = _AsyncClient(str(path), transport=transport, settings=settings)
    except (Error, LookupError, ValueError, etree.LxmlError) as trouble:
        text = "WSDL không dùng được (cannot be used)"
        raise Misuse(f"{path.name}: {text}: {type(trouble).__name__} {trouble}") from trouble
    port = _port(client, service)
    return _AsyncServiceProxy(client, port.binding, **port.binding_options)


def _port(client: Any, service: Service) -> Any:
    """The port by its name; otherwise the first that speaks SOAP 1.1, or 1.2."""
    ports = [port for one in client.wsdl.services.values() for port in one.ports.values()]
    for kind in (Soap11Binding, Soap12Binding):
        for port in ports:
            wanted = service.port in {"", port.name}
            knows = service.operation in port.binding.all()
            if wanted and knows and isinstance(port.binding, kind):
                return port
    names = ", ".join(port.name for port in ports)
    text = f"không có thao tác “{service.operation}” qua SOAP (no such operation over SOAP)"
    raise Misuse(f"{service.path.name}: {text}; port: {names}")


def _operation(proxy: Any, service: Service) -> Any:
    return proxy._binding.get(service.operation)  # noqa: SLF001


def _by_part(operation: Any, headers: Mapping[str, Arguments]) -> dict[str, Arguments]:
    """Headers under the names of their message parts, which is how zeep knows them.

    Raises:
        Misuse: the WSDL declares no such header.
    """
    declared = operation.input.header.type.elements
    parts = {name: part for part, element in declared for name in (element.name, part)}
    unknown = headers.keys() - parts.keys()
    if unknown:
        text = "không có trong WSDL (not declared by the WSDL)"
        raise Misuse(f"header {', '.join(sorted(unknown))}: {text}: {', '.join(sorted(parts))}")
    return {parts[name]: value for name, value in headers.items()}


def _blames_us(answer: Answer) -> bool:
    """Whether an error of the server's is a fault that says the question is wrong (SOAP 1.1)."""
    if answer.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    try:
        codes = parsed(answer.body).xpath("//faultcode | //*[local-name()='Code']/*[1]")
    except ValueError:
        return False
    said = [text_of(one).rpartition(":")[2].partition(".")[0].lower() for one in codes]
    return not _TO_BLAME_OURS.isdisjoint(said)


def _masked(text: str) -> str:
    """Said by a stranger about what we sent: digits are masked, and it is kept short."""
    plain = " ".join(text.split())[:_SAID]
    return "".join("•" if one.isdigit() else one for one in plain)
