"""Who decides: a dossier's own department, in its house or at its desk in the centre."""

from postal_bridge.dossiers.ports import DossierWork
from postal_bridge.dossiers.records import Dossier
from postal_bridge.errors import Reason, Refusal, refuse


async def not_its_department(work: DossierWork, dossier: Dossier, *, place: str) -> Refusal | None:
    """Why nothing can be decided about this dossier here: another department has to."""
    here = await work.catalogue.place(place)
    if here is None:
        return refuse(Reason.PLACE_UNKNOWN, "place", place=place)
    if dossier.department in {here.code, here.department}:
        return None
    return refuse(
        Reason.OTHER_DEPARTMENT,
        "place",
        code=dossier.code,
        department=dossier.department,
        place=place,
    )
