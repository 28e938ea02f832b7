"""The way of an item: where it is, and every step that brought it there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from postal_bridge.clock import format_local
from postal_bridge.dossiers.records import Place
from postal_bridge.identity import CARRIER, NIGHT
from postal_bridge.journey import ACT_NAMES, KIND_NAMES, STAGE_NAMES, Act, Direction, HolderAfter
from postal_bridge.tracking.carriage import Carriage, carriages_of
from postal_bridge.tracking.carrier_records import (
    MILESTONE_NAMES,
    ORDER_STATE_NAMES,
    CarrierEvent,
)
from postal_bridge.tracking.custody import Step, whole_way
from postal_bridge.tracking.milestones import Report
from postal_bridge.tracking.records import INCIDENT_NAMES, Incident, Position
from postal_bridge.web.html import Child, Element, el
from postal_bridge.web.ports import PageWork
from postal_bridge.web.words import how_long, sentence

DIRECTION_NAMES = {
    Direction.OUT: "từ Trung tâm đi sở, ngành",
    Direction.BACK: "từ sở, ngành về Trung tâm",
}


@dataclass(frozen=True)
class Names:
    """What places and members of staff are called."""

    places: Mapping[str, Place]
    people: Mapping[str, str]

    def place(self, code: str) -> str:
        """A place's name, or its code where nobody knows it."""
        found = self.places.get(code)
        return found.name if found else code

    def person(self, username: str) -> str:
        """A person's name, or the user name where nobody knows it."""
        return self.people.get(username, username)

    def holder(self, position: Position) -> str:
        """Who holds an item: a desk, a person, a carrier, or the pouch and who bears that."""
        bearer = self._bearer(position)
        if position.sealed and position.pouch:
            return f"{bearer}, trong túi {position.pouch}"
        return bearer

    def _bearer(self, position: Position) -> str:
        match position.custodian_kind:
            case HolderAfter.PERSON:
                return self.person(position.custodian)
            case HolderAfter.CITIZEN:
                return "Công dân"
            case HolderAfter.CARRIER:
                return f"Đơn vị phát {self.person(position.custodian)}"
            case HolderAfter.DESK | HolderAfter.POUCH | HolderAfter.SAME:
                return self.place(position.custodian)


@dataclass(frozen=True)
class Way:
    """An item's position with the steps that led to it."""

    position: Position
    steps: Sequence[Step]


async def read_names(work: PageWork) -> Names:
    """The names of all places and members of staff."""
    staff = await work.inbound.all_staff()
    return Names(
        places={place.code: place for place in await work.catalogue.places()},
        people={
            **{one.username: one.name for one in (NIGHT, CARRIER)},
            **{one.username: one.name for one in staff},
        },
    )


async def read_way(work: PageWork, position: Position) -> Way:
    """The steps of an item whose position is known."""
    events = await work.custody.history(position.item_code)
    return Way(position, whole_way(position.kind, events))


@dataclass(frozen=True)
class ItemData:
    """What the page of one item shows."""

    way: Way
    incidents: Sequence[Incident]
    names: Names
    carriages: Sequence[Carriage] = ()


async def read_item(work: PageWork, code: str) -> ItemData | None:
    """Everything about one item; None where there is no such item."""
    tracked = await work.custody.find(code)
    if tracked is None or tracked.position is None:
        return None
    return ItemData(
        way=await read_way(work, tracked.position),
        incidents=await work.incidents.about(code),
        names=await read_names(work),
        carriages=await carriages_of(work, code),
    )


def item_page(data: ItemData, *, now: datetime) -> list[Child]:
    """The page of one item."""
    position = data.way.position
    kind, direction = KIND_NAMES[position.kind][0], DIRECTION_NAMES[position.direction]
    return [
        el("p", el("a", "← Về bảng theo dõi", href="/bang"), class_="back"),
        el("h1", "Hành trình bưu gửi ", el("span", position.item_code, class_="code")),
        el("p", f"{sentence(kind)}, {direction}; hồ sơ {position.dossier_code}.", class_="lead"),
        el(
            "section",
            el("h2", "Hiện ở đâu"),
            whereabouts(data.way, names=data.names, now=now),
            class_="card",
        ),
        _incidents(data) if data.incidents else None,
        el("section", el("h2", "Các bước đã ghi"), steps(data.way, data.names), class_="card"),
        [_carriage(one) for one in data.carriages if one.reports],
    ]


def whereabouts(way: Way, *, names: Names, now: datetime) -> Element:
    """Who holds the item, where, since when and for how long; and whom to ask about it."""
    position = way.position
    last = next((step.event for step in reversed(way.steps) if step.moved), None)
    facts = (
        ("Người giữ", names.holder(position)),
        ("Nơi", names.place(position.place)),
        ("Tình trạng", sentence(STAGE_NAMES[position.stage][0])),
        ("Từ lúc", format_local(position.since)),
        ("Đã", how_long(position.since, now)),
        ("Người ghi nhận", names.person(last.actor) if last else "–"),
    )
    return el(
        "dl",
        [el("div", el("dt", name), el("dd", value)) for name, value in facts],
        class_="facts",
    )


def steps(way: Way, names: Names) -> Element:
    """The trace: when, what, where, by whom; oldest first."""
    return el("ol", [_step(step, names) for step in way.steps], class_="trace")


def _step(step: Step, names: Names) -> Element:
    event = step.event
    papers = [
        el("span", f"{word} {number}")
        for word, number in (("túi", event.pouch), ("biên bản", event.handover))
        if number
    ]
    return el(
        "li",
        el("time", format_local(event.occurred_at), datetime=event.occurred_at.isoformat()),
        el("strong", sentence(ACT_NAMES[event.act][0])),
        el("span", names.place(event.place), class_="place"),
        el("span", names.person(event.actor), class_="by"),
        el("span", papers, _remark(step), class_="papers"),
    )


def _remark(step: Step) -> Element | None:
    if step.struck:
        return el("span", "đã đính chính, không tính", class_="tag")
    if step.event.act is Act.CORRECT:
        return None
    if not step.moved:
        return el("span", "đến muộn, không đổi vị trí", class_="tag")
    if not step.regular:
        return el("span", "ngoài trình tự", class_="tag")
    return None


def _carriage(carriage: Carriage) -> Element:
    """What a carrier told of a consignment; beside the ledger, as it was said."""
    order = carriage.order
    names = [f"vận đơn {carriage.consignment.number}"]
    if order is not None and order.waybill:
        names.append(f"số hiệu {order.waybill}")
    if order is not None:
        names.append(ORDER_STATE_NAMES[order.state][0])
    return el(
        "section",
        el("h2", f"Hãng {carriage.consignment.carrier} báo"),
        el("p", "; ".join(names), class_="lead"),
        el("ol", [_report(one) for one in carriage.reports], class_="trace"),
        class_="card",
    )


def _report(report: Report) -> Element:
    event = report.event
    meant = MILESTONE_NAMES[event.milestone][0] if event.milestone else "mã lạ"
    remark = None if report.moved else el("span", "không đổi vị trí", class_="tag")
    return el(
        "li",
        el("time", format_local(event.occurred_at), datetime=event.occurred_at.isoformat()),
        el("strong", sentence(meant)),
        el("span", event.place or "–", class_="place"),
        el("span", _said(event), class_="by"),
        el("span", remark, class_="papers"),
    )


def _said(event: CarrierEvent) -> str:
    """Code and words; some carriers have no code besides their words."""
    words = (event.raw_code, event.raw_text)
    return " ".join(dict.fromkeys(one for one in words if one))


def _incidents(data: ItemData) -> Element:
    return el(
        "section",
        el("h2", "Sự cố đang mở"),
        el("ul", [el("li", incident_line(one, data.names)) for one in data.incidents]),
        class_="card warn",
    )


def incident_line(incident: Incident, names: Names) -> str:
    """An incident in one line, without what people wrote about it."""
    kind = sentence(INCIDENT_NAMES[incident.kind][0])
    where, who = names.place(incident.place), names.person(incident.opened_by)
    return f"{kind}, tại {where}, {who} báo lúc {format_local(incident.opened_at)}"
