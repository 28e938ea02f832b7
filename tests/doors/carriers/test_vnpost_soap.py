"""VNPost's TrackAndTrace, spoken to over real HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from lxml import etree

from postal_bridge.carriers.soap_transport import SoapRefusal
from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.carriers.vnpost_soap import WSDL, VnpostSoap
from postal_bridge.errors import Accident, Misuse
from postal_bridge.sandbox.carriers.vnpost_soap import PATH, SoapSwitch
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.tracking.carrier_ports import capabilities_of
from postal_bridge.tracking.carrier_records import Milestone
from postal_bridge.tracking.carrier_values import (
    Capability,
    CarrierMisread,
    CarrierScan,
    CarrierUnavailable,
    Placed,
)
from tests.doors.carriers.stand_vnpost_soap import (
    ITEM,
    TrackAndTraceTown,
    opened_vnpost_soap,
    settings_of,
)
from tests.doors.carriers.wires import NOW, REFERENCE, a_clock, a_wire

PLACED = Placed(reference=REFERENCE, carrier_number=REFERENCE, waybill=ITEM)
HOUR = timedelta(hours=1)


@pytest.fixture
async def town() -> AsyncIterator[TrackAndTraceTown]:
    async with opened_vnpost_soap() as opened:
        yield opened


async def the_item_moves(town: TrackAndTraceTown) -> None:
    await town.happens(REFERENCE, "Chấp nhận gửi", NOW)
    await town.happens(REFERENCE, "IsDeliverable=true", NOW + HOUR)


def a_scan(raw_code: str, at: datetime, **facts: Any) -> CarrierScan:
    return CarrierScan(
        vocabulary="vnpost_soap",
        raw_code=raw_code,
        occurred_at=at,
        reference=REFERENCE,
        waybill=ITEM,
        place="Bưu cục Lạng Sơn",
        **facts,
    )


@pytest.mark.parametrize("switches", [(), (SoapSwitch.NO_SCHEMA,)])
async def test_positions_and_attempts_are_told_in_local_time(
    town: TrackAndTraceTown, switches: tuple[str, ...]
) -> None:
    town.switch(*switches)
    await town.happens(REFERENCE, "Chấp nhận gửi", datetime(2019, 1, 9, 17, 30, 5, tzinfo=UTC))
    words = {"itemCode": ITEM, "IsDeliverable": "false", "CauseCode": "12"}
    town.stand.happens(words, NOW)
    assert await town.carrier.scans(PLACED) == [
        a_scan(
            "Chấp nhận gửi",
            datetime(2019, 1, 9, 17, 30, 5, tzinfo=UTC),
            raw_text="Chấp nhận gửi",
        ),
        a_scan("IsDeliverable=false", NOW, raw_text="Phát không thành công", note="CauseCode 12"),
    ]
    # In Lạng Sơn it was half past midnight of the next day.
    assert town.stand.items[ITEM].positions[0]["Date"] == "10/01/2019"


async def test_the_question_is_written_as_the_carrier_wants_it(town: TrackAndTraceTown) -> None:
    assert list(await town.carrier.scans(PLACED)) == []
    [asked] = town.stand.log.of("track")
    assert asked.status == 200
    headers = dict(asked.headers)
    assert headers["SOAPAction"] == '"vnpost.ws/TrackAndTrace_Items"'
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    root = etree.fromstring(asked.body.encode())
    [header] = root.findall(".//{vnpost.ws}UserCredentical")
    assert [(one.tag, one.text) for one in header] == [
        ("{vnpost.ws}user", "langson"),
        ("{vnpost.ws}pass", "***"),
    ]
    assert root.findtext(".//{vnpost.ws}TrackAndTrace_Items/{vnpost.ws}itemCode") == ITEM


async def test_an_order_without_a_waybill_is_asked_for_by_the_carriers_number(
    town: TrackAndTraceTown,
) -> None:
    await the_item_moves(town)
    told = await town.carrier.scans(Placed(reference=REFERENCE, carrier_number=ITEM))
    assert [one.waybill for one in told] == [ITEM, ITEM]


@pytest.mark.parametrize(
    "fault",
    [
        FaultKind.SERVER_ERROR,
        FaultKind.TOO_MANY,
        FaultKind.TIMEOUT,
        FaultKind.CONNECTION_LOST,
        FaultKind.REPLY_LOST,
        FaultKind.TRUNCATED,
        FaultKind.HALF_BODY,
    ],
)
async def test_what_goes_wrong_once_is_asked_again(
    town: TrackAndTraceTown, fault: FaultKind
) -> None:
    await the_item_moves(town)
    town.fails(Capability.TRACK, fault, retry_after="1")
    assert len(await town.carrier.scans(PLACED)) == 2
    assert town.stand.log.count("track") == 2


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        (FaultKind.SERVER_ERROR, 3),
        (FaultKind.TIMEOUT, 3),
        (FaultKind.TRUNCATED, 3),
        (FaultKind.HALF_BODY, 2),
    ],
)
async def test_a_carrier_that_stays_away_is_unavailable(
    town: TrackAndTraceTown, fault: FaultKind, asked: int
) -> None:
    town.fails(Capability.TRACK, fault, times=9)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.scans(PLACED)
    assert town.stand.log.count("track") == asked


@pytest.mark.parametrize("fault", [FaultKind.LOGIN_PAGE, FaultKind.UNAUTHORIZED])
async def test_what_is_no_answer_is_not_asked_again(
    town: TrackAndTraceTown, fault: FaultKind
) -> None:
    town.fails(Capability.TRACK, fault)
    with pytest.raises(CarrierMisread):
        await town.carrier.scans(PLACED)
    assert town.stand.log.count("track") == 1


@pytest.mark.parametrize("switch", [SoapSwitch.DOCUMENT_TYPE, SoapSwitch.OTHER_ANSWER])
async def test_what_nobody_promised_is_not_read(town: TrackAndTraceTown, switch: str) -> None:
    await the_item_moves(town)
    town.switch(switch)
    with pytest.raises(CarrierMisread):
        await town.carrier.scans(PLACED)
    assert town.stand.log.count("track") == 1


@pytest.mark.parametrize(
    "switches",
    [
        (SoapSwitch.EMPTY_ERROR,),
        (SoapSwitch.SERVER_FAULT,),
        (SoapSwitch.SERVER_FAULT, SoapSwitch.FAULT_WITH_200),
    ],
)
async def test_a_server_that_broke_down_is_unavailable(
    town: TrackAndTraceTown, switches: tuple[str, ...]
) -> None:
    town.switch(*switches)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.scans(PLACED)


@pytest.mark.parametrize("switches", [(), (SoapSwitch.FAULT_WITH_200,)])
async def test_wrong_credentials_are_told_apart(
    town: TrackAndTraceTown, switches: tuple[str, ...]
) -> None:
    town.switch(*switches)
    settings = settings_of(town.server, password="khac")
    wire = a_wire(settings.base_url)
    stranger = VnpostSoap("la", settings=settings, wire=wire, clock=a_clock())
    with pytest.raises(SoapRefusal) as caught:
        await stranger.scans(PLACED)
    assert caught.value.code == "Client"
    said = await stranger.verify()
    assert not said.well
    assert "mật khẩu" in said.said
    assert "khac" not in said.said
    await stranger.close()
    assert (await town.carrier.verify()).well


async def test_a_fault_with_500_never_raises_out_of_verify(town: TrackAndTraceTown) -> None:
    town.switch(SoapSwitch.SERVER_FAULT)
    assert not (await town.carrier.verify()).well


@pytest.mark.parametrize(
    "spoilt",
    [{"Date": "2019-31-31"}, {"Date": "", "TraceDate": ""}, {"StatusText": ""}],
)
async def test_a_row_that_cannot_be_read_is_not_passed_over(
    town: TrackAndTraceTown, spoilt: dict[str, str]
) -> None:
    await town.happens(REFERENCE, "Chấp nhận gửi", NOW)
    positions = town.stand.items[ITEM].positions
    positions.append({**positions[0], **spoilt})
    with pytest.raises(CarrierMisread):
        await town.carrier.scans(PLACED)


@pytest.mark.parametrize("whole", ["10/01/2019 10:00:00", "2019-01-10T10:00:00+07:00"])
async def test_a_moment_may_stand_in_one_column(town: TrackAndTraceTown, whole: str) -> None:
    await town.happens(REFERENCE, "Chấp nhận gửi", NOW)
    positions = town.stand.items[ITEM].positions
    positions[0] = {**positions[0], "Date": "", "TraceDate": whole}
    assert (await town.carrier.scans(PLACED))[0].occurred_at == NOW


async def test_a_long_sentence_has_a_short_code_and_stays_whole(town: TrackAndTraceTown) -> None:
    begun = "Bưu gửi đã được chuyển đến bưu cục phát "
    for end in ("Lạng Sơn 1", "Lạng Sơn 2"):
        await town.happens(REFERENCE, begun + "\n " + end, NOW)
    one, other = await town.carrier.scans(PLACED)
    assert one.raw_code != other.raw_code
    assert len(one.raw_code) == len(other.raw_code) == 40
    assert one.raw_code[:31] == begun[:31]
    assert one.raw_text.split() == f"{begun} Lạng Sơn 1".split()


async def test_calls_are_logged_without_credentials(town: TrackAndTraceTown) -> None:
    await the_item_moves(town)
    await town.carrier.scans(PLACED)
    [call] = town.log.calls
    assert call.operation == "TrackAndTrace_Items"
    assert "UserCredentical" in call.request
    assert "mat-khau" not in call.request
    assert "langson" not in call.request


async def test_the_statuses_know_the_attempts_and_all_codes_of_bccp() -> None:
    statuses = load_statuses(CONFIG_DIR / "carriers" / "statuses")
    assert statuses.meaning("vnpost_soap", "IsDeliverable=false") == (Milestone.ATTEMPTED, None)
    assert statuses.meaning("vnpost_soap", "Chấp nhận gửi") == (Milestone.COLLECTED, None)
    known = [
        "1",
        "2",
        "5",
        "6",
        "7",
        "9",
        "11",
        "12",
        "13",
        "14",
        "15",
        "18",
        "19",
        "20",
        "21",
        "22",
        "23",
        "24",
        "25",
        "26",
        "27",
    ]
    assert set(statuses.vocabularies["vnpost_bccp"]) == {f"C{one}" for one in known}


def test_it_tracks_and_verifies_and_nothing_else() -> None:
    assert capabilities_of(VnpostSoap) == {Capability.TRACK, Capability.VERIFY}
    assert WSDL.is_file()


async def test_the_stand_in_is_told_over_http_what_happens(town: TrackAndTraceTown) -> None:
    events = [
        {"itemCode": ITEM, "StatusText": "Đang vận chuyển", "VI_TRI": "Hà Nội"},
        {"itemCode": ITEM, "IsDeliverable": "true", "at": "2019-01-10T11:00:00+07:00"},
    ]
    async with aiohttp.ClientSession() as session:
        url = town.server.make_url("/_control/events")
        async with session.post(url, json=events) as answer:
            assert answer.status == 200
        async with session.post(url, json={"StatusText": "?"}) as answer:
            assert answer.status == 400
    told = await town.carrier.scans(PLACED)
    assert [(one.raw_code, one.occurred_at) for one in told] == [
        ("Đang vận chuyển", NOW),
        ("IsDeliverable=true", NOW + HOUR),
    ]


ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{namespace}">'
    "<e:Header><{header}><user>langson</user><pass>mat-khau</pass></{header}></e:Header>"
    "<e:Body><{operation}><itemCode>X</itemCode></{operation}></e:Body></e:Envelope>"
)
RIGHT = {
    "namespace": "vnpost.ws",
    "header": "UserCredentical",
    "operation": "TrackAndTrace_Items",
}
ACTION = '"vnpost.ws/TrackAndTrace_Items"'


@pytest.mark.parametrize(
    ("words", "action", "content_type", "status"),
    [
        ({}, ACTION, "text/xml", 200),
        ({}, '"http://vnpost.ws/TrackAndTrace_Items"', "text/xml", 500),
        ({"namespace": "http://vnpost.ws"}, ACTION, "text/xml", 500),
        ({"header": "UserCredential"}, ACTION, "text/xml", 500),
        ({"operation": "TrackAndTrace_Item"}, ACTION, "text/xml", 500),
        ({}, ACTION, "application/soap+xml", 415),
    ],
)
async def test_the_stand_in_is_strict(
    town: TrackAndTraceTown, words: dict[str, str], action: str, content_type: str, status: int
) -> None:
    body = ENVELOPE.format(**{**RIGHT, **words}).encode()
    headers = {"SOAPAction": action, "Content-Type": content_type}
    async with (
        aiohttp.ClientSession() as session,
        session.post(town.server.make_url(PATH), data=body, headers=headers) as answer,
    ):
        assert answer.status == status


async def test_a_wsdl_of_ones_own_is_a_file_that_there_is(tmp_path: Path) -> None:
    async with opened_vnpost_soap(wsdl=str(tmp_path / "none.wsdl")) as town:
        with pytest.raises(Misuse):
            await town.carrier.scans(PLACED)
        assert isinstance(Misuse(""), Accident)
        assert not (await town.carrier.verify()).well
