"""A list that is read in pages may move while it is read; here that is noticed and healed.

None of the systems has a snapshot or a cursor. So two neighbouring pages are tied together by one
row that must come twice, totals must not change, no dossier may come twice, and in the end there
must be as many as the total says. Otherwise the reading begins anew. So each dossier that was in
the list all the while comes exactly once; one that entered or left meanwhile is in or out.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple

from postal_bridge.onestop.bodies import BYTE_ORDER_MARK, Decode, T, TryAgainError, decoded
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.wire import Wire
from postal_bridge.reconciliation.ports import (
    OneStopAmbiguous,
    OneStopMoved,
    OneStopPage,
    OneStopRefused,
    Tape,
)
from postal_bridge.reconciliation.records import OneStopDossier

READINGS = 3
"""How often a list that moves is read from its start before the night gives up on it."""

MOST_ROWS = 5_000_000
"""A longer list is a filter that was not heard; a province has a tenth of it in a year."""

_MOST_PLAYED_BACK = 1000
"""Readings at most, those of the tape included."""

Key = int | str
"""What names a row for good, such as dossierId."""


class MovedError(Exception):
    """The list moved while it was read; what was read so far is worth nothing."""


class Asking:
    """Questions that change nothing, each taken to the tape first.

    Args:
        wire: asks what the tape does not know.
        tape: what this night was already answered; None where nothing is kept.

    Attributes:
        asked: how many questions went over the wire.
    """

    def __init__(self, wire: Wire, tape: Tape | None) -> None:
        self.asked = 0
        self._wire = wire
        self._tape = tape

    async def __call__(self, question: Question, decode: Decode[T]) -> tuple[bytes, T]:
        """The body as it came or as it was played back, and what it holds."""
        kept = await self._tape.recall(question.text) if self._tape is not None else None
        if kept is not None:
            try:
                return kept, decoded(kept.removeprefix(BYTE_ORDER_MARK), decode)
            except TryAgainError as broken:
                raise OneStopRefused(f"{question.path}: {broken}") from broken
        self.asked += 1
        body, data = await self._wire.ask(question, decode)
        if self._tape is not None:
            await self._tape.keep(question.text, body)
        return body, data


class Reading:
    """One reading of a list from its first row to its last."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.last: Key | None = None
        self._seen: set[Key] = set()

    @property
    def count(self) -> int:
        """Rows that were read so far."""
        return len(self._seen)

    @property
    def whole(self) -> bool:
        """Whether every row that the other side counts has been read."""
        return self.total == len(self._seen)

    def take(self, total: int, keys: Sequence[Key], *, tied: bool, most: int) -> None:
        """Take the next page, or say that it does not continue the last one.

        Args:
            total: how many rows the whole list has, as this page says.
            keys: what names its rows.
            tied: whether its first row is the last one of the page before.
            most: how many rows were asked for.

        Raises:
            MovedError: the list moved.
        """
        if total > MOST_ROWS:
            text = f"total: {total} hồ sơ, nhiều hơn {MOST_ROWS}; hãy hỏi khoảng ngày ngắn hơn"
            raise OneStopRefused(f"{text} (too many; ask for fewer days)")
        self.same_total(total)
        if tied:
            self.same_row(keys[:1])
        fresh = set(keys[tied:])
        if len(fresh) < len(keys) - tied or not fresh.isdisjoint(self._seen):
            raise MovedError("một hồ sơ xuất hiện hai lần (a dossier came twice)")
        if len(keys) > most or len(self._seen) + len(fresh) > total:
            raise MovedError("nhiều dòng hơn đã hỏi (more rows than asked for)")
        if not fresh and len(self._seen) < total:
            raise MovedError("thiếu dòng so với tổng số (fewer rows than the total says)")
        self._seen |= fresh
        self.last = keys[-1] if keys else self.last

    def same_total(self, total: int) -> None:
        """The total must be what it was."""
        if self.total not in {None, total}:
            text = f"tổng số đổi từ {self.total} thành {total}"
            raise MovedError(f"{text} (the total changed)")
        self.total = total

    def same_row(self, keys: Sequence[Key]) -> None:
        """The row that ties two pages together must be the last one of the page before."""
        if list(keys) != [self.last]:
            raise MovedError("dòng nối hai trang không khớp (the row between two pages changed)")


async def steady(
    path: str, read: Callable[[], AsyncIterator[OneStopPage]], asking: Asking
) -> AsyncIterator[OneStopPage]:
    """Hand out pages as they are read; a list that moved is read from its start again.

    Readings that only the tape told of do not count: a night that gave up on a restless list and
    is run again hears of them first, and then asks anew.

    Raises:
        OneStopUnavailable: it moved in each of `READINGS` readings.
    """
    why, readings = "", 0
    for _ in range(_MOST_PLAYED_BACK):
        before = asking.asked
        try:
            async for page in read():
                yield page
        except MovedError as moved:
            why = str(moved)
        else:
            return
        readings += asking.asked > before
        if readings == READINGS:
            break
    text = (
        f"{path}: danh sách thay đổi trong cả {READINGS} lần đọc: {why}; sẽ đọc lại sau"
        f" (the list moved in each of {READINGS} readings; try again later)"
    )
    raise OneStopMoved(text)


def the_one(
    code: str, keys: Sequence[Key], rows: Sequence[OneStopDossier]
) -> tuple[Key, OneStopDossier] | None:
    """The dossier with exactly this code, and what names it; one that came twice is still one.

    Raises:
        OneStopAmbiguous: two dossiers answer to the code, so neither can be trusted.
    """
    found = {key: row for key, row in zip(keys, rows, strict=True) if row.code == code}
    if len(found) > 1:
        text = f"{len(found)} hồ sơ cùng mang mã “{code}”"
        raise OneStopAmbiguous(f"{text} ({len(found)} dossiers have this code)")
    return next(iter(found.items()), None)


class NumberedPage(NamedTuple):
    """One page of a list whose pages have numbers.

    Attributes:
        size: rows of a page, as the answer says; 0 where it does not.
    """

    total: int
    keys: list[Key]
    rows: list[OneStopDossier]
    size: int = 0


AskPage = Callable[[int, int], Awaitable[tuple[bytes, NumberedPage]]]
"""Asks for the page of this number, counted from nought, with so many rows."""


async def by_numbers(ask: AskPage, *, size: int) -> AsyncIterator[OneStopPage]:
    """Read pages that have numbers: they cannot overlap, so a row between them is asked for.

    After each page but the first, the last row of the page before is asked for once more, as a
    page of one row: had anything in front of it come or gone meanwhile, another row would stand
    there. Only then is the page handed out.

    Raises:
        MovedError: the list moved.
    """
    reading = Reading()
    number = 0
    while not reading.whole:
        body, page = await ask(number, size)
        if number == 0:
            size = min(size, page.size or size)
        else:
            _, tie = await ask(number * size - 1, 1)
            reading.same_total(tie.total)
            reading.same_row(tie.keys)
        start = reading.count
        reading.take(page.total, page.keys, tied=False, most=size)
        if len(page.keys) != size and reading.count < page.total:
            raise MovedError("trang thiếu dòng (a page is short)")
        yield OneStopPage(rows=page.rows, total=page.total, start=start, raw=body)
        number += 1
