"""The plainest fate: taken in, carried out, decided, carried back, given out at the desk."""

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import COUNTER, JUSTICE, RETURN_DESK, moment, read


async def test_a_dossier_goes_its_whole_way_and_the_citizen_takes_the_result_at_the_desk(
    town: Town,
) -> None:
    clerk, courier, justice, desk = town.clerk, town.courier, town.justice, town.desk
    code = await clerk.receives()
    papers = f"{code}/H1"
    assert await clerk.where(papers) == ("counter", COUNTER, COUNTER)
    await clerk.digitises(code)
    assert await clerk.where(papers) == ("digitised", COUNTER, COUNTER)

    pouch = await clerk.bags(papers, to=JUSTICE)
    assert await clerk.where(papers) == ("pouch", COUNTER, pouch)
    await town.handover(clerk, courier, pouch, count=1)
    assert await courier.where(papers) == ("transfer", COUNTER, pouch)
    await town.delivery(courier, justice, pouch, count=1)
    assert await justice.where(papers) == ("department", JUSTICE, JUSTICE)
    assert (await justice.dossier(code))["status"] == Status.PROCESSING

    result = await justice.issues(code)
    assert await justice.where(papers) == ("retained", JUSTICE, JUSTICE)
    assert await justice.where(result) == ("issued", JUSTICE, JUSTICE)
    await town.carries(result, giver=justice, receiver=desk)
    assert await desk.where(result) == ("desk", RETURN_DESK, RETURN_DESK)
    assert (await desk.dossier(code))["status"] == Status.RESOLVED

    await desk.returns(code, receiver="Nông Thị Bình, vợ, có giấy ủy quyền")
    assert await desk.where(result) == ("returned", RETURN_DESK, "citizen")
    case = await desk.dossier(code)
    assert case["status"] == Status.RETURNED
    assert case["status_name"] == "đã trả kết quả"
    assert read(case["received_at"]) < read(case["filed_at"]) < read(case["decided_at"])
    assert read(case["decided_at"]) < read(case["resolved_at"]) < read(case["returned_at"])

    trace = await desk.trace(result)
    assert [step["event"]["act"] for step in trace["steps"]] == [
        "issue", "pack", "seal", "load", "accept", "return",
    ]  # fmt: skip
    assert all(step["moved"] and step["regular"] for step in trace["steps"])
    assert trace["steps"][-1]["event"]["note"] == "Nông Thị Bình, vợ, có giấy ủy quyền"
    assert await town.findings() == set()


async def test_the_citizen_is_told_of_each_thing_that_matters_once(town: Town) -> None:
    code, _ = await town.at_return_desk()
    await town.desk.returns(code)
    told = await town.rows("SELECT payload FROM outbox WHERE topic = 'notice' ORDER BY id")
    notices = [str(payload).partition('"notice"')[2].split('"')[1] for (payload,) in told]
    assert notices == ["dossier-received", "result-ready", "result-returned"]


async def test_what_is_done_cannot_be_done_again(town: Town) -> None:
    code, result = await town.at_return_desk()
    await town.desk.returns(code)
    before = await town.dump(without=["refused_request", "refused_scan"])
    again = await town.desk.asks(
        "POST", f"/dossiers/{code}/return", {"place": RETURN_DESK, "receiver": "Người khác"}
    )
    assert "đã trả công dân" in again.refuses(409, "act-not-possible")
    scanned = town.courier.scan("load", result)
    outcome = await town.courier.uploads(scanned)
    assert [one["reason"] for one in outcome["refused"]] == ["item-closed"]
    assert await town.dump(without=["refused_request", "refused_scan"]) == before


async def test_the_department_cannot_issue_two_results_or_one_before_the_papers_are_there(
    town: Town,
) -> None:
    early = await town.clerk.receives()
    answer = await town.justice.asks("POST", f"/dossiers/{early}/results", {"place": JUSTICE})
    answer.refuses(409, "dossier-wrong-status")
    code = await town.at_department()
    result = await town.justice.issues(code)
    again = await town.justice.asks("POST", f"/dossiers/{code}/results", {"place": JUSTICE})
    assert result in again.refuses(409, "result-exists")


async def test_two_days_pass_and_everybody_signs_in_again(town: Town) -> None:
    code = await town.at_department()
    town.wait_until("14/01/2019 09:00")
    await town.justice.issues(code)
    case = await town.clerk.dossier(code)
    assert read(case["decided_at"]) == moment("14/01/2019 09:00")
