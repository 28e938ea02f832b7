"""The address of the list of addresses in doubt, and what is pressed on it."""

from aiohttp import web

from postal_bridge.errors import Reason, Refusal, Refused, refuse
from postal_bridge.identity import Actor, Role
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.pickup.places import Candidate
from postal_bridge.pickup.ports import PickupFilter
from postal_bridge.pickup.records import PickupState
from postal_bridge.pickup.requests import Desk, settle_place
from postal_bridge.web.doubtful import NUMBER, PATH, TYPED, WARD, doubtful_page
from postal_bridge.web.knocking import read_form, require_own_form
from postal_bridge.web.reception import Reception

MOST_SHOWN = 30
STATUS_OF_A_REFUSAL = 422
SETTLERS = frozenset({Role.CLERK, Role.OFFICER, Role.SUPERVISOR, Role.ADMIN})


class DoubtfulPages(Reception):
    """The handlers of the list."""

    def mount(self, router: web.UrlDispatcher) -> None:
        """Add the address."""
        router.add_get(PATH, self.listed)
        router.add_post(PATH, self.settle)

    async def listed(self, request: web.Request) -> web.Response:
        """GET /dia-chi: the list; who looked is recorded."""
        actor, _ = await self._settler(request)
        return await self._shown(actor)

    async def settle(self, request: web.Request) -> web.Response:
        """POST /dia-chi: this address lies in that ward."""
        require_own_form(request)
        actor, house = await self._settler(request)
        form = await read_form(request)
        code = form.get(WARD) or form.get(TYPED, "").strip()
        try:
            async with self.desk.transactions.begin() as work:
                desk = house.desk(work, actor, self.desk.clock.now())
                ward = await house.ward(code)
                _accepted(await _settled(desk, form.get(NUMBER, ""), ward, code))
        except Refused as no:
            return await self._shown(actor, wrong=no.refusal.sentence())
        return self.to(PATH)

    async def _shown(self, actor: Actor, *, wrong: str | None = None) -> web.Response:
        async with self.desk.transactions.begin() as work:
            which = PickupFilter(states=(PickupState.ASKED,))
            found = await work.pickups.listed(which, limit=MOST_SHOWN + 1)
            shown = found[:MOST_SHOWN]
            for one in shown:
                await self.note_look(work, actor, subject=one.number, purpose="address")
        page = doubtful_page(shown, more=len(found) > MOST_SHOWN, wrong=wrong)
        answer = self.page("Địa chỉ chưa chắc", *page, actor=actor)
        answer.set_status(STATUS_OF_A_REFUSAL if wrong else 200)
        return answer

    async def _settler(self, request: web.Request) -> tuple[Actor, PickupHouse]:
        actor = await self.require_actor(request)
        if actor.role not in SETTLERS or self.desk.pickups is None:
            raise web.HTTPNotFound
        return actor, self.desk.pickups


async def _settled(desk: Desk, number: str, ward: Candidate | None, code: str) -> object:
    if ward is None:
        return refuse(Reason.WARD_UNKNOWN, "ward_code", ward=code)
    return await settle_place(desk, number, ward=ward, point=None)


def _accepted(done: object) -> None:
    """Let a refusal undo the transaction."""
    if isinstance(done, Refusal):
        raise Refused(done)
