"""Catalogues from files: procedures, places and staff, checked row by row, written all or nothing.

A file is CSV with a heading row, or TOML with one table for each row. The first row that cannot be
right stops the import, and the message names the file, the row and the field.
"""

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError
from sqlmodel import SQLModel

from postal_bridge.dossiers.ports import Catalogue
from postal_bridge.dossiers.records import Place, Procedure, ProcedurePaper
from postal_bridge.errors import Misuse
from postal_bridge.inbound import Inbound, Staff

R = TypeVar("R", bound=SQLModel)

PAPERS_FILE = "procedure_papers.csv"
"""Lies beside the procedures' file; procedures without it have no list of papers."""

SHOWN = 5
"""Rows that point nowhere and are named; the others are counted."""

_UNUSED = {
    "procedures": {"channels", "fee_note"},
    "papers": set[str](),
    "places": set[str](),
    "staff": set[str](),
}
"""Columns that catalogues carry for people to read and that this release does not keep."""


class CatalogueWork(Protocol):
    """The stores of one transaction that an import writes to."""

    @property
    def catalogue(self) -> Catalogue:
        """Places and procedures."""
        ...

    @property
    def inbound(self) -> Inbound:
        """Staff."""
        ...


class CatalogueStorage(Protocol):
    """The database: one transaction at a time."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[CatalogueWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...


@dataclass(frozen=True)
class _Row:
    """One row as it was read, and where it stands in its file."""

    where: str
    values: Mapping[str, Any]


def read_procedures(path: Path) -> tuple[list[Procedure], list[ProcedurePaper]]:
    """Procedures from a CSV or TOML file, and their papers from `procedure_papers.csv` beside it.

    Raises:
        Misuse: a row is wrong; file, row and field are named.
    """
    procedures = _records(path, Procedure, what="procedures", key=("code",))
    papers_file = path.with_name(PAPERS_FILE)
    if not papers_file.is_file():
        return procedures, []
    papers = _records(
        papers_file, ProcedurePaper, what="papers", key=("procedure_code", "position")
    )
    known = {procedure.code for procedure in procedures}
    _refuse_unknown(papers_file, ((p.procedure_code, p.procedure_code) for p in papers), known)
    return procedures, papers


def read_organisations(path: Path) -> list[Place]:
    """Places from a CSV or TOML file.

    Raises:
        Misuse: a row is wrong, or names a place that is not in the file.
    """
    places = _records(path, Place, what="places", key=("code",))
    known = {place.code for place in places}
    named = [(place.code, place.parent) for place in places]
    named += [(place.code, place.department) for place in places]
    _refuse_unknown(path, ((who, code) for who, code in named if code), known)
    return places


def read_staff(path: Path) -> list[Staff]:
    """Members of staff from a CSV or TOML file; `places` is a list, or codes separated by blanks.

    Raises:
        Misuse: a row is wrong, or gives a password hash, which no file may carry.
    """
    return _records(path, Staff, what="staff", key=("username",))


async def import_procedures(storage: CatalogueStorage, path: Path) -> int:
    """Write or renew the procedures of a file with their papers; says how many procedures.

    Raises:
        Misuse: a row is wrong, or its department is no place that has been imported.
    """
    procedures, papers = read_procedures(path)
    async with storage.begin() as work:
        known = {place.code for place in await work.catalogue.places()}
        _refuse_unknown(path, ((row.code, row.department) for row in procedures), known)
        return await work.catalogue.import_procedures(procedures, papers)


async def import_organisations(storage: CatalogueStorage, path: Path) -> int:
    """Write or renew the places of a file; says how many."""
    places = read_organisations(path)
    async with storage.begin() as work:
        return await work.catalogue.import_places(places)


async def import_staff(
    storage: CatalogueStorage, path: Path, *, password_hash: str | None = None
) -> int:
    """Write or renew the staff of a file; says how many.

    Whoever has a password keeps it, unless a hash is given that everybody gets (the demo does).

    Raises:
        Misuse: a row is wrong, or names a place that has not been imported.
    """
    staff = read_staff(path)
    async with storage.begin() as work:
        known = {place.code for place in await work.catalogue.places()}
        named = ((one.username, place) for one in staff for place in one.places.split())
        _refuse_unknown(path, named, known)
        for one in staff:
            before = await work.inbound.staff(one.username)
            one.password_hash = password_hash or (before.password_hash if before else None)
            await work.inbound.save_staff(one)
    return len(staff)


def _records(path: Path, record: type[R], *, what: str, key: tuple[str, ...]) -> list[R]:
    fields = set(record.model_fields) - {"password_hash"}
    found: dict[tuple[Any, ...], str] = {}
    records = []
    for row in _rows(path):
        if unknown := sorted(set(row.values) - fields - _UNUSED[what]):
            raise Misuse(
                f"{row.where}: không có trường này / no such field: {', '.join(unknown)}"
                f". Các trường / the fields: {', '.join(sorted(fields | _UNUSED[what]))}"
            )
        try:
            one = record.model_validate(
                {name: row.values[name] for name in fields & set(row.values)}
            )
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in wrong["loc"])
            raise Misuse(
                f"{row.where}: sai trường / wrong field {field}: {wrong['msg']}"
            ) from error
        identity = tuple(getattr(one, name) for name in key)
        if identity in found:
            shown = " ".join(str(part) for part in identity)
            raise Misuse(f"{row.where}: {shown} đã có ở / stands already in: {found[identity]}")
        found[identity] = row.where
        records.append(one)
    if not records:
        raise Misuse(f"{path}: tệp không có dòng nào / the file has no rows")
    return records


def _rows(path: Path) -> Iterator[_Row]:
    readers = {".csv": _csv_rows, ".toml": _toml_rows}
    if path.suffix not in readers:
        raise Misuse(f"{path}: phải là tệp .csv hoặc .toml / must be a .csv or a .toml file")
    try:
        yield from readers[path.suffix](path)
    except UnicodeDecodeError as error:
        raise Misuse(
            f"{path}: không đọc được, tệp phải là UTF-8 (Excel: lưu kiểu “CSV UTF-8”)"
            f" / cannot be read, must be UTF-8: {error}"
        ) from error
    except (OSError, csv.Error, tomllib.TOMLDecodeError) as error:
        raise Misuse(f"{path}: không đọc được / cannot be read: {error}") from error


def _csv_rows(path: Path) -> Iterator[_Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading = file.readline()
        file.seek(0)
        # Excel separates by semicolons where the comma is the decimal sign, as in Vietnam.
        delimiter = ";" if heading.count(";") > heading.count(",") else ","
        rows = csv.DictReader(file, strict=True, delimiter=delimiter)
        for values in rows:
            where = f"{path}, line {rows.line_num}"
            if None in values or None in values.values():
                raise Misuse(
                    f"{where}: số ô không bằng số ô của dòng tiêu đề"
                    " / the row has not as many fields as the heading"
                )
            # An empty field says nothing: the record's own default stands.
            yield _Row(where, {name: text for name, text in values.items() if text != ""})


def _toml_rows(path: Path) -> Iterator[_Row]:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, rows in tables.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Misuse(f"{path}: {name}: phải viết / rows are written as [[{name}]]")
        for number, row in enumerate(rows, start=1):
            values = {
                field: " ".join(map(str, value)) if isinstance(value, list) else value
                for field, value in row.items()
            }
            yield _Row(f"{path}, [[{name}]] number {number}", values)


def _refuse_unknown(path: Path, named: Iterable[tuple[str, str]], known: set[str]) -> None:
    """Refuse a file whose rows point nowhere; every such row is named."""
    wrong = [f"{who} → {code}" for who, code in named if code not in known]
    if wrong:
        shown = "; ".join(wrong[:SHOWN])
        more = f" (+ {len(wrong) - SHOWN})" if wrong[SHOWN:] else ""
        raise Misuse(f"{path}: chưa có, hãy nhập trước / not known, import it first: {shown}{more}")
