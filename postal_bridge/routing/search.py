"""One search: from a problem to a plan, here and now; it runs in the worker."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

from pyvrp import Result, SolveParams, solve
from pyvrp.exceptions import PenaltyBoundWarning

from postal_bridge.pickup.assembling import Made, assemble
from postal_bridge.pickup.feasibility import impossible
from postal_bridge.pickup.filling import Rounds, in_order
from postal_bridge.pickup.plans import Plan, Problem, Stopped
from postal_bridge.pickup.sheet import Sheet
from postal_bridge.pickup.solver_ports import Effort, Progress
from postal_bridge.routing.model import Builder, Model

_MILLI = 1_000
_TELL_SECONDS = 0.5
_INFEASIBLE = 2**62
_RESERVE = 0.02  # of the time, for reckoning and explaining what was found


@dataclass
class Watch:
    """Ends a search, and tells how far it is; PyVRP asks it before every iteration.

    Attributes:
        begun: `time.perf_counter()` when the clock was started.
    """

    effort: Effort
    scale: int
    tell: Callable[[Progress], None]
    begun: float
    iterations: int = 0
    why: Stopped = Stopped.DONE
    _since_better: int = 0
    _best: int = field(default=_INFEASIBLE)
    _told: float = 0.0

    def __call__(self, best_cost: int) -> bool:
        """Whether to end; `best_cost` is the best so far, enormous while there is none."""
        best = best_cost
        spent = time.perf_counter() - self.begun
        if spent - self._told >= _TELL_SECONDS:
            self._told = spent
            cost = best * self.scale // _MILLI if best < _INFEASIBLE else None
            self.tell(Progress(spent, self.iterations, cost))
        self._since_better = 0 if best < self._best else self._since_better + 1
        self._best = min(best, self._best)
        if spent >= self.effort.seconds * (1 - _RESERVE):
            self.why = Stopped.TIME
            return True
        if self._enough():
            return True
        self.iterations += 1
        return False

    def _enough(self) -> bool:
        if self.effort.iterations:
            return self.iterations >= self.effort.iterations
        return self._since_better >= self.effort.patience


def search(problem: Problem, effort: Effort, tell: Callable[[Progress], None]) -> Plan:
    """The best plan found in the time; the clock starts now.

    A plan is made at once first. It shows whether all that must be served can be, and it stands
    where the search finds none that is better.
    """
    begun = time.perf_counter()
    sheet = Sheet(problem)
    refused = impossible(sheet)
    visits = [n for n in sheet.open if n not in refused]
    at_once = Rounds(sheet)
    missing = at_once.fill(in_order(sheet, visits))
    all_can = not any(problem.visits[n].must for n in missing)
    builder = Builder(sheet, visits, all_can=all_can)
    name = f"pyvrp {version('pyvrp')}"
    first = assemble(sheet, at_once.trips, Made(name), refused=refused)
    if not visits or not builder.cars:
        return first
    model = builder.model()
    watch = Watch(effort, model.scale, tell, begun)
    result = _solved(model, watch, problem.seed)
    made = Made(name, watch.iterations, watch.why)
    found = assemble(sheet, model.orders(result.best, len(sheet.cars)), made, refused=refused)
    if _worth(problem, found) <= _worth(problem, first):
        return found
    return assemble(sheet, at_once.trips, made, refused=refused)


def _solved(model: Model, watch: Watch, seed: int) -> Result:
    params = SolveParams(penalty=model.penalty)
    with warnings.catch_warnings():
        # That fines reach their height is told by the plan: it leaves out what does not fit.
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        return solve(model.data, watch, seed=seed, collect_stats=False, params=params)


def _worth(problem: Problem, plan: Plan) -> tuple[int, int, int]:
    """What makes a plan better than another: less is better."""
    left = {each.visit for each in plan.unserved}
    missed = [visit for visit in problem.visits if visit.must and visit.id in left]
    return sum(1 + max(visit.priority, 0) for visit in missed), plan.cost_dong, plan.metres
