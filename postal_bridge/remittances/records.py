"""The records of COD: carriers' payments and their lines, write-offs, and the cases of money."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH, TEXT_LENGTH
from postal_bridge.identity import Role
from postal_bridge.tracking.carrier_records import HASH_LENGTH, REFERENCE_LENGTH

KEY_LENGTH = 120
MOST_DONG = 1_000_000_000_000
"""No payment is larger; a slip of the hand may be."""


class Remittance(SQLModel):
    """A carrier's payment as it stands in the bank's account.

    Attributes:
        bank_reference: as somebody wrote it; `bank_key` is how two of them are compared. A carrier
            pays once under one.
        content: SHA-256 over day, total and lines: whether the same is entered once more.
        total_dong: what came into the account, whatever the lines say.
    """

    id: str = Field(max_length=CODE_LENGTH)
    carrier: str = Field(max_length=CODE_LENGTH)
    bank_reference: str = Field(max_length=CODE_LENGTH)
    bank_key: str = Field(max_length=CODE_LENGTH)
    content: str = Field(max_length=HASH_LENGTH)
    paid_on: date
    total_dong: int = Field(ge=0, le=MOST_DONG)
    entered_at: datetime
    entered_by: str = Field(max_length=CODE_LENGTH)
    note: str = Field(default="", max_length=TEXT_LENGTH)


class MatchedBy(StrEnum):
    """How a line found its consignment."""

    NUMBER = "number"
    REFERENCE = "reference"
    WAYBILL = "waybill"
    HAND = "hand"


class Trouble(StrEnum):
    """Why a line has no consignment."""

    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    TWICE = "twice"


class RemittanceLine(SQLModel):
    """What a payment says of one consignment.

    Attributes:
        position: 1, 2, 3 … in the order of the list.
        said: the name by which the carrier calls it: our number, our reference, its waybill.
        amount_dong: what of the payment is for it; below nought where only a fee was taken.
        fee_dong: what the carrier kept of the money that it collected.
        number: of our consignment; none where nobody knows it, see `trouble`.
        matched_by: none where `number` is none.
    """

    remittance_id: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=1)
    carrier: str = Field(max_length=CODE_LENGTH)
    paid_on: date
    said: str = Field(max_length=REFERENCE_LENGTH)
    amount_dong: int = Field(ge=-MOST_DONG, le=MOST_DONG)
    fee_dong: int = Field(default=0, ge=0, le=MOST_DONG)
    number: str | None = Field(default=None, max_length=CODE_LENGTH)
    matched_by: MatchedBy | None = None
    trouble: Trouble | None = None

    @property
    def gross_dong(self) -> int:
        """What it pays of the debt: the money that came and the fee that was kept."""
        return self.amount_dong + self.fee_dong


class WriteOff(SQLModel):
    """Money that is no longer waited for, or that we keep though nothing was due (below nought).

    Attributes:
        approved_by: the second person, where the sum needs one.
    """

    id: str = Field(max_length=CODE_LENGTH)
    number: str = Field(max_length=CODE_LENGTH)
    carrier: str = Field(max_length=CODE_LENGTH)
    amount_dong: int
    reason: str = Field(max_length=TEXT_LENGTH)
    written_by: str = Field(max_length=CODE_LENGTH)
    approved_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    written_at: datetime


class CodState(StrEnum):
    """How the money of a consignment stands."""

    WAITING = "waiting"
    NOTHING = "nothing"
    OWED = "owed"
    PART = "part"
    SETTLED = "settled"
    OVER = "over"


COD_STATE_NAMES: dict[CodState, tuple[str, str]] = {
    CodState.WAITING: ("chưa thu", "not collected yet"),
    CodState.NOTHING: ("không phải thu", "nothing to collect any more"),
    CodState.OWED: ("đã thu, chưa trả", "collected, not paid"),
    CodState.PART: ("mới trả một phần", "paid in part"),
    CodState.SETTLED: ("đã trả đủ", "settled"),
    CodState.OVER: ("trả thừa", "paid too much"),
}


class CodCaseKind(StrEnum):
    """What may be wrong with the money."""

    LATE = "late"
    SHORT = "short"
    SPLIT = "split"
    OVER = "over"
    NOT_DELIVERED = "not_delivered"
    COLLECTED_DIFFERS = "collected_differs"
    UNKNOWN_LINE = "unknown_line"
    LINE_TWICE = "line_twice"
    TOTAL_DIFFERS = "total_differs"


CASE_NAMES: dict[CodCaseKind, tuple[str, str]] = {
    CodCaseKind.LATE: ("chậm trả tiền thu hộ", "paid late"),
    CodCaseKind.SHORT: ("trả thiếu", "paid too little"),
    CodCaseKind.SPLIT: ("trả nhiều lần, chưa đủ", "paid in parts, not whole yet"),
    CodCaseKind.OVER: ("trả thừa", "paid too much"),
    CodCaseKind.NOT_DELIVERED: ("có tiền nhưng chưa phát", "paid but not delivered"),
    CodCaseKind.COLLECTED_DIFFERS: ("thu khác số đã đặt", "collected another sum than asked"),
    CodCaseKind.UNKNOWN_LINE: ("dòng không rõ vận đơn", "line of an unknown consignment"),
    CodCaseKind.LINE_TWICE: ("dòng lặp lại", "line that stands twice"),
    CodCaseKind.TOTAL_DIFFERS: ("tổng khác các dòng", "total differs from its lines"),
}

OWNER_OF: dict[CodCaseKind, Role] = {
    **dict.fromkeys(CodCaseKind, Role.SUPERVISOR),
    CodCaseKind.NOT_DELIVERED: Role.OFFICER,  # the centre knows whether the citizen has it
}


class CodCaseState(StrEnum):
    """Nobody closes a case by hand: it closes when the money adds up."""

    OPEN = "open"
    EXPLAINED = "explained"
    CLOSED = "closed"


CASE_STATE_NAMES: dict[CodCaseState, tuple[str, str]] = {
    CodCaseState.OPEN: ("đang mở", "open"),
    CodCaseState.EXPLAINED: ("đã giải trình", "explained"),
    CodCaseState.CLOSED: ("đã đóng", "closed"),
}


class CodCase(SQLModel):
    """Something about the money that a person must know.

    Attributes:
        key: made from what it is about, so that the same thing has one case for ever.
        kind: as it stands now: what was late becomes short when a part of it comes.
        number: the consignment; remittance_id and position: the payment and its line.
        amount_dong: what is missing; below nought what is too much.
        since: from when on it is so, by the carrier's clock or the bank's day.
        explanation: a person's words; they stay whatever becomes of the case.
        proposed_dong: what somebody wants to write off, until a second person agrees.
    """

    key: str = Field(max_length=KEY_LENGTH)
    kind: CodCaseKind
    carrier: str = Field(max_length=CODE_LENGTH)
    number: str | None = Field(default=None, max_length=CODE_LENGTH)
    remittance_id: str | None = Field(default=None, max_length=CODE_LENGTH)
    position: int | None = None
    amount_dong: int
    since: date
    owner_role: Role
    state: CodCaseState = CodCaseState.OPEN
    opened_at: datetime
    closed_at: datetime | None = None
    reopened: int = 0
    explanation: str | None = Field(default=None, max_length=TEXT_LENGTH)
    explained_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    proposed_dong: int | None = None
    proposed_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    proposed_reason: str | None = Field(default=None, max_length=TEXT_LENGTH)


class CodEntryKind(StrEnum):
    """What happened to a case."""

    OPENED = "opened"
    CHANGED = "changed"
    REOPENED = "reopened"
    EXPLAINED = "explained"
    ASSIGNED = "assigned"
    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    WRITTEN_OFF = "written_off"
    CLOSED = "closed"


ENTRY_NAMES: dict[CodEntryKind, tuple[str, str]] = {
    CodEntryKind.OPENED: ("mở", "opened"),
    CodEntryKind.CHANGED: ("thay đổi", "changed"),
    CodEntryKind.REOPENED: ("mở lại", "opened again"),
    CodEntryKind.EXPLAINED: ("giải trình", "explained"),
    CodEntryKind.ASSIGNED: ("gán vận đơn", "assigned"),
    CodEntryKind.PROPOSED: ("đề nghị xóa nợ", "write-off proposed"),
    CodEntryKind.WITHDRAWN: ("rút đề nghị", "proposal withdrawn"),
    CodEntryKind.WRITTEN_OFF: ("xóa nợ", "written off"),
    CodEntryKind.CLOSED: ("đóng", "closed"),
}


class CodCaseEntry(SQLModel):
    """A line of a case's history; never changed.

    Attributes:
        id: time-ordered.
        author: user name, or `cod` for what followed from the money alone.
    """

    id: str = Field(max_length=CODE_LENGTH)
    case_key: str = Field(max_length=KEY_LENGTH)
    kind: CodEntryKind
    author: str = Field(max_length=CODE_LENGTH)
    written_at: datetime
    text: str = Field(default="", max_length=NAME_LENGTH + TEXT_LENGTH)
