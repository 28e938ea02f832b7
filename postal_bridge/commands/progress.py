"""How far a long command has come: a line that moves on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable
from typing import TextIO

TERMINAL_SECONDS = 0.2
PLAIN_SECONDS = 5.0
_MINUTE = 60
_CLEAR = "\r\x1b[K"


class Progress:
    """Tells on a stream how much is done of how much, how fast, and how long it will still take.

    On a terminal one line is written over again and again. Elsewhere, as in a file of a scheduled
    run, there is a line every few seconds, and none for what is done within a moment.
    """

    def __init__(
        self, stream: TextIO, *, unit: str, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin to count the time.

        Args:
            stream: where the lines go.
            unit: what is counted, as in "sự kiện".
            ticks: seconds from any beginning.
        """
        self._stream = stream
        self._unit = unit
        self._ticks = ticks
        self._terminal = stream.isatty()
        self._name: str | None = None
        self._since = self._shown = self._stepped = ticks()

    def step(self, name: str, done: int, total: int) -> None:
        """So much is done of the stage of this name; each stage has its own speed.

        A total of 0 says that nobody knows how much there is.
        """
        before, now = self._stepped, self._ticks()
        self._stepped = now
        if name != self._name:
            self.close()
            self._name, self._since, self._shown = name, before, before
        every = TERMINAL_SECONDS if self._terminal else PLAIN_SECONDS
        if now - self._shown < every and not (self._terminal and done >= total):
            return
        self._shown = now
        line = self._line(done, total, now - self._since)
        if self._terminal:
            print(f"{_CLEAR}{line}", end="", file=self._stream, flush=True)
        else:
            print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """End the line that moves, before anything else is written."""
        if self._terminal and self._name is not None:
            print(file=self._stream, flush=True)
        self._name = None

    def _line(self, done: int, total: int, seconds: float) -> str:
        if not total:
            return f"{self._name}: {_figure(done)} {self._unit}" if done else f"{self._name} …"
        line = f"{self._name}: {_figure(done)}/{_figure(total)} {self._unit}"
        if seconds <= 0 or done <= 0:
            return line
        rate = done / seconds
        left = max(total - done, 0) / rate
        return f"{line} · {_figure(int(rate))}/giây · còn {_duration(left)}"


def _figure(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} phút {rest} giây" if minutes else f"{rest} giây"
