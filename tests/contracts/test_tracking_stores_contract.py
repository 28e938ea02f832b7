"""What the stores of pouches, handovers, incidents and consignments must do on every database."""

import pytest
from sqlalchemy.exc import IntegrityError

from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.ports import Consignments, Handovers, Incidents, Pouches
from postal_bridge.tracking.records import (
    Consignment,
    ConsignmentState,
    Handover,
    HandoverLine,
    HandoverState,
    Incident,
    IncidentKind,
    ManifestLine,
    Pouch,
    PouchState,
)
from tests.stores import DOSSIER, HOUR, ITEM, NOW, a_position, an_event

PORTS = (
    "tracking.ports.Pouches",
    "tracking.ports.Handovers",
    "tracking.ports.Incidents",
    "tracking.ports.Consignments",
)
IMPLEMENTATIONS = ("sqlite", "postgresql")
POUCH = Pouch(
    code="TUI-190110-0001-3",
    origin="centre",
    destination="H37.01",
    created_at=NOW,
    created_by="lan",
)
SEALED = POUCH.model_copy(
    update={"state": PouchState.SEALED, "seal": "NP-0000001-3", "sealed_at": NOW + HOUR}
)
HANDOVER = Handover(
    number="BG-H37-190110-0001",
    place="centre",
    giver="lan",
    receiver="tuan",
    given_count=2,
    given_at=NOW,
)
INCIDENT = Incident(
    id="i1",
    key="short:BG-H37-190110-0001:A",
    kind=IncidentKind.SHORT,
    code="A",
    place="H37.01",
    opened_at=NOW,
    opened_by="hoa",
)
CONSIGNMENT = Consignment(
    number="VD-0001-K-1",
    item_code=ITEM,
    dossier_code=DOSSIER,
    carrier="own_fleet",
    consignee_name="Nông Thị Hồng Đào",
    consignee_phone="0912345678",
    consignee_address="Thôn Nà Sầm",
    booked_at=NOW,
    booked_by="lan",
)


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def a_handover_line(item: str, *, number: str = HANDOVER.number) -> HandoverLine:
    return HandoverLine(number=number, item_code=item, pouch=POUCH.code)


async def test_a_pouch_is_written_renewed_and_found_by_its_seal(storage: Storage) -> None:
    async with storage.begin() as work:
        pouches: Pouches = work.pouches
        await pouches.put(POUCH)
        assert await pouches.find(POUCH.code) == POUCH
        assert await pouches.with_seal("NP-0000001-3") is None
        await pouches.put(SEALED)

    async with storage.begin() as work:
        assert await work.pouches.hold(POUCH.code) == SEALED
        assert await work.pouches.with_seal("NP-0000001-3") == SEALED
        assert await work.pouches.hold("unknown") is None


async def test_a_seal_is_used_once(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.pouches.put(SEALED)
    with pytest.raises(IntegrityError):
        async with storage.begin() as work:
            await work.pouches.put(SEALED.model_copy(update={"code": "TUI-190110-0002-6"}))


async def test_contents_are_the_items_whose_position_is_in_the_pouch(storage: Storage) -> None:
    async with storage.begin() as work:
        for item, pouch in (("B", POUCH.code), ("A", POUCH.code), ("C", None), ("D", "other")):
            position = a_position(item=item).model_copy(update={"pouch": pouch})
            await work.custody.record(an_event(1, item=item), position)

        assert await work.pouches.contents(POUCH.code) == ["A", "B"]
        assert await work.pouches.contents("empty") == []


async def test_a_manifest_keeps_its_order(storage: Storage) -> None:
    lines = [
        ManifestLine(pouch_code=POUCH.code, position=number, item_code=item)
        for number, item in ((2, "A"), (1, "B"))
    ]
    async with storage.begin() as work:
        await work.pouches.write_manifest(lines)
        await work.pouches.write_manifest([])

        assert [line.item_code for line in await work.pouches.manifest(POUCH.code)] == ["B", "A"]
        assert await work.pouches.manifest("other") == []


async def test_minutes_keep_both_counts_and_what_was_there(storage: Storage) -> None:
    accepted = HANDOVER.model_copy(
        update={"state": HandoverState.ACCEPTED, "accepted_count": 1, "seals_intact": False}
    )
    async with storage.begin() as work:
        handovers: Handovers = work.handovers
        await handovers.put(HANDOVER)
        await handovers.add_lines([a_handover_line("B"), a_handover_line("A")])
        await handovers.add_lines([a_handover_line("A", number="other")])
        assert await handovers.lines(HANDOVER.number) == [
            a_handover_line("A"),
            a_handover_line("B"),
        ]
        await handovers.put(accepted)
        await handovers.set_outcomes(HANDOVER.number, {"A": "present", "B": "short"})
        await handovers.set_outcomes(HANDOVER.number, {})

    async with storage.begin() as work:
        found = await work.handovers.hold(HANDOVER.number)
        assert found == accepted
        assert found is not None
        assert (found.given_count, found.accepted_count, found.seals_intact) == (2, 1, False)
        lines = await work.handovers.lines(HANDOVER.number)
        assert [line.outcome for line in lines] == ["present", "short"]
        assert [line.outcome for line in await work.handovers.lines("other")] == [None]
        assert await work.handovers.find("unknown") is None


async def test_an_item_in_minutes_that_nobody_accepted_is_known_to_be(storage: Storage) -> None:
    accepted = HANDOVER.model_copy(update={"number": "BG-2", "state": HandoverState.ACCEPTED})
    async with storage.begin() as work:
        for minutes in (HANDOVER, accepted):
            await work.handovers.put(minutes)
        await work.handovers.add_lines([a_handover_line("A"), a_handover_line("B", number="BG-2")])

        many = ["A", "B", "C", *(f"X{number}" for number in range(1100))]
        assert await work.handovers.offered_with(many) == {"A": HANDOVER.number}


async def test_an_incident_opens_once_for_the_same_trouble(storage: Storage) -> None:
    again = INCIDENT.model_copy(update={"id": "i2", "note": "báo lần hai"})
    async with storage.begin() as work:
        incidents: Incidents = work.incidents
        assert await incidents.open_once(INCIDENT) == INCIDENT
        assert await incidents.open_once(again) == INCIDENT

    async with storage.begin() as work:
        assert await work.incidents.listed(open_only=True, limit=9) == [INCIDENT]
        assert await work.incidents.find("i2") is None


async def test_a_closed_incident_is_listed_only_where_all_are_asked_for(storage: Storage) -> None:
    later = INCIDENT.model_copy(
        update={"id": "i2", "key": "k2", "code": "B", "opened_at": NOW + HOUR}
    )
    closed = INCIDENT.model_copy(update={"closed_at": NOW + HOUR, "explanation": "tìm thấy"})
    async with storage.begin() as work:
        await work.incidents.open_once(INCIDENT)
        await work.incidents.open_once(later)
        assert await work.incidents.about("A") == [INCIDENT]
        await work.incidents.put(closed)

        assert await work.incidents.find("i1") == closed
        assert await work.incidents.about("A") == []
        assert await work.incidents.listed(open_only=True, limit=9) == [later]
        assert await work.incidents.listed(open_only=False, limit=9) == [later, closed]
        assert await work.incidents.listed(open_only=False, limit=1) == [later]


async def test_a_consignment_is_written_renewed_and_listed_by_number(storage: Storage) -> None:
    second = CONSIGNMENT.model_copy(update={"number": "VD-0001-K-2"})
    failed = CONSIGNMENT.model_copy(
        update={"state": ConsignmentState.BROUGHT_BACK, "attempts": 1, "closed_at": NOW + HOUR}
    )
    async with storage.begin() as work:
        consignments: Consignments = work.consignments
        await consignments.put(second)
        await consignments.put(CONSIGNMENT)
        await consignments.put(failed)

        assert await consignments.hold(CONSIGNMENT.number) == failed
        assert await consignments.find(CONSIGNMENT.number) == failed
        assert await consignments.of_item(ITEM) == [failed, second]
        assert await consignments.hold("unknown") is None
        assert await consignments.of_item("other") == []


async def test_a_carriers_consignments_are_found_by_when_they_were_booked(
    storage: Storage,
) -> None:
    def one(serial: int, hours: int, carrier: str = "own_fleet") -> Consignment:
        changes = {"number": f"VD-{serial}", "booked_at": NOW + hours * HOUR, "carrier": carrier}
        return CONSIGNMENT.model_copy(update=changes)

    early, first, last, end = one(4, -1), one(3, 0), one(2, 23), one(1, 24)
    other = one(5, 0, carrier="vnpost")
    async with storage.begin() as work:
        consignments: Consignments = work.consignments
        await consignments.put(early, first, last, end, other)

        assert await consignments.booked("own_fleet", NOW, NOW + 24 * HOUR) == [last, first]
        assert await consignments.booked("nobody", NOW, NOW + 24 * HOUR) == []
        assert await consignments.numbered(["VD-5", "VD-1", "VD-9", "VD-1"]) == {
            "VD-1": end,
            "VD-5": other,
        }
        assert await consignments.numbered([]) == {}
