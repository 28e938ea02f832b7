"""The books are kept: payments go in, accounts are looked at, cases follow.

All writing in the books waits for each other (`CodBooks.hold`): it is seldom and short, and two
who look at the same account at once would each open its case.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from postal_bridge.clock import Clock, format_day, format_local, local_day
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.remittances.cases import (
    Finding,
    WorkingDays,
    dong,
    keys_of_account,
    keys_of_payment,
    last_day_to_pay,
    of_account,
    of_payment,
    renew,
)
from postal_bridge.remittances.cod import fold
from postal_bridge.remittances.matching import key_of, match, set_repeats_aside
from postal_bridge.remittances.ports import CodBooks, CodWork
from postal_bridge.remittances.records import (
    CodCaseEntry,
    CodEntryKind,
    CodState,
    Remittance,
    RemittanceLine,
    Trouble,
)
from postal_bridge.remittances.values import (
    Account,
    BankSums,
    CarrierSums,
    CodCaseFilter,
    NewRemittance,
    Taken,
)
from postal_bridge.tracking.identifiers import Identifiers

BOOKS = "cod"
"""The author of what follows from the money alone."""

AT_ONCE = 500
"""Accounts or lines that are looked at in one statement, and in one transaction of the job."""


@dataclass(frozen=True, kw_only=True)
class Bookkeeper:
    """Where somebody keeps the books, in one transaction.

    Attributes:
        days_to_pay: working days after which money that was collected is late.
        alone_dong: the largest sum of a consignment that one person writes off alone.
    """

    work: CodWork
    now: datetime
    calendar: WorkingDays
    identifiers: Identifiers
    days_to_pay: int
    alone_dong: int = 0

    @property
    def today(self) -> date:
        """The local day."""
        return local_day(self.now)

    def new_id(self) -> str:
        """An identifier that grows with time."""
        return str(self.identifiers.new(self.now))

    async def write(self, entries: Iterable[tuple[str, CodEntryKind, str]], *, by: str) -> None:
        """Append to the histories of cases."""
        await self.work.cod_cases.add_entries(
            [
                CodCaseEntry(
                    id=self.new_id(),
                    case_key=key,
                    kind=kind,
                    author=by,
                    written_at=self.now,
                    text=text,
                )
                for key, kind, text in entries
            ]
        )


async def take(keeper: Bookkeeper, new: NewRemittance, *, by: str) -> Taken | Refusal:
    """Enter a payment: once, whoever enters it how often.

    Refuses (`CODE_MALFORMED`, `PAID_IN_FUTURE`, `REMITTANCE_DIFFERS`).
    """
    books, bank_key = keeper.work.cod_books, key_of(new.bank_reference)
    if not bank_key:
        what = "chứng từ ngân hàng (bank reference)"
        return refuse(Reason.CODE_MALFORMED, "bank_reference", code=new.bank_reference, what=what)
    if new.paid_on > keeper.today:
        return refuse(Reason.PAID_IN_FUTURE, "paid_on", paid_on=format_day(new.paid_on))
    await books.hold()
    remittance = _remittance(keeper, new, bank_key, by)
    known = await books.under(new.carrier, bank_key)
    if known is not None:
        return Taken(known, already=True) if known.content == remittance.content else _other(known)
    lines = [
        RemittanceLine(
            remittance_id=remittance.id,
            position=position,
            carrier=new.carrier,
            paid_on=new.paid_on,
            said=one.said.strip(),
            amount_dong=one.amount_dong,
            fee_dong=one.fee_dong,
            trouble=Trouble.UNKNOWN,
        )
        for position, one in enumerate(new.lines, start=1)
    ]
    set_repeats_aside(lines)
    await match(keeper.work, new.carrier, lines)
    if not await books.add(remittance, lines):
        raise RuntimeError(f"{new.carrier} {bank_key}: written although the books were held")
    await settle_payments(keeper, [remittance.id])
    await settle_accounts(keeper, {one.number for one in lines if one.number is not None})
    return Taken(remittance, already=False)


def _remittance(keeper: Bookkeeper, new: NewRemittance, bank_key: str, by: str) -> Remittance:
    # The order of a list is nobody's statement: the same lines sorted otherwise are the same.
    lines = sorted((key_of(one.said), one.amount_dong, one.fee_dong) for one in new.lines)
    said = json.dumps([new.paid_on.isoformat(), new.total_dong, lines])
    return Remittance(
        id=keeper.new_id(),
        carrier=new.carrier,
        bank_reference=new.bank_reference.strip(),
        bank_key=bank_key,
        content=hashlib.sha256(said.encode()).hexdigest(),
        paid_on=new.paid_on,
        total_dong=new.total_dong,
        entered_at=keeper.now,
        entered_by=by,
        note=new.note.strip(),
    )


def _other(known: Remittance) -> Refusal:
    return refuse(
        Reason.REMITTANCE_DIFFERS,
        "bank_reference",
        reference=known.bank_reference,
        total=dong(known.total_dong),
        paid_on=format_day(known.paid_on),
        entered_by=known.entered_by,
        entered_at=format_local(known.entered_at),
    )


# --- cases follow -----------------------------------------------------------------------------------


async def settle_accounts(keeper: Bookkeeper, numbers: Iterable[str]) -> None:
    """Let the cases of these consignments follow from what is known now."""
    listed = sorted(set(numbers))
    for start in range(0, len(listed), AT_ONCE):
        part = listed[start : start + AT_ONCE]
        facts = await keeper.work.cod_books.facts(part)
        await _settle(keeper, [fold(one) for one in facts.values()], part)


async def _settle(keeper: Bookkeeper, accounts: Iterable[Account], numbers: Iterable[str]) -> None:
    found: list[Finding] = []
    for account in accounts:
        last_day = None
        if account.since is not None and account.open_dong > 0:
            last_day = last_day_to_pay(account.since, keeper.days_to_pay, calendar=keeper.calendar)
        found += of_account(account, today=keeper.today, last_day=last_day)
    await _renew(keeper, found, [key for number in numbers for key in keys_of_account(number)])


async def settle_payments(keeper: Bookkeeper, remittance_ids: Iterable[str]) -> None:
    """Let the cases of these payments and their lines follow from what is known now."""
    for sums in await keeper.work.cod_books.sums(remittance_ids):
        lines = await keeper.work.cod_books.lines(sums.remittance.id)
        keys = keys_of_payment(sums.remittance.id, len(lines))
        await _renew(keeper, of_payment(sums, lines), keys)


async def _renew(keeper: Bookkeeper, found: Sequence[Finding], keys: Sequence[str]) -> None:
    before = await keeper.work.cod_cases.of(keys)
    renewed = renew(before, found, looked_at=keys, now=keeper.now)
    await keeper.work.cod_cases.put(renewed.cases)
    await keeper.write(renewed.entries, by=BOOKS)


async def match_again(keeper: Bookkeeper, lines: Sequence[RemittanceLine]) -> int:
    """Look once more for the consignments of lines that had none; how many were found."""
    by_carrier: dict[str, list[RemittanceLine]] = {}
    for line in lines:
        if line.trouble is not Trouble.TWICE:
            by_carrier.setdefault(line.carrier, []).append(line)
    found = []
    for carrier, waiting in sorted(by_carrier.items()):
        was = {(one.remittance_id, one.position): one.trouble for one in waiting}
        await match(keeper.work, carrier, waiting)
        for one in waiting:
            if one.trouble is not was[one.remittance_id, one.position]:
                await keeper.work.cod_books.put_line(one)
                found.append(one)
    await settle_payments(keeper, {one.remittance_id for one in found})
    matched = {one.number for one in found if one.number is not None}
    await settle_accounts(keeper, matched)
    return sum(one.number is not None for one in found)


# --- reading ----------------------------------------------------------------------------------------


async def accounts(
    books: CodBooks, *, carrier: str | None = None, after: str = ""
) -> AsyncIterator[Account]:
    """All accounts by number, behind `after`; read as they are asked for."""
    while facts := await books.accounts(carrier=carrier, after=after, limit=AT_ONCE):
        for one in facts:
            yield fold(one)
        after = facts[-1].order.number


async def ledger(
    books: CodBooks, *, carrier: str | None, state: CodState | None, after: str, limit: int
) -> list[Account]:
    """A page of accounts."""
    page: list[Account] = []
    async for account in accounts(books, carrier=carrier, after=after):
        if state is None or account.state is state:
            page.append(account)
            if len(page) == limit:
                break
    return page


async def summary(books: CodBooks) -> list[CarrierSums]:
    """What each carrier owes, has paid and what is left, by name of the connection."""
    banks = {one.carrier: one for one in await books.bank()}
    sums: dict[str, dict[str, int]] = {name: dict.fromkeys(_SUMMED, 0) for name in banks}
    async for one in accounts(books):
        of = sums.setdefault(one.carrier, dict.fromkeys(_SUMMED, 0))
        of["accounts"] += 1
        of["waiting_dong"] += one.cod_dong if one.state is CodState.WAITING else 0
        of["missing_dong"] += max(one.open_dong, 0)
        of["surplus_dong"] += max(-one.open_dong, 0)
        for name in ("due", "remitted", "withheld", "written_off", "open"):
            of[f"{name}_dong"] += getattr(one, f"{name}_dong")
    return [
        CarrierSums(carrier=name, bank=banks.get(name) or _no_bank(name), **of)
        for name, of in sorted(sums.items())
    ]


_SUMMED = (
    *("accounts", "waiting_dong", "due_dong", "remitted_dong", "withheld_dong"),
    *("written_off_dong", "open_dong", "missing_dong", "surplus_dong"),
)


def _no_bank(carrier: str) -> BankSums:
    return BankSums(
        carrier=carrier,
        payments=0,
        received_dong=0,
        unassigned_dong=0,
        unassigned_fee_dong=0,
        difference_dong=0,
    )


# --- every night ------------------------------------------------------------------------------------


class CodTransactions(Protocol):
    """Where transactions come from."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[CodWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...


Keeper = Callable[[CodWork, datetime], Bookkeeper]


class Bookkeeping:
    """Looks at all money once: who is late, what became known, what has come to rest.

    Args:
        transactions: opens transactions.
        keeper: makes the keeper of one of them.
        clock: the moment of what is written down.
    """

    def __init__(self, *, transactions: CodTransactions, keeper: Keeper, clock: Clock) -> None:
        self._transactions = transactions
        self._keeper = keeper
        self._clock = clock

    async def look(self) -> Mapping[str, int]:
        """Look at everything, in parts; running it again changes nothing. Says what it has seen."""
        matched = await self._match()
        accounts = await self._accounts()
        standing = await self._standing()
        return {"matched": matched, "accounts": accounts, "standing": standing}

    async def _match(self) -> int:
        after, found = None, 0
        while True:
            async with self._transactions.begin() as work:
                keeper = self._keeper(work, self._clock.now())
                await work.cod_books.hold()
                lines = await work.cod_books.unassigned(after=after, limit=AT_ONCE)
                if not lines:
                    return found
                after = (lines[-1].remittance_id, lines[-1].position)
                found += await match_again(keeper, lines)

    async def _accounts(self) -> int:
        after, seen = "", 0
        while True:
            async with self._transactions.begin() as work:
                keeper = self._keeper(work, self._clock.now())
                await work.cod_books.hold()
                facts = await work.cod_books.accounts(after=after, limit=AT_ONCE)
                if not facts:
                    return seen
                after = facts[-1].order.number
                seen += len(facts)
                numbers = [one.order.number for one in facts]
                await _settle(keeper, [fold(one) for one in facts], numbers)

    async def _standing(self) -> int:
        """How many cases stand afterwards."""
        seen, after = 0, None
        async with self._transactions.begin(write=False) as work:
            while True:
                wanted = CodCaseFilter(standing=True, after=after, limit=AT_ONCE)
                cases = await work.cod_cases.listed(wanted)
                if not cases:
                    return seen
                seen, after = seen + len(cases), cases[-1].key
