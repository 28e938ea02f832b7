"""What a night works with, and how it is run."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from postal_bridge.clock import Clock
from postal_bridge.documents.ports import Vault
from postal_bridge.reconciliation.ports import OneStop, Snapshots
from postal_bridge.reconciliation.records import Difference
from postal_bridge.reconciliation.remedies import RemedyPolicy
from postal_bridge.reconciliation.tape import NightStorage
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ports import DaySigner


class Step(StrEnum):
    """Where a night is, as whoever watches it is told."""

    OURS = "ours"
    COUNTS = "counts"
    LIST = "list"
    STATISTICS = "statistics"
    COMPARE = "compare"
    LOOK_UP = "look_up"
    SETTLE = "settle"
    DONE = "done"


Progress = Callable[[Step, int, int], None]
"""The step, how much of it is done, and how much there is; 0 of 0 where nobody knows."""


@dataclass(frozen=True, kw_only=True)
class NightPolicy:
    """How nights are run.

    Attributes:
        lookback_days: days of reception that are compared, the night's own included.
        resume_hours: a run that began earlier than that is begun anew.
        counts_first_from: with so many dossiers of ours in the window, counts are asked first.
        full_sweep_days: and every n-th night the whole list is compared all the same.
        most_look_ups: codes looked up singly. Beyond it a difference is called so on the lists'
            word, and a missing dossier's case says that nobody looked it up.
        case_due_days: so many days after it opened a case is due.
    """

    lookback_days: int = 45
    resume_hours: int = 6
    counts_first_from: int = 20_000
    full_sweep_days: int = 7
    most_look_ups: int = 500
    case_due_days: int = 3
    remedies: RemedyPolicy = field(default_factory=RemedyPolicy)


@dataclass(frozen=True, kw_only=True)
class NightHouse:
    """What a night works with.

    Attributes:
        province: code and name, for the report; centre beside it.
        covered: first and last day of reception that the other side tells of, for a source that
            tells of some days only; other days, and cases of other days, are left as they are.
        carriage: gives what differs from the carriers' own feeds, for the first and last day of
            reception; none where no carrier has a feed.
    """

    onestop: OneStop
    storage: NightStorage
    vault: Vault
    snapshots: Snapshots
    clock: Clock
    signer: DaySigner
    identifiers: Identifiers
    province: tuple[str, str]
    centre: str
    policy: NightPolicy = field(default_factory=NightPolicy)
    covered: tuple[date, date] | None = None
    carriage: Callable[[date, date], Awaitable[Sequence[Difference]]] | None = None
    progress: Progress = lambda _step, _done, _total: None
