"""A file's bytes to its sheets: what it is, is told by its first bytes and not by its name."""

from pathlib import Path

from postal_bridge.tabular.delimited import Weigh, read_delimited
from postal_bridge.tabular.encoding import decode
from postal_bridge.tabular.objects import read_objects
from postal_bridge.tabular.records import Limits, Sheet, TableRefused
from postal_bridge.tabular.workbook import read_workbook

_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "tệp .xls cũ, hoặc .xlsx có mật khẩu (an old .xls, or protected)"),
    (b"%PDF", "tệp PDF"),
    (b"\x1f\x8b", "tệp nén gzip"),
    (b"Rar!", "tệp nén RAR"),
    (b"7z\xbc\xaf", "tệp nén 7z"),
    (b"{\\rtf", "tệp RTF"),
)
_HTML = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<div")


def read_file(path: Path, *, limits: Limits) -> bytes:
    """The whole file, as far as it is not too large.

    Raises:
        TableRefused: not there, not readable, empty, or larger than the limits allow.
    """
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise TableRefused(
                f"{path.name}: {size} byte, quá mức {limits.file_bytes} byte (too large);"
                " hãy xuất ít ngày hơn (export fewer days)"
            )
        with path.open("rb") as file:
            raw = file.read(limits.file_bytes + 1)
    except OSError as wrong:
        raise TableRefused(
            f"{path}: không đọc được tệp: {wrong.strerror} (cannot be read)"
        ) from None
    if not raw.strip() or len(raw) > limits.file_bytes:
        raise TableRefused(f"{path.name}: tệp trống hoặc quá lớn (empty, or too large)")
    return raw


def read_sheets(raw: bytes, *, limits: Limits, weigh: Weigh, sheet: str = "") -> list[Sheet]:
    """The sheets of a file; CSV and JSON have one without a name.

    Args:
        raw: the file.
        limits: what it may ask for.
        weigh: how many wanted headings some rows have; finds the separator of CSV.
        sheet: the only sheet of a spreadsheet that is wanted.

    Raises:
        TableRefused: it is none of these, or cannot be read surely.
    """
    for mark, name in _FOREIGN:
        if raw.startswith(mark):
            raise TableRefused(
                f"đây là {name}; hãy lưu lại thành .xlsx hoặc CSV UTF-8"
                " (save it as .xlsx or as CSV UTF-8)"
            )
    if raw.startswith(b"PK"):
        return read_workbook(raw, limits=limits, wanted=sheet)
    text, _ = decode(raw)
    text = text.removeprefix("\ufeff")
    begin = text[:200].lstrip()
    if begin.lower().encode().startswith(_HTML):
        raise TableRefused(
            "đây là trang HTML hay XML mang tên bảng tính; hãy mở bằng Excel rồi lưu lại thành"
            " .xlsx (HTML or XML under a spreadsheet's name: open it and save it as .xlsx)"
        )
    if begin.startswith(("{", "[")):
        return [read_objects(text, limits=limits)]
    return [read_delimited(text, limits=limits, weigh=weigh)]
