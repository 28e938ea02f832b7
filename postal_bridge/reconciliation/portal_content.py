"""What the portal is told of a state: the dossier as it was then, and the step that led there."""

from collections.abc import Sequence
from typing import Protocol

from postal_bridge.documents.ports import Documents
from postal_bridge.dossiers.records import Dossier
from postal_bridge.identity import ROLE_NAMES
from postal_bridge.inbound import Staff
from postal_bridge.journey import Status
from postal_bridge.reconciliation.portal_history import Happening, ended_as_of, promised_as_of
from postal_bridge.reconciliation.portal_ports import (
    PortalDossier,
    PortalProgress,
    PortalSteps,
    Slots,
)
from postal_bridge.tracking.ports import CustodyWork


class StaffList(Protocol):
    """Where names of members of staff are found."""

    async def staff(self, username: str) -> Staff | None:
        """The member of staff, or nobody."""
        ...


class PortalWork(CustodyWork, Protocol):
    """The stores of one transaction that telling the portal works with."""

    @property
    def portal_steps(self) -> PortalSteps:
        """What the portal was told."""
        ...

    @property
    def job_runs(self) -> Slots:
        """Who works at what."""
        ...

    @property
    def documents(self) -> Documents:
        """Registered files."""
        ...

    @property
    def inbound(self) -> StaffList:
        """Staff."""
        ...


async def dossier_as_of(
    work: PortalWork, dossier: Dossier, way: Sequence[Happening], index: int
) -> PortalDossier:
    """The dossier when it came into this state, with the dates that there were then."""
    here = way[index]
    procedure = await work.catalogue.procedure(dossier.procedure_code)
    unit = await work.catalogue.place(dossier.department)
    documents = await work.documents.of_dossier(dossier.code)
    supplements = await work.dossiers.supplements(dossier.code)
    return PortalDossier(
        code=dossier.code,
        procedure_code=dossier.procedure_code,
        procedure_name=procedure.name if procedure else "",
        field=procedure.field if procedure else "",
        applicant_name=dossier.applicant_name,
        applicant_identity=dossier.applicant_identity,
        applicant_phone=dossier.applicant_phone,
        channel=dossier.channel,
        return_mode=dossier.return_mode,
        status=here.status,
        received_at=dossier.received_at,
        promised_at=promised_as_of(dossier, supplements, here.at),
        ended_at=ended_as_of(way, index),
        returned_at=here.at if here.status is Status.RETURNED else None,
        unit=unit.name if unit else dossier.department,
        digitised=any(one.registered_at <= here.at for one in documents),
    )


async def step_of(work: PortalWork, dossier: Dossier, here: Happening) -> PortalProgress:
    """The step that brought the dossier into this state; equal to the letter whenever it is asked."""
    person = await work.inbound.staff(here.actor)
    place = await work.catalogue.place(here.place)
    return PortalProgress(
        code=dossier.code,
        status=here.status,
        happened_at=here.at,
        person=person.name if person else here.actor,
        role=ROLE_NAMES[person.role] if person else "",
        place=place.name if place else here.place,
        content=here.content,
        started_at=dossier.received_at,
    )
