"""Draws the digitised file of a dossier: a small, real PDF with as many pages as the stack."""

_A4 = "0 0 595 842"
_FONT = "/Resources << /Font << /F1 3 0 R >> >>"


def draw_stack(dossier: str, pages: int) -> bytes:
    """A PDF that shows the dossier's code and a page number on each page.

    Args:
        dossier: a dossier code (ASCII).
        pages: 1 or more.
    """
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(1, pages + 1):
        text = f"BT /F1 14 Tf 60 780 Td ({dossier}  trang {number}/{pages}) Tj ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{_A4}] /Contents {3 + 2 * number} 0 R {_FONT} >>",
            f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        ]
    return _file(objects)


def _file(objects: list[str]) -> bytes:
    """Number the objects and write the table that says where each begins."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode("ascii")
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return bytes(out + trailer.encode("ascii"))
