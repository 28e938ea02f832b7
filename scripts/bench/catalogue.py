"""The benchmarks by name.

Each is a module of its own with `measure(plan: Plan)`, which gives figures, best one by one as they
are known; it is imported only when it runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

from scripts.bench.figures import Figure, Plan


@dataclass(frozen=True)
class Benchmark:
    """One benchmark.

    Attributes:
        name: of the module, too.
        summary: one line.
    """

    name: str
    summary: str

    def measure(self, plan: Plan) -> Iterable[Figure]:
        """Run it; each figure is given as soon as it is known.

        Raises:
            CannotMeasure: something it needs is not there, or a side gave a wrong answer.
        """
        module = import_module(f"scripts.bench.{self.name}")
        figures: Iterable[Figure] = module.measure(plan)
        return figures


BENCHMARKS = (
    Benchmark("scan_ingest", "POST /scans against pgbench, FastAPI + SQLModel and bare SQLite"),
    Benchmark("transfer_list", "GET /transfers, 50 rows, against FastAPI + SQLModel's ORM"),
    Benchmark("growth", "what an event costs the database at 10 thousand, 1 and 10 million events"),
    Benchmark("reconcile_local", "two lists compared, against DuckDB, reladiff and datacompy"),
    Benchmark("reconcile_remote", "what a row of the other side costs, and a night's bytes"),
    Benchmark("rounds", "rounds on published instances, against bare PyVRP and OR-Tools"),
    Benchmark("page_capture", "photographs made into archived pages, beside plain OpenCV"),
    Benchmark("forms", "printed forms and labels, beside a bare page of the typesetter"),
    Benchmark("lao_cai_2023", "a published year of 83,786 dossiers, reconciled and counted"),
)


def named(name: str) -> Benchmark | None:
    """The benchmark of that name."""
    return next((each for each in BENCHMARKS if each.name == name), None)
