"""A house that has worked for a planned year: every dossier with its papers, positions and ledger.

Events are made by the programme's own functions, one after another as they happened: each is
chained to the one before, the position is the fold, and a dossier's status and moments follow from
its events as the recorder has them follow (tracking/acts.py). Only the writing is done in bulk.
So `verify-ledger` finds nothing, and the night reads what it would have read.
"""

import hashlib
import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from postal_bridge.app import House
from postal_bridge.clock import day_bounds
from postal_bridge.codes import make_item_code
from postal_bridge.demo.staffing import Staffing
from postal_bridge.dossiers.records import Item, Place, Procedure
from postal_bridge.identity import Role
from postal_bridge.inbound import SignIn, Staff
from postal_bridge.journey import DIRECTION_OF, Act, DossierAct, ItemKind, Status, move_for
from postal_bridge.sandbox.province import ProvinceData, load_province
from postal_bridge.sandbox.year import (
    DEFAULT_SEED,
    YearDossier,
    YearPlan,
    generate_year,
    of_another_province,
)
from postal_bridge.sandbox.year_figures import load_year
from postal_bridge.tracking.custody import (
    chained,
    custodian_after,
    dossier_status,
    placed,
    walk,
)
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.records import CustodyEvent, Position
from postal_bridge.worktime import WorkCalendar
from scripts.bench.province import COLUMNS, Part, Row, stored

CONFIG = Path(__file__).parents[2] / "config"
PROVINCE = "H38"
"""Lào Cai; the places are those of the demo province under this code."""

COLUMNS_OF_A_YEAR = {
    **COLUMNS,
    "dossier": (
        *COLUMNS["dossier"],
        *("promised_at", "filed_at", "decided_at", "resolved_at", "returned_at"),
    ),
}
TOKEN = "phien-cua-giam-sat"  # noqa: S105 - of a database that is thrown away
_OPENED, _ENDS = datetime(2023, 12, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
_FILING = frozenset({Act.ACCEPT, Act.TAKE_UP})
_DIGITISED = timedelta(minutes=2)
_ON_THE_WAY = timedelta(minutes=30)
_PARTS_OF = 2_000
_Say = Callable[[str], None]


def demo_province() -> ProvinceData:
    """The demo province's places and procedures under Lào Cai's code."""
    return of_another_province(load_province(CONFIG / "province"), PROVINCE)


def lao_cai(by: int, *, calendar: WorkCalendar) -> YearPlan:
    """Lào Cai's year 2023, with one dossier for every `by`."""
    figures = load_year(CONFIG / "demo" / "lao-cai-2023.toml").scaled(by)
    return generate_year(demo_province(), figures, calendar=calendar, seed=DEFAULT_SEED)


async def settle_in(house: House) -> None:
    """Places, procedures, staff and a supervisor's open session, through the house itself."""
    province = demo_province()
    places = [
        Place(code=one.code, name=one.name, kind=one.kind, parent=one.parent,
              department=one.department, agency=one.agency)
        for one in province.places.values()
    ]  # fmt: skip
    procedures = [
        Procedure(code=one.code, name=one.name, field=one.field, department=one.department,
                  time_limit_value=one.limit.value, time_limit_unit=one.limit.unit,
                  late_cutoff=one.late_cutoff, fee_vnd=one.fee_vnd)
        for one in province.procedures.values()
    ]  # fmt: skip
    async with house.storage.begin() as work:
        await work.catalogue.import_places(places)
        await work.catalogue.import_procedures(procedures, [])
        for one in province.staff:
            staff = Staff(
                username=one.username,
                name=one.name,
                role=one.role,
                places=" ".join(one.places),
                password_hash="",
            )
            await work.inbound.save_staff(staff)
        supervisor = next(one for one in province.staff if one.role is Role.SUPERVISOR)
        session = SignIn(
            id="1",
            token_hash=hashlib.sha256(TOKEN.encode()).hexdigest(),
            username=supervisor.username,
            created_at=_OPENED,
            expires_at=_ENDS,
        )
        await work.inbound.open_sign_in(session)


def year_parts(plan: YearPlan, *, say: _Say = lambda _: None) -> Iterator[Part]:
    """All rows of the year by table, some thousand dossiers at a time.

    Events come in the order in which they were recorded, across all items, as in a real ledger.
    """
    writer = _Writer(demo_province())
    rows: dict[str, list[Row]] = {"dossier": [], "item": [], "position": [], "custody_event": []}
    waiting: list[tuple[datetime, int, Row]] = []
    numbers = count()
    for done, one in enumerate(plan.dossiers, start=1):
        while waiting and waiting[0][0] < one.received_at:
            rows["custody_event"].append(heapq.heappop(waiting)[2])
        told = writer.tell(one)
        rows["dossier"].append(told.dossier)
        rows["item"] += told.items
        rows["position"] += told.positions
        for moment, row in told.events:
            heapq.heappush(waiting, (moment, next(numbers), row))
        if done % _PARTS_OF == 0:
            yield rows
            rows = {table: [] for table in rows}
        if done % (10 * _PARTS_OF) == 0:
            say(f"   {done:,} of {len(plan.dossiers):,} dossiers")
    rows["custody_event"] += [heapq.heappop(waiting)[2] for _ in range(len(waiting))]
    yield rows


def days_of(plan: YearPlan) -> tuple[datetime, datetime]:
    """First and last moment of the year."""
    stated = plan.figures.published
    return day_bounds(stated.first_day)[0], day_bounds(stated.last_day)[1]


@dataclass
class _Told:
    """The rows of one dossier; events with the moment at which they were recorded."""

    dossier: Row = ()
    items: list[Row] = field(default_factory=list)
    positions: list[Row] = field(default_factory=list)
    events: list[tuple[datetime, Row]] = field(default_factory=list)


@dataclass
class _Paper:
    """One item on its way."""

    item: Item
    position: Position | None = None
    events: list[CustodyEvent] = field(default_factory=list)


class _Writer:
    """Does every act of a dossier, as the people whose turn it is."""

    def __init__(self, province: ProvinceData) -> None:
        self._staffing = Staffing(province)
        # Repeatable identifiers; secret is nothing here.
        self._identifiers = Identifiers(random.Random(DEFAULT_SEED))  # noqa: S311
        self._number = 0

    def tell(self, one: YearDossier) -> _Told:
        """Everything that is written down about a dossier by the end of the year."""
        self._number += 1
        clerk = self._staffing.clerk(self._number)
        papers = [self._application(one, clerk)]
        if one.issued_at is not None and one.resolved_at is not None:
            papers.append(self._result(one, clerk, one.issued_at, one.resolved_at))
        told = _Told(dossier=_dossier_row(one, clerk, papers))
        for paper in papers:
            told.items.append(_item_row(paper.item))
            if paper.position is not None:
                told.positions.append(_position_row(paper.position))
            told.events += [(event.recorded_at, _event_row(event)) for event in paper.events]
        return told

    def _application(self, one: YearDossier, clerk: str) -> _Paper:
        paper = _paper(one, "H", ItemKind.APPLICATION, one.received_at)
        desk = Staffing.intake_desk
        self._act(paper, Act.RECEIVE, one.received_at, (desk, clerk))
        self._act(paper, Act.DIGITISE, one.received_at + _DIGITISED, (desk, clerk))
        if one.begun_at is None:
            return paper
        officer = self._staffing.officer(one.department)
        if one.carried:
            courier = self._staffing.courier(one.department)
            left_at = max(one.begun_at - _ON_THE_WAY, one.received_at + 2 * _DIGITISED)
            self._act(paper, Act.LOAD, left_at, (desk, courier))
            self._act(paper, Act.ACCEPT, one.begun_at, (one.department, officer))
        else:
            at = self._staffing.centre_desk(one.department)
            self._act(paper, Act.TAKE_UP, one.begun_at, (at, officer))
        return paper

    def _result(
        self, one: YearDossier, clerk: str, issued_at: datetime, resolved_at: datetime
    ) -> _Paper:
        paper = _paper(one, "K", ItemKind.RESULT, issued_at)
        officer, desk = self._staffing.officer(one.department), Staffing.return_desk
        if one.carried:
            courier = self._staffing.courier(one.department)
            left_at = max(resolved_at - _ON_THE_WAY, issued_at + _DIGITISED)
            self._act(paper, Act.ISSUE, issued_at, (one.department, officer))
            self._act(paper, Act.LOAD, left_at, (one.department, courier))
            self._act(paper, Act.ACCEPT, resolved_at, (desk, clerk))
        else:
            at = self._staffing.centre_desk(one.department)
            self._act(paper, Act.ISSUE, issued_at, (at, officer))
            self._act(paper, Act.HAND_BACK, resolved_at, (desk, clerk))
        if one.returned_at is not None:
            self._act(paper, Act.RETURN, one.returned_at, (desk, clerk))
        return paper

    def _act(self, paper: _Paper, act: Act, at: datetime, where: tuple[str, str]) -> None:
        """Chain one event to the item, and move the item with it."""
        place, actor = where
        move = move_for(paper.item.kind, act)
        if move is None:
            raise LookupError(act)
        kind, custodian = custodian_after(move.holder, place=place, actor=actor, carrier=None)
        event = CustodyEvent(
            event_id=self._identifiers.new(at),
            item_code=paper.item.code,
            seq=1,
            act=act,
            place=place,
            actor=actor,
            custodian_kind=kind,
            custodian=custodian,
            occurred_at=at,
            recorded_at=at,
            previous_hash="",
            hash="",
        )
        event = chained(event, paper.position)
        paper.position = placed(paper.item, paper.position, event, ())
        paper.events.append(event)


def _paper(one: YearDossier, letter: str, kind: ItemKind, at: datetime) -> _Paper:
    return _Paper(
        Item(
            code=make_item_code(one.code, letter, 1),
            dossier_code=one.code,
            kind=kind,
            direction=DIRECTION_OF[kind],
            label=f"{'Hồ sơ' if kind is ItemKind.APPLICATION else 'Kết quả'} {one.code}",
            department=one.department,
            created_at=at,
        )
    )


def _dossier_row(one: YearDossier, clerk: str, papers: Sequence[_Paper]) -> Row:
    """The dossier as its events leave it; the plan says only what came in."""
    moved = [
        (paper.item.kind, step.event)
        for paper in papers
        for step in walk(paper.item.kind, paper.events)
        if step.moved
    ]
    status, moments = dossier_status(Status.RECEIVED, moved)
    filed_at = next((e.occurred_at for kind, e in moved if _files(kind, e)), None)
    decided_at = next((e.occurred_at for _, e in moved if e.act is Act.ISSUE), None)
    who = one.applicant
    return (
        *(PROVINCE, one.code, one.procedure.code, one.department, who.name, who.identity_number),
        *(who.phone, who.address, one.channel, 0, status.value),
        *(stored(one.received_at), clerk, Staffing.intake_desk, stored(one.promised_at)),
        *(_maybe(filed_at), _maybe(decided_at)),
        *(_maybe(moments.get(DossierAct.RESOLVE)), _maybe(moments.get(DossierAct.RETURN))),
    )


def _files(kind: ItemKind, event: CustodyEvent) -> bool:
    return kind is ItemKind.APPLICATION and event.act in _FILING


def _maybe(moment: datetime | None) -> str | None:
    return None if moment is None else stored(moment)


def _item_row(item: Item) -> Row:
    return (
        *(PROVINCE, item.code, item.dossier_code, item.kind.value, item.direction.value),
        *(item.label, item.department, stored(item.created_at)),
    )


def _event_row(event: CustodyEvent) -> Row:
    kind = event.custodian_kind
    return (
        *(PROVINCE, event.event_id.hex, event.item_code, event.seq, event.act.value),
        *(event.place, event.actor, kind.value if kind else None, event.custodian),
        *(stored(event.occurred_at), stored(event.recorded_at), event.device),
        *(event.previous_hash, event.hash),
    )


def _position_row(at: Position) -> Row:
    return (
        *(PROVINCE, at.item_code, at.dossier_code, at.kind.value, at.direction.value),
        *(at.department, at.stage.value, at.place, at.custodian_kind.value, at.custodian),
        *(int(at.sealed), stored(at.since), at.last_event_id.hex, stored(at.latest_at)),
        *(at.seq, at.last_hash),
    )
