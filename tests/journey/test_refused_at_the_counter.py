"""The clerk does not accept the dossier, says why, and the papers go home with the citizen."""

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import CRIMINAL_RECORD, filing


async def test_a_dossier_is_refused_with_reasons_and_nothing_travels(town: Town) -> None:
    why = "Tờ khai chưa có chữ ký; thiếu bản sao căn cước công dân."
    code = await town.clerk.receives(refusal=why, papers=[])
    case = await town.clerk.dossier(code)
    assert (case["status"], case["refusal"]) == (Status.REFUSED, why)
    assert case["status_name"] == "không được tiếp nhận"
    assert case["items"] == []
    assert "promised_at" not in case
    assert [line["originals_given"] for line in case["checklist"]] == [0, 0]
    assert await town.rows("SELECT * FROM custody_event") == []
    assert await town.rows("SELECT * FROM outbox") == []


async def test_a_refused_dossier_is_counted_as_refused_and_not_as_received(town: Town) -> None:
    await town.clerk.receives(refusal="Không đúng thẩm quyền của tỉnh.", papers=[])
    await town.clerk.receives()
    table = await town.supervisor.table("2019-01-10", "2019-01-10")
    assert (table["total"]["received"], table["total"]["refused"]) == (1, 1)
    assert table["procedures"] == {CRIMINAL_RECORD: 1}


async def test_an_incomplete_dossier_is_accepted_by_nobody_and_each_missing_paper_is_named(
    town: Town,
) -> None:
    before = await town.dump(without=["refused_request", "sign_in"])
    answer = await town.clerk.asks("POST", "/dossiers", filing(papers=[]))
    sentence = answer.refuses(422, "papers-missing")
    assert "Tờ khai (thiếu 1 bản chính)" in sentence
    assert "Căn cước công dân (thiếu 1 bản sao)" in sentence
    assert await town.dump(without=["refused_request", "sign_in"]) == before


async def test_a_department_gets_nothing_to_decide(town: Town) -> None:
    code = await town.clerk.receives(refusal="Không đúng mẫu.", papers=[])
    answer = await town.justice.asks("POST", f"/dossiers/{code}/results", {"place": "STP"})
    answer.refuses(409, "dossier-wrong-status")
