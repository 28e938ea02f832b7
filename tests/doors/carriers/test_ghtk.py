"""GHTK, spoken to over real HTTP."""

import json
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from urllib.parse import urlencode

import pytest

from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.sandbox.carriers.ghtk import GhtkSwitch, callback_of
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.tracking.carrier_records import CodMove, Milestone, Why
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    Cancelled,
    Capability,
    CarrierMisread,
    CarrierUnavailable,
    CodMoney,
    Label,
    NotThere,
    Placed,
    Quote,
    Refused,
    Unknown,
)
from tests.doors.carriers.stand_ghtk import SECRET, GhtkTown, opened_ghtk
from tests.doors.carriers.wires import NOW, REFERENCE, an_order

Encoded = Callable[[dict[str, object]], tuple[str, str]]
NOT_AN_ANSWER = (
    FaultKind.SERVER_ERROR,
    FaultKind.TIMEOUT,
    FaultKind.CONNECTION_LOST,
    FaultKind.REPLY_LOST,
    FaultKind.TRUNCATED,
    FaultKind.HALF_BODY,
    FaultKind.LOGIN_PAGE,
)
STATUSES = [
    "-1",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "10",
    "11",
    "12",
    "13",
    "20",
    "21",
    "45",
    "49",
    "123",
    "127",
    "128",
    "410",
]


@pytest.fixture
async def town() -> AsyncIterator[GhtkTown]:
    async with opened_ghtk() as opened:
        yield opened


async def a_placed(town: GhtkTown, *, cod_dong: int = 0) -> Placed:
    booked = await town.carrier.book(an_order(cod_dong=cod_dong))
    assert isinstance(booked, Booked)
    return Placed(reference=REFERENCE, carrier_number=booked.carrier_number, waybill=booked.waybill)


def as_json(words: dict[str, object]) -> tuple[str, str]:
    return "application/json", json.dumps(words)


def as_form(words: dict[str, object]) -> tuple[str, str]:
    """As the carrier's own sample does it, with the plus of the zone as it is."""
    return "application/x-www-form-urlencoded", urlencode(words, safe="+:")


def as_parts(words: dict[str, object]) -> tuple[str, str]:
    head = '--ranh\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    parts = "".join(head.format(name, one) for name, one in words.items())
    return "multipart/form-data; boundary=ranh", f"{parts}--ranh--\r\n"


def a_callback(
    words: dict[str, object], *, key: str = SECRET, encode: Encoded = as_json
) -> Callback:
    kind, body = encode(words)
    return Callback(headers={}, query={"key": key}, content_type=kind, body=body.encode())


async def test_orders_are_weighed_in_kilograms_and_fees_in_grams(town: GhtkTown) -> None:
    booked = await town.carrier.book(an_order(cod_dong=150_000))
    assert isinstance(booked, Booked)
    assert booked.fee_dong == 22_000
    order = town.stand.state.orders[REFERENCE]
    assert order.weight_kg == 0.1
    assert order.words["pick_money"] == 150_000
    assert order.words["province"] == "Lạng Sơn"
    quote = await town.carrier.quote(an_order())
    assert quote == Quote(service="new_inner", amount_dong=22_000)
    assert "weight=100&" in f"{town.stand.log.of('fee')[0].target}&"


async def test_what_is_said_again_is_read_back_and_there_once(town: GhtkTown) -> None:
    placed = await a_placed(town)
    again = await town.carrier.book(an_order())
    assert isinstance(again, Booked)
    assert (again.already, again.carrier_number) == (True, placed.carrier_number)
    assert await town.stored() == [REFERENCE]


@pytest.mark.parametrize("kind", NOT_AN_ANSWER)
async def test_what_is_no_answer_leaves_an_order_open(town: GhtkTown, kind: FaultKind) -> None:
    town.fails(Capability.BOOK, kind)
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    assert len(await town.stored()) <= 1


async def test_an_opaque_error_means_that_nobody_knows(town: GhtkTown) -> None:
    town.stand.plan.defects = frozenset({GhtkSwitch.OPAQUE_ERROR})
    assert isinstance(await town.carrier.book(an_order()), Unknown)
    town.stand.plan.defects = frozenset()
    assert isinstance(await town.carrier.find(REFERENCE), Booked)


async def test_a_refusal_that_cannot_be_checked_leaves_it_open(town: GhtkTown) -> None:
    await a_placed(town)
    town.breaks("state", FaultKind.SERVER_ERROR, times=None)
    assert isinstance(await town.carrier.book(an_order()), Unknown)


async def test_a_refusal_names_its_field(town: GhtkTown) -> None:
    order = an_order()
    order = type(order)(**{**vars(order), "weight_grams": 21_000})
    refused = await town.carrier.book(order)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.field) == ("INVALID_PARAM", "weight")
    assert await town.stored() == []


@pytest.mark.parametrize("credentials", [{"token": "sai-bi-mat"}, {"username": "S000"}])
async def test_credentials_that_are_refused_store_nothing(credentials: dict[str, str]) -> None:
    async with opened_ghtk(**credentials) as town:
        with pytest.raises(CarrierUnavailable) as caught:
            await town.carrier.book(an_order())
        assert "sai-bi-mat" not in str(caught.value)
        assert await town.stored() == []
        assert not (await town.carrier.verify()).well


async def test_an_order_is_called_off_by_post_or_by_get(town: GhtkTown) -> None:
    placed = await a_placed(town)
    town.stand.plan.defects = frozenset({GhtkSwitch.CANCEL_BY_GET})
    assert await town.carrier.cancel(placed) == Cancelled()
    assert await town.carrier.cancel(placed) == Cancelled(already=True)


@pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.LOGIN_PAGE, FaultKind.TRUNCATED])
async def test_what_is_no_answer_leaves_a_cancellation_open(
    town: GhtkTown, kind: FaultKind
) -> None:
    placed = await a_placed(town)
    town.fails(Capability.CANCEL, kind)
    assert isinstance(await town.carrier.cancel(placed), Unknown)
    assert isinstance(await town.carrier.cancel(placed), Cancelled)
    assert await town.stored() == []


async def test_what_was_fetched_cannot_be_called_off(town: GhtkTown) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "3", NOW)
    refused = await town.carrier.cancel(placed)
    assert isinstance(refused, Refused)
    assert "không thể hủy" in refused.text
    town.breaks("state", FaultKind.LOGIN_PAGE)
    assert isinstance(await town.carrier.cancel(placed), Unknown), "a no that nobody could check"


async def test_an_order_is_found_with_codes_as_text_too(town: GhtkTown) -> None:
    placed = await a_placed(town)
    town.stand.plan.numbers_as_text = True
    found = await town.carrier.find(REFERENCE)
    assert found == Booked(
        carrier_number=placed.carrier_number,
        waybill=placed.waybill,
        fee_dong=22_000,
        already=True,
    )
    assert await town.carrier.find("VD-KHAC") == NotThere()


async def test_a_label_is_a_whole_pdf_or_none(town: GhtkTown) -> None:
    placed = await a_placed(town)
    label = await town.carrier.label(placed)
    assert isinstance(label, Label)
    assert (label.media_type, label.content[:4]) == ("application/pdf", b"%PDF")
    by_hand = Placed(reference=REFERENCE, carrier_number=REFERENCE)
    assert await town.carrier.label(by_hand) == label
    town.breaks("label", FaultKind.TRUNCATED, times=None)
    with pytest.raises(CarrierUnavailable):
        await town.carrier.label(placed)


async def test_a_place_that_is_not_served_has_no_price(town: GhtkTown) -> None:
    town.stand.plan.defects = frozenset({GhtkSwitch.NOT_DELIVERED})
    refused = await town.carrier.quote(an_order())
    assert isinstance(refused, Refused)
    assert refused.field == "address"


@pytest.mark.parametrize("encode", [as_json, as_form, as_parts])
async def test_a_callback_is_understood_in_every_encoding(town: GhtkTown, encode: Encoded) -> None:
    await a_placed(town, cod_dong=150_000)
    await town.happens(REFERENCE, "5", NOW)
    callback = a_callback(callback_of(town.stand.state.orders[REFERENCE]), encode=encode)
    assert town.carrier.is_genuine(callback)
    (scan,) = town.carrier.understand(callback)
    assert (scan.raw_code, scan.reference, scan.occurred_at) == ("5", REFERENCE, NOW)
    assert scan.money == CodMoney(move=CodMove.COLLECTED, amount_dong=150_000)
    await town.happens(REFERENCE, "6", NOW)
    callback = a_callback(callback_of(town.stand.state.orders[REFERENCE]), encode=encode)
    (scan,) = town.carrier.understand(callback)
    assert scan.money == CodMoney(move=CodMove.REMITTED, amount_dong=150_000)


@pytest.mark.parametrize("kind", [FaultKind.UNAUTHORIZED, FaultKind.TOO_MANY])
async def test_what_was_certainly_not_heard_is_said_again(town: GhtkTown, kind: FaultKind) -> None:
    town.fails(Capability.BOOK, kind)
    assert isinstance(await town.carrier.book(an_order()), Booked)
    assert await town.stored() == [REFERENCE]


async def test_a_failed_attempt_is_told_once_by_a_callback_or_by_the_state(town: GhtkTown) -> None:
    placed = await a_placed(town)
    await town.happens(REFERENCE, "9", NOW)
    callback = a_callback(callback_of(town.stand.state.orders[REFERENCE]))
    assert [one.raw_code for one in town.carrier.understand(callback)] == ["9"]
    assert list(await town.carrier.scans(placed)) == []
    async with opened_ghtk(callback_secret="") as other:
        placed = await a_placed(other)
        await other.happens(REFERENCE, "9", NOW)
        assert [one.raw_code for one in await other.carrier.scans(placed)] == ["9"]


async def test_a_state_that_cannot_be_told_is_not_read_as_no_news(town: GhtkTown) -> None:
    placed = await a_placed(town)
    town.stand.state.named = refuse_to_name  # type: ignore[method-assign]
    with pytest.raises(CarrierMisread, match="Bảo trì"):
        await town.carrier.scans(placed)


def refuse_to_name(name: str) -> None:
    del name
    raise StandInError(HTTPStatus.BAD_REQUEST, "Bảo trì")


@pytest.mark.parametrize(
    "changes",
    [{"partner_id": "", "label_id": ""}, {"action_time": "hôm qua"}, {"status_id": ""}],
)
async def test_a_callback_of_another_shape_is_misread(
    town: GhtkTown, changes: dict[str, object]
) -> None:
    await a_placed(town)
    words = callback_of(town.stand.state.orders[REFERENCE])
    with pytest.raises(CarrierMisread):
        town.carrier.understand(a_callback({**words, **changes}))


async def test_a_callback_is_known_by_the_key_of_its_address(town: GhtkTown) -> None:
    assert not town.carrier.is_genuine(a_callback({}, key="khac"))
    assert town.carrier.answer(kept=False).status == 503
    async with opened_ghtk(callback_secret="") as other:
        assert not other.carrier.is_genuine(a_callback({}, key=""))


def test_every_status_of_the_reference_is_mapped() -> None:
    statuses = load_statuses(CONFIG_DIR / "carriers" / "statuses")
    assert [one for one in STATUSES if statuses.meaning("ghtk", one) is None] == []
    assert statuses.meaning("ghtk", "8") == (Milestone.INFORMATION, Why.POSTPONED)
    assert statuses.meaning("ghtk", "123") == (Milestone.INFORMATION, None)


async def test_neither_token_nor_persons_are_in_the_call_log(town: GhtkTown) -> None:
    await a_placed(town)
    kept = " ".join(f"{one.request} {one.response}" for one in town.log.calls)
    assert "Hồng Đào" not in kept
    assert "0912345678" not in kept
