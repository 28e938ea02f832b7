"""A paper's files are looked at by an officer, counted against the paper, and told to other systems."""

import pytest

from postal_bridge.demo.paper import draw_stack
from tests.journey.house import Town
from tests.journey.people import Answer, Person
from tests.journey.province import Json


async def papers(person: Person, code: str) -> Json:
    return await person.reads(f"/dossiers/{code}/documents/papers")


async def judges(person: Person, code: str, position: int, **said: object) -> Answer:
    person.town.tick()
    return await person.asks("POST", f"/dossiers/{code}/documents/papers/{position}/approval", said)


async def registers(person: Person, code: str, position: int, pages: int) -> Json:
    person.town.tick()
    answer = await person.asks(
        "POST",
        f"/dossiers/{code}/documents",
        raw=draw_stack(f"{code}-{position}", pages),
        params={"position": str(position), "file_name": f"giay-{position}.pdf"},
    )
    assert answer.status == 201, answer.body
    return answer.body


async def test_from_scan_to_export(town: Town) -> None:
    code = await town.clerk.receives()
    first, second = (await town.clerk.dossier(code))["checklist"]
    before = await papers(town.officer, code)
    assert [one["digitisation"] for one in before["papers"]] == [0, 0]
    document = await registers(town.clerk, code, 1, first["pages"] + 1)
    refused = await judges(town.officer, code, 1, approved=True)
    assert str(first["pages"] + 1) in refused.refuses(422, "remark-for-pages")
    assert (await judges(town.clerk, code, 1, approved=True)).refuses(403, "role-not-allowed")
    said = await judges(town.officer, code, 1, approved=True, remark="Có thêm trang phụ lục.")
    assert said.status == 201, said.body
    path = f"/dossiers/{code}/documents/papers/2/reuse"
    reused = await town.clerk.asks("PUT", path, {"digitisation": 3, "source": "KQ-0001"})
    assert reused.body["digitisation_name"] == "tái sử dụng kết quả"
    assert not (await papers(town.officer, code))["complete"]
    assert (await judges(town.officer, code, second["position"], approved=True)).status == 201
    after = await papers(town.officer, code)
    assert after["complete"]
    assert [one["approval"] for one in after["papers"]] == ["approved", "approved"]
    export = f"/dossiers/{code}/documents/export"
    rows = (await town.officer.reads(export, format="TaiLieuNop"))["rows"]
    assert [row["DuocTaiSuDung"] for row in rows] == ["0", "2"]
    assert rows[0]["TepDinhKemId"] == document["id"]
    fetched = await town.officer.asks("GET", rows[0]["DuongDanTaiTepTin"].removeprefix("/api/v1"))
    assert fetched.content.startswith(b"%PDF")
    rows = (await town.officer.reads(export, format="GiayToSoHoa"))["rows"]
    assert [row["TrangThaiSoHoa"] for row in rows] == [1, 3]
    rows = (await town.officer.reads(export, format="ThanhPhanHoSo"))["rows"]
    assert rows[0]["GiayToDinhKem"][0]["HashTepTin"] == document["sha256"]


@pytest.mark.parametrize("position", ["9", "x", "-1"])
async def test_a_line_that_is_not_there_is_said(town: Town, position: str) -> None:
    code = await town.clerk.receives()
    answer = await town.officer.asks(
        "POST", f"/dossiers/{code}/documents/papers/{position}/approval", {"approved": True}
    )
    assert answer.body["type"].endswith("component-unknown")
