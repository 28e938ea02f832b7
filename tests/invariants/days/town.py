"""The house that the generated days are played in: opened, left in the lurch, opened again.

The papers of a day are put where they are by the use cases themselves, in a few transactions, so
that thousands of days fit into one database; all that is being tested goes through the HTTP door.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from sqlalchemy import Table, and_, select

from postal_bridge.app import House, open_house
from postal_bridge.clock import ReplayClock
from postal_bridge.codes import make_dossier_code, make_seal_code
from postal_bridge.dossiers.intake import Applicant, Filing, Received, receive_dossier
from postal_bridge.dossiers.results import issue_result
from postal_bridge.errors import Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.inbound import Staff
from postal_bridge.journey import Act
from postal_bridge.storage.tables import LEDGER, metadata
from postal_bridge.storage.unit_of_work import UnitOfWork
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.consignments import book_consignment, return_at_desk
from postal_bridge.tracking.handovers import Acceptance, Offer, accept_handover, offer_handover
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.incidents import report_lost
from postal_bridge.tracking.ledger import verify_ledger
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.pouches import make_pouch, seal_pouch
from postal_bridge.tracking.records import CustodyEvent, Handover, Pouch
from postal_bridge.tracking.retention import retain_papers
from postal_bridge.worktime import WorkCalendar
from tests.invariants.days.model import Bag, SlowTown
from tests.journey.province import (
    BUILDING,
    BUILDING_PERMIT,
    COUNTER,
    CRIMINAL_RECORD,
    HANDED_IN,
    JUSTICE,
    PASSWORD,
    POST_OFFICE,
    PREFIX,
    RETURN_DESK,
    STAFF,
    Json,
    moment,
    settle_in,
    town_settings,
)

T = TypeVar("T")
LOAN = "loan"
PEOPLE = {
    **{who[0]: Actor(*who) for who in STAFF.values()},
    LOAN: Actor(LOAN, "Hứa Thị Loan", Role.COURIER, (POST_OFFICE, COUNTER, BUILDING)),
}
HANH, THANG, TUAN, MINH = PEOPLE["hanh"], PEOPLE["thang"], PEOPLE["tuan"], PEOPLE["minh"]
BICH, DUNG, SANG = PEOPLE["bich"], PEOPLE["dung"], PEOPLE["sang"]
COURIERS = (TUAN, MINH, PEOPLE[LOAN])
BEGINS = "10/01/2019 08:00"
MINUTE = timedelta(minutes=1)
SESSION = timedelta(hours=11)
APPLICANT = Applicant("Nông Thị Đào", "020190000001", "0912345678", "Thôn Nà Sầm, xã Cao Lộc")


@dataclass
class Papers:
    """What lies where when a day begins; `inside` are the papers in sealed pouches."""

    codes: list[str] = field(default_factory=list)
    sealed: list[str] = field(default_factory=list)
    unsealed: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    consignments: dict[str, str] = field(default_factory=dict)

    @property
    def dossiers(self) -> list[str]:
        return sorted({code.partition("/")[0] for code in self.codes})

    @property
    def pouches(self) -> list[str]:
        return [*self.sealed, *self.unsealed]


class Town:
    """A house on one database, with a clock that only the tests move."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.settings = town_settings(
            database_url, folder, PB_SECURITY__SIGN_IN_ATTEMPTS_PER_MINUTE="1000"
        )
        self.clock = ReplayClock(moment(BEGINS))
        self.identifiers = Identifiers(random.Random(2019))
        self.calendar = WorkCalendar.load(self.settings.calendar)
        self.last_entry = 0
        self._stack = AsyncExitStack()
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._dossiers = 0
        self._seals = 0
        self._keys = 0
        self.house: House
        self.server: TestServer
        self.http: ClientSession

    async def open(self) -> None:
        self.house = await self._stack.enter_async_context(
            open_house(self.settings, clock=self.clock)
        )
        self.server = TestServer(self.house.web_app())
        await self._stack.enter_async_context(self.server)
        self.http = await self._stack.enter_async_context(ClientSession())

    async def close(self) -> None:
        await self._stack.aclose()

    async def open_anew(self) -> None:
        """Everything that was only in memory is gone."""
        await self.close()
        await self.open()

    async def settle(self) -> None:
        """Write places and people into the empty database."""
        await settle_in(self.house)
        async with self.house.storage.begin() as work:
            one = await work.inbound.staff("hanh")
            assert one is not None
            loan = PEOPLE[LOAN]
            await work.inbound.save_staff(
                Staff(
                    username=loan.username,
                    name=loan.name,
                    role=loan.role,
                    places=" ".join(loan.places),
                    password_hash=one.password_hash,
                )
            )

    # --- the wire -----------------------------------------------------------------------------

    async def sends(self, actor: Actor, path: str, body: Json) -> tuple[int, Json]:
        """One POST by this person: status and what was said."""
        url = str(self.server.make_url(PREFIX))
        token, since = self._tokens.get(actor.username, ("", self.clock.now() - 2 * SESSION))
        if self.clock.now() - since > SESSION:
            said = {"username": actor.username, "password": PASSWORD}
            async with self.http.post(f"{url}/sessions", json=said) as got:
                token = (await got.json())["token"]
            self._tokens[actor.username] = (token, self.clock.now())
        self._keys += 1
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"key-{self._keys}"}
        async with self.http.post(url + path, json=body, headers=headers) as got:
            return got.status, await got.json(content_type=None)

    # --- how a day's papers get where they are ------------------------------------------------

    def next_seal(self) -> str:
        self._seals += 1
        return make_seal_code(self._seals)

    def tick(self) -> datetime:
        self.clock.advance_to(self.clock.now() + MINUTE)
        return self.clock.now()

    async def transaction(self, work: Callable[["Commands"], Awaitable[T]]) -> T:
        async with self.house.storage.begin() as unit:
            return await work(Commands(self, unit))

    def next_dossier(self, procedure: str) -> str:
        self._dossiers += 1
        agency = "000.00.06.H37" if procedure == CRIMINAL_RECORD else "000.00.13.H37"
        day = date(2019, 1, 10) + timedelta(days=self._dossiers // 9000)
        return make_dossier_code(agency, day, self._dossiers % 9000 + 1)

    # --- what the database says ---------------------------------------------------------------

    async def rows(self, table: str, column: str, values: Sequence[object]) -> list[Any]:
        """The rows of these keys, with their types; of the ledger the archived months as well."""
        found: Table = LEDGER if table == LEDGER.name else metadata.tables[table]
        async with self.house.storage.begin(write=False) as unit:
            statement = select(found).where(found.c[column].in_(values))
            return list(await unit.connection.execute(statement))

    async def commands_since(self) -> list[CustodyEvent]:
        """The events of commands since this was last asked."""
        table = LEDGER
        async with self.house.storage.begin(write=False) as unit:
            found = await unit.connection.execute(
                select(table).where(table.c.entry > self.last_entry).order_by(table.c.entry)
            )
            rows = list(found)
        self.last_entry = max([self.last_entry, *(row.entry for row in rows)])
        return [as_event(row) for row in rows if row.device is None]

    async def bags(self, codes: Sequence[str]) -> dict[str, Bag]:
        """The pouches and what is written on their manifests."""
        lines: dict[str, list[tuple[int, str]]] = {code: [] for code in codes}
        for line in await self.rows("manifest_line", "pouch_code", codes):
            lines[line.pouch_code].append((line.position, line.item_code))
        return {
            bag.code: Bag(
                str(bag.state), bag.opened_at, tuple(item for _, item in sorted(lines[bag.code]))
            )
            for bag in await self.rows("pouch", "code", codes)
        }

    async def offered(self, items: Sequence[str]) -> set[str]:
        """Items in minutes that wait for an acceptance."""
        lines, minutes = metadata.tables["handover_line"], metadata.tables["handover"]
        joined = lines.join(
            minutes,
            and_(minutes.c.province == lines.c.province, minutes.c.number == lines.c.number),
        )
        async with self.house.storage.begin(write=False) as unit:
            found = await unit.connection.execute(
                select(lines.c.item_code)
                .select_from(joined)
                .where(lines.c.item_code.in_(items), minutes.c.state == "offered")
            )
            return {str(row[0]) for row in found}

    async def teach(self, model: SlowTown, papers: Papers) -> None:
        """Tell the model what commands have done by now."""
        model.learn(
            await self.commands_since(),
            bags=await self.bags(papers.pouches),
            offered=await self.offered(papers.codes),
        )

    async def findings(self) -> list[str]:
        """What `verify-ledger` finds in the whole ledger."""
        async with self.house.storage.begin(write=False) as work:
            verified = await verify_ledger(work.ledger, signer=self.house.signer)
        return [f"{one.what} {one.where}: {one.detail}" for one in verified.findings]


def as_event(row: Any) -> CustodyEvent:
    values: Mapping[str, Any] = row._mapping
    return CustodyEvent.model_construct(
        **{name: values[name] for name in CustodyEvent.model_fields if name in values}
    )


class Commands:
    """Commands as people give them, a minute apart, in one transaction to save time."""

    def __init__(self, town: Town, unit: UnitOfWork) -> None:
        self.town = town
        self.unit = unit

    def by(self, actor: Actor) -> Recorder:
        town = self.town
        return Recorder(self.unit, actor=actor, now=town.tick(), identifiers=town.identifiers)

    async def receives(self, procedure: str) -> str:
        recorder = self.by(HANH)
        filing = Filing(
            code=self.town.next_dossier(procedure),
            procedure_code=procedure,
            applicant=APPLICANT,
            channel=1,
            return_mode=1,
            place=COUNTER,
            papers=[
                (one["position"], one["originals"], one.get("copies", 0), one["pages"])
                for one in HANDED_IN[procedure]
            ],
        )
        received = done(
            await receive_dossier(
                recorder.work,
                recorder,
                filing,
                actor=HANH,
                now=recorder.now,
                calendar=self.town.calendar,
                cutoff=None,
            )
        )
        assert isinstance(received, Received)
        return f"{received.dossier.code}/H1"

    async def digitises(self, item: str) -> None:
        recorder = self.by(HANH)
        tracked = (await recorder.work.custody.hold([item]))[item]
        assert isinstance(tracked, Tracked)
        await recorder.record(tracked, Act.DIGITISE, Circumstances(place=COUNTER))

    async def issues(self, dossier: str, officer: Actor) -> str:
        recorder, place = self.by(officer), officer.places[0]
        item = done(
            await issue_result(
                recorder.work,
                recorder,
                code=dossier,
                label="Giấy phép",
                place=place,
                actor=officer,
                now=recorder.now,
            )
        )
        await retain_papers(recorder, dossier, place=place)
        return item.code

    async def packs(self, clerk: Actor, items: Sequence[str], *, origin: str, to: str) -> str:
        made = await make_pouch(self.by(clerk), origin=origin, destination=to, items=items)
        return done(made).code

    async def seals(self, clerk: Actor, pouch: str) -> Pouch:
        return done(await seal_pouch(self.by(clerk), code=pouch, seal=self.town.next_seal()))

    async def hands_over(
        self,
        giver: Actor,
        courier: Actor,
        *,
        place: str,
        pouches: Sequence[str] = (),
        item: str = "",
    ) -> None:
        offer = Offer(place, courier.username, pouches=pouches, items=[item] if item else [])
        offered: Handover = done(await offer_handover(self.by(giver), offer, province="H37"))
        counted = Acceptance(count=offered.given_count)
        done(await accept_handover(self.by(courier), offered.number, counted))

    async def sends_home(self, item: str, courier: Actor) -> str:
        booked = await book_consignment(
            self.by(THANG),
            item_code=item,
            carrier="own_fleet",
            place=RETURN_DESK,
            courier=courier.username,
        )
        return done(booked).number

    async def returns(self, item: str) -> None:
        refused = await return_at_desk(
            self.by(THANG), item_code=item, place=RETURN_DESK, receiver="Nông Thị Đào"
        )
        assert refused is None

    async def misses(self, item: str) -> None:
        done(await report_lost(self.by(SANG), code=item, place=COUNTER, note=None))


def done(outcome: T | Refusal) -> T:
    assert not isinstance(outcome, Refusal), outcome
    return outcome


def new_scan_id(chance: random.Random, at: datetime) -> UUID:
    """UUIDv7 as a handheld makes it: its own time, and chance."""
    millisecond = int(at.timestamp() * 1000)
    return UUID(
        int=(millisecond << 80) | (7 << 76) | (chance.getrandbits(12) << 64) | (2 << 62)
        | chance.getrandbits(62)
    )  # fmt: skip


PROCEDURES = ((CRIMINAL_RECORD, BICH, JUSTICE), (BUILDING_PERMIT, DUNG, BUILDING))
