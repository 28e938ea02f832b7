"""Sends requests that were written in advance, over plain sockets, so that asking costs little."""

import contextlib
import json
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from scripts.bench.measuring import need

_PATIENCE_SECONDS = 120
_CHUNK = 1 << 16
_END = b"\r\n\r\n"
_OK = 200


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body.

        Raises:
            CannotMeasure: the request was not taken.
        """
        need(self.status == _OK, f"an answer is {self.status}: {self.body[:300]!r}")
        return json.loads(self.body)


def request(
    method: str, path: str, *, token: str, body: bytes = b"", headers: Sequence[str] = ()
) -> bytes:
    """A whole request as it goes over the wire; the connection stays open."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        *headers,
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + _END + body


class Line:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def ask(self, raw: bytes) -> Answer:
        """Send one request and wait for its answer."""
        begun = time.perf_counter()
        self._socket.sendall(raw)
        while _END not in self._read:
            self._more()
        head, _, self._read = self._read.partition(_END)
        length = _content_length(head)
        while len(self._read) < length:
            self._more()
        body, self._read = self._read[:length], self._read[length:]
        return Answer(int(head[9:12]), body, time.perf_counter() - begun)

    def _more(self) -> None:
        chunk = self._socket.recv(_CHUNK)
        need(chunk, "the server hung up in the middle of an answer")
        self._read += chunk

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
        need(not line.startswith(b"transfer-encoding:"), "answers in chunks are not read here")
    return 0


def drive(port: int, lines: Sequence[Sequence[bytes]]) -> list[list[Answer]]:
    """Send each line's requests one after the other; several lines at the same time.

    Args:
        port: of the server on this machine.
        lines: the requests of each connection, in order.

    Raises:
        CannotMeasure: the server hung up.
    """
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(contextlib.closing(Line(port))) for _ in lines]
        pool = stack.enter_context(ThreadPoolExecutor(len(lines)))
        return list(pool.map(_send, connections, lines))


def _send(connection: Line, requests: Sequence[bytes]) -> list[Answer]:
    return [connection.ask(raw) for raw in requests]
