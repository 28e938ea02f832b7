"""The ledger as a whole: a signed root each night, and a check that finds what was tampered with."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from postal_bridge.events import GENESIS, day_root
from postal_bridge.tracking.custody import event_hash, replayed
from postal_bridge.tracking.ports import Custody, DaySigner, Entry, Ledger
from postal_bridge.tracking.records import LedgerDay, Position


@dataclass(frozen=True)
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
    """What `verify-ledger` says."""

    events: int
    items: int
    days: int
    root: str
    findings: tuple[Finding, ...]


async def seal_day(ledger: Ledger, *, day: date, now: datetime, signer: DaySigner) -> LedgerDay:
    """Seal everything recorded since the last seal under this day; sealing twice is no harm."""
    await ledger.barrier()
    days = await ledger.days()
    if days and days[-1].day >= day:
        return next((one for one in days if one.day == day), days[-1])
    previous = days[-1] if days else None
    hashes = await ledger.hashes(after=previous.last_entry if previous else 0)
    root = day_root(
        previous.root if previous else GENESIS, day.isoformat(), (value for _, value in hashes)
    )
    sealed = LedgerDay(
        day=day,
        events=len(hashes),
        last_entry=hashes[-1][0] if hashes else (previous.last_entry if previous else 0),
        previous_root=previous.root if previous else GENESIS,
        root=root,
        signature=signer.sign(root),
        public_key=signer.public_key,
        sealed_at=now,
    )
    await ledger.seal(sealed)
    return sealed


async def verify_ledger(
    ledger: Ledger,
    custody: Custody,
    *,
    signer: DaySigner,
    progress: Callable[[int], None] = lambda _: None,
) -> Verification:
    """Walk the whole ledger: chains, positions, roots, signatures; name each row that lies."""
    chains = _Chains()
    roots = _Roots(await ledger.days(), signer)
    events = 0
    async for part in ledger.entries():
        for entry in part:
            chains.take(entry)
            roots.take(entry)
        events += len(part)
        progress(events)
    roots.finish()
    placed = await _check_positions(ledger.positions(), chains, custody)
    items = set(await ledger.item_codes())
    for code in sorted(items - set(chains.ends)):
        chains.find("removed", f"{code} #1", "bưu gửi có mã nhưng không còn sự kiện nào")
    for code in sorted(set(chains.ends) - placed):
        if code in items:
            chains.find("position", code, "bưu gửi có sự kiện nhưng không có vị trí")
        else:
            chains.find("inserted", f"{code} #1", "sự kiện của bưu gửi không có trong sổ")
    return Verification(
        events=events,
        items=len(chains.ends),
        days=len(roots.days),
        root=roots.days[-1].root if roots.days else GENESIS,
        findings=tuple(chains.findings + roots.findings),
    )


class _Chains:
    """Follows every item's chain while the events go by."""

    def __init__(self) -> None:
        self.ends: dict[str, tuple[int, str]] = {}
        self.spoiled: set[str] = set()
        self.findings: list[Finding] = []

    def find(self, what: str, where: str, detail: str) -> None:
        self.findings.append(Finding(what, where, detail))

    def take(self, entry: Entry) -> None:
        event = entry.event
        where = f"{event.item_code} #{event.seq}"
        seq, last = self.ends.get(event.item_code, (0, GENESIS))
        if event.seq > seq + 1:
            for missing in range(seq + 1, event.seq):
                self.find("removed", f"{event.item_code} #{missing}", "sự kiện đã bị xóa khỏi sổ")
        elif event.seq <= seq:
            self.find("inserted", where, "số thứ tự đã có; dòng được chèn thêm")
            return
        elif event.previous_hash != last:
            self.find("inserted", where, "không nối vào sự kiện trước đó")
        if not entry.readable or event_hash(event) != event.hash:
            self.spoiled.add(event.item_code)
            self.find("edited", where, "nội dung không khớp với mã băm đã ghi")
        self.ends[event.item_code] = (event.seq, event.hash)


class _Roots:
    """Computes each sealed day's root afresh while the events go by."""

    def __init__(self, days: Sequence[LedgerDay], signer: DaySigner) -> None:
        self.days = days
        self.findings: list[Finding] = []
        self._signer = signer
        self._index = 0
        self._hashes: list[str] = []

    def take(self, entry: Entry) -> None:
        while self._index < len(self.days) and entry.entry > self.days[self._index].last_entry:
            self._close()
        if self._index < len(self.days):
            self._hashes.append(entry.event.hash)

    def finish(self) -> None:
        while self._index < len(self.days):
            self._close()

    def _close(self) -> None:
        day = self.days[self._index]
        before = self.days[self._index - 1].root if self._index else GENESIS
        where = day.day.isoformat()
        if len(self._hashes) != day.events:
            detail = f"ngày đã niêm phong {day.events} sự kiện, nay còn {len(self._hashes)}"
            self.findings.append(Finding("root", where, detail))
        root = day_root(before, day.day.isoformat(), self._hashes)
        if root != day.root or day.previous_root != before:
            self.findings.append(Finding("root", where, "gốc của ngày không khớp với sổ"))
        if not self._signer.verify(day.root, signature=day.signature, public_key=day.public_key):
            self.findings.append(Finding("signature", where, "chữ ký của ngày không đúng"))
        self._index += 1
        self._hashes = []


async def _check_positions(
    parts: AsyncIterator[Sequence[Position]], chains: _Chains, custody: Custody
) -> set[str]:
    """The positions table against the chains' ends and the fold; says which items have one."""
    placed: set[str] = set()
    async for part in parts:
        for position in part:
            code = position.item_code
            placed.add(code)
            end = chains.ends.get(code)
            if end is None:
                chains.find("removed", f"{code} #1", "vị trí còn nhưng không còn sự kiện nào")
                continue
            if position.seq > end[0]:
                for missing in range(end[0] + 1, position.seq + 1):
                    chains.find("removed", f"{code} #{missing}", "sự kiện cuối đã bị xóa khỏi sổ")
                continue
            if position.seq < end[0]:
                where = f"{code} #{position.seq + 1}"
                chains.find("inserted", where, "dòng có sau vị trí đã ghi")
                continue
            # What follows from an edited event says nothing: the event itself is named already.
            if code not in chains.spoiled and not await _follows(position, custody):
                chains.find("position", code, "vị trí không khớp với các sự kiện")
    return placed


async def _follows(position: Position, custody: Custody) -> bool:
    """Whether a position is, in every field, what the item's events lead to."""
    try:
        tracked = await custody.find(position.item_code)
    except ValueError:  # a word in the row that no release ever wrote
        return False
    if tracked is None:
        return False
    return replayed(tracked.item, await custody.history(position.item_code)) == position
