"""What stands on the labels of items and pouches."""

from postal_bridge.clock import format_local
from postal_bridge.documents.sticker_values import Sticker
from postal_bridge.tracking.custody_forms import Lookup
from postal_bridge.tracking.records import Pouch
from postal_bridge.tracking.transfers import Transfer


def item_sticker(item: Transfer, lookup: Lookup) -> Sticker:
    """The label of an item: what it is, whose department it is for, when it is promised."""
    return Sticker(
        code=item.item_code,
        title=lookup.what(item.item_code).upper(),
        lines=(
            lookup.name(item.department),
            f"Hẹn trả: {lookup.promised(item.item_code)}",
        ),
    )


def pouch_sticker(pouch: Pouch, *, items: int | None, lookup: Lookup) -> Sticker:
    """The label of a pouch: from where, to where, under which seal, with how much in it.

    How much is in it (`items`) is not known before it is sealed.
    """
    counted = "–" if items is None else f"{items} bưu gửi"
    sealed = f", {format_local(pouch.sealed_at)}" if pouch.sealed_at else ""
    return Sticker(
        code=pouch.code,
        title="TÚI HỒ SƠ",
        lines=(
            f"Từ: {lookup.name(pouch.origin)}",
            f"Đến: {lookup.name(pouch.destination)}",
            f"Niêm phong: {pouch.seal or '–'}{sealed}",
            f"Số lượng: {counted}",
        ),
    )
