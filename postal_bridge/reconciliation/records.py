"""The records of a night: its run, and the cases that differences become."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH, TEXT_LENGTH


class DifferenceKind(StrEnum):
    """The classes of difference between our ledger and the one-stop system."""

    MISSING_THERE = "missing_there"
    MISSING_HERE = "missing_here"
    DUPLICATE_CODE = "duplicate_code"
    STATE = "state"
    DEPARTMENT = "department"
    PROCEDURE = "procedure"
    CHANNEL = "channel"
    RETURN_MODE = "return_mode"
    RECEIVED_DAY = "received_day"
    PROMISED_DAY = "promised_day"


DIFFERENCE_NAMES: dict[DifferenceKind, tuple[str, str]] = {
    DifferenceKind.MISSING_THERE: ("một cửa không có", "missing at the one-stop system"),
    DifferenceKind.MISSING_HERE: ("bưu điện không có", "missing in our ledger"),
    DifferenceKind.DUPLICATE_CODE: ("trùng mã bên một cửa", "code twice at the one-stop system"),
    DifferenceKind.STATE: ("lệch trạng thái", "state differs"),
    DifferenceKind.DEPARTMENT: ("lệch sở, ngành", "department differs"),
    DifferenceKind.PROCEDURE: ("lệch thủ tục", "procedure differs"),
    DifferenceKind.CHANNEL: ("lệch kênh tiếp nhận", "channel differs"),
    DifferenceKind.RETURN_MODE: ("lệch hình thức trả", "return mode differs"),
    DifferenceKind.RECEIVED_DAY: ("lệch ngày tiếp nhận", "day of reception differs"),
    DifferenceKind.PROMISED_DAY: ("lệch ngày hẹn trả", "promised day differs"),
}


class OurDossier(SQLModel):
    """One dossier as our ledger tells it, with what the comparison looks at.

    Attributes:
        department: code of the place that decides; compared by the place's agency.
        resolved_at: when the result was at the one-stop desk; only counted, not compared.
    """

    code: str
    procedure_code: str
    department: str
    status: int
    channel: int
    return_mode: int
    received_at: datetime
    promised_at: datetime | None = None
    resolved_at: datetime | None = None


class Difference(SQLModel):
    """One difference between the two sides; what both say is kept in words."""

    kind: DifferenceKind
    dossier_code: str = Field(max_length=CODE_LENGTH)
    ours: str | None = Field(default=None, max_length=NAME_LENGTH)
    theirs: str | None = Field(default=None, max_length=NAME_LENGTH)
    received_on: date

    @property
    def key(self) -> str:
        """The same for the same difference, so that its case opens once."""
        return f"{self.kind.value}:{self.dossier_code}"


class Discrepancy(Difference):
    """A case: a difference with a number, an age and an owner.

    Attributes:
        opened_on: the first night that saw it; last_seen_on: the latest one.
        closed_on: the night on which it had gone; none while it is open.
        reopened: how often it came back after it was closed.
    """

    id: str = Field(max_length=CODE_LENGTH)
    opened_on: date
    last_seen_on: date
    closed_on: date | None = None
    reopened: int = Field(default=0, ge=0)
    owner: str | None = Field(default=None, max_length=CODE_LENGTH)
    explanation: str | None = Field(default=None, max_length=TEXT_LENGTH)

    def age_days(self, today: date) -> int:
        """Days since it was first seen, or how long it was open."""
        return ((self.closed_on or today) - self.opened_on).days


class NightState(StrEnum):
    """How far a night has come."""

    DONE = "done"
    FAILED = "failed"


class Night(SQLModel):
    """One reconciliation of one date.

    Attributes:
        ours, theirs: dossiers on each side that were received in the window.
        uncompared: dossiers whose state the other side gave no national number for; their state
            was not compared, all else was.
        found: differences of this night; opened: cases that this night saw first; closed: cases
            that this night saw gone; open_cases: all that are open after it. A night that is run
            again counts the same ones again. A case that comes back is in found and open_cases.
        evidence: content hashes of the raw answers in the vault, separated by blanks.
        statistics: what the other side's own count said against its own list, one Vietnamese
            sentence a line; empty where it agreed.
        on_time_rule: which rule decided "on time", and how many were on both sides.
        error: why the night failed; in a night that is done, why a later repeat of it failed.
    """

    day: date
    source: str = Field(max_length=CODE_LENGTH)
    state: NightState
    window_from: date
    started_at: datetime
    finished_at: datetime
    ours: int = Field(default=0, ge=0)
    theirs: int = Field(default=0, ge=0)
    uncompared: int = Field(default=0, ge=0)
    found: int = Field(default=0, ge=0)
    opened: int = Field(default=0, ge=0)
    closed: int = Field(default=0, ge=0)
    open_cases: int = Field(default=0, ge=0)
    evidence: str = ""
    statistics: str = ""
    on_time_rule: str = Field(default="", max_length=NAME_LENGTH)
    ledger_root: str | None = Field(default=None, max_length=64)
    error: str | None = Field(default=None, max_length=TEXT_LENGTH)
