"""A stand-in for a carrier: takes orders, recognises repeats, and breaks where it is told to."""

from postal_bridge.errors import Accident
from postal_bridge.tracking.ports import Order


class CarrierDown(Accident):
    """The stand-in was told not to answer."""

    retryable = True


class CarrierMemory:
    """A carrier with its own numbering, as the real ones have.

    Attributes:
        orders: what it was asked to do, by our number; a repeat changes nothing.
        answered: how many orders it answers before it breaks; none means always.
        deaf_after: whether an order that is not answered was taken all the same, as happens when
            the line breaks on the way back.
    """

    def __init__(self, name: str, *, answered: int | None = None, deaf_after: bool = False) -> None:
        self.name = name
        self.orders: dict[str, Order] = {}
        self.answered = answered
        self.deaf_after = deaf_after

    async def book(self, order: Order) -> str:
        """Take an order; the same number is the same order and gives the same reference."""
        if self.answered == 0:
            if self.deaf_after:
                self._take(order)
            raise CarrierDown(self.name)
        if self.answered is not None:
            self.answered -= 1
        return self._take(order)

    def _take(self, order: Order) -> str:
        self.orders.setdefault(order.number, order)
        return f"{self.name.upper()}{list(self.orders).index(order.number) + 1:08d}"
