"""A small province at work, for stories: a real house on a real database, acted on over HTTP.

Everybody acts through the web API with a session of their own; keys and scan ids are made as a
browser and a handheld make them. The clock is moved by the story: each act takes a minute, unless
the story says when it happens.
"""

import json
import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import BaseTestServer, TestServer
from sqlalchemy import text

from postal_bridge.app import House, open_house
from postal_bridge.clock import ReplayClock
from postal_bridge.codes import make_seal_code
from postal_bridge.connections import make_carrier_work
from postal_bridge.storage.tables import metadata
from postal_bridge.tracking.carrier_ports import Carrier
from postal_bridge.tracking.dispatch import Dispatch
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ledger import seal_day, verify_ledger
from tests.journey.people import Answer, Person
from tests.journey.province import MINUTE, STAFF, Json, moment, settle_in, town_settings


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
            return Answer(got.status, got.content_type, body, got.headers, said)

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
        jobs = self.house.jobs()
        return await jobs._outbox.dispatch() + await jobs._outside["carriers"].dispatch()

    def dispatch(self) -> Dispatch:
        """The handlers of what leaves, to be called by hand."""
        house = self.house
        work = make_carrier_work(
            house.carriers,
            settings=house.settings,
            transactions=house.storage,
            clock=house.clock,
            identifiers=house.identifiers,
        )
        return Dispatch(work.orders)

    def hires(self, carrier: Carrier) -> None:
        """Let this carrier stand in for the configured one of its name."""
        known = self.house.carriers[carrier.name]
        connection = replace(known.connection, carrier=carrier)
        self.house.carriers[carrier.name] = replace(known, connection=connection)

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
            verified = await verify_ledger(work.ledger, signer=self.house.signer)
        return {(one.what, one.where) for one in verified.findings}


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
