"""What every form has around its blocks: whose it is, and how moments and sums are written."""

from dataclasses import dataclass
from datetime import datetime

from postal_bridge.clock import format_local, local_day
from postal_bridge.documents.form_editions import FormEditions


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Who issues forms here.

    Attributes:
        place: where they are dated.
    """

    centre: str
    post: str
    place: str
    editions: FormEditions

    @property
    def agency(self) -> tuple[str, ...]:
        """Whose form it is, where the centre gives it out."""
        return (self.centre, "Bộ phận tiếp nhận và trả kết quả")

    def dated(self, moment: datetime) -> str:
        """Place and day, as they stand below the motto."""
        day = local_day(moment)
        return f"{self.place}, ngày {day:%d} tháng {day:%m} năm {day:%Y}"

    def edition(self, form: str, moment: datetime) -> str:
        """Which form of which regulation it is on that day; empty for one without a number."""
        return self.editions.heading(form, local_day(moment))


def shown_moment(moment: datetime | None) -> str:
    """A moment as people read it; a dash where there is none."""
    return format_local(moment) if moment else "–"


def shown_dong(amount: int) -> str:
    """An amount in đồng as people write it: 1.250.000."""
    return f"{amount:,}".replace(",", ".")
