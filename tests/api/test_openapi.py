import re
from typing import Any

import pytest

from api.openapi import describe
from api.routes import ROUTES
from tests.api.conftest import Door


@pytest.fixture(scope="module")
def document() -> Any:
    return describe(ROUTES)


def references(value: Any) -> set[str]:
    """Every $ref within a document."""
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(references(part) for part in value))
    return set()


def test_every_route_is_described(document: Any) -> None:
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }

    assert described == {(route.method, route.path) for route in ROUTES}
    assert len(described) == len(ROUTES), "no route stands twice"


def test_every_operation_says_what_it_does(document: Any) -> None:
    operations = [o for path in document["paths"].values() for o in path.values()]

    assert all(operation["summary"].endswith((".", ")", ".)")) for operation in operations)
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere(document: Any) -> None:
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    assert references(document) <= schemas


def test_what_needs_a_token_says_so(document: Any) -> None:
    me = document["paths"]["/api/v1/auth/me"]["get"]
    login = document["paths"]["/api/v1/auth/login"]["post"]
    tracks = document["paths"]["/api/v1/tracks"]["get"]

    assert me["security"] == [{"bearer": []}, {"cookie": []}]
    assert "security" not in login
    assert {} in tracks["security"]
    assert "100 requests in 60 s" in tracks["description"]


def test_limits_of_a_query_are_shown(document: Any) -> None:
    parameters = document["paths"]["/api/v1/tracks"]["get"]["parameters"]
    limit = next(parameter for parameter in parameters if parameter["name"] == "limit")

    assert (limit["in"], limit["required"]) == ("query", False)
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 100)


async def test_the_document_is_served(door: Door, document: Any) -> None:
    answer = await door.stranger.get("/api/openapi.json")

    assert answer.status == 200
    assert answer.body["openapi"] == "3.1.0"
    assert set(answer.body["paths"]) == set(document["paths"])


async def test_the_api_says_that_it_answers(door: Door) -> None:
    data = (await door.stranger.get("/status")).data

    assert data["status"] == "ok"
    assert data["server_time"].endswith("Z")


async def test_no_closed_route_answers_a_stranger(door: Door) -> None:
    for route in ROUTES:
        if route.access in ("public", "optional"):
            continue
        answer = await door.stranger(route.method, re.sub(r"{\w+}", "1", route.path))
        if route.access == "secret":
            assert (answer.status, answer.code) == (403, "FORBIDDEN"), route.path
            continue
        assert answer.status == 401, route.path
        said = {"detail": "Sign in first."} if route.bare else {"error_code": "UNAUTHENTICATED"}
        assert answer.body | said == answer.body
