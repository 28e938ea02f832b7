"""The follow-up book: every dossier of a few weeks in one line (form 06, since 2025 form 07)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from postal_bridge.clock import day_bounds, format_day, format_local
from postal_bridge.documents.form_frame import Issuer, shown_moment
from postal_bridge.documents.form_values import Fields, FormPage, Signature, Table
from postal_bridge.dossiers.records import Dossier
from postal_bridge.journey import STATUS_NAMES

MOST_DAYS = 31
_WAYS = {0: "tại quầy", 1: "bưu chính"}
_HEADS = (
    "STT",
    "Mã hồ sơ",
    "Người nộp, địa chỉ",
    "Thủ tục",
    "Cơ quan giải quyết",
    "Tiếp nhận",
    "Hẹn trả",
    "Có kết quả",
    "Trả kết quả",
    "Ghi chú",
)
_WIDTHS = (9, 38, 0, 0, 28, 23, 23, 23, 23, 24)


@dataclass(frozen=True, kw_only=True)
class Book:
    """What the book of these days shows.

    Attributes:
        last: the last day, that one included.
        procedures, departments: names by code.
    """

    first: date
    last: date
    dossiers: Sequence[Dossier]
    procedures: Mapping[str, str]
    departments: Mapping[str, str]

    @property
    def subject(self) -> str:
        """Under what the printed book is kept."""
        return f"{self.first.isoformat()}..{self.last.isoformat()}"


def follow_up_book(book: Book, issuer: Issuer) -> FormPage:
    """The book, in the order of reception."""
    told = sorted(book.dossiers, key=lambda one: (one.received_at, one.code))
    opened, _ = day_bounds(book.first)
    rows = tuple(_line(number, one, book) for number, one in enumerate(told, start=1))
    return FormPage(
        title="Sổ theo dõi hồ sơ",
        made_at=opened,
        edition=issuer.edition("book", opened),
        agency=issuer.agency,
        subtitle=f"Từ ngày {format_day(book.first)} đến ngày {format_day(book.last)}",
        landscape=True,
        blocks=(
            Fields((("Số hồ sơ", str(len(rows))),)),
            Table(_HEADS, _WIDTHS, rows),
        ),
        signatures=(Signature("Người lập sổ"), Signature("Người kiểm tra")),
    )


def _line(number: int, one: Dossier, book: Book) -> tuple[str, ...]:
    where = ", ".join(filter(None, (one.applicant_name, one.applicant_address)))
    return (
        str(number),
        one.code,
        where,
        book.procedures.get(one.procedure_code, one.procedure_code),
        book.departments.get(one.department, one.department),
        format_local(one.received_at),
        shown_moment(one.promised_at),
        shown_moment(one.resolved_at),
        shown_moment(one.returned_at),
        f"{STATUS_NAMES[one.status][0]}; {_WAYS[one.return_mode]}",
    )
