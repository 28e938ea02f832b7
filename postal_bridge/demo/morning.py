"""The demo's last evening: citizens of Lạng Sơn ask to be visited, and the next morning is planned."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from postal_bridge.demo.client import Clients, Request
from postal_bridge.demo.score import Score
from postal_bridge.demo.staffing import Staffing

OFFICE = "BDT"
VISITS = 24
_SECONDS = 2.0
_SEED = 468


@dataclass(frozen=True)
class Morning:
    """What was asked for and planned.

    Attributes:
        asked: requests as the service answered.
        rounds: with their stops.
        plan: how planning went, with who could not be served.
        sheets: the rounds' sheets as PDF.
    """

    day: date
    asked: Sequence[dict[str, Any]] = ()
    rounds: Sequence[dict[str, Any]] = ()
    plan: dict[str, Any] = field(default_factory=dict)
    sheets: Sequence[Path] = ()

    @property
    def in_doubt(self) -> int:
        """Addresses that a person has to look at before anybody is sent there."""
        return sum(one["request"]["state"] == "asked" for one in self.asked)


async def plan_morning(
    clients: Clients, staffing: Staffing, score: Score, *, day: date, at: datetime, folder: Path
) -> Morning:
    """Ask for visits at the addresses of the first applicants, plan their morning, print it.

    Args:
        clients: the staff, over the web API.
        staffing: who does what.
        score: whose applicants ask.
        day: the morning that is planned.
        at: the moment at which all this happens.
        folder: where the sheets are written.
    """
    asked = [
        await clients.send(
            staffing.clerk(number),
            Request(method="POST", path="/pickups", at=at, key=f"hen:{day}:{number}", body=body),
        )
        for number, body in enumerate(_wishes(score, day))
    ]
    wanted = {"office": OFFICE, "date": day.isoformat(), "seconds": _SECONDS, "seed": _SEED}
    planning = Request(method="POST", path="/rounds", at=at, key=f"tuyen:{day}", body=wanted)
    planned = await clients.send(staffing.supervisor, planning)
    rounds, sheets = [], []
    for one in planned["rounds"]:
        path = f"/rounds/{one['number']}"
        rounds.append(await clients.ask(staffing.supervisor, path, at=at))
        sheet = folder / f"{one['number']}.pdf"
        sheet.write_bytes(await clients.fetch(staffing.supervisor, f"{path}.pdf", at=at))
        sheets.append(sheet)
    (plan,) = planned["plans"]
    return Morning(day, asked, rounds, plan, sheets)


def _wishes(score: Score, day: date) -> list[dict[str, object]]:
    applicants = [plan.applicant for plan in score.dossiers][:VISITS]
    return [
        {
            "office": OFFICE,
            "day": day.isoformat(),
            "half": "morning",
            "name": one.name,
            "phone": one.phone,
            "address": one.address,
            "items": 1 + number % 3,
        }
        for number, one in enumerate(applicants)
    ]
