"""The addresses of capture: which dossier, its papers, files in parts, and what is pressed there."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import cast

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from postal_bridge.codes import clean
from postal_bridge.documents.arranging import Arranging
from postal_bridge.documents.assembling import Assembling
from postal_bridge.documents.capture import Capture
from postal_bridge.documents.capture_values import Captured, NewUpload, UploadStatus
from postal_bridge.documents.page_values import FLAG_WORDS, TAKE_AGAIN, Flag
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Document, Page
from postal_bridge.documents.signing import Signing
from postal_bridge.errors import Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import CLERKS
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.digitisation import note_digitised
from postal_bridge.web.capture import (
    ASSEMBLING,
    DOCUMENT,
    PAGE,
    POSITION,
    REMOVING,
    RESTORING,
    SIGNING,
    TASK,
    TURN,
    TURNING,
    VERSION,
    CaptureData,
    capture_page,
    find_form,
    path_of,
)
from postal_bridge.web.knocking import read_bytes, read_form, read_json, require_own_form
from postal_bridge.web.ports import PageWork
from postal_bridge.web.reception import Reception

CAPTURERS = CLERKS | {Role.COURIER}
_LARGEST_JSON_BYTES = 4_000
_PREVIEW_PX = 360
_Pressed = Callable[[Actor, str, Mapping[str, str]], Awaitable[object]]


class _Announced(BaseModel):
    """A file that the telephone is going to send."""

    id: str = Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    position: int = Field(ge=0, le=200)
    file_name: str = Field(min_length=1, max_length=400)
    size_bytes: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    find_edges: bool = True


class CapturePages(Reception):
    """The handlers of capture."""

    def mount(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/chup", self.find)
        router.add_get("/chup/{code}", self.papers)
        router.add_post("/chup/{code}", self.press)
        router.add_get("/chup/{code}/trang/{id}.jpg", self.picture)
        router.add_get("/chup/{code}/tai-lieu/{id}.pdf", self.document)
        router.add_post("/chup/{code}/tep", self.announce)
        router.add_put("/chup/{code}/tep/{id}/{number}", self.part)
        router.add_post("/chup/{code}/tep/{id}/xong", self.complete)

    # --- pages ------------------------------------------------------------------------------

    async def find(self, request: web.Request) -> web.Response:
        """GET /chup?ma=: on to the dossier, or the question which one."""
        actor = await self._capturer(request)
        typed = request.query.get("ma", "").strip()[:80]
        if not typed:
            return self.page("Chụp giấy tờ", *find_form(), actor=actor)
        code = clean(typed).partition("/")[0]
        async with self.desk.transactions.begin(write=False) as work:
            known = await work.dossiers.find(code)
        if known is not None:
            return self.to(path_of(code))
        said = f"Không có hồ sơ “{typed}”. Hãy kiểm tra mã trên giấy tiếp nhận."
        return self.page("Chụp giấy tờ", *find_form(typed=typed, wrong=said), actor=actor)

    async def papers(self, request: web.Request) -> web.Response:
        """GET /chup/{code}: the papers of a dossier; who looked is recorded."""
        actor = await self._capturer(request)
        return await self._shown(request, actor)

    async def press(self, request: web.Request) -> web.Response:
        """POST /chup/{code}: turn a page, take it out, put it back, make a document, sign it."""
        require_own_form(request)
        actor, code = await self._capturer(request), request.match_info["code"]
        form = await read_form(request)
        pressed = self._tasks().get(form.get(TASK, ""))
        if pressed is None:
            raise web.HTTPBadRequest
        done = await pressed(actor, code, form)
        if isinstance(done, Refusal):
            return await self._shown(request, actor, wrong=done.sentence())
        return self.to(path_of(code))

    async def picture(self, request: web.Request) -> web.Response:
        """GET …/trang/{id}.jpg: a small picture of a page."""
        await self._capturer(request)
        async with self.desk.transactions.begin(write=False) as work:
            page = await work.pages.find(request.match_info["id"])
        if page is None or page.dossier_code != request.match_info["code"]:
            raise web.HTTPNotFound
        try:
            image = await self.paper_house.vault.fetch(page.image_sha256)
        except (KeyError, ValueError):
            raise web.HTTPNotFound from None
        small = await self.paper_house.digitiser.preview(image, longest_px=_PREVIEW_PX)
        return web.Response(body=small, content_type="image/jpeg", headers=_PRIVATE)

    async def document(self, request: web.Request) -> web.Response:
        """GET …/tai-lieu/{id}.pdf: a document; who looked is recorded."""
        actor, code = await self._capturer(request), request.match_info["code"]
        async with self.desk.transactions.begin() as work:
            document = await work.documents.find(request.match_info["id"])
            if document is None or document.dossier_code != code:
                raise web.HTTPNotFound
            await self.note_look(work, actor, subject=f"{code}/{document.id}", purpose="document")
        try:
            content = await self.paper_house.vault.fetch(document.sha256)
        except (KeyError, ValueError):
            raise web.HTTPNotFound from None
        return web.Response(body=content, content_type=document.media_type, headers=_PRIVATE)

    # --- what the script sends --------------------------------------------------------------

    async def announce(self, request: web.Request) -> web.Response:
        """POST …/tep: a file will come; the answer says which parts are missing."""
        capture = await self._capture(request)
        if isinstance(capture, web.Response):
            return capture
        try:
            told = _Announced.model_validate(
                await read_json(request, largest_bytes=_LARGEST_JSON_BYTES)
            )
        except ValidationError:
            raise web.HTTPBadRequest from None
        wanted = NewUpload(dossier_code=request.match_info["code"], **told.model_dump())
        return _status(await capture.begin(wanted))

    async def part(self, request: web.Request) -> web.Response:
        """PUT …/tep/{id}/{number}: a part, its bytes as the body."""
        capture = await self._capture(request)
        if isinstance(capture, web.Response):
            return capture
        code, upload, number = (request.match_info[name] for name in ("code", "id", "number"))
        content = await read_bytes(request, largest_bytes=self.paper_house.terms.part_bytes)
        return _status(await capture.take_part(code, upload, _whole(number), content))

    async def complete(self, request: web.Request) -> web.Response:
        """POST …/tep/{id}/xong: all parts are sent; the pages with their flags."""
        capture = await self._capture(request)
        if isinstance(capture, web.Response):
            return capture
        done = await capture.complete(request.match_info["code"], request.match_info["id"])
        if isinstance(done, Captured):
            return web.json_response({"pages": [_page(page) for page in done.pages]})
        if isinstance(done, UploadStatus):
            return _status(done)
        return _wrong(HTTPStatus.UNPROCESSABLE_ENTITY, done.sentence())

    # --- what is behind it ------------------------------------------------------------------

    async def _capturer(self, request: web.Request) -> Actor:
        actor = await self.require_actor(request)
        if actor.role not in CAPTURERS:
            raise web.HTTPForbidden(text="Chụp giấy tờ dành cho nhân viên bưu điện và Trung tâm.")
        return actor

    async def _capture(self, request: web.Request) -> Capture | web.Response:
        """For a script, which cannot follow to the form: it is told to sign in."""
        require_own_form(request)
        actor = await self.actor_of(request)
        if not isinstance(actor, Actor) or actor.role not in CAPTURERS:
            said = "Phiên làm việc đã hết. Hãy đăng nhập lại; tệp vẫn còn trên máy."
            return _wrong(HTTPStatus.UNAUTHORIZED, said)
        return Capture(self.paper_house, actor)

    async def _shown(
        self, request: web.Request, actor: Actor, *, wrong: str | None = None
    ) -> web.Response:
        code = request.match_info["code"]
        async with self.desk.transactions.begin() as work:
            dossier = await work.dossiers.find(code)
            if dossier is None:
                raise web.HTTPNotFound
            procedure = await work.catalogue.procedure(dossier.procedure_code)
            lines = await work.dossiers.checklist(code)
            await self.note_look(work, actor, subject=code, purpose="capture")
            data = CaptureData(
                code=code,
                procedure=procedure.name if procedure else dossier.procedure_code,
                lines=sorted(lines, key=lambda line: line.position),
                pages=await work.pages.of_dossier(code),
                documents=await work.documents.of_dossier(code),
                signs=self.paper_house.signer is not None,
                wrong=wrong,
            )
        answer = self.page(f"Chụp {code}", *capture_page(data), actor=actor, script="capture.js")
        if wrong:
            answer.set_status(HTTPStatus.UNPROCESSABLE_ENTITY)
        return answer

    def _tasks(self) -> Mapping[str, _Pressed]:
        return {
            TURNING: self._turn,
            REMOVING: self._remove,
            RESTORING: self._restore,
            ASSEMBLING: self._assemble,
            SIGNING: self._sign,
        }

    async def _turn(self, actor: Actor, code: str, form: Mapping[str, str]) -> Page | Refusal:
        degrees = _whole(form.get(TURN, "")) % 360
        if degrees % 90:
            raise web.HTTPBadRequest
        return await Arranging(self.paper_house, actor).turn(
            code, form.get(PAGE, ""), degrees=degrees, version=_whole(form.get(VERSION, ""))
        )

    async def _remove(self, actor: Actor, code: str, form: Mapping[str, str]) -> Page | Refusal:
        return await Arranging(self.paper_house, actor).remove(
            code, form.get(PAGE, ""), version=_whole(form.get(VERSION, ""))
        )

    async def _restore(self, actor: Actor, code: str, form: Mapping[str, str]) -> Page | Refusal:
        return await Arranging(self.paper_house, actor).restore(
            code, form.get(PAGE, ""), version=_whole(form.get(VERSION, ""))
        )

    async def _assemble(
        self, actor: Actor, code: str, form: Mapping[str, str]
    ) -> Document | Refusal:
        async def digitised(work: PaperWork, document: Document) -> None:
            own = cast("PageWork", work)  # the storage's transactions have all stores
            recorder = Recorder(
                own, actor=actor, now=self.desk.clock.now(), identifiers=self.desk.identifiers
            )
            documents = await own.documents.of_dossier(document.dossier_code)
            await note_digitised(recorder, document.dossier_code, documents=documents)

        assembling = Assembling(self.paper_house, actor, digitised)
        return await assembling.assemble(code, _whole(form.get(POSITION, "")))

    async def _sign(self, actor: Actor, code: str, form: Mapping[str, str]) -> Document | Refusal:
        if actor.role not in CLERKS:
            raise web.HTTPForbidden(text="Ký số dành cho nhân viên tiếp nhận.")
        return await Signing(self.paper_house, actor).sign(code, form.get(DOCUMENT, ""))


_PRIVATE = {"Cache-Control": "no-store"}


def _status(status: UploadStatus | Refusal) -> web.Response:
    if isinstance(status, Refusal):
        return _wrong(HTTPStatus.UNPROCESSABLE_ENTITY, status.sentence())
    told = {
        "state": status.state.value,
        "part_bytes": status.part_bytes,
        "parts": status.parts,
        "received": status.received,
        "missing": list(status.missing),
        "same_as": list(status.same_as),
    }
    return web.json_response(told)


def _page(page: Page) -> dict[str, object]:
    flags = [Flag(one) for one in page.flags.split()]
    return {
        "id": page.id,
        "version": page.version,
        "flags": [{"text": FLAG_WORDS[one][0], "again": one in TAKE_AGAIN} for one in flags],
    }


def _wrong(status: HTTPStatus, sentence: str) -> web.Response:
    return web.json_response({"wrong": sentence}, status=status)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0  # noqa: PLR2004
