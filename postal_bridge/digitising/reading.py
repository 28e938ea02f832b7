"""Words on a page, by tesseract where it is installed: a programme of its own, bounded and killable.

Without `OMP_THREAD_LIMIT=1` it starts a thread a core and takes three times as long when two pages
are read at once.
"""

import asyncio
import csv
import io
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from postal_bridge.documents.digitising_ports import ReadingFailed
from postal_bridge.documents.page_values import PageText, Word

_WORD_LEVEL = "5"
_ENGINE = ("--oem", "1", "--psm", "3")


def find_tesseract(command: str) -> str | None:
    """Where the programme is; None where it is not installed or switched off by an empty name."""
    return shutil.which(command) if command else None


class Tesseract:
    """Reads one page at a time for each of its turns.

    Args:
        command: where the programme is.
        languages: as it names them: `vie`, or `vie+eng`.
        at_once: so many pages at the same time.
        seconds: longer than that no page takes; then it is ended.
    """

    def __init__(
        self, command: str, *, languages: str = "vie", at_once: int = 1, seconds: float = 60.0
    ) -> None:
        self._command = command
        self._languages = languages
        self._turn = asyncio.Semaphore(at_once)
        self._seconds = seconds

    async def read(self, image: bytes, *, dots_per_inch: int) -> PageText:
        """Words with their places, and the unseen layer.

        Raises:
            ReadingFailed: it is not installed, died, or took too long.
        """
        async with self._turn:
            with TemporaryDirectory(prefix="postal-bridge-reading-") as folder:
                await asyncio.to_thread((Path(folder) / "page").write_bytes, image)
                await self._run(folder, dots_per_inch)
                return await asyncio.to_thread(_read_back, Path(folder))

    async def _run(self, folder: str, dots_per_inch: int) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                self._command,
                "page", "out", "-l", self._languages, "--dpi", str(dots_per_inch), *_ENGINE,
                "-c", "textonly_pdf=1", "tsv", "pdf",
                cwd=folder,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"},
                stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE,
            )  # fmt: skip
        except OSError as error:
            raise ReadingFailed(f"{self._command}: {error}") from error
        try:
            async with asyncio.timeout(self._seconds):
                _, said = await process.communicate()
        except TimeoutError as late:
            raise ReadingFailed(f"no text within {self._seconds:g} s") from late
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode:
            raise ReadingFailed(said.decode(errors="replace")[-300:])


def _read_back(folder: Path) -> PageText:
    table = (folder / "out.tsv").read_text(encoding="utf-8")
    return PageText(words=words_of(table), layer=(folder / "out.pdf").read_bytes())


def words_of(table: str) -> tuple[Word, ...]:
    """The words of its table (TSV: level, page, block, paragraph, line, word, box, conf, text)."""
    words: list[Word] = []
    lines: dict[tuple[str, ...], int] = {}
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row["text"] or "").strip()
        if row["level"] != _WORD_LEVEL or not text:
            continue
        place = (row["block_num"], row["par_num"], row["line_num"])
        words.append(
            Word(
                text=text,
                left=int(row["left"]),
                top=int(row["top"]),
                width=int(row["width"]),
                height=int(row["height"]),
                confidence=max(0.0, float(row["conf"])),
                line=lines.setdefault(place, len(lines)),
            )
        )
    return tuple(words)
