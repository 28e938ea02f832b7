"""One step of a long benchmark in a process of its own: its time, its CPU, and its peak memory."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from scripts.bench.measuring import CannotMeasure
from scripts.bench.servers import ROOT

_KIB = 1024


@dataclass(frozen=True)
class Step:
    """What a process did.

    Attributes:
        memory: MiB, the most that it ever held.
        said: the last lines of what it printed, as JSON; None where that is none.
    """

    name: str
    wall: float
    cpu: float
    memory: float
    said: Any

    @override
    def __str__(self) -> str:
        return f"{self.name:<14} {self.wall:7.1f} s  CPU {self.cpu:7.1f} s  {self.memory:6.0f} MiB"

    def as_json(self) -> dict[str, float]:
        """The figures for a machine."""
        return {
            f"{self.name}.seconds": round(self.wall, 2),
            f"{self.name}.cpu_seconds": round(self.cpu, 2),
            f"{self.name}.peak_mib": round(self.memory),
        }


def step(
    name: str, arguments: Sequence[str], environ: Mapping[str, str], *, codes: Sequence[int] = (0,)
) -> Step:
    """Run the interpreter with these arguments to its end.

    Raises:
        CannotMeasure: it ended with another code than these.
    """
    kept = {one: os.environ[one] for one in ("PATH", "LANG", "HOME") if one in os.environ}
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**kept, **environ},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = code = os.waitstatus_to_exitcode(status)
        if code not in codes:
            complained.seek(0)
            told = complained.read().decode(errors="replace")[-2000:]
            raise CannotMeasure(f"{name} ended with {code}: {told}")
        said.seek(0)
        text = said.read().decode()
    cpu = used.ru_utime + used.ru_stime
    return Step(name, wall, cpu, used.ru_maxrss / _KIB, _read(text))


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
