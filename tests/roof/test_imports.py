"""Catalogues from files: what is right is written, what is wrong is named by file, row and field."""

from pathlib import Path

import pytest

from postal_bridge.clock import SystemClock
from postal_bridge.errors import Misuse
from postal_bridge.identity import Role
from postal_bridge.imports import (
    import_organisations,
    import_procedures,
    import_staff,
    read_organisations,
    read_procedures,
    read_staff,
)
from postal_bridge.settings import load_settings
from postal_bridge.storage.engine import Storage

PROVINCE = Path(__file__).parents[2] / "config" / "province"
HEADING = "code,name,department,time_limit_value,time_limit_unit,late_cutoff\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_demo_province_is_read_as_it_is() -> None:
    procedures, papers = read_procedures(PROVINCE / "procedures.csv")
    assert len(procedures) == 195
    assert {paper.procedure_code for paper in papers} <= {row.code for row in procedures}
    assert any(procedure.late_cutoff for procedure in procedures)
    places = {place.code: place for place in read_organisations(PROVINCE / "organisations.toml")}
    assert places["PCC1"].parent == "STP"
    staff = {one.username: one for one in read_staff(PROVINCE / "staff.toml")}
    assert staff["tiepnhan1"].role is Role.CLERK
    assert staff["tiepnhan1"].places == "HCC-TN HCC-TKQ"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("A,Cấp thẻ,STP,năm,working_day,false\n", "line 2: .*time_limit_value"),
        ("A,Cấp thẻ,STP,5,tuần,false\n", "line 2: .*time_limit_unit"),
        ("A,Cấp thẻ,STP,5\n", "line 2: .*the row has not as many fields"),
        (
            "A,Một,STP,5,day,false\nA,Hai,STP,5,day,false\n",
            "line 3: A .*stands already in: .*line 2",
        ),
        (",Cấp thẻ,STP,5,day,false\n", "line 2: .*code"),
        ("", "no rows"),
    ],
)
def test_a_wrong_row_is_named_with_its_file_line_and_field(
    tmp_path: Path, rows: str, said: str
) -> None:
    with pytest.raises(Misuse, match=said) as refused:
        read_procedures(written(tmp_path / "thu-tuc.csv", HEADING + rows))
    assert "thu-tuc.csv" in str(refused.value)


def test_a_field_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "staff.toml", '[[staff]]\nusername = "a"\npasword = "b"\n')
    with pytest.raises(Misuse, match=r"\[\[staff\]\] number 1: .*no such field: pasword"):
        read_staff(file)


def test_no_file_can_set_a_password(tmp_path: Path) -> None:
    text = '[[staff]]\nusername = "a"\nname = "A"\nrole = "clerk"\npassword_hash = "x"\n'
    with pytest.raises(Misuse, match="no such field: password_hash"):
        read_staff(written(tmp_path / "staff.toml", text))


def test_a_place_that_hangs_in_the_air_is_refused(tmp_path: Path) -> None:
    text = '[[place]]\ncode = "A"\nname = "A"\nkind = "desk"\nparent = "B"\n'
    with pytest.raises(Misuse, match="A → B"):
        read_organisations(written(tmp_path / "places.toml", text))


def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"\.csv or a \.toml"):
        read_staff(written(tmp_path / "staff.xlsx", ""))
    with pytest.raises(Misuse, match="cannot be read"):
        read_staff(tmp_path / "missing.toml")
    with pytest.raises(Misuse, match="cannot be read"):
        read_staff(written(tmp_path / "broken.toml", "[["))


def test_a_table_saved_by_a_vietnamese_excel_is_read(tmp_path: Path) -> None:
    text = (HEADING + "A,Cấp thẻ,STP,5,day,false\n").replace(",", ";")
    file = tmp_path / "thu-tuc.csv"
    file.write_text(text, encoding="utf-8-sig")
    assert [row.name for row in read_procedures(file)[0]] == ["Cấp thẻ"]


def test_a_file_in_another_encoding_is_told_how_to_be_saved(tmp_path: Path) -> None:
    file = tmp_path / "thu-tuc.csv"
    file.write_text(HEADING + "A,Cấp thẻ,STP,5,day,false\n", encoding="utf-16")
    with pytest.raises(Misuse, match="CSV UTF-8"):
        read_procedures(file)


async def test_catalogues_are_written_and_passwords_are_kept(database_url: str) -> None:
    settings = load_settings({"PB_DATABASE__URL": database_url})
    storage = Storage(settings.database, province="H37", clock=SystemClock())
    try:
        with pytest.raises(Misuse, match="import it first"):
            await import_procedures(storage, PROVINCE / "procedures.csv")
        assert await import_organisations(storage, PROVINCE / "organisations.toml") > 16
        assert await import_procedures(storage, PROVINCE / "procedures.csv") == 195
        count = await import_staff(storage, PROVINCE / "staff.toml", password_hash="a hash")
        assert await import_staff(storage, PROVINCE / "staff.toml") == count
        async with storage.begin(write=False) as work:
            clerk = await work.inbound.staff("tiepnhan1")
            procedure = await work.catalogue.procedure("1.000390")
            assert clerk is not None
            assert clerk.password_hash == "a hash"
            assert procedure is not None
            assert len(await work.catalogue.papers(procedure.code)) == 3
    finally:
        await storage.close()
