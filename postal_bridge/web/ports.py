"""What the pages need from outside: transactions to read in, and somebody who knows sessions."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from postal_bridge.errors import Refusal
from postal_bridge.identity import Actor
from postal_bridge.inbound import Inbound
from postal_bridge.pickup.ports import PickupWork
from postal_bridge.reconciliation.ports import NightWork
from postal_bridge.tracking.proof_ports import ProofWork


class PageWork(NightWork, PickupWork, ProofWork, Protocol):
    """The stores of one transaction that the pages work with."""

    @property
    def inbound(self) -> Inbound:
        """Staff, for the names of those who hold something; and who looked at what."""
        ...


class Transactions(Protocol):
    """Where everything is kept."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[PageWork]:
        """Open a transaction; to write only where somebody works on a case or signs a night."""
        ...


class Sessions(Protocol):
    """Who may come in; the same passwords, limits and sessions as those of the web API."""

    async def sign_in(self, username: str, password: str, *, address: str) -> str | Refusal:
        """Open a session for whoever knows the password, and give its token."""
        ...

    async def actor_of(self, token: str) -> Actor | Refusal:
        """The member of staff behind a token."""
        ...

    async def sign_out(self, token: str) -> None:
        """End the session of a token; a token that nobody knows is no harm."""
        ...
