"""A small province at work, for stories: a real house on a real database, acted on over HTTP.

Everybody acts through the web API with a session of their own; keys and scan ids are made as a
browser and a handheld make them. The clock is moved by the story: each act takes a minute, unless
the story says when it happens.
"""

import json
import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import BaseTestServer, TestServer
from sqlalchemy import text

from postal_bridge.api.doorkeeper import hash_password
from postal_bridge.app import House, open_house
from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.codes import make_seal_code
from postal_bridge.dossiers.records import Place, Procedure, ProcedurePaper
from postal_bridge.identity import Role
from postal_bridge.inbound import Staff
from postal_bridge.settings import SecuritySettings, Settings, load_settings
from postal_bridge.storage.tables import metadata
from postal_bridge.tracking.dispatch import Dispatch
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ledger import seal_day, verify_ledger

Json = dict[str, Any]

PASSWORD = "mật khẩu của tỉnh nhỏ"
PREFIX = "/api/v1"
MINUTE = timedelta(minutes=1)
SESSION = timedelta(hours=10)
"""A little less than a session lasts; then a person signs in again."""

CENTRE, COUNTER, RETURN_DESK = "HCC", "HCC-TN", "HCC-TKQ"
JUSTICE, JUSTICE_DESK = "STP", "HCC-STP"
BUILDING, POST_OFFICE = "SXD", "BDT"

PLACES = (
    Place(code=CENTRE, name="Trung tâm Phục vụ hành chính công", kind="centre"),
    Place(code=COUNTER, name="Quầy tiếp nhận", kind="desk", parent=CENTRE),
    Place(code=RETURN_DESK, name="Quầy trả kết quả", kind="desk", parent=CENTRE),
    Place(
        code=JUSTICE_DESK, name="Bàn của Sở Tư pháp", kind="desk", parent=CENTRE, department=JUSTICE
    ),
    Place(code=JUSTICE, name="Sở Tư pháp", kind="department", agency="000.00.06.H37"),
    Place(code=BUILDING, name="Sở Xây dựng", kind="department", agency="000.00.13.H37"),
    Place(code=POST_OFFICE, name="Bưu điện tỉnh", kind="post"),
)

CRIMINAL_RECORD, BUILDING_PERMIT = "2.000488", "1.009794"
"""Five working days whenever it is handed in; three, and after 15:00 from the next day on."""

PROCEDURES = (
    Procedure(
        code=CRIMINAL_RECORD, name="Cấp Phiếu lý lịch tư pháp", department=JUSTICE,
        time_limit_value=5,
    ),
    Procedure(
        code=BUILDING_PERMIT, name="Cấp giấy phép xây dựng", department=BUILDING,
        time_limit_value=3, late_cutoff=True,
    ),
)  # fmt: skip
PAPERS = (
    ProcedurePaper(procedure_code=CRIMINAL_RECORD, position=1, paper_name="Tờ khai"),
    ProcedurePaper(
        procedure_code=CRIMINAL_RECORD, position=2, paper_name="Căn cước công dân", originals=0,
        copies=1,
    ),
    ProcedurePaper(procedure_code=BUILDING_PERMIT, position=1, paper_name="Đơn đề nghị"),
)  # fmt: skip
HANDED_IN: dict[str, list[Json]] = {
    CRIMINAL_RECORD: [
        {"position": 1, "originals": 1, "pages": 2},
        {"position": 2, "originals": 0, "copies": 1, "pages": 1},
    ],
    BUILDING_PERMIT: [{"position": 1, "originals": 1, "pages": 4}],
}

CHEAP = {
    "PB_SECURITY__ARGON2_TIME_COST": "1",
    "PB_SECURITY__ARGON2_MEMORY_KIB": "8",
    "PB_SECURITY__ARGON2_PARALLELISM": "1",
    "PB_NIGHTLY__LOOKBACK_DAYS": "5",
}


def moment(shown: str) -> datetime:
    """A moment as people in Vietnam write it: `10/01/2019 08:00`."""
    return datetime.strptime(shown, "%d/%m/%Y %H:%M").replace(tzinfo=LOCAL)


def read(shown: str) -> datetime:
    """A moment as the API writes it."""
    return datetime.fromisoformat(shown)


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    media_type: str
    body: Json
    headers: Mapping[str, str]

    def refuses(self, status: int, slug: str) -> str:
        """It is this refusal, told in the one form that refusals have; gives its sentence."""
        assert (self.status, self.body.get("type")) == (status, f"/problems/{slug}"), self.body
        assert self.media_type == "application/problem+json"
        assert self.body["status"] == status
        assert self.body["title"]
        return str(self.body["detail"])


@dataclass
class Person:
    """A member of staff at work; every verb is one request, and fails the story if refused."""

    town: "Town"
    username: str
    name: str
    role: Role
    places: tuple[str, ...]
    place: str
    token: str = ""
    signed_in_at: datetime | None = None

    def at(self, place: str) -> "Person":
        """The same person, standing somewhere else."""
        self.place = place
        return self

    # --- over the wire ------------------------------------------------------------------------

    async def asks(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        raw: bytes | None = None,
        params: Mapping[str, str] | None = None,
        key: str | None = "",
        language: str | None = None,
    ) -> Answer:
        """Send one request, whatever becomes of it; `key=None` leaves the key out."""
        now = self.town.now()
        if self.signed_in_at is None or now - self.signed_in_at > SESSION:
            await self.signs_in()
        headers = {"Authorization": f"Bearer {self.token}"}
        if method == "POST" and key is not None:
            headers["Idempotency-Key"] = key or str(self.town.identifiers.new(now))
        if language:
            headers["Accept-Language"] = language
        content = json.dumps(body).encode() if body is not None else raw
        return await self.town.sends(
            method, PREFIX + path, content=content, headers=headers, params=params
        )

    async def signs_in(self) -> None:
        """Open a session."""
        said = json.dumps({"username": self.username, "password": PASSWORD}).encode()
        answer = await self.town.sends("POST", f"{PREFIX}/sessions", content=said)
        assert answer.status == 201, answer.body
        self.token, self.signed_in_at = answer.body["token"], self.town.clock.now()

    async def posts(self, path: str, body: Json, **more: Any) -> Json:
        """Create something, a minute later than whatever happened before."""
        self.town.tick()
        answer = await self.asks("POST", path, body, **more)
        assert answer.status in {200, 201}, answer.body
        return answer.body

    async def reads(self, path: str, **params: str) -> Json:
        """Look at something; it takes no time."""
        answer = await self.asks("GET", path, params=params or None)
        assert answer.status == 200, answer.body
        return answer.body

    # --- at the counter -----------------------------------------------------------------------

    async def receives(self, procedure: str = CRIMINAL_RECORD, **other: Any) -> str:
        """Take a dossier in; gives its code."""
        return str((await self.posts("/dossiers", filing(procedure, **other)))["code"])

    async def digitises(self, code: str) -> Json:
        """Register the scanned stack of papers."""
        self.town.tick()
        answer = await self.asks(
            "POST",
            f"/dossiers/{code}/documents",
            raw=b"%PDF-1.4 /Type /Page ",
            params={"position": "0", "file_name": "ho-so.pdf", "pages": "3"},
        )
        assert answer.status == 201, answer.body
        return answer.body

    async def takes_fee(self, code: str, amount_vnd: int, **other: Any) -> Json:
        """Take money, or waive it with `exemption_basis`."""
        said = {"amount_vnd": amount_vnd, "place": self.place, **other}
        return await self.posts(f"/dossiers/{code}/fees", said)

    async def brings_supplement(self, code: str, *, pages: int = 1) -> Json:
        """Take the missing papers from the citizen."""
        return await self.posts(
            f"/dossiers/{code}/supplements/answer", {"place": self.place, "pages": pages}
        )

    async def returns(self, code: str, *, receiver: str = "Nông Văn An") -> Json:
        """Give the result to the citizen at the desk."""
        return await self.posts(
            f"/dossiers/{code}/return", {"place": self.place, "receiver": receiver}
        )

    # --- at the department --------------------------------------------------------------------

    async def asks_supplement(self, code: str, *, reason: str = "Thiếu bản sao căn cước") -> Json:
        """Ask for missing papers."""
        said = {"reason": reason, "papers": "Căn cước công dân", "place": self.place}
        return await self.posts(f"/dossiers/{code}/supplements", said)

    async def issues(self, code: str) -> str:
        """Issue the result; gives its barcode."""
        return str((await self.posts(f"/dossiers/{code}/results", {"place": self.place}))["code"])

    # --- pouches and handovers ----------------------------------------------------------------

    async def packs(self, *items: str, to: str) -> str:
        """A new pouch with these items; gives its code."""
        said = {"origin": self.place, "destination": to, "items": list(items)}
        return str((await self.posts("/pouches", said))["code"])

    async def seals(self, pouch: str) -> Json:
        """Seal a pouch with the next seal from the box."""
        return await self.posts(f"/pouches/{pouch}/seal", {"seal": self.town.next_seal()})

    async def bags(self, *items: str, to: str) -> str:
        """Pack and seal."""
        pouch = await self.packs(*items, to=to)
        await self.seals(pouch)
        return pouch

    async def offers(self, *codes: str, to: "Person | str", **other: Any) -> str:
        """Offer pouches and items to a person or a desk; gives the number of the minutes."""
        said = {
            "place": self.place,
            "receiver": to.username if isinstance(to, Person) else to,
            "pouches": [code for code in codes if code.startswith("TUI-")],
            "items": [code for code in codes if not code.startswith("TUI-")],
            **other,
        }
        return str((await self.posts("/handovers", said))["number"])

    async def accepts(self, number: str, count: int, **other: Any) -> Json:
        """Count and sign."""
        return await self.posts(f"/handovers/{number}/acceptance", {"count": count, **other})

    # --- scans, consignments, incidents -------------------------------------------------------

    def scan(self, act: str, code: str, *, at: datetime | None = None, **other: Any) -> Json:
        """A scan as the handheld makes it, now (a minute later) or at a moment of the story."""
        if at is None:
            self.town.tick()
        when = at or self.town.clock.now()
        return {
            "scan_id": str(self.town.identifiers.new(when)),
            "code": code,
            "act": act,
            "place": self.place,
            "at": when.isoformat(),
            **other,
        }

    async def uploads(self, *scans: Json) -> Json:
        """Send a batch, problems and all."""
        answer = await self.asks(
            "POST", "/scans", {"device": f"HH-{self.username}", "scans": list(scans)}
        )
        assert answer.status == 200, answer.body
        return answer.body

    async def scans(self, act: str, code: str, **other: Any) -> Json:
        """Scan and send at once; it must be taken. Gives the scan."""
        made = self.scan(act, code, **other)
        outcome = await self.uploads(made)
        assert (outcome["accepted"], outcome["refused"]) == (1, []), outcome
        return made

    async def sends_home(self, item: str, *, by: "Person") -> str:
        """Book a consignment with the own fleet; gives its number."""
        said = {"item": item, "courier": by.username, "place": self.place}
        return str((await self.posts("/consignments", said))["number"])

    async def calls_off(self, number: str) -> Json:
        """Cancel a consignment."""
        said = {"place": self.place, "note": "Công dân đến nhận tại quầy"}
        return await self.posts(f"/consignments/{number}/cancel", said)

    async def reports(self, kind: str, code: str, **other: Any) -> list[Json]:
        """Report a paper lost or found; gives the incidents concerned."""
        said = {"kind": kind, "code": code, "place": self.place, **other}
        return list((await self.posts("/incidents", said))["incidents"])

    # --- looking ------------------------------------------------------------------------------

    async def dossier(self, code: str) -> Json:
        """The whole case."""
        return await self.reads(f"/dossiers/{code}")

    async def trace(self, item: str) -> Json:
        """Track and trace."""
        return await self.reads(f"/items/{item}")

    async def where(self, item: str) -> tuple[str, str, str]:
        """Stage, place and the one holder of an item."""
        position = (await self.trace(item))["position"]
        return position["stage"], position["place"], position["holder_code"]

    async def table(self, first: str, last: str) -> Json:
        """The month's table over these days."""
        return await self.reads("/statistics", **{"from": first, "to": last})

    async def incidents(self, *, open_only: bool = True) -> list[Json]:
        """The incidents."""
        found = await self.reads("/incidents", open_only=str(open_only).lower())
        return list(found["incidents"])


def filing(procedure: str = CRIMINAL_RECORD, **other: Any) -> Json:
    """What a clerk types for a complete dossier."""
    return {
        "procedure": procedure,
        "place": COUNTER,
        "channel": 1,
        "return_mode": 0,
        "applicant_name": "Nông Văn An",
        "applicant_identity": "020190000001",
        "applicant_phone": "0912345678",
        "applicant_address": "Số 12 đường Trần Phú, phường Lương Văn Tri",
        "papers": HANDED_IN[procedure],
        **other,
    }


@dataclass
class Town:
    """The house, its clock, and the people in it."""

    house: House
    clock: ReplayClock
    http: ClientSession
    server: BaseTestServer
    identifiers: Identifiers
    people: dict[str, Person] = field(default_factory=dict)
    _set_to: datetime | None = None
    _seals: int = 0

    def __getattr__(self, name: str) -> Person:
        """`town.clerk`, `town.courier`, … by what they are called in the stories."""
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    # --- time ---------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.clock.now()

    def wait_until(self, shown: str) -> None:
        """The next act happens exactly then."""
        self._set_to = moment(shown)

    def tick(self) -> None:
        """Go on to the moment of the next act."""
        self.clock.advance_to(self._set_to or self.clock.now() + MINUTE)
        self._set_to = None

    def next_seal(self) -> str:
        self._seals += 1
        return make_seal_code(self._seals)

    # --- the wire -----------------------------------------------------------------------------

    async def sends(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        url = self.server.make_url(path)
        data = BytesIO(content) if content is not None else None
        async with self.http.request(method, url, data=data, headers=headers, params=params) as got:
            said = await got.read()
            is_json = "json" in got.content_type
            body: Json = json.loads(said) if said and is_json else {}
            return Answer(got.status, got.content_type, body, got.headers)

    # --- whole stretches of the way -----------------------------------------------------------

    async def handover(self, giver: Person, receiver: Person, *codes: str, count: int) -> Json:
        """Into a courier's own hands."""
        number = await giver.offers(*codes, to=receiver)
        return await receiver.accepts(number, count)

    async def delivery(self, courier: Person, desk: Person, *codes: str, count: int) -> Json:
        """From a courier onto a desk, where the courier stands for it."""
        courier.at(desk.place)
        number = await courier.offers(*codes, to=desk.place)
        return await desk.accepts(number, count)

    async def carries(
        self, *items: str, giver: Person, receiver: Person, by: Person | None = None
    ) -> str:
        """Pouch, seal, two handovers; gives the pouch."""
        by = by or self.courier
        pouch = await giver.bags(*items, to=receiver.place)
        await self.handover(giver, by, pouch, count=len(items))
        await self.delivery(by, receiver, pouch, count=len(items))
        return pouch

    async def at_department(self, **other: Any) -> str:
        """A dossier that lies at the department of justice; gives its code."""
        code = await self.clerk.receives(**other)
        await self.clerk.digitises(code)
        await self.carries(f"{code}/H1", giver=self.clerk, receiver=self.justice)
        return code

    async def at_return_desk(self, **other: Any) -> tuple[str, str]:
        """A dossier whose result lies at the return desk; gives code and result."""
        code = await self.at_department(**other)
        result = await self.justice.issues(code)
        await self.carries(result, giver=self.justice, receiver=self.desk)
        return code, result

    # --- behind the counter -------------------------------------------------------------------

    async def dispatches(self) -> int:
        """Let the worker empty the outbox once."""
        return await self.house.jobs()._outbox.dispatch()

    def dispatch(self) -> Dispatch:
        """The handlers of what leaves, to be called by hand."""
        house = self.house
        return Dispatch(
            transactions=house.storage,
            carriers=house.carriers,
            clock=house.clock,
            identifiers=house.identifiers,
        )

    async def dump(self, *, without: Iterable[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        left_out = set(without)
        rows: dict[str, list[tuple[Any, ...]]] = {}
        async with self.house.storage.begin(write=False) as work:
            for name, table in metadata.tables.items():
                if name not in left_out:
                    found = await work.connection.execute(table.select())
                    rows[name] = sorted((tuple(row) for row in found), key=repr)
        return rows

    async def tampers(self, statement: str, **values: object) -> int:
        """Change the database behind the programme's back; says how many rows were hit."""
        async with self.house.storage.begin() as work:
            return (await work.connection.execute(text(statement), values)).rowcount

    async def rows(self, statement: str, **values: object) -> Sequence[tuple[Any, ...]]:
        """What the database itself says."""
        async with self.house.storage.begin(write=False) as work:
            found = await work.connection.execute(text(statement), values)
            return [tuple(row) for row in found]

    async def seals_day(self, day: date) -> str:
        """What the night does with the ledger; gives the root."""
        async with self.house.storage.begin() as work:
            sealed = await seal_day(
                work.ledger, day=day, now=self.clock.now(), signer=self.house.signer
            )
        return sealed.root

    async def findings(self) -> set[tuple[str, str]]:
        """What `verify-ledger` finds: what and where."""
        async with self.house.storage.begin(write=False) as work:
            verified = await verify_ledger(work.ledger, work.custody, signer=self.house.signer)
        return {(one.what, one.where) for one in verified.findings}


STAFF: dict[str, tuple[str, str, Role, tuple[str, ...]]] = {
    "clerk": ("hanh", "Nông Thị Hạnh", Role.CLERK, (COUNTER, RETURN_DESK)),
    "desk": ("thang", "Hoàng Văn Thắng", Role.CLERK, (RETURN_DESK,)),
    "courier": (
        "tuan", "Vi Văn Tuấn", Role.COURIER, (POST_OFFICE, COUNTER, RETURN_DESK, JUSTICE, BUILDING)
    ),
    "colleague": ("minh", "Lương Văn Minh", Role.COURIER, (POST_OFFICE, RETURN_DESK)),
    "justice": ("bich", "Trần Thị Bích", Role.DEPARTMENT, (JUSTICE, JUSTICE_DESK)),
    "building": ("dung", "Phạm Quốc Dũng", Role.DEPARTMENT, (BUILDING,)),
    "officer": ("mai", "Lê Thị Mai", Role.OFFICER, (CENTRE, COUNTER, RETURN_DESK)),
    "supervisor": ("sang", "Bế Văn Sáng", Role.SUPERVISOR, (POST_OFFICE,)),
}  # fmt: skip


@cache
def _password_hash(security: SecuritySettings) -> str:
    return hash_password(PASSWORD, security)


def town_settings(database_url: str, folder: Path, **variables: str) -> Settings:
    """Settings of a house whose files lie in a folder of the test's own."""
    environ = {
        **CHEAP,
        "PB_DATABASE__URL": database_url,
        "PB_VAULT__URL": f"file://{folder}/vault",
        "PB_SECURITY__LEDGER_KEY_FILE": str(folder / "ledger.key"),
    }
    return load_settings({**environ, **variables})


async def settle_in(house: House) -> None:
    """Write places, procedures and staff into an empty database."""
    async with house.storage.begin() as work:
        await work.catalogue.import_places(PLACES)
        await work.catalogue.import_procedures(PROCEDURES, PAPERS)
        for username, name, role, places in STAFF.values():
            await work.inbound.save_staff(
                Staff(
                    username=username,
                    name=name,
                    role=role,
                    places=" ".join(places),
                    password_hash=_password_hash(house.settings.security),
                )
            )


@asynccontextmanager
async def open_town(
    database_url: str, folder: Path, *, begins: str = "10/01/2019 08:00", **variables: str
) -> AsyncIterator[Town]:
    """A house with its people, listening; Thursday 10/01/2019 in the morning unless told."""
    settings = town_settings(database_url, folder, **variables)
    clock = ReplayClock(moment(begins))
    async with open_house(settings, clock=clock) as house:
        await settle_in(house)
        async with TestServer(house.web_app()) as server, ClientSession() as http:
            town = Town(house, clock, http, server, Identifiers(random.Random(2019)))
            for called, (username, name, role, places) in STAFF.items():
                town.people[called] = Person(town, username, name, role, places, places[0])
            yield town
