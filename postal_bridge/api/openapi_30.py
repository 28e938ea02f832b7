"""The same description in the words of OpenAPI 3.0, for the page at /docs.

The Swagger UI that comes as a Python package (4.15) shows nothing at all for a 3.1 document. Only
what pydantic writes is translated; programmes read the 3.1 document at /openapi.json.
"""

from typing import Any

_NULL = {"type": "null"}
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def translated(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of a 3.1 document that a reader of 3.0 understands."""
    return {**{name: _value(name, part) for name, part in document.items()}, "openapi": "3.0.3"}


def _value(name: str, value: Any) -> Any:
    if name in {"example", "examples", "default", "enum"}:
        return value
    if isinstance(value, list):
        return [_value("", each) for each in value]
    if not isinstance(value, dict):
        return value
    inside = {key: _value(key, part) for key, part in value.items()}
    # Under `properties` the keys are names of fields, not words of the schema.
    return inside if name in {"properties", "schemas", "parameters"} else _schema(inside)


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    choices = schema.get("anyOf")
    if isinstance(choices, list) and _NULL in choices:
        others = [each for each in choices if each != _NULL]
        del schema["anyOf"]
        # 3.0 ignores what stands beside a $ref, so a single choice is wrapped.
        single = len(others) == 1 and "$ref" not in others[0]
        schema |= (others[0] if single else {"anyOf": others}) | {"nullable": True}
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if isinstance(schema.get("prefixItems"), list):
        schema["items"] = {"anyOf": schema.pop("prefixItems")}
    for name, bound in _BOUNDS.items():
        limit = schema.get(name)
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            schema |= {name: True, bound: limit}
    return schema
