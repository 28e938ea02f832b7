"""The store of scans that were not taken, and of what supervisors did about them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_

from postal_bridge.storage.rows import Rows, chunks
from postal_bridge.storage.scan_tables import RefusedScanRow, RefusedScanStepRow
from postal_bridge.storage.tables import CustodyEventRow
from postal_bridge.tracking.records import (
    CustodyEvent,
    RefusedScan,
    RefusedScanStep,
    SettledAs,
)
from postal_bridge.tracking.refused_content import was_taken
from postal_bridge.tracking.scan_ports import RefusedFilter


class RefusedScanStore:
    """Each content is written once; what becomes of it is noted on its row and in its steps."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._scans = rows.table(RefusedScanRow)
        self._steps = rows.table(RefusedScanStepRow)

    async def keep_refused(self, scans: Sequence[RefusedScan]) -> None:
        """Keep scans that were not taken; the same ones again change nothing."""
        for scan in sorted(scans, key=lambda one: (one.scan_id, one.fingerprint)):
            self._rows.add_new_later(RefusedScanRow, scan.model_dump())

    async def settle_refused(self, scan_ids: Iterable[UUID], *, at: datetime) -> None:
        """Note that scans which were refused earlier have been taken now."""
        wanted = list(scan_ids)
        if not wanted or not await self._anything_waits():
            return
        for part in chunks(sorted(wanted)):
            statement = (
                select(self._scans)
                .where(self._waiting(), self._scans.c.scan_id.in_(part))
                .order_by(self._scans.c.scan_id, self._scans.c.fingerprint)
            )
            for scan in await self._rows.all(RefusedScan, statement):
                if was_taken(scan, await self._event_of(scan.scan_id)):
                    scan.settled_at, scan.settled_as = at, SettledAs.TAKEN
                    await self.put(scan)

    def _waiting(self) -> ColumnElement[bool]:
        return self._rows.own(self._scans) & self._scans.c.settled_at.is_(None)

    async def _anything_waits(self) -> bool:
        """One look at an index that holds what waits and nothing else."""
        statement = select(self._scans.c.scan_id).where(self._waiting()).limit(1)
        return (await self._rows.execute(statement)).first() is not None

    async def _event_of(self, scan_id: UUID) -> CustodyEvent | None:
        return await self._rows.one(CustodyEvent, CustodyEventRow, event_id=scan_id)

    async def listed(self, wanted: RefusedFilter) -> Sequence[RefusedScan]:
        """A page of them, newest first."""
        c = self._scans.c
        exact = {
            name: value
            for name in ("reason", "device", "actor", "place")
            if (value := getattr(wanted, name)) is not None
        }
        conditions = [self._rows.own(self._scans, **exact)]
        if wanted.settled is not None:
            conditions.append(
                c.settled_at.is_not(None) if wanted.settled else c.settled_at.is_(None)
            )
        order = (c.recorded_at, c.scan_id, c.fingerprint)
        if wanted.after is not None:
            scan_id, fingerprint = wanted.after
            last = await self._rows.one(
                RefusedScan, RefusedScanRow, scan_id=scan_id, fingerprint=fingerprint
            )
            if last is None:
                return []
            conditions.append(tuple_(*order) < tuple_(last.recorded_at, scan_id, fingerprint))
        statement = select(self._scans).where(*conditions).order_by(*(one.desc() for one in order))
        return await self._rows.all(RefusedScan, statement.limit(wanted.limit))

    async def of(self, scan_id: UUID) -> Sequence[RefusedScan]:
        """All contents under this id, by when they were refused."""
        statement = (
            select(self._scans)
            .where(self._rows.own(self._scans, scan_id=scan_id))
            .order_by(self._scans.c.recorded_at, self._scans.c.fingerprint)
        )
        return await self._rows.all(RefusedScan, statement)

    async def hold(self, scan_id: UUID, fingerprint: str) -> RefusedScan | None:
        """One content, held until the transaction ends."""
        return await self._rows.locked(
            RefusedScan, RefusedScanRow, scan_id=scan_id, fingerprint=fingerprint
        )

    async def put(self, scan: RefusedScan) -> None:
        """Renew what became of a scan."""
        await self._rows.put(RefusedScanRow, scan)

    async def steps(self, scan_id: UUID) -> Sequence[RefusedScanStep]:
        """What was done about the contents under this id, in order for each of them."""
        statement = (
            select(self._steps)
            .where(self._rows.own(self._steps, scan_id=scan_id))
            .order_by(self._steps.c.fingerprint, self._steps.c.number)
        )
        return await self._rows.all(RefusedScanStep, statement)

    async def add_step(self, step: RefusedScanStep) -> None:
        """Write down what was done."""
        await self._rows.add(RefusedScanStepRow, [step])
