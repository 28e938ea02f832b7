"""Batches of scans as couriers bring them: endless, the same for every side, and written in advance.

Couriers load items and bring them to their places, each time later than all that is known of the
item. One scan in a hundred has been sent before. Within a batch every item is another one.
"""

import json
import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scripts.bench.province import LATER_EVENTS, Courier, Province, scan_id

REPLAYED = 0.01
_REMEMBERED = 2000
_STEP = timedelta(milliseconds=1)
_FIRST_SERIAL = 1 << 62
"""Serial numbers of what was filled in are smaller."""


@dataclass(frozen=True)
class Scan:
    """One scan."""

    scan_id: str
    code: str
    act: str
    place: str
    at: datetime

    def as_json(self) -> dict[str, str]:
        """As the handheld sends it."""
        return {
            "scan_id": self.scan_id,
            "code": self.code,
            "act": self.act,
            "place": self.place,
            "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }


@dataclass(frozen=True)
class Batch:
    """What one courier sends at once.

    Attributes:
        replays: how many of the scans were sent in an earlier batch.
    """

    courier: Courier
    scans: tuple[Scan, ...]
    replays: int

    def body(self) -> bytes:
        """The body of POST /scans."""
        said = {
            "device": self.courier.device,
            "scans": [scan.as_json() for scan in self.scans],
        }
        return json.dumps(said, separators=(",", ":")).encode()


class _Line:
    """One courier's share of the items, gone through again and again."""

    def __init__(self, courier: Courier, numbers: Sequence[int], *, seed: int) -> None:
        self.courier = courier
        self.sent: deque[Scan] = deque(maxlen=_REMEMBERED)
        self.random = random.Random(seed)  # noqa: S311 - a load, no secret
        self._numbers = list(numbers)
        self.random.shuffle(self._numbers)
        self.walk = self._walk()

    def _walk(self) -> Iterator[tuple[int, str, str]]:
        turn = 0
        while True:
            for number in self._numbers:
                places = self.courier.places
                act = LATER_EVENTS[(number + turn) % 2]
                yield number, act, places[(number + turn) % len(places)]
            turn += 1


class Scanning:
    """Makes batches for one or several couriers at work in a province.

    Every line (a courier on a connection of their own) has items that no other line has, so that
    lines may send at the same time; what several lines send is the same in any order.
    """

    def __init__(
        self,
        province: Province,
        *,
        lines: int,
        after: datetime | None = None,
        among: Sequence[int] | None = None,
    ) -> None:
        """Begin.

        Args:
            province: with the items.
            lines: how many couriers.
            after: all scans are later; the end of what was filled in, unless given.
            among: numbers of the items; all of them, unless given.
        """
        self.lines = lines
        self.moment = after or province.until
        self._province = province
        self._serial = _FIRST_SERIAL + int(self.moment.timestamp() * 1e6) % _FIRST_SERIAL
        numbers = range(province.items) if among is None else among
        self._lines = [
            _Line(province.couriers[line], numbers[line::lines], seed=line) for line in range(lines)
        ]

    def batch(self, size: int, *, line: int = 0) -> Batch:
        """The next batch of a line."""
        mine = self._lines[line]
        replays = self._replays(mine, size)
        taken = {scan.code for scan in replays}
        fresh: list[Scan] = []
        while len(fresh) + len(replays) < size:
            number, act, place = next(mine.walk)
            code = self._province.item_code(number)
            if code in taken:
                continue
            taken.add(code)
            self.moment += _STEP
            self._serial += 1
            made = scan_id(self.moment, self._serial)
            fresh.append(Scan(made, code, act, place, self.moment))
        mine.sent.extend(fresh)
        scans = [*fresh, *replays]
        mine.random.shuffle(scans)
        return Batch(mine.courier, tuple(scans), len(replays))

    def _replays(self, line: _Line, size: int) -> list[Scan]:
        wanted = sum(line.random.random() < REPLAYED for _ in range(size))
        chosen = line.random.sample(list(line.sent), min(wanted, len(line.sent))) if wanted else []
        return list({scan.code: scan for scan in chosen}.values())

    def batches(self, size: int, count: int) -> list[list[Batch]]:
        """`count` batches for each line."""
        return [[self.batch(size, line=line) for _ in range(count)] for line in range(self.lines)]
