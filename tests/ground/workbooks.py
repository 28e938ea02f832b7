"""Spreadsheets that tests make for themselves."""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl


def workbook(
    rows: Sequence[Sequence[Any]], *, title: str = "DS", then: Callable[[Any], None] | None = None
) -> bytes:
    """A file with one sheet; `then` may do more to the sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    if then is not None:
        then(sheet)
    file = io.BytesIO()
    book.save(file)
    book.close()
    return file.getvalue()


def with_sheet_xml(raw: bytes, change: Callable[[bytes], bytes], *, name: str = "") -> bytes:
    """The same file with another text of its first sheet, and another name where one is given."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as before,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for entry in before.infolist():
            content = before.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                after.writestr(name or entry.filename, change(content))
            elif name and entry.filename == "xl/_rels/workbook.xml.rels":
                after.writestr(
                    entry.filename,
                    content.replace(b"/xl/worksheets/sheet1.xml", f"/{name}".encode()),
                )
            else:
                after.writestr(entry.filename, content)
    return file.getvalue()
