"""Calls to carriers, written down in transactions of their own."""

from postal_bridge.errors import Accident
from postal_bridge.logs import get_logger
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.carrier_records import CarrierCall


class StoredCalls:
    """A call log in the database.

    It never fails: an order is worth more than the note about it. It is used outside transactions
    only, as carriers are: on SQLite a call inside one would wait for the writer, which is its own
    caller.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._log = get_logger(__name__)

    async def write(self, call: CarrierCall) -> None:
        """Keep a call."""
        try:
            async with self._storage.begin() as work:
                await work.carrier_desk.add_call(call)
        except Exception as trouble:  # noqa: BLE001 - whatever it was, the call itself goes on
            self._log.warning(
                "carrier-call.not-kept",
                carrier=call.carrier,
                operation=call.operation,
                outcome=call.outcome,
                error=_said(trouble),
            )


def _said(trouble: Exception) -> str:
    """What went wrong; a driver's own words would repeat what was to be written."""
    return str(trouble) if isinstance(trouble, Accident) else type(trouble).__name__
