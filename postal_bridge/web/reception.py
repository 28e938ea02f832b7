"""What all pages need of whoever receives people: who it is, the frame, a word, the way on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from importlib.resources import files

from aiohttp import web
from yarl import URL

from postal_bridge.clock import Clock
from postal_bridge.documents.house import PaperHouse
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.inbound import Look
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.pickup.round_sheet import RoundSheet
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.web.html import Child
from postal_bridge.web.knocking import own_path
from postal_bridge.web.layout import Frame, trouble
from postal_bridge.web.ports import PageWork, Sessions, Transactions
from postal_bridge.web.trace import Names

COOKIE = "pb_phien"
CENTRE = "Trung tâm Phục vụ hành chính công"
"""What the centre is called where its own name is not known."""

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load and run: nothing but our own style and pictures (Content-Security-Policy)."""
SCRIPT_POLICY = f"{POLICY}; script-src 'self'; connect-src 'self'"
"""The same for the few pages that have a script of ours."""

MEDIA_TYPES = {
    "style.css": "text/css",
    "favicon.svg": "image/svg+xml",
    "capture.js": "text/javascript",
    "giving.js": "text/javascript",
    "keeping.js": "text/javascript",
}


def _nobody_prints(sheet: RoundSheet) -> bytes:
    raise LookupError(sheet.number)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the roof hands to the pages.

    Attributes:
        province: its name; centre: place code of its one-stop centre.
        request_id: what an operator finds a request's log lines by.
        case_due_days: so many days after it was opened again a case is due.
        pickups: what rounds are driven with; papers: what pages are captured with.
        scan_ahead: how far a scan of a page may lie ahead of our clock.
        print_round: makes the PDF of a round sheet.
    """

    transactions: Transactions
    sessions: Sessions
    clock: Clock
    province: str
    centre: str
    request_id: Callable[[web.Request], str]
    identifiers: Identifiers
    case_due_days: int = 3
    pickups: PickupHouse | None = None
    papers: PaperHouse | None = None
    scan_ahead: timedelta = timedelta(minutes=5)
    print_round: Callable[[RoundSheet], bytes] = _nobody_prints


class Reception:
    """Receives whoever comes, whichever page they want."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        folder = files("postal_bridge.web") / "static"
        self.files = {name: (folder / name).read_bytes() for name in MEDIA_TYPES}
        self._addresses = {
            name: f"/static/{name}?v={version(content)}" for name, content in self.files.items()
        }

    async def actor_of(self, request: web.Request) -> Actor | Refusal | None:
        """Whoever is signed in; None where nobody says so."""
        token = request.cookies.get(COOKIE)
        return await self.desk.sessions.actor_of(token) if token else None

    async def require_actor(self, request: web.Request) -> Actor:
        """Whoever is signed in; everybody else is sent to the form."""
        actor = await self.actor_of(request)
        if isinstance(actor, Actor):
            return actor
        query = {"tiep": own_path(request.rel_url.raw_path_qs)}
        if actor is not None and actor.reason is Reason.SESSION_EXPIRED:
            query["het-han"] = "1"
        answer = web.HTTPSeeOther(URL.build(path="/dang-nhap", query=query))
        if actor is not None:
            answer.del_cookie(COOKIE, path="/")
        raise answer

    @property
    def paper_house(self) -> PaperHouse:
        """Whoever takes papers in.

        Raises:
            LookupError: the roof has not built it.
        """
        if self.desk.papers is None:
            raise LookupError("nobody takes papers in here")
        return self.desk.papers

    async def note_look(self, work: PageWork, actor: Actor, *, subject: str, purpose: str) -> None:
        """Record that somebody was shown personal data (Law 91/2025/QH15)."""
        now = self.desk.clock.now()
        await work.inbound.keep_look(
            Look(
                id=str(self.desk.identifiers.new(now)),
                username=actor.username,
                subject=subject,
                purpose=purpose,
                looked_at=now,
            )
        )

    @staticmethod
    def to(path: str) -> web.Response:
        """See another page; as a GET, whatever this was."""
        return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})

    def said(
        self, status: int, title: str, sentence: str, *, actor: Actor | None = None
    ) -> web.Response:
        """A small page that says what is wrong."""
        answer = self.page(title, trouble(title, sentence), actor=actor)
        answer.set_status(status)
        return answer

    def page(
        self,
        title: str,
        *body: Child,
        actor: Actor | None = None,
        centre: str = CENTRE,
        script: str | None = None,
    ) -> web.Response:
        """A page with what stands around every page."""
        frame = Frame(
            province=self.desk.province,
            centre=centre,
            style=self._addresses["style.css"],
            icon=self._addresses["favicon.svg"],
            now=self.desk.clock.now(),
            actor=actor,
            script=self._addresses[script] if script else None,
        )
        return web.Response(
            text=frame.page(title, body),
            content_type="text/html",
            headers={
                "Cache-Control": "no-store",
                "Content-Security-Policy": SCRIPT_POLICY if script else POLICY,
            },
        )

    def centre_name(self, names: Names) -> str:
        """What the centre is called, as far as the catalogue knows."""
        place = names.places.get(self.desk.centre)
        return place.name if place else CENTRE


def version(content: bytes) -> str:
    """Names a static file's content, so that its address changes with it."""
    return sha256(content).hexdigest()[:12]
