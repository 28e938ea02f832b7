"""The addresses where people work on cases and sign nights; plain forms, sent back to themselves.

What a use case refuses is told on the same page, with what was typed; the transaction is undone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from aiohttp import web

from postal_bridge.errors import Reason, Refusal, Refused, refuse
from postal_bridge.identity import Actor
from postal_bridge.reconciliation.cases import CaseChange, CaseDesk, change, reopen
from postal_bridge.reconciliation.records import DIFFERENCE_NAMES
from postal_bridge.reconciliation.sign_offs import Signing, sign_off
from postal_bridge.web.board import OVERSEERS
from postal_bridge.web.cases import (
    DUE,
    REASON,
    REOPEN,
    TAKE,
    TASK,
    CaseData,
    case_page,
    read_case,
    wanted_of,
)
from postal_bridge.web.knocking import own_path, read_form, require_own_form
from postal_bridge.web.ports import PageWork
from postal_bridge.web.reception import Reception
from postal_bridge.web.words import sentence

LARGEST_FORM_BYTES = 60_000
"""Two texts, one of them twice, each letter as up to nine bytes."""

STATUS_OF_A_REFUSAL = 422


class CasePages(Reception):
    """The handlers of cases and signatures."""

    def mount(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/chenh-lech/{id}", self.case)
        router.add_post("/chenh-lech/{id}", self.work)
        router.add_post("/dem/{day}/ky", self.sign)

    async def case(self, request: web.Request) -> web.Response:
        """GET /chenh-lech/{id}: one case; who looked is recorded."""
        actor = await self._overseer(request)
        if isinstance(actor, web.Response):
            return actor
        return await self._shown(request, actor)

    async def work(self, request: web.Request) -> web.Response:
        """POST /chenh-lech/{id}: owner, due date, explanation, comment; or open it again."""
        require_own_form(request)
        actor = await self._overseer(request)
        if isinstance(actor, web.Response):
            return actor
        form = await _form(request)
        try:
            async with self.desk.transactions.begin() as work:
                await self._do(work, _case_id(request), form, actor=actor)
        except Refused as no:
            if no.refusal.reason is Reason.DISCREPANCY_UNKNOWN:
                raise web.HTTPNotFound from None
            return await self._shown(request, actor, typed=form, wrong=no.refusal.sentence())
        return self.to(own_path(form.get("ve") or request.path))

    async def _do(
        self, work: PageWork, case_id: str, form: Mapping[str, str], *, actor: Actor
    ) -> None:
        """Do what the pressed button says.

        Raises:
            Refused: it cannot be done; nothing of it stays.
        """
        desk = CaseDesk(
            nights=work.nights,
            staff=work.inbound.staff,
            actor=actor,
            now=self.desk.clock.now(),
            due_days=self.desk.case_due_days,
        )
        if form.get(TASK) == REOPEN:
            done = await reopen(desk, case_id, reason=form.get(REASON, ""))
        else:
            done = await change(desk, case_id, _wanted(form, actor))
        if isinstance(done, Refusal):
            raise Refused(done)

    async def sign(self, request: web.Request) -> web.Response:
        """POST /dem/{day}/ky: sign the night's report that the form was made for."""
        require_own_form(request)
        actor = await self._overseer(request)
        if isinstance(actor, web.Response):
            return actor
        form = await _form(request)
        try:
            day = date.fromisoformat(request.match_info["day"])
        except ValueError:
            raise web.HTTPNotFound from None
        signing = Signing(report=form.get("bao_cao", ""), note=form.get("ghi_chu"))
        async with self.desk.transactions.begin() as work:
            now = self.desk.clock.now()
            signed = await sign_off(work.nights, day, signing, actor=actor, now=now)
        if isinstance(signed, Refusal):
            return self.said(STATUS_OF_A_REFUSAL, "Chưa ký được", signed.sentence(), actor=actor)
        return self.to(own_path(form.get("ve")).partition("#")[0] + "#doi-soat")

    async def _overseer(self, request: web.Request) -> Actor | web.Response:
        actor = await self.require_actor(request)
        if actor.role in OVERSEERS:
            return actor
        said = "Chi tiết từng chênh lệch dành cho cán bộ Trung tâm và giám sát bưu điện."
        return self.said(403, "Không được phép", said, actor=actor)

    async def _shown(
        self,
        request: web.Request,
        actor: Actor,
        *,
        typed: Mapping[str, str] | None = None,
        wrong: str | None = None,
    ) -> web.Response:
        data = await self._read(_case_id(request), actor, typed=typed or {}, wrong=wrong)
        answer = self.page(
            sentence(DIFFERENCE_NAMES[data.case.kind][0]),
            *case_page(data),
            actor=actor,
            centre=self.centre_name(data.names),
        )
        answer.set_status(STATUS_OF_A_REFUSAL if wrong else 200)
        return answer

    async def _read(
        self, case_id: str, actor: Actor, *, typed: Mapping[str, str], wrong: str | None
    ) -> CaseData:
        """The page's data; that somebody looked is written down (Law 91/2025/QH15)."""
        now = self.desk.clock.now()
        async with self.desk.transactions.begin() as work:
            case = await work.nights.case(case_id)
            if case is None:
                raise web.HTTPNotFound
            await self.note_look(work, actor, subject=case.dossier_code, purpose="discrepancy")
            return await read_case(work, case, actor=actor, now=now, typed=typed, wrong=wrong)


def _case_id(request: web.Request) -> str:
    """The case's identifier; PostgreSQL holds no NUL in text, so no case has one in it."""
    case_id = request.match_info["id"]
    if "\x00" in case_id:
        raise web.HTTPNotFound
    return case_id


def _wanted(form: Mapping[str, str], actor: Actor) -> CaseChange:
    wanted = wanted_of(form)
    if wanted is None:
        why = f"“{form[DUE][:40]}” không phải là một ngày"
        raise Refused(refuse(Reason.INVALID_FIELD, DUE, name="Hạn xử lý", why=why))
    return replace(wanted, owner=actor.username) if form.get(TASK) == TAKE else wanted


async def _form(request: web.Request) -> Mapping[str, str]:
    """The form's fields with line ends as we keep them."""
    form = await read_form(request, largest_bytes=LARGEST_FORM_BYTES)
    return {name: value.replace("\r\n", "\n").replace("\x00", "") for name, value in form.items()}
