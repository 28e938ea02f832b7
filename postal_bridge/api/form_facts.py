"""What forms are filled in with, gathered from the stores of one transaction."""

from collections.abc import Sequence

from postal_bridge.api.call import Call
from postal_bridge.api.captures import papers_of
from postal_bridge.api.ports import Work
from postal_bridge.documents.dossier_forms import Case
from postal_bridge.documents.form_frame import Issuer
from postal_bridge.dossiers.records import Dossier
from postal_bridge.tracking.custody_forms import Lookup


async def case_of(work: Work, dossier: Dossier) -> Case:
    """A dossier with the names and lists that its forms show."""
    procedure = await work.catalogue.procedure(dossier.procedure_code)
    department = await work.catalogue.place(dossier.department)
    return Case(
        dossier=dossier,
        procedure=procedure.name if procedure else dossier.procedure_code,
        department=department.name if department else dossier.department,
        checklist=await work.dossiers.checklist(dossier.code),
        supplements=await work.dossiers.supplements(dossier.code),
    )


async def issuer_of(call: Call[None], work: Work) -> Issuer:
    """Whose forms these are: the province's centre and its post."""
    province = call.services.settings.province
    centre = await work.catalogue.place(province.centre)
    return Issuer(
        centre=centre.name if centre else province.centre,
        post=papers_of(call.services).terms.author,
        place=province.name,
        editions=call.services.editions,
    )


async def lookup_of(call: Call[None], work: Work, item_codes: Sequence[str]) -> Lookup:
    """Names of all places and members of staff, and what is known of these items."""
    names = {place.code: place.name for place in await work.catalogue.places()}
    names |= {staff.username: staff.name for staff in await work.inbound.all_staff()}
    items = await work.transfers.about(item_codes, now=call.now) if item_codes else []
    return Lookup(names=names, items={item.item_code: item for item in items})
