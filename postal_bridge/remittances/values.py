"""What the rooms say to each other about COD: facts of a consignment, its account, sums, wishes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from postal_bridge.remittances.records import (
    CodCaseKind,
    CodCaseState,
    CodState,
    Remittance,
    RemittanceLine,
    WriteOff,
)
from postal_bridge.tracking.carrier_records import CarrierOrder, CodMove
from postal_bridge.tracking.records import ConsignmentState


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What a carrier told of a consignment's money.

    Attributes:
        dong: none where it did not say how much.
        key: of the report; the same report is the same telling.
    """

    move: CodMove
    dong: int | None
    occurred_at: datetime
    key: str


@dataclass(frozen=True, kw_only=True)
class CodFacts:
    """All that is known of the money of one consignment; `cod.fold` makes its account of it.

    Attributes:
        consignment: where the result is, by our own ledger.
        closed_at: when it was delivered, brought back or called off.
    """

    order: CarrierOrder
    consignment: ConsignmentState
    closed_at: datetime | None
    booked_at: datetime
    told: Sequence[Telling] = ()
    lines: Sequence[RemittanceLine] = ()
    written_off: Sequence[WriteOff] = ()


@dataclass(frozen=True, kw_only=True)
class Account:
    """How the money of one consignment stands, in đồng.

    `due_dong` = `remitted_dong` + `withheld_dong` + `written_off_dong` + `open_dong`, always.

    Attributes:
        cod_dong: what was to be collected.
        due_dong: what the carrier owes us in all: nothing before it has the money.
        collected_dong: what it has collected, by its word or because it has handed over.
        told_remitted_dong: what it says that it has paid; a word and no money.
        remitted_dong: what came into the bank for it; withheld_dong: what the carrier kept.
        open_dong: what is missing; below nought what is too much.
        since: from when on the carrier owes.
        payments: how many lines of payments paid something of it; last_paid_on: the latest day.
    """

    number: str
    carrier: str
    waybill: str | None
    state: CodState
    cod_dong: int
    due_dong: int
    collected_dong: int
    told_remitted_dong: int
    remitted_dong: int
    withheld_dong: int
    written_off_dong: int
    open_dong: int
    since: datetime | None
    booked_at: datetime
    payments: int
    last_paid_on: date | None


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """A line as somebody entered it."""

    said: str
    amount_dong: int
    fee_dong: int = 0


@dataclass(frozen=True, kw_only=True)
class NewRemittance:
    """A payment as somebody entered it."""

    carrier: str
    bank_reference: str
    paid_on: date
    total_dong: int
    lines: Sequence[NewLine]
    note: str = ""


@dataclass(frozen=True)
class Taken:
    """A payment that is in the books; `already` where it was so before."""

    remittance: Remittance
    already: bool


@dataclass(frozen=True, kw_only=True)
class PaymentSums:
    """A payment with what its lines say together."""

    remittance: Remittance
    lines: int
    lines_dong: int
    unassigned_dong: int

    @property
    def difference_dong(self) -> int:
        """What came beyond the lines; below nought what the lines promise and never came."""
        return self.remittance.total_dong - self.lines_dong


@dataclass(frozen=True, kw_only=True)
class BankSums:
    """What came from a carrier into the bank, by the payments alone.

    `received_dong` = remitted of all accounts + `unassigned_dong` + `difference_dong`.
    """

    carrier: str
    payments: int
    received_dong: int
    unassigned_dong: int
    unassigned_fee_dong: int
    difference_dong: int


@dataclass(frozen=True, kw_only=True)
class CarrierSums:
    """A carrier's accounts together, with its bank sums."""

    carrier: str
    accounts: int
    waiting_dong: int
    due_dong: int
    remitted_dong: int
    withheld_dong: int
    written_off_dong: int
    open_dong: int
    missing_dong: int
    surplus_dong: int
    bank: BankSums

    @property
    def ties_out(self) -> bool:
        """Whether not one đồng is unaccounted for."""
        paid = self.remitted_dong + self.withheld_dong + self.written_off_dong
        bank = self.bank
        held = self.remitted_dong + bank.unassigned_dong + bank.difference_dong
        return self.due_dong == paid + self.open_dong and bank.received_dong == held


@dataclass(frozen=True, kw_only=True)
class CodCaseFilter:
    """Which cases; None does not restrict. By key, behind `after`."""

    state: CodCaseState | None = None
    standing: bool = False
    kind: CodCaseKind | None = None
    carrier: str | None = None
    number: str | None = None
    after: str | None = None
    limit: int = 200
