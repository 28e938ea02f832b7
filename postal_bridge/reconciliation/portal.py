"""Telling the national portal: each state that happened, once, in order; nothing else.

A message of the outbox says only whose way has gone on. What is told follows from the ledger and
from what was told before (`PortalStep`), one state after the other: note what is about to be told,
ask what the portal has (TraCuuHoSo), write the state (DongBoHoSoMC), add the step
(CapNhatTienDoHoSoMC), settle the note. Whatever breaks off in between, the next attempt finds the
note, asks first, and goes on where the portal stands (docs/adr/0012).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from weakref import WeakValueDictionary

from postal_bridge.clock import Clock
from postal_bridge.dossiers.records import Dossier
from postal_bridge.errors import Accident
from postal_bridge.identity import NIGHT
from postal_bridge.journey import STATUS_NAMES, Status
from postal_bridge.outbox import PORTAL_TOPIC, Claimed
from postal_bridge.reconciliation.portal_content import PortalWork, dossier_as_of, step_of
from postal_bridge.reconciliation.portal_history import (
    Next,
    contradiction,
    next_step,
    what_happened,
)
from postal_bridge.reconciliation.portal_ports import (
    NOT_YET,
    AlreadyThere,
    KnownDossier,
    NationalPortal,
    PortalDossier,
    PortalProgress,
)
from postal_bridge.reconciliation.records import PortalStep
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.records import Incident, IncidentKind

JOB = "portal"
"""The slots of this work, one for each dossier."""

_OWNER_LENGTH = 40
_SLOW_QUESTIONS = 4
"""In one state: looking up, writing, adding a step, and a sign-in between them."""

Handler = Callable[[Claimed], Awaitable[None]]


class Transactions(Protocol):
    """Opens a transaction with the stores that this needs."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[PortalWork]:
        """One transaction, committed at its normal end."""
        ...


class DossierBusy(Accident):
    """Another message of the same dossier is being told right now; this one comes again."""

    retryable = True


class PortalForgot(Accident):
    """The portal does not know a dossier that it had taken; it may again in a while."""

    retryable = True


class ToldOtherwise(Accident):
    """What the portal was told does not fit what happened; an incident waits for a person."""


@dataclass(frozen=True)
class _Telling:
    """One state to be told.

    Attributes:
        before: the state that was told last.
        content: record and step; none where the state was taken back after an attempt to tell it.
    """

    note: PortalStep
    before: Status | None
    content: tuple[PortalDossier, PortalProgress] | None


def lease_for(total_seconds: float) -> timedelta:
    """How long telling one state may take, with all patience that is set for one question."""
    return timedelta(seconds=_SLOW_QUESTIONS * total_seconds)


class PortalReport:
    """Tells the portal whatever happened to a dossier and was not told yet.

    Args:
        transactions: the ledger, and what was told.
        portal: the other side.
        clock: stamps what was told; decides when a dead process's slot is free.
        identifiers: of incidents and attempts.
        owner: names this process in the claims.
        lease: how long a slot is kept without a sign of life; longer than one state takes to tell.
    """

    def __init__(
        self,
        *,
        transactions: Transactions,
        portal: NationalPortal,
        clock: Clock,
        identifiers: Identifiers,
        owner: str,
        lease: timedelta,
    ) -> None:
        self._transactions = transactions
        self._portal = portal
        self._clock = clock
        self._identifiers = identifiers
        self._owner = owner[:_OWNER_LENGTH]
        self._lease = lease
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def handlers(self) -> dict[str, Handler]:
        """Which topic is whose."""
        return {PORTAL_TOPIC: self.report}

    async def report(self, message: Claimed) -> None:
        """Tell what happened to the message's dossier.

        Raises:
            DossierBusy: another process tells of this dossier.
            PortalUnavailable, PortalRefused, PortalForgot: later perhaps.
            ToldOtherwise, NotReportable: a person has to look; for the first an incident says at
                what.
        """
        code = str(json.loads(message.payload)["dossier"])
        mark = f"{self._owner}:{self._identifiers.new(self._clock.now())}"
        # Messages of one dossier come in flocks; those in this process take turns instead of failing.
        turn = self._turns.setdefault(code, asyncio.Lock())
        async with turn, self._slot(code, mark):
            while (telling := await self._next(code, mark)) is not None:
                if await self._tell(telling):
                    await self._settle(telling, mark)
                else:
                    await self._drop(telling)

    @asynccontextmanager
    async def _slot(self, code: str, mark: str) -> AsyncIterator[None]:
        """The dossier is ours alone while the block runs; a killed process's lease runs out."""
        now = self._clock.now()
        async with self._transactions.begin() as work:
            until = now + self._lease
            mine = await work.job_runs.claim(JOB, code, owner=mark, now=now, until=until)
        if not mine:
            text = f"{code}: một thông điệp khác của hồ sơ này đang được gửi"
            raise DossierBusy(f"{text} (another message of this dossier is at work)")
        try:
            yield
        finally:
            async with self._transactions.begin() as work:
                await work.job_runs.release(JOB, code, owner=mark)

    async def _next(self, code: str, mark: str) -> _Telling | None:
        """The next state to tell, noted; nothing when all that happened was told."""
        async with self._transactions.begin() as work:
            await self._keep_slot(work, code, mark)
            dossier = await work.dossiers.hold(code)
            if dossier is None:
                raise ToldOtherwise(f"{code}: không có hồ sơ này (no such dossier)")
            way = what_happened(dossier, await work.custody.dossier_events(code))
            noted = await work.portal_steps.of(code)
            settled = [step for step in noted if step.told_at != NOT_YET]
            wrong = contradiction(way, settled)
            if wrong is None:
                index = len(settled)
                note = noted[index] if index < len(noted) else None
                if note is None and index == len(way):
                    return None
                if note is None:
                    note = PortalStep(
                        dossier_code=code,
                        number=index + 1,
                        status=way[index].status,
                        happened_at=way[index].at,
                        told_at=NOT_YET,
                    )
                    await work.portal_steps.add(note)
                before = settled[-1].status if settled else None
                if contradiction(way, [*settled, note]) is not None:
                    return _Telling(note, before, None)
                record = await dossier_as_of(work, dossier, way, index)
                return _Telling(note, before, (record, await step_of(work, dossier, way[index])))
            await self._open_incident(work, dossier, wrong, told=settled)
        raise ToldOtherwise(_for_a_person(code, wrong))

    async def _tell(self, telling: _Telling) -> bool:
        """Ask, write the state unless it is there, add the step; says whether the portal has it."""
        code = telling.note.dossier_code
        known, step = await self._ask(telling)
        if step is Next.CREATE and telling.content is not None:
            known, step = await self._create(telling, telling.content[0])
        if step is Next.FOREIGN:
            await self._foreign(code, known, telling.before)
        if telling.content is None:
            # An attempt broke off, and then the state was taken back. Where the portal does not
            # say whether it arrived, it counts as told, and a person is asked to look.
            return step is Next.STORED or (known is not None and known.status is None)
        record, progress = telling.content
        if step is Next.FORGOTTEN:
            text = f"{code}: Cổng không còn tìm thấy hồ sơ đã nhận"
            raise PortalForgot(f"{text} (the portal does not find what it had taken)")
        if step is not Next.STORED:
            await self._portal.put(record, exists=True)
        await self._portal.progress([progress])
        return True

    async def _create(
        self, telling: _Telling, record: PortalDossier
    ) -> tuple[KnownDossier | None, Next]:
        """Write the first state; where the dossier is there after all, look at it first."""
        try:
            await self._portal.put(record, exists=False)
        except AlreadyThere:
            known, step = await self._ask(telling)
            return known, Next.RENEW if step is Next.CREATE else step
        return None, Next.STORED

    async def _ask(self, telling: _Telling) -> tuple[KnownDossier | None, Next]:
        known = await self._portal.find(telling.note.dossier_code)
        return known, next_step(known, before=telling.before, now=telling.note.status)

    async def _settle(self, telling: _Telling, mark: str) -> None:
        note = telling.note
        async with self._transactions.begin() as work:
            await self._keep_slot(work, note.dossier_code, mark)
            await work.portal_steps.settle(
                note.dossier_code, note.number, told_at=self._clock.now()
            )

    async def _drop(self, telling: _Telling) -> None:
        async with self._transactions.begin() as work:
            await work.portal_steps.drop(telling.note.dossier_code, telling.note.number)

    async def _keep_slot(self, work: PortalWork, code: str, mark: str) -> None:
        """Renew the lease; whoever lost the slot stops here, and another goes on."""
        until = self._clock.now() + self._lease
        if not await work.job_runs.hold_until(JOB, code, owner=mark, until=until):
            text = f"{code}: quá lâu, tiến trình khác đã nhận việc này"
            raise DossierBusy(f"{text} (another process has taken over)")

    async def _foreign(self, code: str, known: KnownDossier | None, last: Status | None) -> None:
        """The portal is in a state that we did not tell: nothing is sent, a person decides."""
        has = _shown(known.status if known else None)
        wrong = f"Cổng đang có trạng thái {has}, bưu điện đã báo lần cuối {_shown(last)}"
        async with self._transactions.begin() as work:
            dossier = await work.dossiers.hold(code)
            if dossier is not None:
                told = await work.portal_steps.of(code)
                settled = [step for step in told if step.told_at != NOT_YET]
                await self._open_incident(work, dossier, wrong, told=settled, seen=known)
        raise ToldOtherwise(_for_a_person(code, wrong))

    async def _open_incident(
        self,
        work: PortalWork,
        dossier: Dossier,
        wrong: str,
        *,
        told: Sequence[PortalStep],
        seen: KnownDossier | None = None,
    ) -> None:
        """Open an incident, once for what was told last and what contradicts it."""
        now = self._clock.now()
        last = f"{told[-1].number}:{told[-1].happened_at.isoformat()}" if told else "0"
        found = seen.status.value if seen is not None and seen.status is not None else "-"
        await work.incidents.open_once(
            Incident(
                id=str(self._identifiers.new(now)),
                key=f"{IncidentKind.PORTAL.value}:{dossier.code}:{last}:{found}"[:200],
                kind=IncidentKind.PORTAL,
                code=dossier.code,
                place=dossier.received_place,
                opened_at=now,
                opened_by=NIGHT.username,
                note=wrong,
            )
        )


def _shown(status: Status | None) -> str:
    return f"{status.value} {STATUS_NAMES[status][0]}" if status is not None else "–"


def _for_a_person(code: str, wrong: str) -> str:
    return f"{code}: {wrong}; không gửi gì thêm, xem sự cố (nothing is sent; see the incident)"
