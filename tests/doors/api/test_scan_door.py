"""The body of `POST /scans` is described twice: to be decoded quickly, and to be explained."""

from typing import Any

import msgspec

from postal_bridge.api.scan_door import Batch
from postal_bridge.api.scans import ScanBatch

TOLD = ("minLength", "maxLength", "maxItems", "minimum", "maximum", "format", "type")


def fields(schema: dict[str, Any], shapes: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Every field by its path: what it may hold, and whether it must be there."""
    while "$ref" in schema:
        schema = shapes[schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return fields(choice, shapes, path)
    found: dict[str, Any] = {path: {name: schema[name] for name in TOLD if name in schema}}
    if schema.get("type") == "array":
        found |= fields(schema["items"], shapes, f"{path}[]")
    for name, inner in schema.get("properties", {}).items():
        found |= fields(inner, shapes, f"{path}.{name}")
        found[f"{path}.{name}"]["required"] = name in schema.get("required", ())
    if schema.get("type") == "object":
        assert schema["additionalProperties"] is False
    return found


def test_the_quick_description_and_the_explaining_one_are_the_same() -> None:
    (quick,), shapes = msgspec.json.schema_components([Batch])
    explaining = ScanBatch.model_json_schema()
    assert fields(dict(quick), shapes) == fields(explaining, explaining["$defs"])
