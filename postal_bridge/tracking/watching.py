"""Watching carriers: feeds are read, orders asked about, callbacks applied, silence noticed.

Each report is kept in the transaction that moves the feed's cursor, so a crash between two pages
reads one page again and loses none; a report that is known already is known by its key.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from postal_bridge.clock import Clock
from postal_bridge.errors import Accident
from postal_bridge.identity import CARRIER
from postal_bridge.logs import get_logger
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.carrier_news import Meanings, Taken, take_scans
from postal_bridge.tracking.carrier_ports import CallsBack, Feeds, Tracks
from postal_bridge.tracking.carrier_records import CarrierOrder, FeedCursor, Source
from postal_bridge.tracking.carrier_values import Callback
from postal_bridge.tracking.counter import placed
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.incidents import open_incident
from postal_bridge.tracking.milestones import progress_of
from postal_bridge.tracking.orders import Connection, Transactions, UnknownConnection
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import CONSIGNMENT_OPEN, IncidentKind

MOST_PAGES = 1_000
"""Pages of a feed read in one look; the next look goes on behind them."""

ORDERS_AT_ONCE = 200


async def _nothing_rests() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A connection with what its reports mean and how long it may say nothing of an order.

    Attributes:
        calls_kept: for how long requests to it are kept.
        warn_before: how long before credentials end somebody is told.
        resting: the operations that are left alone after failures.
    """

    connection: Connection
    meanings: Meanings
    silence: timedelta
    calls_kept: timedelta = timedelta(days=90)
    warn_before: timedelta = timedelta(days=14)
    resting: Callable[[], Awaitable[Mapping[str, str]]] = _nothing_rests


class Watch:
    """Looks after what carriers report.

    Args:
        transactions: opens transactions.
        carriers: by name of the connection.
        clock: the moment of what is written down.
        identifiers: makes ids of events and incidents.
    """

    def __init__(
        self,
        *,
        transactions: Transactions,
        carriers: Mapping[str, Watched],
        clock: Clock,
        identifiers: Identifiers,
    ) -> None:
        self._transactions = transactions
        self._carriers = carriers
        self._clock = clock
        self._identifiers = identifiers
        self._log = get_logger(__name__)

    @property
    def names(self) -> list[str]:
        """The connections that are watched."""
        return sorted(self._carriers)

    async def look(self, name: str) -> int:
        """Read what a connection has to tell, and notice what it does not; how many new reports.

        Raises:
            Accident: the carrier did not answer; nothing is lost, the next look reads it.
        """
        carrier = self._watched(name).connection.carrier
        new = 0
        if isinstance(carrier, Feeds):
            new = await self._read_feed(name, carrier)
        elif isinstance(carrier, Tracks):
            new = await self._ask_about_orders(name, carrier)
        await self._notice_silence(name)
        return new

    async def take_callback(self, name: str, callback: Callback) -> Taken:
        """Apply what a carrier said by itself."""
        watched = self._watched(name)
        carrier = watched.connection.carrier
        if not isinstance(carrier, CallsBack):
            raise UnknownConnection(name)
        scans = carrier.understand(callback)
        async with self._transactions.begin() as work:
            return await take_scans(
                self._recorder(work),
                scans,
                carrier=name,
                source=Source.WEBHOOK,
                meanings=watched.meanings,
            )

    async def _read_feed(self, name: str, carrier: Feeds) -> int:
        new = 0
        for _ in range(MOST_PAGES):
            async with self._transactions.begin(write=False) as work:
                known = {one.carrier: one.cursor for one in await work.carrier_desk.cursors()}
            before = known.get(name, "")
            page = await carrier.page(before)
            async with self._transactions.begin() as work:
                held = await work.carrier_desk.cursor(name)
                if (held.cursor if held else "") != before:
                    return new  # somebody else reads this feed, and is ahead of us
                taken = await take_scans(
                    self._recorder(work),
                    page.scans,
                    carrier=name,
                    source=Source.FEED,
                    meanings=self._watched(name).meanings,
                )
                now = self._clock.now()
                await work.carrier_desk.move_cursor(
                    FeedCursor(carrier=name, cursor=page.cursor, moved_at=now)
                )
            new += taken.new
            if not page.more:
                break
        return new

    async def _ask_about_orders(self, name: str, carrier: Tracks) -> int:
        new, after = 0, ""
        while orders := await self._open_orders(name, after):
            for order in orders:
                try:
                    scans = await carrier.scans(placed(order))
                except Accident as trouble:
                    self._log.warning("order.not-tracked", number=order.number, error=str(trouble))
                    if getattr(trouble, "retryable", False):
                        raise
                    continue
                async with self._transactions.begin() as work:
                    taken = await take_scans(
                        self._recorder(work),
                        scans,
                        carrier=name,
                        source=Source.PULL,
                        meanings=self._watched(name).meanings,
                    )
                new += taken.new
            after = orders[-1].number
        return new

    async def _notice_silence(self, name: str) -> None:
        """Open an incident, once, for each order of which nothing was heard for too long."""
        watched, now, after = self._watched(name), self._clock.now(), ""
        while orders := await self._open_orders(name, after):
            for order in orders:
                async with self._transactions.begin() as work:
                    await self._notice_one(self._recorder(work), order, now - watched.silence)
            after = orders[-1].number

    async def _notice_one(self, recorder: Recorder, order: CarrierOrder, since: datetime) -> None:
        work = recorder.work
        events = await work.carrier_desk.events(order.number)
        latest = max((one.received_at for one in events), default=order.settled_at)
        consignment = await work.consignments.find(order.number)
        quiet = latest is not None and latest < since
        if not quiet or consignment is None or consignment.state not in CONSIGNMENT_OPEN:
            return
        stands = progress_of(events).milestone
        await open_incident(
            recorder,
            IncidentKind.SILENCE,
            order.number,
            place=self._watched(order.carrier).connection.place,
            handover=latest.isoformat() if latest else "",
            note=f"{order.carrier}: {stands.value if stands else '–'}",
        )

    async def _open_orders(self, name: str, after: str) -> list[CarrierOrder]:
        async with self._transactions.begin(write=False) as work:
            desk = work.carrier_desk
            return list(await desk.open_orders(name, limit=ORDERS_AT_ONCE, after=after))

    def _watched(self, name: str) -> Watched:
        watched = self._carriers.get(name)
        if watched is None:
            raise UnknownConnection(name)
        return watched

    def _recorder(self, work: CustodyWork) -> Recorder:
        now = self._clock.now()
        return Recorder(work, actor=CARRIER, now=now, identifiers=self._identifiers)
