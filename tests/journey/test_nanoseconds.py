"""Some handhelds tell nanoseconds: whichever way a scan comes, the same one is the same."""

import pytest

from tests.journey.house import Town


@pytest.mark.parametrize("ways", [("short", "told"), ("told", "short")])
async def test_a_scan_told_to_the_nanosecond_is_known_when_it_comes_again(
    town: Town, ways: tuple[str, str]
) -> None:
    item = f"{await town.clerk.receives()}/H1"
    scan = town.courier.scan("load", item)
    scan["at"] = scan["at"].replace("+00:00", ".123456789Z")
    assert scan["at"].endswith("Z")
    for accepted, way in zip((1, 0), ways, strict=True):
        body = {"device": "HH-01", "scans": [scan]}
        if way == "told":  # a clock that is not known yet is measured on the general way
            body["sent_at"] = town.now().isoformat()
        answer = await town.courier.asks("POST", "/scans", body)
        said = answer.body["accepted"], answer.body["duplicates"], answer.body["refused"]
        assert said == (accepted, 1 - accepted, [])
    assert await town.findings() == set()
