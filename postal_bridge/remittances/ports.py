"""What the books of COD need from outside: payments, facts of consignments, cases."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from postal_bridge.remittances.records import (
    CodCase,
    CodCaseEntry,
    Remittance,
    RemittanceLine,
    WriteOff,
)
from postal_bridge.remittances.values import BankSums, CodCaseFilter, CodFacts, PaymentSums
from postal_bridge.tracking.carrier_ports import CarrierDesk
from postal_bridge.tracking.carrier_records import CarrierOrder


class CodBooks(Protocol):
    """Payments, what they are for, and the facts that they are held against."""

    async def hold(self) -> None:
        """Be the only one who writes into the books until the transaction ends."""
        ...

    async def add(self, remittance: Remittance, lines: Sequence[RemittanceLine]) -> bool:
        """Write a payment; False, and nothing written, where the carrier's reference is there."""
        ...

    async def under(self, carrier: str, bank_key: str) -> Remittance | None:
        """The payment that a carrier made under a bank reference."""
        ...

    async def find(self, remittance_id: str) -> Remittance | None:
        """A payment."""
        ...

    async def lines(self, remittance_id: str) -> Sequence[RemittanceLine]:
        """The lines of a payment, in their order."""
        ...

    async def line(self, remittance_id: str, position: int) -> RemittanceLine | None:
        """One line."""
        ...

    async def put_line(self, line: RemittanceLine) -> None:
        """Renew a line."""
        ...

    async def listed(
        self, *, carrier: str | None, after: str | None, limit: int
    ) -> Sequence[PaymentSums]:
        """Payments, newest first, behind the id `after`."""
        ...

    async def sums(self, remittance_ids: Iterable[str]) -> Sequence[PaymentSums]:
        """These payments, by id."""
        ...

    async def unassigned(
        self, *, after: tuple[str, int] | None, limit: int
    ) -> Sequence[RemittanceLine]:
        """Lines without a consignment, by payment and position, behind `after`."""
        ...

    async def resembling(self, carrier: str, keys: Iterable[str]) -> Sequence[CarrierOrder]:
        """A carrier's orders with money of which one name, without marks and in capitals, is here.

        It reads all of them, so it is for what nobody is called exactly.
        """
        ...

    async def accounts(
        self, *, carrier: str | None = None, after: str = "", limit: int
    ) -> Sequence[CodFacts]:
        """Consignments that money is to be collected for, was told of or came for, by number."""
        ...

    async def facts(self, numbers: Iterable[str]) -> Mapping[str, CodFacts]:
        """The facts of these consignments; what has no order is left out."""
        ...

    async def add_write_off(self, write_off: WriteOff) -> None:
        """Write money off."""
        ...

    async def bank(self) -> Sequence[BankSums]:
        """What came into the bank, by carrier."""
        ...


class CodCases(Protocol):
    """The cases of money."""

    async def find(self, key: str) -> CodCase | None:
        """A case."""
        ...

    async def of(self, keys: Iterable[str]) -> Mapping[str, CodCase]:
        """These cases, by key."""
        ...

    async def put(self, cases: Sequence[CodCase]) -> None:
        """Write or renew cases."""
        ...

    async def listed(self, wanted: CodCaseFilter) -> Sequence[CodCase]:
        """Cases, by key."""
        ...

    async def add_entries(self, entries: Sequence[CodCaseEntry]) -> None:
        """Append to histories."""
        ...

    async def entries(self, key: str) -> Sequence[CodCaseEntry]:
        """A case's history, oldest first."""
        ...


class CodWork(Protocol):
    """The stores of one transaction that money is kept with."""

    @property
    def carrier_desk(self) -> CarrierDesk:
        """Orders at carriers."""
        ...

    @property
    def cod_books(self) -> CodBooks:
        """Payments and accounts."""
        ...

    @property
    def cod_cases(self) -> CodCases:
        """Cases."""
        ...
