"""The maps that come with the programme can be read, and a wrong one says where it is wrong."""

from pathlib import Path

import pytest

from postal_bridge.documents.extraction import FieldKind
from postal_bridge.documents.form_maps import load_form_maps
from postal_bridge.errors import Misuse
from postal_bridge.settings import CONFIG_DIR

WRONG = {
    "no section": "[other]\n",
    "unknown kind": '[forms."*".name]\nkind = "colour"\nlabels = ["a"]\n',
    "no labels": '[forms."*".name]\nkind = "name"\n',
    "no toml": "forms = [\n",
}


def test_the_programmes_own_maps_name_what_every_form_has() -> None:
    rules = load_form_maps(CONFIG_DIR / "form_maps.toml").rules_for("1.001234", None)
    assert {rule.name for rule in rules} == {"identity", "name", "born", "phone", "code"}
    assert all(rule.labels for rule in rules)


def test_a_procedures_own_fields_come_on_top(tmp_path: Path) -> None:
    file = tmp_path / "maps.toml"
    file.write_text(
        '[forms."*".name]\nkind = "name"\nlabels = ["Họ tên"]\n'
        '[forms."*".born]\nkind = "date"\nlabels = ["Ngày sinh"]\n'
        '[forms."1.003003".name]\nkind = "name"\nlabels = ["Tên doanh nghiệp"]\n',
        encoding="utf-8",
    )
    maps = load_form_maps(file)
    own = {rule.name: rule for rule in maps.rules_for("1.003003")}
    assert own["name"].labels == ("Tên doanh nghiệp",)
    assert own["born"].kind is FieldKind.DATE
    assert maps.rules_for("other")[0].labels == ("Họ tên",)


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_wrong_map_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "maps.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Misuse, match=r"maps\.toml"):
        load_form_maps(file)
