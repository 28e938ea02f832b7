"""Papers as one-stop systems take them; the stand-in of the national portal reads them strictly."""

import pytest

from postal_bridge.documents.paper_records import Digitisation, PaperFormat, PaperReuse
from postal_bridge.documents.paper_status import PaperStatus
from postal_bridge.onestop.papers import papers_as
from postal_bridge.sandbox.national_portal_items import read_papers
from tests.stages.documents.test_paper_status import a_document
from tests.stores import DOSSIER, NOW, a_line

PROCEDURE = "2.000488"


def a_status(position: int, *documents: str, reused: Digitisation | None = None) -> PaperStatus:
    reuse = reused and PaperReuse(
        dossier_code=DOSSIER,
        position=position,
        number=1,
        digitisation=reused,
        source="KQ-1",
        from_national_store=True,
        noted_at=NOW,
        noted_by="lan",
    )
    return PaperStatus(
        line=a_line(position),
        documents=tuple(a_document(name, position=position) for name in documents),
        reuse=reuse or None,
        said=None,
    )


PAPERS = [
    a_status(1, "a", "b"),
    a_status(2, reused=Digitisation.REUSED_RESULT),
    a_status(3, reused=Digitisation.REUSED_COMPONENT),
    a_status(4),
]


def link(document_id: str) -> str:
    return f"https://bcci.example/{document_id}"


def test_the_national_portal_takes_every_row() -> None:
    rows = papers_as(PaperFormat.NATIONAL_PORTAL, PROCEDURE, PAPERS, link)
    assert read_papers(rows) == rows
    assert [row["DuocTaiSuDung"] for row in rows] == ["0", "0", "2", "1"]
    assert [row["DuocSoHoa"] for row in rows] == ["1", "1", "0", "0"]
    assert [row["MaKetQuaThayThe"] for row in rows] == ["", "", "KQ-1", "KQ-1"]
    assert rows[0]["DuongDanTaiTepTin"] == link("a")
    assert rows[0]["MaThanhPhanHoSo"] == f"{PROCEDURE}-1"


def test_the_six_steps_get_each_component_with_its_files() -> None:
    rows = papers_as(PaperFormat.SIX_STEPS, PROCEDURE, PAPERS, link)
    assert [len(files(row)) for row in rows] == [2, 0, 0, 0]
    assert files(rows[0])[0] == {
        "IdGiayTo": "a",
        "MaKetQua": "",
        "TenGiayTo": "a.pdf",
        "HashTepTin": a_document("a").sha256,
    }


def files(row: dict[str, object]) -> list[object]:
    found = row["GiayToDinhKem"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("originals", "copies", "kind", "on_paper"),
    [(1, 1, 0, True), (0, 2, 1, True), (0, 0, 2, False)],
)
def test_what_was_handed_in_on_paper_is_told_as_such(
    originals: int, copies: int, kind: int, on_paper: bool
) -> None:
    line = a_line(1).model_copy(update={"originals_given": originals, "copies_given": copies})
    paper = PaperStatus(line=line, documents=(), reuse=None, said=None)
    (component,) = papers_as(PaperFormat.SIX_STEPS, PROCEDURE, [paper], link)
    assert (component["LoaiBan"], component["SoLuong"]) == (kind, originals + copies)
    (digitised,) = papers_as(PaperFormat.TAN_DAN, PROCEDURE, [paper], link)
    assert digitised["NhanBanGiay"] is on_paper
    assert digitised["SoBanChinh"] == originals


def test_tan_dan_numbers_how_far_each_paper_is() -> None:
    rows = papers_as(PaperFormat.TAN_DAN, PROCEDURE, PAPERS, link)
    assert [row["TrangThaiSoHoa"] for row in rows] == [1, 3, 2, 0]
    assert [row["SoTrang"] for row in rows] == [2 * a_line(1).pages, 0, 0, 0]
    assert {row["LoaiSoHoa"] for row in rows} == {0}
