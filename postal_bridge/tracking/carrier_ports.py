"""What tracking asks of carriers: one small port for each thing that a carrier may be able to do.

A connection can do what its adapter has a method for, and says so (`capabilities_of`). Every
answer has a type. What may have been stored over there without our knowing is `Unknown`, and blocks
any new order for the same leg until somebody looked (docs/adr/0015). What certainly was not heard
is an accident (`CarrierUnavailable`) and may be said again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from postal_bridge.tracking.carrier_records import (
    CarrierCall,
    CarrierEvent,
    CarrierOrder,
    CodMove,
    CredentialCheck,
    FeedCursor,
)
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    CallTally,
    Cancelled,
    Capability,
    CarrierScan,
    CodeSeen,
    Credentials,
    FeedPage,
    Label,
    NotThere,
    Order,
    PendingCase,
    Placed,
    Proof,
    Quote,
    Refused,
    Reply,
    Unknown,
    Window,
)


class Carrier(Protocol):
    """A connection to a carrier, whatever it can do.

    Attributes:
        name: of the connection, as the settings name it.
        reference_limit: characters that a reference of ours may have there.
        repeatable: whether the carrier recognises a repeated order by our reference and stores it
            once; then an unknown order is settled by saying it again.
    """

    name: str
    reference_limit: int
    repeatable: bool

    async def close(self) -> None:
        """Give back the connections; a later question opens new ones."""
        ...


@runtime_checkable
class Books(Protocol):
    """Takes orders."""

    async def book(self, order: Order) -> Booked | Refused | Unknown:
        """Place an order.

        Raises:
            CarrierUnavailable: it certainly was not stored.
        """
        ...


@runtime_checkable
class Finds(Protocol):
    """Tells whether it has an order."""

    async def find(self, reference: str) -> Booked | NotThere | Unknown:
        """Look an order up by our reference."""
        ...


@runtime_checkable
class Cancels(Protocol):
    """Calls orders off."""

    async def cancel(self, placed: Placed) -> Cancelled | PendingCase | Refused | Unknown:
        """Call an order off, or ask how a pending cancellation stands (`placed.case_id`)."""
        ...


@runtime_checkable
class Quotes(Protocol):
    """Says what an order would cost."""

    async def quote(self, order: Order) -> Quote | Refused:
        """The price of an order that is not placed."""
        ...


@runtime_checkable
class Labels(Protocol):
    """Gives out labels."""

    async def label(self, placed: Placed) -> Label | Refused:
        """What is stuck on the item."""
        ...


@runtime_checkable
class Tracks(Protocol):
    """Tells what happened to one order."""

    async def scans(self, placed: Placed) -> Sequence[CarrierScan]:
        """All that is known of an order, in any order."""
        ...


@runtime_checkable
class Feeds(Protocol):
    """Tells what happened to all our orders, one after the other."""

    async def page(self, cursor: str) -> FeedPage:
        """What came behind the cursor; "" begins with the oldest."""
        ...


@runtime_checkable
class Fetches(Protocol):
    """Takes a time with the order in which it fetches the item (`Order.window`)."""

    def fetch_window(self, order: Order) -> Window | None:
        """The time that the carrier is told; none where it comes when it likes."""
        ...


@runtime_checkable
class Proves(Protocol):
    """Can be asked who has taken an item."""

    async def proof(self, placed: Placed) -> Proof | NotThere:
        """What is kept over there of a delivery; nothing before it."""
        ...


@runtime_checkable
class CollectsMoney(Protocol):
    """Collects money on delivery, and tells of it with its reports (`CarrierScan.money`).

    Attributes:
        tells_of_money: what it tells: that it was collected, that it was paid out to us, or both.
    """

    tells_of_money: frozenset[CodMove]


@runtime_checkable
class CallsBack(Protocol):
    """Tells us by itself, with requests to our door."""

    def is_genuine(self, callback: Callback) -> bool:
        """Whether it comes from the carrier, as far as that carrier lets us know."""
        ...

    def understand(self, callback: Callback) -> Sequence[CarrierScan]:
        """What it says.

        Raises:
            CarrierMisread: it has not the promised shape.
        """
        ...

    def answer(self, *, kept: bool) -> Reply:
        """What this carrier needs to hear: that we have it, or to send it again."""
        ...


@runtime_checkable
class Verifies(Protocol):
    """Lets us ask whether our credentials are good."""

    async def verify(self) -> Credentials:
        """Sign in anew, and say how that went; never raises."""
        ...


PORT_OF: Mapping[Capability, type] = {
    Capability.BOOK: Books,
    Capability.FIND: Finds,
    Capability.CANCEL: Cancels,
    Capability.QUOTE: Quotes,
    Capability.LABEL: Labels,
    Capability.TRACK: Tracks,
    Capability.FEED: Feeds,
    Capability.PICKUP: Fetches,
    Capability.PROOF: Proves,
    Capability.COD: CollectsMoney,
    Capability.WEBHOOK: CallsBack,
    Capability.VERIFY: Verifies,
}


def capabilities_of(carrier: object) -> frozenset[Capability]:
    """What a connection, or an adapter's class, can do: what it has the methods for."""
    return frozenset(
        capability
        for capability, port in PORT_OF.items()
        if all(hasattr(carrier, method) for method in _methods(port))
    )


def _methods(port: type) -> Iterable[str]:
    named = {**vars(port), **port.__annotations__}
    return (name for name in named if not name.startswith("_"))


class CallLog(Protocol):
    """Where requests to carriers are written down."""

    async def write(self, call: CarrierCall) -> None:
        """Keep a call; never fails: what cannot be written is logged."""
        ...


class CarrierDesk(Protocol):
    """Orders, events and cursors, in the transaction at hand."""

    async def hold_order(self, number: str) -> CarrierOrder | None:
        """The order of a consignment, held until the transaction ends."""
        ...

    async def put_order(self, order: CarrierOrder) -> None:
        """Write or renew an order."""
        ...

    async def orders(self, numbers: Iterable[str]) -> Mapping[str, CarrierOrder]:
        """Orders by their consignments' numbers; unknown ones are left out."""
        ...

    async def unsettled(self, *, before: datetime, limit: int) -> Sequence[CarrierOrder]:
        """Asked, unknown or being cancelled since before this moment, oldest first."""
        ...

    async def named(
        self, carrier: str, *, references: Iterable[str], waybills: Iterable[str]
    ) -> Sequence[CarrierOrder]:
        """A carrier's orders that go by one of these names."""
        ...

    async def open_orders(self, carrier: str, *, limit: int, after: str) -> Sequence[CarrierOrder]:
        """Placed orders whose consignment is still open, by number, behind `after`."""
        ...

    async def add_events(self, events: Iterable[CarrierEvent]) -> Sequence[CarrierEvent]:
        """Keep events; gives those that were new, the others are known by their key."""
        ...

    async def adopt(self, carrier: str, *, number: str, names: Iterable[str]) -> int:
        """Give reports that came before anybody knew the order to its consignment; how many."""
        ...

    async def events(self, number: str) -> Sequence[CarrierEvent]:
        """All events of a consignment, by moment."""
        ...

    async def gaps(self) -> Sequence[CodeSeen]:
        """Raw codes without a milestone, most frequent first."""
        ...

    async def map_code(self, seen: CodeSeen, *, milestone: str, why: str | None) -> Sequence[str]:
        """Give the reports of a gap their milestone; the consignments that they are about."""
        ...

    async def cursor(self, carrier: str) -> FeedCursor | None:
        """How far a feed is read, held until the transaction ends."""
        ...

    async def move_cursor(self, cursor: FeedCursor) -> None:
        """Write how far a feed is read now."""
        ...

    async def cursors(self) -> Sequence[FeedCursor]:
        """All of them."""
        ...

    async def put_check(self, check: CredentialCheck) -> None:
        """Keep what a carrier said of our credentials, instead of what it said before."""
        ...

    async def checks(self) -> Sequence[CredentialCheck]:
        """What each carrier last said of our credentials."""
        ...

    async def add_call(self, call: CarrierCall) -> None:
        """Keep a call."""
        ...

    async def calls(self, carrier: str, *, limit: int, after: str | None) -> Sequence[CarrierCall]:
        """A connection's calls, newest first."""
        ...

    async def tally(self, *, since: datetime) -> Sequence[CallTally]:
        """Calls and errors by connection and operation."""
        ...

    async def forget_calls(self, carrier: str, *, before: datetime) -> int:
        """Remove a connection's calls that are older; how many."""
        ...
