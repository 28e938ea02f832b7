"""Labels of items and pouches, and cover sheets; set anew each time, since they are no record."""

import asyncio

from pydantic import BaseModel, Field

from postal_bridge.api.call import Call, Reply
from postal_bridge.api.form_facts import lookup_of
from postal_bridge.api.forms import PDF
from postal_bridge.documents.cover_sheets import Cover, cover_text
from postal_bridge.documents.sticker_values import Divider, Sticker, StickerSheet, StickerSize
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.stickers import item_sticker, pouch_sticker

MOST_LABELS = 240
_LONGEST_LIST = 61 * MOST_LABELS


class PouchLabelQuery(BaseModel):
    """What the label is printed on, and how fine its printer's dots are."""

    size: StickerSize = StickerSize.ROLL_80X80
    dpi: int = Field(default=203, ge=203, le=1200)


class LabelQuery(BaseModel):
    """Codes of items, with commas between them; `skip` places of the first sheet are used up."""

    items: str = Field(min_length=1, max_length=_LONGEST_LIST)
    size: StickerSize = StickerSize.A4
    dpi: int = Field(default=203, ge=203, le=1200)
    skip: int = Field(default=0, ge=0, le=23)


async def of_items(call: Call[None]) -> Reply | Refusal:
    """Labels in the order asked for; all of them or none."""
    asked = call.asked(LabelQuery)
    codes = [code for code in asked.items.split(",") if code]
    if not 0 < len(codes) <= MOST_LABELS:
        return refuse(Reason.LABELS_COUNT, "items", most=MOST_LABELS)
    lookup = await lookup_of(call, call.work, codes)
    unknown = next((code for code in codes if code not in lookup.items), None)
    if unknown is not None:
        return refuse(Reason.ITEM_UNKNOWN, "items", code=unknown)
    stickers = tuple(item_sticker(lookup.items[code], lookup) for code in codes)
    sheet = StickerSheet(stickers=stickers, size=asked.size, dpi=asked.dpi, skip=asked.skip)
    return await _printed(call, sheet)


async def of_pouch(call: Call[None]) -> Reply | Refusal:
    """The label of a pouch, sealed or not yet."""
    code, asked = call.path["code"], call.asked(PouchLabelQuery)
    pouch = await call.work.pouches.find(code)
    if pouch is None:
        return refuse(Reason.POUCH_UNKNOWN, "code", code=code)
    inside = len(await call.work.pouches.manifest(code)) if pouch.sealed_at else None
    lookup = await lookup_of(call, call.work, [])
    sticker: Sticker = pouch_sticker(pouch, items=inside, lookup=lookup)
    return await _printed(call, StickerSheet(stickers=(sticker,), size=asked.size, dpi=asked.dpi))


async def cover_sheets(call: Call[None]) -> Reply | Refusal:
    """A cover sheet for each line of the checklist."""
    code = call.path["code"]
    if await call.work.dossiers.find(code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    lines = await call.work.dossiers.checklist(code)
    if not lines:
        return refuse(Reason.FORM_NOT_DUE, "code", form="cover-sheets", **_NO_PAPERS)
    dividers = [
        Divider(
            qr=cover_text(Cover(code, line.position)),
            dossier_code=code,
            position=line.position,
            paper_name=line.paper_name,
        )
        for line in lines
    ]
    content = await asyncio.to_thread(call.services.print_dividers, dividers)
    return Reply(content, media_type=PDF)


_NO_PAPERS = {
    "why": "hồ sơ không có giấy tờ nào.",
    "why_en": "the dossier has no papers.",
}


async def _printed(call: Call[None], sheet: StickerSheet) -> Reply:
    content = await asyncio.to_thread(call.services.print_stickers, sheet)
    return Reply(content, media_type=PDF)
