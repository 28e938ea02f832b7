"""The carriers of the demo: stand-ins on loopback, and what happens to the results they carry.

VNPost takes orders over NGSP and tells of them in its feed. Another batch is handed in over the
counter with a number on the receipt, and followed over TrackAndTrace. What happens, the plan
tells, at its moments; it is put on the other side of the wire in the evening of each day.
"""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

import aiohttp
from aiohttp import web

from postal_bridge.clock import Clock
from postal_bridge.codes import make_consignment_number, make_s10
from postal_bridge.sandbox.carriers.vnpost_ngsp import VNPOST_NGSP
from postal_bridge.sandbox.plans import AttemptOutcome, DossierPlan
from postal_bridge.sandbox.profiles import Imitated, imitated

VNPOST, COUNTER, OWN_FLEET = "vnpost", "vnpost_soap", "own_fleet"
SETTINGS_FILE = "carriers.toml"

_HOME_LEG, _FIRST_ATTEMPT = 1, 1
_DELIVERED_CODE = 4
_SERIALS = 100_000_000
_A_REPLAY = timedelta(days=400)
"""Tokens live on while the replay's clock runs through a month in a minute."""

_ON_THE_WAY = timedelta(hours=2)
_DEALT = (VNPOST, OWN_FLEET, COUNTER, VNPOST, OWN_FLEET)
"""How results are dealt out among those that are delivered at the first knock."""


def carrier_of(plan: DossierPlan) -> str | None:
    """Who takes a result home; none where it is not sent.

    The post's own couriers knock a second time and bring back; of VNPost's codes only "delivered"
    is published, so it takes what is delivered at once.
    """
    if plan.returned is None or plan.returned.consigned_at is None:
        return None
    outcomes = [one.outcome for one in plan.returned.attempts]
    if outcomes != [AttemptOutcome.DELIVERED]:
        return OWN_FLEET
    return _DEALT[_serial(plan) % len(_DEALT)]


def number_of(plan: DossierPlan) -> str:
    """The number of the result's one consignment."""
    return make_consignment_number(plan.code, _HOME_LEG, _FIRST_ATTEMPT)


def receipt_of(plan: DossierPlan) -> str:
    """The number on the receipt of a result that is handed in over the counter."""
    return make_s10("CT", _serial(plan))


def _serial(plan: DossierPlan) -> int:
    """A number made from the dossier's code, so it is the same in every replay."""
    return crc32(plan.code.encode()) % _SERIALS


class CarrierSide:
    """Both stand-ins, each on a free port of loopback."""

    def __init__(self, *, clock: Clock) -> None:
        self._stands: dict[str, Imitated] = {
            VNPOST: imitated("vnpost_ngsp", clock=clock),
            COUNTER: imitated("vnpost_soap", clock=clock),
        }
        ngsp = self._stands[VNPOST].app[VNPOST_NGSP]
        ngsp.credentials = replace(ngsp.credentials, token_life=_A_REPLAY)
        self._runners = {
            name: web.AppRunner(one.app, access_log=None) for name, one in self._stands.items()
        }
        self._urls: dict[str, str] = {}
        self._session: aiohttp.ClientSession | None = None
        self._told: set[str] = set()

    async def start(self, folder: Path) -> Path:
        """Begin to answer; gives the settings file that connects with both."""
        for name, runner in self._runners.items():
            listening = socket.create_server(("127.0.0.1", 0))
            self._urls[name] = f"http://127.0.0.1:{listening.getsockname()[1]}"
            await runner.setup()
            await web.SockSite(runner, listening).start()
        self._session = aiohttp.ClientSession()
        sections = [
            f"{one.settings_at(self._urls[name])}\nlook_minutes = 1"
            for name, one in self._stands.items()
        ]
        file = folder / SETTINGS_FILE
        file.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
        return file.absolute()

    async def stop(self) -> None:
        """Give ports and connections back."""
        if self._session is not None:
            await self._session.close()
        for runner in self._runners.values():
            await runner.cleanup()

    async def happen(self, dossiers: Sequence[DossierPlan], *, until: datetime) -> None:
        """Let happen what the plan says until a moment, oldest first, each once."""
        delivered = sorted(
            (plan.returned.at, plan.code, plan)
            for plan in dossiers
            if plan.returned and plan.returned.at and plan.returned.at <= until
        )
        events: dict[str, list[Mapping[str, object]]] = {VNPOST: [], COUNTER: []}
        for at, code, plan in delivered:
            carrier = carrier_of(plan)
            if carrier not in events or code in self._told:
                continue
            self._told.add(code)
            events[carrier] += _ngsp(plan, at) if carrier == VNPOST else _track_and_trace(plan, at)
        for name, some in events.items():
            if some:
                await self._put(name, some)

    async def _put(self, name: str, events: Sequence[Mapping[str, object]]) -> None:
        if self._session is None:
            msg = "the stand-ins have not been started"
            raise RuntimeError(msg)
        url = f"{self._urls[name]}/_control/events"
        async with self._session.post(url, json=list(events)) as response:
            response.raise_for_status()


def _ngsp(plan: DossierPlan, at: datetime) -> list[Mapping[str, object]]:
    return [
        {
            "OrderNumber": number_of(plan),
            "StatusCode": _DELIVERED_CODE,
            "StatusMessage": "Phát thành công",
            "EventTime": int(at.timestamp() * 1000),
        }
    ]


def _track_and_trace(plan: DossierPlan, at: datetime) -> list[Mapping[str, object]]:
    item = receipt_of(plan)
    consigned = plan.returned.consigned_at if plan.returned else None
    taken = (consigned or at) + timedelta(minutes=20)
    told = ((taken, "Chấp nhận gửi"), (max(taken, at - _ON_THE_WAY), "Đang phát"))
    events: list[Mapping[str, object]] = [
        {"itemCode": item, "StatusText": text, "at": moment.isoformat()} for moment, text in told
    ]
    return [*events, {"itemCode": item, "IsDeliverable": "true", "at": at.isoformat()}]
