"""A worker that dies, hangs or eats memory costs one file its place, and nobody else anything."""

import asyncio
import sys
from pathlib import Path

import pytest

from postal_bridge.digitising.desk import DigitisingDesk, DigitisingFailed
from postal_bridge.documents.page_values import (
    DocumentFacts,
    Examined,
    PageSheet,
    Trouble,
    Unreadable,
)
from tests.photographed import picture

FACTS = DocumentFacts("a", "b", "c", "d", "2026-11-23T08:00:00+00:00")


def worker(folder: Path, body: str) -> tuple[str, ...]:
    """A worker that does as it is told instead of its work."""
    file = folder / "worker.py"
    file.write_text(f"import os, sys, time\n{body}\n", encoding="utf-8")
    return (str(file),)


async def test_a_worker_that_dies_over_a_file_is_replaced(tmp_path: Path) -> None:
    marker = tmp_path / "died"
    body = (
        f"if not os.path.exists({str(marker)!r}):\n"
        f"    open({str(marker)!r}, 'w').close(); sys.stdin.buffer.read(4); os.abort()\n"
        "from postal_bridge.digitising.worker import main\nmain()"
    )
    desk = DigitisingDesk(worker=worker(tmp_path, body))
    photo = picture(size=(480, 640)).jpeg
    try:
        first = await desk.examine(photo)
        assert isinstance(first, Unreadable)
        assert first.trouble is Trouble.EXHAUSTED
        assert await desk.examine(photo) == Examined("image/jpeg", 1)
    finally:
        await desk.close()


async def test_a_worker_that_hangs_is_ended(tmp_path: Path) -> None:
    desk = DigitisingDesk(worker=worker(tmp_path, "time.sleep(60)"), seconds=0.3)
    try:
        answer = await desk.examine(b"%PDF-1.7")
        assert isinstance(answer, Unreadable)
        assert answer.trouble is Trouble.EXHAUSTED
    finally:
        await desk.close()


async def test_what_we_make_ourselves_fails_loudly(tmp_path: Path) -> None:
    desk = DigitisingDesk(worker=worker(tmp_path, "sys.exit(3)"))
    try:
        with pytest.raises(DigitisingFailed, match="with code 3") as failed:
            await desk.assemble([PageSheet(b"x", 200)], FACTS)
        assert failed.value.retryable
    finally:
        await desk.close()


async def test_a_page_that_is_no_picture_is_our_own_failure() -> None:
    desk = DigitisingDesk()
    try:
        with pytest.raises(DigitisingFailed):
            await desk.assemble([PageSheet(b"no picture", 200)], FACTS)
    finally:
        await desk.close()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of memory are POSIX")
async def test_no_worker_outgrows_its_memory() -> None:
    desk = DigitisingDesk(memory_mb=160)
    try:
        answer = await desk.examine(picture(size=(3000, 4000)).jpeg)
        assert isinstance(answer, Unreadable)
        assert answer.trouble is Trouble.EXHAUSTED
    finally:
        await desk.close()


async def test_several_files_are_opened_at_once() -> None:
    desk = DigitisingDesk(processes=2)
    photo = picture(size=(480, 640)).jpeg
    try:
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(desk.examine(photo)) for _ in range(6)]
        assert {task.result() for task in asked} == {Examined("image/jpeg", 1)}
    finally:
        await desk.close()
