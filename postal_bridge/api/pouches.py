"""Pouches: made, sealed, opened, shown with their manifest."""

from pydantic import Field

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.pouches import make_pouch, open_pouch, seal_pouch
from postal_bridge.tracking.records import Pouch


class NewPouch(Body):
    """A pouch from one place to another, with what is put in at once."""

    origin: str = Field(min_length=1, max_length=60)
    destination: str = Field(min_length=1, max_length=60)
    items: list[str] = Field(default_factory=list, max_length=500)


class Sealing(Body):
    """The number on the seal."""

    seal: str = Field(min_length=1, max_length=60)


class Opening(Body):
    """Where a pouch is opened outside a handover, and why."""

    place: str = Field(min_length=1, max_length=60)
    note: str = Field(min_length=3, max_length=4000)


class PouchOut(Pouch):
    """The pouch with the codes inside: as packed, and from sealing on as on the manifest."""

    items: list[str] = Field(default_factory=list)


async def create(call: Call[NewPouch]) -> PouchOut | Refusal:
    """Make a pouch and pack it; all or nothing."""
    made = await make_pouch(
        recorder_of(call),
        origin=call.body.origin,
        destination=call.body.destination,
        items=call.body.items,
    )
    return made if isinstance(made, Refusal) else await _shown(call, made)


async def seal(call: Call[Sealing]) -> PouchOut | Refusal:
    """Seal a pouch; its contents are frozen."""
    sealed = await seal_pouch(recorder_of(call), code=call.path["code"], seal=call.body.seal)
    return sealed if isinstance(sealed, Refusal) else await _shown(call, sealed)


async def unseal(call: Call[Opening]) -> PouchOut | Refusal:
    """Open a sealed pouch with a reason."""
    opened = await open_pouch(
        recorder_of(call), code=call.path["code"], place=call.body.place, note=call.body.note
    )
    return opened if isinstance(opened, Refusal) else await _shown(call, opened)


async def show(call: Call[None]) -> PouchOut | Refusal:
    """A pouch with its contents."""
    code = call.path["code"]
    pouch = await call.work.pouches.find(code)
    return (
        refuse(Reason.POUCH_UNKNOWN, "code", code=code)
        if pouch is None
        else await _shown(call, pouch)
    )


async def _shown(
    call: Call[NewPouch] | Call[Sealing] | Call[Opening] | Call[None], pouch: Pouch
) -> PouchOut:
    manifest = await call.work.pouches.manifest(pouch.code)
    items = [line.item_code for line in manifest]
    return PouchOut(
        **pouch.model_dump(), items=items or list(await call.work.pouches.contents(pouch.code))
    )
