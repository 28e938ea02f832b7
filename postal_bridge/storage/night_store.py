"""The store of nights and cases."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, text

from postal_bridge.journey import Status
from postal_bridge.reconciliation.ports import CaseFilter
from postal_bridge.reconciliation.records import (
    CaseEntry,
    DifferenceKind,
    Discrepancy,
    EntryKind,
    Night,
    NightRun,
    OurDossier,
    SignOff,
    TapedAnswer,
)
from postal_bridge.storage.night_tables import (
    CaseEntryRow,
    DiscrepancyRow,
    NightRow,
    NightRunRow,
    SignOffRow,
    TapedAnswerRow,
)
from postal_bridge.storage.rows import Rows
from postal_bridge.storage.tables import DossierRow, FeeReceiptRow

BATCH = 10_000
"""Dossiers that are read at once: a night holds that many and no more."""

_CODES_AT_ONCE = 500
_COMPARED = (
    "code",
    "procedure_code",
    "department",
    "status",
    "channel",
    "return_mode",
    "received_at",
    "promised_at",
    "resolved_at",
)


class NightStore:
    """Nights and cases."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._cases = rows.table(DiscrepancyRow)
        self._nights = rows.table(NightRow)
        self._dossiers = rows.table(DossierRow)

    async def our_side(self, first: datetime, end: datetime) -> AsyncIterator[Sequence[OurDossier]]:
        """Dossiers received in [first, end), refused ones left out, by code, in batches."""
        table = self._dossiers
        last = ""
        while True:
            statement = self._compared().where(
                table.c.received_at >= first,
                table.c.received_at < end,
                table.c.status != Status.REFUSED,
                table.c.code > last,
            )
            batch = await self._our(statement.order_by(table.c.code).limit(BATCH))
            if batch:
                yield batch
                last = batch[-1].code
            if len(batch) < BATCH:
                return

    async def our_dossiers(self, codes: Sequence[str]) -> Sequence[OurDossier]:
        """These dossiers of ours, refused ones too, by code; unknown codes are left out."""
        wanted = sorted(set(codes))
        found: list[OurDossier] = []
        for start in range(0, len(wanted), _CODES_AT_ONCE):
            some = wanted[start : start + _CODES_AT_ONCE]
            statement = self._compared().where(self._dossiers.c.code.in_(some))
            found += await self._our(statement.order_by(self._dossiers.c.code))
        return found

    def _compared(self) -> Select[tuple[object, ...]]:
        """The compared columns; the fee is what was taken, whatever kinds of receipts there are."""
        receipts = self._rows.table(FeeReceiptRow)
        taken = (
            select(func.coalesce(func.sum(receipts.c.amount_vnd), 0))
            .where(
                receipts.c.province == self._dossiers.c.province,
                receipts.c.dossier_code == self._dossiers.c.code,
            )
            .scalar_subquery()
        )
        columns = [self._dossiers.c[name] for name in _COMPARED]
        return select(*columns, taken).where(self._rows.own(self._dossiers))

    async def _our(self, statement: Select[tuple[object, ...]]) -> list[OurDossier]:
        names = (*_COMPARED, "fee_vnd")
        return [
            OurDossier(**{**dict(zip(names, row, strict=True)), "fee_vnd": int(row[-1])})
            for row in await self._rows.execute(statement)
        ]

    async def hold(self) -> None:
        """Wait until no other transaction that has called this is still going on."""
        if not self._rows.is_sqlite:  # which has one writer at a time anyway
            await self._rows.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:settling, 0))"),
                {"settling": f"night.settling:{self._rows.province}"},
            )

    async def cases(self, *, open_only: bool) -> Sequence[Discrepancy]:
        """Cases, by key."""
        statement = select(self._cases).where(self._rows.own(self._cases))
        if open_only:
            statement = statement.where(self._cases.c.closed_on.is_(None))
        ordered = statement.order_by(self._cases.c.kind, self._cases.c.dossier_code)
        return await self._rows.all(Discrepancy, ordered)

    async def listed(self, wanted: CaseFilter) -> Sequence[Discrepancy]:
        """A page of cases, by key."""
        table = self._cases
        statement = (
            select(table)
            .where(self._rows.own(table), *self._conditions(wanted))
            .order_by(table.c.kind, table.c.dossier_code)
            .limit(wanted.limit)
        )
        return await self._rows.all(Discrepancy, statement)

    def _conditions(self, wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
        case = self._cases.c
        if wanted.open is not None:
            yield case.closed_on.is_(None) if wanted.open else case.closed_on.is_not(None)
        if wanted.kind is not None:
            yield case.kind == wanted.kind
        if wanted.owner is not None:
            yield case.owner == wanted.owner if wanted.owner else case.owner.is_(None)
        if wanted.overdue_on is not None:
            yield and_(case.closed_on.is_(None), case.due_on < wanted.overdue_on)
        if wanted.department is not None:
            yield self._of_department(wanted.department, wanted.agency)
        if wanted.night is not None:
            yield self._touched_by(wanted.night)
        if wanted.after is not None:
            kind, _, code = wanted.after.partition(":")
            last = DifferenceKind(kind)
            yield or_(case.kind > last, and_(case.kind == last, case.dossier_code > code))

    def _of_department(self, department: str, agency: str | None) -> ColumnElement[bool]:
        dossiers, code = self._dossiers, self._cases.c.dossier_code
        ours = self._rows.own(dossiers) & (dossiers.c.code == code)
        here = exists().where(ours, dossiers.c.department == department)
        if not agency:
            return here
        elsewhere = ~exists().where(ours) & code.startswith(f"{agency}-", autoescape=True)
        return or_(here, elsewhere)

    def _touched_by(self, night: date) -> ColumnElement[bool]:
        entries = self._rows.table(CaseEntryRow)
        lines = self._rows.own(entries, night=night) & (entries.c.case_id == self._cases.c.id)
        return exists().where(lines)

    async def case(self, case_id: str) -> Discrepancy | None:
        """A case, held until the transaction ends."""
        return await self._rows.locked(Discrepancy, DiscrepancyRow, id=case_id)

    async def put_case(self, case: Discrepancy) -> None:
        """Write or renew a case."""
        await self._rows.put(DiscrepancyRow, case)

    async def add_entry(self, entry: CaseEntry) -> None:
        """Add a line to a case's history; its number is given here, whatever the entry says."""
        table = self._rows.table(CaseEntryRow)
        last = select(func.max(table.c.number)).where(self._rows.own(table, case_id=entry.case_id))
        number = (await self._rows.execute(last)).scalar() or 0
        await self._rows.add(CaseEntryRow, [entry.model_copy(update={"number": number + 1})])

    async def entries(self, case_id: str) -> Sequence[CaseEntry]:
        """A case's history, oldest first."""
        table = self._rows.table(CaseEntryRow)
        statement = select(table).where(self._rows.own(table, case_id=case_id))
        return await self._rows.all(CaseEntry, statement.order_by(table.c.number))

    async def last_comments(self, case_ids: Sequence[str]) -> Mapping[str, CaseEntry]:
        """The newest comment of each of these cases that has one."""
        table = self._rows.table(CaseEntryRow)
        wanted = sorted(set(case_ids))
        found: dict[str, CaseEntry] = {}
        for start in range(0, len(wanted), _CODES_AT_ONCE):
            some = table.c.case_id.in_(wanted[start : start + _CODES_AT_ONCE])
            comments = self._rows.own(table, kind=EntryKind.COMMENT) & some
            newest = (
                select(table.c.case_id, func.max(table.c.number).label("number"))
                .where(comments)
                .group_by(table.c.case_id)
                .subquery()
            )
            same = (table.c.case_id == newest.c.case_id) & (table.c.number == newest.c.number)
            statement = select(table).join(newest, same).where(self._rows.own(table))
            lines = await self._rows.all(CaseEntry, statement)
            found |= {line.case_id: line for line in lines}
        return found

    async def put_night(self, night: Night) -> None:
        """Write or renew a night."""
        await self._rows.put(NightRow, night)

    async def night(self, day: date) -> Night | None:
        """A night by its date."""
        return await self._rows.one(Night, NightRow, day=day)

    async def nights(self, *, limit: int) -> Sequence[Night]:
        """Nights, newest first."""
        statement = (
            select(self._nights)
            .where(self._rows.own(self._nights))
            .order_by(self._nights.c.day.desc())
            .limit(limit)
        )
        return await self._rows.all(Night, statement)

    async def sign(self, sign_off: SignOff) -> bool:
        """Write a signature; False where this side has signed this report already."""
        return await self._rows.add_new(SignOffRow, sign_off.model_dump())

    async def sign_offs(self, day: date) -> Sequence[SignOff]:
        """All signatures of a night, oldest first, also those under earlier reports."""
        table = self._rows.table(SignOffRow)
        statement = select(table).where(self._rows.own(table, day=day))
        return await self._rows.all(SignOff, statement.order_by(table.c.signed_at, table.c.side))

    async def run(self, day: date) -> NightRun | None:
        """The run of this date that has begun and not ended."""
        return await self._rows.one(NightRun, NightRunRow, day=day)

    async def begin_run(self, run: NightRun) -> None:
        """Begin a run anew; the answers of an earlier one are forgotten."""
        await self.end_run(run.day)
        await self._rows.put(NightRunRow, run)

    async def end_run(self, day: date) -> None:
        """The run is over; its answers are forgotten (the vault keeps them)."""
        for row in (TapedAnswerRow, NightRunRow):
            table = self._rows.table(row)
            await self._rows.execute(delete(table).where(self._rows.own(table, day=day)))

    async def tape(self, day: date) -> Sequence[TapedAnswer]:
        """What the run of this date has been answered, in order."""
        table = self._rows.table(TapedAnswerRow)
        statement = select(table).where(self._rows.own(table, day=day))
        return await self._rows.all(TapedAnswer, statement.order_by(table.c.number))

    async def add_to_tape(self, answer: TapedAnswer) -> None:
        """Note an answer; the first one to a question stays, should two processes ask it."""
        await self._rows.add_new(TapedAnswerRow, answer.model_dump())
