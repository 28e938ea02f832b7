"""What happens in a planned month: every dossier with its whole way, and every pouch run.

A plan is only a script. Whoever plays it (the demo) does each step through the web API, and the
service finds out for itself what came of it. All moments are aware and in UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from functools import cached_property

from postal_bridge.clock import local_day
from postal_bridge.sandbox.runs import Run


class Channel(IntEnum):
    """How a dossier came in, with the national numbers."""

    DIRECT = 1
    ONLINE = 2
    POSTAL = 3


class ReturnMode(IntEnum):
    """How the applicant wants the result, with the national numbers."""

    DESK = 0
    POSTAL = 1


class AttemptOutcome(StrEnum):
    """What came of one attempt to deliver a result at home."""

    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """An invented person; names are random pairs, numbers come from blocks kept for examples."""

    name: str
    identity_number: str
    phone: str
    address: str
    ward_code: str


@dataclass(frozen=True, kw_only=True)
class PaperGiven:
    """Papers that lie in the file for one line of the checklist; `pages` counts them all."""

    position: int
    name: str
    originals: int
    copies: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class FeePlan:
    """A fee that falls due at intake.

    With an `exempt_basis` nothing is paid, no receipt is written, and the amount is what would
    have been due. `kind` is `phi` (phí) or `le_phi` (lệ phí).
    """

    amount_vnd: int
    kind: str
    exempt_basis: str | None = None


@dataclass(frozen=True, kw_only=True)
class SupplementPlan:
    """A department asks for more: the request travels back, the answer travels out."""

    requested_at: datetime
    reason: str
    papers: tuple[PaperGiven, ...]
    back: Run
    answered_at: datetime
    out: Run


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to deliver a result at home."""

    at: datetime
    outcome: AttemptOutcome
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ReturnPlan:
    """How a result leaves the centre.

    `at` is the moment it is in the applicant's hands: None while the post still has it, and None
    when it came back to the desk at `back_at_desk_at` after its last failed attempt.
    """

    mode: ReturnMode
    at: datetime | None
    consigned_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    back_at_desk_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DossierPlan:
    """One dossier from the counter to the applicant's hands, or as far as it gets."""

    code: str
    procedure_code: str
    department: str
    body: str | None
    applicant: Applicant
    channel: Channel
    return_mode: ReturnMode
    papers: tuple[PaperGiven, ...]
    received_at: datetime
    promised_at: datetime
    out: Run | None = None
    supplement: SupplementPlan | None = None
    resolved_at: datetime | None = None
    back: Run | None = None
    fee: FeePlan | None = None
    returned: ReturnPlan | None = None

    @property
    def office(self) -> str:
        """The place that decides: the body where there is one, else the department."""
        return self.body or self.department

    @property
    def carried(self) -> bool:
        """Whether the application file travels to an office; else a seconded officer decides."""
        return self.out is not None

    @property
    def sent_out_on(self) -> date | None:
        """The day on which the application file leaves the centre."""
        return local_day(self.out.leaves_at) if self.out else None

    @property
    def available_at(self) -> datetime | None:
        """When the result lies at the centre's desk, ready to be handed out."""
        return self.back.back_at if self.back else self.resolved_at


@dataclass(frozen=True, kw_only=True)
class RefusedPlan:
    """Somebody who is turned away at the counter, with the reasons; no dossier comes of it.

    `missing` holds the positions of the checklist for which too few papers were brought.
    """

    at: datetime
    procedure_code: str
    department: str
    applicant: Applicant
    channel: Channel
    papers: tuple[PaperGiven, ...]
    missing: tuple[int, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RunLoad:
    """What one run carries to and from one office; dossier codes, in order of intake."""

    run: Run
    office: str
    files_out: tuple[str, ...]
    supplements_out: tuple[str, ...]
    requests_back: tuple[str, ...]
    results_back: tuple[str, ...]


@dataclass(frozen=True)
class MonthPlan:
    """A whole month, dossiers in order of intake."""

    dossiers: tuple[DossierPlan, ...]
    refused: tuple[RefusedPlan, ...]

    @cached_property
    def loads(self) -> tuple[RunLoad, ...]:
        """Every run to every office that has something to carry, in order of departure."""
        stops: dict[tuple[Run, str], tuple[list[str], list[str], list[str], list[str]]] = {}
        for dossier in self.dossiers:
            asked = dossier.supplement
            legs = (
                dossier.out,
                asked.out if asked else None,
                asked.back if asked else None,
                dossier.back,
            )
            for position, run in enumerate(legs):
                if run is not None:
                    load = stops.setdefault((run, dossier.office), ([], [], [], []))
                    load[position].append(dossier.code)
        return tuple(
            RunLoad(
                run=run,
                office=office,
                files_out=tuple(files),
                supplements_out=tuple(supplements),
                requests_back=tuple(requests),
                results_back=tuple(results),
            )
            for (run, office), (files, supplements, requests, results) in sorted(stops.items())
        )
