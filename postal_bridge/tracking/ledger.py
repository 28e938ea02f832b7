"""The ledger as a whole: a signed root each night, and a check that finds what was tampered with.

The check goes through the ledger twice, part by part, and keeps nothing but what it has found: by
entries for the days' roots, and item by item for the chains and for the positions beside them.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from operator import itemgetter

from postal_bridge.events import GENESIS, DayRoot
from postal_bridge.tracking.custody import event_hash, replayed
from postal_bridge.tracking.ports import Chain, DaySigner, Entry, Ledger
from postal_bridge.tracking.records import CustodyEvent, LedgerDay, Position

NAMED_ROWS = 1000
"""Missing rows in one gap that are named one by one; a gap as wide as a forger likes is no list."""

KEPT_FINDINGS = 100_000
"""Findings that are kept with their words; the rest is counted."""


class Pass(StrEnum):
    """The two goes through the ledger."""

    SEALS = "seals"
    CHAINS = "chains"


Progress = Callable[[Pass, int, int], None]
"""Called after each part with the events that were gone through, and with all there are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that is not as it was written.

    Attributes:
        what: one word: edited, removed, inserted, position, root, signature.
        where: the row: item and event number, or the day.
        detail: Vietnamese; says what does not fit.
    """

    what: str
    where: str
    detail: str


@dataclass(frozen=True)
class Verification:
    """What `verify-ledger` says.

    Attributes:
        more: findings beyond those that are named.
    """

    events: int
    items: int
    days: int
    root: str
    findings: tuple[Finding, ...]
    more: int = 0


async def seal_day(ledger: Ledger, *, day: date, now: datetime, signer: DaySigner) -> LedgerDay:
    """Seal everything recorded since the last seal under this day; sealing twice is no harm."""
    await ledger.barrier()
    days = await ledger.days()
    if days and days[-1].day >= day:
        return next((one for one in days if one.day == day), days[-1])
    previous_root = days[-1].root if days else GENESIS
    last_entry = days[-1].last_entry if days else 0
    rooted = DayRoot(previous_root, day.isoformat())
    async for part in ledger.hashes(after=last_entry):
        rooted.add(value for _, value in part)
        last_entry = part[-1][0]
    sealed = LedgerDay(
        day=day,
        events=rooted.events,
        last_entry=last_entry,
        previous_root=previous_root,
        root=rooted.root,
        signature=signer.sign(rooted.root),
        public_key=signer.public_key,
        sealed_at=now,
    )
    await ledger.seal(sealed)
    return sealed


async def verify_ledger(
    ledger: Ledger, *, signer: DaySigner, progress: Progress = lambda *_: None
) -> Verification:
    """Walk the whole ledger: chains, positions, roots, signatures; name each row that lies.

    Everything must be read as it was at one moment: in a transaction that writes, or that was told
    to hold still (`Ledger.hold_still`), while others go on writing.
    """
    found = _Found()
    days = [day for day in await ledger.days() if _readable(day, found)]
    await _check_seals(ledger, days, _Roots(days, signer, found), progress)
    total = await ledger.count()
    events = items = 0
    async for part in ledger.chains():
        for chain in part:
            _check(chain, found)
            events += len(chain.entries)
            items += bool(chain.entries)
        progress(Pass.CHAINS, events, total)
    return Verification(
        events=events,
        items=items,
        days=len(days),
        root=days[-1].root if days else GENESIS,
        findings=tuple(found.findings),
        more=found.more,
    )


@dataclass
class _Found:
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    def add(self, what: str, where: str, detail: str) -> None:
        if len(self.findings) < KEPT_FINDINGS:
            self.findings.append(Finding(what, where, detail))
        else:
            self.more += 1

    def removed(self, code: str, first: int, last: int, detail: str) -> None:
        named = min(last, first + NAMED_ROWS - 1)
        for missing in range(first, named + 1):
            self.add("removed", f"{code} #{missing}", detail)
        if named < last:
            self.add("removed", f"{code} #{named + 1}–#{last}", detail)


# --- by entries: the days ------------------------------------------------------------------------


async def _check_seals(
    ledger: Ledger, days: Sequence[LedgerDay], roots: "_Roots", progress: Progress
) -> None:
    if not days:
        return
    total, done = sum(day.events for day in days), 0
    async for part in ledger.hashes(after=0, through=max(day.last_entry for day in days)):
        roots.take(part)
        done += len(part)
        progress(Pass.SEALS, done, max(done, total))
    roots.finish()


def _readable(day: LedgerDay, found: _Found) -> bool:
    kept: tuple[object, ...] = (day.day, day.events, day.last_entry)
    if list(map(type, kept)) == [date, int, int]:
        return True
    found.add("root", str(day.day), "dòng của ngày đã niêm phong không đọc được")
    return False


class _Roots:
    """Computes each sealed day's root afresh while the hashes go by."""

    def __init__(self, days: Sequence[LedgerDay], signer: DaySigner, found: _Found) -> None:
        self._days = days
        self._signer = signer
        self._found = found
        self._index = -1
        self._open_next()

    def take(self, part: Sequence[tuple[int, str]]) -> None:
        start = 0
        while start < len(part) and self._index < len(self._days):
            last_entry = self._days[self._index].last_entry
            end = bisect_right(part, last_entry, lo=start, key=itemgetter(0))
            self._rooted.add(str(value) for _, value in part[start:end])
            if end < len(part):
                self._close()
            start = end

    def finish(self) -> None:
        while self._index < len(self._days):
            self._close()

    def _open_next(self) -> None:
        self._before = self._days[self._index].root if self._index >= 0 else GENESIS
        self._index += 1
        if self._index < len(self._days):
            self._rooted = DayRoot(self._before, self._days[self._index].day.isoformat())

    def _close(self) -> None:
        day, rooted = self._days[self._index], self._rooted
        where = day.day.isoformat()
        if rooted.events != day.events:
            detail = f"ngày đã niêm phong {day.events} sự kiện, nay còn {rooted.events}"
            self._found.add("root", where, detail)
        if rooted.root != day.root or day.previous_root != self._before:
            self._found.add("root", where, "gốc của ngày không khớp với sổ")
        if not self._signer.verify(day.root, signature=day.signature, public_key=day.public_key):
            self._found.add("signature", where, "chữ ký của ngày không đúng")
        self._open_next()


# --- item by item: chains and positions -----------------------------------------------------------


def _check(chain: Chain, found: _Found) -> None:
    """One item: its events one after another, and what is kept of it against their end."""
    code, item, position = chain.code, chain.item, chain.position
    followed, spoiled = _walk(chain, found)
    if position is not None:
        _compare(chain, position, followed=followed, spoiled=spoiled, found=found)
    elif item is None:
        found.add("inserted", f"{code} #1", "sự kiện của bưu gửi không có trong sổ")
    elif chain.entries:
        found.add("position", code, "bưu gửi có sự kiện nhưng không có vị trí")
    else:
        found.add("removed", f"{code} #1", "bưu gửi có mã nhưng không còn sự kiện nào")


def _walk(chain: Chain, found: _Found) -> tuple[list[CustodyEvent], bool]:
    """Follows an item's chain; gives its events by number, and whether one was edited."""
    seq, hashed, number, spoiled = 0, GENESIS, 0, False
    followed = []
    for entry in chain.entries:
        event = entry.event
        where = f"{chain.code} #{event.seq}"
        if _number(event.seq, otherwise=0) <= seq:
            found.add("inserted", where, "số thứ tự đã có; dòng được chèn thêm")
            continue
        if event.seq > seq + 1:
            found.removed(chain.code, seq + 1, event.seq - 1, "sự kiện đã bị xóa khỏi sổ")
        elif event.previous_hash != hashed:
            found.add("inserted", where, "không nối vào sự kiện trước đó")
        if entry.entry <= number:
            found.add("inserted", where, "ghi vào sổ trước sự kiện đứng trước nó")
        if not _whole(entry):
            spoiled = True
            found.add("edited", where, "nội dung không khớp với mã băm đã ghi")
        seq, hashed, number = event.seq, event.hash, entry.entry
        followed.append(event)
    return followed, spoiled


def _number(value: object, *, otherwise: int) -> int:
    """A number in a chain; SQLite keeps a word in a column of numbers."""
    return value if isinstance(value, int) else otherwise


def _whole(entry: Entry) -> bool:
    """Whether an event's facts give the hash that was written with them."""
    try:
        return entry.readable and event_hash(entry.event) == entry.event.hash
    except (TypeError, ValueError, AttributeError):  # what no hash was ever made over
        return False


def _compare(
    chain: Chain,
    position: Position,
    *,
    followed: Sequence[CustodyEvent],
    spoiled: bool,
    found: _Found,
) -> None:
    """The position against the end of the item's chain."""
    code, end = chain.code, followed[-1].seq if followed else 0
    seq = _number(position.seq, otherwise=end)
    if not chain.entries:
        detail = "vị trí còn nhưng không còn sự kiện nào"
        found.removed(code, 1, max(1, seq), detail)
    elif seq > end:
        found.removed(code, end + 1, seq, "sự kiện cuối đã bị xóa khỏi sổ")
    elif seq < end:
        found.add("inserted", f"{code} #{seq + 1}", "dòng có sau vị trí đã ghi")
    # What follows from an edited event says nothing: the event itself is named already.
    elif not spoiled and not _follows(chain, followed):
        found.add("position", code, "vị trí không khớp với các sự kiện")


def _follows(chain: Chain, followed: Sequence[CustodyEvent]) -> bool:
    """Whether the position is, in every field, what the item's events lead to."""
    if chain.item is None or not chain.readable:
        return False
    return replayed(chain.item, followed) == chain.position
