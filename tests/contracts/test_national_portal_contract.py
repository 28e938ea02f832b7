"""What a national portal must do for whoever tells it of dossiers, on the wire and in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.journey import Status
from postal_bridge.onestop.national_portal import DvcNationalPortal
from postal_bridge.reconciliation.portal_ports import (
    AlreadyThere,
    KnownDossier,
    NationalPortal,
    PortalDossier,
    PortalProcedure,
    PortalProgress,
    PortalRefused,
    PortalTerm,
)
from postal_bridge.sandbox.portal_memory import MemoryNationalPortal
from postal_bridge.settings import load_settings
from tests.journey.portal import portal_over_http
from tests.stores import DOSSIER, HOUR, NOW

PUBLISHED = [
    PortalProcedure(
        code=code,
        name=name,
        fields=(("G15-TP03", "Lý lịch tư pháp"),),
        terms=tuple(
            PortalTerm(channel=channel, time="5", unit="Ngày làm việc") for channel in (1, 2, 3)
        ),
    )
    for code, name in (("2.000488", "Cấp Phiếu lý lịch tư pháp"), ("1.009794", "Cấp phép xây dựng"))
]
"""What the stand-in publishes too."""
PORT = "reconciliation.portal_ports.NationalPortal"
S = Status


@dataclass(frozen=True)
class Opened:
    """A portal, and what a citizen sees there of a dossier."""

    portal: NationalPortal
    way: Callable[[str], list[int]]


async def never(seconds: float) -> None:
    raise AssertionError(f"nothing fails here, yet it wants to wait {seconds} s")


@asynccontextmanager
async def over_http() -> AsyncIterator[Opened]:
    async with portal_over_http() as other:
        settings = load_settings(other.environ).national_portal
        adapter = DvcNationalPortal(settings, clock=ReplayClock(NOW), sleep=never)
        yield Opened(adapter, other.way)
        await adapter.close()


@asynccontextmanager
async def in_memory() -> AsyncIterator[Opened]:
    portal = MemoryNationalPortal(PUBLISHED)
    yield Opened(portal, lambda code: [int(one.status) for one in portal.steps.get(code, [])])


Opener = Callable[[], AbstractAsyncContextManager[Opened]]
IMPLEMENTATIONS: dict[str, Opener] = {"national_portal": over_http, "memory": in_memory}


@pytest.fixture(params=IMPLEMENTATIONS)
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    async with IMPLEMENTATIONS[request.param]() as found:
        yield found


@pytest.fixture
def portal(opened: Opened) -> NationalPortal:
    return opened.portal


ENDED = frozenset({S.REFUSED, S.STOPPED, S.RESOLVED, S.RETURNED})


def a_dossier(status: Status = S.RECEIVED, *, code: str = DOSSIER) -> PortalDossier:
    return PortalDossier(
        code=code,
        procedure_code="2.000488",
        procedure_name="Cấp Phiếu lý lịch tư pháp",
        field="Hành chính tư pháp",
        applicant_name="Nông Thị Hồng Đào",
        applicant_identity="020190000001",
        applicant_phone="0912345678",
        channel=3,
        return_mode=1,
        status=status,
        received_at=NOW,
        promised_at=NOW + 48 * HOUR,
        ended_at=NOW + 24 * HOUR if status in ENDED else None,
        returned_at=NOW + 25 * HOUR if status is S.RETURNED else None,
        unit="Sở Tư pháp",
        digitised=True,
    )


def a_step(status: Status = S.RECEIVED, *, minute: int = 0, code: str = DOSSIER) -> PortalProgress:
    return PortalProgress(
        code=code,
        status=status,
        happened_at=NOW + timedelta(minutes=minute),
        person="Nông Thị Hạnh",
        role="nhân viên tiếp nhận",
        place="Quầy tiếp nhận",
        content=f"Bước {minute}",
        started_at=NOW,
    )


async def test_an_unknown_dossier_is_nothing(portal: NationalPortal) -> None:
    assert await portal.find(DOSSIER) is None


async def test_what_is_written_is_found_with_its_state(portal: NationalPortal) -> None:
    await portal.put(a_dossier(), exists=False)
    assert await portal.find(DOSSIER) == KnownDossier(code=DOSSIER, status=S.RECEIVED)
    assert await portal.find("000.00.06.H37-190110-0002") is None


async def test_a_dossier_is_created_once(portal: NationalPortal) -> None:
    await portal.put(a_dossier(), exists=False)
    with pytest.raises(AlreadyThere):
        await portal.put(a_dossier(S.PROCESSING), exists=False)
    assert await portal.find(DOSSIER) == KnownDossier(code=DOSSIER, status=S.RECEIVED)


async def test_an_unknown_dossier_is_not_renewed(portal: NationalPortal) -> None:
    with pytest.raises(PortalRefused):
        await portal.put(a_dossier(), exists=True)


@pytest.mark.parametrize(
    "way",
    [
        (S.RECEIVED, S.PROCESSING, S.SUPPLEMENT, S.PROCESSING, S.RESOLVED, S.RETURNED),
        (S.RECEIVED, S.STOPPED),
        (S.REFUSED,),
    ],
)
async def test_states_follow_each_other(portal: NationalPortal, way: tuple[Status, ...]) -> None:
    for turn, status in enumerate(way):
        await portal.put(a_dossier(status), exists=turn > 0)
        found = await portal.find(DOSSIER)
        assert found is not None
        assert found.status is status


@pytest.mark.parametrize(("before", "after"), [(S.RECEIVED, S.RETURNED), (S.REFUSED, S.RECEIVED)])
async def test_a_state_that_cannot_follow_is_refused(
    portal: NationalPortal, before: Status, after: Status
) -> None:
    await portal.put(a_dossier(before), exists=False)
    with pytest.raises(PortalRefused):
        await portal.put(a_dossier(after), exists=True)
    assert await portal.find(DOSSIER) == KnownDossier(code=DOSSIER, status=before)


async def test_the_same_state_may_be_written_again(portal: NationalPortal) -> None:
    await portal.put(a_dossier(), exists=False)
    await portal.put(a_dossier(), exists=True)
    assert await portal.find(DOSSIER) == KnownDossier(code=DOSSIER, status=S.RECEIVED)


async def test_steps_need_their_dossier(portal: NationalPortal) -> None:
    with pytest.raises(PortalRefused):
        await portal.progress([a_step()])


async def test_any_number_of_steps_arrives_in_order_and_an_equal_one_once(opened: Opened) -> None:
    await opened.portal.put(a_dossier(), exists=False)
    steps = [a_step(S.PROCESSING if n % 2 else S.SUPPLEMENT, minute=n) for n in range(23)]
    await opened.portal.progress(steps)
    await opened.portal.progress(steps[-3:])
    await opened.portal.progress([])
    assert opened.way(DOSSIER) == [int(one.status) for one in steps]


async def test_well_is_well(portal: NationalPortal) -> None:
    await portal.check()


async def test_a_procedure_is_told_as_published(portal: NationalPortal) -> None:
    assert await portal.procedure("2.000488") == PUBLISHED[0]
    assert await portal.procedure("9.999999") is None
    listed = [(one.code, one.name) for one in await portal.procedures()]
    assert listed == sorted((one.code, one.name) for one in PUBLISHED)
