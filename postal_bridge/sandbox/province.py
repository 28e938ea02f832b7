"""A province to play with: its places, staff, wards and procedures, and one month's figures.

Everything is read from `config/province/` and `config/demo/`; where each row comes from is told in
`config/province/SOURCES.md`. What cannot be right (an unknown place, figures that do not add up)
stops the loading with a `ValueError` that names it.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Any

from postal_bridge.identity import Role
from postal_bridge.worktime import LimitUnit, TimeLimit

LATE_CUTOFF = time(15)
"""A dossier taken after this local time counts from the next working day, where the procedure
says so (Decree 23/2015/NĐ-CP art. 7 for certification)."""

PLACE_KINDS = frozenset({"centre", "desk", "department", "body", "post_office"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """A centre, a desk, a department, a body below a department, or a post office."""

    code: str
    name: str
    kind: str
    ward: str
    latitude: float
    longitude: float
    address: str
    parent: str | None = None
    department: str | None = None
    agency: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ward:
    """A ward or commune of the province; latitude and longitude in degrees (WGS 84)."""

    name: str
    code: str
    latitude: float
    longitude: float


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One line of a procedure's checklist."""

    position: int
    name: str
    originals: int
    copies: int
    form_code: str


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """An administrative procedure and the organisation (department or body) that handles it.

    Channels are the national numbers: 1 direct, 2 online, 3 postal. A fee of None is not one plain
    amount; `fee_note` then says what decides it.
    """

    code: str
    name: str
    field: str
    department: str
    limit: TimeLimit
    fee_vnd: int | None
    fee_note: str
    channels: frozenset[int]
    late_cutoff: bool
    papers: tuple[Paper, ...]

    @property
    def cutoff(self) -> time | None:
        """The local time after which counting starts on the next working day, if there is one."""
        return LATE_CUTOFF if self.late_cutoff else None


@dataclass(frozen=True, kw_only=True)
class StaffMember:
    """Somebody who acts in the demo; passwords are set by whoever runs it."""

    username: str
    name: str
    role: Role
    places: tuple[str, ...]


@dataclass(frozen=True)
class ProvinceData:
    """Everything about the demo province that does not change within the month."""

    places: Mapping[str, Place]
    wards: tuple[Ward, ...]
    procedures: Mapping[str, Procedure]
    staff: tuple[StaffMember, ...]

    @cached_property
    def departments(self) -> tuple[Place, ...]:
        """The departments, in the order of the file."""
        return tuple(place for place in self.places.values() if place.kind == "department")

    def handled_by(self, organisation: str) -> tuple[Procedure, ...]:
        """The procedures of one department or body, without those of the bodies below it."""
        return tuple(row for row in self.procedures.values() if row.department == organisation)

    def department_of(self, organisation: str) -> str:
        """The line of the month's table under which an organisation counts."""
        return self.places[organisation].parent or organisation

    def agency_of(self, organisation: str) -> str:
        """The agency part of an organisation's dossier codes; a body uses its department's."""
        agency = (
            self.places[organisation].agency or self.places[self.department_of(organisation)].agency
        )
        if agency is None:
            msg = f"{organisation} has no agency number for its dossier codes"
            raise ValueError(msg)
        return agency


@dataclass(frozen=True, kw_only=True)
class Published:
    """The month as the news page states it, unchanged."""

    first_day: date
    last_day: date
    received: int
    resolved: int
    resolved_on_time: int
    in_progress: int
    notarial: int
    electricity: int
    carried_out: int
    carried_back: int
    fee_receipts: int
    fees_about_vnd: int
    procedures_stated: int
    procedures_parts: tuple[int, ...]
    departments: int
    staff: int


@dataclass(frozen=True, kw_only=True)
class Division:
    """How we divide what the page does not; the reasons stand beside each figure in the file."""

    files_notarial: int
    files_other: int
    results_notarial: int
    results_other: int
    supplements: int
    at_departments: int
    on_the_spot: int
    in_progress_at_centre: int
    returned_at_desk: int
    waiting_at_desk: int
    by_post: int
    delivered_first: int
    delivered_second: int
    failed_twice: int
    on_the_way: int
    direct: int
    online: int
    postal: int
    fees_vnd: int
    exempt: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class MonthFigures:
    """One month: what was published, our division of it, and how busy each department is."""

    published: Published
    division: Division
    weights: Mapping[str, int]
    exemption_bases: tuple[str, ...]

    def contradictions(self) -> tuple[str, ...]:
        """The sums that do not come out; empty when division and published figures agree.

        The source's own procedure count (1,275 + 19 is not 1,284) is not among them: it is
        published so, and the demo says so.
        """
        return tuple(
            f"{name}: {left} is not {right}" for name, left, right in self._sums() if left != right
        )

    def _sums(self) -> Iterator[tuple[str, int, int]]:
        stated, ours = self.published, self.division
        files = ours.files_notarial + ours.files_other
        results = ours.results_notarial + ours.results_other
        yield "received", stated.resolved + stated.in_progress, stated.received
        yield "resolved", results + ours.on_the_spot, stated.resolved
        at_work = ours.at_departments + ours.in_progress_at_centre
        yield "in_progress", at_work, stated.in_progress
        yield "notarial", ours.files_notarial, stated.notarial
        yield "carried_out", files + ours.supplements, stated.carried_out
        yield "carried_back", results + ours.supplements, stated.carried_back
        yield "at_departments", files - results, ours.at_departments
        desk = ours.returned_at_desk + ours.waiting_at_desk
        yield "returned", desk + ours.by_post, stated.resolved
        delivered = ours.delivered_first + ours.delivered_second
        yield "by_post", delivered + ours.failed_twice + ours.on_the_way, ours.by_post
        yield "channels", ours.direct + ours.online + ours.postal, stated.received
        yield "weights", len(self.weights), stated.departments


def load_province(config_dir: Path) -> ProvinceData:
    """Read the demo province from the folder that holds `organisations.toml` and its companions.

    Args:
        config_dir: the folder `config/province`.

    Raises:
        ValueError: a row names a place, a ward or a procedure that is not there.
    """
    places = {
        row["code"]: Place(**row)
        for row in _tables(config_dir / "organisations.toml", name="place")
    }
    staff = tuple(
        StaffMember(
            username=row["username"],
            name=row["name"],
            role=Role(row["role"]),
            places=tuple(row["places"]),
        )
        for row in _tables(config_dir / "staff.toml", name="staff")
    )
    wards = tuple(
        Ward(
            name=row["name"],
            code=row["code"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
        )
        for row in _rows(config_dir / "wards.csv")
    )
    province = ProvinceData(places, wards, _procedures(config_dir), staff)
    _check(province)
    return province


def load_figures(path: Path) -> MonthFigures:
    """Read a month's figures.

    Raises:
        ValueError: the division contradicts the published figures; every contradiction is named.
    """
    with path.open("rb") as file:
        tables = tomllib.load(file)
    published = tables["published"]
    published["procedures_parts"] = tuple(published["procedures_parts"])
    figures = MonthFigures(
        published=Published(**published),
        division=Division(**tables["division"]),
        weights=tables["weights"],
        exemption_bases=tuple(tables["exemptions"]["bases"]),
    )
    if wrong := figures.contradictions():
        msg = f"{path.name} does not add up: {'; '.join(wrong)}"
        raise ValueError(msg)
    return figures


def _tables(path: Path, *, name: str) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        tables: list[dict[str, Any]] = tomllib.load(file)[name]
    return tables


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _procedures(config_dir: Path) -> dict[str, Procedure]:
    papers: dict[str, list[Paper]] = {}
    for row in _rows(config_dir / "procedure_papers.csv"):
        paper = Paper(
            position=int(row["position"]),
            name=row["paper_name"],
            originals=int(row["originals"]),
            copies=int(row["copies"]),
            form_code=row["form_code"],
        )
        papers.setdefault(row["procedure_code"], []).append(paper)
    procedures = {}
    for row in _rows(config_dir / "procedures.csv"):
        limit = TimeLimit(int(row["time_limit_value"]), LimitUnit(row["time_limit_unit"]))
        procedures[row["code"]] = Procedure(
            code=row["code"],
            name=row["name"],
            field=row["field"],
            department=row["department"],
            limit=limit,
            fee_vnd=int(row["fee_vnd"]) if row["fee_vnd"] else None,
            fee_note=row["fee_note"],
            channels=frozenset(int(channel) for channel in row["channels"].split(";")),
            late_cutoff=row["late_cutoff"] == "true",
            papers=tuple(papers.pop(row["code"], ())),
        )
    if papers:
        msg = f"procedure_papers.csv names unknown procedures: {', '.join(sorted(papers))}"
        raise ValueError(msg)
    return procedures


def _check(province: ProvinceData) -> None:
    """Refuse rows that point nowhere."""
    wards = {ward.code for ward in province.wards}
    places = province.places
    named = [
        *((f"place {row.code}", row.parent) for row in places.values()),
        *((f"place {row.code}", row.department) for row in places.values()),
        *((f"procedure {row.code}", row.department) for row in province.procedures.values()),
        *((f"staff {row.username}", place) for row in province.staff for place in row.places),
    ]
    wrong = [f"{who} names no place: {code}" for who, code in named if code and code not in places]
    wrong += [
        f"place {row.code}: ward {row.ward}" for row in places.values() if row.ward not in wards
    ]
    wrong += [
        f"place {row.code}: kind {row.kind}"
        for row in places.values()
        if row.kind not in PLACE_KINDS
    ]
    if wrong:
        msg = f"the province's files do not fit each other: {'; '.join(wrong)}"
        raise ValueError(msg)
