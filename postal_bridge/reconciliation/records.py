"""The records of a night: both sides' dossiers, its run, and the cases that differences become."""

from datetime import date, datetime
from enum import StrEnum

import msgspec
from sqlmodel import Field, SQLModel

from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH, TEXT_LENGTH
from postal_bridge.journey import Status


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
    MIDNIGHT = "midnight"
    PROMISED_DAY = "promised_day"
    FEE = "fee"
    LATE_ARRIVAL = "late_arrival"
    UNEXPECTED = "unexpected"
    CLOCK = "clock"
    COUNTED_NOT_LISTED = "counted_not_listed"
    LISTED_NOT_COUNTED = "listed_not_counted"
    CARRIER_MISSING = "missing_at_carrier"
    CARRIER_UNKNOWN = "unknown_parcel"
    CARRIER_STATE = "carrier_state"


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
    DifferenceKind.MIDNIGHT: ("lệch ngày qua nửa đêm", "day differs across midnight"),
    DifferenceKind.PROMISED_DAY: ("lệch ngày hẹn trả", "promised day differs"),
    DifferenceKind.FEE: ("lệch phí, lệ phí", "fee differs"),
    DifferenceKind.LATE_ARRIVAL: ("lần quét đến muộn", "scan still on its way"),
    DifferenceKind.UNEXPECTED: ("dòng bất thường bên một cửa", "unexpected row there"),
    DifferenceKind.CLOCK: ("đồng hồ bên một cửa lệch giờ", "the other side's clock is off"),
    DifferenceKind.COUNTED_NOT_LISTED: ("có đếm, không liệt kê", "counted but not listed"),
    DifferenceKind.LISTED_NOT_COUNTED: ("có liệt kê, không đếm", "listed but not counted"),
    DifferenceKind.CARRIER_MISSING: ("hãng vận chuyển không có", "missing at the carrier"),
    DifferenceKind.CARRIER_UNKNOWN: ("bưu gửi lạ bên hãng", "unknown parcel at the carrier"),
    DifferenceKind.CARRIER_STATE: ("lệch trạng thái bên hãng", "state differs at the carrier"),
}


class OurDossier(msgspec.Struct, kw_only=True, gc=False):
    """One dossier as our ledger tells it, with what the comparison looks at.

    A night makes as many of them as there are dossiers, so both sides' records are msgspec's.

    Attributes:
        department: code of the place that decides; compared by the place's agency.
        resolved_at: when the result was at the one-stop desk; only counted, not compared.
        fee_vnd: what was taken for the dossier, in đồng; compared where the other side tells it.
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
    fee_vnd: int = 0


class OneStopDossier(msgspec.Struct, kw_only=True, gc=False):
    """One dossier as the one-stop system tells it, in our vocabulary.

    Attributes:
        department_code: the agency's code, as `Place.agency`.
        status: national status 1..10; 0 where the other side's state has no national number.
        raw_status: the other side's own word, always kept.
        channel: 1 direct, 2 online, 3 postal.
        return_mode: 0 at the desk, 1 by post.
        fee_vnd: what was taken, in đồng; None where the system does not tell it.
        strange: why the row cannot be taken at its word, in Vietnamese (a date that no calendar
            has, a number that no table has); "" where it can. What could be read stands in the
            other fields. Such a row is a difference of its own (`UNEXPECTED`), never an accident
            of the whole night.
    """

    code: str
    procedure_code: str
    department_code: str
    status: int
    raw_status: str
    channel: int
    return_mode: int
    received_at: datetime | None = None
    promised_at: datetime | None = None
    resolved_at: datetime | None = None
    returned_at: datetime | None = None
    fee_vnd: int | None = None
    strange: str = ""


class Difference(SQLModel):
    """One difference between the two sides; what both say is kept in words.

    Attributes:
        dossier_code: the dossier's code. Of a count, the name of what was counted, such as
            `2019-01:H37.3:received`; of a carrier, the consignment's number; of the other side's
            clock, `clock`.
    """

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
        due_on: by when somebody should have explained or mended it.
        remedy: what the night did about it by itself, in Vietnamese; "" where nothing.
    """

    id: str = Field(max_length=CODE_LENGTH)
    opened_on: date
    last_seen_on: date
    closed_on: date | None = None
    reopened: int = Field(default=0, ge=0)
    owner: str | None = Field(default=None, max_length=CODE_LENGTH)
    explanation: str | None = Field(default=None, max_length=TEXT_LENGTH)
    due_on: date | None = None
    remedy: str = Field(default="", max_length=NAME_LENGTH)

    def age_days(self, today: date) -> int:
        """Days since it was first seen, or how long it was open."""
        return ((self.closed_on or today) - self.opened_on).days


class EntryKind(StrEnum):
    """What a line in a case's history tells."""

    OPENED = "opened"
    CHANGED = "changed"
    CLOSED = "closed"
    REOPENED = "reopened"
    REMEDIED = "remedied"
    OWNER = "owner"
    DUE = "due"
    EXPLANATION = "explanation"
    COMMENT = "comment"


ENTRY_NAMES: dict[EntryKind, tuple[str, str]] = {
    EntryKind.OPENED: ("mở", "opened"),
    EntryKind.CHANGED: ("số liệu đổi", "what both sides say changed"),
    EntryKind.CLOSED: ("đóng", "closed"),
    EntryKind.REOPENED: ("mở lại", "opened again"),
    EntryKind.REMEDIED: ("tự xử lý", "mended by itself"),
    EntryKind.OWNER: ("giao việc", "owner"),
    EntryKind.DUE: ("hạn xử lý", "due date"),
    EntryKind.EXPLANATION: ("giải trình", "explanation"),
    EntryKind.COMMENT: ("ý kiến", "comment"),
}


class CaseEntry(SQLModel):
    """A line in a case's history; lines are added, never changed.

    Attributes:
        number: running number within the case, from 1.
        author: user name; `night` for what the night did.
        night: the date of the night that wrote it.
        text: what was said, or what it is now: the owner's user name, the due date in ISO form.
        before: what it was before; None where it was nothing.
    """

    case_id: str = Field(max_length=CODE_LENGTH)
    number: int = Field(ge=1)
    kind: EntryKind
    author: str = Field(max_length=CODE_LENGTH)
    written_at: datetime
    night: date | None = None
    text: str = Field(default="", max_length=TEXT_LENGTH)
    before: str | None = Field(default=None, max_length=TEXT_LENGTH)


class SignOff(SQLModel):
    """Somebody answers for a night's report with their name.

    Attributes:
        side: `post` or `centre`; a night is signed when both have.
        report: SHA-256 of the JSON report that was signed; a signature holds for this one only.
    """

    day: date
    side: str = Field(max_length=20)
    report: str = Field(max_length=64)
    username: str = Field(max_length=CODE_LENGTH)
    name: str = Field(max_length=NAME_LENGTH)
    signed_at: datetime
    note: str | None = Field(default=None, max_length=TEXT_LENGTH)


class NightRun(SQLModel):
    """A night that has begun and not ended: what a new process needs to go on with it.

    Attributes:
        started_at: names the run; answers of an earlier run are not used.
        sweep: `full` or `counts`, settled when the run began.
    """

    day: date
    started_at: datetime
    source: str = Field(max_length=CODE_LENGTH)
    sweep: str = Field(max_length=20)


class TapedAnswer(SQLModel):
    """An answer of the other side that a run has already had.

    Attributes:
        question: SHA-256 of the question and of how often it had been asked before.
        number: running number within the run, from 1.
        sha256: the answer's body in the vault.
    """

    day: date
    question: str = Field(max_length=64)
    number: int = Field(ge=1)
    sha256: str = Field(max_length=64)


class PortalStep(SQLModel):
    """A state of a dossier that happened, and that the national portal was told.

    Attributes:
        number: 1 for the dossier's first state.
        happened_at: when the dossier came into this state.
        told_at: when the portal had accepted both record and progress; in the year 9999 while it is being told.
    """

    dossier_code: str = Field(max_length=CODE_LENGTH)
    number: int = Field(ge=1)
    status: Status
    happened_at: datetime
    told_at: datetime


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
        sweep: `full` where every row was compared, `counts` where only those days were on which
            the counts differ.
        remedied: differences that the night mended by itself.
        report: SHA-256 of the report in JSON; all other forms are made from it.
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
    sweep: str = Field(default="full", max_length=20)
    remedied: int = Field(default=0, ge=0)
    report: str | None = Field(default=None, max_length=64)
    error: str | None = Field(default=None, max_length=TEXT_LENGTH)
