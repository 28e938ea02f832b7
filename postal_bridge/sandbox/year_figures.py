"""A province's year in figures: what was published, our division of it, and the same scaled down.

Read from `config/demo/`; figures that do not add up, or that do not give the published
percentages, stop the loading with a `ValueError` that names them.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

AT_THE_COUNTER, ONLINE, BY_POST = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class PublishedYear:
    """The year as the news page states it, unchanged."""

    first_day: date
    last_day: date
    received: int
    received_more: int
    handled_more_than: int
    handled_percent: float
    late_percent: float
    online_percent: float
    online_more_percent: float
    visits: int
    fee_reduced: int
    accounts: int
    essential_services: int
    essential_services_of: int
    essential_more_than: int


@dataclass(frozen=True, kw_only=True)
class YearDivision:
    """How we divide what the page does not; the reasons stand beside each figure in the file."""

    handled: int
    late: int
    returned: int
    waiting_at_desk: int
    in_process: int
    not_begun: int
    online: int
    direct: int
    postal: int
    carried: int


@dataclass(frozen=True, kw_only=True)
class YearFigures:
    """One year.

    Attributes:
        received: dossiers; the published number, or fewer where the year is scaled down.
        weights: how busy each department is.
    """

    published: PublishedYear
    received: int
    division: YearDivision
    weights: Mapping[str, int]

    @property
    def open(self) -> int:
        """Dossiers that were not handled by the end of the year."""
        return self.division.in_process + self.division.not_begun

    @property
    def percentages(self) -> dict[str, tuple[float, float]]:
        """Handled, late and online: as published, and as the division gives it, two decimals."""
        stated, ours = self.published, self.division
        return {
            "handled": (stated.handled_percent, percent(ours.handled, self.received)),
            "late": (stated.late_percent, percent(ours.late, ours.handled)),
            "online": (stated.online_percent, percent(ours.online, self.received)),
        }

    def contradictions(self) -> tuple[str, ...]:
        """The sums that do not come out; empty when division and published figures agree."""
        return tuple(
            f"{name}: {left} is not {right}" for name, left, right in self._sums() if left != right
        )

    def _sums(self) -> Iterator[tuple[str, object, object]]:
        stated, ours = self.published, self.division
        yield "received", ours.handled + self.open, self.received
        yield "handled", ours.returned + ours.waiting_at_desk, ours.handled
        yield "channels", ours.direct + ours.online + ours.postal, self.received
        # Of all whole numbers each count is the one that comes nearest to what was published ...
        yield "handled nearest", ours.handled, nearest(stated.handled_percent, of=self.received)
        yield "late nearest", ours.late, nearest(stated.late_percent, of=ours.handled)
        yield "online nearest", ours.online, nearest(stated.online_percent, of=self.received)
        # ... and with as many dossiers as were published it gives the published figure itself.
        if self.received == stated.received:
            for name, (published, given) in self.percentages.items():
                yield f"{name} %", given, published

    def scaled(self, by: int) -> "YearFigures":
        """The same year with one dossier for every `by`; percentages as near as can be."""
        if by == 1:
            return self
        ours, stated = self.division, self.published
        received = round(self.received / by)
        handled = nearest(stated.handled_percent, of=received)
        online = nearest(stated.online_percent, of=received)
        parts = {name: round(count / by) for name, count in asdict(ours).items()}
        parts |= {
            "handled": handled,
            "late": nearest(stated.late_percent, of=handled),
            "returned": handled - parts["waiting_at_desk"],
            "in_process": received - handled - parts["not_begun"],
            "online": online,
            "direct": received - online - parts["postal"],
        }
        return replace(self, received=received, division=YearDivision(**parts))


def percent(part: int, whole: int) -> float:
    """A share in per cent, with the two decimals of the published figures."""
    return round(100 * part / whole, 2)


def nearest(share: float, *, of: int) -> int:
    """The whole number whose share comes nearest to a published percentage."""
    return round(share * of / 100)


def load_year(path: Path) -> YearFigures:
    """Read a year's figures.

    Raises:
        ValueError: the division contradicts the published figures; every contradiction is named.
    """
    with path.open("rb") as file:
        tables = tomllib.load(file)
    published = PublishedYear(**tables["published"])
    figures = YearFigures(
        published=published,
        received=published.received,
        division=YearDivision(**tables["division"]),
        weights=tables["weights"],
    )
    if wrong := figures.contradictions():
        msg = f"{path.name} does not add up: {'; '.join(wrong)}"
        raise ValueError(msg)
    return figures
