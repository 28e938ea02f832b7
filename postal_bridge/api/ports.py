"""What the web API needs from outside: transactions with the stores of all rooms."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from postal_bridge.inbound import Inbound, SignIn, Staff
from postal_bridge.outbox import Outbox
from postal_bridge.pickup.ports import PickupWork
from postal_bridge.reconciliation.ports import Nights
from postal_bridge.remittances.ports import CodBooks, CodCases
from postal_bridge.subscriptions.ports import Subscriptions
from postal_bridge.tracking.plain_ports import PlainScans
from postal_bridge.tracking.ports import Changes, Transfers
from postal_bridge.tracking.proof_ports import ProofWork


class Work(PickupWork, ProofWork, Protocol):
    """One transaction: the stores of all rooms, which see each other's writes."""

    @property
    def inbound(self) -> Inbound:
        """Staff, sessions, answers, refused requests, looks."""
        ...

    @property
    def inbox(self) -> Outbox:
        """What somebody outside told us, to be applied by a job."""
        ...

    @property
    def nights(self) -> Nights:
        """Nightly counts and their differences."""
        ...

    @property
    def subscriptions(self) -> Subscriptions:
        """Who is told what happened, and what waits for them."""
        ...

    @property
    def cod_books(self) -> CodBooks:
        """Carriers' payments and what they are for."""
        ...

    @property
    def cod_cases(self) -> CodCases:
        """Cases of money."""
        ...


class Glance(Protocol):
    """Single looks without a transaction: each sees one moment, and nothing is held."""

    async def sign_in(self, token_hash: str) -> tuple[SignIn, Staff] | None:
        """The session behind a token's hash, with its member of staff."""
        ...

    @property
    def transfers(self) -> Transfers:
        """The lists of what is underway."""
        ...

    @property
    def changes(self) -> Changes:
        """The ledger for those who follow it."""
        ...


class Storage(Protocol):
    """Where everything is kept."""

    def glance(self) -> AbstractAsyncContextManager[Glance]:
        """Look at what is there; for what is asked so often that a transaction is too dear."""
        ...

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[Work]:
        """Open a transaction: committed at the normal end, rolled back on any exception."""
        ...

    @property
    def plain_scans(self) -> PlainScans:
        """The short way of scans, in transactions of its own."""
        ...

    async def ready(self) -> None:
        """Return when the database answers and has our tables; raise what is wrong otherwise."""
        ...


class Wakeups(Protocol):
    """Tells those who follow the ledger that there may be something new.

    It only saves waiting: whoever follows also looks now and then by itself, so a call that gets
    lost, or that nobody made, delays and loses nothing.
    """

    @property
    def heard(self) -> int:
        """How many calls were heard so far; read before looking, and handed to `wait`."""
        ...

    def announce(self) -> None:
        """Call all who wait, in every process; after a commit, and so cheap that it may be often."""
        ...

    async def wait(self, *, heard: int) -> None:
        """Return at the next call, or at once where one came since `heard` was read."""
        ...
