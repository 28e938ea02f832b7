"""The addresses of rounds: a day's list, one round, its sheet; and what its courier presses there."""

import asyncio
from collections.abc import Mapping
from datetime import date

from aiohttp import web

from postal_bridge.clock import local_day
from postal_bridge.errors import Reason, Refusal, Refused
from postal_bridge.identity import Actor, Role
from postal_bridge.pickup.driving import CountSheet, Outcome, close, depart, settle
from postal_bridge.pickup.records import FailureReason, Round, RoundState
from postal_bridge.pickup.requests import Desk as PickupDesk
from postal_bridge.pickup.sheets import requests_of, sheet_of
from postal_bridge.web.knocking import read_form, require_own_form
from postal_bridge.web.ports import PageWork
from postal_bridge.web.reception import Reception
from postal_bridge.web.rounds import (
    CLOSE,
    CODES,
    COUNTED,
    DONE,
    FAILED,
    LEAVE,
    METRES,
    NOTE,
    REASON,
    STOP,
    TASK,
    RoundData,
    day_page,
    path_of,
    round_page,
)
from postal_bridge.web.words import read_day

LARGEST_FORM_BYTES = 60_000
STATUS_OF_A_REFUSAL = 422
DRIVERS = frozenset({Role.COURIER, Role.CLERK, Role.SUPERVISOR, Role.ADMIN, Role.OFFICER})
_METRES_A_KM = 1_000
_MOST_CODES = 500
_NO_NUMBER = "Số bưu gửi phải là một số, như 0 hay 12."


class RoundPages(Reception):
    """The handlers of rounds."""

    def mount(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/tuyen", self.day)
        router.add_get("/tuyen/{number}", self.round)
        router.add_post("/tuyen/{number}", self.drive)
        router.add_get("/tuyen/{number}/phieu.pdf", self.sheet)

    async def day(self, request: web.Request) -> web.Response:
        """GET /tuyen: today's rounds, or another day's (`?ngay=24/11/2026`)."""
        actor = await self._driver(request)
        day = self._asked_day(request)
        async with self.desk.transactions.begin(write=False) as work:
            found = await work.rounds.listed(day)
            mine = [
                one for one in found if one.state is not RoundState.DROPPED and _sees(actor, one)
            ]
            shown = [(one, await work.rounds.stops(one.number)) for one in mine]
        return self.page("Tuyến trong ngày", *day_page(day, shown), actor=actor)

    def _asked_day(self, request: web.Request) -> date:
        return read_day(request.query.get("ngay", "")) or local_day(self.desk.clock.now())

    async def round(self, request: web.Request) -> web.Response:
        """GET /tuyen/{number}: one round; who looked is recorded."""
        actor = await self._driver(request)
        return await self._shown(request, actor, typed={})

    async def drive(self, request: web.Request) -> web.Response:
        """POST /tuyen/{number}: leave, a stop is made or fails, the count is signed."""
        require_own_form(request)
        actor = await self._driver(request)
        form = await read_form(request, largest_bytes=LARGEST_FORM_BYTES)
        number = request.match_info["number"]
        if form.get(TASK) in {DONE, CLOSE} and _whole(form.get(COUNTED)) is None:
            return await self._shown(request, actor, typed=form, wrong=_NO_NUMBER)
        try:
            async with self.desk.transactions.begin() as work:
                _accepted(await self._do(work, number, form, actor=actor))
        except Refused as no:
            if no.refusal.reason is Reason.ROUND_UNKNOWN:
                raise web.HTTPNotFound from None
            return await self._shown(request, actor, typed=form, wrong=no.refusal.sentence())
        return self.to(path_of(number))

    async def _do(
        self, work: PageWork, number: str, form: Mapping[str, str], *, actor: Actor
    ) -> object:
        """Do what the pressed button says."""
        desk = self._pickup_desk(work, actor)
        task, note = form.get(TASK), form.get(NOTE, "").strip() or None
        if task == LEAVE:
            return await depart(desk, number)
        if task == DONE:
            codes = tuple(form.get(CODES, "").split())[:_MOST_CODES]
            counted = len(codes) or _whole(form.get(COUNTED))
            outcome = Outcome(counted=counted, codes=codes, note=note)
            return await settle(desk, form.get(STOP, ""), outcome)
        if task == FAILED:
            reason = _reason(form.get(REASON))
            return await settle(desk, form.get(STOP, ""), Outcome(reason=reason, note=note))
        if task == CLOSE:
            metres = _metres(form.get(METRES))
            counted = _whole(form.get(COUNTED)) or 0
            sheet = CountSheet(counted=counted, metres_driven=metres, remark=note)
            return await close(desk, number, sheet)
        raise web.HTTPBadRequest

    async def sheet(self, request: web.Request) -> web.Response:
        """GET /tuyen/{number}/phieu.pdf: the sheet on paper."""
        actor = await self._driver(request)
        number = request.match_info["number"]
        async with self.desk.transactions.begin() as work:
            one = await self._seen(work, number, actor, purpose="round-sheet")
            courier = await work.inbound.staff(one.courier)
            names = {one.courier: courier.name} if courier else {}
            sheet = await sheet_of(work, number, names=names)
        if isinstance(sheet, Refusal):
            raise web.HTTPNotFound
        printed = await asyncio.to_thread(self.desk.print_round, sheet)
        return web.Response(
            body=printed, content_type="application/pdf", headers={"Cache-Control": "no-store"}
        )

    async def _shown(
        self,
        request: web.Request,
        actor: Actor,
        *,
        typed: Mapping[str, str],
        wrong: str | None = None,
    ) -> web.Response:
        number = request.match_info["number"]
        async with self.desk.transactions.begin() as work:
            one = await self._seen(work, number, actor, purpose="round")
            stops = await work.rounds.stops(number)
            courier = await work.inbound.staff(one.courier)
            data = RoundData(
                round=one,
                stops=stops,
                requests=await requests_of(work, stops),
                courier=courier.name if courier else one.courier,
                actor=actor,
                typed=typed,
                wrong=wrong,
            )
        answer = self.page(f"Tuyến {number}", *round_page(data), actor=actor)
        answer.set_status(STATUS_OF_A_REFUSAL if wrong else 200)
        return answer

    async def _seen(self, work: PageWork, number: str, actor: Actor, *, purpose: str) -> Round:
        """A round that this person may see; that they looked is written down."""
        one = await work.rounds.find(number)
        if one is None or not _sees(actor, one):
            raise web.HTTPNotFound
        await self.note_look(work, actor, subject=number, purpose=purpose)
        return one

    def _pickup_desk(self, work: PageWork, actor: Actor) -> PickupDesk:
        if self.desk.pickups is None:
            raise web.HTTPNotFound
        return self.desk.pickups.desk(work, actor, self.desk.clock.now())

    async def _driver(self, request: web.Request) -> Actor:
        actor = await self.require_actor(request)
        if actor.role not in DRIVERS:
            raise web.HTTPNotFound
        return actor


def _accepted(done: object) -> None:
    """Let a refusal undo the transaction."""
    if isinstance(done, Refusal):
        raise Refused(done)


def _sees(actor: Actor, one: Round) -> bool:
    return actor.role is not Role.COURIER or one.courier == actor.username


def _whole(text: str | None) -> int | None:
    cleaned = (text or "").strip()
    return int(cleaned) if cleaned.isdecimal() else None


def _metres(text: str | None) -> int | None:
    try:
        return round(float((text or "").strip().replace(",", ".")) * _METRES_A_KM)
    except ValueError:
        return None


def _reason(text: str | None) -> FailureReason:
    try:
        return FailureReason(text or "")
    except ValueError:
        return FailureReason.OTHER
