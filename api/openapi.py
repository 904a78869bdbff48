"""The OpenAPI 3.1 description of the REST door, made from the routes and their structs.

Nothing is written twice: paths, methods, access and limits come from `api.routes`, shapes from the
msgspec structs that check requests and make answers.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from api.envelope import BareFailure, Failure
from api.routing import Route
from api.schemas.tracks import PageMeta

VERSION = "1"
_REF = "#/components/schemas/{name}"
_NEEDS = {
    "public": "Open to all.",
    "optional": "Open to all; a token shows the caller more.",
    "session": "Needs a token; guests too.",
    "account": "Needs an account.",
    "creator": "Needs an account that may upload.",
}


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """The whole document, ready to be written as JSON."""
    kinds = _structs(routes)
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    paths: dict[str, Any] = {}
    for route in routes:
        operation = _operation(route, components)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    queries = {route.query.__name__ for route in routes if route.query is not None}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Veza Hub",
            "version": VERSION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {name: kind for name, kind in components.items() if name not in queries},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "veza_access"},
            },
        },
    }


def _structs(routes: Sequence[Route]) -> list[type[Struct]]:
    named: list[type[Struct]] = [Failure, BareFailure, PageMeta]
    for route in routes:
        named += [kind for kind in (route.body, route.form, route.query, route.answer) if kind]
    return list(dict.fromkeys(named))


def _operation(route: Route, components: dict[str, Any]) -> dict[str, Any]:
    summary = (route.handle.__doc__ or "").strip().partition("\n")[0]
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "tags": [_tag(route)],
        "summary": summary,
        "description": _description(route),
        "parameters": _parameters(route, components),
        "responses": {
            "2XX": {"description": "Done.", "content": _content(route)},
            "default": {"description": "Not done.", "content": _json(_ref(_failure(route)))},
        },
    }
    if route.access != "public":
        needed: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
        operation["security"] = [*needed, {}] if route.access == "optional" else needed
    if route.body is not None:
        operation["requestBody"] = {"content": _json(_ref(route.body))}
    elif route.form is not None:
        operation["requestBody"] = {"required": True, "content": _form(route.form, components)}
    elif route.streams:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": binary},
        }
    return operation


def _description(route: Route) -> str:
    needs = _NEEDS[route.access]
    if route.allowance is None:
        return needs
    limit = route.allowance.limit
    who = "address" if route.by_address or route.access == "public" else "caller"
    return f"{needs} At most {limit.count} requests in {limit.per_s} s for each {who}."


def _parameters(route: Route, components: dict[str, Any]) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.query is not None:
        schema = components[route.query.__name__]
        required = schema.get("required", ())
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": kind}
            for name, kind in schema["properties"].items()
        ]
    return parameters


def _content(route: Route) -> dict[str, Any]:
    if route.media is None:
        return _json(_success(route))
    return {route.media: {"schema": {"type": "string", "format": "binary"}}}


def _failure(route: Route) -> type[Struct]:
    return BareFailure if route.bare else Failure


def _success(route: Route) -> dict[str, Any]:
    data: dict[str, Any] = {} if route.answer is None else _ref(route.answer)
    if route.bare:
        return {"type": "array", "items": data} if route.is_list else data
    properties: dict[str, Any] = {
        "success": {"const": True},
        "message": {"type": "string"},
        "data": {"type": "array", "items": data} if route.is_list else data,
        "errors": {"type": "array", "maxItems": 0},
    }
    if route.is_list and route.query is not None:
        properties["meta"] = _ref(PageMeta)
    return {"type": "object", "properties": properties, "required": list(properties)}


def _form(form: type[Struct], components: dict[str, Any]) -> dict[str, Any]:
    """A file and what is said of it: as `metadata` in JSON, or as fields of the same names."""
    binary = {"type": "string", "format": "binary"}
    fields = {
        "audio": binary,
        "artwork": binary,
        "metadata": {"type": "string", "contentMediaType": "application/json"},
        **components[form.__name__]["properties"],
    }
    schema = {"type": "object", "properties": fields, "required": ["audio"]}
    return {"multipart/form-data": {"schema": schema}}


def _operation_id(route: Route) -> str:
    words = re.findall(r"\w+", route.path.removeprefix("/api/v1"))
    return "_".join([route.method.lower(), *words]).replace("-", "_")


def _tag(route: Route) -> str:
    words = re.findall(r"[\w-]+", re.sub("^/api(/v1)?", "", route.path))
    return words[0] if words else "hub"


def _ref(kind: type[Struct]) -> dict[str, Any]:
    return {"$ref": _REF.format(name=kind.__name__)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
