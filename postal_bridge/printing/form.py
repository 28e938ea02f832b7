"""Forms as PDF/A-2b on A4: one template for all of them.

The same form gives the same bytes: nothing in it depends on the machine or the moment of printing.
Fonts are those that Typst brings.
"""

import json
from importlib.resources import files

from postal_bridge.clock import local_day
from postal_bridge.documents.form_values import Block, Fields, FormPage, Paragraph
from postal_bridge.printing.characters import breakable, printable
from postal_bridge.printing.codes import code128_svg, qr_svg

_LONGEST_WORD = 24
"""Codes have no blanks; a longer one may be broken in a cell."""


def form_pdf(page: FormPage) -> bytes:
    """The form; takes a few hundredths of a second."""
    import typst  # heavy

    return typst.compile(
        files("postal_bridge.printing").joinpath("form.typ").read_bytes(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"form": json.dumps(_shown(page), ensure_ascii=False)},
        pdf_standards=["a-2b"],
        timestamp=page.made_at.replace(microsecond=0),
    )


def _shown(page: FormPage) -> dict[str, object]:
    day = local_day(page.made_at)
    return {
        "title": printable(page.title),
        "date": [day.year, day.month, day.day],
        "author": printable(page.agency[-1]) if page.agency else "",
        "edition": printable(page.edition),
        "agency": [printable(line) for line in page.agency],
        "number": printable(page.number),
        "dated": printable(page.dated),
        "subtitle": printable(page.subtitle),
        "barcode": page.barcode,
        "code128": code128_svg(page.barcode) if page.barcode else None,
        "qr": qr_svg(page.qr) if page.qr else None,
        "blocks": [_block(block) for block in page.blocks],
        "signatures": [
            {"role": printable(one.role), "hint": printable(one.hint), "name": printable(one.name)}
            for one in page.signatures
        ],
        "footnote": printable(page.footnote),
        "copies": [printable(mark) for mark in page.copies] or [""],
        "landscape": page.landscape,
        "footer": printable(" · ".join(filter(None, (page.title, page.barcode)))),
    }


def _block(block: Block) -> dict[str, object]:
    if isinstance(block, Paragraph):
        text = printable(block.text)
        return {"kind": "paragraph", "text": text, "bold": block.bold, "italic": block.italic}
    if isinstance(block, Fields):
        rows = [[printable(label), printable(value)] for label, value in block.rows]
        return {"kind": "fields", "rows": rows}
    return {
        "kind": "table",
        "heads": [printable(head) for head in block.heads],
        "widths": list(block.widths),
        "rows": [[breakable(cell, longest=_LONGEST_WORD) for cell in row] for row in block.rows],
        "bold-last": block.bold_last,
    }
