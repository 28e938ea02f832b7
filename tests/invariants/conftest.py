"""A world per test and engine, and how long the machines may play in it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.invariants.machine import Check, Journeys
from tests.invariants.province import World, opened_world

Play = Callable[..., None]


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with opened_world(database_url) as opened:
        yield opened


@pytest.fixture
def play(world: World) -> Play:
    """Let a machine play, looking at the invariant after every step.

    `examples` and `steps` are for every run of the tests; `--hypothesis-profile=long` plays ten
    times as long.
    """

    def run(check: Check, *, examples: int, steps: int, faults: bool = False) -> None:
        more = settings().max_examples // 100 or 1
        machine = cast("type[Journeys]", partial(Journeys, world, check, faults=faults))
        run_state_machine_as_test(
            machine,
            settings=settings(max_examples=examples * more, stateful_step_count=steps),
        )

    return run
