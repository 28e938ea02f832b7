"""What the nightly count needs from outside: the other side's list, and the store of cases."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Protocol

from sqlmodel import SQLModel

from postal_bridge.errors import Accident
from postal_bridge.reconciliation.records import Discrepancy, Night, OurDossier
from postal_bridge.tracking.ports import CustodyWork


class OneStopDossier(SQLModel):
    """One dossier as the one-stop system tells it, in our vocabulary.

    Attributes:
        status: national status 1..10; 0 where the other side's state has no national number.
        raw_status: the other side's own word, always kept.
        channel: 1 direct, 2 online, 3 postal.
        return_mode: 0 at the desk, 1 by post.
    """

    code: str
    procedure_code: str
    department_code: str
    status: int
    raw_status: str
    channel: int
    return_mode: int
    received_at: datetime | None = None
    promised_at: datetime | None = None
    resolved_at: datetime | None = None
    returned_at: datetime | None = None


class OneStopPage(SQLModel):
    """A page of the other side's list.

    Attributes:
        total: how many rows the other side says the whole list has.
        start: index of the first row in the whole list.
        raw: the body exactly as it came, kept as evidence.
    """

    rows: list[OneStopDossier]
    total: int
    start: int
    raw: bytes


class OneStopStatistics(SQLModel):
    """The other side's own count of a month; a third witness, never the measure."""

    total: int
    received: int
    processing: int
    released: int
    betimes: int
    ontime: int
    overtime: int
    done: int
    raw: bytes


class OneStopUnavailable(Accident):
    """The one-stop system did not answer, or answered that it cannot now."""

    retryable = True


class OneStopRefused(Accident):
    """The one-stop system's answer cannot be used: credentials, shape, or a page for people."""


class OneStop(Protocol):
    """A one-stop system, whatever its make."""

    name: str

    def pages(self, *, received_from: date, received_to: date) -> AsyncIterator[OneStopPage]:
        """Walk the list of dossiers received on these local days, both included."""
        ...

    async def find(self, code: str) -> OneStopDossier | None:
        """Look one dossier up by its code."""
        ...

    async def statistics(self, *, year: int, month: int) -> OneStopStatistics:
        """Ask for the other side's own count of a month."""
        ...

    async def check(self) -> None:
        """Return when credentials and address work; raise what is wrong otherwise."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class Nights(Protocol):
    """The store of nights and cases."""

    async def our_side(self, first: datetime, end: datetime) -> Sequence[OurDossier]:
        """Dossiers received in [first, end), refused ones left out, by code."""
        ...

    async def cases(self, *, open_only: bool) -> Sequence[Discrepancy]:
        """Cases, by key."""
        ...

    async def case(self, case_id: str) -> Discrepancy | None:
        """A case, held until the transaction ends."""
        ...

    async def put_case(self, case: Discrepancy) -> None:
        """Write or renew a case."""
        ...

    async def put_night(self, night: Night) -> None:
        """Write or renew a night."""
        ...

    async def night(self, day: date) -> Night | None:
        """A night by its date."""
        ...

    async def nights(self, *, limit: int) -> Sequence[Night]:
        """Nights, newest first."""
        ...


class NightWork(CustodyWork, Protocol):
    """The stores of one transaction that the night works with."""

    @property
    def nights(self) -> Nights:
        """Nights and cases."""
        ...
