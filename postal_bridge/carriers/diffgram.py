"""ADO.NET DataSets in SOAP answers: tables by their local name, and rows of texts.

ASMX services answer with `<schema/><diffgram><NewDataSet><TABLE/>…`. Which tables and columns
there are, only the schema inside the answer says, and some servers leave it out; so rows are read
by local names alone, with a schema or without one. XML is taken without document types: what has
one is refused before anything in it is looked at.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

Element = Any
Row = Mapping[str, str]

DIFFGRAM = "urn:schemas-microsoft-com:xml-diffgram-v1"
SCHEMA = "http://www.w3.org/2001/XMLSchema"

_ENCODED = re.compile("_x([0-9A-Fa-f]{4})_")


class NotXmlError(ValueError):
    """The bytes are no whole XML document."""


class ForbiddenXmlError(ValueError):
    """The document brings a document type along, and with it perhaps entities."""


def parsed(body: bytes) -> Element:
    """The root of a document that may come from anywhere; nothing is loaded or expanded.

    Raises:
        ForbiddenXmlError: it has a document type.
        NotXmlError: it is not whole, or no XML at all.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as trouble:
        # A document type whose entities are wrong, or too many, is still a document type.
        if b"<!DOCTYPE" in body[:2_000]:
            raise ForbiddenXmlError("DTD") from trouble
        raise NotXmlError(f"line {trouble.lineno}") from trouble
    if root.getroottree().docinfo.doctype:
        raise ForbiddenXmlError("DTD")
    return root


def local_name(element: Element) -> str:
    """The name without its namespace, as it was before ADO.NET wrote it for XML: `A_x0020_B`."""
    name = str(etree.QName(element).localname)
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), name)


def children(element: Element) -> Iterator[Element]:
    """Elements directly below."""
    yield from element.iterchildren(tag=etree.Element)


def text_of(element: Element) -> str:
    """The text directly inside, without blanks around it; "" where it is nil."""
    return (element.text or "").strip()


def has_tables(element: Element) -> bool:
    """Whether there is a DataSet in it."""
    return next(element.iter(f"{{{DIFFGRAM}}}diffgram"), None) is not None


def read_tables(element: Element) -> Mapping[str, Sequence[Row]]:
    """The tables of the DataSets in an answer; one that has no rows is not there.

    Rows are those that stand now. What a diffgram keeps of earlier states (`before`) and of
    mistakes (`errors`) is left out.
    """
    tables: dict[str, list[Row]] = {}
    for diffgram in element.iter(f"{{{DIFFGRAM}}}diffgram"):
        for data_set in children(diffgram):
            if etree.QName(data_set).namespace != DIFFGRAM:
                _collect(data_set, tables)
    return tables


def _collect(parent: Element, tables: dict[str, list[Row]]) -> None:
    """Rows below an element, and the rows of nested tables below those."""
    for child in children(parent):
        if etree.QName(child).namespace == SCHEMA or not _is_row(child):
            continue
        columns = {local_name(one): text_of(one) for one in children(child) if not _is_row(one)}
        tables.setdefault(local_name(child), []).append(columns)
        _collect(child, tables)


def _is_row(element: Element) -> bool:
    """A row has columns or says itself that it is one; a column has neither."""
    marked = any(etree.QName(name).localname == "rowOrder" for name in element.attrib)
    return marked or next(children(element), None) is not None
