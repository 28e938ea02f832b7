"""What the short way of scans needs: somebody who takes a whole batch at once."""

from typing import Protocol

from postal_bridge.tracking.plain_scans import PlainBatch, PlainOutcome


class PlainScans(Protocol):
    """Takes the plain scans of a batch, in a transaction of its own."""

    async def take(self, batch: PlainBatch) -> PlainOutcome:
        """Take what is plain and say of each other scan why it was not taken.

        What was taken is committed when this returns; a scan that is not among the judged ones
        was taken. Nothing at all was done where the outcome has no actor.
        """
        ...
