"""The store of handhelds and their clocks."""

from collections.abc import Sequence

from sqlalchemy import select

from postal_bridge.storage.rows import Rows
from postal_bridge.storage.scan_tables import DeviceRow
from postal_bridge.tracking.records import Device


class DeviceStore:
    """One row per handheld."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._devices = rows.table(DeviceRow)

    async def find(self, name: str) -> Device | None:
        """A handheld by its name."""
        return await self._rows.one(Device, DeviceRow, name=name)

    async def put(self, device: Device) -> None:
        """Write or renew a handheld."""
        await self._rows.put(DeviceRow, device)

    async def listed(self, *, limit: int, after: str | None = None) -> Sequence[Device]:
        """A page of handhelds, by name."""
        c = self._devices.c
        conditions = [self._rows.own(self._devices)]
        if after is not None:
            conditions.append(c.name > after)
        statement = select(self._devices).where(*conditions).order_by(c.name).limit(limit)
        return await self._rows.all(Device, statement)
