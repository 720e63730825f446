"""The contract as an OpenAPI document, made from the table of endpoints: `python -m contract.openapi`.

The apps do not publish it: it describes all three, and programs that know nothing of the contract can hold them to it.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from contract import bodies
from contract.described import ANY_FORM, DESCRIBED, FORM, HTML, NOTHING, OBJECT, Answer, Described, Taken
from contract.endpoints import ENDPOINTS, STYLES, Endpoint
from contract.errors import ERRORS
from contract.forms import CSRF_FIELD, RIGHT, Field, favourites
from contract.parameters import Choice, FileName, Integer, LocalPath, Parameter, Token
from contract.unavailable import UNAVAILABLE

Schema = dict[str, Any]

NOTHING_DEARER: Mapping[str, int] = {}
JSON = "application/json"
# What needs nobody but the framework, and so cannot be let down by anybody.
ALONE = frozenset({"hello", "waiting", "computing", "errors", "context", "signals", "status"})
NO_HTTP = 400
SEE_OTHER = 303
PATTERNS: dict[type[Parameter], str] = {
    Token: "^[A-Za-z0-9-]{1,64}$",
    FileName: "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$",
    LocalPath: r"^/(?![/\\])[!-~]{0,199}$",
}
HEADERS: dict[str, Schema] = {
    "X-Request-ID": {"required": True, "schema": {"type": "string", "pattern": PATTERNS[Token]}},
    "Server-Timing": {"required": True, "schema": {"type": "string", "pattern": "^app;dur=.*, queue;dur="}},
}
# What passes a form, of fields whose choices do not tell it.
EXAMPLES = {**RIGHT, "confirmation": RIGHT["password"], "email": "name@example.com"}
STRUCTS = tuple({each for row in DESCRIBED.values() for each in (*row.answers.values(), row.takes)})
_OWN = [each for each in STRUCTS if isinstance(each, type)] + [bodies.Error]
_REF = "#/components/schemas/{name}"


def document(
    styles: Sequence[str] = STYLES,
    *,
    app: str | None = None,
    stack: str | None = None,
    dearest: Mapping[str, int] = NOTHING_DEARER,
    csrf: str | None = None,
) -> Schema:
    """Return the document of the endpoints under `styles` and of those outside them.

    `app` and `stack` leave out what only others cannot do; `dearest` lowers the highest value of parameters, by name,
    for programs that would ask for it often; `csrf` is the only token that forms may bring, where one is known.
    """
    lacking = {(own[2], own[3]) for own in UNAVAILABLE if app in {None, own[0]} and stack in {None, own[1]}}
    paths: dict[str, Schema] = {}
    for endpoint in ENDPOINTS:
        for style in styles if endpoint.styled else styles[:1]:
            path = f"/{style}/{endpoint.path}" if endpoint.styled else endpoint.path
            paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, style, dearest, csrf)
            if (style, endpoint.name) in lacking:
                paths[path][endpoint.method.lower()]["responses"]["501"] = _refusal(501)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Trilane", "version": "1", "description": "The site that all apps serve."},
        "paths": paths,
        "components": {"schemas": _components()},
    }


def _operation(endpoint: Endpoint, style: str, dearest: Mapping[str, int], csrf: str | None) -> Schema:
    described = DESCRIBED[endpoint.name]
    parameters = [_parameter(endpoint, parameter, dearest) for parameter in endpoint.parameters]
    parameters += [
        {"name": header.name, "in": "header", "required": True, "schema": schema_of(header, dearest)}
        for header in described.headers
    ]
    operation = {
        "operationId": f"{style}_{endpoint.name}" if endpoint.styled else endpoint.name,
        "summary": endpoint.does,
        "tags": [endpoint.topic],
        "parameters": parameters,
        "responses": {str(status): response for status, response in _responses(endpoint, described)},
    }
    if described.takes != NOTHING:
        operation["requestBody"] = {"required": True, "content": _taken(described.takes, csrf)}
    return operation


def _parameter(endpoint: Endpoint, parameter: Parameter, dearest: Mapping[str, int]) -> Schema:
    inside = f"{{{parameter.name}}}" in endpoint.path
    return {
        "name": parameter.name,
        "in": "path" if inside else "query",
        "required": inside or parameter.default is None,
        "description": parameter.rule,
        "schema": schema_of(parameter, dearest),
    }


def schema_of(parameter: Parameter, dearest: Mapping[str, int] = NOTHING_DEARER) -> Schema:
    """Return the schema of a parameter's values."""
    match parameter:
        case Integer(name=name, low=low, high=high):
            highest = min(high, dearest.get(name, high))
            schema: Schema = {"type": "integer", "minimum": low, "maximum": highest}
            if (parameter.default or 0) > highest:
                return schema
        case Choice(choices=choices):
            schema = {"type": "string", "enum": list(choices)}
        case _:
            schema = {"type": "string", "pattern": PATTERNS[type(parameter)]}
    return schema | ({"default": parameter.default} if parameter.default else {})


def _responses(endpoint: Endpoint, described: Described) -> Iterator[tuple[int, Schema]]:
    for status, answer in described.answers.items():
        headers = HEADERS | (
            {"Location": {"required": True, "schema": {"type": "string"}}} if status == SEE_OTHER else {}
        )
        yield status, {"description": f"Status {status}.", "headers": headers, "content": _content(answer)}
    for status in sorted(set(_refusals(endpoint, described)) - set(described.answers)):
        yield status, _refusal(status)


def _refusals(endpoint: Endpoint, described: Described) -> Iterator[int]:
    """Yield the statuses of the errors that an endpoint may answer with, besides those of every path."""
    yield from (NO_HTTP, 413, *described.refuses)
    if endpoint.parameters:
        yield 422
    if endpoint.topic not in ALONE:
        yield 503


def _refusal(status: int) -> Schema:
    told: Schema = {"description": ERRORS[status][1], "content": _content(bodies.Error)}
    if status == NO_HTTP:
        # What is no HTTP the server in front of the app refuses, in its own way.
        return told | {"content": _content(bodies.Error) | _content("text/plain") | _content(HTML)}
    own = {"Retry-After": {"required": True, "schema": {"type": "string"}}} if status == 503 else {}  # noqa: PLR2004 - the status itself
    return told | {"headers": HEADERS | own}


def _content(answer: Answer) -> Schema:
    if isinstance(answer, type):
        return {JSON: {"schema": {"$ref": _REF.format(name=answer.__name__)}}}
    if answer == OBJECT:
        return {JSON: {"schema": {"type": "object"}}}
    return {answer: {"schema": {"type": "string"}}} if answer != NOTHING else {}


def _taken(taken: Taken, csrf: str | None) -> Schema:
    if isinstance(taken, type):
        return _content(taken)
    if isinstance(taken, tuple):
        return {FORM: {"schema": _form(taken, csrf)}}
    words = {"type": "object", "additionalProperties": {"type": "string"}}
    files = {"type": "array", "maxItems": 3, "items": {"type": "string", "format": "binary", "maxLength": 1_000}}
    parts = {"type": "object", "properties": {"note": {"type": "string"}, "files": files}}
    return {FORM: {"schema": words}, "multipart/form-data": {"schema": parts}} if taken == ANY_FORM else {}


def _form(fields: Sequence[Field], csrf: str | None) -> Schema:
    properties = {field.name: _field(field) | _example(field) for field in fields}
    properties[CSRF_FIELD] = {"type": "string"} if csrf is None else {"type": "string", "enum": [csrf]}
    # Of boxes none may be ticked.
    required = [*(field.name for field in fields if field.kind != "boxes"), CSRF_FIELD]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _field(field: Field) -> Schema:
    choices = favourites() if field.kind == "boxes" else field.choices
    words: Schema = {"type": "string", "enum": [value for value, _ in choices]} if choices else {"type": "string"}
    several = {"multiple": {"minItems": 1}, "boxes": {}}
    return {"type": "array", "items": words, **several[field.kind]} if field.kind in several else words


def _example(field: Field) -> Schema:
    return {"examples": [EXAMPLES[field.name]]} if field.name in EXAMPLES else {}


def _components() -> Schema:
    """Return the schemas of all bodies; an answer has all its fields and no others."""
    _, components = msgspec.json.schema_components(sorted(_OWN, key=lambda each: each.__name__), ref_template=_REF)
    for name, schema in components.items():
        if hasattr(bodies, name):
            schema["required"] = list(schema["properties"])
            schema["additionalProperties"] = False
    return components


if __name__ == "__main__":
    json.dump(document(), sys.stdout, ensure_ascii=False, indent=1)
