"""The second look: nobody is accused on a list's word, and nothing is asked for without end."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from postal_bridge.reconciliation.looking_up import (
    MOST_UNANSWERED,
    SecondLook,
    look_again,
    one_sided,
)
from postal_bridge.reconciliation.ports import (
    OneStopAmbiguous,
    OneStopRefused,
    OneStopUnavailable,
    Suspects,
)
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier
from tests.stages.reconciliation.two_sides import number, our, their


@dataclass
class Sides:
    """Both sides as they are now."""

    here: list[OurDossier] = field(default_factory=list)
    there: list[OneStopDossier] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    checked: int = 0
    stumbles: Sequence[str] = ()
    refuses: Mapping[str, OneStopRefused] = field(default_factory=dict)

    async def find(self, code: str) -> OneStopDossier | None:
        self.asked.append(code)
        if code in self.stumbles:
            raise OneStopUnavailable("HTTP 500")
        if code in self.refuses:
            raise self.refuses[code]
        rows = [row for row in self.there if row.code == code]
        if len(rows) > 1:
            raise OneStopAmbiguous(f"{len(rows)} hồ sơ cùng mã")
        return rows[0] if rows else None

    async def check(self) -> None:
        self.checked += 1

    async def our_dossiers(self, codes: Sequence[str]) -> Sequence[OurDossier]:
        return [one for one in self.here if one.code in codes]

    @asynccontextmanager
    async def begin(self, *, write: bool = True) -> AsyncIterator[Any]:
        assert not write
        yield SimpleNamespace(nights=self)

    async def look(
        self,
        ours: list[OurDossier],
        theirs: list[OneStopDossier],
        carried: Sequence[str] = (),
        *,
        most: int = 100,
    ) -> SecondLook:
        suspects = Suspects(ours=ours, theirs=theirs, equal=0, sample=[])
        return await look_again(
            suspects,
            carried,
            onestop=self,  # type: ignore[arg-type]  # it is asked for single codes only
            storage=self,
            most=most,
        )


async def test_a_dossier_that_moved_while_the_list_was_read_is_judged_as_it_is_now() -> None:
    now = their(1, status=9, raw_status="releasing")
    sides = Sides(here=[our(1, status=9)], there=[now])
    look = await sides.look([our(1, status=9)], [their(1)])
    assert look.theirs == [now]
    assert look.ours == [our(1, status=9)]


async def test_what_was_received_here_while_the_list_was_read_is_found_here() -> None:
    sides = Sides(here=[our(1)], there=[their(1)])
    look = await sides.look([], [their(1)])
    assert look.elsewhere.ours == {number(1): our(1)}
    assert look.theirs == [their(1)]


async def test_a_row_that_has_gone_since_is_not_there() -> None:
    sides = Sides(here=[our(1)])
    look = await sides.look([our(1, status=9)], [their(1)])
    assert look.theirs == []


async def test_a_code_that_comes_twice_is_not_asked_for() -> None:
    sides = Sides(here=[our(1)], there=[their(1), their(1)])
    look = await sides.look([our(1)], [their(1), their(1)])
    assert (sides.asked, look.theirs) == ([], [their(1), their(1)])


async def test_a_code_that_two_dossiers_answer_to_is_ambiguous() -> None:
    sides = Sides(here=[our(1)], there=[their(1), their(1)])
    look = await sides.look([our(1)], [])
    assert look.elsewhere.ambiguous == {number(1): "2 hồ sơ cùng mã"}


async def test_a_page_for_people_in_the_place_of_a_dossier_says_nothing_of_it() -> None:
    sides = Sides(here=[our(1), our(2)], there=[their(2)])
    sides.refuses = {number(1): OneStopRefused("trang đăng nhập")}
    look = await sides.look([our(1)], [])
    assert look.elsewhere.ambiguous == {}
    assert look.elsewhere.not_asked == frozenset({number(1)})
    assert sides.checked == 1


async def test_missing_ones_are_asked_for_first_and_the_rest_says_that_nobody_asked() -> None:
    ours = [our(serial) for serial in (1, 2, 3, 4)]
    rows = [their(4, status=9)]
    sides = Sides(here=ours, there=rows)
    look = await sides.look(ours, rows, [number(9)], most=2)
    assert sides.asked == [number(1), number(2)]
    assert look.elsewhere.not_asked == frozenset({number(3)})
    # Without a look-up the lists' word stands.
    assert look.theirs == rows


async def test_an_older_case_is_asked_for_on_both_sides_or_on_neither() -> None:
    sides = Sides(here=[our(8), our(9)], there=[their(8), their(9)])
    look = await sides.look([], [], [number(8), number(9), "X" * 60], most=1)
    assert sides.asked == [number(8)]
    assert look.elsewhere.ours == {number(8): our(8)}
    assert look.elsewhere.theirs == {number(8): their(8)}


def test_codes_on_one_list_only_come_in_order() -> None:
    ours = [our(serial) for serial in (3, 1, 2)]
    theirs = [their(serial) for serial in (5, 2, 4)]
    assert one_sided(ours, theirs) == ([number(1), number(3)], [number(4), number(5)])


async def test_one_dossier_on_which_the_other_side_stumbles_does_not_end_the_night() -> None:
    ours, rows = [our(1), our(2)], [their(2), their(3, status=9)]
    sides = Sides(here=ours, there=rows, stumbles=[number(1), number(2), number(3)])
    look = await sides.look(ours, rows, [number(8)])
    assert sides.checked == 3
    # The lists' word stands: a case about the missing one says that nobody looked it up.
    assert (look.ours, look.theirs) == (ours, rows)
    assert look.elsewhere.not_asked == frozenset({number(1)})
    assert look.elsewhere.asked == frozenset({number(3), number(8)})


async def test_a_system_that_stumbles_on_everything_is_not_well_and_the_night_waits() -> None:
    ours = [our(serial) for serial in range(1, MOST_UNANSWERED + 2)]
    sides = Sides(here=ours, stumbles=[one.code for one in ours])
    with pytest.raises(OneStopUnavailable):
        await sides.look(ours, [])


@pytest.mark.parametrize("code", ["000.00.04.H37-19\ufffd", ""])
async def test_a_code_that_nobody_can_look_up_is_not_asked_for_and_stays_listed(code: str) -> None:
    row = msgspec.structs.replace(their(1), code=code)
    sides = Sides()
    look = await sides.look([], [row])
    assert (sides.asked, look.theirs) == ([], [row])
