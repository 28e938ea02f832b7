"""Who decides: a dossier's own department, in its house or at its desk in the centre."""

from postal_bridge.dossiers.ports import DossierWork
from postal_bridge.dossiers.records import Dossier
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor
from postal_bridge.journey import ItemKind


async def may_not_decide(
    work: DossierWork, dossier: Dossier, *, place: str, actor: Actor
) -> Refusal | None:
    """Why this person cannot decide about the dossier here; None for its own department."""
    if not actor.works_at(place):
        return refuse(Reason.OTHER_PLACE, "place", place=place)
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


async def dossier_to_decide(
    work: DossierWork, code: str, *, place: str, actor: Actor
) -> Dossier | Refusal:
    """The dossier, held, for somebody who may decide about it here."""
    dossier = await work.dossiers.hold(code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    return await may_not_decide(work, dossier, place=place, actor=actor) or dossier


async def decided_already(work: DossierWork, code: str) -> Refusal | None:
    """A dossier has one end: what would come after its result is refused."""
    for item in await work.dossiers.items(code):
        if item.kind is ItemKind.RESULT:
            return refuse(Reason.RESULT_EXISTS, "code", code=code, item=item.code)
    return None
