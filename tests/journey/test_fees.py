"""Money is taken with a numbered receipt, or waived with the law that waives it."""

from postal_bridge.codes import make_receipt_number as number
from tests.journey.house import Town
from tests.journey.province import read


async def test_a_fee_is_taken_and_the_receipt_has_the_next_number(town: Town) -> None:
    code = await town.clerk.receives()
    first = await town.clerk.takes_fee(code, 200_000)
    second = await town.clerk.takes_fee(code, 5_000, kind="charge")
    assert (first["number"], second["number"]) == (number(2019, 1), number(2019, 2))
    assert (first["kind"], second["kind"]) == ("fee", "charge")
    assert (first["collected_by"], first["collected_place"]) == ("hanh", "HCC-TN")
    assert read(first["collected_at"]) < read(second["collected_at"])
    receipts = (await town.clerk.dossier(code))["receipts"]
    assert sum(receipt["amount_vnd"] for receipt in receipts) == 205_000


async def test_a_fee_is_waived_with_its_legal_basis_and_uses_up_no_number(town: Town) -> None:
    code = await town.clerk.receives()
    law = "Điều 4 Thông tư 244/2016/TT-BTC: người thuộc hộ nghèo"
    waived = await town.clerk.takes_fee(code, 0, exemption_basis=law)
    assert "number" not in waived
    assert (waived["amount_vnd"], waived["exemption_basis"]) == (0, law)
    assert (await town.clerk.takes_fee(code, 1_000))["number"] == number(2019, 1)
    table = await town.supervisor.table("2019-01-10", "2019-01-10")
    assert (table["fee_receipts"], table["fees_vnd"], table["exemptions"]) == (1, 1_000, 1)


async def test_the_numbers_begin_anew_with_the_year(town: Town) -> None:
    code = await town.clerk.receives()
    await town.clerk.takes_fee(code, 1_000)
    town.wait_until("02/01/2020 08:00")
    assert (await town.clerk.takes_fee(code, 1_000))["number"] == number(2020, 1)


async def test_no_receipt_without_money_no_exemption_without_law_and_no_half_of_either(
    town: Town,
) -> None:
    code = await town.clerk.receives()
    before = await town.dump(without=["refused_request"])
    for said, slug in (
        ({"amount_vnd": 0}, "fee-amount"),
        ({"amount_vnd": 50_000, "exemption_basis": "Hộ nghèo"}, "fee-amount"),
        ({"amount_vnd": 0, "exemption_basis": "  "}, "exemption-basis-missing"),
        ({"amount_vnd": -1}, "invalid-field"),
        ({"amount_vnd": 0.5}, "invalid-field"),
        ({"amount_vnd": "50000"}, "invalid-field"),
    ):
        body = {"place": "HCC-TN", **said}
        (await town.clerk.asks("POST", f"/dossiers/{code}/fees", body)).refuses(422, slug)
    assert await town.dump(without=["refused_request"]) == before
