from datetime import UTC, datetime

from postal_bridge.documents.form_editions import FormEditions
from postal_bridge.documents.form_frame import Issuer, shown_dong

ISSUER = Issuer(centre="HCC", post="Bưu điện", place="Lạng Sơn", editions=FormEditions({}))


def test_a_form_is_dated_by_the_local_day() -> None:
    late = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    assert ISSUER.dated(late) == "Lạng Sơn, ngày 23 tháng 11 năm 2026"


def test_money_is_grouped_with_points() -> None:
    assert shown_dong(1_250_000) == "1.250.000"
