"""What the portal is told of a state."""

from datetime import timedelta

import pytest

from postal_bridge.documents.records import Document
from postal_bridge.journey import Status
from postal_bridge.reconciliation.portal_content import dossier_as_of, step_of
from postal_bridge.reconciliation.portal_history import what_happened
from tests.stages.memory_portal import PortalTown
from tests.stores import DOSSIER


@pytest.fixture
def town() -> PortalTown:
    return PortalTown()


async def test_a_state_is_told_with_the_dates_and_scans_that_there_were_then(
    town: PortalTown,
) -> None:
    await town.receives()
    await town.takes_up()
    dossier = await town.dossiers.find(DOSSIER)
    assert dossier is not None
    town.documents.kept.append(
        Document(
            id="d1",
            dossier_code=DOSSIER,
            position=0,
            file_name="ho-so.pdf",
            media_type="application/pdf",
            sha256="a" * 64,
            size_bytes=1,
            page_count=1,
            registered_at=dossier.received_at + timedelta(seconds=30),
            registered_by="lan",
        )
    )
    way = what_happened(dossier, await town.custody.dossier_events(DOSSIER))
    first = await dossier_as_of(town, dossier, way, 0)
    second = await dossier_as_of(town, dossier, way, 1)
    assert (first.status, first.digitised) == (Status.RECEIVED, False)
    assert (second.status, second.digitised) == (Status.PROCESSING, True)
    assert (first.ended_at, first.returned_at, first.promised_at) == (
        None,
        None,
        dossier.promised_at,
    )
    assert first.channel == dossier.channel


async def test_who_brought_it_there_is_told_by_name_and_else_by_user_name(town: PortalTown) -> None:
    await town.receives()
    await town.takes_up()
    dossier = await town.dossiers.find(DOSSIER)
    assert dossier is not None
    way = what_happened(dossier, await town.custody.dossier_events(DOSSIER))
    by_lan, by_hoa = [await step_of(town, dossier, here) for here in way]
    assert (by_lan.person, by_lan.role) == ("Hoàng Thị Lan", "nhân viên tiếp nhận")
    assert (by_hoa.person, by_hoa.role, by_hoa.place) == ("hoa", "", "Sở Tư pháp")
    assert by_hoa.started_at == dossier.received_at
    assert by_hoa == await step_of(town, dossier, way[1])
