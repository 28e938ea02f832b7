"""Five hundred broken files: each is taken or refused, no worker crashes, none outgrows its memory."""

import asyncio
import io
import random
from collections.abc import Callable, Iterator
from functools import cache

from PIL import Image

from postal_bridge.digitising.desk import DigitisingDesk
from postal_bridge.documents.page_values import (
    ArchivedPage,
    FileLimits,
    PageWish,
    Trouble,
    Unreadable,
)
from postal_bridge.sandbox.photographs import scanned
from tests.photographed import form, picture

MEMORY_MB = 1_000
EACH = 50


@cache
def sound_files() -> tuple[bytes, ...]:
    """Small ones of every kind, before they are broken."""
    photo = picture(1, size=(480, 640)).jpeg
    image = Image.open(io.BytesIO(photo))
    made = [photo]
    for kind, options in (("PNG", {}), ("TIFF", {"compression": "tiff_lzw"}), ("TIFF", {})):
        out = io.BytesIO()
        image.resize((240, 320)).save(out, kind, **options)
        made.append(out.getvalue())
    made.append(scanned([form(2)[::4, ::4]] * 2, random.Random(1)))
    return tuple(made)


def cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def flipped(content: bytes, rng: random.Random) -> bytes:
    broken = bytearray(content)
    for _ in range(rng.choice((1, 4, 40))):
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
    return bytes(broken)


def doubled(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content))
    return content[:start] + content[start : start + 500] * 3 + content[start:]


def shuffled(content: bytes, rng: random.Random) -> bytes:
    parts = [content[n : n + 700] for n in range(0, len(content), 700)]
    head, rest = parts[:1], parts[1:]
    rng.shuffle(rest)
    return b"".join(head + rest)


def overwritten(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(8, max(9, len(content) - 64))
    return content[:start] + rng.randbytes(64) + content[start + 64 :]


def numbers_changed(content: bytes, rng: random.Random) -> bytes:
    """Sizes and counts become absurd: the way a bomb is made."""
    broken = bytearray(content)
    for _ in range(3):
        at = rng.randrange(min(len(broken) - 4, 400))
        broken[at : at + 4] = rng.choice((b"\xff\xff\xff\x7f", b"\x00\x00\x00\x00", b"9999"))
    return bytes(broken)


def mixed(content: bytes, rng: random.Random) -> bytes:
    other = rng.choice(sound_files())
    half = rng.randrange(len(content))
    return content[:half] + other[len(other) // 2 :]


BREAKERS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    cut, flipped, doubled, shuffled, overwritten, numbers_changed, mixed,
)  # fmt: skip


def bombs() -> Iterator[bytes]:
    """Small files that would be huge pictures, deep pages or endless streams."""
    Image.MAX_IMAGE_PIXELS = None
    for kind in ("PNG", "TIFF"):
        out = io.BytesIO()
        compression = {"compression": "tiff_deflate"} if kind == "TIFF" else {}
        Image.new("1", (40_000, 40_000)).save(out, kind, **compression)
        yield out.getvalue()
    out = io.BytesIO()
    Image.new("L", (7_000, 7_000)).save(out, "JPEG", quality=1)
    yield out.getvalue()
    yield pdf_bomb()


def pdf_bomb() -> bytes:
    """A page of ten kilobytes whose picture has a quarter of a gigabyte."""
    import zlib

    squeezer = zlib.compressobj(9)
    stream = b"".join(squeezer.compress(bytes(2**20)) for _ in range(256)) + squeezer.flush()
    again = zlib.compress(stream, 9)
    head = (
        b"%%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R"
        b"/Resources<</XObject<</I 4 0 R>>>>>>endobj\n"
        b"4 0 obj<</Type/XObject/Subtype/Image/Width 16384/Height 16384/BitsPerComponent 8"
        b"/ColorSpace/DeviceGray/Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(again)
    )
    draw = b"q 595 0 0 842 0 0 cm /I Do Q"
    tail = b"\nendstream endobj\n5 0 obj<</Length %d>>stream\n%s\nendstream endobj\n" % (
        len(draw), draw,
    )  # fmt: skip
    return head + again + tail + b"trailer<</Root 1 0 R>>\n%%EOF\n"


def corpus() -> list[bytes]:
    rng = random.Random(20261123)
    files = [breaker(rng.choice(sound_files()), rng) for breaker in BREAKERS for _ in range(EACH)]
    files += [rng.randbytes(rng.randrange(600)) for _ in range(EACH)]
    for start in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"%PDF-1.7\n"):
        files += [start + rng.randbytes(rng.randrange(900)) for _ in range(EACH // 2)]
    return [*files, b"", *bombs()]


async def test_no_broken_file_harms_whoever_opens_it() -> None:
    files = corpus()
    assert len(files) >= 500
    desk = DigitisingDesk(
        limits=FileLimits(pixels=50_000_000, pages=50), processes=2, memory_mb=MEMORY_MB, seconds=20
    )
    answers: dict[int, ArchivedPage | Unreadable] = {}

    async def opens(mine: range) -> None:
        for number in mine:
            answers[number] = await desk.archive_page(files[number], PageWish())

    try:
        async with asyncio.TaskGroup() as tasks:
            for start in range(2):
                tasks.create_task(opens(range(start, len(files), 2)))
        sound = await desk.archive_page(sound_files()[0], PageWish())
    finally:
        await desk.close()
    assert isinstance(sound, ArchivedPage)
    troubles = [answer.trouble for answer in answers.values() if isinstance(answer, Unreadable)]
    assert len(answers) == len(files)
    assert {Trouble.BROKEN, Trouble.TYPE, Trouble.PIXELS, Trouble.EMPTY} <= set(troubles)
    # Only a bomb may cost a worker its life or its memory.
    exhausted = [n for n, answer in answers.items() if answer == _exhausted(answer)]
    assert set(exhausted) <= set(range(len(files) - 4, len(files))), exhausted


def _exhausted(answer: ArchivedPage | Unreadable) -> object:
    spent = isinstance(answer, Unreadable) and answer.trouble is Trouble.EXHAUSTED
    return answer if spent else None
