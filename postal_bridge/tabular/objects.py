"""JSON: a list of objects, or an envelope with one such list in it."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Never

from postal_bridge.tabular.records import Cell, Limits, Row, Sheet, TableRefused, tidy

NESTED = "{…}"
"""What a cell says that holds a list or an object."""


class _Doubled(Exception):  # noqa: N818 - it says which key came twice
    """One object names one key twice."""


def read_objects(text: str, *, limits: Limits) -> Sheet:
    """A list's objects as rows; the first row holds the keys and has the number 0.

    Raises:
        TableRefused: not JSON, no list or several, or more than the limits allow.
    """
    try:
        data = json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_once_each,
        )
    except RecursionError:
        raise TableRefused("JSON lồng quá sâu (nested too deeply)") from None
    except _Doubled as key:
        raise TableRefused(f"JSON: khóa “{key}” có hai lần trong một đối tượng (twice)") from None
    except ValueError as wrong:
        raise TableRefused(f"không phải JSON đúng: {wrong} (no valid JSON)") from None
    listed = _list_in(data)
    keys: dict[str, None] = {}
    for number, value in enumerate(listed, start=1):
        if not isinstance(value, dict):
            raise TableRefused(f"dòng {number}: không phải đối tượng JSON (no JSON object)")
        keys.update(dict.fromkeys(value))
        if len(keys) > limits.columns or len(keys) * len(listed) > limits.cells:
            raise TableRefused(f"dòng {number}: quá nhiều khóa (too many keys)")
    if len(listed) > limits.rows:
        raise TableRefused(f"{len(listed)} dòng, quá mức {limits.rows} (too many rows)")
    rows = [Row(0, list(keys))]
    rows += [
        Row(number, [_cell(value.get(key)) for key in keys])
        for number, value in enumerate(listed, start=1)
    ]
    return Sheet(name="", rows=rows, keyed=True)


def _list_in(data: Any) -> Sequence[Any]:
    if isinstance(data, list):
        return data
    lists: Mapping[str, Sequence[Any]] = {}
    if isinstance(data, dict):
        lists = {
            key: value
            for key, value in data.items()
            if isinstance(value, list) and all(isinstance(one, dict) for one in value)
        }
    if len(lists) != 1:
        found = ", ".join(f"“{key}”" for key in lists) or "không có / none"
        raise TableRefused(
            "JSON phải là một mảng đối tượng, hoặc một đối tượng chứa đúng một mảng như vậy"
            f" (an array of objects, or an object with exactly one); tìm thấy: {found}"
        )
    return next(iter(lists.values()))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Doubled(next(key for key in keys if keys.count(key) > 1))
    return found


def _no_number(name: str) -> Never:
    raise ValueError(f"{name} is no number")


def _cell(value: Any) -> Cell:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return tidy(value)
        case int():
            return value
        case Decimal():
            whole = value.is_finite() and value.as_tuple().exponent == 0
            return int(value) if whole else value
        case _:
            return NESTED
