"""How all one-stop adapters read dates, keep tokens, and say what is stored over there."""

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.clock import LOCAL, SystemClock, at_local
from postal_bridge.onestop.bodies import Fields, TryAgainError, decoded
from postal_bridge.onestop.cells import MisfitError, flag, moment, text, whole
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.tokens import Pair, Tokens
from postal_bridge.onestop.wire import Patience, Wire
from postal_bridge.reconciliation.ports import OneStopRefused, OneStopUnavailable
from tests.onestop_systems import Answer, Waits, answering

# --- dates ----------------------------------------------------------------------------------------

MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2999, 12, 31))  # noqa: DTZ001 - local times


@given(MOMENTS)
def test_a_local_time_is_the_moment_that_the_zone_says(naive: datetime) -> None:
    naive = naive.replace(microsecond=0)
    expected = naive.replace(tzinfo=LOCAL).astimezone(UTC)
    assert moment(f"{naive:%d/%m}/{naive.year:04d} {naive:%H:%M:%S}") == expected
    assert moment(naive.isoformat()) == expected
    assert moment(naive.isoformat(sep=" ")) == expected


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_a_time_with_an_offset_is_that_moment(naive: datetime, minutes: int) -> None:
    aware = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    told = aware.isoformat(timespec="microseconds")
    assert moment(told) == aware
    assert moment(told[:-3] + told[-2:]) == aware


@given(st.integers(-2 * 10**12, 4 * 10**12))
def test_epoch_milliseconds_are_a_moment(milliseconds: int) -> None:
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    if milliseconds:
        assert moment(milliseconds) == expected
    if abs(milliseconds) >= 10**9:
        assert moment(str(milliseconds)) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("10/01/2019", at_local(date(2019, 1, 10), datetime.min.time())),
        ("2019-01-10T00:30", datetime(2019, 1, 9, 17, 30, tzinfo=UTC)),
        ("2019-01-10T00:30:00Z", datetime(2019, 1, 10, 0, 30, tzinfo=UTC)),
        (" 01/02/2019 00:30:00 ", datetime(2019, 1, 31, 17, 30, tzinfo=UTC)),
        ("", None),
        (None, None),
        (0, None),
        ("0001-01-01T00:00:00", None),
    ],
)
def test_other_spellings_and_nothing(told: str | int | None, expected: datetime | None) -> None:
    assert moment(told) == expected


@pytest.mark.parametrize(
    "told",
    [
        "31/02/2019 00:00:00",
        "10/01/2019 24:00:00",
        "10/01/2019 00:60:00",
        "10/01/2019 00:00:60",
        "10/1/2019 00:00:00",
        "2019-13-01",
        "00/00/0000 00:00:00",
        "10/01/2019 00:00:00 PM",
        "hôm qua",
        "9999-12-31T23:59:59",
        "0001-01-02",
        "٠١/٠١/٢٠١٩ 00:00:00",
        10**16,
        1.5,
        True,
    ],
)
def test_what_no_calendar_has_is_a_misfit(told: str | float) -> None:
    with pytest.raises(MisfitError):
        moment(told)


# --- other cells ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("False", False),
        (1, True),
        ("2", True),
        (0, False),
        ("0", False),
        ("", False),
        (None, False),
    ],
)
def test_a_flag_is_read_in_all_its_spellings(value: str | int | None, meant: bool) -> None:
    assert flag(value) is meant


@pytest.mark.parametrize(("value", "meant"), [(4, 4), ("4", 4), (4.0, 4), ("", 0), (None, 0)])
def test_a_number_is_read_in_all_its_spellings(value: str | float | None, meant: int) -> None:
    assert whole(value) == meant


@pytest.mark.parametrize("value", ["x", 4.5, True])
def test_what_is_no_number_is_a_misfit(value: str | float) -> None:
    with pytest.raises(MisfitError):
        whole(value)


def test_a_text_may_come_as_a_number_and_not_as_a_flag() -> None:
    assert (text(7), text(None), text(" a ")) == ("7", "", "a")
    with pytest.raises(MisfitError):
        text(value=True)


def test_a_refusal_never_shows_the_value() -> None:
    with pytest.raises(OneStopRefused) as caught:
        Fields("data[0]", {"viaPostal": "Nguyễn Văn A"}).whole("viaPostal")
    assert "Nguyễn" not in str(caught.value)
    assert "data[0].viaPostal" in str(caught.value)


# --- questions ------------------------------------------------------------------------------------


def test_the_same_question_has_the_same_name_however_it_was_put_together() -> None:
    one = Question(path="/a", query={"b": "2", "a": "1 &"})
    other = Question(path="/a", query={"a": "1 &", "b": "2"})
    assert one.text == other.text == "GET /a?a=1 %26&b=2"
    posted = Question(method="POST", path="/a", content={"z": 1, "a": ["đ"]})
    assert posted.text == 'POST /a {"a":["đ"],"z":1}'


# --- tokens ---------------------------------------------------------------------------------------


class Source:
    """Gives numbered tokens out, one after the other."""

    def __init__(self, *, refreshable: bool) -> None:
        self.refreshable = refreshable
        self.calls: list[str] = []

    async def sign_in(self) -> Pair:
        self.calls.append("sign_in")
        await asyncio.sleep(0)
        return Pair(f"t{len(self.calls)}", "r")

    async def renew(self, old: Pair) -> Pair | None:
        self.calls.append("renew")
        await asyncio.sleep(0)
        return Pair(f"t{len(self.calls)}", "r") if self.refreshable else None


@pytest.mark.parametrize("refreshable", [True, False])
async def test_many_who_meet_a_stale_token_share_one_renewal(*, refreshable: bool) -> None:
    source = Source(refreshable=refreshable)
    tokens = Tokens(source)
    stale = await tokens.current()
    async with asyncio.TaskGroup() as group:
        renewals = [group.create_task(tokens.other_than(stale)) for _ in range(10)]
    assert len({one.result() for one in renewals}) == 1
    assert renewals[0].result() != stale
    assert source.calls == ["sign_in", "renew"] + ([] if refreshable else ["sign_in"])


# --- what is stored over there --------------------------------------------------------------------


@pytest.fixture
def waits() -> Waits:
    return Waits()


async def said(
    answer: Answer, waits: Waits, *, method: str = "POST", timeout_seconds: float = 20.0
) -> object:
    async with answering(answer) as address:
        patience = Patience(attempts=3, timeout_seconds=timeout_seconds)
        wire = Wire(address, headers={}, patience=patience, clock=SystemClock(), sleep=waits.sleep)
        try:
            question = Question(method=method, path="/x", content={"a": 1})
            return await wire.send(question, msgspec.json.decode)
        finally:
            await wire.close()


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_what_may_have_been_stored_is_said_once(waits: Waits, method: str) -> None:
    heard: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        heard.append(request.method)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    with pytest.raises(OneStopUnavailable, match="may have been stored"):
        await said(answer, waits, method=method)
    assert heard == [method]
    assert waits == []


async def test_a_write_that_takes_too_long_may_have_been_stored(waits: Waits) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.5)
        return web.json_response({})

    with pytest.raises(OneStopUnavailable, match="may have been stored"):
        await said(answer, waits, timeout_seconds=0.1)


async def test_where_nobody_listens_nothing_was_stored_and_it_is_said_again(waits: Waits) -> None:
    wire = Wire(
        "http://127.0.0.1:1",
        headers={},
        patience=Patience(attempts=3),
        clock=SystemClock(),
        sleep=waits.sleep,
    )
    with pytest.raises(OneStopUnavailable, match="it was not stored"):
        await wire.send(Question(method="PUT", path="/x", content={}), msgspec.json.decode)
    assert waits == [0.5, 1.0]


async def test_a_body_that_is_too_large_is_not_read_to_its_end(waits: Waits) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"1" * 1000, content_type="application/json")

    async with answering(answer) as address:
        patience = Patience(body_bytes=100)
        wire = Wire(address, headers={}, patience=patience, clock=SystemClock(), sleep=waits.sleep)
        with pytest.raises(OneStopRefused, match="body too large"):
            await wire.ask(Question(path="/x"), msgspec.json.decode)
        await wire.close()


async def test_a_byte_order_mark_is_no_part_of_the_json() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"\xef\xbb\xbf[1]", content_type="application/json")

    async with answering(answer) as address:
        wire = Wire(address, headers={}, patience=Patience(), clock=SystemClock())
        assert await wire.ask(Question(path="/x"), msgspec.json.decode) == (
            b"\xef\xbb\xbf[1]",
            [1],
        )
        await wire.close()


# --- letters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (rb'"ab\u0000c"', "ab\N{REPLACEMENT CHARACTER}c"),
        (rb'"ab\ud83d"', "ab\N{REPLACEMENT CHARACTER}"),
        (rb'"\uDE00\ud83dx"', "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}x"),
        (b'"Nguy\xe1\xbb"', "Nguy\N{REPLACEMENT CHARACTER}"),
        (rb'"\ud83d\ude00 \u0000"', "\N{GRINNING FACE} \N{REPLACEMENT CHARACTER}"),
        (rb'"C:\\u0000 \\ud83d"', r"C:\u0000 \ud83d"),
    ],
)
def test_a_cell_that_lost_a_letter_does_not_hide_the_list(body: bytes, told: str) -> None:
    assert decoded(b'{"data": [' + body + b"]}", msgspec.json.decode) == {"data": [told]}


@pytest.mark.parametrize("body", [b'{"a": "b', rb'{"a": "\ud83d', rb'{"a": "\u00', b'{"a": "\xe1'])
def test_half_a_body_is_half_a_body_whatever_its_last_letter_is(body: bytes) -> None:
    with pytest.raises(TryAgainError):
        decoded(body, msgspec.json.decode)
