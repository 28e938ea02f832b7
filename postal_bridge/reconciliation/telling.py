"""Telling the one-stop system what the post did: that a result goes home by post, that it is there.

Only what still holds is told: a message says whose dossier to look at, and what is true now goes
out. What was told and then corrected is found by the night, which compares both sides.
"""

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from postal_bridge.dossiers.ports import DossierWork
from postal_bridge.dossiers.records import Dossier
from postal_bridge.errors import Accident
from postal_bridge.journey import Status
from postal_bridge.outbox import REGISTER_TOPIC, RETURNED_TOPIC, Claimed
from postal_bridge.reconciliation.desk_ports import OneStopDesk, PostalReceiver
from postal_bridge.reconciliation.ports import OneStopRefused

BY_POST = 1
"""Return mode: the result goes home by post."""

_OVER = frozenset({Status.REFUSED, Status.RETURNED})
"""In these states nothing goes home any more."""

Handler = Callable[[Claimed], Awaitable[None]]


class Transactions(Protocol):
    """Opens a transaction with the dossiers."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[DossierWork]:
        """One transaction, committed at its normal end."""
        ...


class NotTakenYet(Accident):
    """The one-stop system said no: its own clerk may not be as far as the papers are.

    Tried again like any accident; what it never takes the night finds as a difference.
    """

    retryable = True


class OneStopTelling:
    """Brings messages about dossiers to the desk of the one-stop system.

    Args:
        transactions: the dossiers.
        desk: of the one-stop system.
    """

    def __init__(self, *, transactions: Transactions, desk: OneStopDesk) -> None:
        self._transactions = transactions
        self._desk = desk

    def handlers(self) -> dict[str, Handler]:
        """Which topic is whose; what the system has no way for is taken and comes to nothing."""
        return {REGISTER_TOPIC: self.register, RETURNED_TOPIC: self.returned}

    async def register(self, message: Claimed) -> None:
        """The result is to go home by post, if it still is."""
        if "register_return" not in self._desk.writes:
            return
        dossier = await self._dossier(message)
        if dossier is None or dossier.return_mode != BY_POST or dossier.status in _OVER:
            return
        receiver = PostalReceiver(
            name=dossier.applicant_name,
            phone=dossier.applicant_phone,
            address=dossier.applicant_address,
            ward=dossier.applicant_ward or "",
        )
        await _taken(dossier.code, self._desk.register_return(dossier.code, receiver))

    async def returned(self, message: Claimed) -> None:
        """The citizen has the result, if that was not corrected since."""
        if "record_returned" not in self._desk.writes:
            return
        dossier = await self._dossier(message)
        if dossier is None or dossier.status is not Status.RETURNED or dossier.returned_at is None:
            return
        await _taken(dossier.code, self._desk.record_returned(dossier.code, dossier.returned_at))

    async def _dossier(self, message: Claimed) -> Dossier | None:
        code = str(json.loads(message.payload)["dossier"])
        async with self._transactions.begin(write=False) as work:
            return await work.dossiers.find(code)


async def _taken(code: str, told: Awaitable[None]) -> None:
    try:
        await told
    except OneStopRefused as no:
        raise NotTakenYet(f"{code}: {no}") from no
