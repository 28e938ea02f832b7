"""The one-stop's own clerks: what they enter day by day, told by the plan and never by our ledger.

A row says what the one-stop system would show at the end of a day. The stand-in runs inside the
demo on loopback and is moved through its control routes, as everything else here over HTTP.
"""

import socket
from collections.abc import Mapping
from datetime import datetime, timedelta

import aiohttp
from aiohttp import web

from postal_bridge.clock import Clock
from postal_bridge.sandbox.onestop import STAND, Credentials, make_onestop
from postal_bridge.sandbox.onestop_state import moment_text
from postal_bridge.sandbox.plans import Channel, DossierPlan, ReturnMode
from postal_bridge.sandbox.province import ProvinceData
from postal_bridge.worktime import WorkCalendar

Row = dict[str, object]

REGISTERED, SENT, DELIVERED = 2, 3, 4
"""`viaPostal` of a dossier whose result goes by post (reference one-stop 3.1)."""

_ORIGINALITY = {Channel.DIRECT: 1, Channel.ONLINE: 2, Channel.POSTAL: 3}


class OtherSide:
    """The stand-in, running on a free port of loopback, and the clerks who feed it."""

    def __init__(self, province: ProvinceData, *, calendar: WorkCalendar, clock: Clock) -> None:
        self._province = province
        self._calendar = calendar
        app = make_onestop(clock=clock)
        self.credentials: Credentials = app[STAND].credentials
        self._runner = web.AppRunner(app, access_log=None)
        self._session: aiohttp.ClientSession | None = None
        self._told: dict[str, Row] = {}
        self.base_url = ""

    async def start(self) -> None:
        """Begin to answer."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Give port and connections back."""
        if self._session is not None:
            await self._session.close()
        await self._runner.cleanup()

    async def enter(self, dossiers: tuple[DossierPlan, ...], *, until: datetime) -> int:
        """Enter what has changed up to a moment, as the clerks do by the evening; says how much."""
        changed = []
        for dossier in dossiers:
            row = self.row(dossier, until)
            if row is not None and self._told.get(dossier.code) != row:
                self._told[dossier.code] = row
                changed.append(row)
        if changed:
            await self.put(changed)
        return len(changed)

    async def put(self, rows: list[Row]) -> list[dict[str, object]]:
        """Make or change rows; gives them as they are stored."""
        answer = await self._control("POST", "/_control/dossiers", {"dossiers": rows})
        stored: list[dict[str, object]] = answer["data"]  # type: ignore[assignment]
        return stored

    async def remove(self, dossier_id: object) -> None:
        """Take a row away."""
        await self._control("DELETE", f"/_control/dossiers/{dossier_id}", None)

    async def _control(
        self, method: str, path: str, body: Mapping[str, object] | None
    ) -> dict[str, object]:
        if self._session is None:
            msg = "the stand-in has not been started"
            raise RuntimeError(msg)
        async with self._session.request(method, self.base_url + path, json=body) as response:
            response.raise_for_status()
            answer: dict[str, object] = await response.json() if response.status == 200 else {}  # noqa: PLR2004
            return answer

    def row(self, plan: DossierPlan, until: datetime) -> Row | None:
        """The dossier as the one-stop shows it at a moment; None before it was received."""
        if plan.received_at > until:
            return None
        procedure = self._province.procedures[plan.procedure_code]
        resolved_at = _until(plan.available_at, until)
        returned_at = _until(plan.returned.at if plan.returned else None, until)
        return {
            "dossierNo": plan.code,
            "serviceCode": plan.procedure_code,
            "serviceName": procedure.name,
            "govAgencyCode": self._province.agency_of(procedure.department),
            "govAgencyName": self._province.places[plan.department].name,
            "domainName": procedure.field,
            "applicantName": plan.applicant.name,
            "applicantIdNo": plan.applicant.identity_number,
            "contactTelNo": plan.applicant.phone,
            "submitDate": moment_text(plan.received_at),
            "receiveDate": moment_text(plan.received_at),
            "dueDate": moment_text(self._promised(plan, until)),
            "releaseDate": moment_text(resolved_at) if resolved_at else "",
            "finishDate": moment_text(returned_at) if returned_at else "",
            "dossierStatus": status(plan, until),
            "viaPostal": _via_postal(plan, until),
            "fromViaPostal": int(plan.channel is Channel.POSTAL),
            "online": plan.channel is Channel.ONLINE,
            "originality": _ORIGINALITY[plan.channel],
        }

    def _promised(self, plan: DossierPlan, until: datetime) -> datetime:
        asked = plan.supplement
        if asked is None or asked.answered_at > until:
            return plan.promised_at
        return self._calendar.resume(
            plan.promised_at, paused_at=asked.requested_at, resumed_at=asked.answered_at
        )


def status(plan: DossierPlan, until: datetime) -> str:
    """The one-stop's own word for the dossier at a moment."""
    returned, asked = plan.returned, plan.supplement
    if returned and returned.at and returned.at <= until:
        return "done"
    if returned and returned.consigned_at and returned.consigned_at <= until:
        back = returned.back_at_desk_at
        return "releasing" if back and back <= until else "posting"
    if plan.available_at and plan.available_at <= until:
        return "releasing"
    if asked and asked.requested_at <= until < asked.answered_at:
        return "waiting"
    begun = plan.out.at_office_at + timedelta(minutes=2) if plan.out else plan.received_at
    return "processing" if begun <= until else "new"


def _via_postal(plan: DossierPlan, until: datetime) -> int:
    if plan.return_mode is not ReturnMode.POSTAL:
        return 0
    returned = plan.returned
    if returned is None or returned.consigned_at is None or returned.consigned_at > until:
        return REGISTERED
    return DELIVERED if returned.at and returned.at <= until else SENT


def _until(moment: datetime | None, until: datetime) -> datetime | None:
    return moment if moment and moment <= until else None
