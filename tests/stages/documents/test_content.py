"""What a file is, is told by its bytes; what its name says proves nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.documents.content import examine

PDF, JPEG, PNG, TIFF = "application/pdf", "image/jpeg", "image/png", "image/tiff"
PAGE = b"<< /Type /Page /Parent 1 0 R >>"


@pytest.mark.parametrize(
    ("content", "media_type", "pages"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", JPEG, 1),
        (b"\xff\xd8\xff\xe1Exif", JPEG, 1),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", PNG, 1),
        (b"II*\x00\x08\x00\x00\x00", TIFF, None),
        (b"MM\x00*\x00\x00\x00\x08", TIFF, None),
        (b"%PDF-1.7\n", PDF, None),
        (b"%PDF-1.4\n" + PAGE, PDF, 1),
        (b"%PDF-1.4\n" + PAGE * 3, PDF, 3),
        (b"%PDF-1.4\n<< /Type /Pages /Kids [] /Count 12 >>" + PAGE, PDF, 12),
        (b"%PDF-1.4\n<< /Count 7 /Type /Pages >>", PDF, 7),
        (b"%PDF-1.4\n<</Type/Pages/Count 2>><</Type/Pages/Count 5>>", PDF, 5),
        (b"%PDF-1.4\n<< /Type /PageLabel >>", PDF, None),
    ],
)
def test_what_is_taken_is_told_by_its_first_bytes(
    content: bytes, media_type: str, pages: int | None
) -> None:
    found = examine(content)
    assert (found.media_type, found.pages) == (media_type, pages)


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a",
        b"PK\x03\x04 word/document.xml",
        b"MZ\x90\x00",
        b"\x7fELF",
        b"BM6\x00",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"{\\rtf1",
        b"<!DOCTYPE html><html>",
        b"\x00\x00\x00 ftypheic",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b" %PDF-1.4",
        b"\xff\xd8",
        b"\x89PNG",
        "hồ sơ".encode(),
    ],
)
def test_everything_else_is_not_recognised(content: bytes) -> None:
    found = examine(content)
    assert (found.media_type, found.pages, found.description) == (None, None, "không nhận ra")


def test_nothing_is_called_empty() -> None:
    assert examine(b"").description == "trống"


@given(st.binary(max_size=200), st.sampled_from((b"", b"%PDF-1.4\n", b"II*\x00", b"\xff\xd8\xff")))
def test_no_bytes_upset_it(content: bytes, head: bytes) -> None:
    found = examine(head + content)
    assert found.pages is None or found.pages >= 0
    assert found.description
