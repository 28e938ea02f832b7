"""Every URL of digitised papers; `routes.py` has all others. Paths are below /api/v1."""

from postal_bridge.api import captures, documents, fields, pages, paper_statuses, proofs, signatures
from postal_bridge.api.call import Route
from postal_bridge.api.page_shapes import PageOut
from postal_bridge.documents.records import Document
from postal_bridge.identity import Role
from postal_bridge.journey import CLERKS
from postal_bridge.sections import Settings

READERS = frozenset(Role) - {Role.COURIER}
APPROVERS = frozenset({Role.OFFICER, Role.SUPERVISOR})
CAPTURERS = CLERKS | {Role.COURIER}
"""Who photographs papers: also at a citizen's door."""

_FILES = "/dossiers/{code}/documents"
_UPLOADS = f"{_FILES}/uploads"
_PAGES = f"{_FILES}/pages"
_EXAMPLE = {
    "id": "0194a1b2-0000-7000-8000-000000000001",
    "position": 1,
    "file_name": "IMG_2031.jpg",
    "size_bytes": 3145728,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def upload_limit(settings: Settings) -> int:
    """The largest file that is taken, in bytes."""
    return settings.documents.upload_limit_bytes


def part_limit(settings: Settings) -> int:
    """The size of a part, in bytes."""
    return settings.documents.part_bytes


# fmt: off
PAPER_ROUTES = (
    Route("POST", _FILES, documents.upload, roles=CLERKS,
          raw_limit_bytes=upload_limit, query=documents.UploadQuery, out=Document, status=201,
          creates=True, own_transactions=True, summary_vi="Đăng ký tệp số hóa",
          summary_en="Register a digitised file", tag="documents"),
    Route("GET", _FILES, documents.listed, roles=READERS, out=documents.DocumentList,
          summary_vi="Các tệp số hóa", summary_en="The files", tag="documents"),
    Route("POST", _UPLOADS, captures.begin, roles=CAPTURERS, body=captures.Announced,
          out=captures.UploadOut, status=201, creates=True, own_transactions=True,
          summary_vi="Báo trước một tệp sẽ gửi từng phần",
          summary_en="Announce a file that comes in parts", tag="documents", example=_EXAMPLE),
    Route("GET", f"{_UPLOADS}/{{id}}", captures.status, roles=CAPTURERS, out=captures.UploadOut,
          own_transactions=True, personal=False, summary_vi="Còn thiếu những phần nào",
          summary_en="Which parts are missing", tag="documents"),
    Route("PUT", f"{_UPLOADS}/{{id}}/parts/{{number}}", captures.part, roles=CAPTURERS,
          raw_limit_bytes=part_limit, out=captures.UploadOut, own_transactions=True,
          personal=False, summary_vi="Gửi một phần của tệp",
          summary_en="Send a part of a file", tag="documents"),
    Route("DELETE", f"{_UPLOADS}/{{id}}", captures.drop, roles=CAPTURERS, out=captures.UploadOut,
          own_transactions=True, summary_vi="Bỏ tệp đang gửi", summary_en="Call a file off",
          tag="documents"),
    Route("POST", f"{_UPLOADS}/{{id}}/completion", captures.complete, roles=CAPTURERS,
          out=captures.CapturedOut, status=201, creates=True, own_transactions=True,
          summary_vi="Đã gửi đủ: làm thành trang", summary_en="All sent: make pages of it",
          tag="documents"),
    Route("GET", _PAGES, pages.listed, roles=READERS | CAPTURERS, query=pages.PagesQuery,
          out=pages.PageList, summary_vi="Các trang, đối chiếu số trang đã đếm",
          summary_en="The pages beside what was counted", tag="documents"),
    Route("PUT", _PAGES, pages.order, roles=CAPTURERS, body=pages.PageOrder,
          out=pages.PageOrdered, own_transactions=True, summary_vi="Xếp thứ tự trang",
          summary_en="Put the pages of a paper in order", tag="documents",
          example={"position": 1, "pages": ["0194a1b2-0000-7000-8000-000000000002"]}),
    Route("PATCH", f"{_PAGES}/{{id}}", pages.change, roles=CAPTURERS, body=pages.PageWished,
          out=PageOut, own_transactions=True, summary_vi="Xoay, bỏ hoặc lấy lại trang",
          summary_en="Turn a page, take it out, put it back", tag="documents",
          example={"version": 1, "turn": 90}),
    Route("GET", f"{_PAGES}/{{id}}.jpg", pages.picture, roles=READERS | CAPTURERS, write=True,
          query=pages.PictureQuery, produces=pages.JPEG, summary_vi="Ảnh của trang",
          summary_en="A page's picture", tag="documents"),
    Route("GET", f"{_PAGES}/{{id}}/original", pages.original, roles=READERS, write=True,
          produces="application/octet-stream", summary_vi="Tệp gốc của trang",
          summary_en="The file that a page was made of", tag="documents"),
    Route("GET", f"{_PAGES}/{{id}}/history", pages.history, roles=READERS, out=pages.PageHistory,
          summary_vi="Lịch sử của trang", summary_en="What was done to a page", tag="documents"),
    Route("GET", f"{_FILES}/papers", paper_statuses.listed, roles=READERS,
          out=paper_statuses.PapersOut, summary_vi="Tình trạng từng giấy tờ",
          summary_en="How far each paper is", tag="documents"),
    Route("PUT", f"{_FILES}/papers/{{position}}/reuse", paper_statuses.reuse, roles=CLERKS,
          body=paper_statuses.Reuse, out=paper_statuses.PaperOut,
          summary_vi="Tái sử dụng giấy tờ đã có", summary_en="Reuse what is in a store already",
          tag="documents", example={"digitisation": 2, "source": "TP-000123"}),
    Route("POST", f"{_FILES}/papers/{{position}}/approval", paper_statuses.judge,
          roles=APPROVERS, body=paper_statuses.Judged, out=paper_statuses.PaperOut, status=201,
          creates=True, summary_vi="Duyệt bản số hóa của giấy tờ",
          summary_en="Approve or reject a paper's files", tag="documents",
          example={"approved": True}),
    Route("GET", f"{_FILES}/export", paper_statuses.exported, roles=READERS, write=True,
          query=paper_statuses.ExportQuery, out=paper_statuses.Exported,
          summary_vi="Xuất giấy tờ theo mẫu của hệ thống một cửa",
          summary_en="The papers as a one-stop system takes them", tag="documents"),
    Route("GET", f"{_FILES}/fields", fields.listed, roles=READERS, out=fields.FieldList,
          write=True, summary_vi="Các trường đã nhận dạng", summary_en="What was read in forms",
          tag="documents"),
    Route("PATCH", f"{_FILES}/fields/{{id}}", fields.settle, roles=CLERKS,
          body=fields.FieldDecision, out=fields.FieldOut,
          summary_vi="Xác nhận, sửa hoặc bác một trường",
          summary_en="Confirm, correct or reject a field", tag="documents",
          example={"value": "Nông Văn Đức"}),
    Route("POST", f"{_FILES}/assemble", pages.assemble, roles=CAPTURERS, body=pages.Assembled,
          out=Document, status=201, creates=True, own_transactions=True,
          summary_vi="Lập PDF/A từ các trang", summary_en="Make a PDF/A of a paper's pages",
          tag="documents", example={"position": 1}),
    Route("POST", f"{_FILES}/{{id}}/signature", signatures.sign, roles=CLERKS, out=Document,
          status=201, creates=True, own_transactions=True, summary_vi="Ký số tài liệu",
          summary_en="Sign a document", tag="documents"),
    Route("GET", f"{_FILES}/{{id}}/signatures", signatures.listed, roles=READERS,
          out=signatures.SignatureList, own_transactions=True,
          summary_vi="Kiểm tra chữ ký trên tài liệu", summary_en="Judge a document's signatures",
          tag="documents"),
    Route("GET", f"{_FILES}/{{id}}.pdf", documents.content, roles=READERS, write=True,
          produces="application/pdf", summary_vi="Tài liệu PDF", summary_en="A document as PDF",
          tag="documents"),
    Route("GET", f"{_FILES}/{{id}}", documents.content, roles=READERS, write=True,
          produces="application/octet-stream", summary_vi="Nội dung tệp",
          summary_en="A file's content", tag="documents"),
)
PROOF_ROUTES = (
    Route("POST", "/proofs", proofs.prove, roles=CAPTURERS, body=proofs.NewProof,
          out=proofs.ProofOut, status=201, creates=True, own_transactions=True,
          summary_vi="Ghi bằng chứng phát: người nhận, chữ ký, ảnh",
          summary_en="Prove a delivery: receiver, signature, photograph", tag="proofs"),
    Route("GET", "/proofs", proofs.listed, roles=READERS, query=proofs.ProofQuery,
          out=proofs.ProofList, write=True, summary_vi="Bằng chứng phát của một bưu gửi",
          summary_en="The proofs of an item", tag="proofs"),
    Route("PUT", "/proofs/{event}/photo", proofs.photo, roles=CAPTURERS,
          query=proofs.ProofQuery, raw_limit_bytes=upload_limit, out=proofs.ProofOut,
          own_transactions=True, summary_vi="Gửi ảnh của bằng chứng",
          summary_en="Send the photograph of a proof", tag="proofs"),
    Route("GET", "/proofs/{event}/photo", proofs.picture, roles=READERS, write=True,
          query=proofs.ProofQuery, produces="image/jpeg", summary_vi="Ảnh lúc giao",
          summary_en="The photograph", tag="proofs"),
    Route("GET", "/proofs/{event}/signature.svg", proofs.signature, roles=READERS, write=True,
          query=proofs.ProofQuery, produces=proofs.SVG, summary_vi="Chữ ký người nhận",
          summary_en="The receiver's signature", tag="proofs"),
)
# fmt: on
