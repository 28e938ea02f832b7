"""Bad input, one by one: the right answer in both languages, nothing changed, nothing lost."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from postal_bridge.cli import MISUSE, OUTSIDE, run
from postal_bridge.sandbox.faults import Fault, FaultKind, FaultPlan
from postal_bridge.sandbox.onestop import Credentials, make_onestop
from tests.journey.house import Town, open_town
from tests.journey.people import Answer, Person
from tests.journey.province import COUNTER, JUSTICE, PREFIX, Json, filing, moment

KEPT_APART = ("refused_request", "refused_scan", "sign_in")
"""What is refused is written down here; signing in again writes its session."""

SPECIAL_LETTERS = set("ăâđêôơưáàảãạ")


async def refused_twice(
    town: Town, asks: Callable[[str | None], Awaitable[Answer]], *, status: int, slug: str
) -> str:
    """Ask in Vietnamese and in English: the same refusal, in words; and nothing has changed."""
    town.tick()  # so that what is kept can be told from what was kept before
    before = await town.dump(without=KEPT_APART)
    vietnamese = (await asks(None)).refuses(status, slug)
    assert SPECIAL_LETTERS & set(vietnamese.lower()), vietnamese
    answer = await asks("en")
    english = answer.refuses(status, slug)
    assert english != vietnamese
    assert answer.headers["Content-Language"] == "en"
    assert await town.dump(without=KEPT_APART) == before
    return vietnamese


async def last_kept(town: Town) -> Json:
    """The newest request that was not taken."""
    found = (await town.supervisor.reads("/requests/refused", limit="1"))["requests"]
    return dict(found[0])


def posting(person: Person, path: str, body: Json) -> Callable[[str | None], Awaitable[Answer]]:
    return lambda language: person.asks("POST", path, body, language=language)


async def test_an_unknown_dossier_code(town: Town) -> None:
    unknown = "000.00.06.H37-190110-9999"
    said = {"amount_vnd": 50_000, "place": COUNTER}
    asks = posting(town.clerk, f"/dossiers/{unknown}/fees", said)
    sentence = await refused_twice(town, asks, status=404, slug="dossier-unknown")
    assert unknown in sentence
    kept = await last_kept(town)
    assert (kept["reason"], kept["username"]) == ("dossier-unknown", town.clerk.username)
    assert json.loads(kept["body"]) == said

    def looking(language: str | None) -> Awaitable[Answer]:
        return town.clerk.asks("GET", f"/dossiers/{unknown}", language=language)

    await refused_twice(town, looking, status=404, slug="dossier-unknown")


async def test_a_malformed_dossier_code(town: Town) -> None:
    for code in ("H37-1", "000.00.06.H37-190145-0001", "hồ sơ số 5", "' OR 1=1"):
        said = filing(code=code)
        sentence = await refused_twice(
            town, posting(town.clerk, "/dossiers", said), status=422, slug="code-malformed"
        )
        assert code in sentence
        assert json.loads((await last_kept(town))["body"]) == said


async def test_a_second_intake_of_the_same_dossier(town: Town) -> None:
    code = "000.00.06.H37-190110-0001"
    await town.clerk.receives(code=code)
    said = filing(code=code, applicant_name="Người khác")
    sentence = await refused_twice(
        town, posting(town.clerk, "/dossiers", said), status=409, slug="dossier-exists"
    )
    assert "10/01/2019 08:01" in sentence
    assert json.loads((await last_kept(town))["body"])["applicant_name"] == "Người khác"


async def test_the_same_request_sent_twice_is_one_intake(town: Town) -> None:
    said = filing(code="000.00.06.H37-190110-0001")
    first = await town.clerk.asks("POST", "/dossiers", said, key="k-1")
    before = await town.dump(without=KEPT_APART)
    again = await town.clerk.asks("POST", "/dossiers", said, key="k-1")
    assert (first.status, first.body) == (again.status, again.body)
    other = await town.clerk.asks("POST", "/dossiers", filing(channel=3), key="k-1")
    other.refuses(422, "idempotency-key-reused")
    assert await town.dump(without=KEPT_APART) == before


async def test_an_acceptance_with_another_count(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(item, to=JUSTICE)
    number = await town.clerk.offers(pouch, to=town.courier)
    said = {"count": 2, "note": "Đếm được hai"}
    asks = posting(town.courier, f"/handovers/{number}/acceptance", said)
    sentence = await refused_twice(town, asks, status=409, slug="count-differs")
    assert "Bên giao đếm 1, bạn đếm 2" in sentence
    assert json.loads((await last_kept(town))["body"]) == said


async def test_minutes_for_somebody_else_or_for_nobody(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    said: Json = {"place": COUNTER, "receiver": "nguoi-la", "items": [item]}
    asks = posting(town.clerk, "/handovers", said)
    assert "nguoi-la" in await refused_twice(town, asks, status=422, slug="staff-unknown")
    number = await town.clerk.offers(item, to=town.courier)
    asks = posting(town.colleague, f"/handovers/{number}/acceptance", {"count": 1})
    await refused_twice(town, asks, status=403, slug="not-the-receiver")


async def test_sealing_an_empty_pouch(town: Town) -> None:
    pouch = await town.clerk.packs(to=JUSTICE)
    asks = posting(town.clerk, f"/pouches/{pouch}/seal", {"seal": town.next_seal()})
    assert pouch in await refused_twice(town, asks, status=409, slug="pouch-empty")


async def test_sealing_a_sealed_pouch(town: Town) -> None:
    pouch = await town.clerk.packs(f"{await town.clerk.receives()}/H1", to=JUSTICE)
    sealed = await town.clerk.seals(pouch)
    asks = posting(town.clerk, f"/pouches/{pouch}/seal", {"seal": town.next_seal()})
    sentence = await refused_twice(town, asks, status=409, slug="pouch-sealed")
    assert sealed["seal"] in sentence
    assert "10/01/2019" in sentence


async def test_packing_into_a_sealed_pouch(town: Town) -> None:
    pouch = await town.clerk.bags(f"{await town.clerk.receives()}/H1", to=JUSTICE)
    late = f"{await town.clerk.receives()}/H1"
    before = await town.dump(without=KEPT_APART)
    outcome = await town.clerk.uploads(town.clerk.scan("pack", late, pouch=pouch))
    (refused,) = outcome["refused"]
    assert refused["reason"] == "pouch-sealed"
    assert "10/01/2019" in refused["detail"]
    assert await town.dump(without=KEPT_APART) == before


async def test_a_scan_by_someone_at_another_place(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    before = await town.dump(without=KEPT_APART)
    scan = town.colleague.at(COUNTER).scan("load", item, note="Nhận hộ")
    for language, word in ((None, "phân công"), ("en", "assigned")):
        answer = await town.colleague.asks(
            "POST", "/scans", {"device": "HH-1", "scans": [scan]}, language=language
        )
        assert (answer.status, answer.body["accepted"]) == (200, 0)
        (refused,) = answer.body["refused"]
        assert refused["reason"] == "other-place"
        assert word in refused["detail"]
    assert await town.dump(without=KEPT_APART) == before
    (kept,) = (await town.supervisor.reads("/scans/refused"))["scans"]
    assert (kept["scan_id"], kept["code"], kept["note"]) == (scan["scan_id"], item, "Nhận hộ")


async def test_a_body_that_is_not_json(town: Town) -> None:
    for body in (b"", b"ma=1&noi=2", b'{"place": ', b"\xff\xfe\x00", b"[1, 2"):

        def asks(language: str | None, body: bytes = body) -> Awaitable[Answer]:
            return town.clerk.asks("POST", "/dossiers", raw=body, language=language)

        await refused_twice(town, asks, status=400, slug="malformed-json")
        if body and body.isascii():
            assert (await last_kept(town))["body"] == body.decode()


async def test_a_body_of_ten_megabytes(town: Town) -> None:
    body = b'{"note": "' + b"x" * 10_000_000 + b'"}'

    def asks(language: str | None) -> Awaitable[Answer]:
        return town.clerk.asks("POST", "/dossiers", raw=body, language=language)

    assert "1048576" in await refused_twice(town, asks, status=413, slug="body-too-large")
    kept = await last_kept(town)
    assert (kept["reason"], kept["body_bytes"]) == ("body-too-large", len(body))
    assert "body" not in kept


async def test_an_expired_session(town: Town) -> None:
    await town.clerk.signs_in()
    token = town.clerk.token
    town.wait_until("10/01/2019 20:01")
    town.tick()
    said = filing(applicant_name="Người đến lúc tối")

    def asks(language: str | None) -> Awaitable[Answer]:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-9"}
        if language:
            headers["Accept-Language"] = language
        content = json.dumps(said).encode()
        return town.sends("POST", f"{PREFIX}/dossiers", content=content, headers=headers)

    await refused_twice(town, asks, status=401, slug="session-expired")
    kept = await last_kept(town)
    assert (kept["reason"], kept["username"]) == ("session-expired", town.clerk.username)
    assert json.loads(kept["body"])["applicant_name"] == "Người đến lúc tối"


async def test_a_token_that_nobody_knows(town: Town) -> None:
    def asks(language: str | None) -> Awaitable[Answer]:
        headers = {"Authorization": "Bearer không-phải".encode().decode("latin-1")}
        if language:
            headers["Accept-Language"] = language
        return town.sends("POST", f"{PREFIX}/dossiers", content=b"{}", headers=headers)

    await refused_twice(town, asks, status=401, slug="not-signed-in")
    assert (await town.supervisor.reads("/requests/refused"))["requests"] == []


async def test_a_missing_idempotency_key(town: Town) -> None:
    def asks(language: str | None) -> Awaitable[Answer]:
        return town.clerk.asks("POST", "/dossiers", filing(), key=None, language=language)

    await refused_twice(town, asks, status=400, slug="idempotency-key-missing")
    assert json.loads((await last_kept(town))["body"]) == filing()


async def test_another_department_decides_nothing_about_a_dossier(town: Town) -> None:
    code = await town.at_department()
    asks = posting(town.building, f"/dossiers/{code}/results", {"place": "SXD"})
    assert JUSTICE in await refused_twice(town, asks, status=403, slug="other-department")
    said = {"reason": "Thiếu ảnh", "papers": "Ảnh 4x6", "place": "SXD"}
    asks = posting(town.building, f"/dossiers/{code}/supplements", said)
    await refused_twice(town, asks, status=403, slug="other-department")


async def test_a_courier_takes_no_dossier_in(town: Town) -> None:
    asks = posting(town.courier, "/dossiers", filing())
    sentence = await refused_twice(town, asks, status=403, slug="role-not-allowed")
    assert "bưu tá" in sentence


# --- the one-stop ---------------------------------------------------------------------------------


async def test_a_one_stop_that_answers_html_with_200(database_url: str, tmp_path: Path) -> None:
    login = Credentials()
    page = FaultPlan(faults=[Fault(kind=FaultKind.LOGIN_PAGE, times=None)])
    async with TestServer(make_onestop(clock=_StandingClock(), faults=page)) as other_side:
        variables = {
            "PB_ONESTOP__BASE_URL": str(other_side.make_url("/")),
            "PB_ONESTOP__GROUP_ID": login.group_id,
            "PB_ONESTOP__USERNAME": login.username,
            "PB_ONESTOP__PASSWORD": login.password,
        }
        async with open_town(database_url, tmp_path, **variables) as town:
            await town.clerk.receives()
            before = await town.dump(without=(*KEPT_APART, "night", "ledger_day"))
            said = {"date": "2019-01-10"}
            answer = await town.supervisor.asks("POST", "/reconciliations", said)
            sentence = answer.refuses(502, "onestop-unusable")
            assert "HTML" in sentence
            assert "tài khoản" in sentence
            answer = await town.supervisor.asks("POST", "/reconciliations", said, language="en")
            assert "cannot be used" in answer.refuses(502, "onestop-unusable")
            assert await town.dump(without=(*KEPT_APART, "night", "ledger_day")) == before
            night = (await town.supervisor.reads("/reconciliations/2019-01-10"))["night"]
            assert night["state"] == "failed"
            assert "HTML" in night["error"]
            assert json.loads((await last_kept(town))["body"]) == said


async def test_no_one_stop_at_all_and_a_day_that_has_not_come(town: Town) -> None:
    asks = posting(town.supervisor, "/reconciliations", {"date": "2019-01-10"})
    assert "base_url" in await refused_twice(town, asks, status=502, slug="onestop-not-connected")
    asks = posting(town.supervisor, "/reconciliations", {"date": "10/01/2019"})
    await refused_twice(town, asks, status=422, slug="invalid-field")


class _StandingClock:
    def now(self) -> datetime:
        return moment("10/01/2019 18:00")


# --- the command line -----------------------------------------------------------------------------


async def ended(arguments: list[str], environ: dict[str, str]) -> int:
    """Run a command as the shell would; it opens an event loop of its own."""
    return await asyncio.to_thread(run, arguments, environ=environ)


async def test_a_misspelt_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert await ended(["doctor"], {"PB_DATABSE__URL": "sqlite+aiosqlite:///x.db"}) == MISUSE
    said = capsys.readouterr().err
    assert "PB_DATABSE__URL" in said
    assert "PB_DATABASE__URL" in said


async def test_a_misspelt_key_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overlay = tmp_path / "tinh.toml"
    overlay.write_text("[nightly]\nlook_back_days = 5\n", encoding="utf-8")
    assert await ended(["migrate"], {"PB_CONFIG": str(overlay)}) == MISUSE
    said = capsys.readouterr().err
    assert f"{overlay}: nightly.look_back_days" in said
    assert "nightly.lookback_days" in said


def served(environ: dict[str, str]) -> tuple[int, str]:
    """`serve` takes the signals of its process, so it gets a process."""
    ended = subprocess.run(
        [sys.executable, "-m", "postal_bridge", "serve"],
        env={"PATH": "", **environ},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    return ended.returncode, ended.stderr


async def test_an_sqlite_database_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "khong-co.db"
    environ = {
        "PB_DATABASE__URL": f"sqlite+aiosqlite:///{file}",
        "PB_SECURITY__LEDGER_KEY_FILE": str(tmp_path / "ledger.key"),
    }
    assert await ended(["verify-ledger"], environ) == OUTSIDE
    code, told = await asyncio.to_thread(served, environ)
    assert code == OUTSIDE
    for said in (capsys.readouterr().err, told):
        assert str(file) in said
        assert "postal-bridge migrate" in said
        assert "Traceback" not in said
    assert not file.exists()


async def test_a_postgresql_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        environ = {
            "PB_DATABASE__URL": f"postgresql+asyncpg://lan:bi-mat@127.0.0.1:{port}/so",
            "PB_SECURITY__LEDGER_KEY_FILE": str(tmp_path / "ledger.key"),
        }
        assert await ended(["verify-ledger"], environ) == OUTSIDE
        code, told = await asyncio.to_thread(served, environ)
        assert code == OUTSIDE
    for said in (capsys.readouterr().err, told):
        assert f"127.0.0.1:{port}" in said
        assert "bi-mat" not in said
        assert "Traceback" not in said


async def test_a_database_without_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "trong.db"
    file.touch()
    environ = {
        "PB_DATABASE__URL": f"sqlite+aiosqlite:///{file}",
        "PB_SECURITY__LEDGER_KEY_FILE": str(tmp_path / "ledger.key"),
    }
    assert await ended(["verify-ledger"], environ) == MISUSE
    assert "postal-bridge migrate" in capsys.readouterr().err


async def test_a_name_of_blanks_is_no_name(town: Town) -> None:
    body = filing(applicant_name="   ")
    (await town.clerk.asks("POST", "/dossiers", body)).refuses(422, "invalid-field")
