"""What is kept of a request to a carrier: its shape and its codes, and nothing of a person.

Every value is masked unless its name is known to be harmless, so a field that a carrier adds
tomorrow is masked too. What cannot be read as JSON, XML or a form is told by its size only.
"""

import json
from urllib.parse import parse_qsl
from xml.etree.ElementTree import ParseError

from lxml import etree

MASK = "•"
LONGEST = 2_000
"""Characters kept of a body."""

# fmt: off
HARMLESS = frozenset({
    "status", "statuscode", "statusid", "status_id", "code", "code_message", "success", "error",
    "errorcode", "error_code", "message", "msg", "ordernumber", "order_number", "order_code",
    "client_order_code", "orderreference", "partner_id", "txlogisticid", "billcode", "itemcode",
    "label", "label_id", "case", "caseid", "originalid", "id", "type", "page", "size",
    "pagesize", "lastid", "_returned", "_total_pages", "_size", "totalfee", "fee", "amount",
    "weight", "service", "mainsrv", "issuccess", "errormessage", "scantypecode", "eventtime",
    "time", "updateddate", "order_status", "order_statusdate", "sodonhang", "mabuugui", "datacode",
    "isdeliverable", "causecode",
})
# fmt: on
"""Names of fields that never hold a person's data, in small letters: codes, numbers of orders,
amounts, moments. `message` may quote an address, so digits in it are masked as well."""

_QUOTING = frozenset({"message", "msg", "errormessage", "error"})


def redacted(body: bytes, content_type: str) -> str:
    """A body as it may be kept."""
    if not body:
        return ""
    text = body.decode("utf-8", "replace").lstrip("\ufeff").strip()
    try:
        kept = _by_kind(text, content_type)
    except (ValueError, ParseError, etree.XMLSyntaxError):
        return f"({len(body)} byte)"
    return kept if len(kept) <= LONGEST else f"{kept[:LONGEST]}… ({len(body)} byte)"


def _by_kind(text: str, content_type: str) -> str:
    if text[:1] in "{[":
        return json.dumps(_json("", json.loads(text)), ensure_ascii=False, separators=(",", ":"))
    if text[:1] == "<" and "html" not in content_type and text[:14].lower() != "<!doctype html":
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        root = etree.fromstring(text.encode(), parser)
        for element in root.iter(etree.Element):
            if element.text and element.text.strip():
                element.text = _value(etree.QName(element).localname, element.text)
        return str(etree.tostring(root, encoding="unicode"))
    if "form" in content_type:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
        return "&".join(f"{name}={_form(name, value)}" for name, value in pairs)
    raise ValueError(content_type)


def _json(name: str, value: object) -> object:
    if isinstance(value, dict):
        return {key: _json(str(key), one) for key, one in value.items()}
    if isinstance(value, list):
        return [_json(name, one) for one in value]
    if value is None or isinstance(value, bool):
        return value
    return _value(name, str(value))


def _form(name: str, value: str) -> str:
    """A field of a form; some carriers put their whole JSON into one."""
    if value[:1] == "{":
        return _by_kind(value, "application/json")
    return _value(name, value)


def _value(name: str, value: str) -> str:
    small = name.lower()
    if small not in HARMLESS:
        return MASK if value else ""
    if small in _QUOTING:
        return "".join(MASK if one.isdigit() else one for one in value)
    return value
