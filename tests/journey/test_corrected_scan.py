"""A scan was a mistake: a supervisor corrects it by a further event, and nothing is rewritten."""

from uuid import UUID

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import RETURN_DESK


async def test_a_delivery_that_never_happened_is_taken_back(town: Town) -> None:
    code, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    courier = town.courier.at("BDT")
    wrong = await courier.scans("deliver", result)
    assert (await town.desk.dossier(code))["status"] == Status.RETURNED

    correction = await town.supervisor.scans(
        "correct", result, corrects=wrong["scan_id"], note="Quét nhầm nhà"
    )
    assert await town.desk.where(result) == ("delivery", RETURN_DESK, courier.username)
    case = await town.desk.dossier(code)
    assert case["status"] == Status.RESOLVED
    assert "returned_at" not in case
    assert await town.rows("SELECT state, attempts FROM consignment") == [("booked", 0)]

    await courier.scans("fail", result)
    await courier.scans("deliver", result)
    assert (await town.desk.dossier(code))["status"] == Status.RETURNED
    assert await town.rows("SELECT state, attempts FROM consignment") == [("delivered", 2)]
    written = await town.rows(
        "SELECT act, corrects FROM custody_event WHERE item_code = :item ORDER BY seq", item=result
    )
    assert [act for act, _ in written][-5:] == ["send_out", "deliver", "correct", "fail", "deliver"]
    assert [UUID(str(named)) for _, named in written if named] == [UUID(wrong["scan_id"])]
    told = (await town.desk.trace(result))["steps"][-5:]
    assert [(step["event"]["act"], step["moved"], step["corrected"]) for step in told] == [
        ("send_out", True, False),
        ("deliver", False, True),
        ("correct", False, False),
        ("fail", True, False),
        ("deliver", True, False),
    ]
    assert correction["scan_id"] != wrong["scan_id"]
    assert await town.findings() == set()


async def test_only_a_supervisor_corrects_and_only_what_is_there(town: Town) -> None:
    code, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    knock = await town.courier.at("BDT").scans("fail", result)
    before = await town.dump(without=["refused_scan", "sign_in"])

    by_courier = town.courier.scan("correct", result, corrects=knock["scan_id"])
    outcome = await town.courier.uploads(by_courier)
    assert [one["reason"] for one in outcome["refused"]] == ["role-not-allowed"]

    supervisor = town.supervisor
    of_nothing = supervisor.scan("correct", result)
    of_another = supervisor.scan("correct", f"{code}/H1", corrects=knock["scan_id"])
    (_, first, *_rest) = await town.rows(
        "SELECT event_id FROM custody_event WHERE item_code = :item ORDER BY seq", item=result
    )
    of_a_command = supervisor.scan("correct", result, corrects=str(UUID(str(first[0]))))
    outcome = await supervisor.uploads(of_nothing, of_another, of_a_command)
    assert [one["reason"] for one in outcome["refused"]] == ["correction-unknown"] * 3
    assert await town.dump(without=["refused_scan", "sign_in"]) == before


async def test_a_refused_scan_is_kept_until_it_is_taken(town: Town) -> None:
    _, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    knock = town.colleague.at("HCC-TN").scan("fail", result, note="Vắng nhà")
    outcome = await town.colleague.uploads(knock)
    (refused,) = outcome["refused"]
    assert (refused["reason"], refused["scan_id"]) == ("other-place", knock["scan_id"])
    (kept,) = (await town.supervisor.reads("/scans/refused"))["scans"]
    assert (kept["code"], kept["note"], kept["actor"]) == (result, "Vắng nhà", "minh")

    town.tick()
    taken = await town.supervisor.uploads(knock)
    assert (taken["accepted"], taken["refused"]) == (1, [])
    assert (await town.supervisor.reads("/scans/refused"))["scans"] == []


async def test_a_correction_corrects_no_correction_and_not_itself(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    wrong = await town.courier.scans("load", item)
    correction = await town.supervisor.scans("correct", item, corrects=wrong["scan_id"])
    itself = town.supervisor.scan("correct", item)
    itself["corrects"] = itself["scan_id"]
    other = town.supervisor.scan("correct", item, corrects=correction["scan_id"])
    outcome = await town.supervisor.uploads(itself, other)
    assert [one["reason"] for one in outcome["refused"]] == ["correction-unknown"] * 2
    assert (await town.clerk.where(item))[0] == "counter"
    assert await town.findings() == set()
