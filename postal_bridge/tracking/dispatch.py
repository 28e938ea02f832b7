"""What leaves from the outbox: orders to carriers, notices to citizens."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from postal_bridge.clock import Clock
from postal_bridge.errors import Accident, Refusal
from postal_bridge.identity import NIGHT
from postal_bridge.logs import get_logger
from postal_bridge.outbox import Claimed
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.consignments import BOOK_TOPIC, confirm_booking
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ports import Carrier, CustodyWork, Order

NOTICE_TOPIC = "notice"

Handler = Callable[[Claimed], Awaitable[None]]


class Transactions(Protocol):
    """Opens a transaction with the stores of custody."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[CustodyWork]:
        """One transaction, committed at its normal end."""
        ...


class UnknownCarrier(Accident):
    """A message names a carrier that is not configured; a person must mend the configuration."""


class Dispatch:
    """Takes messages from the outbox to where they belong."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        carriers: Mapping[str, Carrier],
        clock: Clock,
        identifiers: Identifiers,
    ) -> None:
        self._transactions = transactions
        self._carriers = carriers
        self._clock = clock
        self._identifiers = identifiers
        self._log = get_logger(__name__)

    def handlers(self) -> dict[str, Handler]:
        """Which topic is whose."""
        return {BOOK_TOPIC: self.book, NOTICE_TOPIC: self.notify}

    async def book(self, message: Claimed) -> None:
        """Place an order with its carrier and note the carrier's reference.

        The order is placed outside any transaction. A crash between the two repeats the order
        under the same number, which the carrier recognises.
        """
        facts = json.loads(message.payload)
        carrier = self._carriers.get(facts["carrier"])
        if carrier is None:
            raise UnknownCarrier(facts["carrier"])
        async with self._transactions.begin(write=False) as work:
            consignment = await work.consignments.find(facts["number"])
        if consignment is None:
            raise UnknownCarrier(facts["number"])
        reference = await carrier.book(
            Order(
                number=consignment.number,
                item_code=consignment.item_code,
                consignee_name=consignment.consignee_name,
                consignee_phone=consignment.consignee_phone,
                consignee_address=consignment.consignee_address,
            )
        )
        now = self._clock.now()
        async with self._transactions.begin() as work:
            recorder = Recorder(work, actor=NIGHT, now=now, identifiers=self._identifiers)
            outcome = await confirm_booking(
                recorder, number=consignment.number, reference=reference
            )
        if isinstance(outcome, Refusal):
            raise UnknownCarrier(outcome.sentence("en"))

    async def notify(self, message: Claimed) -> None:
        """Tell the citizen. Until a channel is configured, the log is where notices go."""
        facts = json.loads(message.payload)
        self._log.info("notice", notice=facts["notice"], dossier=facts["dossier"])
