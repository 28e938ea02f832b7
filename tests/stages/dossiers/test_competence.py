"""A dossier is decided by its own department, wherever that sits."""

from types import SimpleNamespace
from typing import Any

import pytest

from postal_bridge.dossiers.competence import may_not_decide
from postal_bridge.dossiers.records import Place
from postal_bridge.errors import Reason
from postal_bridge.identity import Actor, Role
from tests.stores import a_dossier

HOUSE = Place(code="H37.01", name="Sở Tư pháp", kind="department")
DESK = Place(code="HCC-1", name="Bàn Sở Tư pháp", kind="desk", parent="HCC", department="H37.01")
OTHER = Place(code="H37.02", name="Sở Xây dựng", kind="department")


class Places:
    """The catalogue, as far as it is asked."""

    async def place(self, code: str) -> Place | None:
        return {place.code: place for place in (HOUSE, DESK, OTHER)}.get(code)


def who(role: Role, *places: str) -> Actor:
    return Actor("bich", "Trần Thị Bích", role, places)


OFFICER = who(Role.DEPARTMENT, "H37.01", "HCC-1", "H37.02")


@pytest.mark.parametrize(
    ("actor", "place", "reason"),
    [
        (OFFICER, "H37.01", None),
        (OFFICER, "HCC-1", None),
        (OFFICER, "H37.02", Reason.OTHER_DEPARTMENT),
        (OFFICER, "HCC-2", Reason.OTHER_PLACE),
        (who(Role.DEPARTMENT, "H37.02"), "H37.01", Reason.OTHER_PLACE),
        (who(Role.SUPERVISOR), "H37.01", None),
        (who(Role.SUPERVISOR), "HCC-2", Reason.PLACE_UNKNOWN),
        (who(Role.SUPERVISOR), "H37.02", Reason.OTHER_DEPARTMENT),
    ],
)
async def test_the_department_decides_in_its_house_and_at_its_desk(
    actor: Actor, place: str, reason: Reason | None
) -> None:
    work: Any = SimpleNamespace(catalogue=Places())
    refusal = await may_not_decide(work, a_dossier(), place=place, actor=actor)
    assert (refusal.reason if refusal else None) is reason
