"""A checker of PDF/A-2b for what we make, by a library that had no part in making it (pypdf).

It looks at the clauses of ISO 19005-2 that documents like ours can break: files, colours, fonts,
pictures, metadata, and everything that is forbidden outright. It is not a complete validator.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdf
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
)

FORBIDDEN_ACTIONS = {
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState",
    "/Rendition", "/Trans", "/GoTo3DView", "/JavaScript",
}  # fmt: skip
FILTERS = {
    "/ASCIIHexDecode", "/ASCII85Decode", "/FlateDecode", "/RunLengthDecode", "/CCITTFaxDecode",
    "/JBIG2Decode", "/DCTDecode", "/JPXDecode",
}  # fmt: skip
UNSEEN = "3 Tr"
_ENCODINGS = {"/WinAnsiEncoding", "/MacRomanEncoding", "/Identity-H", "/Identity-V"}


def complaints(content: bytes) -> list[str]:
    """What is wrong with a document; each with its clause."""
    found = list(_file(content))
    reader = pypdf.PdfReader(io.BytesIO(content), strict=True)
    objects = list(_objects(reader))
    found += _catalogue(reader)
    found += _colours(reader, objects)
    for thing in objects:
        found += _object(thing)
    found += _metadata(reader)
    return found


def _file(content: bytes) -> Iterator[str]:
    lines = content.split(b"\n", 2)
    if not re.match(rb"%PDF-1\.[0-7]$", lines[0].strip()):
        yield "6.1.2: the file must begin with %PDF-1.n"
    second = lines[1]
    if not second.startswith(b"%") or sum(byte > 127 for byte in second[1:5]) < 4:
        yield "6.1.2: the second line must be a comment of four bytes above 127"
    if not content.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "6.1.3: nothing may follow the last %%EOF"


def _objects(reader: pypdf.PdfReader) -> Iterator[Any]:
    seen: set[int] = set()

    def walk(thing: Any) -> Iterator[Any]:
        if isinstance(thing, IndirectObject):
            if thing.idnum in seen:
                return
            seen.add(thing.idnum)
            thing = thing.get_object()
        yield thing
        if isinstance(thing, DictionaryObject):
            for value in thing.values():
                yield from walk(value)
        elif isinstance(thing, ArrayObject):
            for value in thing:
                yield from walk(value)

    yield from walk(reader.trailer["/Root"])


def _root(reader: pypdf.PdfReader) -> Any:
    return reader.trailer["/Root"].get_object()


def _catalogue(reader: pypdf.PdfReader) -> Iterator[str]:
    if "/Encrypt" in reader.trailer:
        yield "6.1.3: it may not be encrypted"
    if "/ID" not in reader.trailer:
        yield "6.1.3: the trailer needs an ID"
    root = _root(reader)
    if "/OpenAction" in root and "/S" in root["/OpenAction"]:
        yield "6.5.1: no action when it is opened"
    for name in ("/AA", "/Requirements"):
        if name in root:
            yield f"6.5.2: the catalogue may not have {name}"
    form = root.get("/AcroForm")
    if form is not None and (
        "/XFA" in form.get_object() or form.get_object().get("/NeedAppearances")
    ):
        yield "6.4.2: no XFA and no NeedAppearances"
    if _root(reader).get("/Metadata") is None:
        yield "6.6.2.1: the catalogue needs metadata"


def _colours(reader: pypdf.PdfReader, objects: list[Any]) -> Iterator[str]:
    intents = _root(reader).get("/OutputIntents", ArrayObject())
    ours = [one.get_object() for one in intents.get_object()]
    ours = [one for one in ours if one.get("/S") == "/GTS_PDFA1"]
    device = any(
        isinstance(thing, DictionaryObject)
        and str(thing.get("/ColorSpace", "")) in {"/DeviceRGB", "/DeviceGray", "/DeviceCMYK"}
        for thing in objects
    )
    if device and not ours:
        yield "6.2.4.3: device colours need an output intent"
    profiles = {
        id(one["/DestOutputProfile"].get_object()) for one in ours if "/DestOutputProfile" in one
    }
    if ours and len(profiles) != 1:
        yield "6.2.3: all output intents have one profile"
    for one in ours:
        data = one["/DestOutputProfile"].get_object().get_data()
        if data[36:40] != b"acsp" or data[12:16] not in {b"mntr", b"prtr", b"scnr", b"spac"}:
            yield "6.2.3: the profile is no ICC profile"
        if len(data) != int.from_bytes(data[:4], "big"):
            yield "6.2.3: the profile's length is wrong"


def _object(thing: Any) -> Iterator[str]:
    if not isinstance(thing, DictionaryObject):
        return
    if thing.get("/S") in FORBIDDEN_ACTIONS:
        yield f"6.5.1: action {thing['/S']}"
    if "/JS" in thing or "/EF" in thing:
        yield "6.5/6.8: a programme or an embedded file"
    if isinstance(thing, StreamObject):
        yield from _stream(thing)
    if thing.get("/Type") == "/Font":
        yield from _font(thing)
    if thing.get("/Type") == "/Annot":
        yield from _annotation(thing)
    if thing.get("/Type") == "/ExtGState" and (
        "/TR" in thing or thing.get("/TR2", "/Default") != "/Default"
    ):
        yield "6.2.5: transfer functions"


def _stream(thing: Any) -> Iterator[str]:
    filters = thing.get("/Filter", ArrayObject())
    named = [filters] if isinstance(filters, NameObject) else list(filters)
    for one in named:
        if one not in FILTERS:
            yield f"6.1.7.2: filter {one}"
    if "/F" in thing:
        yield "6.1.7.1: a stream outside the file"
    if thing.get("/Subtype") == "/Image":
        if thing.get("/Interpolate") is not None and bool(thing["/Interpolate"].value):
            yield "6.2.8: interpolated picture"
        if "/Alternates" in thing or "/OPI" in thing:
            yield "6.2.8: alternates"
    if thing.get("/Subtype") == "/PS":
        yield "6.2.9: PostScript"


def _font(font: Any) -> Iterator[str]:
    subtype, name = font.get("/Subtype"), font.get("/BaseFont")
    if subtype == "/Type0":
        descendant = font["/DescendantFonts"][0].get_object()
        if not _embedded(descendant):
            yield f"6.2.11.4: {name} is not embedded"
        if descendant.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in descendant:
            yield f"6.2.11.3.2: {name} has no CIDToGIDMap"
        if str(font.get("/Encoding")) not in _ENCODINGS and "/Encoding" not in font:
            yield f"6.2.11.3.3: encoding of {name}"
    elif subtype in {"/Type1", "/TrueType"} and not _embedded(font):
        yield f"6.2.11.4: {name} is not embedded"


def _embedded(font: Any) -> bool:
    descriptor = font.get("/FontDescriptor")
    if descriptor is None:
        return False
    return any(f"/FontFile{n}" in descriptor.get_object() for n in ("", "2", "3"))


def _annotation(thing: Any) -> Iterator[str]:
    if thing.get("/Subtype") in {"/3D", "/Sound", "/Screen", "/Movie"}:
        yield f"6.3.1: annotation {thing['/Subtype']}"
    if thing.get("/Subtype") != "/Popup" and not int(thing.get("/F", 0)) & 4:
        yield "6.3.2: an annotation must be printed"


def _metadata(reader: pypdf.PdfReader) -> Iterator[str]:
    yield from _declared(reader)
    yield from _agreeing(reader)


def _declared(reader: pypdf.PdfReader) -> Iterator[str]:
    stream = _root(reader)["/Metadata"].get_object()
    if "/Filter" in stream:
        yield "6.6.2.1: metadata must be readable without a filter"
    text = stream.get_data().decode()
    for name, value in (("part", "2"), ("conformance", "B")):
        element = f"<pdfaid:{name}[^>]*>{value}</pdfaid:{name}>"
        if not re.search(element, text) and not re.search(f'pdfaid:{name}="{value}"', text):
            yield f"6.6.4: pdfaid:{name} must be {value}"


def _agreeing(reader: pypdf.PdfReader) -> Iterator[str]:
    """The two places of the same facts."""
    xmp = reader.xmp_metadata
    if xmp is None:
        yield "6.6.2.1: no XMP"
        return
    info: Any = reader.metadata or {}
    title = (xmp.dc_title or {}).get("x-default")
    if info.get("/Title") is not None and info.get("/Title") != title:
        yield "6.6.3: the title differs"
    if info.get("/Author") is not None and [info["/Author"]] != list(xmp.dc_creator or []):
        yield "6.6.3: the author differs"
    if info.get("/Producer") is not None and info["/Producer"] != xmp.pdf_producer:
        yield "6.6.3: the producer differs"
    created = info.get("/CreationDate")
    if created is not None and xmp.xmp_create_date is not None:
        shown = xmp.xmp_create_date.strftime("%Y%m%d%H%M%S")
        if not created.startswith(f"D:{shown}"):
            yield "6.6.3: the moment of making differs"
