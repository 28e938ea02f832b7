"""The addresses of giving an item to a citizen: the page, the delivery with its proof, the picture."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from postal_bridge.clock import to_utc
from postal_bridge.errors import Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import CLERKS, Act, Stage
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.consignments import return_at_desk
from postal_bridge.tracking.drawn import MOST_STROKES, Drawing, checked_drawing
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.proof_records import Relation
from postal_bridge.tracking.proofs import HANDING_OVER, Proving, Told, holds
from postal_bridge.tracking.records import CustodyEvent
from postal_bridge.tracking.scans import Geo, Scan, apply_scans
from postal_bridge.web.giving import GivingData, giving_page
from postal_bridge.web.knocking import read_bytes, read_json, require_own_form
from postal_bridge.web.ports import PageWork
from postal_bridge.web.reception import Reception

GIVERS = CLERKS | {Role.COURIER}
LARGEST_PROOF_BYTES = 400_000
_SIGN_IN = "Phiên làm việc đã hết. Hãy đăng nhập lại; dữ liệu vẫn còn trên máy."


class _Drawn(BaseModel):
    width: int
    height: int
    strokes: list[list[list[int]]] = Field(max_length=MOST_STROKES)


class _Given(BaseModel):
    """What the telephone tells about a delivery."""

    model_config = ConfigDict(str_strip_whitespace=True)

    scan_id: UUID
    at: AwareDatetime
    receiver: str = Field(min_length=1, max_length=400)
    relation: Relation
    relation_note: str = Field(default="", max_length=400)
    signature: _Drawn | None = None
    photo_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)


class GivingPages(Reception):
    """The handlers of giving."""

    def mount(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/giao/{code:.+}", self.item)
        router.add_post("/giao/{code:.+}", self.give)
        router.add_put("/giao/{code:.+}", self.photo)

    async def item(self, request: web.Request) -> web.Response:
        """GET /giao/{code}: who takes it; who looked is recorded."""
        actor = await self.require_actor(request)
        if actor.role not in GIVERS:
            raise web.HTTPForbidden(text="Giao bưu gửi dành cho bưu tá và nhân viên tiếp nhận.")
        code = request.match_info["code"]
        async with self.desk.transactions.begin() as work:
            data = await _read(work, code, actor)
            if data is None:
                raise web.HTTPNotFound
            await self.note_look(work, actor, subject=code, purpose="giving")
        return self.page(f"Giao {code}", *giving_page(data), actor=actor, script="giving.js")

    async def give(self, request: web.Request) -> web.Response:
        """POST /giao/{code}: the delivery and its proof; sent again, the same answer."""
        actor = await self._giver(request)
        if isinstance(actor, web.Response):
            return actor
        code = request.match_info["code"]
        try:
            given = _Given.model_validate(
                await read_json(request, largest_bytes=LARGEST_PROOF_BYTES)
            )
        except ValidationError:
            return _wrong("Thông tin gửi lên chưa đúng. Hãy kiểm tra họ tên người nhận.")
        drawing = _drawing(given.signature)
        if isinstance(drawing, Refusal):
            return _wrong(drawing.sentence())
        async with self.desk.transactions.begin() as work:
            event = await self._handed_over(work, actor, code, given)
        if isinstance(event, str):
            return _wrong(event)
        proving = Proving(house=self.paper_house, transactions=self.desk.transactions, actor=actor)
        proof = await proving.prove(_told(code, event, given, drawing))
        if isinstance(proof, Refusal):
            return _wrong(proof.sentence())
        return web.json_response({"event": str(event.event_id)})

    async def photo(self, request: web.Request) -> web.Response:
        """PUT /giao/{code}?su-kien=: the photograph that the proof announced."""
        actor = await self._giver(request)
        if isinstance(actor, web.Response):
            return actor
        try:
            event_id = UUID(request.query.get("su-kien", ""))
        except ValueError:
            raise web.HTTPBadRequest from None
        proving = Proving(house=self.paper_house, transactions=self.desk.transactions, actor=actor)
        content = await read_bytes(request, largest_bytes=self.paper_house.terms.upload_limit_bytes)
        taken = await proving.take_photo(request.match_info["code"], event_id, content)
        return _wrong(taken.sentence()) if isinstance(taken, Refusal) else web.json_response({})

    # --- what is behind it ------------------------------------------------------------------

    async def _handed_over(
        self, work: PageWork, actor: Actor, code: str, given: _Given
    ) -> CustodyEvent | str:
        """The event that leaves the item with the citizen: there already, or written now."""
        tracked = (await work.custody.hold([code])).get(code)
        if tracked is None or tracked.position is None:
            return f"Không có bưu gửi mang mã “{code[:80]}”."
        if tracked.position.stage is not Stage.RETURNED:
            wrong = await self._record(work, actor, tracked, given)
            if wrong:
                return wrong
        over = [one for one in await work.custody.history(code) if one.act in HANDING_OVER]
        return over[-1] if over else "Bưu gửi chưa được ghi là đã giao. Hãy tải lại trang."

    async def _record(
        self, work: PageWork, actor: Actor, tracked: Tracked, given: _Given
    ) -> str | None:
        """Return it at the desk, or scan it as delivered at the door; says what is wrong."""
        recorder = Recorder(
            work, actor=actor, now=self.desk.clock.now(), identifiers=self.desk.identifiers
        )
        place = tracked.position.place if tracked.position else ""
        code = tracked.item.code
        if tracked.position and tracked.position.stage is Stage.DESK and actor.role in CLERKS:
            refusal = await return_at_desk(
                recorder, item_code=code, place=place, receiver=given.receiver
            )
            return refusal.sentence() if refusal else None
        scan = Scan(
            scan_id=given.scan_id,
            code=code,
            act=Act.DELIVER.value,
            place=place if actor.works_at(place) else next(iter(actor.places), place),
            at=to_utc(given.at),
            geo=_geo(given),
            note=given.receiver,
        )
        outcome = await apply_scans(
            recorder,
            device=f"web-{actor.username}"[:60],
            scans=[scan],
            ahead_limit=self.desk.scan_ahead,
        )
        return outcome.refused[0].refusal.sentence() if outcome.refused else None

    async def _giver(self, request: web.Request) -> Actor | web.Response:
        """For a script, which cannot follow to the form: it is told to sign in."""
        require_own_form(request)
        actor = await self.actor_of(request)
        if isinstance(actor, Actor) and actor.role in GIVERS:
            return actor
        return web.json_response({"wrong": _SIGN_IN}, status=HTTPStatus.UNAUTHORIZED)


async def _read(work: PageWork, code: str, actor: Actor) -> GivingData | None:
    tracked = await work.custody.find(code)
    if tracked is None or tracked.position is None:
        return None
    dossier = await work.dossiers.find(tracked.item.dossier_code)
    proofs = await work.proofs.of_item(code)
    return GivingData(
        code=code,
        label=tracked.item.label,
        applicant=dossier.applicant_name if dossier else "",
        stage=tracked.position.stage,
        proofs=[
            (one, await holds(work, one))
            for one in proofs
            if actor.role is not Role.COURIER or one.recorded_by == actor.username
        ],
        wanting=_wanting(await work.custody.history(code), [one.event_id for one in proofs]),
    )


def _wanting(events: Sequence[CustodyEvent], proved: Sequence[UUID]) -> bool:
    """Whether the last giving has no proof yet."""
    over = [one for one in events if one.act in HANDING_OVER]
    return bool(over) and over[-1] is events[-1] and over[-1].event_id not in proved


def _told(code: str, event: CustodyEvent, given: _Given, drawing: Drawing | None) -> Told:
    return Told(
        item_code=code,
        event_id=event.event_id,
        receiver=given.receiver,
        relation=given.relation,
        relation_note=given.relation_note,
        drawing=drawing,
        photo_sha256=given.photo_sha256,
        latitude=given.latitude,
        longitude=given.longitude,
        taken_at=to_utc(given.at),
        place=event.place,
    )


def _drawing(drawn: _Drawn | None) -> Drawing | Refusal | None:
    return None if drawn is None else checked_drawing(drawn.width, drawn.height, drawn.strokes)


def _geo(given: _Given) -> Geo | None:
    if given.latitude is None or given.longitude is None:
        return None
    return Geo(latitude=given.latitude, longitude=given.longitude)


def _wrong(sentence: str) -> web.Response:
    return web.json_response({"wrong": sentence}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
