"""The OpenAPI 3.1 description of the REST door, made from the routes and their structs.

Nothing is written twice: paths, methods, access and limits come from `api.routes`, shapes from the
msgspec structs that check requests and make answers.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from api.envelope import BareFailure, Failure
from api.routing import Route
from api.text import BLOCK_PATTERN, LINE_PATTERN, WORDS_PATTERN

VERSION = "1"
_REF = "#/components/schemas/{name}"
_NEEDS = {
    "public": "Open to all.",
    "optional": "Open to all; a token shows the caller more.",
    "session": "Needs a token; guests too.",
    "account": "Needs an account.",
    "creator": "Needs an account that may upload.",
    "secret": "Needs a secret that the caller shares with the hub.",
}


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """The whole document, ready to be written as JSON."""
    kinds = _structs(routes)
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    for asked in _asked(routes):
        _tell_of_text(asked, components)
        _tell_of_needs(asked, components[asked.__name__])
        components[asked.__name__]["additionalProperties"] = False  # as `api.bodies.checked`
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


def _tell_of_text(kind: type[Struct], components: dict[str, Any]) -> None:
    """Write into a request's schema what `api.bodies.checked` asks of all text.

    A line has no control characters and none that hides or reorders its neighbours; where a
    character is needed, a blank is not enough.
    """
    blocks = getattr(kind, "BLOCKS", ())
    for name, schema in components[kind.__name__]["properties"].items():
        for part in _texts(schema, components):
            line = WORDS_PATTERN if part.get("minLength") else LINE_PATTERN
            part["pattern"] = BLOCK_PATTERN if name in blocks else line


def _tell_of_needs(kind: type[Struct], schema: dict[str, Any]) -> None:
    """Write into a request's schema which fields are needed together or in place of each other."""
    if any_of := getattr(kind, "ANY_OF", ()):
        schema["anyOf"] = list(any_of)
    if one_of := getattr(kind, "NEEDS_ONE_OF", ()):
        schema["anyOf"] = [_given((name,)) for name in one_of]
    if all_of := getattr(kind, "NEEDS_ALL_OF", ()):
        schema["allOf"] = [_given(all_of)]


def _given(names: Sequence[str]) -> dict[str, Any]:
    """These fields are there, and not null."""
    not_null = {name: {"not": {"type": "null"}} for name in names}
    return {"required": list(names), "properties": not_null}


def _texts(schema: dict[str, Any], components: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Free text within the schema of one field, in the structs that it holds and in names."""
    if schema.get("type") == "string" and not {"enum", "pattern", "format"} & set(schema):
        yield schema
    if "$ref" in schema:
        held = components[schema["$ref"].rpartition("/")[2]]
        for part in held.get("properties", {}).values():
            yield from _texts(part, components)
    if isinstance(values := schema.get("additionalProperties"), dict):
        yield from _texts(schema.setdefault("propertyNames", {"type": "string"}), components)
        yield from _texts(values, components)
    parts = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]
    for part in parts:
        yield from _texts(part, components)


def _structs(routes: Sequence[Route]) -> list[type[Struct]]:
    named: list[type[Struct]] = [Failure, BareFailure]
    for route in routes:
        named += [kind for kind in (*_bodies(route), route.query, route.answer, route.meta) if kind]
    return list(dict.fromkeys(named))


def _bodies(route: Route) -> tuple[type[Struct] | None, ...]:
    return route.body, route.form, route.urlencoded


def _asked(routes: Sequence[Route]) -> list[type[Struct]]:
    """What callers send."""
    sent = [kind for route in routes for kind in (*_bodies(route), route.query) if kind]
    return list(dict.fromkeys(sent))


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
    if route.access not in ("public", "secret"):
        needed: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
        operation["security"] = [*needed, {}] if route.access == "optional" else needed
    if route.body is not None:
        operation["requestBody"] = {
            "required": route.needs_body,
            "content": _json(_ref(route.body)),
        }
    elif route.form is not None:
        operation["requestBody"] = {"required": True, "content": _form(route.form, components)}
    elif route.urlencoded is not None:
        schema = {"schema": _ref(route.urlencoded)}
        content = {"application/x-www-form-urlencoded": schema}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.file is not None:
        operation["requestBody"] = {"required": True, "content": _file(route.file)}
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
        for name, kind in schema["properties"].items():
            is_required = name in required
            parameters.append(
                {"name": name, "in": "query", "required": is_required, "schema": _in_a_query(kind)}
            )
            if not is_required:
                # A form sends what nobody has filled in; `name=` is as good as no `name`.
                parameters[-1]["allowEmptyValue"] = True
    return parameters


def _in_a_query(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without null, which has no spelling in a query string."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if rest.get("default", "") is None:
        del rest["default"]
    if not kinds:
        return rest
    return {**kinds[0], **rest} if len(kinds) == 1 else {"anyOf": kinds, **rest}


def _content(route: Route) -> dict[str, Any]:
    if route.media is None:
        return _json(_success(route))
    if route.answer is not None:
        return {route.media: {"schema": _ref(route.answer)}}
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
        properties["meta"] = _ref(route.meta)
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


def _file(name: str) -> dict[str, Any]:
    """A form with one file."""
    fields = {name: {"type": "string", "format": "binary"}}
    schema = {"type": "object", "properties": fields, "required": [name]}
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
