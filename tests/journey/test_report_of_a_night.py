"""A night's report is asked for: by a supervisor, by an officer, by whom it is none of."""

from datetime import date, time
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from postal_bridge.clock import at_local
from postal_bridge.commands.checks import Check
from postal_bridge.commands.doctor import examine
from postal_bridge.errors import Accident
from postal_bridge.printing.forms import FORMS
from postal_bridge.reconciliation.records import Night, NightState
from postal_bridge.reconciliation.report import NightReport, as_json, from_json
from tests.doors.mail.mail_server import SENDER, mail_server
from tests.doors.printing.nights import a_report
from tests.journey.house import Town, open_town
from tests.journey.people import Person
from tests.journey.province import PREFIX

DAY = date(2019, 1, 9)
REPORT = a_report(day=DAY)


async def the_night_is_over(town: Town, *, kept: bool = True) -> NightReport:
    sha256 = await town.house.vault.keep(as_json(REPORT))
    evening = at_local(DAY, time(23, 30))
    night = Night(
        day=DAY,
        source="opencps",
        state=NightState.DONE,
        window_from=DAY,
        started_at=evening,
        finished_at=evening,
        report=sha256 if kept else None,
    )
    async with town.house.storage.begin() as work:
        await work.nights.put_night(night)
    return REPORT


async def asked(person: Person, **params: str) -> tuple[int, str, str, bytes]:
    """Status, media type, name of the file, and content."""
    await person.signs_in()
    town = person.town
    async with town.http.get(
        town.server.make_url(f"{PREFIX}/reconciliations/{DAY.isoformat()}/report"),
        params=params,
        headers={"Authorization": f"Bearer {person.token}"},
    ) as got:
        named = got.headers.get("Content-Disposition", "")
        return got.status, got.content_type, named, await got.read()


async def test_a_supervisor_gets_it_as_json_unless_told_otherwise(town: Town) -> None:
    report = await the_night_is_over(town)
    status, media_type, named, content = await asked(town.supervisor)
    assert (status, media_type) == (200, "application/json")
    assert from_json(content) == report
    assert "doi-soat-2019-01-09.json" in named


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
async def test_an_officer_gets_it_to_print_and_to_count_with(town: Town, form: str) -> None:
    report = await the_night_is_over(town)
    status, media_type, named, content = await asked(town.officer, format=form)
    assert (status, media_type) == (200, FORMS[form].media_type)
    assert named == f'attachment; filename="doi-soat-2019-01-09.{form}"'
    assert content == FORMS[form].make(report)
    if form == "xlsx":
        assert openpyxl.load_workbook(BytesIO(content)).sheetnames[0] == "Tổng hợp"


async def test_who_looked_is_written_down(town: Town) -> None:
    await the_night_is_over(town)
    await asked(town.officer, format="pdf")
    await asked(town.supervisor)
    looks = await town.rows("SELECT username, subject, purpose FROM look ORDER BY username")
    assert looks == [
        ("mai", "night:2019-01-09", "night_report"),
        ("sang", "night:2019-01-09", "night_report"),
    ]


@pytest.mark.parametrize("who", ["clerk", "courier", "justice"])
async def test_it_is_nobody_elses_business(town: Town, who: str) -> None:
    await the_night_is_over(town)
    answer = await town.people[who].asks("GET", f"/reconciliations/{DAY}/report")
    assert answer.status == 403
    assert await town.rows("SELECT username FROM look") == []


async def test_what_is_not_there_is_refused_and_nobody_has_looked(town: Town) -> None:
    path = f"/reconciliations/{DAY}/report"
    unknown = await town.officer.asks("GET", path)
    unknown.refuses(404, "night-unknown")
    (await town.officer.asks("GET", "/reconciliations/hom-qua/report")).refuses(
        404, "night-unknown"
    )
    await the_night_is_over(town, kept=False)
    said = (await town.officer.asks("GET", path)).refuses(404, "night-without-report")
    assert "postal-bridge reconcile --date 2019-01-09" in said
    assert await town.rows("SELECT username FROM look") == []


async def test_a_form_that_nobody_makes_is_refused(town: Town) -> None:
    await the_night_is_over(town)
    answer = await town.officer.asks(
        "GET", f"/reconciliations/{DAY}/report", params={"format": "docx"}
    )
    answer.refuses(422, "invalid-field")


async def test_the_doctor_signs_in_at_the_mail_server_and_sends_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with mail_server() as server:
        settings = {
            "PB_MAIL__HOST": "127.0.0.1",
            "PB_MAIL__SMTP_PORT": str(server.port),
            "PB_MAIL__SECURITY": "none",
            "PB_MAIL__SENDER": SENDER,
            "PB_NIGHTLY__REPORT_TO": "giamdoc@buudien.example",
        }
        async with open_town(database_url, tmp_path, **settings) as town:
            (well,) = await mail_checks(town)
            server.says["NOOP"] = "421 4.3.2 closing"
            (ill,) = await mail_checks(town)
    assert (well.well, ill.well, ill.outside) == (True, False, True)
    assert "1 người nhận" in well.detail
    assert server.letters == []


async def test_the_doctor_misses_the_mail_server_that_readers_need(
    database_url: str, tmp_path: Path
) -> None:
    async with open_town(database_url, tmp_path) as town:
        assert await mail_checks(town) == []
    settings = {"PB_NIGHTLY__REPORT_TO": "giamdoc@buudien.example"}
    async with open_town(database_url, tmp_path, **settings) as town:
        (ill,) = await mail_checks(town)
    assert not ill.well
    assert "[mail] host" in ill.detail


async def mail_checks(town: Town) -> list[Check]:
    return [check for check in await examine(town.house) if "mail" in check.name]


async def test_a_mail_server_without_a_sender_is_told_when_the_house_is_built(
    database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(Accident, match=r"\[mail\] sender"):
        async with open_town(database_url, tmp_path, PB_MAIL__HOST="mail.example"):
            pytest.fail("it was built")


async def test_a_report_in_the_outbox_leaves_with_the_jobs_of_the_house(
    database_url: str, tmp_path: Path
) -> None:
    async with mail_server() as server:
        settings = {
            "PB_MAIL__HOST": "127.0.0.1",
            "PB_MAIL__SMTP_PORT": str(server.port),
            "PB_MAIL__SECURITY": "none",
            "PB_MAIL__SENDER": SENDER,
            "PB_NIGHTLY__REPORT_TO": "giamdoc@buudien.example",
        }
        async with open_town(database_url, tmp_path, **settings) as town:
            await the_night_is_over(town)
            sha256 = await town.house.vault.keep(as_json(REPORT))
            async with town.house.storage.begin() as work:
                await work.outbox.put(
                    "night.report",
                    key=f"night.report:{DAY}:{sha256}",
                    payload={"day": DAY.isoformat(), "report": sha256},
                )
            assert await town.house.jobs()._outside["reports"].dispatch() == 1
    assert server.reached == ["giamdoc@buudien.example"]
    assert "09/01/2019" in server.message()["Subject"]
