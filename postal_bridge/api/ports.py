"""What the web API needs from outside: transactions with the stores of all rooms."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from postal_bridge.documents.ports import Documents
from postal_bridge.inbound import Inbound
from postal_bridge.reconciliation.ports import Nights
from postal_bridge.tracking.ports import CustodyWork


class Work(CustodyWork, Protocol):
    """One transaction: the stores of all rooms, which see each other's writes."""

    @property
    def inbound(self) -> Inbound:
        """Staff, sessions, answers, refused requests, looks."""
        ...

    @property
    def documents(self) -> Documents:
        """The registered files."""
        ...

    @property
    def nights(self) -> Nights:
        """Nightly counts and their differences."""
        ...


class Storage(Protocol):
    """Where everything is kept."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[Work]:
        """Open a transaction: committed at the normal end, rolled back on any exception."""
        ...

    async def ready(self) -> None:
        """Return when the database answers and has our tables; raise what is wrong otherwise."""
        ...
