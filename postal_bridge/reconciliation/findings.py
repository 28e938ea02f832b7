"""What a night has found before anything of it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postal_bridge.reconciliation.comparison import Comparison
from postal_bridge.reconciliation.counting import Span
from postal_bridge.reconciliation.gathering import Gathered
from postal_bridge.reconciliation.records import (
    Difference,
    DifferenceKind,
    Discrepancy,
    OneStopDossier,
)

_COUNTS = frozenset({DifferenceKind.COUNTED_NOT_LISTED, DifferenceKind.LISTED_NOT_COUNTED})
_CARRIERS = frozenset(
    {
        DifferenceKind.CARRIER_MISSING,
        DifferenceKind.CARRIER_UNKNOWN,
        DifferenceKind.CARRIER_STATE,
    }
)

NOT_OF_A_DOSSIER = _COUNTS | _CARRIERS | {DifferenceKind.CLOCK}
"""Kinds whose subject is no dossier, so that nobody can look it up by its code."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a night has found.

    Attributes:
        differences: of all kinds, at most one for each kind and subject.
        gathered: both sides as they were read.
        rows: the other side's latest row of each dossier that differs; agencies: the agency of
            each of them, as we have it, else as they have it.
        clock_seen: whether enough dossiers were on both sides to judge a clock by.
        booked: first and last day of booking that were compared with the carriers' feeds; none
            where they were not. A night that goes by counts compares them as a whole too.
        remarks: Vietnamese sentences for the report, beside those about the statistics.
    """

    differences: Sequence[Difference]
    comparison: Comparison
    gathered: Gathered
    rows: Mapping[str, OneStopDossier]
    agencies: Mapping[str, str]
    clock_seen: bool
    booked: Span | None
    remarks: Sequence[str] = ()

    def agency_of(self, difference: Difference) -> str:
        """The agency whose dossier, or whose count, a difference is about; "" where none is."""
        if difference.kind in _COUNTS:
            return difference.dossier_code.split(":")[1].replace("*", "")
        return self.agencies.get(difference.dossier_code, "")

    def covers(self, case: Discrepancy) -> bool:
        """Whether tonight could have seen the case's difference, had it still been there."""
        if case.kind in _COUNTS:
            return case.dossier_code in self.gathered.witness.checked
        if case.kind in _CARRIERS:
            return self.booked is not None and (
                self.booked[0] <= case.received_on <= self.booked[1]
            )
        if case.kind is DifferenceKind.CLOCK:
            return self.clock_seen
        return self.comparison.covers(case)
