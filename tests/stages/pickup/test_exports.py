"""A round for maps and calendars."""

import json
import re
from datetime import timedelta

import pytest

from postal_bridge.pickup.exports import LONGEST_LINE, round_geojson, round_ics
from tests.doors.printing.rounds import BEGINS, DEPOT, a_sheet, a_stop

STOPS = (a_stop(1), a_stop(2, note="Cổng sau; gọi trước,\nđừng bấm chuông"), a_stop(3, trip=1))


def unfolded(content: bytes) -> list[str]:
    return content.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_map_has_the_office_the_stops_and_a_line_for_each_trip(language: str) -> None:
    told = json.loads(json.dumps(round_geojson(a_sheet(*STOPS), language)))
    shapes = [(one["properties"]["role"], one["geometry"]["type"]) for one in told["features"]]
    assert shapes == [
        ("office", "Point"), *[("stop", "Point")] * 3, *[("trip", "LineString")] * 2,
    ]  # fmt: skip
    depot = [DEPOT.lon, DEPOT.lat]
    assert told["features"][0]["geometry"]["coordinates"] == depot
    line = told["features"][4]["geometry"]["coordinates"]
    assert (line[0], line[-1], len(line)) == (depot, depot, 4)
    names = {"vi": "thu gom tại nhà", "en": "collection at home"}
    assert told["features"][1]["properties"]["kind_name"] == names[language]


def test_the_map_names_nobody() -> None:
    told = json.dumps(round_geojson(a_sheet(*STOPS)), ensure_ascii=False)
    for private in ("Nông", "0912000123", "Trần Đăng Ninh"):
        assert private not in told


def test_every_stop_is_an_event_with_its_own_name_for_ever() -> None:
    lines = unfolded(round_ics(a_sheet(*STOPS)))
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    uids = [line for line in lines if line.startswith("UID:")]
    assert uids == [
        "UID:leave@TX-261124-0001-5",
        *(f"UID:{stop.number}@TX-261124-0001-5" for stop in STOPS),
        "UID:lunch@TX-261124-0001-5",
        "UID:back@TX-261124-0001-5",
    ]
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == len(uids)
    arrives = BEGINS + timedelta(minutes=9)
    assert f"DTSTART:{arrives:%Y%m%dT%H%M%SZ}" in lines
    assert lines.count("SEQUENCE:2") == len(uids)


def test_words_are_escaped_and_long_lines_folded_between_letters() -> None:
    content = round_ics(a_sheet(*STOPS))
    for line in content.split(b"\r\n"):
        assert len(line) <= LONGEST_LINE
        line.decode()
    lines = unfolded(content)
    assert "DESCRIPTION:Cổng sau\\; gọi trước\\,\\nđừng bấm chuông" in lines
    assert not re.search(rb"(?<!\r)\n", content)


def test_a_round_without_stops_is_a_calendar_too() -> None:
    lines = unfolded(round_ics(a_sheet(lunch=None), "en"))
    assert [line for line in lines if line.startswith("SUMMARY")] == [
        "SUMMARY:Leave: Bưu điện tỉnh Lạng Sơn",
        "SUMMARY:Back at Bưu điện tỉnh Lạng Sơn",
    ]
