"""What the nightly count needs from outside: the other side's list, snapshots, and the cases."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from postal_bridge.errors import Accident
from postal_bridge.reconciliation.records import (
    CaseEntry,
    DifferenceKind,
    Discrepancy,
    Night,
    NightRun,
    OneStopDossier,
    OurDossier,
    SignOff,
    TapedAnswer,
)
from postal_bridge.tracking.ports import CustodyWork


class OneStopPage(msgspec.Struct, kw_only=True):
    """A page of the other side's list.

    Attributes:
        total: how many rows the other side says the whole list has.
        start: index of the first row in the whole list. A page with start 0 begins a reading:
            whoever collects pages forgets what came before it, because the list has moved.
        raw: the body exactly as it came, kept as evidence.
    """

    rows: list[OneStopDossier]
    total: int
    start: int
    raw: bytes


class Counter(StrEnum):
    """What a one-stop system's own statistics count."""

    RECEIVED = "received"
    RECEIVED_DIRECT = "received_direct"
    RECEIVED_ONLINE = "received_online"
    RECEIVED_POSTAL = "received_postal"
    RESOLVED = "resolved"
    LATE = "late"
    RETURNED = "returned"
    POSTAL_REGISTERED = "postal_registered"
    POSTAL_RETURNED = "postal_returned"


class Counted(msgspec.Struct, kw_only=True, frozen=True):
    """One figure of the other side's own statistics; a third witness, never the measure.

    Attributes:
        first, last: the local days that it is about, both included: days of reception for the
            RECEIVED counters, of the end of processing for RESOLVED and LATE, of the return to
            the citizen for RETURNED and POSTAL_RETURNED, of reception for POSTAL_REGISTERED.
        agency: the agency's code; "" for all together.
        carried: so many dossiers of earlier days may be in the figure.
    """

    counter: Counter
    first: date
    last: date
    value: int
    agency: str = ""
    carried: int = 0


class OneStopStatistics(msgspec.Struct, kw_only=True):
    """The other side's own counts.

    Attributes:
        broken: identities between its own figures that do not hold, one Vietnamese sentence each
            (reference one-stop 3.1).
        missing: what could not be had and why, one Vietnamese sentence each.
    """

    counted: list[Counted]
    broken: list[str] = []
    missing: list[str] = []


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A part of the other side's list, to be counted and not listed.

    Attributes:
        first, last: local days of reception, both included.
        status: national number.
        agency: the agency's code.
    """

    first: date
    last: date
    status: int | None = None
    agency: str | None = None
    channel: int | None = None
    return_mode: int | None = None


class OneStopUnavailable(Accident):
    """The one-stop system did not answer, or answered that it cannot now."""

    retryable = True


class OneStopMoved(OneStopUnavailable):
    """The list moved in every reading; worth trying again, but not with the same answers."""


class OneStopRefused(Accident):
    """The one-stop system's answer cannot be used: credentials, shape, or a page for people."""


class OneStopAmbiguous(OneStopRefused):
    """Two dossiers of the other side answer to one code, so neither can be trusted."""


class Tape(Protocol):
    """What the other side has answered in this run.

    It is kept as evidence, and played back when a killed night goes on.
    """

    async def recall(self, question: str) -> bytes | None:
        """The answer of the earlier process; None when the question has to be asked.

        Where a question is asked for the n-th time, it is the answer that it had then: a list
        that moved is asked for again in the same words, and must not get the old answer.
        """
        ...

    async def keep(self, question: str, body: bytes) -> None:
        """Keep the body that just answered the question, before anything is made of it."""
        ...


class OneStop(Protocol):
    """A one-stop system, whatever its make.

    Attributes:
        name: of the make, such as `opencps`.
        tells_fees: whether a listed dossier carries what was taken for it.
        countable: which fields of a `Slice` it can count by, besides the days; `days` among them
            when it can count at all.
    """

    name: str
    tells_fees: bool
    countable: frozenset[str]

    def pages(
        self, *, received_from: date, received_to: date, tape: Tape | None = None
    ) -> AsyncIterator[OneStopPage]:
        """Walk the list of dossiers received on these local days, both included."""
        ...

    async def count(self, part: Slice, *, tape: Tape | None = None) -> int:
        """How many dossiers this part of the list has, without listing them."""
        ...

    async def find(self, code: str) -> OneStopDossier | None:
        """Look one dossier up by its code, now."""
        ...

    async def statistics(
        self, *, first: date, last: date, tape: Tape | None = None
    ) -> OneStopStatistics:
        """Ask for the other side's own counts about these local days."""
        ...

    async def check(self) -> None:
        """Return when credentials and address work; raise what is wrong otherwise."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class Side(StrEnum):
    """Whose dossiers a snapshot holds."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True)
class Suspects:
    """Everything that must be looked at dossier by dossier; all other rows are equal.

    Attributes:
        ours, theirs: rows whose code the other snapshot has not, whose compared fields differ,
            or whose code comes twice; by code, then in the order in which they were added.
        equal: pairs that agree in every compared field.
        sample: of up to 200 equal pairs, chosen by nothing but their codes, when each side says
            that it received the dossier; ours first.
    """

    ours: list[OurDossier]
    theirs: list[OneStopDossier]
    equal: int
    sample: list[tuple[datetime, datetime]]


class Snapshot(Protocol):
    """One side's dossiers at one moment, written down."""

    @property
    def rows(self) -> int:
        """How many dossiers it holds."""
        ...

    @property
    def content(self) -> bytes:
        """The file as it is, for the vault."""
        ...


class SnapshotWriter(Protocol):
    """Writes a snapshot; what was begun and never finished leaves nothing behind."""

    def add(self, rows: Sequence[OurDossier] | Sequence[OneStopDossier]) -> None:
        """Write down some more dossiers of the side that was begun."""
        ...

    def finish(self) -> Snapshot:
        """No more rows come."""
        ...

    def abandon(self) -> None:
        """Nothing of it is wanted any more."""
        ...


class Snapshots(Protocol):
    """Writes both sides down and finds where they differ."""

    def begin(self, side: Side, *, agencies: dict[str, str], with_fees: bool) -> SnapshotWriter:
        """Begin a snapshot.

        Args:
            side: whose rows will be added.
            agencies: our places' agency codes; a department that is a key here is compared as
                its agency, on both sides.
            with_fees: whether fees are compared.
        """
        ...

    async def suspects(self, ours: Snapshot, theirs: Snapshot) -> Suspects:
        """Compare two snapshots."""
        ...


@dataclass(frozen=True, kw_only=True)
class CaseFilter:
    """Which cases are wanted; what is None does not restrict.

    Attributes:
        open: open ones, or closed ones.
        owner: user name; "" for cases that nobody owns.
        department: place code. Our ledger says whose a dossier is; of a dossier that we do not
            have, its code's first part does, which is `agency`.
        overdue_on: open ones that were due before this day.
        night: those in whose history this night wrote something.
        after: `key` of the last case of the page before.
        limit: how many at most.
    """

    open: bool | None = None
    kind: DifferenceKind | None = None
    owner: str | None = None
    department: str | None = None
    agency: str | None = None
    overdue_on: date | None = None
    night: date | None = None
    after: str | None = None
    limit: int = 200


class Nights(Protocol):
    """The store of nights and cases."""

    def our_side(self, first: datetime, end: datetime) -> AsyncIterator[Sequence[OurDossier]]:
        """Dossiers received in [first, end), refused ones left out, by code, in batches."""
        ...

    async def our_dossiers(self, codes: Sequence[str]) -> Sequence[OurDossier]:
        """These dossiers of ours, refused ones too, by code; unknown codes are left out."""
        ...

    async def hold(self) -> None:
        """Wait until no other transaction that has called this is still going on."""
        ...

    async def cases(self, *, open_only: bool) -> Sequence[Discrepancy]:
        """Cases, by key."""
        ...

    async def listed(self, wanted: CaseFilter) -> Sequence[Discrepancy]:
        """A page of cases, by key."""
        ...

    async def case(self, case_id: str) -> Discrepancy | None:
        """A case, held until the transaction ends."""
        ...

    async def put_case(self, case: Discrepancy) -> None:
        """Write or renew a case."""
        ...

    async def add_entry(self, entry: CaseEntry) -> None:
        """Add a line to a case's history; its number is given here, whatever the entry says."""
        ...

    async def entries(self, case_id: str) -> Sequence[CaseEntry]:
        """A case's history, oldest first."""
        ...

    async def last_comments(self, case_ids: Sequence[str]) -> Mapping[str, CaseEntry]:
        """The newest comment of each of these cases that has one."""
        ...

    async def put_night(self, night: Night) -> None:
        """Write or renew a night."""
        ...

    async def night(self, day: date) -> Night | None:
        """A night by its date."""
        ...

    async def nights(self, *, limit: int) -> Sequence[Night]:
        """Nights, newest first."""
        ...

    async def sign(self, sign_off: SignOff) -> bool:
        """Write a signature; False where this side has signed this report already."""
        ...

    async def sign_offs(self, day: date) -> Sequence[SignOff]:
        """All signatures of a night, oldest first, also those under earlier reports."""
        ...

    async def run(self, day: date) -> NightRun | None:
        """The run of this date that has begun and not ended."""
        ...

    async def begin_run(self, run: NightRun) -> None:
        """Begin a run anew; the answers of an earlier one are forgotten."""
        ...

    async def end_run(self, day: date) -> None:
        """The run is over; its answers are forgotten (the vault keeps them)."""
        ...

    async def tape(self, day: date) -> Sequence[TapedAnswer]:
        """What the run of this date has been answered, in order."""
        ...

    async def add_to_tape(self, answer: TapedAnswer) -> None:
        """Note an answer."""
        ...


class NightWork(CustodyWork, Protocol):
    """The stores of one transaction that the night works with."""

    @property
    def nights(self) -> Nights:
        """Nights and cases."""
        ...
