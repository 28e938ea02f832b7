"""The command line of the benchmarks: `scripts/bench/run NAME [--json] [--quick] [--runs N]`.

Exit codes: 0 measured (whatever the figures are), 2 called wrongly, 3 something that a benchmark
needs is not there or answered wrongly, 130 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.bench.catalogue import BENCHMARKS, named
from scripts.bench.figures import Figure, Plan, as_json, as_table
from scripts.bench.measuring import CannotMeasure

_DONE, _MISUSE, _FAILED, _INTERRUPTED = 0, 2, 3, 130


def main(arguments: Sequence[str]) -> int:
    """List the benchmarks, or run one."""
    options = _parser().parse_args(arguments)
    if options.name is None:
        for known in BENCHMARKS:
            print(f"{known.name:<15} {known.summary}")
        return _DONE
    benchmark = named(options.name)
    if benchmark is None or options.runs < 1:
        names = ", ".join(known.name for known in BENCHMARKS)
        _say(f"scripts/bench/run NAME [--json] [--quick] [--runs N]; N >= 1, NAME one of {names}")
        return _MISUSE
    plan = Plan(runs=options.runs, quick=options.quick, say=_say, instances=options.instances)
    figures: list[Figure] = []
    try:
        for each in benchmark.measure(plan):
            _say(f"   {each.name}  {each.ratio:.3g}  ({each.goal or 'no goal'})")
            figures.append(each)
    except CannotMeasure as why:
        _say(f"LỖI · ERROR  {why}")
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    print(as_json(figures) if options.json else as_table(figures))
    return _DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench/run",
        description="Đo tốc độ, so với mốc đo cùng lúc · measures speed beside an anchor",
    )
    parser.add_argument("name", nargs="?", help="which benchmark; without one they are listed")
    parser.add_argument("--json", action="store_true", help="print the figures for a machine")
    parser.add_argument("--quick", action="store_true", help="small tables, short runs")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="runs per side (5)")
    parser.add_argument(
        "--instances", type=Path, metavar="DIR", help="of VRPLIB instances, for rounds"
    )
    return parser


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
