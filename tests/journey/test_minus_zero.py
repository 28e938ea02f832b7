"""A handheld on the equator says -0.0 degrees: SQLite drops the sign, so no hash may know of it."""

from tests.journey.house import Town

ON_THE_EQUATOR = {"latitude": -0.0, "longitude": -0.0}


async def test_minus_zero_degrees_do_not_look_like_an_edited_row(town: Town) -> None:
    for way in ({}, {"sent_at": "now"}):  # the short way, and the one of a clock not known yet
        item = f"{await town.clerk.receives()}/H1"
        scan = town.courier.scan("load", item, geo=ON_THE_EQUATOR)
        body = {"device": "HH-01", "scans": [scan], **dict.fromkeys(way, town.now().isoformat())}
        for accepted in (1, 0):
            answer = await town.courier.asks("POST", "/scans", body)
            said = answer.body["accepted"], answer.body["duplicates"]
            assert said == (accepted, 1 - accepted), answer.body
    assert await town.findings() == set()
