from datetime import date

from postal_bridge.documents.follow_up_book import Book, follow_up_book
from postal_bridge.documents.form_editions import FormEditions
from postal_bridge.documents.form_frame import Issuer
from postal_bridge.documents.form_values import Table
from tests.stores import DOSSIER, HOUR, NOW, a_dossier

ISSUER = Issuer(centre="HCC", post="Bưu điện", place="Lạng Sơn", editions=FormEditions({}))


def test_the_book_follows_the_order_of_reception() -> None:
    late, early = a_dossier("D2"), a_dossier(DOSSIER)
    late.received_at = NOW + HOUR
    known = Book(
        first=date(2019, 1, 1),
        last=date(2019, 1, 31),
        dossiers=[late, early],
        procedures={early.procedure_code: "Cấp phiếu"},
        departments={},
    )
    page = follow_up_book(known, ISSUER)
    (table,) = [block for block in page.blocks if isinstance(block, Table)]
    assert [(row[0], row[1]) for row in table.rows] == [("1", DOSSIER), ("2", "D2")]
    assert table.rows[0][3:5] == ("Cấp phiếu", early.department)
    assert table.rows[0][7] == "–"
    assert len(table.heads) == len(table.widths) == len(table.rows[0])
    assert page.subtitle == "Từ ngày 01/01/2019 đến ngày 31/01/2019"
    assert known.subject == "2019-01-01..2019-01-31"
