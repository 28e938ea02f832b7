"""Questions to carriers that change nothing: what it would cost, who has taken it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from postal_bridge.dossiers.records import Dossier
from postal_bridge.errors import Accident
from postal_bridge.tracking.carrier_ports import Carrier, Labels, Proves, Quotes
from postal_bridge.tracking.carrier_records import CarrierOrder, OrderState
from postal_bridge.tracking.carrier_values import (
    Label,
    NotThere,
    Order,
    Party,
    Proof,
    Quote,
    Refused,
)
from postal_bridge.tracking.counter import CONTENTS, placed
from postal_bridge.tracking.orders import Connection, UnknownConnection


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What one carrier said to a question for its price.

    Attributes:
        quote: its price, or why it would not take it.
        trouble: why it said nothing.
    """

    carrier: str
    quote: Quote | Refused | None = None
    trouble: str = ""


class Questions:
    """Asks carriers.

    Args:
        connections: by name.
        locate: the code of the province that an address names; one that names none lies in the
            sender's.
    """

    def __init__(
        self, connections: Mapping[str, Connection], *, locate: Callable[[str], str | None]
    ) -> None:
        self._connections = connections
        self._locate = locate

    async def prices(self, dossier: Dossier, *, cod_dong: int = 0) -> list[Offer]:
        """What each connection that names prices would take for the way home; cheapest first."""
        asking: list[asyncio.Task[Offer]] = []
        async with asyncio.TaskGroup() as group:
            for name, connection in sorted(self._connections.items()):
                carrier = connection.carrier
                if isinstance(carrier, Quotes):
                    order = self._order(dossier, connection, cod_dong)
                    asking.append(group.create_task(_offer(name, carrier, order)))
        return sorted((one.result() for one in asking), key=_rank)

    async def proof(self, order: CarrierOrder) -> Proof | NotThere | None:
        """What the carrier keeps of a delivery; None where it cannot be asked.

        Raises:
            Accident: it did not answer, or not in a shape that it promised.
            UnknownConnection: the order's connection is not configured any more.
        """
        carrier: Carrier = self._connection(order).carrier
        return await carrier.proof(placed(order)) if isinstance(carrier, Proves) else None

    async def label(self, order: CarrierOrder) -> Label | Refused | None:
        """The carrier's own label of an order that it has; None where it gives out none.

        Raises:
            Accident: it did not answer, or not in a shape that it promised.
            UnknownConnection: the order's connection is not configured any more.
        """
        carrier: Carrier = self._connection(order).carrier
        if not isinstance(carrier, Labels) or order.state is not OrderState.PLACED:
            return None
        return await carrier.label(placed(order))

    def sender(self, order: CarrierOrder) -> Party:
        """Who sends with the order's connection.

        Raises:
            UnknownConnection: it is not configured any more.
        """
        return self._connection(order).sender

    def _connection(self, order: CarrierOrder) -> Connection:
        connection = self._connections.get(order.carrier)
        if connection is None:
            raise UnknownConnection(order.carrier)
        return connection

    def _order(self, dossier: Dossier, connection: Connection, cod_dong: int) -> Order:
        address = dossier.applicant_address
        return Order(
            number=dossier.code,
            reference="",
            sender=connection.sender,
            receiver=Party(
                name=dossier.applicant_name,
                phone=dossier.applicant_phone,
                address=address,
                province=self._locate(address) or connection.sender.province,
            ),
            contents=CONTENTS,
            cod_dong=cod_dong,
        )


async def _offer(name: str, carrier: Quotes, order: Order) -> Offer:
    try:
        return Offer(carrier=name, quote=await carrier.quote(order))
    except Accident as trouble:
        return Offer(carrier=name, trouble=str(trouble))


def _rank(offer: Offer) -> tuple[Sequence[int], str]:
    amount = [0, offer.quote.amount_dong] if isinstance(offer.quote, Quote) else [1]
    return amount, offer.carrier
