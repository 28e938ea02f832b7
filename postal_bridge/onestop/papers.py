"""A dossier's digitised papers as one-stop systems take them.

Shapes: reference 2.2 (`TaiLieuNop` of the national portal's DongBoHoSoMC), 2.4 (`ThanhPhanHoSo` of
the 6-step adapter), 3.2 (`GiayToSoHoa` of Tân Dân). The code of a component is the procedure's code
and the line of its published list, since the catalogue that provinces publish gives none.
"""

from collections.abc import Callable, Sequence

from postal_bridge.documents.paper_records import Digitisation, PaperFormat
from postal_bridge.documents.paper_status import PaperStatus
from postal_bridge.documents.records import Document

Row = dict[str, object]
_LONGEST_NAME = 4000
_ORIGINAL, _COPY, _ELECTRONIC = 0, 1, 2
_COMPONENT = 0
_REUSED = {Digitisation.REUSED_COMPONENT: "1", Digitisation.REUSED_RESULT: "2"}


def papers_as(
    form: str, procedure: str, papers: Sequence[PaperStatus], link: Callable[[str], str]
) -> list[Row]:
    """The list of a format.

    Args:
        form: a `PaperFormat`.
        procedure: its code.
        papers: in the order of the checklist.
        link: where a document is fetched, by its id.
    """
    wanted = PaperFormat(form)
    if wanted is PaperFormat.NATIONAL_PORTAL:
        return [row for one in papers for row in _submitted(procedure, one, link)]
    if wanted is PaperFormat.SIX_STEPS:
        return [_component(procedure, one) for one in papers]
    return [_digitised(procedure, one) for one in papers]


def _submitted(procedure: str, one: PaperStatus, link: Callable[[str], str]) -> list[Row]:
    """A row per file; one without a file for what is reused."""
    if one.digitisation is Digitisation.NONE:
        return []
    files: Sequence[Document | None] = one.documents or (None,)
    return [_file(procedure, one, document, link) for document in files]


def _file(
    procedure: str, one: PaperStatus, document: Document | None, link: Callable[[str], str]
) -> Row:
    reuse = one.reuse
    return {
        "TepDinhKemId": document.id if document else "",
        "TenTepDinhKem": (document.file_name if document else one.line.paper_name)[:_LONGEST_NAME],
        "IsDeleted": "False",
        "MaThanhPhanHoSo": _code(procedure, one),
        "DuongDanTaiTepTin": link(document.id) if document else "",
        "DuocSoHoa": "1" if document else "0",
        "DuocTaiSuDung": _REUSED.get(one.digitisation, "0"),
        "DuocLayTuKhoDMQG": "1" if reuse and reuse.from_national_store else "0",
        "MaKetQuaThayThe": reuse.source if reuse else "",
    }


def _component(procedure: str, one: PaperStatus) -> Row:
    line = one.line
    source = one.reuse.source if one.reuse else ""
    return {
        "MaThanhPhanHoSo": _code(procedure, one),
        "TenThanhPhanHoSo": line.paper_name,
        "SoLuong": line.originals_given + line.copies_given,
        "LoaiBan": _kind(one),
        "GiayToDinhKem": [
            {
                "IdGiayTo": document.id,
                "MaKetQua": source,
                "TenGiayTo": document.file_name,
                "HashTepTin": document.sha256,
            }
            for document in one.documents
        ],
    }


def _digitised(procedure: str, one: PaperStatus) -> Row:
    line = one.line
    return {
        "MaThanhPhanHoSo": _code(procedure, one),
        "TenGiayTo": line.paper_name,
        "TrangThaiSoHoa": one.digitisation.value,
        "LoaiSoHoa": _COMPONENT,
        "SoTrang": one.pages,
        "SoBanChinh": line.originals_given,
        "NhanBanGiay": bool(line.originals_given or line.copies_given),
    }


def _kind(one: PaperStatus) -> int:
    if one.line.originals_given:
        return _ORIGINAL
    return _COPY if one.line.copies_given else _ELECTRONIC


def _code(procedure: str, one: PaperStatus) -> str:
    return f"{procedure}-{one.line.position}"
