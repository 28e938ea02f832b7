"""What carriers report: kept as it was said, each report once, and carried over to the ledger.

A report becomes a custody event only where paper changed hands or somebody stood at the door: the
carrier fetched the result, did not find the citizen, handed it over. Everything else is shown
beside the ledger. Which reports those are follows from the fold over all reports of the
consignment, so late, repeated and contradictory ones write nothing twice and move nothing back.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from postal_bridge.dossiers.records import NAME_LENGTH, TEXT_LENGTH
from postal_bridge.journey import Act
from postal_bridge.outbox import ANNOUNCEMENT_TOPIC, CONSIGNMENT_MOVED
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.carrier_records import (
    CarrierEvent,
    CarrierOrder,
    Milestone,
    OrderState,
    Source,
    Why,
)
from postal_bridge.tracking.carrier_values import CarrierScan
from postal_bridge.tracking.consignments import follow_scans
from postal_bridge.tracking.freight import REPORTED, Freight, hold_freight
from postal_bridge.tracking.incidents import open_incident
from postal_bridge.tracking.milestones import Progress, Report, follow
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.records import (
    CONSIGNMENT_OPEN,
    Consignment,
    ConsignmentState,
    IncidentKind,
)

CALLBACK_TOPIC = "carrier.callback"
"""Topic of the inbox: a carrier's own request to us, as it came."""

DEVICE = "carrier:"
"""What stands for the device in events that a carrier reported; so they can be corrected."""

_HELD = frozenset(Milestone) - {
    Milestone.ANNOUNCED,
    Milestone.CANCELLED,
    Milestone.INFORMATION,
}
"""After any of these the carrier has the paper."""

_POUCH_STATES: Mapping[Milestone, ConsignmentState] = {
    **dict.fromkeys(_HELD, ConsignmentState.COLLECTED),
    Milestone.ATTEMPTED: ConsignmentState.ATTEMPTED,
    Milestone.DELIVERED: ConsignmentState.DELIVERED,
    Milestone.RETURNED: ConsignmentState.BROUGHT_BACK,
}
_TICK, _SAME_KNOCK = timedelta(microseconds=1), timedelta(minutes=2)
_TROUBLE = frozenset({Milestone.RETURNED, Milestone.LOST, Milestone.CANCELLED})


class Meanings(Protocol):
    """The status maps."""

    def meaning(self, vocabulary: str, raw_code: str) -> tuple[Milestone, Why | None] | None:
        """What a raw code means; None is a gap."""
        ...


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of a batch of reports.

    Attributes:
        new: reports that were not known.
        unmatched: new ones of an order that nobody here knows.
        gaps: new ones whose code is in no map.
    """

    new: int
    unmatched: int
    gaps: int


async def take_scans(
    recorder: Recorder,
    scans: Iterable[CarrierScan],
    *,
    carrier: str,
    source: Source,
    meanings: Meanings,
) -> Taken:
    """Keep a carrier's reports and carry over what they mean, in one transaction."""
    listed = list(scans)
    desk = recorder.work.carrier_desk
    orders = await desk.named(
        carrier,
        references={one.reference for one in listed if one.reference},
        waybills={one.waybill for one in listed if one.waybill},
    )
    events = []
    for one in listed:
        event = _event(one, _order_of(one, orders), carrier=carrier, meanings=meanings)
        event.source, event.received_at = source, recorder.now
        events.append(event)
    new = await desk.add_events({one.key: one for one in events}.values())
    for number in sorted({one.number for one in new if one.number is not None}):
        await carry_over(recorder, number)
    return Taken(
        new=len(new),
        unmatched=sum(one.number is None for one in new),
        gaps=sum(one.milestone is None for one in new),
    )


async def carry_over(recorder: Recorder, number: str) -> None:
    """Let custody, consignment and order follow from all that is known of a consignment."""
    work = recorder.work
    known = await work.consignments.find(number)
    if known is None:
        return
    freight = await hold_freight(work, known.item_code)
    consignment = await work.consignments.hold(number) or known
    order = await work.carrier_desk.hold_order(number)
    if order is None or not freight.papers:
        return
    history = await work.custody.history(freight.papers[0].item.code)
    struck = {one.corrects for one in history if one.corrects is not None}
    written = {one.event_id for one in history}
    events = await work.carrier_desk.events(number)
    reports = follow(events, struck={one.key for one in events if struck & set(_ids_of(one))})
    leg = _Leg(recorder, consignment, order, freight)
    for act, report in _acts(reports, freight):
        if event_id_of(report.event, act) not in written:
            await leg.write(act, report)
    if freight.pouch is None:
        await follow_scans(recorder, [freight.papers[0].item])
    else:
        await leg.follow(reports)
    if reports and reports[-1].progress.milestone is not None:
        await leg.settle(reports, reports[-1].progress.milestone)
        await leg.announce(reports[-1].progress)


def event_id_of(event: CarrierEvent, act: Act) -> UUID:
    """The custody event of a report: the same for ever, by whichever way it came."""
    moment = event.occurred_at.isoformat()
    parts = (event.number or "", event.vocabulary, event.raw_code, moment, act.value)
    return uuid5(NAMESPACE_URL, "carrier-report:" + ":".join(parts))


def _ids_of(event: CarrierEvent) -> Sequence[UUID]:
    return [event_id_of(event, act) for act in REPORTED]


def _acts(reports: Sequence[Report], freight: Freight) -> Iterable[tuple[Act, Report]]:
    """Which reports are acts on paper: the first that shows it fetched, each at the door."""
    fetched = False
    for report in reports:
        milestone = report.event.milestone
        if not report.moved or milestone is None:
            continue
        if milestone in _HELD and not fetched:
            fetched = True
            yield freight.leaving, report
        if milestone in freight.at_the_door:
            yield freight.at_the_door[milestone], report


@dataclass
class _Leg:
    """A consignment with everything that is held of it while reports are carried over."""

    recorder: Recorder
    consignment: Consignment
    order: CarrierOrder
    freight: Freight

    async def write(self, act: Act, report: Report) -> None:
        """Append the act, unless a person has said the same before the carrier did."""
        event, freight = report.event, self.freight
        sent = act is freight.leaving
        # It left before the first thing that happened to it, also where both have one moment.
        moment = event.occurred_at - _TICK if sent else event.occurred_at
        if await (self._is_out(by=moment) if sent else self._is_told(act, moment)):
            return
        facts = Circumstances(
            place=freight.place_of(act) or event.place,
            occurred_at=moment,
            pouch=freight.pouch,
            event_id=event_id_of(event, act),
            device=f"{DEVICE}{self.order.carrier}"[:60],
            consignment=self.consignment.number if sent else None,
            custodian=self.order.carrier if sent else None,
            note=event.raw_text or None,
        )
        papers = []
        for one in freight.papers:
            after = await self.recorder.record_later(one, act, facts)
            papers.append(Tracked(one.item, after))
        await self.recorder.move_dossiers()
        self.freight = replace(freight, papers=papers)

    async def _is_told(self, act: Act, moment: datetime) -> bool:
        """Whether the carrier has told the same before, by another way and with another second.

        Asked, some carriers name the moment at which a row was written, and in a callback that of
        the act. A result is delivered once; whoever stood at the door did so minutes apart.
        """
        history = await self.recorder.work.custody.history(self.freight.papers[0].item.code)
        struck = {one.corrects for one in history if one.corrects is not None}
        device = f"{DEVICE}{self.order.carrier}"[:60]
        earlier = [
            one.occurred_at
            for one in history
            if one.act is act and one.device == device and one.event_id not in struck
        ]
        if act is Act.FAIL:
            return any(abs(moment - one) < _SAME_KNOCK for one in earlier)
        return bool(earlier)

    async def _is_out(self, *, by: datetime) -> bool:
        """Whether it is known to have left by then.

        Where reports arrive in another order than they happened in, an earlier departure is
        written beside the later one: what happened between the two would else have happened to
        a result that lay on the desk.
        """
        paper = self.freight.papers[0].item.code
        history = await self.recorder.work.custody.history(paper)
        number, leaving = self.consignment.number, self.freight.leaving
        return any(
            one.act is leaving and one.consignment == number and one.occurred_at <= by
            for one in history
        )

    async def follow(self, reports: Sequence[Report]) -> None:
        """Let a pouch's consignment stand where the reports put it; its desk may have closed it."""
        consignment, progress = self.consignment, reports[-1].progress if reports else Progress()
        state = _POUCH_STATES.get(progress.milestone or Milestone.ANNOUNCED)
        if state is None or consignment.state not in CONSIGNMENT_OPEN:
            return
        consignment.state, consignment.attempts = state, progress.attempts
        if state not in CONSIGNMENT_OPEN:
            consignment.closed_at = progress.since
        await self.recorder.work.consignments.put(consignment)

    async def announce(self, progress: Progress) -> None:
        """Let subscribers know where it stands: once for each report that it came to rest on."""
        number = self.consignment.number
        told = {
            "id": f"consignment:{progress.moved_by}",
            "type": CONSIGNMENT_MOVED,
            "subject": number,
            "at": (progress.since or self.recorder.now).isoformat(),
            "data": {
                "consignment": number,
                "carrier": self.order.carrier,
                "code": self.freight.code,
                "milestone": progress.milestone,
                "attempts": progress.attempts,
            },
        }
        key = f"consignment:{progress.moved_by}"
        await self.recorder.work.outbox.put(ANNOUNCEMENT_TOPIC, key=key, payload=told)

    async def settle(self, reports: Sequence[Report], milestone: Milestone) -> None:
        """What the reports say of the order itself: it exists, is called off, came to grief."""
        work, now = self.recorder.work, self.recorder.now
        told = next((one.event.waybill for one in reports if one.event.waybill), None)
        in_doubt = self.order.state in {OrderState.ASKED, OrderState.UNKNOWN}
        if in_doubt or (told and not self.order.waybill):
            if in_doubt:
                # Nobody reports on an order that is not there: that settles what was unknown.
                self.order.state, self.order.settled_at = OrderState.PLACED, now
            self.order.waybill = self.order.waybill or told
            await work.carrier_desk.put_order(self.order)
        if milestone is Milestone.CANCELLED and await self._called_off():
            return
        if milestone in _TROUBLE:
            await self._incident(reports[-1], milestone)

    async def _called_off(self) -> bool:
        """The carrier does not carry it; whether that is what we wanted."""
        work, now = self.recorder.work, self.recorder.now
        self.order.state, self.order.settled_at = OrderState.CANCELLED, now
        await work.carrier_desk.put_order(self.order)
        latest = await work.consignments.hold(self.consignment.number) or self.consignment
        if latest.state in CONSIGNMENT_OPEN:
            latest.state, latest.closed_at = ConsignmentState.CANCELLED, now
            await work.consignments.put(latest)
        return self.order.cancel_wanted

    async def _incident(self, report: Report, milestone: Milestone) -> None:
        await open_incident(
            self.recorder,
            IncidentKind.LOST if milestone is Milestone.LOST else IncidentKind.CARRIER,
            self.freight.code,
            place=self.freight.place_of(None) or "",
            handover=(report.progress.moved_by or "")[:60],
            note=f"{self.order.carrier}: {report.event.raw_text or milestone.value}",
        )


def _order_of(scan: CarrierScan, orders: Iterable[CarrierOrder]) -> CarrierOrder | None:
    for order in orders:
        if scan.reference and scan.reference == order.reference:
            return order
    for order in orders:
        if scan.waybill and scan.waybill in {order.waybill, order.carrier_number}:
            return order
    return None


def _event(
    scan: CarrierScan, order: CarrierOrder | None, *, carrier: str, meanings: Meanings
) -> CarrierEvent:
    meaning = meanings.meaning(scan.vocabulary, scan.raw_code)
    return CarrierEvent(
        key=key_of(carrier, scan),
        carrier=carrier,
        number=order.number if order else None,
        reference=scan.reference,
        waybill=scan.waybill,
        vocabulary=scan.vocabulary,
        raw_code=scan.raw_code,
        raw_text=scan.raw_text,
        place=scan.place,
        note=scan.note,
        occurred_at=scan.occurred_at,
        received_at=scan.occurred_at,
        source=Source.PULL,
        milestone=meaning[0] if meaning else None,
        why=meaning[1] if meaning else None,
        received_by=scan.received_by[:NAME_LENGTH],
        pictures=_lines(scan.pictures),
        cod_move=scan.money.move if scan.money else None,
        cod_dong=scan.money.amount_dong if scan.money else None,
    )


def _lines(pictures: Iterable[str]) -> str:
    """As many addresses as there is room for, whole ones only."""
    kept: list[str] = []
    for one in pictures:
        if len("\n".join((*kept, one))) > TEXT_LENGTH:
            break
        kept.append(one)
    return "\n".join(kept)


def key_of(carrier: str, scan: CarrierScan) -> str:
    """What makes two reports the same one: whose, which order, what, when, where."""
    subject = scan.reference or scan.waybill
    moment = scan.occurred_at.isoformat()
    parts = (carrier, subject, scan.vocabulary, scan.raw_code, moment, scan.place)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
