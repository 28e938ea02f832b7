"""What the demo shows at the end, read from the API's answers, and whether everything agrees."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from postal_bridge.clock import day_bounds
from postal_bridge.demo.client import Clients, Request
from postal_bridge.demo.homecoming import Homecoming
from postal_bridge.demo.morning import Morning
from postal_bridge.demo.planted import Planted
from postal_bridge.demo.score import Score
from postal_bridge.journey import Stage
from postal_bridge.sandbox.month import NOTARY, POWER_COMPANY
from postal_bridge.sandbox.province import MonthFigures


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the API said at the end, as it said it."""

    statistics: dict[str, Any]
    night: dict[str, Any]
    discrepancies: list[dict[str, Any]]
    outstanding: list[dict[str, Any]]
    traces: dict[str, dict[str, Any]]
    items: Counter[str]
    homecoming: Homecoming = field(default_factory=Homecoming)
    morning: Morning | None = None
    printed: Sequence[Path] = ()

    @property
    def supplements_out(self) -> int:
        """Supplements that were carried out."""
        return self.items["supplement"]

    @property
    def requests_back(self) -> int:
        """Supplement requests that were carried back."""
        return self.items["supplement_request"]

    @property
    def files_out(self) -> int:
        """Application files that were carried out."""
        return int(self.statistics["carried_out"]) - self.supplements_out

    @property
    def results_back(self) -> int:
        """Results that were carried back."""
        return int(self.statistics["carried_back"]) - self.requests_back


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The figures, and what of them does not agree; `disagreements` is empty when all is well."""

    figures: dict[str, Any]
    disagreements: tuple[str, ...]
    false_alarms: tuple[dict[str, Any], ...] = field(default=())


async def ask_everything(
    clients: Clients, supervisor: str, *, score: Score, at: datetime
) -> Answers:
    """Run the nightly reconciliation and ask for everything that is shown."""
    day = score.last_day.isoformat()
    await clients.send(
        supervisor,
        Request(
            method="POST",
            path="/reconciliations",
            at=at,
            key=f"thang-1:doi-soat:{day}",
            body={"date": day},
        ),
    )
    night = await clients.ask(supervisor, f"/reconciliations/{day}", at=at)
    cases = await clients.ask(supervisor, "/discrepancies", at=at, query={"state": "open"})
    period = {"from": score.first_day.isoformat(), "to": day}
    statistics = await clients.ask(supervisor, "/statistics", at=at, query=period)
    outstanding = (await clients.ask(supervisor, "/transfers/outstanding", at=at))["transfers"]
    traces = {}
    # A short replay stops in the middle of things: then there is more outstanding than is read.
    for item in outstanding[:5]:
        code = item["item_code"]
        traces[code] = await clients.ask(supervisor, f"/items/{code}", at=at)
    return Answers(
        statistics=statistics,
        night=night,
        discrepancies=cases["discrepancies"],
        outstanding=outstanding,
        traces=traces,
        items=await _count_items(clients, supervisor, at=at),
    )


async def _count_items(clients: Clients, supervisor: str, *, at: datetime) -> Counter[str]:
    """How many items of each kind there are: the whole list, page after page."""
    found = Counter[str]()
    query = {"limit": "500", "state": ",".join(Stage)}
    while True:
        page = await clients.ask(supervisor, "/transfers", at=at, query=query)
        found.update(one["kind"] for one in page["transfers"])
        if "next" not in page:
            return found
        query = {**query, "after": page["next"]}


def judge(answers: Answers, planted: Planted, *, score: Score, figures: MonthFigures) -> Verdict:
    """Hold what the API says against what was planned, published and planted."""
    shown = _figures(answers, planted)
    known = {(kind.value, code) for kind, code in planted.pairs}
    found = {(case["kind"], case["dossier_code"]) for case in answers.discrepancies}
    alarms = [c for c in answers.discrepancies if (c["kind"], c["dossier_code"]) not in known]
    shown["false_alarms"] = len(alarms)
    wrong = [
        f"{name}: {shown[name]} ≠ {wanted}"
        for name, wanted in {**_planned(score), **_published(score, figures)}.items()
        if shown[name] != wanted
    ]
    home = answers.homecoming
    wrong += [
        f"{carrier}: {home.delivered[carrier]} ≠ {count} phát thành công / delivered"
        for carrier, count in home.planned.items()
        if home.delivered[carrier] != count
    ]
    wrong += _lost_in_the_morning(answers.morning)
    wrong += [f"không tìm thấy / not found: {kind} {code}" for kind, code in sorted(known - found)]
    wrong += [f"báo nhầm / false alarm: {c['kind']} {c['dossier_code']}" for c in alarms]
    return Verdict(figures=shown, disagreements=tuple(wrong), false_alarms=tuple(alarms))


def _lost_in_the_morning(morning: Morning | None) -> list[str]:
    """Everybody who asked is in one round, or in doubt, or was told why not."""
    if morning is None:
        return []
    asked = Counter(one["request"]["number"] for one in morning.asked)
    told = Counter(stop["number"] for one in morning.rounds for stop in one["stops"])
    told += Counter(one["request"] for one in morning.plan.get("unserved", ()))
    told += Counter(
        one["request"]["number"] for one in morning.asked if one["request"]["state"] == "asked"
    )
    return [
        f"lịch hẹn / request {number}: {told[number]} ≠ 1"
        for number in sorted(asked | told)
        if told[number] != 1
    ]


def _figures(answers: Answers, planted: Planted) -> dict[str, Any]:
    statistics = answers.statistics
    total, offices = statistics["total"], statistics["departments"]
    found = Counter(case["kind"] for case in answers.discrepancies)
    return {
        "received": total["received"],
        "resolved": total["resolved"],
        "resolved_on_time": total["on_time"],
        "in_progress": total["in_progress"],
        "returned": total["returned"],
        "refused": total["refused"],
        "notarial": offices.get(NOTARY, {}).get("received", 0),
        "electricity": offices.get(POWER_COMPANY, {}).get("received", 0),
        "carried_out": statistics["carried_out"],
        "carried_back": statistics["carried_back"],
        "outstanding": [
            {
                "item": one["item_code"],
                "holder": one["holder_name"],
                "place": one["place_name"],
                "since": one["since"],
            }
            for one in answers.outstanding
        ],
        "fee_receipts": statistics["fee_receipts"],
        "fees_vnd": statistics["fees_vnd"],
        "exemptions": statistics["exemptions"],
        "home_by_carrier": dict(sorted(answers.homecoming.delivered.items())),
        "visits_asked": len(answers.morning.asked) if answers.morning else 0,
        "planted": planted.counts,
        "found": {kind: found[kind] for kind in planted.counts | found},
        "ledger_events": statistics["ledger_events"],
        "ledger_root": statistics.get("ledger_root"),
    }


def _planned(score: Score) -> dict[str, int]:
    """What must come out of the days that were played."""
    end = day_bounds(score.last_day)[1]
    dossiers = score.dossiers
    resolved = sum(d.available_at is not None and d.available_at < end for d in dossiers)
    # A fee is paid a moment after intake, always on the same day.
    paid = [d.fee.amount_vnd for d in dossiers if d.fee and not d.fee.exempt_basis]
    return {
        "received": len(dossiers),
        "resolved": resolved,
        "resolved_on_time": resolved,
        "in_progress": len(dossiers) - resolved,
        "returned": sum(
            bool(d.returned and d.returned.at and d.returned.at < end) for d in dossiers
        ),
        "refused": len(score.refused),
        "carried_out": sum(moment < end for moment in _carried_out(score)),
        "carried_back": sum(moment < end for moment in _carried_back(score)),
        "fee_receipts": len(paid),
        "fees_vnd": sum(paid),
    }


def _carried_out(score: Score) -> Iterator[datetime]:
    for dossier in score.dossiers:
        if dossier.out:
            yield dossier.out.at_office_at
        if dossier.supplement:
            yield dossier.supplement.out.at_office_at


def _carried_back(score: Score) -> Iterator[datetime]:
    for dossier in score.dossiers:
        if dossier.back:
            yield dossier.back.back_at
        if dossier.supplement:
            yield dossier.supplement.back.back_at


def _published(score: Score, figures: MonthFigures) -> dict[str, int]:
    """What the news page states, once the whole month has been played."""
    if not score.whole:
        return {}
    stated = figures.published
    return {
        "received": stated.received,
        "resolved": stated.resolved,
        "resolved_on_time": stated.resolved_on_time,
        "in_progress": stated.in_progress,
        "notarial": stated.notarial,
        "electricity": stated.electricity,
        "carried_out": stated.carried_out,
        "carried_back": stated.carried_back,
        "fee_receipts": stated.fee_receipts,
        "fees_vnd": figures.division.fees_vnd,
        "exemptions": figures.division.exempt,
    }
