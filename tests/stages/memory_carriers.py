"""Orders at carriers and their reports, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from postal_bridge.tracking.carrier_records import (
    UNSURE,
    CarrierCall,
    CarrierEvent,
    CarrierOrder,
    CredentialCheck,
    FeedCursor,
    OrderState,
)
from postal_bridge.tracking.carrier_values import CallTally, CodeSeen
from postal_bridge.tracking.ports import Consignments
from postal_bridge.tracking.records import CONSIGNMENT_OPEN


class MemoryCarrierDesk:
    """What the stores keep, as they keep it: copies in, copies out."""

    def __init__(self, consignments: Consignments) -> None:
        self._consignments = consignments
        self._orders: dict[str, CarrierOrder] = {}
        self._events: dict[str, CarrierEvent] = {}
        self._cursors: dict[str, FeedCursor] = {}
        self._calls: dict[str, CarrierCall] = {}
        self._checks: dict[str, CredentialCheck] = {}

    async def hold_order(self, number: str) -> CarrierOrder | None:
        order = self._orders.get(number)
        return order.model_copy() if order else None

    async def put_order(self, order: CarrierOrder) -> None:
        self._orders[order.number] = order.model_copy()

    async def orders(self, numbers: Iterable[str]) -> Mapping[str, CarrierOrder]:
        return {one: self._orders[one].model_copy() for one in set(numbers) if one in self._orders}

    async def unsettled(self, *, before: datetime, limit: int) -> Sequence[CarrierOrder]:
        waiting = [
            one
            for one in self._orders.values()
            if one.state in UNSURE and (one.asked_at is None or one.asked_at <= before)
        ]
        waiting.sort(key=lambda one: (one.asked_at is not None, one.asked_at or before, one.number))
        return [one.model_copy() for one in waiting[:limit]]

    async def named(
        self, carrier: str, *, references: Iterable[str], waybills: Iterable[str]
    ) -> Sequence[CarrierOrder]:
        by_reference, by_waybill = set(references) - {""}, set(waybills) - {""}
        return [
            one.model_copy()
            for _, one in sorted(self._orders.items())
            if one.carrier == carrier
            and (one.reference in by_reference or {one.waybill, one.carrier_number} & by_waybill)
        ]

    async def open_orders(self, carrier: str, *, limit: int, after: str) -> Sequence[CarrierOrder]:
        mine = [
            one
            for number, one in sorted(self._orders.items())
            if one.carrier == carrier and one.state is OrderState.PLACED and number > after
        ]
        known = await self._consignments.numbered([one.number for one in mine])
        still = [
            one
            for one in mine
            if one.number in known and known[one.number].state in CONSIGNMENT_OPEN
        ]
        return [one.model_copy() for one in still[:limit]]

    async def add_events(self, events: Iterable[CarrierEvent]) -> Sequence[CarrierEvent]:
        new = []
        for one in events:
            if one.key not in self._events:
                self._events[one.key] = one.model_copy()
                new.append(one)
        return new

    async def adopt(self, carrier: str, *, number: str, names: Iterable[str]) -> int:
        wanted = set(filter(None, names))
        found = [
            one
            for one in self._events.values()
            if one.carrier == carrier
            and one.number is None
            and {one.reference, one.waybill} & wanted
        ]
        for one in found:
            one.number = number
        return len(found)

    async def events(self, number: str) -> Sequence[CarrierEvent]:
        mine = [one.model_copy() for one in self._events.values() if one.number == number]
        return sorted(mine, key=lambda one: (one.occurred_at, one.received_at, one.key))

    async def gaps(self) -> Sequence[CodeSeen]:
        def code(one: CarrierEvent) -> tuple[str, str, str]:
            return one.carrier, one.vocabulary, one.raw_code

        unmapped = sorted((e for e in self._events.values() if e.milestone is None), key=code)
        seen = []
        for (carrier, vocabulary, raw_code), group in groupby(unmapped, key=code):
            events = list(group)
            seen.append(
                CodeSeen(
                    carrier=carrier,
                    vocabulary=vocabulary,
                    raw_code=raw_code,
                    raw_text=max(one.raw_text for one in events),
                    count=len(events),
                    first_at=min(one.received_at for one in events),
                    last_at=max(one.received_at for one in events),
                )
            )
        return sorted(seen, key=lambda one: -one.count)

    async def map_code(self, seen: CodeSeen, *, milestone: str, why: str | None) -> Sequence[str]:
        found = [
            one
            for one in self._events.values()
            if (one.carrier, one.vocabulary, one.raw_code)
            == (seen.carrier, seen.vocabulary, seen.raw_code)
            and one.milestone is None
        ]
        for one in found:
            self._events[one.key] = CarrierEvent.model_validate(
                {**one.model_dump(), "milestone": milestone, "why": why}
            )
        return sorted({one.number for one in found if one.number is not None})

    async def cursor(self, carrier: str) -> FeedCursor | None:
        return self._cursors.get(carrier)

    async def move_cursor(self, cursor: FeedCursor) -> None:
        self._cursors[cursor.carrier] = cursor.model_copy()

    async def cursors(self) -> Sequence[FeedCursor]:
        return [one for _, one in sorted(self._cursors.items())]

    async def add_call(self, call: CarrierCall) -> None:
        self._calls[call.id] = call.model_copy()

    async def calls(self, carrier: str, *, limit: int, after: str | None) -> Sequence[CarrierCall]:
        mine = [
            one
            for key, one in sorted(self._calls.items(), reverse=True)
            if one.carrier == carrier and (after is None or key < after)
        ]
        return mine[:limit]

    async def tally(self, *, since: datetime) -> Sequence[CallTally]:
        def name(one: CarrierCall) -> tuple[str, str]:
            return one.carrier, one.operation

        recent = sorted((one for one in self._calls.values() if one.at >= since), key=name)
        tallies = []
        for (carrier, operation), group in groupby(recent, key=name):
            calls = list(group)
            tallies.append(
                CallTally(
                    carrier=carrier,
                    operation=operation,
                    calls=len(calls),
                    errors=sum(one.is_error for one in calls),
                    slowest_ms=max(one.duration_ms for one in calls),
                )
            )
        return tallies

    async def put_check(self, check: CredentialCheck) -> None:
        self._checks[check.carrier] = check.model_copy()

    async def checks(self) -> Sequence[CredentialCheck]:
        return [one.model_copy() for _, one in sorted(self._checks.items())]

    async def forget_calls(self, carrier: str, *, before: datetime) -> int:
        old = [
            key for key, one in self._calls.items() if one.carrier == carrier and one.at < before
        ]
        for key in old:
            del self._calls[key]
        return len(old)
