"""A member of staff in the stories: acts over HTTP, with a session, keys and scan ids."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from postal_bridge.demo.paper import draw_stack
from postal_bridge.identity import Role
from tests.journey.province import CRIMINAL_RECORD, PASSWORD, PREFIX, SESSION, Json, filing

if TYPE_CHECKING:
    from tests.journey.house import Town


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    media_type: str
    body: Json
    headers: Mapping[str, str]
    content: bytes = b""

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
            raw=draw_stack(code, 3),
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

    async def gives_to(self, carrier: str, item: str) -> str:
        """Book a consignment with a carrier that fetches it; gives its number."""
        said = {"item": item, "carrier": carrier, "place": self.place}
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
