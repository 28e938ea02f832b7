"""The national portal in memory: what it was told, in order; strict, and able to fail on request.

The rules are those of the reference on one-stop systems, section 8.1 (transitions, dates that go
with a state, progress only after the record), without a wire.
"""

from collections import deque
from collections.abc import Sequence
from enum import Enum

from postal_bridge.journey import Status
from postal_bridge.reconciliation.portal_ports import (
    AlreadyThere,
    KnownDossier,
    PortalDossier,
    PortalProcedure,
    PortalProgress,
    PortalRefused,
    PortalUnavailable,
)

S = Status
AFTER: dict[Status, frozenset[Status]] = {
    S.NEW: frozenset({S.RECEIVED, S.REFUSED, S.WITHDRAWN}),
    S.RECEIVED: frozenset(
        {S.PROCESSING, S.SUPPLEMENT, S.FEE_WANTED, S.WITHDRAWN, S.STOPPED, S.RESOLVED}
    ),
    S.PROCESSING: frozenset({S.SUPPLEMENT, S.FEE_WANTED, S.WITHDRAWN, S.STOPPED, S.RESOLVED}),
    S.SUPPLEMENT: frozenset({S.PROCESSING, S.WITHDRAWN, S.STOPPED}),
    S.FEE_WANTED: frozenset({S.PROCESSING, S.WITHDRAWN, S.STOPPED}),
    S.RESOLVED: frozenset({S.RETURNED}),
}
"""Which state may follow which; a state may also be told again as it is."""

ENDED = frozenset({S.REFUSED, S.STOPPED, S.RESOLVED, S.RETURNED})


class Trouble(Enum):
    """What becomes of a call."""

    LOST_QUESTION = "lost question"
    LOST_ANSWER = "lost answer"
    SAYS_NO = "says no"


class MemoryNationalPortal:
    """A portal without a wire.

    Attributes:
        states: by dossier, every state that it came into here, in order.
        records: by dossier, what was written last.
        steps: by dossier, the way that the citizen sees.
        troubles: what becomes of the next calls, one entry each; none goes well.
        tells_states: whether looking a dossier up gives its state.
        calls: the names of all calls, in order.
    """

    name = "memory"

    def __init__(self, procedures: Sequence[PortalProcedure] = ()) -> None:
        self.states: dict[str, list[Status]] = {}
        self.records: dict[str, PortalDossier] = {}
        self.steps: dict[str, list[PortalProgress]] = {}
        self.troubles: deque[Trouble | None] = deque()
        self.tells_states = True
        self.calls: list[str] = []
        self._procedures = {one.code: one for one in procedures}

    async def find(self, code: str) -> KnownDossier | None:
        """What is here of a dossier."""
        self._after(self._before("find"))
        states = self.states.get(code)
        if not states:
            return None
        return KnownDossier(code=code, status=states[-1] if self.tells_states else None)

    async def put(self, dossier: PortalDossier, *, exists: bool) -> None:
        """Write a state; a state that cannot follow, or dates that do not go with it, are refused."""
        trouble = self._before("put")
        states = self.states.setdefault(dossier.code, [])
        if states and not exists:
            raise AlreadyThere(f"{dossier.code} đã tồn tại")
        if not states and exists:
            raise PortalRefused(f"{dossier.code} không tồn tại")
        self._check(dossier, states[-1] if states else None)
        if not states or states[-1] is not dossier.status:
            states.append(dossier.status)
        self.records[dossier.code] = dossier
        self._after(trouble)

    async def progress(self, steps: Sequence[PortalProgress]) -> None:
        """Add steps; an equal one is there already, and one of an unknown dossier is refused."""
        trouble = self._before("progress")
        for step in steps:
            if not self.states.get(step.code):
                raise PortalRefused(f"{step.code} không tồn tại")
            kept = self.steps.setdefault(step.code, [])
            if step not in kept:
                kept.append(step)
        self._after(trouble)

    async def procedure(self, code: str) -> PortalProcedure | None:
        """A procedure as it was handed in."""
        self._after(self._before("procedure"))
        return self._procedures.get(code)

    async def procedures(self) -> Sequence[PortalProcedure]:
        """Codes and names of all that were handed in."""
        self._after(self._before("procedures"))
        listed = sorted(self._procedures.values(), key=lambda one: one.code)
        return [PortalProcedure(code=one.code, name=one.name) for one in listed]

    async def check(self) -> None:
        """All is well unless trouble is planned."""
        self._after(self._before("check"))

    async def close(self) -> None:
        """Nothing is open."""

    def file(self, code: str, *states: Status) -> None:
        """Somebody else has told the portal of a dossier."""
        self.states.setdefault(code, []).extend(states)

    def _before(self, call: str) -> Trouble | None:
        self.calls.append(call)
        trouble = self.troubles.popleft() if self.troubles else None
        if trouble is Trouble.LOST_QUESTION:
            raise PortalUnavailable(f"{call}: không trả lời (no answer)")
        if trouble is Trouble.SAYS_NO:
            raise PortalRefused(f"{call}: hệ thống bận (busy)")
        return trouble

    def _after(self, trouble: Trouble | None) -> None:
        if trouble is Trouble.LOST_ANSWER:
            raise PortalUnavailable("mất câu trả lời (the answer was lost)")

    def _check(self, dossier: PortalDossier, before: Status | None) -> None:
        now = dossier.status
        follows = before in {None, now} or now in AFTER.get(before or now, frozenset())
        ended = (dossier.ended_at is not None) == (now in ENDED)
        returned = (dossier.returned_at is not None) == (now is Status.RETURNED)
        in_order = dossier.promised_at is None or dossier.promised_at >= dossier.received_at
        if not (follows and ended and returned and in_order):
            raise PortalRefused(f"{dossier.code}: {before} → {now} không hợp lệ (not valid)")
