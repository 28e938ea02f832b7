"""The OpenAPI 3.1 document, made from the routes and their models."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from postal_bridge.api import idempotency, problem, stream
from postal_bridge.api.call import JSON, Route
from postal_bridge.api.changes import ChangeQuery

API_VERSION = "1.0.0"
BASE = "/api/v1"
COMPONENTS = "#/components/schemas/"

Mode = Literal["validation", "serialization"]
Model = tuple[type[BaseModel], Mode]
Schema = dict[str, Any]

_PARAMETER = re.compile(r"\{(\w+)(?::[^{}]+)?\}")

PROBLEM: Schema = {
    "title": "Problem",
    "description": "Lý do không thực hiện được (RFC 9457). / Why it was not done.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "field": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "facts": {"type": "object"},
        "request_id": {"type": "string"},
    },
}

_REFUSALS: dict[str, str] = {
    "400": "Yêu cầu không hợp lệ / The request is not valid",
    "401": "Chưa đăng nhập / Not signed in",
    "403": "Không được phép / Not allowed",
    "404": "Không tìm thấy / Not found",
    "409": "Không thể thực hiện lúc này / Not possible in this state",
    "410": "Mốc này không đọc tiếp được nữa / This cursor cannot be read on from",
    "413": "Nội dung quá lớn / Too large",
    "422": "Nội dung không đúng / The content is not right",
    "default": "Không thực hiện được / It was not done",
}


def document(routes: Iterable[Route]) -> Schema:
    """The whole document, with every model once under `components`."""
    listed = tuple(routes)
    names, components = _components(listed)
    paths: dict[str, Schema] = {}
    for route in listed:
        operation = _operation(route, names, components)
        paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})[route.method.lower()] = operation
    for route in listed:
        if route.query is not None:
            components.pop(names[route.query, "validation"], None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "postal_bridge",
            "version": API_VERSION,
            "description": "Hồ sơ hành chính qua bưu chính công ích. / Administrative dossiers"
            " carried by the public postal operator.",
        },
        "servers": [{"url": BASE}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "responses": {code: _problem(text) for code, text in _REFUSALS.items()},
        },
    }


# --- components -----------------------------------------------------------------------------------


def _components(routes: tuple[Route, ...]) -> tuple[dict[Model, str], dict[str, Schema]]:
    read: list[type[BaseModel]] = [
        model for route in routes for model in (route.body, route.query) if model
    ]
    written = [route.out for route in routes if route.out]
    models: list[Model] = [
        *((model, "validation") for model in dict.fromkeys(read)),
        *((model, "serialization") for model in dict.fromkeys(written)),
    ]
    if not models:
        return {}, {}
    references, definitions = models_json_schema(models, ref_template=COMPONENTS + "{model}")
    components: dict[str, Schema] = definitions.get("$defs", {})
    names: dict[Model, str] = {
        model: references[model]["$ref"].removeprefix(COMPONENTS) for model in models
    }
    asked = _reachable([names[model, "validation"] for model in read], components)
    for name, component in components.items():
        if "properties" in component:
            component.setdefault("additionalProperties", False)
        if name not in asked:
            _without_nulls(component)
    return names, components


def _reachable(names: Iterable[str], components: Mapping[str, Schema]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(r"#/components/schemas/([^\"]+)", json.dumps(components[name]))
    return found


def _without_nulls(component: Schema) -> None:
    """Answers leave out what is null, so what may be null may be missing."""
    properties = component.get("properties", {})
    nullable = {
        name
        for name, schema in properties.items()
        if {"type": "null"} in schema.get("anyOf", ()) or schema.get("type") == "null"
    }
    for name in nullable:
        choices = [each for each in properties[name].get("anyOf", ()) if each != {"type": "null"}]
        if len(choices) == 1:
            del properties[name]["anyOf"]
            properties[name] |= choices[0]
            if properties[name].get("default", 0) is None:
                del properties[name]["default"]
    required = [name for name in component.get("required", ()) if name not in nullable]
    component.pop("required", None)
    if required:
        component["required"] = required


# --- operations -----------------------------------------------------------------------------------


def _operation(
    route: Route, names: Mapping[Model, str], components: Mapping[str, Schema]
) -> Schema:
    operation: Schema = {
        "operationId": _operation_id(route),
        "summary": route.summary_vi,
        "description": _described(route),
        "tags": [route.tag],
        "security": [] if route.roles is None else [{"bearer": []}],
        "responses": {**_success(route, names), **_refusals(route)},
    }
    parameters = [*_path_parameters(route), *_query_parameters(route, names, components)]
    if route.creates:
        parameters.append(_idempotency_key())
    if route.produces == stream.MEDIA_TYPE:
        parameters.append(_last_event_id())
    if parameters:
        operation["parameters"] = parameters
    if body := _request_body(route, names):
        operation["requestBody"] = body
    return operation


def _operation_id(route: Route) -> str:
    words = re.findall(r"\w+", _PARAMETER.sub(r"by_\1", route.path))
    return "_".join([route.method.lower(), *words])


def _described(route: Route) -> str:
    if route.roles is None:
        return route.summary_en
    return f"{route.summary_en}. Roles: {', '.join(sorted(route.roles))}."


def _path_parameters(route: Route) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]


def _query_parameters(
    route: Route, names: Mapping[Model, str], components: Mapping[str, Schema]
) -> list[Schema]:
    if route.query is None:
        return []
    schema = components[names[route.query, "validation"]]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": each}
        for name, each in schema.get("properties", {}).items()
    ]


def _idempotency_key() -> Schema:
    return {
        "name": idempotency.KEY,
        "in": "header",
        "required": True,
        "description": "Mã riêng cho mỗi yêu cầu tạo mới; gửi lại cùng mã nhận cùng câu trả lời."
        " / One of its own per creation; a repeat with the same key gets the same answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST_KEY},
    }


def _last_event_id() -> Schema:
    return {
        "name": stream.LAST_EVENT_ID,
        "in": "header",
        "required": False,
        "description": "Mốc đã nhận cuối cùng; không có thì bắt đầu từ bây giờ."
        " / The id that was received last; without it the stream begins now.",
        "schema": {"type": "string"},
    }


def _request_body(route: Route, names: Mapping[Model, str]) -> Schema | None:
    if route.raw_limit_bytes is not None:
        return {"required": True, "content": {"application/octet-stream": {}}}
    if route.body is None:
        return None
    content: Schema = {"schema": {"$ref": COMPONENTS + names[route.body, "validation"]}}
    if route.example is not None:
        content["example"] = dict(route.example)
    return {"required": True, "content": {JSON: content}}


def _success(route: Route, names: Mapping[Model, str]) -> Schema:
    response: Schema = {"description": "Đã thực hiện / Done"}
    if route.out is not None:
        reference = COMPONENTS + names[route.out, "serialization"]
        response["content"] = {JSON: {"schema": {"$ref": reference}}}
    elif route.produces != JSON:
        response["content"] = {route.produces: {}}
    return {str(route.status): response}


def _refusals(route: Route) -> Schema:
    takes_content = route.body is not None or route.raw_limit_bytes is not None
    codes = {
        "400": takes_content or route.creates,
        "401": route.roles is not None or route.secret,
        "403": route.roles is not None,
        "404": "{" in route.path,
        "409": route.takes_body,
        "410": route.query is ChangeQuery,
        "413": takes_content,
        "422": True,
        "default": True,
    }
    return {
        code: {"$ref": f"#/components/responses/{code}"} for code, wanted in codes.items() if wanted
    }


def _problem(text: str) -> Schema:
    content = {problem.MEDIA_TYPE: {"schema": {"$ref": f"{COMPONENTS}Problem"}}}
    return {"description": text, "content": content}
