"""What the dossiers' stores must do on every database."""

import asyncio
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from postal_bridge.dossiers.ports import Catalogue, Counters, Dossiers, DossierWork, day_series
from postal_bridge.dossiers.records import (
    FeeKind,
    FeeReceipt,
    Place,
    Postponement,
    Procedure,
    ProcedurePaper,
    Supplement,
)
from postal_bridge.journey import ItemKind, Status
from postal_bridge.storage.engine import Storage
from postal_bridge.worktime import LimitUnit
from tests.stores import DOSSIER, HOUR, ITEM, NOW, a_dossier, a_line, an_item, opened

PORTS = (
    "dossiers.ports.Catalogue",
    "dossiers.ports.Dossiers",
    "dossiers.ports.Counters",
    "dossiers.ports.DossierWork",
)
IMPLEMENTATIONS = ("sqlite", "postgresql")
PLACE = Place(code="H37.01", name="Sở Tư pháp", kind="department", latitude=21.85, longitude=106.76)
PROCEDURE = Procedure(
    code="1.003003",
    name="Công chứng hợp đồng",
    department="H37.01",
    time_limit_value=16,
    time_limit_unit=LimitUnit.HOUR,
    late_cutoff=True,
    fee_vnd=50_000,
)


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def a_paper(position: int, name: str) -> ProcedurePaper:
    return ProcedurePaper(procedure_code=PROCEDURE.code, position=position, paper_name=name)


def a_receipt(
    number: str | None, amount_vnd: int, *, basis: str | None = None, after_hours: int = 0
) -> FeeReceipt:
    return FeeReceipt(
        id=f"fee-{number or basis}",
        dossier_code=DOSSIER,
        number=number,
        kind=FeeKind.CHARGE,
        amount_vnd=amount_vnd,
        exemption_basis=basis,
        collected_at=NOW + after_hours * HOUR,
        collected_by="lan",
        collected_place="desk-1",
    )


async def test_the_catalogue_gives_back_what_was_imported(storage: Storage) -> None:
    other = Place(code="BĐ-1", name="Bưu cục Lạng Sơn", kind="post_office")
    async with storage.begin() as work:
        catalogue: Catalogue = work.catalogue
        assert await catalogue.import_places([PLACE, other]) == 2
        papers = [a_paper(2, "Bản sao"), a_paper(1, "Đơn")]
        assert await catalogue.import_procedures([PROCEDURE], papers) == 1

        assert await catalogue.place("H37.01") == PLACE
        assert await catalogue.place("H37.99") is None
        assert await catalogue.places() == [other, PLACE]
        assert await catalogue.procedure(PROCEDURE.code) == PROCEDURE
        assert await catalogue.procedure("0.000000") is None
        listed = await catalogue.papers(PROCEDURE.code)
        assert [paper.paper_name for paper in listed] == ["Đơn", "Bản sao"]


async def test_importing_again_renews_and_doubles_nothing(storage: Storage) -> None:
    renamed = PLACE.model_copy(update={"name": "Sở Tư pháp tỉnh"})
    async with storage.begin() as work:
        await work.catalogue.import_places([PLACE])
        await work.catalogue.import_places([renamed])
        await work.catalogue.import_places([])
        for _ in range(2):
            await work.catalogue.import_procedures([PROCEDURE], [a_paper(1, "Đơn")])

        assert await work.catalogue.places() == [renamed]
        assert len(await work.catalogue.papers(PROCEDURE.code)) == 1


async def test_a_dossier_comes_back_whole(storage: Storage) -> None:
    async with storage.begin() as work:
        dossiers: Dossiers = work.dossiers
        await dossiers.add(a_dossier(), [a_line(2), a_line(1)])

    async with storage.begin() as work:
        found = await work.dossiers.find(DOSSIER)
        assert found == a_dossier()
        assert found is not None
        assert found.status is Status.RECEIVED
        assert await work.dossiers.hold(DOSSIER) == found
        assert await work.dossiers.checklist(DOSSIER) == [a_line(1), a_line(2)]
        assert await work.dossiers.find("unknown") is None
        assert await work.dossiers.hold("unknown") is None


async def test_a_record_that_was_read_can_be_changed_and_sent(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.dossiers.add(a_dossier(), [])
        found = await work.dossiers.find(DOSSIER)

    assert found is not None
    assert found.model_copy(update={"status": Status.PROCESSING}).status is Status.PROCESSING
    assert type(found).model_validate_json(found.model_dump_json()) == a_dossier()


async def test_the_same_dossier_is_not_written_twice(storage: Storage) -> None:
    async with storage.begin() as work:
        assert await work.dossiers.add(a_dossier(), [])
    async with storage.begin() as work:
        again = a_dossier().model_copy(update={"applicant_name": "Người khác"})
        assert not await work.dossiers.add(again, [a_line(1)])
        assert await work.dossiers.find(DOSSIER) == a_dossier()
        assert await work.dossiers.checklist(DOSSIER) == []


async def test_a_change_touches_one_dossier_only(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.dossiers.add(a_dossier("D1"), [])
        await work.dossiers.add(a_dossier("D2"), [])
        await work.dossiers.change("D1", status=Status.SUPPLEMENT, paused_at=NOW, promised_at=None)

        changed = await work.dossiers.find("D1")
        assert changed is not None
        assert (changed.status, changed.paused_at, changed.promised_at) == (5, NOW, None)
        assert await work.dossiers.find("D2") == a_dossier("D2")


async def test_items_of_a_dossier_are_listed_by_code(storage: Storage) -> None:
    result = an_item(f"{DOSSIER}/K1", kind=ItemKind.RESULT)
    async with storage.begin() as work:
        for item in (result, an_item(), an_item("other/H1")):
            await work.custody.add_item(item)

        assert await work.dossiers.items(DOSSIER) == [an_item(ITEM), result]


async def test_a_supplement_request_is_written_and_renewed(storage: Storage) -> None:
    asked = Supplement(
        dossier_code=DOSSIER,
        number=1,
        reason="Thiếu sơ đồ thửa đất",
        papers="Sơ đồ",
        requested_at=NOW,
        requested_by="sở",
        promised_before=NOW + HOUR,
    )
    answered = asked.model_copy(update={"answered_at": NOW + HOUR, "answered_by": "lan"})
    async with storage.begin() as work:
        await work.dossiers.put_supplement(asked)
        assert await work.dossiers.supplements(DOSSIER) == [asked]
        await work.dossiers.put_supplement(answered)
        assert await work.dossiers.supplements(DOSSIER) == [answered]


async def test_later_days_are_kept_by_number(storage: Storage) -> None:
    days = [
        Postponement(
            dossier_code=DOSSIER,
            number=number,
            reason="Chờ xác minh",
            promised_before=NOW,
            promised_at=NOW + HOUR,
            postponed_at=NOW,
            postponed_by="sở",
        )
        for number in (1, 2)
    ]
    async with storage.begin() as work:
        assert await work.dossiers.postponements(DOSSIER) == []
        for one in days:
            await work.dossiers.add_postponement(one)
        assert await work.dossiers.postponements(DOSSIER) == days


async def test_fees_add_up_to_the_dong(storage: Storage) -> None:
    receipts = [
        a_receipt("BL-19-000001", 3_000_000_000),
        a_receipt("BL-19-000002", 70_001, after_hours=1),
        a_receipt(None, 0, basis="Người có công", after_hours=1),
        a_receipt("BL-19-000003", 9, after_hours=5),
    ]
    async with storage.begin() as work:
        for receipt in receipts:
            await work.dossiers.add_receipt(receipt)

        listed = await work.dossiers.receipts(DOSSIER)
        assert {receipt.id for receipt in listed} == {receipt.id for receipt in receipts}
        assert listed[0] == receipts[0]
        assert await work.dossiers.fee_totals(NOW, NOW + 5 * HOUR) == (2, 3_000_070_001, 1)
        assert await work.dossiers.fee_totals(NOW + 9 * HOUR, NOW + 10 * HOUR) == (0, 0, 0)


async def test_a_receipt_number_is_used_once(storage: Storage) -> None:
    again = a_receipt("BL-19-000001", 5).model_copy(update={"id": "another"})
    async with storage.begin() as work:
        await work.dossiers.add_receipt(a_receipt("BL-19-000001", 5))
    with pytest.raises(IntegrityError):
        async with storage.begin() as work:
            await work.dossiers.add_receipt(again)


async def test_dossiers_of_a_span_include_its_start_and_not_its_end(storage: Storage) -> None:
    async with storage.begin() as work:
        for hours, code in enumerate(("D1", "D2", "D3")):
            dossier = a_dossier(code).model_copy(update={"received_at": NOW + hours * HOUR})
            await work.dossiers.add(dossier, [])

        found = await work.dossiers.received_between(NOW, NOW + 2 * HOUR)
        assert [dossier.code for dossier in found] == ["D1", "D2"]


async def test_numbers_run_from_one_for_each_series(storage: Storage) -> None:
    today = day_series("pouch", date(2019, 1, 10))
    async with storage.begin() as work:
        counters: Counters = work.counters
        assert [await counters.next(today) for _ in range(3)] == [1, 2, 3]
        assert await counters.next(day_series("pouch", date(2019, 1, 11))) == 1

    with pytest.raises(RuntimeError, match="undone"):
        await take_a_number_and_fail(storage, today)
    async with storage.begin() as work:
        assert await work.counters.next(today) == 4


async def take_a_number_and_fail(storage: Storage, series: str) -> None:
    async with storage.begin() as work:
        assert await work.counters.next(series) == 4
        raise RuntimeError("undone")


async def test_no_number_is_given_twice_to_many_at_once(
    storage: Storage, database_url: str
) -> None:
    given: list[int] = []

    async def take(store: Storage) -> None:
        for _ in range(15):
            async with store.begin() as work:
                given.append(await work.counters.next("receipt"))

    async with opened(database_url) as other, asyncio.TaskGroup() as tasks:
        for store in (storage, other, storage, other):
            tasks.create_task(take(store))

    assert sorted(given) == list(range(1, 61))


async def test_the_stores_of_one_transaction_see_each_others_writes(storage: Storage) -> None:
    async with storage.begin() as unit:
        work: DossierWork = unit
        await work.catalogue.import_places([PLACE])
        await work.dossiers.add(a_dossier(), [])
        await work.outbox.put("notice", key=DOSSIER, payload={"mã": DOSSIER})
        assert await work.counters.next("pouch") == 1
        assert await work.dossiers.find(DOSSIER) is not None
        assert await work.catalogue.place(PLACE.code) == PLACE
