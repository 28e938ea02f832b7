import json

import pytest

from postal_bridge.tabular.objects import NESTED, read_objects
from postal_bridge.tabular.records import Limits, TableRefused

ROWS = [{"code": "A", "fee": 30000}, {"code": "B", "note": None, "more": {"x": 1}}]


@pytest.mark.parametrize(
    "data", [ROWS, {"total": 2, "data": ROWS}, {"data": ROWS, "codes": ["a", "b"]}]
)
def test_a_list_of_objects_is_a_table(data: object) -> None:
    rows = read_objects(json.dumps(data), limits=Limits()).rows
    assert list(rows[0].cells) == ["code", "fee", "note", "more"]
    assert [(row.number, list(row.cells)) for row in rows[1:]] == [
        (1, ["A", 30000, None, None]),
        (2, ["B", None, None, NESTED]),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "quá sâu"),
        ('[{"a":' * 50_000, "quá sâu"),
        ('{"a": [{}], "b": [{}]}', "“a”, “b”"),
        ('{"a": 1}', "không có"),
        ('[{"a": 1}, 2]', "dòng 2"),
        ('[{"a": 1, "a": 2}]', "“a”"),
        ('[{"a": NaN}]', "không phải JSON đúng"),
        ('[{"a": ' + "9" * 5000 + "}]", "không phải JSON đúng"),
        ('[{"a": 1}', "không phải JSON đúng"),
    ],
)
def test_what_is_no_list_of_objects_is_refused(text: str, said: str) -> None:
    with pytest.raises(TableRefused, match=said):
        read_objects(text, limits=Limits())


def test_more_rows_or_keys_than_allowed_are_refused() -> None:
    with pytest.raises(TableRefused, match="quá mức"):
        read_objects(json.dumps([{"a": 1}] * 5), limits=Limits(rows=4))
    many = [{str(number): 1} for number in range(50)]
    with pytest.raises(TableRefused, match="dòng 11"):
        read_objects(json.dumps(many), limits=Limits(columns=10))
