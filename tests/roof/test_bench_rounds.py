"""The parts of the benchmark `rounds`: what is compared has to be the same work."""

from pathlib import Path

import pytest
import pyvrp

from postal_bridge.pickup.greedy import plan_at_once
from scripts.bench.__main__ import main
from scripts.bench.rounds import _pairs
from scripts.bench.rounds_day import SHIFTS, STOPS, a_day
from scripts.bench.rounds_side import DONG_A_METRE, _feasible, _figures, as_problem
from tests.plan_checker import check

INSTANCE = """NAME : tiny
TYPE : VRPTW
DIMENSION : 4
VEHICLES : 2
CAPACITY : 10
SERVICE_TIME : 5
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 10 0
3 0 10
4 -10 0
DEMAND_SECTION
1 0
2 5
3 5
4 6
TIME_WINDOW_SECTION
1 0 200
2 0 100
3 0 100
4 50 60
DEPOT_SECTION
1
-1
EOF
"""


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.vrp"
    file.write_text(INSTANCE, encoding="ascii")
    (tmp_path / "tiny.sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 54.1\n", encoding="ascii")
    return file


def test_an_instance_becomes_the_same_day_for_everybody(instance: Path) -> None:
    data = pyvrp.read(instance, round_func="dimacs")
    day = as_problem(data, seed=3)
    plan = plan_at_once(day)
    check(day, plan)
    assert _feasible(data, plan)
    assert (plan.metres, plan.cost_dong) == (541, 541 * DONG_A_METRE // 1_000)
    told = _figures(data, instance)
    assert (told["best"], told["vehicles"], told["capacity"]) == (541, 2, 100)
    assert [stop["window"] for stop in told["stops"]] == [[0, 1_000], [0, 1_000], [500, 600]]


def test_a_generated_day_is_the_same_again_and_large_enough() -> None:
    day = a_day(seed=2)
    assert day == a_day(seed=2)
    assert (len(day.visits), len(day.shifts)) == (STOPS, SHIFTS)


def test_an_instance_that_one_side_has_no_plan_for_is_in_no_figure() -> None:
    runs = [[{"ours": 10, "ortools": 20}, {"ours": 7}]]
    assert _pairs(runs, "ours", "ortools") == [(0.5, 1.0)]


def test_a_folder_without_instances_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.bench.rounds._day", lambda _: iter(()))
    assert main(["rounds", "--instances", str(tmp_path)]) == 3
    assert "no *.vrp" in capsys.readouterr().err
