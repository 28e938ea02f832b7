"""In-memory stores of what the portal was told, and a dossier that goes its way."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from typing_extensions import override

from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Accident
from postal_bridge.inbound import Staff
from postal_bridge.journey import Act, ItemKind, Status
from postal_bridge.outbox import PORTAL_TOPIC, Claimed
from postal_bridge.reconciliation.portal import PortalReport
from postal_bridge.reconciliation.portal_ports import NOT_YET
from postal_bridge.reconciliation.records import PortalStep
from postal_bridge.sandbox.portal_memory import MemoryNationalPortal
from tests.stages.memory import DEPARTMENT, HOA, LAN, LATER, MemoryWork
from tests.stores import DOSSIER, a_dossier, an_item

LEASE = timedelta(minutes=10)


class MemoryPortalSteps:
    """What was told."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], PortalStep] = {}

    async def of(self, dossier_code: str) -> Sequence[PortalStep]:
        return [
            s.model_copy() for (code, _), s in sorted(self.kept.items()) if code == dossier_code
        ]

    async def add(self, step: PortalStep) -> bool:
        key = step.dossier_code, step.number
        return self.kept.setdefault(key, step.model_copy()) == step

    async def settle(self, dossier_code: str, number: int, *, told_at: datetime) -> None:
        step = self.kept[dossier_code, number]
        if step.told_at == NOT_YET:
            step.told_at = told_at

    async def drop(self, dossier_code: str, number: int) -> None:
        if self.kept[dossier_code, number].told_at == NOT_YET:
            del self.kept[dossier_code, number]


class MemorySlots:
    """Who works at what."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], tuple[str, datetime]] = {}

    async def claim(
        self, job: str, slot: str, *, owner: str, now: datetime, until: datetime
    ) -> bool:
        held = self.held.get((job, slot))
        if held is not None and held[1] >= now:
            return False
        self.held[job, slot] = owner, until
        return True

    async def hold_until(self, job: str, slot: str, *, owner: str, until: datetime) -> bool:
        if self.held.get((job, slot), ("", until))[0] != owner:
            return False
        self.held[job, slot] = owner, until
        return True

    async def release(self, job: str, slot: str, *, owner: str) -> None:
        if self.held.get((job, slot), ("", None))[0] == owner:
            del self.held[job, slot]


class StaffList:
    """Lan has a name here, the others have none."""

    async def staff(self, username: str) -> Staff | None:
        if username != LAN.username:
            return None
        return Staff(username=LAN.username, name=LAN.name, role=LAN.role)


class PortalTown(MemoryWork):
    """One dossier, a portal, and whoever tells the portal of it."""

    def __init__(self) -> None:
        super().__init__()
        self.portal_steps = MemoryPortalSteps()
        self.job_runs = MemorySlots()
        self.inbound = StaffList()
        self.portal = MemoryNationalPortal()
        self.outbox.told = frozenset({PORTAL_TOPIC})
        self.clock = ReplayClock(self.now)
        self.report = PortalReport(
            transactions=self,
            portal=self.portal,
            clock=self.clock,
            identifiers=self.identifiers,
            owner="w1",
            lease=LEASE,
        )

    @asynccontextmanager
    @override
    async def begin(self, *, write: bool = True) -> AsyncIterator["PortalTown"]:
        yield self

    async def receives(self, *, status: Status = Status.RECEIVED) -> None:
        dossier = a_dossier(status=status)
        later = {"received_at": self.now, "promised_at": self.now + 5 * 24 * timedelta(hours=1)}
        await self.dossiers.add(dossier.model_copy(update=later), [])
        if status is Status.RECEIVED:
            await self.by(LAN).begin(an_item(), Act.RECEIVE, place="TT")

    async def takes_up(self, **facts: object) -> None:
        await self.does(HOA, f"{DOSSIER}/H1", Act.TAKE_UP, **facts)

    async def asks(self, serial: int = 1) -> None:
        slip = an_item(f"{DOSSIER}/P{serial}", kind=ItemKind.SUPPLEMENT_REQUEST)
        await self.by(HOA).begin(slip, Act.ISSUE, place=DEPARTMENT)

    async def brings(self, serial: int = 1) -> None:
        papers = an_item(f"{DOSSIER}/B{serial}", kind=ItemKind.SUPPLEMENT)
        await self.by(LAN).begin(papers, Act.RECEIVE, place="TT")

    async def issues(self) -> None:
        result = an_item(f"{DOSSIER}/K1", kind=ItemKind.RESULT)
        await self.by(HOA).begin(result, Act.ISSUE, place=DEPARTMENT)

    async def hands_back(self) -> None:
        await self.does(LAN, f"{DOSSIER}/K1", Act.HAND_BACK, device="HH-1")

    async def returns(self) -> None:
        await self.does(LAN, f"{DOSSIER}/K1", Act.RETURN)

    async def corrects_last(self, item: str) -> None:
        """The item's newest scan was a mistake."""
        last = (await self.custody.history(item))[-1]
        await self.does(LAN, item, Act.CORRECT, corrects=last.event_id)

    async def whole_way(self) -> None:
        await self.receives()
        await self.takes_up()
        await self.asks()
        await self.brings()
        await self.issues()
        await self.hands_back()
        await self.returns()

    async def tells(self, *, attempt: int = 1) -> None:
        """One attempt at the message."""
        self.clock.advance_to(self.now)
        payload = f'{{"dossier": "{DOSSIER}"}}'
        message = Claimed(id=1, topic="portal.report", key="k", payload=payload, attempt=attempt)
        await self.report.report(message)

    async def tells_until_told(self) -> int:
        """Attempts until one goes well; gives their number."""
        for attempt in range(1, 100):
            try:
                await self.tells(attempt=attempt)
            except Accident as accident:
                if not accident.retryable:
                    raise
                self.now += LATER
            else:
                return attempt
        raise AssertionError("never told")

    @property
    def states(self) -> list[Status]:
        """Every state that the portal came into."""
        return self.portal.states.get(DOSSIER, [])

    @property
    def steps(self) -> list[Status]:
        """The way that the citizen sees."""
        return [step.status for step in self.portal.steps.get(DOSSIER, [])]

    @property
    def noted(self) -> list[Status]:
        """What we think that we have told."""
        return [s.status for _, s in sorted(self.portal_steps.kept.items()) if s.told_at != NOT_YET]
