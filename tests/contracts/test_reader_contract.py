"""What whoever reads the words of a page must do."""

import io
import random

import numpy as np
import pytest
from PIL import Image

from postal_bridge.digitising.reading import Tesseract, find_tesseract
from postal_bridge.documents.digitising_ports import Reader, ReadingFailed
from postal_bridge.documents.page_values import PageText, Word
from tests.photographed import form

PORT = "documents.digitising_ports.Reader"
IMPLEMENTATIONS = ("memory", "tesseract")


class MemoryReader:
    """Reads what it was told stands there; fails where it was told nothing."""

    def __init__(self, texts: dict[bytes, str]) -> None:
        self.texts = texts

    async def read(self, image: bytes, *, dots_per_inch: int) -> PageText:
        if image not in self.texts:
            raise ReadingFailed("nothing can be read")
        words = [
            Word(text, 10, 20 * line, 30, 12, 96.0, line)
            for line, said in enumerate(self.texts[image].splitlines())
            for text in said.split()
        ]
        return PageText(words=tuple(words), layer=b"%PDF layer")


def _png(pixels: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.asarray(pixels)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(params=IMPLEMENTATIONS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page() -> bytes:
    return _png(form(1)[:1200])


@pytest.fixture
def reader(kind: str, page: bytes) -> Reader:
    if kind == "memory":
        return MemoryReader(
            {page: "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"}
        )
    command = find_tesseract("tesseract")
    if command is None:
        pytest.skip("tesseract is not installed")
    return Tesseract(command, seconds=60)


async def test_words_are_read_with_their_places_and_an_unseen_layer(
    reader: Reader, page: bytes
) -> None:
    text = await reader.read(page, dots_per_inch=300)
    assert "Độc lập" in text.text
    assert text.layer.startswith(b"%PDF")
    assert all(0 <= word.confidence <= 100 and word.width > 0 for word in text.words)
    assert [word.line for word in text.words] == sorted(word.line for word in text.words)


async def test_what_cannot_be_read_is_an_accident_that_may_be_tried_again(reader: Reader) -> None:
    noise = random.Random(1).randbytes(400)
    with pytest.raises(ReadingFailed) as failed:
        await reader.read(noise, dots_per_inch=300)
    assert failed.value.retryable
