"""Processes that do what must not be done in this one: they may die, hang or be ended at any moment.

A worker reads messages from its standard input and writes its answers to the standard output, each
behind its length in four bytes. One that has answered is kept for the next job; one that failed,
whyever, is replaced.
"""

import asyncio
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO

HEAD = struct.Struct(">I")


class WorkerDied(Exception):  # noqa: N818 - its rooms turn it into an answer or an accident
    """The process ended in the middle; the text says with which code."""


class Worker:
    """One process, for one job."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def say(self, message: bytes) -> None:
        """Send a message.

        Raises:
            WorkerDied: nobody takes it.
        """
        assert self.process.stdin is not None  # noqa: S101 - it was started with pipes
        try:
            self.process.stdin.write(framed(message))
            await self.process.stdin.drain()
        except ConnectionError as broken:
            raise await self._died() from broken

    async def hear(self) -> bytes:
        """The next message.

        Raises:
            WorkerDied: none will come.
        """
        assert self.process.stdout is not None  # noqa: S101 - the same
        try:
            (length,) = HEAD.unpack(await self.process.stdout.readexactly(HEAD.size))
            return await self.process.stdout.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as broken:
            raise await self._died() from broken

    async def _died(self) -> WorkerDied:
        return WorkerDied(f"the process ended in the middle, with code {await self.process.wait()}")


class WorkerPool:
    """Workers of one kind.

    Args:
        command: what Python is started with.
        processes: how many work at the same time; who comes later waits.
    """

    def __init__(self, command: tuple[str, ...], *, processes: int) -> None:
        self._command = command
        self._turn = asyncio.Semaphore(processes)
        self._idle: list[Process] = []
        self._busy: set[Process] = set()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        """A worker for one job; where that fails, whyever, the worker is ended."""
        async with self._turn:
            process = await self._idle_or_new()
            self._busy.add(process)
            try:
                yield Worker(process)
            except BaseException:
                await _end(process)
                raise
            else:
                self._idle.append(process)
            finally:
                self._busy.discard(process)

    async def close(self) -> None:
        """End all workers; a job that one of them is at comes to nothing."""
        for process in self._busy:
            with suppress(ProcessLookupError):
                process.kill()
        while self._idle:
            await _end(self._idle.pop())

    async def _idle_or_new(self) -> Process:
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        return await asyncio.create_subprocess_exec(
            sys.executable, *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )


def framed(message: bytes) -> bytes:
    """A message as it goes over the wire."""
    return HEAD.pack(len(message)) + message


def read_message(stream: BinaryIO) -> bytes | None:
    """The next message, as the worker reads it; none when whoever gives them has gone."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    return stream.read(HEAD.unpack(head)[0])


async def _end(process: Process) -> None:
    """End a process for good; nothing of it stays open."""
    with suppress(ProcessLookupError):
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
        with suppress(ConnectionError):
            await process.stdin.wait_closed()
    if process.stdout is not None:
        await process.stdout.read()
    await process.wait()
