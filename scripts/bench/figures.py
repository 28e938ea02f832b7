"""What a benchmark answers: figures, each a ratio of two things measured side by side."""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from typing_extensions import override


@dataclass(frozen=True)
class Plan:
    """How thoroughly to measure.

    Attributes:
        runs: how often each side is measured; the sides take turns.
        quick: small tables and short runs: shows that all works, and a rough idea.
        say: tells whoever waits what happens, one line at a time.
        instances: a folder of published instances, for `rounds`.
    """

    runs: int
    quick: bool
    say: Callable[[str], None]
    instances: Path | None = None


@dataclass(frozen=True)
class Goal:
    """What is hoped for: the ratio `at_least` or `at_most` this."""

    at_least: float | None = None
    at_most: float | None = None

    @override
    def __str__(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:.3g}"
        return f"<= {self.at_most:.3g}"

    def met_by(self, ratio: float) -> bool:
        """Whether a ratio is as good as hoped for, or better."""
        if self.at_least is not None:
            return ratio >= self.at_least
        return self.at_most is not None and ratio <= self.at_most


@dataclass(frozen=True)
class Figure:
    """One ratio.

    Attributes:
        name: `benchmark.what.detail`.
        goal: none where the figure only explains another.
        ratio: the median of the runs' ratios, ours by the anchor's.
        spread: the smallest and the largest of them.
        anchor: what we are compared with, in words and absolute figures (medians).
        runs: absolute figures of both sides, run by run.
    """

    name: str
    goal: Goal | None
    ratio: float
    spread: tuple[float, float]
    anchor: Mapping[str, Any] = field(default_factory=dict)
    runs: Sequence[Mapping[str, Any]] = ()

    def with_notes(self, notes: Sequence[Mapping[str, Any]]) -> "Figure":
        """The same figure with more to say about each run."""
        runs = [{**run, **note} for run, note in zip(self.runs, notes, strict=True)]
        return replace(self, runs=runs)

    def as_json(self) -> dict[str, Any]:
        """The figure for a machine."""
        shown = asdict(self)
        shown["goal"] = str(self.goal) if self.goal else None
        shown["ratio"] = _short(self.ratio)
        shown["spread"] = [_short(edge) for edge in self.spread]
        return shown

    def row(self) -> tuple[str, ...]:
        """The figure for a person."""
        verdict = "" if self.goal is None else "đạt/met" if self.goal.met_by(self.ratio) else "–"
        low, high = self.spread
        return (
            self.name,
            str(self.goal or ""),
            f"{self.ratio:.3g}",
            f"{low:.3g} … {high:.3g}",
            verdict,
            *(str(self.anchor.get(column, "")) for column in ("ours", "anchor", "unit", "what")),
        )


def figure(
    name: str,
    pairs: Sequence[tuple[float, float]],
    *,
    goal: Goal | None = None,
    anchor: str,
    unit: str,
) -> Figure:
    """A figure out of pairs (ours, the anchor's), one pair per run.

    Args:
        name: `benchmark.what.detail`.
        pairs: both sides of each run, in `unit`.
        goal: what is hoped for.
        anchor: what the second of each pair is, in words.
        unit: what both are counted in, such as "events/s".
    """
    ratios = [ours / theirs for ours, theirs in pairs]
    ours_median = statistics.median(ours for ours, _ in pairs)
    anchor_median = statistics.median(theirs for _, theirs in pairs)
    return Figure(
        name=name,
        goal=goal,
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        anchor={
            "what": anchor,
            "unit": unit,
            "ours": _short(ours_median),
            "anchor": _short(anchor_median),
        },
        runs=[
            {"ours": _short(ours), "anchor": _short(theirs), "ratio": _short(ours / theirs)}
            for ours, theirs in pairs
        ],
    )


def as_json(figures: Sequence[Figure]) -> str:
    """One object, or a list where a benchmark has several figures."""
    shown = [each.as_json() for each in figures]
    return json.dumps(shown[0] if len(shown) == 1 else shown, ensure_ascii=False, indent=2)


HEAD = ("figure", "goal", "ratio", "spread", "", "ours", "anchor", "unit", "against")


def as_table(figures: Sequence[Figure]) -> str:
    """The figures in columns."""
    rows = [HEAD, *(each.row() for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _short(value: float) -> float:
    """Four digits say more than the machine can tell apart."""
    return float(f"{value:.4g}")
