"""Payments, accounts and cases of money, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from postal_bridge.remittances.matching import key_of
from postal_bridge.remittances.records import (
    CodCase,
    CodCaseEntry,
    CodCaseState,
    Remittance,
    RemittanceLine,
    WriteOff,
)
from postal_bridge.remittances.values import (
    BankSums,
    CodCaseFilter,
    CodFacts,
    PaymentSums,
    Telling,
)
from postal_bridge.tracking.carrier_records import CarrierOrder, OrderState

if TYPE_CHECKING:
    from tests.stages.memory_carriers import MemoryCarrierDesk

PLACED = {OrderState.PLACED, OrderState.CANCELLING, OrderState.CANCELLED}


class MemoryCodBooks:
    """What the stores keep, as they keep it: copies in, copies out."""

    def __init__(self, desk: "MemoryCarrierDesk") -> None:
        self._desk = desk
        self._paid: dict[str, Remittance] = {}
        self._lines: dict[tuple[str, int], RemittanceLine] = {}
        self._written_off: list[WriteOff] = []

    async def hold(self) -> None:
        """Nobody else is there."""

    async def add(self, remittance: Remittance, lines: Sequence[RemittanceLine]) -> bool:
        if await self.under(remittance.carrier, remittance.bank_key) is not None:
            return False
        self._paid[remittance.id] = remittance.model_copy()
        for line in lines:
            await self.put_line(line)
        return True

    async def under(self, carrier: str, bank_key: str) -> Remittance | None:
        named = (carrier, bank_key)
        found = (one for one in self._paid.values() if (one.carrier, one.bank_key) == named)
        return next((one.model_copy() for one in found), None)

    async def find(self, remittance_id: str) -> Remittance | None:
        found = self._paid.get(remittance_id)
        return found.model_copy() if found else None

    async def lines(self, remittance_id: str) -> Sequence[RemittanceLine]:
        return [
            one.model_copy() for (of, _), one in sorted(self._lines.items()) if of == remittance_id
        ]

    async def line(self, remittance_id: str, position: int) -> RemittanceLine | None:
        found = self._lines.get((remittance_id, position))
        return found.model_copy() if found else None

    async def put_line(self, line: RemittanceLine) -> None:
        self._lines[line.remittance_id, line.position] = line.model_copy()

    async def listed(
        self, *, carrier: str | None, after: str | None, limit: int
    ) -> Sequence[PaymentSums]:
        mine = [
            one
            for key, one in sorted(self._paid.items(), reverse=True)
            if carrier in {None, one.carrier} and (after is None or key < after)
        ]
        return [self._sums(one) for one in mine[:limit]]

    async def sums(self, remittance_ids: Iterable[str]) -> Sequence[PaymentSums]:
        wanted = sorted(set(remittance_ids))
        return [self._sums(self._paid[one]) for one in wanted if one in self._paid]

    def _sums(self, paid: Remittance) -> PaymentSums:
        lines = [one for (of, _), one in self._lines.items() if of == paid.id]
        return PaymentSums(
            remittance=paid.model_copy(),
            lines=len(lines),
            lines_dong=sum(one.amount_dong for one in lines),
            unassigned_dong=sum(one.amount_dong for one in lines if one.number is None),
        )

    async def unassigned(
        self, *, after: tuple[str, int] | None, limit: int
    ) -> Sequence[RemittanceLine]:
        nobodys = [
            one.model_copy()
            for key, one in sorted(self._lines.items())
            if one.number is None and (after is None or key > after)
        ]
        return nobodys[:limit]

    async def resembling(self, carrier: str, keys: Iterable[str]) -> Sequence[CarrierOrder]:
        wanted = set(keys)
        return [
            one.model_copy()
            for _, one in sorted(self._desk._orders.items())
            if one.carrier == carrier
            and one.cod_dong > 0
            and wanted
            & {
                key_of(name)
                for name in (one.number, one.reference, one.waybill, one.carrier_number)
                if name
            }
        ]

    async def accounts(
        self, *, carrier: str | None = None, after: str = "", limit: int
    ) -> Sequence[CodFacts]:
        orders = self._desk._orders
        numbers = {one.number for one in self._lines.values()}
        numbers |= {one.number for one in self._desk._events.values() if one.cod_move}
        wanted = [
            number
            for number, one in sorted(orders.items())
            if number > after
            and carrier in {None, one.carrier}
            and (number in numbers or (one.cod_dong > 0 and one.state in PLACED))
        ]
        facts = await self.facts(wanted[:limit])
        return [facts[number] for number in wanted[:limit]]

    async def facts(self, numbers: Iterable[str]) -> Mapping[str, CodFacts]:
        wanted = set(numbers)
        orders = await self._desk.orders(wanted)
        consignments = await self._desk._consignments.numbered(wanted)
        return {
            number: CodFacts(
                order=order,
                consignment=consignments[number].state,
                closed_at=consignments[number].closed_at,
                booked_at=consignments[number].booked_at,
                told=[
                    Telling(
                        move=one.cod_move,
                        dong=one.cod_dong,
                        occurred_at=one.occurred_at,
                        key=one.key,
                    )
                    for one in await self._desk.events(number)
                    if one.cod_move is not None
                ],
                lines=[one for _, one in sorted(self._lines.items()) if one.number == number],
                written_off=[one for one in self._written_off if one.number == number],
            )
            for number, order in orders.items()
        }

    async def add_write_off(self, write_off: WriteOff) -> None:
        self._written_off.append(write_off.model_copy())

    async def bank(self) -> Sequence[BankSums]:
        sums = []
        for carrier in sorted({one.carrier for one in self._paid.values()}):
            paid = [one for one in self._paid.values() if one.carrier == carrier]
            lines = [one for one in self._lines.values() if one.carrier == carrier]
            nobodys = [one for one in lines if one.number is None]
            received = sum(one.total_dong for one in paid)
            sums.append(
                BankSums(
                    carrier=carrier,
                    payments=len(paid),
                    received_dong=received,
                    unassigned_dong=sum(one.amount_dong for one in nobodys),
                    unassigned_fee_dong=sum(one.fee_dong for one in nobodys),
                    difference_dong=received - sum(one.amount_dong for one in lines),
                )
            )
        return sums


class MemoryCodCases:
    """Cases by key."""

    def __init__(self) -> None:
        self._cases: dict[str, CodCase] = {}
        self._entries: list[CodCaseEntry] = []

    async def find(self, key: str) -> CodCase | None:
        found = self._cases.get(key)
        return found.model_copy() if found else None

    async def of(self, keys: Iterable[str]) -> Mapping[str, CodCase]:
        return {key: self._cases[key].model_copy() for key in set(keys) if key in self._cases}

    async def put(self, cases: Sequence[CodCase]) -> None:
        self._cases |= {one.key: one.model_copy() for one in cases}

    async def listed(self, wanted: CodCaseFilter) -> Sequence[CodCase]:
        asked = {
            name: value
            for name in ("state", "kind", "carrier", "number")
            if (value := getattr(wanted, name)) is not None
        }
        found = [
            one.model_copy()
            for key, one in sorted(self._cases.items())
            if all(getattr(one, name) == value for name, value in asked.items())
            and not (wanted.standing and one.state is CodCaseState.CLOSED)
            and (wanted.after is None or key > wanted.after)
        ]
        return found[: wanted.limit]

    async def add_entries(self, entries: Sequence[CodCaseEntry]) -> None:
        self._entries += [one.model_copy() for one in entries]

    async def entries(self, key: str) -> Sequence[CodCaseEntry]:
        return sorted(
            (one.model_copy() for one in self._entries if one.case_key == key),
            key=lambda one: one.id,
        )
