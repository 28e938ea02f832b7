"""Turns a month's plan into one ordered list of steps: who does what at which moment.

The plan says when papers are taken, leave, arrive and are decided on. What lies between (counting
the fee, scanning the stack, packing and sealing, the two signatures of each handover) gets its
moments here, inside the gaps that the post's timetable leaves (`sandbox/runs.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from postal_bridge.clock import local_day
from postal_bridge.codes import make_dossier_code, make_item_code
from postal_bridge.demo.carrierside import COUNTER, OWN_FLEET, carrier_of, receipt_of
from postal_bridge.demo.rounds import rounds
from postal_bridge.demo.staffing import Staffing
from postal_bridge.demo.steps import Deed, Stack, Step, scan
from postal_bridge.sandbox.fees import LE_PHI
from postal_bridge.sandbox.plans import (
    AttemptOutcome,
    DossierPlan,
    FeePlan,
    MonthPlan,
    PaperGiven,
    RefusedPlan,
    ReturnMode,
    ReturnPlan,
)
from postal_bridge.sandbox.province import ProvinceData
from postal_bridge.worktime import WorkCalendar

FEE_MINUTES, DIGITISE_MINUTES, TAKE_UP_MINUTES = 1, 3, 6
"""Working minutes after intake: the fee is paid, the stack scanned, and what a seconded officer
decides is taken up; nobody is served in the day's last half hour."""

HAND_BACK = timedelta(seconds=30)
"""A seconded officer sits beside the return desk."""

ROUND_PLACE = "BDT"
"""Where a courier's delivery scans belong: the post office that the round starts from."""

FIRST_REFUSED_SERIAL = 9_001
"""Those who are turned away have no code of the one-stop; ours stand far above its serials."""

Later = Callable[[datetime, int], datetime]
"""The open moment some working minutes later."""


@dataclass(frozen=True)
class Score:
    """All steps in order, for the dossiers and visitors of the days that are played."""

    steps: tuple[Step, ...]
    dossiers: tuple[DossierPlan, ...]
    refused: tuple[RefusedPlan, ...]
    first_day: date
    last_day: date
    whole: bool

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which something happens."""
        return tuple(dict.fromkeys(local_day(step.at) for step in self.steps))


def write_score(
    plan: MonthPlan, province: ProvinceData, *, calendar: WorkCalendar, days: int | None = None
) -> Score:
    """Write the steps of a month.

    Args:
        plan: what happens to each dossier.
        province: who works where.
        calendar: working minutes.
        days: only the first so many working days; the whole month without it.
    """
    staffing = Staffing(province)
    later = _later(calendar)
    steps: list[Step] = []
    for number, dossier in enumerate(plan.dossiers):
        steps += _Dossier(dossier, number, staffing, later).steps()
    for number, visitor in enumerate(plan.refused):
        steps.append(_refusal(visitor, number, province, staffing))
    steps += rounds(plan, staffing)
    steps.sort(key=lambda step: step.at)
    every_day = list(dict.fromkeys(local_day(step.at) for step in steps))
    played = set(every_day[:days])
    kept = tuple(step for step in steps if local_day(step.at) in played)
    return Score(
        steps=kept,
        dossiers=tuple(d for d in plan.dossiers if local_day(d.received_at) in played),
        refused=tuple(r for r in plan.refused if local_day(r.at) in played),
        first_day=every_day[0],
        last_day=max(played),
        whole=len(played) == len(every_day),
    )


def _later(calendar: WorkCalendar) -> Later:
    def later(moment: datetime, minutes: int) -> datetime:
        after = calendar.add_working_minutes(moment, minutes)
        return after if calendar.is_open(after) else after - timedelta(seconds=30)

    return later


def _papers(papers: Sequence[PaperGiven]) -> list[dict[str, object]]:
    return [
        {"position": p.position, "originals": p.originals, "copies": p.copies, "pages": p.pages}
        for p in papers
    ]


class _Dossier:
    """The steps of one dossier at desks and doors; its rounds are written in `rounds.py`."""

    def __init__(self, plan: DossierPlan, number: int, staffing: Staffing, later: Later) -> None:
        self._plan = plan
        self._clerk = staffing.clerk(number)
        self._staffing = staffing
        self._later = later
        self._result = make_item_code(plan.code, "K", 1)

    def steps(self) -> Iterator[Step]:
        """Everything but the rounds, each part in its order."""
        plan = self._plan
        yield from self._intake()
        if not plan.carried:
            yield self._take_up()
        if plan.supplement:
            yield from self._supplement()
        if plan.resolved_at:
            yield from self._result_steps(plan.resolved_at)
        if plan.returned:
            yield from self._return(plan.returned)

    def _step(
        self,
        at: datetime,
        deed: Deed,
        tail: str,
        body: object,
        *,
        actor: str | None = None,
        name: str = "",
    ) -> Step:
        code = self._plan.code
        return Step(
            at=at,
            deed=deed,
            actor=actor or self._clerk,
            key=f"thang-1:{code}:{name or deed.value}",
            path=(f"/dossiers/{code}{tail}",),
            body=body,
        )

    def _scan(self, at: datetime, deed: Deed, act: str, *, item: str, who: tuple[str, str]) -> Step:
        actor, place = who
        key = f"thang-1:{item}:{act}:{at.isoformat()}"
        one = scan(code=item, act=act, place=place, at=at, what=key)
        body = {"device": f"HH-{actor}", "scans": [one]}
        path = ("/scans",)
        return Step(at=at, deed=deed, actor=actor, key=key, path=path, body=body, creates=False)

    def _intake(self) -> Iterator[Step]:
        plan, later = self._plan, self._later
        body = filing(plan, code=plan.code)
        yield replace(self._step(plan.received_at, Deed.INTAKE, "", body), path=("/dossiers",))
        if plan.fee:
            deed = Deed.EXEMPT if plan.fee.exempt_basis else Deed.FEE
            paid_at = later(plan.received_at, FEE_MINUTES)
            yield self._step(paid_at, deed, "/fees", _fee(plan.fee, self._staffing.intake_desk))
        pages = max(1, sum(paper.pages for paper in plan.papers))
        digitised_at = later(plan.received_at, DIGITISE_MINUTES)
        step = self._step(digitised_at, Deed.DIGITISE, "/documents", Stack(plan.code, pages))
        name = f"{plan.code}.pdf"
        yield replace(step, query={"position": "0", "file_name": name, "pages": str(pages)})

    def _take_up(self) -> Step:
        plan, staffing = self._plan, self._staffing
        at = self._later(plan.received_at, TAKE_UP_MINUTES)
        who = (staffing.officer(plan.office), staffing.centre_desk(plan.office))
        item = make_item_code(plan.code, "H", 1)
        return self._scan(at, Deed.TAKE_UP, "take_up", item=item, who=who)

    def _supplement(self) -> Iterator[Step]:
        plan, asked = self._plan, self._plan.supplement
        if asked is None:
            return
        wanted = {
            "reason": asked.reason,
            "papers": "; ".join(paper.name for paper in asked.papers),
            "place": plan.office,
        }
        officer = self._staffing.officer(plan.office)
        yield self._step(asked.requested_at, Deed.ASK, "/supplements", wanted, actor=officer)
        pages = sum(paper.pages for paper in asked.papers)
        brought = {"place": self._staffing.intake_desk, "pages": max(1, pages)}
        yield self._step(asked.answered_at, Deed.ANSWER, "/supplements/answer", brought)

    def _result_steps(self, resolved_at: datetime) -> Iterator[Step]:
        plan, staffing = self._plan, self._staffing
        place = plan.office if plan.carried else staffing.centre_desk(plan.office)
        officer = staffing.officer(plan.office)
        yield self._step(resolved_at, Deed.ISSUE, "/results", {"place": place}, actor=officer)
        if not plan.carried:
            who = (self._clerk, staffing.return_desk)
            at = resolved_at + HAND_BACK
            yield self._scan(at, Deed.HAND_BACK, "hand_back", item=self._result, who=who)

    def _return(self, returned: ReturnPlan) -> Iterator[Step]:
        plan, desk = self._plan, self._staffing.return_desk
        if returned.mode is ReturnMode.DESK and returned.at:
            body = {"place": desk, "receiver": plan.applicant.name}
            yield self._step(returned.at, Deed.RETURN, "/return", body)
        if returned.consigned_at is None:
            return
        courier = self._staffing.round_of(plan.applicant.ward_code)
        carrier = carrier_of(plan)
        order = {"item": self._result, "carrier": carrier, "place": desk}
        if carrier == OWN_FLEET:
            order["courier"] = courier
        if carrier == COUNTER:
            order["waybill"] = receipt_of(plan)
        consigned = self._step(returned.consigned_at, Deed.CONSIGN, "", order)
        yield replace(consigned, path=("/consignments",))
        if carrier == OWN_FLEET:
            yield from self._carried_home(returned, courier)

    def _carried_home(self, returned: ReturnPlan, courier: str) -> Iterator[Step]:
        """What our own courier scans; other carriers report it themselves."""
        plan, desk = self._plan, self._staffing.return_desk
        for attempt in returned.attempts:
            delivered = attempt.outcome is AttemptOutcome.DELIVERED
            act, note = ("deliver", plan.applicant.name) if delivered else ("fail", attempt.reason)
            step = self._scan(
                attempt.at, Deed.SCAN, act, item=self._result, who=(courier, ROUND_PLACE)
            )
            yield _noted(step, note)
        if returned.back_at_desk_at:
            at, who = returned.back_at_desk_at, (courier, desk)
            yield self._scan(at, Deed.SCAN, "bring_back", item=self._result, who=who)


def filing(plan: DossierPlan | RefusedPlan, *, code: str) -> dict[str, object]:
    """What the clerk has in hand at intake."""
    wanted = plan.return_mode if isinstance(plan, DossierPlan) else ReturnMode.DESK
    person = plan.applicant
    return {
        "code": code,
        "procedure": plan.procedure_code,
        "place": Staffing.intake_desk,
        "channel": int(plan.channel),
        "return_mode": int(wanted),
        "applicant_name": person.name,
        "applicant_identity": person.identity_number,
        "applicant_phone": person.phone,
        "applicant_address": person.address,
        "applicant_ward": person.ward_code,
        "papers": _papers(plan.papers),
    }


def _noted(step: Step, note: str) -> Step:
    body = step.body
    if not isinstance(body, dict):
        return step
    return replace(step, body={**body, "scans": [{**one, "note": note} for one in body["scans"]]})


def _fee(fee: FeePlan, place: str) -> dict[str, object]:
    body: dict[str, object] = {
        "kind": "charge" if fee.kind == LE_PHI else "fee",
        "amount_vnd": 0 if fee.exempt_basis else fee.amount_vnd,
        "place": place,
    }
    return body | ({"exemption_basis": fee.exempt_basis} if fee.exempt_basis else {})


def _refusal(visitor: RefusedPlan, number: int, province: ProvinceData, staffing: Staffing) -> Step:
    agency = province.agency_of(visitor.department)
    code = make_dossier_code(agency, local_day(visitor.at), FIRST_REFUSED_SERIAL + number)
    body = {**filing(visitor, code=code), "refusal": "; ".join(visitor.reasons)}
    return Step(
        at=visitor.at,
        deed=Deed.REFUSE,
        actor=staffing.clerk(number),
        key=f"thang-1:{code}:refuse",
        path=("/dossiers",),
        body=body,
    )
