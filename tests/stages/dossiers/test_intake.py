"""Intake at the counter: once, complete, with a promise; or refused with reasons."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from postal_bridge.clock import at_local
from postal_bridge.dossiers.intake import Applicant, Filing, Received, receive_dossier
from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import Act, ItemKind, Status
from postal_bridge.outbox import PORTAL_TOPIC, REGISTER_TOPIC, WHERE_CONFIGURED
from postal_bridge.worktime import LimitUnit
from tests.stages.memory import CALENDAR, CENTRE, DEPARTMENT, LAN, MemoryWork

CUTOFF = time(15)
FILING = Filing(
    code="000.00.06.H37-190110-0001",
    procedure_code="1.001",
    applicant=Applicant("Nông Thị Đào", "020190000001", "0912345678", "Thôn Nà Sầm"),
    channel=1,
    return_mode=0,
    place=CENTRE,
    papers=[(1, 1, 0, 3)],
)


async def receive(
    work: MemoryWork, filing: Filing = FILING, *, at: str = "10/01/2019 08:00"
) -> Received | Refusal:
    now = datetime.strptime(at, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)
    recorder = work.by(LAN)
    recorder.now = at_local(now.date(), now.time())
    return await receive_dossier(
        work,
        recorder,
        filing,
        actor=LAN,
        now=recorder.now,
        calendar=CALENDAR,
        cutoff=CUTOFF,
    )


async def test_a_complete_dossier_is_received_with_a_promise_and_a_barcode(
    work: MemoryWork,
) -> None:
    received = await receive(work)

    assert isinstance(received, Received)
    dossier = received.dossier
    assert (dossier.status, dossier.department) == (Status.RECEIVED, DEPARTMENT)
    assert dossier.promised_at == datetime(2019, 1, 11, 1, tzinfo=UTC)  # one working day
    assert received.item is not None
    assert received.item.code == f"{dossier.code}/H1"
    assert received.item.label.endswith("3 trang")
    assert [event.act for event in work.custody.events] == [Act.RECEIVE]
    assert list(work.outbox.kept) == [
        ("notice", f"{received.item.code}:dossier-received:{work.custody.events[0].event_id}")
    ]


@pytest.mark.parametrize(
    ("late_cutoff", "received_at", "promised"),
    [
        (False, "10/01/2019 16:00", "11/01/2019 16:00"),
        (True, "10/01/2019 14:59", "11/01/2019 14:59"),
        (True, "10/01/2019 16:00", "11/01/2019 17:30"),
        (True, "11/01/2019 16:00", "14/01/2019 17:30"),
    ],
)
async def test_after_three_the_limit_counts_from_the_next_working_day_where_the_procedure_says_so(
    work: MemoryWork, late_cutoff: bool, received_at: str, promised: str
) -> None:
    work.catalogue.procedures["1.001"].late_cutoff = late_cutoff
    received = await receive(work, at=received_at)

    assert isinstance(received, Received)
    expected = datetime.strptime(promised, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)
    assert received.dossier.promised_at == at_local(expected.date(), expected.time())


async def test_a_limit_in_hours_is_kept_in_hours(work: MemoryWork) -> None:
    procedure = work.catalogue.procedures["1.001"]
    procedure.time_limit_value, procedure.time_limit_unit = 4, LimitUnit.HOUR
    received = await receive(work, at="10/01/2019 10:00")

    assert isinstance(received, Received)
    assert received.dossier.promised_at == datetime(2019, 1, 10, 9, tzinfo=UTC)


async def test_a_dossier_that_the_clerk_refuses_is_kept_with_its_reason_and_travels_nowhere(
    work: MemoryWork,
) -> None:
    received = await receive(work, replace(FILING, papers=[], refusal="Không thuộc thẩm quyền"))

    assert isinstance(received, Received)
    assert (received.dossier.status, received.item) == (Status.REFUSED, None)
    assert received.dossier.promised_at is None
    assert work.dossiers.kept[received.dossier.code].refusal == "Không thuộc thẩm quyền"
    assert work.custody.events == []
    assert work.outbox.kept == {}


@pytest.mark.parametrize(
    ("filing", "reason"),
    [
        (replace(FILING, code="khong-phai-ma"), Reason.CODE_MALFORMED),
        (replace(FILING, place=DEPARTMENT), Reason.OTHER_PLACE),
        (replace(FILING, procedure_code="9.999"), Reason.PROCEDURE_UNKNOWN),
        (replace(FILING, papers=[(1, 0, 5, 3)]), Reason.PAPERS_MISSING),
    ],
)
async def test_what_cannot_be_received_is_refused_and_nothing_is_written(
    work: MemoryWork, filing: Filing, reason: Reason
) -> None:
    refused = await receive(work, filing)

    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert work.dossiers.kept == {}
    assert work.custody.events == []


async def test_the_same_dossier_is_not_received_twice(work: MemoryWork) -> None:
    await receive(work)
    again = await receive(work, at="11/01/2019 08:00")

    assert isinstance(again, Refusal)
    assert again.reason is Reason.DOSSIER_EXISTS
    assert "10/01/2019 08:00" in again.sentence()
    assert len(work.custody.events) == 1


async def test_without_a_code_of_the_one_stop_the_agency_of_the_department_numbers_it(
    work: MemoryWork,
) -> None:
    codes = []
    for _ in range(2):
        received = await receive(work, replace(FILING, code=None))
        assert isinstance(received, Received)
        codes.append(received.dossier.code)
    assert codes == ["000.00.01.H37-190110-0001", "000.00.01.H37-190110-0002"]

    work.catalogue.kept_places[DEPARTMENT].agency = None
    refused = await receive(work, replace(FILING, code=None))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.AGENCY_MISSING


async def test_the_application_is_what_gets_the_barcode(work: MemoryWork) -> None:
    await receive(work)
    assert [item.kind for item in work.custody.items.values()] == [ItemKind.APPLICATION]


@pytest.mark.parametrize(
    ("changes", "topics"),
    [
        ({}, [PORTAL_TOPIC]),
        ({"return_mode": 1}, [PORTAL_TOPIC, REGISTER_TOPIC]),
        ({"return_mode": 1, "refusal": "Không đúng thẩm quyền", "papers": []}, [PORTAL_TOPIC]),
    ],
)
async def test_whoever_is_told_of_states_hears_of_the_first_one(
    changes: dict[str, Any], topics: list[str]
) -> None:
    work = MemoryWork()
    work.outbox.told = WHERE_CONFIGURED
    received = await receive(work, replace(FILING, **changes))
    assert isinstance(received, Received)
    told = [topic for topic, _ in work.outbox.kept if topic in WHERE_CONFIGURED]
    assert told == topics
    status = received.dossier.status.value
    assert (PORTAL_TOPIC, f"{received.dossier.code}:{status}") in work.outbox.kept
