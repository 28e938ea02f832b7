"""Answers and corrections kept in a file without a database: one line of JSON each, appended.

A later line about the same key goes before an earlier one. Several processes may append: a line is
written in one go, and the file is read on where it has grown.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Record = dict[str, Any]
_SLACK = 1_000


class KeptLines:
    """Records by key, in memory and in a file."""

    def __init__(self, path: Path | None, *, most: int | None = 100_000) -> None:
        """Keep them in `path`, or in memory alone.

        Beyond `most` the oldest are forgotten, and the file is written anew now and then; what
        another process appends in that moment may be lost. With None nothing ever is.
        """
        self._path = path
        self._most = most
        self._kept: dict[str, Record] = {}
        self._read_to = 0
        self._lines = 0

    def get(self, key: str) -> Record | None:
        """What was kept last under the key."""
        self._read_on()
        return self._kept.get(key)

    def put(self, key: str, record: Mapping[str, Any]) -> None:
        """Keep it, also across a restart."""
        if self._path is None:
            self._take(key, dict(record))
            return
        self._read_on()
        line = json.dumps({"key": key, **record}, ensure_ascii=False) + "\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            # Half a line is left where its writer died: the next one must not go on with it.
            torn = b"\n" if file.tell() > self._read_to else b""
            file.write(torn + line.encode())
        self._read_on()
        if self._most is not None and self._lines > 2 * len(self._kept) + _SLACK:
            self._write_anew(self._path)

    def __len__(self) -> int:
        """How many keys there are."""
        self._read_on()
        return len(self._kept)

    def _take(self, key: str, record: Record) -> None:
        self._kept.pop(key, None)
        self._kept[key] = record
        while self._most is not None and len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    def _read_on(self) -> None:
        if self._path is None:
            return
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return
        if size == self._read_to:
            return
        if size < self._read_to:  # another process wrote it anew
            self._kept.clear()
            self._read_to = self._lines = 0
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # half a line: its writer is not done, or died
                self._read_to += len(line)
                self._lines += 1
                self._take_line(line)

    def _take_line(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            key = record.pop("key")
        except (ValueError, KeyError, AttributeError, TypeError):
            return  # what a dying machine left of a line; the others count
        self._take(key, record)

    def _write_anew(self, path: Path) -> None:
        beside = path.with_suffix(f".{os.getpid()}.new")
        records = ({"key": key, **one} for key, one in self._kept.items())
        lines = (json.dumps(one, ensure_ascii=False) for one in records)
        beside.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        beside.replace(path)
        self._read_to = path.stat().st_size
        self._lines = len(self._kept)
