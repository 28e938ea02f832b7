"""The section [onestop] chooses an adapter; one that cannot work names its key at once."""

import pytest

from postal_bridge.connections import make_onestop
from postal_bridge.errors import Misuse
from postal_bridge.onestop.igate import IGate
from postal_bridge.onestop.opencps import OpenCps
from postal_bridge.onestop.tandan import TanDan
from postal_bridge.sections import OneStopSettings
from postal_bridge.settings import load_settings

ADDRESS = "http://onestop.example"


def section(**changes: str) -> OneStopSettings:
    given = {"base_url": ADDRESS, "client_id": "c", "token_url": f"{ADDRESS}/token", **changes}
    variables = {f"PB_ONESTOP__{key.upper()}": value for key, value in given.items()}
    return load_settings(variables).onestop


@pytest.mark.parametrize(
    ("profile", "made"), [("opencps", OpenCps), ("tandan", TanDan), ("igate", IGate)]
)
async def test_the_profile_chooses_the_adapter(profile: str, made: type) -> None:
    adapter = make_onestop(section(profile=profile))
    assert adapter is not None
    assert isinstance(adapter, made)
    assert adapter.name == profile
    await adapter.close()


@pytest.mark.parametrize(
    ("profile", "key", "value"),
    [
        ("opencps", "base_url", "onestop.example"),
        ("opencps", "page_size", "5000"),
        ("tandan", "base_url", "onestop.example"),
        ("tandan", "page_size", "5000"),
        ("igate", "base_url", "onestop.example"),
        ("igate", "client_id", ""),
        ("igate", "token_url", ""),
    ],
)
def test_a_section_that_cannot_work_names_its_key(profile: str, key: str, value: str) -> None:
    settings = section(profile=profile, **{key: value})
    with pytest.raises(Misuse, match=rf"\[onestop\] {key}"):
        make_onestop(settings)


def test_without_an_address_there_is_no_adapter() -> None:
    assert make_onestop(section(base_url="")) is None
