"""Whoever starts a stand-in and copies the settings that it prints is connected with it."""

import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from postal_bridge.clock import SystemClock
from postal_bridge.connections import make_connections, make_onestop
from postal_bridge.errors import Misuse
from postal_bridge.onestop.national_portal import DvcNationalPortal
from postal_bridge.sandbox.profiles import OF_SYSTEM, PORTAL, imitated, profile_of
from postal_bridge.sandbox.running import opened_app
from postal_bridge.sections import NationalPortalSettings, OneStopSettings
from postal_bridge.settings import load_settings
from postal_bridge.tracking.carrier_ports import Verifies
from postal_bridge.tracking.identifiers import Identifiers
from tests.doors.carriers.wires import KeptCalls

DEFAULTS = tomllib.loads(Path("config/default.toml").read_text(encoding="utf-8"))


def section(name: str, printed: str) -> dict[str, Any]:
    told = tomllib.loads(printed)[name]
    assert told.keys() <= DEFAULTS[name].keys()
    return {**DEFAULTS[name], **told}


@pytest.mark.parametrize("profile", ["opencps", "tandan", "igate"])
async def test_a_one_stop_stand_in_is_reached_with_what_it_prints(profile: str) -> None:
    stand_in = imitated(profile, clock=SystemClock())
    async with opened_app(stand_in.app, port=0) as url:
        settings = OneStopSettings(**section("onestop", stand_in.settings_at(url)))
        adapter = make_onestop(settings)
        assert adapter is not None
        assert adapter.name == profile
        await adapter.check()
        assert await adapter.find("000.00.04.H37-190110-0001") is None
        await adapter.close()


async def test_the_national_portal_is_reached_with_what_its_stand_in_prints() -> None:
    stand_in = imitated(PORTAL, clock=SystemClock())
    async with opened_app(stand_in.app, port=0) as url:
        settings = NationalPortalSettings(
            **section("national_portal", stand_in.settings_at(url)),
        )
        portal = DvcNationalPortal(settings, clock=SystemClock())
        await portal.check()
        assert [one.code for one in await portal.procedures()] == [
            "1.000390",
            "1.013830",
            "2.002139",
        ]
        await portal.close()


@pytest.mark.parametrize("kind", OF_SYSTEM["carriers"])
async def test_a_carriers_stand_in_is_reached_with_what_it_prints(
    kind: str, tmp_path: Path
) -> None:
    stand_in = imitated(profile_of("carriers", kind), clock=SystemClock())
    async with opened_app(stand_in.app, port=0) as url:
        overlay = tmp_path / "hang.toml"
        overlay.write_text(stand_in.settings_at(url), encoding="utf-8")
        settings = load_settings({"PB_CONFIG": str(overlay)})
        built = make_connections(
            settings,
            clock=SystemClock(),
            log=KeptCalls(),
            identifiers=Identifiers(random.Random(1)),
        )
        name = stand_in.section.partition(".")[2]
        carrier = built[name].connection.carrier
        assert isinstance(carrier, Verifies)
        assert (await carrier.verify()).well
        await carrier.close()


def test_a_profile_of_another_system_is_misuse() -> None:
    with pytest.raises(Misuse, match="opencps"):
        profile_of("onestop", "vnpost_ngsp")
    assert profile_of("vnpost", None) == "vnpost_ngsp"
