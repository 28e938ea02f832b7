"""The ledger for those who follow it, over the stores in memory: event by event, the plain way."""

from typing import TYPE_CHECKING

from postal_bridge.tracking.changes import BEGINNING, Change, ChangePage, Cursor, Onlooker
from postal_bridge.tracking.records import CustodyEvent

if TYPE_CHECKING:
    from tests.stages.memory import MemoryCustody


class MemoryChanges:
    """Reads a list of events, which is in the order of commits by itself."""

    def __init__(self, custody: "MemoryCustody") -> None:
        self._custody = custody

    async def cursor(self) -> str:
        return self._cursor(len(self._custody.events)).text

    async def after(self, cursor: Cursor, *, onlooker: Onlooker, limit: int) -> ChangePage | None:
        events = self._custody.events
        if cursor.entry > len(events) or cursor != self._cursor(cursor.entry):
            return None
        told: dict[str, CustodyEvent] = {}
        for entry, event in enumerate(events[cursor.entry :], start=cursor.entry + 1):
            if not self._concerns(onlooker, entry, event):
                continue
            if event.item_code not in told and len(told) == limit:
                return ChangePage(cursor.text, self._changes(told, onlooker), more=True)
            told = {code: one for code, one in told.items() if code != event.item_code}
            told[event.item_code] = event
            cursor = self._cursor(entry)
        return ChangePage(await self.cursor(), self._changes(told, onlooker))

    def _cursor(self, entry: int) -> Cursor:
        if entry == 0:
            return BEGINNING
        return Cursor(0, entry, self._custody.events[entry - 1].hash[:8])

    def _concerns(self, onlooker: Onlooker, entry: int, event: CustodyEvent) -> bool:
        position = self._custody.positions[event.item_code]
        earlier = [
            one for one in self._custody.events[: entry - 1] if one.item_code == event.item_code
        ]
        earlier.sort(key=lambda one: (one.occurred_at, one.seq))
        place = earlier[-1].place if earlier else ""
        custodian = next((one.custodian for one in reversed(earlier) if one.custodian), None)
        return (
            event.actor == onlooker.username
            or onlooker.has(place=event.place, custodian=event.custodian)
            or onlooker.has(place=position.place, custodian=position.custodian)
            or onlooker.has(place=place, custodian=custodian)
        )

    def _changes(self, told: dict[str, CustodyEvent], onlooker: Onlooker) -> tuple[Change, ...]:
        return tuple(
            Change.of(
                self._custody.positions[code],
                onlooker,
                act=event.act,
                at=event.occurred_at,
                by=event.actor,
            )
            for code, event in told.items()
        )
