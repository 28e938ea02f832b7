"""The comparison itself, written once and read by every engine.

Both sides are joined by the key digest alone, and the row digest is looked at in the pair: so a
code that comes twice on a side shows in the number of pairs, without grouping millions of rows
to find that there is none.

All tables are read by name: `ours` and `theirs` with the columns of `writing.DIGESTS` and the
record's fields, `wanted` with the one column `key`.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache, reduce

import ibis
from ibis import Table
from ibis.expr import types

from postal_bridge.reconciliation.ports import Side
from postal_bridge.snapshots.writing import DIGESTS, fields_of, schema_of

WANTED = "wanted"
FIRST_KEY, LAST_KEY = -(2**63), 2**63 - 1


class Verdict(IntEnum):
    """What the digests say about a pair of rows, or about a row without a partner.

    Numbers, because a word for each of millions of pairs is a fifth of the whole comparison.
    """

    EQUAL = 0
    CHANGED = 1
    MISSING_THERE = 2
    MISSING_HERE = 3


@dataclass(frozen=True)
class KeySpan:
    """Key digests from `first` to `last`, both included."""

    first: int = FIRST_KEY
    last: int = LAST_KEY

    def parts(self, count: int) -> list["KeySpan"]:
        """The span in so many parts of one size."""
        size = (self.last - self.first + 1) // count
        firsts = [self.first + number * size for number in range(count)]
        lasts = [*(first - 1 for first in firsts[1:]), self.last]
        return [KeySpan(first, last) for first, last in zip(firsts, lasts, strict=True)]


@cache
def verdicts(span: KeySpan, *, with_fees: bool, sample_to: int) -> Table:
    """Every verdict with the number of its pairs and the key digests that matter.

    Columns: `verdict`, `pairs`, `keys`: of equal pairs the keys up to `sample_to`, of all others
    every key.

    Args:
        span: which key digests are compared.
        with_fees: whether fees are compared; one that is not told differs from none.
        sample_to: keys of equal pairs up to this one are given.
    """
    ours, theirs = _digests(Side.OURS, span, with_fees), _digests(Side.THEIRS, span, with_fees)
    joined = ours.outer_join(theirs, ours.ours_key == theirs.theirs_key)
    differs = joined.ours_row != joined.theirs_row
    if with_fees:
        differs |= (joined.ours_fee != joined.theirs_fee).fill_null(False)  # noqa: FBT003 - ibis
    verdict = ibis.cases(
        (joined.theirs_key.isnull(), Verdict.MISSING_THERE.value),
        (joined.ours_key.isnull(), Verdict.MISSING_HERE.value),
        (differs, Verdict.CHANGED.value),
        else_=Verdict.EQUAL.value,
    )
    key = ibis.coalesce(joined.ours_key, joined.theirs_key)
    judged = joined.select(verdict=verdict, key=key)
    told = (judged.verdict != Verdict.EQUAL.value) | (judged.key <= sample_to)
    return judged.group_by("verdict").aggregate(
        pairs=judged.count(), keys=judged.key.collect(where=told)
    )


@cache
def doubled(span: KeySpan) -> Table:
    """Key digests that come more than once on a side; the one column is `key`."""
    return ibis.union(*(_doubled(side, span) for side in Side), distinct=True)


@cache
def dossiers(side: Side) -> Table:
    """All rows of a side whose key digest is wanted, in no order."""
    rows, wanted = _table(side), ibis.table({"key": "int64"}, name=WANTED)
    columns = [*DIGESTS, *fields_of(side)]
    return rows.semi_join(wanted, rows.key == wanted.key).select(*columns)


@cache
def _table(side: Side) -> Table:
    return ibis.table(ibis.Schema.from_pyarrow(schema_of(side)), name=side.value)


def _digests(side: Side, span: KeySpan, with_fees: bool) -> Table:  # noqa: FBT001 - own use
    rows = _within(_table(side), span)
    columns = {f"{side}_key": rows.key, f"{side}_row": rows.row}
    return rows.select(**columns, **({f"{side}_fee": rows.fee} if with_fees else {}))


def _doubled(side: Side, span: KeySpan) -> Table:
    rows = _within(_table(side), span)
    counted = rows.group_by("key").aggregate(times=rows.count())
    return counted.filter(counted.times > 1).select("key")


def _within(rows: Table, span: KeySpan) -> Table:
    edges: list[types.BooleanValue] = []
    if span.first > FIRST_KEY:
        edges.append(rows.key >= span.first)
    if span.last < LAST_KEY:
        edges.append(rows.key <= span.last)
    return rows.filter(reduce(lambda one, other: one & other, edges)) if edges else rows
