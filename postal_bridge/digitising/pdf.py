"""Pages become one PDF/A-2b (ISO 19005-2): pictures as they are, text under them where it was read.

The same pages and facts give the same bytes: neither the moment nor the machine is in them.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from postal_bridge.documents.page_values import DocumentFacts, PageSheet

if TYPE_CHECKING:
    import pikepdf

PRODUCER = "postal_bridge"
_LANGUAGE = "vi-VN"
_TEXT = "/Text"
_ICC_DATE = slice(24, 36)
_ICC_ID = slice(84, 100)
"""Where an ICC profile notes its moment and its own hash (ICC.1:2022, 7.2)."""


def assemble(pages: Sequence[PageSheet], facts: DocumentFacts) -> bytes:
    """One document of these pages, in their order."""
    import pikepdf

    with pikepdf.open(io.BytesIO(_pictures(pages, facts))) as document:
        for page, sheet in zip(document.pages, pages, strict=True):
            if sheet.layer:
                _lay_under(document, page, sheet.layer)
        _declare(document, facts)
        out = io.BytesIO()
        document.remove_unreferenced_resources()
        document.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            fix_metadata_version=False,
        )
        return out.getvalue()


def _pictures(pages: Sequence[PageSheet], facts: DocumentFacts) -> bytes:
    import img2pdf

    made_at = datetime.fromisoformat(facts.made_at)
    layouts = {sheet.dots_per_inch: sheet for sheet in pages}
    if len(layouts) == 1:
        dots = next(iter(layouts))
        layout = img2pdf.get_fixed_dpi_layout_fun((dots, dots))
        return _converted([sheet.image for sheet in pages], layout, made_at)
    import pikepdf

    with pikepdf.new() as whole:
        for sheet in pages:
            layout = img2pdf.get_fixed_dpi_layout_fun((sheet.dots_per_inch, sheet.dots_per_inch))
            part = _converted([sheet.image], layout, made_at)
            with pikepdf.open(io.BytesIO(part)) as one:
                whole.pages.extend(one.pages)
        out = io.BytesIO()
        whole.save(out, deterministic_id=True)
        return out.getvalue()


def _converted(images: list[bytes], layout: Any, made_at: datetime) -> bytes:
    import img2pdf

    done: bytes = img2pdf.convert(
        images,
        layout_fun=layout,
        creationdate=made_at,
        moddate=made_at,
        engine=img2pdf.Engine.pikepdf,
        rotation=img2pdf.Rotation.ifvalid,
    )
    return done


def _lay_under(document: "pikepdf.Pdf", page: "pikepdf.Page", layer: bytes) -> None:
    """As pikepdf's own underlay, but under a name that is the same each time."""
    import pikepdf

    with pikepdf.open(io.BytesIO(layer)) as text:
        form = document.copy_foreign(text.pages[0].as_form_xobject())
        box = [float(edge) for edge in text.pages[0].mediabox]
    own = [float(edge) for edge in page.mediabox]
    across = (own[2] - own[0]) / (box[2] - box[0])
    down = (own[3] - own[1]) / (box[3] - box[1])
    page.resources.XObject[_TEXT] = form
    drawn = f"q {across:.6f} 0 0 {down:.6f} 0 0 cm {_TEXT} Do Q\n"
    page.contents_add(drawn.encode(), prepend=True)


# ------------------------------------------------------------------------------------- metadata


def _declare(document: "pikepdf.Pdf", facts: DocumentFacts) -> None:
    import pikepdf

    moment = datetime.fromisoformat(facts.made_at)
    _declare_colours(document)
    document.Root.Lang = pikepdf.String(_LANGUAGE)
    document.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as told:
        told.load_from_docinfo({})
        for key in list(told):
            del told[key]
        told["dc:title"] = facts.title
        told["dc:creator"] = [facts.author]
        told["dc:description"] = facts.subject
        told["dc:identifier"] = facts.identifier
        told["dc:language"] = [_LANGUAGE]
        told["pdf:Producer"] = PRODUCER
        told["xmp:CreatorTool"] = PRODUCER
        told["xmp:CreateDate"] = told["xmp:ModifyDate"] = moment.isoformat()
        told["pdfaid:part"] = "2"
        told["pdfaid:conformance"] = "B"
        if facts.keywords:
            told["pdf:Keywords"] = ", ".join(facts.keywords)
    _note(document, facts, moment)


def _note(document: "pikepdf.Pdf", facts: DocumentFacts, moment: datetime) -> None:
    """The older place of the same facts; the two may not disagree (ISO 19005-2, 6.6.3).

    Without the producer: whoever signs the document later adds its own name here and not there.
    """
    import pikepdf

    del document.docinfo
    stamp = f"D:{moment:%Y%m%d%H%M%S}Z"
    noted = {
        "/Title": facts.title,
        "/Author": facts.author,
        "/Subject": facts.subject,
        "/Creator": PRODUCER,
        "/CreationDate": stamp,
        "/ModDate": stamp,
    }
    if facts.keywords:
        noted["/Keywords"] = ", ".join(facts.keywords)
    for key, value in noted.items():
        document.docinfo[key] = pikepdf.String(value)


def _declare_colours(document: "pikepdf.Pdf") -> None:
    """Which red is meant: sRGB, for grey pages as well (ISO 19005-2, 6.2.3)."""
    import pikepdf

    profile = pikepdf.Stream(document, srgb_profile())
    profile.N = 3
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFA1,
        OutputConditionIdentifier=pikepdf.String("sRGB IEC61966-2.1"),
        RegistryName=pikepdf.String("http://www.color.org"),
        Info=pikepdf.String("sRGB IEC61966-2.1"),
        DestOutputProfile=document.make_indirect(profile),
    )
    document.Root.OutputIntents = pikepdf.Array([document.make_indirect(intent)])


def srgb_profile() -> bytes:
    """The profile as Pillow makes it, without the moment at which it was made."""
    from PIL import ImageCms

    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[_ICC_DATE] = bytes.fromhex("07e8 0001 0001 0000 0000 0000")
    made[_ICC_ID] = bytes(16)
    return bytes(made)
