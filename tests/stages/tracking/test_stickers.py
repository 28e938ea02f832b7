from postal_bridge.tracking.records import Pouch
from postal_bridge.tracking.stickers import item_sticker, pouch_sticker
from tests.stages.tracking.test_custody_forms import a_transfer, look
from tests.stores import ITEM, NOW


def test_a_label_names_the_department_and_nobody_else() -> None:
    item = a_transfer(ITEM)
    sticker = item_sticker(item, look(item))
    assert (sticker.code, sticker.title) == (ITEM, "HỒ SƠ")
    assert sticker.lines == ("Sở Tư pháp", "Hẹn trả: 10/01/2019")


def test_a_pouch_says_how_much_is_in_it_once_it_is_sealed() -> None:
    pouch = Pouch(
        code="TUI-1", origin="desk-1", destination="H37.01", created_at=NOW, created_by="lan"
    )
    assert pouch_sticker(pouch, items=None, lookup=look()).lines[-1] == "Số lượng: –"
    sealed = pouch.model_copy(update={"seal": "NP-1", "sealed_at": NOW})
    lines = pouch_sticker(sealed, items=3, lookup=look()).lines
    assert lines[0] == "Từ: Quầy 1"
    assert lines[2].startswith("Niêm phong: NP-1, ")
    assert lines[3] == "Số lượng: 3 bưu gửi"
