"""What may be written at every one-stop system's desk, whatever its make."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import cast

import pytest

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.reconciliation.desk_ports import OneStopDesk, PostalReceiver, Unsupported
from postal_bridge.reconciliation.ports import OneStopRefused, OneStopUnavailable
from postal_bridge.sandbox.faults import Fault, FaultKind
from tests import onestop_systems
from tests.onestop_systems import Fact, Planted, codes

PORT = "reconciliation.desk_ports.OneStopDesk"
IMPLEMENTATIONS = {
    "opencps": onestop_systems.opencps,
    "tandan": onestop_systems.tandan,
    "igate": onestop_systems.igate,
}
WITH_RETURNS = ["opencps", "tandan"]
WITH_REGISTRATIONS = ["tandan"]
CODE, OTHER = codes(2)
AT = datetime(2019, 2, 11, 16, 0, tzinfo=LOCAL)
RECEIVER = PostalReceiver(
    name="Nguyễn Văn A",
    phone="0912345678",
    address="Số 1 Hùng Vương",
    province="Lạng Sơn",
    district="Thành phố Lạng Sơn",
    ward="Chi Lăng",
)
ROUTES = {
    "record_returned": {"actions", "hand_out"},
    "register_return": {"register"},
    "withdraw_registration": {"withdraw"},
}


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(datetime(2019, 2, 11, 17, 0, tzinfo=LOCAL))


@pytest.fixture(params=IMPLEMENTATIONS)
async def system(request: pytest.FixtureRequest, clock: ReplayClock) -> AsyncIterator[Planted]:
    async with IMPLEMENTATIONS[request.param](clock) as opened:
        yield opened


@pytest.fixture(params=WITH_RETURNS)
async def returning(request: pytest.FixtureRequest, clock: ReplayClock) -> AsyncIterator[Planted]:
    async with IMPLEMENTATIONS[request.param](clock) as opened:
        yield opened


@pytest.fixture(params=WITH_REGISTRATIONS)
async def registering(request: pytest.FixtureRequest, clock: ReplayClock) -> AsyncIterator[Planted]:
    async with IMPLEMENTATIONS[request.param](clock) as opened:
        yield opened


def desk_of(system: Planted) -> OneStopDesk:
    return cast("OneStopDesk", system.onestop)


def written(system: Planted, what: str) -> int:
    return sum(entry.route in ROUTES[what] for entry in system.http.log.of())


async def write(desk: OneStopDesk, what: str, code: str) -> None:
    match what:
        case "record_returned":
            await desk.record_returned(code, AT)
        case "register_return":
            await desk.register_return(code, RECEIVER)
        case _:
            await desk.withdraw_registration(code)


@pytest.mark.parametrize("what", ROUTES)
async def test_what_a_make_cannot_write_is_said_and_nothing_is_asked(
    system: Planted, what: str
) -> None:
    desk = desk_of(system)
    assert desk.writes <= ROUTES.keys()
    if what in desk.writes:
        with pytest.raises(OneStopRefused):
            await write(desk, what, CODE)
        return
    with pytest.raises(Unsupported, match=what) as caught:
        await write(desk, what, CODE)
    assert not caught.value.retryable
    assert system.http.log.count() == 0


async def test_a_result_that_is_ready_is_recorded_as_returned(returning: Planted) -> None:
    returning.plant(Fact(code=CODE, status=9), Fact(code=OTHER, status=9))
    await desk_of(returning).record_returned(CODE, AT)
    found = [await returning.onestop.find(code) for code in (CODE, OTHER)]
    assert [row.status for row in found if row] == [10, 9]
    assert written(returning, "record_returned") == 1


async def test_what_is_returned_already_is_left_alone(returning: Planted) -> None:
    returning.plant(Fact(code=CODE, status=10))
    await desk_of(returning).record_returned(CODE, AT)
    assert written(returning, "record_returned") == 0


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5, 6, 7, 8])
async def test_no_state_is_skipped_on_the_way_to_returned(returning: Planted, status: int) -> None:
    returning.plant(Fact(code=CODE, status=status))
    with pytest.raises(OneStopRefused, match=CODE):
        await desk_of(returning).record_returned(CODE, AT)
    assert written(returning, "record_returned") == 0


@pytest.mark.parametrize("what", ["record_returned"])
@pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.HALF_BODY, FaultKind.TRUNCATED])
async def test_a_lost_answer_is_never_said_again_by_itself_and_the_repeat_is_harmless(
    returning: Planted, what: str, kind: FaultKind
) -> None:
    returning.plant(Fact(code=CODE, status=9))
    for route in ROUTES[what]:
        returning.http.plan.faults.append(Fault(kind=kind, route=route))
    desk = desk_of(returning)
    with pytest.raises(OneStopUnavailable, match="may have been stored") as caught:
        await write(desk, what, CODE)
    assert caught.value.retryable
    assert written(returning, what) == 1
    await write(desk, what, CODE)
    assert written(returning, what) == 1
    found = await returning.onestop.find(CODE)
    assert found is not None
    assert found.status == 10


@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.CONNECTION_LOST])
async def test_a_failure_on_the_way_is_told_as_possibly_stored_and_said_once(
    returning: Planted, kind: FaultKind
) -> None:
    returning.plant(Fact(code=CODE, status=9))
    for route in ROUTES["record_returned"]:
        returning.http.plan.faults.append(Fault(kind=kind, route=route, times=None))
    with pytest.raises(OneStopUnavailable, match="may have been stored"):
        await desk_of(returning).record_returned(CODE, AT)
    assert written(returning, "record_returned") == 1
    assert returning.waits == []


async def test_too_many_requests_is_a_thing_that_was_not_heard_and_is_said_again(
    returning: Planted,
) -> None:
    returning.plant(Fact(code=CODE, status=9))
    for route in ROUTES["record_returned"]:
        fault = Fault(kind=FaultKind.TOO_MANY, route=route, retry_after="3")
        returning.http.plan.faults.append(fault)
    await desk_of(returning).record_returned(CODE, AT)
    assert returning.waits == [3.0]
    found = await returning.onestop.find(CODE)
    assert found is not None
    assert found.status == 10


async def test_a_login_page_is_refused_and_not_taken_for_a_yes(returning: Planted) -> None:
    returning.plant(Fact(code=CODE, status=9))
    for route in ROUTES["record_returned"]:
        returning.http.plan.faults.append(Fault(kind=FaultKind.LOGIN_PAGE, route=route))
    with pytest.raises(OneStopRefused, match="HTML"):
        await desk_of(returning).record_returned(CODE, AT)


async def test_a_registration_is_written_and_taken_back(registering: Planted) -> None:
    registering.plant(Fact(code=CODE, status=4))
    desk = desk_of(registering)
    await desk.register_return(CODE, RECEIVER)
    found = await registering.onestop.find(CODE)
    assert found is not None
    assert found.return_mode == 1
    assert "Nguyễn Văn A" in registering.http.log.of("register")[0].body
    await desk.withdraw_registration(CODE)
    found = await registering.onestop.find(CODE)
    assert found is not None
    assert found.return_mode == 0


async def test_taking_back_what_is_not_registered_is_fine(registering: Planted) -> None:
    registering.plant(Fact(code=CODE, status=4))
    await desk_of(registering).withdraw_registration(CODE)
    assert written(registering, "withdraw_registration") == 0


async def test_nothing_is_registered_after_the_return(registering: Planted) -> None:
    registering.plant(Fact(code=CODE, status=10))
    with pytest.raises(OneStopRefused):
        await desk_of(registering).register_return(CODE, RECEIVER)


async def test_a_token_that_ran_out_is_renewed_before_the_word_is_said_again(
    registering: Planted,
) -> None:
    registering.plant(Fact(code=CODE, status=4))
    registering.fail(Fault(kind=FaultKind.UNAUTHORIZED, route="register"))
    await desk_of(registering).register_return(CODE, RECEIVER)
    assert written(registering, "register_return") == 2
    assert registering.token_requests() == 2


async def test_a_desk_can_be_closed_twice(system: Planted) -> None:
    await desk_of(system).close()
    await desk_of(system).close()
