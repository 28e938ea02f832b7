"""What telling the national portal needs from outside: the portal itself, and what it was told."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from postal_bridge.errors import Accident
from postal_bridge.journey import Status
from postal_bridge.reconciliation.records import PortalStep

NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)
"""`PortalStep.told_at` of a state that is being told: noted before the first word of it leaves."""


class PortalUnavailable(Accident):
    """The national portal did not answer, or not with an answer; what was sent may have arrived."""

    retryable = True


class PortalRefused(Accident):
    """The national portal said no, in words of its own; nothing was stored.

    Retried like any accident: no list of its numbers is published, so "busy" looks like "wrong".
    """

    retryable = True


class AlreadyThere(Accident):
    """The portal was to create a dossier that it has already; ask it what it has, then renew it."""

    retryable = True


class NotReportable(Accident):
    """Something that the portal demands is missing on our side; a person must complete it."""


class PortalDossier(msgspec.Struct, kw_only=True, frozen=True):
    """A dossier as the portal is told of it: as it was when it came into this state.

    Attributes:
        field: the procedure's field (lĩnh vực) by name; its code is the portal's own.
        applicant_identity: 12 digits or, on an old card, 9.
        channel: 1 direct, 2 online, 3 postal.
        return_mode: 0 at the desk, 1 by post.
        promised_at: as it was promised then; none for a dossier that was refused.
        ended_at: when processing ended; only in the states 3, 8, 9 and 10.
        returned_at: when the citizen had the result; only in state 10.
        unit: name of the body that decides.
        digitised: whether a scan of its papers was registered by then.
    """

    code: str
    procedure_code: str
    procedure_name: str
    field: str
    applicant_name: str
    applicant_identity: str
    applicant_phone: str
    channel: int
    return_mode: int
    status: Status
    received_at: datetime
    promised_at: datetime | None
    ended_at: datetime | None
    returned_at: datetime | None
    unit: str
    digitised: bool


class PortalProgress(msgspec.Struct, kw_only=True, frozen=True):
    """One step of a dossier's way, as the portal shows it to the citizen.

    It holds nothing that can change afterwards: the same step told again is the same to the
    letter, and the portal takes it once.

    Attributes:
        person, role, place: who brought the dossier into the state, and where; names.
        content: what happened, in Vietnamese; no two steps of a dossier have the same.
        started_at: when the dossier was received.
    """

    code: str
    status: Status
    happened_at: datetime
    person: str
    role: str
    place: str
    content: str
    started_at: datetime


class KnownDossier(msgspec.Struct, kw_only=True, frozen=True):
    """What the portal has of a dossier.

    Attributes:
        status: the state it has; None where its answer does not tell.
    """

    code: str
    status: Status | None


class PortalTerm(msgspec.Struct, kw_only=True, frozen=True):
    """How long a procedure takes by one channel, as published.

    Attributes:
        channel: 1 direct, 2 online, 3 postal.
        time: the number as published, such as `5`; unit: such as `Ngày làm việc`.
        fees_vnd: published sums in đồng, in their order; sums that are no whole number left out.
    """

    channel: int
    time: str
    unit: str
    fees_vnd: tuple[int, ...] = ()


class PortalProcedure(msgspec.Struct, kw_only=True, frozen=True):
    """A procedure as the portal publishes it.

    Attributes:
        fields: code and name of each field (lĩnh vực) that it belongs to.
        terms: empty in the list of all procedures, which tells codes and names only.
    """

    code: str
    name: str
    fields: tuple[tuple[str, str], ...] = ()
    terms: tuple[PortalTerm, ...] = ()


class NationalPortal(Protocol):
    """The national public service portal (Cổng Dịch vụ công quốc gia).

    Every method raises PortalUnavailable where no usable answer came, and PortalRefused where the
    answer was no.
    """

    name: str

    async def find(self, code: str) -> KnownDossier | None:
        """What the portal has of a dossier, now (TraCuuHoSo); None where it has none."""
        ...

    async def put(self, dossier: PortalDossier, *, exists: bool) -> None:
        """Write a dossier's state (DongBoHoSoMC), asked once; sent again only after a sign-in.

        Raises:
            AlreadyThere: it was to be created and is there.
            NotReportable: something that the portal demands is missing on our side.
        """
        ...

    async def progress(self, steps: Sequence[PortalProgress]) -> None:
        """Add steps to the way that the citizen sees (CapNhatTienDoHoSoMC), any number of them.

        A step that is there already, equal to the letter, is not added again.
        """
        ...

    async def procedure(self, code: str) -> PortalProcedure | None:
        """A procedure as published (LayThuTuc)."""
        ...

    async def procedures(self) -> Sequence[PortalProcedure]:
        """Codes and names of all procedures (LayDanhSachTTHC)."""
        ...

    async def check(self) -> None:
        """Return when address and credentials work; raise what is wrong otherwise."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class PortalSteps(Protocol):
    """The store of what the portal was told.

    A state is noted before it is told (`NOT_YET`) and settled when the portal has it, so that
    after a lost answer nobody has to guess what the question was.
    """

    async def of(self, dossier_code: str) -> Sequence[PortalStep]:
        """What was told of a dossier, by number; the last one may be `NOT_YET` settled."""
        ...

    async def add(self, step: PortalStep) -> bool:
        """Note a step; False where this number of the dossier is noted already."""
        ...

    async def settle(self, dossier_code: str, number: int, *, told_at: datetime) -> None:
        """The portal has accepted both record and progress; a settled step stays as it is."""
        ...

    async def drop(self, dossier_code: str, number: int) -> None:
        """Forget a step that never reached the portal; a settled one stays."""
        ...


class Slots(Protocol):
    """Who works at what right now, whatever the number of processes."""

    async def claim(
        self, job: str, slot: str, *, owner: str, now: datetime, until: datetime
    ) -> bool:
        """Take a slot that is free, or whose holder let its lease run out; False otherwise."""
        ...

    async def hold_until(self, job: str, slot: str, *, owner: str, until: datetime) -> bool:
        """Renew the lease; False where somebody else has the slot by now."""
        ...

    async def release(self, job: str, slot: str, *, owner: str) -> None:
        """Give a slot back so that nothing is left of it; nothing happens where it is not ours."""
        ...
