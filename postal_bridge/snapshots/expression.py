"""The comparison itself, written once and read by every engine.

Both sides are joined by the key digest alone, and the row digest is looked at in the pair; only rows
in listed buckets take part (see `marks.py`).

All tables are read by name: `ours` and `theirs` with the columns of `writing.DIGESTS` and the
record's fields, `listed` with the one column `number`: of buckets, or of key digests.
"""

from enum import IntEnum
from functools import cache

import ibis
from ibis import Table

from postal_bridge.reconciliation.ports import Side
from postal_bridge.snapshots.writing import DIGESTS, fields_of, schema_of

LISTED = "listed"


class Verdict(IntEnum):
    """What the digests say about a pair of rows, or about a row without a partner.

    Numbers, because a word for each of millions of pairs is a fifth of the whole comparison.
    """

    EQUAL = 0
    CHANGED = 1
    MISSING_THERE = 2
    MISSING_HERE = 3


@cache
def verdicts(bits: int, *, with_fees: bool, sample_to: int) -> Table:
    """Every verdict on rows of the listed buckets, with the key digests that matter.

    Columns: `verdict`, `keys`: of equal pairs the keys up to `sample_to`, of all others every key.

    Args:
        bits: how many first bits of a key digest name its bucket.
        with_fees: whether fees are compared; one that is not told differs from none.
        sample_to: keys of equal pairs up to this one are given.
    """
    ours, theirs = (_digests(side, bits, with_fees=with_fees) for side in Side)
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
    return judged.group_by("verdict").aggregate(keys=judged.key.collect(where=told))


@cache
def doubled(bits: int) -> Table:
    """Key digests in the listed buckets that come more than once on a side; one column, `key`."""
    return ibis.union(*(_doubled(side, bits) for side in Side), distinct=True)


@cache
def dossiers(side: Side) -> Table:
    """All rows of a side whose key digest is listed, in no order."""
    rows, listed = _table(side), _listed()
    columns = [*DIGESTS, *fields_of(side)]
    return rows.semi_join(listed, rows.key == listed.number).select(*columns)


@cache
def _table(side: Side) -> Table:
    return ibis.table(ibis.Schema.from_pyarrow(schema_of(side)), name=side.value)


@cache
def _listed() -> Table:
    return ibis.table({"number": "int64"}, name=LISTED)


def _digests(side: Side, bits: int, *, with_fees: bool) -> Table:
    rows = _within(side, bits)
    columns = {f"{side}_key": rows.key, f"{side}_row": rows.row}
    return rows.select(**columns, **({f"{side}_fee": rows.fee} if with_fees else {}))


def _doubled(side: Side, bits: int) -> Table:
    rows = _within(side, bits)
    counted = rows.group_by("key").aggregate(times=rows.count())
    return counted.filter(counted.times > 1).select("key")


def _within(side: Side, bits: int) -> Table:
    """A side's rows in the listed buckets."""
    rows, listed = _table(side), _listed()
    return rows.semi_join(listed, (rows.key >> (64 - bits)) == listed.number)
