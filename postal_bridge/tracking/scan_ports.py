"""What the way of scans needs besides custody: the store of refused ones, and of the devices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from postal_bridge.tracking.records import Device, RefusedScan, RefusedScanStep


@dataclass(frozen=True)
class RefusedFilter:
    """Which refused scans a list shows; what is None does not restrict.

    Attributes:
        settled: only those that wait for a supervisor, or only those that do not any more.
        after: scan id and fingerprint of the last one seen.
    """

    settled: bool | None = None
    reason: str | None = None
    device: str | None = None
    actor: str | None = None
    place: str | None = None
    after: tuple[UUID, str] | None = None
    limit: int = 50


class RefusedScans(Protocol):
    """Scans that were not taken, by id and fingerprint, and what was done about them.

    They are held after everything else that a transaction holds.
    """

    async def keep_refused(self, scans: Sequence[RefusedScan]) -> None:
        """Keep scans that were not taken; the same ones again change nothing, nor settled ones."""
        ...

    async def settle_refused(self, scan_ids: Iterable[UUID], *, at: datetime) -> None:
        """Note that scans which were refused earlier are in the ledger now.

        Of several contents under one id, it is the one that the ledger has.
        """
        ...

    async def listed(self, wanted: RefusedFilter) -> Sequence[RefusedScan]:
        """A page of them, newest first."""
        ...

    async def of(self, scan_id: UUID) -> Sequence[RefusedScan]:
        """All contents under this id, by when they were refused."""
        ...

    async def hold(self, scan_id: UUID, fingerprint: str) -> RefusedScan | None:
        """One content, held until the transaction ends."""
        ...

    async def put(self, scan: RefusedScan) -> None:
        """Renew what became of a scan."""
        ...

    async def steps(self, scan_id: UUID) -> Sequence[RefusedScanStep]:
        """What was done about the contents under this id, in order for each of them."""
        ...

    async def add_step(self, step: RefusedScanStep) -> None:
        """Write down what was done."""
        ...


class Devices(Protocol):
    """Handhelds and their clocks."""

    async def find(self, name: str) -> Device | None:
        """A handheld by its name."""
        ...

    async def put(self, device: Device) -> None:
        """Write or renew a handheld."""
        ...

    async def listed(self, *, limit: int, after: str | None = None) -> Sequence[Device]:
        """A page of handhelds, by name."""
        ...
