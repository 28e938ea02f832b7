"""The state machine: everything people can do with papers, in any order that comes to mind."""

import contextlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from postal_bridge.codes import make_seal_code
from postal_bridge.dossiers.supplements import answer_supplement, request_supplement
from postal_bridge.errors import Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import MOVES, Act, ItemKind, Stage, Status
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.consignments import (
    cancel_consignment,
    return_at_desk,
)
from postal_bridge.tracking.handovers import Acceptance, Offer, accept_handover, offer_handover
from postal_bridge.tracking.incidents import close_incident, report_found, report_lost
from postal_bridge.tracking.pouches import make_pouch, open_pouch, pack, seal_pouch
from postal_bridge.tracking.records import Handover, Pouch, PouchState
from postal_bridge.tracking.retention import close_request_slips
from postal_bridge.tracking.scans import Scan
from tests.invariants.province import (
    BINH,
    CALENDAR,
    CENTRE,
    DEPARTMENTS,
    DUNG,
    HOA,
    LAN,
    NAM,
    OFFICER_OF,
    PLACES,
    TUAN,
    Broken,
    Deed,
    Province,
    Snapshot,
    World,
    an_id,
    issuing,
    scanning,
    sending_home,
)

T = TypeVar("T")
Check = Callable[["Journeys"], None]

PICK = st.integers(0, 10_000)
MINUTES = st.integers(0, 30)
STAFF_LIST = (LAN, TUAN, NAM, HOA, BINH, DUNG)
STAFF = st.sampled_from(STAFF_LIST)
ANY_ACT = st.sampled_from([*(act.value for act in Act if act is not Act.CORRECT), "vẽ"])
BACK_MINUTES = st.one_of(st.integers(-3, 5), st.integers(0, 240))


def one_of(listed: Any, number: int) -> Any:
    """Choose by a number that shrinks well."""
    members = list(listed)
    return members[number % len(members)]


class Journeys(RuleBasedStateMachine):
    """A few dossiers, three places, six people; every act is a real use case."""

    def __init__(self, world: World, check: Check, *, faults: bool = False) -> None:
        super().__init__()
        self.world = world
        self.check = check
        self.faults = faults
        self.province = Province(world)
        self.before: Snapshot = self.province.snapshot()
        self.now: Snapshot = self.before
        self.scans: list[tuple[Actor, Scan]] = []
        self.minutes: list[str] = []
        self.seals = 0
        self.done: tuple[str, object] = ("furnish", None)

    # --- how a deed is done ---------------------------------------------------------------------

    def do(self, name: str, actor: Actor, deed: Deed[T], fault: int = 0) -> T | Refusal:
        if self.faults:
            self._fail_first(actor, deed, fault)
        self.before = self.now
        outcome = self.province.do(actor, deed)
        self.now = self.province.snapshot()
        self.done = (name, outcome)
        return outcome

    def _fail_first(self, actor: Actor, deed: Deed[T], fault: int) -> None:
        """The same deed with a fault in it leaves nothing behind (invariant 6)."""
        dump = self.province.dump()
        with contextlib.suppress(Broken):
            self.province.do(actor, deed, fault_at=fault)
        assert self.province.dump() == dump, "a transaction that failed left something behind"

    def items(self, *stages: Stage) -> list[str]:
        return [c for c, one in self.now.positions.items() if not stages or one.stage in stages]

    def _dossier(self, status: Status, pick: int) -> Any:
        all_of_them = self.now.dossiers.values()
        fitting = [dossier for dossier in all_of_them if dossier.status == status]
        return one_of(fitting or all_of_them, pick)

    @initialize(levels=st.tuples(*[st.integers(0, 4)] * 3))
    def three_dossiers(self, levels: tuple[int, int, int]) -> None:
        for number, level in enumerate(levels):
            self.province.get_on(DEPARTMENTS[number % 2], level=level)
        self.now = self.before = self.province.snapshot()

    @rule(minutes=MINUTES)
    def time_goes_on(self, minutes: int) -> None:
        self.province.tick(timedelta(minutes=minutes))

    # --- the desk and the department --------------------------------------------------------------

    @precondition(lambda self: len(self.province.dossiers) < 5)
    @rule(procedure=st.sampled_from(DEPARTMENTS))
    def receive(self, procedure: str) -> None:
        self.province.receive(procedure)
        self.before, self.now = self.now, self.province.snapshot()

    @rule(pick=PICK, fault=MINUTES)
    def ask_for_a_supplement(self, pick: int, fault: int) -> None:
        dossier = self._dossier(Status.PROCESSING, pick)
        officer = OFFICER_OF[dossier.department]

        async def deed(recorder: Recorder) -> Any:
            return await request_supplement(
                recorder.work,
                recorder,
                code=dossier.code,
                reason="thiếu bản chính",
                papers="Tờ khai",
                place=dossier.department,
                actor=officer,
                now=recorder.now,
            )

        self.do("ask", officer, deed, fault)

    @rule(pick=PICK, fault=MINUTES)
    def bring_a_supplement(self, pick: int, fault: int) -> None:
        code = self._dossier(Status.SUPPLEMENT, pick).code

        async def deed(recorder: Recorder) -> Any:
            answered = await answer_supplement(
                recorder.work,
                recorder,
                code=code,
                place=CENTRE,
                pages=2,
                actor=LAN,
                now=recorder.now,
                calendar=CALENDAR,
            )
            if not isinstance(answered, Refusal):
                await close_request_slips(recorder, code, place=CENTRE)
            return answered

        self.do("answer", LAN, deed, fault)

    @rule(pick=PICK, fault=MINUTES)
    def issue_the_result(self, pick: int, fault: int) -> None:
        dossier = self._dossier(Status.PROCESSING, pick)
        officer = OFFICER_OF[dossier.department]
        self.do("issue", officer, issuing(dossier.code, place=dossier.department), fault)

    # --- pouches ----------------------------------------------------------------------------------

    @rule(picks=st.lists(PICK, max_size=3), to=st.sampled_from(DEPARTMENTS), fault=MINUTES)
    def make_a_pouch(self, picks: list[int], to: str, fault: int) -> None:
        ready = self.items(Stage.COUNTER, Stage.DIGITISED, Stage.ISSUED) or self.items()
        chosen = list(dict.fromkeys(one_of(ready, pick) for pick in picks))
        origin = self.now.positions[chosen[0]].place if chosen else CENTRE
        destination = to if origin == CENTRE else CENTRE

        async def deed(recorder: Recorder) -> Pouch | Refusal:
            return await make_pouch(recorder, origin=origin, destination=destination, items=chosen)

        self.do("pouch", OFFICER_OF[origin], deed, fault)

    @precondition(lambda self: self.now.pouches)
    @rule(pouch=PICK, item=PICK, fault=MINUTES)
    def pack_one_more(self, pouch: int, item: int, fault: int) -> None:
        code, chosen = one_of(self.now.pouches, pouch), one_of(self.items(), item)

        async def deed(recorder: Recorder) -> Pouch | Refusal | None:
            found = await recorder.work.pouches.hold(code)
            assert found is not None
            return await pack(recorder, found, [chosen]) or found

        self.do("pack", OFFICER_OF[self.now.pouches[code].origin], deed, fault)

    @precondition(lambda self: self.now.pouches)
    @rule(pick=PICK, fault=MINUTES)
    def seal_a_pouch(self, pick: int, fault: int) -> None:
        unsealed = [p for p in self.now.pouches.values() if p.state is PouchState.OPEN]
        pouch = one_of(unsealed or self.now.pouches.values(), pick)
        self.seals += 1
        inside = [c for c, p in self.now.positions.items() if p.pouch == pouch.code]

        async def deed(recorder: Recorder) -> Pouch | Refusal:
            return await seal_pouch(recorder, code=pouch.code, seal=make_seal_code(self.seals))

        sealed = self.do("seal", OFFICER_OF[pouch.origin], deed, fault)
        if isinstance(sealed, Pouch):
            assert inside
            assert {_holder(self.now.positions[code]) for code in inside} == {pouch.code}

    @precondition(lambda self: self.now.pouches)
    @rule(pick=PICK, place=st.sampled_from(PLACES), fault=MINUTES)
    def open_a_pouch(self, pick: int, place: str, fault: int) -> None:
        code = one_of(self.now.pouches, pick)

        async def deed(recorder: Recorder) -> Pouch | Refusal:
            return await open_pouch(recorder, code=code, place=place, note="túi rách")

        opened = self.do("open", DUNG, deed, fault)
        if isinstance(opened, Pouch):
            assert not [p for p in self.now.positions.values() if p.pouch == code]

    # --- handovers --------------------------------------------------------------------------------

    @rule(
        picks=st.lists(PICK, min_size=1, max_size=3),
        receiver=st.sampled_from((*PLACES, "tuan", "nam")),
        whole=st.booleans(),
        fault=MINUTES,
    )
    def offer(self, picks: list[int], receiver: str, whole: bool, fault: int) -> None:
        sealed = [p for p in self.now.pouches.values() if p.state is PouchState.SEALED]
        pouches = [one_of(sealed, picks[0]).code] if whole and sealed else []
        loose = [code for code, one in self.now.positions.items() if not one.sealed]
        items = [] if pouches or not loose else [one_of(loose, pick) for pick in picks]
        first = next(
            (p for c, p in self.now.positions.items() if p.pouch in pouches or c in items), None
        )
        bearer = first.custodian if first is not None else CENTRE
        giver = {"tuan": TUAN, "nam": NAM}.get(bearer) or OFFICER_OF.get(bearer, DUNG)
        place = first.place if first is not None else CENTRE
        wanted = Offer(place=place, receiver=receiver, pouches=pouches, items=items)

        async def deed(recorder: Recorder) -> Handover | Refusal:
            return await offer_handover(recorder, wanted, province="H37")

        offered = self.do("offer", giver, deed, fault)
        if isinstance(offered, Handover):
            self.minutes.append(offered.number)

    @precondition(lambda self: self.minutes)
    @rule(
        pick=PICK,
        lacking=st.sampled_from((0, 0, 0, 1)),
        surplus=st.sampled_from(("", "", "known", "unknown")),
        fault=MINUTES,
    )
    def accept(self, pick: int, lacking: int, surplus: str, fault: int) -> None:
        number = one_of(self.minutes[-3:], pick)
        handover, given = self.province.run(lambda unit: _minutes(unit, number), write=False)
        receiver = handover.receiver_place
        officer = (
            OFFICER_OF[receiver] if receiver else {"tuan": TUAN, "nam": NAM}[handover.receiver]
        )
        listed = given[lacking:]
        if surplus:
            listed = [*listed, one_of(self.items(), pick) if surplus == "known" else "GIAY-LA"]
        listed = list(dict.fromkeys(listed))
        found = Acceptance(count=len(listed), items=listed, confirm_difference=True)

        async def deed(recorder: Recorder) -> Handover | Refusal:
            return await accept_handover(recorder, number, found)

        accepted = self.do("accept", officer, deed, fault)
        if isinstance(accepted, Handover):
            self.minutes.remove(number)

    # --- handhelds --------------------------------------------------------------------------------

    @rule(actor=STAFF, pick=PICK, act=ANY_ACT, place=st.sampled_from(PLACES), fault=MINUTES)
    def scan_anything(self, actor: Actor, pick: int, act: str, place: str, fault: int) -> None:
        code = one_of(self.items(), pick)
        self._scan(actor, code, act, place=place, back=pick % 60, fault=fault)

    @rule(
        pick=PICK,
        act=PICK,
        who=PICK,
        place=st.sampled_from(PLACES),
        back=BACK_MINUTES,
        pouch=PICK,
        fault=MINUTES,
    )
    def scan_an_item(
        self, pick: int, act: int, who: int, place: str, back: int, pouch: int, fault: int
    ) -> None:
        """Something that this kind of paper can be scanned for, by somebody who may, in no order."""
        code = one_of(self.items(), pick)
        direction = self.now.positions[code].direction
        move = one_of([m for m in MOVES.values() if m.by_scan and m.direction is direction], act)
        able = [a for a in STAFF_LIST if a.role in move.roles and a.works_at(place)]
        pouches = [p.code for p in self.now.pouches.values() if p.state is PouchState.OPEN]
        into = one_of(pouches, pouch) if pouches else None
        self._scan(
            one_of(able, who), code, move.act, place=place, back=back, pouch=into, fault=fault
        )

    @precondition(lambda self: self.now.pouches)
    @rule(
        actor=st.sampled_from((TUAN, NAM)),
        pick=PICK,
        act=st.sampled_from(("load", "arrive")),
        place=st.sampled_from(PLACES),
        back=BACK_MINUTES,
        fault=MINUTES,
    )
    def scan_a_pouch(
        self, actor: Actor, pick: int, act: str, place: str, back: int, fault: int
    ) -> None:
        code = one_of(self.now.pouches, pick)
        inside = {c for c, p in self.now.positions.items() if p.sealed and p.pouch == code}
        self._scan(actor, code, act, place=place, back=back, fault=fault)
        after = [self.now.positions[item] for item in inside]
        assert all(one.sealed and one.pouch == code for one in after)
        assert len({(one.place, one.since, one.stage) for one in after}) <= 1, "not moved as one"

    @precondition(lambda self: self.scans)
    @rule(pick=PICK, back=st.integers(-3, 1), fault=MINUTES)
    def correct(self, pick: int, back: int, fault: int) -> None:
        _, wrong = one_of(self.scans, pick)
        self._scan(
            DUNG, wrong.code, "correct", place=wrong.place, back=back, wrong=wrong, fault=fault
        )

    @precondition(lambda self: self.scans)
    @rule(picks=st.lists(PICK, min_size=1, max_size=4))
    def send_again(self, picks: list[int]) -> None:
        """A handheld that lost the answer sends again; what was taken is not taken twice."""
        for pick in picks:
            actor, scan = one_of(self.scans, pick)
            events = len(self.now.events)
            known = any(event.event_id == scan.scan_id for event in self.now.events)
            self.before = self.now
            outcome = self.province.scan(actor, scan)
            self.now = self.province.snapshot()
            if known:
                assert (outcome.accepted, outcome.duplicates) == (0, 1)
                assert len(self.now.events) == events

    def _scan(
        self,
        actor: Actor,
        code: str,
        act: str,
        *,
        place: str,
        back: int,
        pouch: str | None = None,
        wrong: Scan | None = None,
        fault: int = 0,
    ) -> None:
        scan = Scan(
            scan_id=an_id(len(self.scans) * 7919 % 1009 * 4096 + len(self.scans)),
            code=code,
            act=act,
            place=place,
            at=self.province.now - timedelta(minutes=back),
            pouch=pouch if act == "pack" or back % 2 else None,
            corrects=wrong.scan_id if wrong else None,
        )
        self.scans.append((actor, scan))

        async def deed(recorder: Recorder) -> Any:
            return await scanning([scan])(recorder)

        self.do(f"scan {act}", actor, deed, fault)

    # --- incidents and the way home -----------------------------------------------------------------

    @rule(pick=PICK, place=st.sampled_from(PLACES), fault=MINUTES)
    def miss(self, pick: int, place: str, fault: int) -> None:
        code = one_of(self.items(), pick)

        async def deed(recorder: Recorder) -> Any:
            return await report_lost(recorder, code=code, place=place, note=None)

        self.do("lost", OFFICER_OF[place], deed, fault)

    @rule(pick=PICK, place=st.sampled_from(PLACES), fault=MINUTES)
    def find(self, pick: int, place: str, fault: int) -> None:
        code = one_of(self.items(Stage.MISSING) or self.items(), pick)

        async def deed(recorder: Recorder) -> Any:
            return await report_found(recorder, code=code, place=place, note=None)

        self.do("found", OFFICER_OF[place], deed, fault)

    @precondition(lambda self: self.now.incidents)
    @rule(pick=PICK, fault=MINUTES)
    def explain_an_incident(self, pick: int, fault: int) -> None:
        incident = one_of(self.now.incidents, pick)

        async def deed(recorder: Recorder) -> Any:
            return await close_incident(recorder, incident_id=incident.id, explanation="đếm lại")

        self.do("close", DUNG, deed, fault)

    @rule(pick=PICK, fault=MINUTES)
    def send_home(self, pick: int, fault: int) -> None:
        code = one_of(self.items(Stage.DESK) or self.items(), pick)
        self.do("book", LAN, sending_home(code), fault)

    @precondition(lambda self: self.now.consignments)
    @rule(pick=PICK, fault=MINUTES)
    def call_off(self, pick: int, fault: int) -> None:
        number = one_of(self.now.consignments, pick)

        async def deed(recorder: Recorder) -> Any:
            return await cancel_consignment(recorder, number=number, place=CENTRE, note=None)

        self.do("cancel", LAN, deed, fault)

    @rule(pick=PICK, fault=MINUTES)
    def hand_out(self, pick: int, fault: int) -> None:
        code = one_of(self.items(Stage.DESK) or self.items(), pick)

        async def deed(recorder: Recorder) -> Any:
            refusal = await return_at_desk(recorder, item_code=code, place=CENTRE, receiver="Đào")
            return refusal or "handed out"

        self.do("hand out", LAN, deed, fault)

    @invariant()
    def holds(self) -> None:
        self.check(self)


async def _minutes(unit: Any, number: str) -> tuple[Any, list[str]]:
    handover = await unit.handovers.find(number)
    return handover, [line.item_code for line in await unit.handovers.lines(number)]


def _holder(position: Any) -> str:
    inside = position.sealed and position.pouch is not None
    return str(position.pouch if inside else position.custodian)


def kinds(snapshot: Snapshot) -> Mapping[str, ItemKind]:
    """What each barcode stands for."""
    return {code: ItemKind(item.kind) for code, item in snapshot.items.items()}
