"""The description of the API: sound as a document, readable without a network."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from playwright.async_api import async_playwright

from postal_bridge.api.openapi import document
from postal_bridge.api.openapi_30 import translated
from postal_bridge.api.routes import ROUTES
from tests.doors.api.conftest import TEST_ROUTES, World


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document((*ROUTES, *TEST_ROUTES))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolved(document: Any, reference: str) -> Any:
    assert reference.startswith("#/")
    for part in reference[2:].split("/"):
        document = document[part]
    return document


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    found = set(references(described))
    assert found
    for reference in found:
        assert resolved(described, reference)


def test_every_component_is_a_json_schema(described: dict[str, Any]) -> None:
    for name, schema in described["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)


def test_every_operation_says_what_may_come_back(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    seen: set[str] = set()
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation["operationId"] not in seen
            seen.add(operation["operationId"])
            assert "default" in operation["responses"]
            assert any(code.startswith("2") for code in operation["responses"])
            named = {
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"
            }
            assert named == set(re.findall(r"\{(\w+)\}", path))
    assert len(seen) == len(ROUTES) + len(TEST_ROUTES)


def test_examples_fit_their_schemas(described: dict[str, Any]) -> None:
    checked = 0
    for operations in described["paths"].values():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {})
            for body in content.values():
                if "example" in body:
                    schema = {**body["schema"], "components": described["components"]}
                    Draft202012Validator(schema).validate(body["example"])
                    checked += 1
    assert checked >= 2


def test_a_creation_asks_for_its_key_and_a_list_for_its_words(described: dict[str, Any]) -> None:
    creation = described["paths"]["/things"]["post"]
    assert [each["name"] for each in creation["parameters"]] == ["Idempotency-Key"]
    assert creation["security"] == [{"bearer": []}]
    listing = described["paths"]["/things"]["get"]
    assert {each["name"] for each in listing["parameters"]} == {"limit", "role"}
    assert "Which" not in described["components"]["schemas"]
    assert described["paths"]["/sessions"]["post"]["security"] == []


def test_answers_may_leave_out_what_may_be_null(described: dict[str, Any]) -> None:
    thing = described["components"]["schemas"]["Thing"]
    assert thing["required"] == ["name", "count"]
    assert thing["properties"]["note"]["type"] == "string"
    assert described["components"]["schemas"]["NewThing"]["additionalProperties"] is False


async def test_the_served_answer_fits_its_own_description(world: World) -> None:
    described = await (await world.call("GET", "/openapi.json")).json()
    me = await (await world.call("GET", "/me", token=await world.signed_in())).json()
    schema = {"$ref": "#/components/schemas/Me", "components": described["components"]}
    Draft202012Validator(schema).validate(me)
    problem = await (await world.call("GET", "/me")).json()
    schema = {"$ref": "#/components/schemas/Problem", "components": described["components"]}
    Draft202012Validator(schema).validate(problem)


def test_the_page_s_own_description_speaks_3_0(described: dict[str, Any]) -> None:
    page = translated(described)
    assert page["openapi"] == "3.0.3"
    assert described["openapi"] == "3.1.0"
    assert '"null"' not in json.dumps(page)
    new_thing = page["components"]["schemas"]["NewThing"]["properties"]
    assert new_thing["at"]["nullable"] is True
    assert (new_thing["at"]["type"], new_thing["at"]["format"]) == ("string", "date-time")
    assert new_thing["role"]["anyOf"] == [{"$ref": "#/components/schemas/Role"}]
    assert set(page["paths"]) == set(described["paths"])
    assert translated({"x": {"const": 1, "exclusiveMinimum": 2}})["x"] == {
        "enum": [1],
        "exclusiveMinimum": True,
        "minimum": 2,
    }


@pytest.mark.browser
async def test_the_page_shows_every_operation_without_a_network(
    world: World, chromium_path: str
) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox"]
        )
        page = await browser.new_page()
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        base = str(world.client.make_url("/")).rstrip("/")
        await page.goto(f"{base}/docs")
        await page.wait_for_selector(".opblock")
        shown = await page.locator(".opblock").count()
        await browser.close()
    assert shown == len(ROUTES) + len(TEST_ROUTES)
    assert complaints == []
    assert all(url.startswith((base, "data:")) for url in asked)


async def test_the_pages_load_nothing_from_elsewhere(world: World) -> None:
    page = await (await world.call("GET", "/docs")).text()
    start = await (await world.call("GET", "/docs/start.js")).text()
    assert "http" not in page + start
    assert re.findall(r"<script(?! src=\"/docs/)", page) == []
    for file in re.findall(r"(?:src|href)=\"(/docs/[^\"]+)\"", page):
        answer = await world.call("GET", file)
        assert answer.status == 200
        assert len(await answer.read()) > 100
    assert (await world.call("GET", "/docs/index.html")).status == 404
