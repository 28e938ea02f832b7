"""Two people do the same thing at the same moment: one is taken, the other is told so clearly.

On PostgreSQL these transactions really run side by side; on SQLite they queue, and everything
that is asked for here must hold as well. Nobody is ever told that the server failed.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable

from postal_bridge.demo.paper import draw_stack
from postal_bridge.journey import Status
from postal_bridge.tracking.custody import dossier_status, walk
from tests.journey.house import Town
from tests.journey.people import Answer, Person
from tests.journey.province import COUNTER, JUSTICE, RETURN_DESK, Json, filing

ROUNDS = 3
"""Whoever is lucky once is not lucky three times."""


async def at_once(*acts: Awaitable[Answer]) -> list[Answer]:
    """Everybody begins before anybody has ended; nobody meets an error of the server."""

    async def one(act: Awaitable[Answer]) -> Answer:
        return await act

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(act)) for act in acts]
    answers = [task.result() for task in tasks]
    assert all(answer.status < 500 for answer in answers), [answer.body for answer in answers]
    return answers


def told(answers: list[Answer]) -> Counter[tuple[int, str]]:
    """How often each answer was given."""
    return Counter((one.status, one.body.get("type", "")) for one in answers)


def sends(person: Person, *scans: Json) -> Awaitable[Answer]:
    """A batch over a connection of its own."""
    return person.asks("POST", "/scans", {"device": "HH-1", "scans": list(scans)})


async def signed_in(*people: Person) -> None:
    for person in people:
        await person.signs_in()


async def nothing_is_askew(town: Town) -> None:
    """The ledger proves itself, and every dossier's status is what its events lead to."""
    assert await town.findings() == set()
    async with town.house.storage.begin(write=False) as work:
        for code, status in await town.rows("SELECT code, status FROM dossier"):
            events = await work.custody.dossier_events(code)
            kinds = {event.item_code: kind for kind, event in events}
            moved = [
                (kind, step.event)
                for item, kind in kinds.items()
                for step in walk(kind, [event for _, event in events if event.item_code == item])
                if step.moved
            ]
            assert dossier_status(Status.RECEIVED, moved)[0] == status, code


async def test_six_counters_receive_the_same_code(town: Town) -> None:
    await signed_in(town.clerk)
    for serial in range(ROUNDS):
        body = filing(code=f"000.00.06.H37-190110-900{serial}")
        answers = await at_once(*(town.clerk.asks("POST", "/dossiers", body) for _ in range(6)))
        assert told(answers) == {(201, ""): 1, (409, "/problems/dossier-exists"): 5}
    await nothing_is_askew(town)


async def test_two_clerks_use_the_same_seal(town: Town) -> None:
    pouches = [
        await town.clerk.packs(f"{await town.clerk.receives()}/H1", to=JUSTICE) for _ in range(4)
    ]
    seal = {"seal": town.next_seal()}
    answers = await at_once(
        *(town.clerk.asks("POST", f"/pouches/{pouch}/seal", seal) for pouch in pouches)
    )
    assert told(answers) == {(201, ""): 1, (409, "/problems/seal-used"): 3}
    assert await town.rows("SELECT count(*) FROM pouch WHERE seal IS NOT NULL") == [(1,)]


async def test_one_pouch_is_offered_and_accepted_once(town: Town) -> None:
    await signed_in(town.officer, town.courier)
    pouch = await town.clerk.bags(f"{await town.clerk.receives()}/H1", to=JUSTICE)
    offer = {"place": COUNTER, "receiver": town.courier.username, "pouches": [pouch]}
    both = (town.clerk, town.officer)
    answers = await at_once(*(one.asks("POST", "/handovers", offer) for one in both * 2))
    assert told(answers) == {(201, ""): 1, (409, "/problems/handover-pending"): 3}
    number = next(one.body["number"] for one in answers if one.status == 201)
    acceptance = f"/handovers/{number}/acceptance"
    answers = await at_once(
        *(town.courier.asks("POST", acceptance, {"count": 1}) for _ in range(4))
    )
    assert told(answers) == {(201, ""): 1, (409, "/problems/handover-closed"): 3}
    assert await town.rows("SELECT count(*) FROM custody_event WHERE act = 'load'") == [(1,)]


async def test_a_batch_that_comes_over_eight_connections_counts_once(town: Town) -> None:
    await signed_in(town.courier)
    items = [f"{await town.clerk.receives()}/H1" for _ in range(5)]
    good = [town.courier.scan("load", item) for item in items]
    bad = [town.courier.scan("load", f"000.00.06.H37-190110-80{n:02}/H1") for n in range(6)]
    dice = random.Random(8)
    batches = [dice.sample([*good, *bad], len(good) + len(bad)) for _ in range(8)]
    answers = await at_once(*(sends(town.courier, *batch) for batch in batches))
    assert sum(one.body["accepted"] for one in answers) == len(good)
    assert sum(one.body["duplicates"] for one in answers) == 7 * len(good)
    assert all(len(one.body["refused"]) == len(bad) for one in answers)
    written = await town.rows("SELECT count(*) FROM custody_event WHERE device IS NOT NULL")
    assert written == [(len(good),)]
    assert await town.rows("SELECT count(*) FROM refused_scan") == [(len(bad),)]
    await nothing_is_askew(town)


async def test_a_pouch_is_sealed_while_scans_pack_it_and_empty_it(town: Town) -> None:
    await signed_in(town.officer, town.courier)
    for _ in range(ROUNDS):
        one, two, three = [f"{await town.clerk.receives()}/H1" for _ in range(3)]
        pouch = await town.clerk.packs(one, two, to=JUSTICE)
        answers = await at_once(
            sends(town.clerk, town.clerk.scan("unpack", one)),
            town.officer.asks("POST", f"/pouches/{pouch}/seal", {"seal": town.next_seal()}),
            sends(town.clerk, town.clerk.scan("pack", three, pouch=pouch)),
            sends(town.clerk, town.clerk.scan("pack", two, pouch=pouch)),
            sends(town.courier, town.courier.scan("load", pouch)),
        )
        assert answers[1].status == 201
        manifest = await town.rows(
            "SELECT item_code FROM manifest_line WHERE pouch_code = :pouch ORDER BY 1", pouch=pouch
        )
        sealed_in = "SELECT item_code FROM position WHERE sealed AND pouch = :pouch ORDER BY 1"
        assert await town.rows(sealed_in, pouch=pouch) == manifest
    await nothing_is_askew(town)


async def test_a_result_is_issued_while_the_application_is_scanned(town: Town) -> None:
    await signed_in(town.justice, town.courier)
    for _ in range(ROUNDS):
        code = await town.at_department()
        item = f"{code}/H1"
        answers = await at_once(
            *(sends(town.courier, town.courier.scan("load", item)) for _ in range(3)),
            *(sends(town.justice, town.justice.scan("take_up", item)) for _ in range(3)),
            town.justice.asks("POST", f"/dossiers/{code}/results", {"place": JUSTICE}),
            town.justice.asks("POST", f"/dossiers/{code}/results", {"place": JUSTICE}),
        )
        issued = told(answers[-2:])
        assert issued == {(201, ""): 1, (409, "/problems/result-exists"): 1}
    await nothing_is_askew(town)


async def test_a_department_asks_for_papers_while_it_issues_the_result(town: Town) -> None:
    await signed_in(town.justice)
    wanted = {"reason": "Thiếu căn cước", "papers": "Căn cước công dân", "place": JUSTICE}
    for _ in range(ROUNDS):
        code = await town.at_department()
        answers = await at_once(
            town.justice.asks("POST", f"/dossiers/{code}/supplements", wanted),
            town.justice.asks("POST", f"/dossiers/{code}/results", {"place": JUSTICE}),
        )
        assert sorted(one.status for one in answers) == [201, 409]
    await nothing_is_askew(town)


async def test_batches_meet_the_same_dossiers_the_other_way_round(town: Town) -> None:
    await signed_in(town.courier, town.supervisor)
    results = []
    for _ in range(2):
        _, result = await town.at_return_desk(return_mode=1)
        await town.desk.sends_home(result, by=town.courier)
        results.append(result)
    earlier: list[Json] = []
    for _ in range(ROUNDS):
        scans = [town.courier.scan("deliver", result) for result in results]
        corrections = [
            town.supervisor.scan("correct", one["code"], corrects=one["scan_id"])
            for one in reversed(earlier)
        ]
        answers = await at_once(sends(town.courier, *scans), sends(town.supervisor, *corrections))
        assert [one.body["refused"] for one in answers] == [[], []]
        earlier = scans
    await nothing_is_askew(town)


async def test_an_order_is_called_off_while_it_is_scanned_and_confirmed(town: Town) -> None:
    await signed_in(town.desk, town.courier)
    for _ in range(ROUNDS):
        _, result = await town.at_return_desk(return_mode=1)
        number = await town.desk.sends_home(result, by=town.courier)
        note = {"place": RETURN_DESK, "note": "Công dân đến nhận tại quầy"}
        async with asyncio.TaskGroup() as group:
            group.create_task(town.dispatches())
            answers = await at_once(
                town.desk.asks("POST", f"/consignments/{number}/cancel", note),
                *(sends(town.courier, town.courier.scan("fail", result)) for _ in range(3)),
            )
        cancelled = answers[0].status == 201
        rows = await town.rows(
            "SELECT state, attempts, carrier_reference FROM consignment WHERE number = :number",
            number=number,
        )
        state, attempts, reference = rows[0]
        assert (state, attempts) == (("cancelled", 0) if cancelled else ("attempted", 3))
        # What was called off before its order left was never asked for.
        assert reference or cancelled, "the carrier's number was overwritten by a scan"
    await nothing_is_askew(town)


async def test_two_files_that_come_at_once_complete_the_dossier(town: Town) -> None:
    await signed_in(town.clerk)
    for _ in range(ROUNDS):
        code = await town.clerk.receives()
        path = f"/dossiers/{code}/documents"
        answers = await at_once(
            *(
                town.clerk.asks(
                    "POST",
                    path,
                    raw=draw_stack(f"{code} {position}", 1),
                    params={"position": str(position), "file_name": "a.pdf", "pages": "1"},
                )
                for position in (1, 2)
            )
        )
        assert told(answers) == {(201, ""): 2}
        assert (await town.clerk.where(f"{code}/H1"))[0] == "digitised"
