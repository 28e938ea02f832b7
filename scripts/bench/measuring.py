"""Measures what work costs: wall time, and the CPU of processes, from /proc (Linux)."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat behind the name, which may hold blanks and brackets itself.
_PPID, _OWN, _REAPED = 1, slice(11, 13), slice(13, 15)


class CannotMeasure(Exception):  # noqa: N818 - it says what is the matter, as its siblings do
    """Something that a benchmark needs is not there, or one side gave a wrong answer."""


def _stat(pid: int | str) -> list[str]:
    """The numbers of a process; empty when it has gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def parent_of(pid: int) -> int:
    """The process that started this one."""
    stat = _stat(pid)
    if not stat:
        raise CannotMeasure(f"process {pid} is not in /proc: the benchmarks need Linux")
    return int(stat[_PPID])


def cpu_seconds(pid: int) -> float:
    """CPU that a process and all that it started have used so far, user and system, in seconds.

    It counts in ticks of a hundredth of a second: measure stretches of a second and more.
    """
    total = 0
    family = {str(pid)}
    everybody = {path.name: _stat(path.name) for path in _PROC.iterdir() if path.name.isdigit()}
    grown = True
    while grown:
        born = {name for name, stat in everybody.items() if stat and stat[_PPID] in family}
        grown = not born <= family
        family |= born
    for name in family:
        stat = everybody.get(name) or []
        total += sum(int(ticks) for ticks in (*stat[_OWN], *stat[_REAPED]))
    return total / _TICKS


@dataclass
class Cost:
    """What a stretch of work cost.

    Attributes:
        done: how many events, requests or rows.
        wall_seconds: from its start to its end.
        cpu: CPU seconds by the name of who used them, such as "server" and "database".
        notes: other figures of the same stretch.
    """

    done: int = 0
    wall_seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    notes: dict[str, float] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """How many were done in a second."""
        return self.done / self.wall_seconds

    def cpu_us(self, *who: str) -> float:
        """CPU microseconds for each one that was done, of some or of everybody."""
        return sum(self.cpu[name] for name in who or self.cpu) / self.done * 1e6


@contextmanager
def costing(processes: Mapping[str, int], *, done: int) -> Iterator[Cost]:
    """Measures a block: what `done` pieces of work cost those processes (by name: pid)."""
    cost = Cost(done=done)
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}
    begun = time.perf_counter()
    yield cost
    cost.wall_seconds = time.perf_counter() - begun
    cost.cpu = {name: cpu_seconds(pid) - before[name] for name, pid in processes.items()}


def alternate(
    sides: Mapping[str, Callable[[], Cost]], *, runs: int, before: Callable[[], None] = lambda: None
) -> list[dict[str, Cost]]:
    """Measures all sides in turn, `runs` times, each time beginning with another one.

    A machine is never the same for a minute: only what was measured side by side is compared.

    Args:
        sides: each measures one side once.
        runs: how often.
        before: what is done before each round and does not count.
    """
    names = list(sides)
    rounds: list[dict[str, Cost]] = []
    for run in range(runs):
        first = run % len(names)
        order = [*names[first:], *names[:first]]
        before()
        rounds.append({name: sides[name]() for name in order})
    return rounds


def paired(
    rounds: Iterable[Mapping[str, Cost]], ours: str, theirs: str, *, by: Callable[[Cost], float]
) -> list[tuple[float, float]]:
    """One property of two sides, run by run."""
    return [(by(each[ours]), by(each[theirs])) for each in rounds]


def need(true: object, why: str) -> None:
    """Stop where something is not as it has to be for a figure to mean anything.

    Raises:
        CannotMeasure: always with this reason.
    """
    if not true:
        raise CannotMeasure(why)
