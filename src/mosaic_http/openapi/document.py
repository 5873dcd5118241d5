"""The whole document: every path, what it takes, what it answers, and how it fails."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mosaic_core.errors import MosaicError
from mosaic_http.auth import COOKIE, SAFE_METHODS
from mosaic_http.openapi import texts
from mosaic_http.openapi.examples import example_of
from mosaic_http.openapi.failures import failures, is_kept
from mosaic_http.openapi.headers import headers_of_answer, headers_of_failure
from mosaic_http.openapi.schemas import Schemas, plain_text
from mosaic_http.operation import JSON, LOGIN, Form, JsonFile, Operation, Reply
from mosaic_http.parameters import Parameter, Schema

Paths = Mapping[str, Mapping[str, Operation]]

_BRACES = re.compile(r"\{(\w+)(?::(\w+))?\}")
_ID = Parameter(
    "id",
    "As the lists tell it",
    int,
    0,
    {"type": "integer", "minimum": 0},
    1,
)


def document(paths: Paths, version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the paths."""
    schemas = Schemas()
    described = {
        _template(path): {
            method.lower(): _operation(path, method, operation, schemas)
            for method, operation in operations.items()
        }
        for path, operations in paths.items()
    }
    modules = dict.fromkeys(_module(one) for methods in paths.values() for one in methods.values())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mosaic",
            "version": version,
            "summary": "A self-hosted backend for people who track what they do each day",
            "description": texts.DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": ".", "description": "The server that this document comes from"}],
        "tags": [_tag(module) for module in modules],
        "paths": described,
        "components": {
            "schemas": {**dict(sorted(schemas.components.items())), "Error": texts.ERROR},
            "examples": _failures(paths),
            "securitySchemes": _security_schemes(),
        },
    }


def _template(path: str) -> str:
    return _BRACES.sub(r"{\1}", path)


def _module(operation: Operation) -> str:
    return operation.handler.__module__


def _tag(module: str) -> dict[str, str]:
    """Return the tag of the routes in a module, which says what they are about."""
    about, _, _ = plain_text(sys.modules[module].__doc__).partition(".\n\n")
    return {"name": _name(module), "description": about.removesuffix(".").replace(" over HTTP", "")}


def _name(module: str) -> str:
    return module.rpartition(".")[2]


def _operation(path: str, method: str, operation: Operation, schemas: Schemas) -> dict[str, Any]:
    summary, _, description = plain_text(operation.handler.__doc__).partition("\n\n")
    words = re.findall(r"\w+", _BRACES.sub(r"\1", path))
    described: dict[str, Any] = {
        "tags": [_name(_module(operation))],
        "operationId": "_".join([method.lower(), *words] if words else [method.lower(), "root"]),
        "summary": summary.removesuffix("."),
        "parameters": [*_parameters(path, operation)],
        "responses": _responses(method, operation, schemas),
        "security": _security(method, operation),
    }
    if description:
        described["description"] = description
    body = _body(operation, schemas)
    if body is not None:
        described["requestBody"] = body
    return described


def _parameters(path: str, operation: Operation) -> Iterator[dict[str, Any]]:
    in_path = {one.name: one for one in operation.path}
    for name, _ in _BRACES.findall(path):
        yield {**_parameter(in_path.get(name, _ID), "path"), "required": True}
    for one in operation.parameters:
        yield {**_parameter(one, "query"), "allowEmptyValue": True}
    kept = texts.IDEMPOTENCY_KEYS if is_kept(operation) else ()
    for one in (*operation.headers, *kept, texts.REQUEST_ID):
        yield _parameter(one, "header")


def _parameter(parameter: Parameter[Any], place: str) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": place,
        "description": parameter.about,
        "schema": parameter.schema,
        "example": parameter.example,
    }


def _body(operation: Operation, schemas: Schemas) -> dict[str, Any] | None:
    body = operation.body
    if isinstance(body, Form):
        return _form(body)
    if isinstance(body, JsonFile):
        schema = schemas.given(body.kind, body.lists)
    elif operation.takes is not None:
        schema = schemas.given(operation.takes)
    else:
        return None
    return {"required": True, "content": {JSON: _example(schema, schemas)}}


def _form(form: Form) -> dict[str, Any]:
    fields = {one.name: {**one.schema, "description": one.about} for one in form.fields}
    file = {"type": "string", "format": "binary", "description": form.about}
    schema = {
        "type": "object",
        "properties": {"file": file, **fields},
        "required": ["file"],
        "additionalProperties": False,
    }
    content = {
        "schema": schema,
        "encoding": {"file": {"contentType": ", ".join(form.media)}},
        "example": {"file": form.example, **{one.name: one.example for one in form.fields}},
    }
    return {"required": True, "content": {"multipart/form-data": content}}


def _responses(method: str, operation: Operation, schemas: Schemas) -> dict[str, Any]:
    answers = {
        status: _answer(reply, operation, schemas) for status, reply in sorted(operation.answers.items())
    }
    failed = {status: _failure(status, errors) for status, errors in failures(method, operation).items()}
    both = {status: _either(answers[status], failed[status]) for status in answers.keys() & failed.keys()}
    return {str(status): one for status, one in sorted({**failed, **answers, **both}.items())}


def _answer(reply: Reply, operation: Operation, schemas: Schemas) -> dict[str, Any]:
    schema = schemas.told(reply.body)
    if reply.media == (JSON,):
        content = {JSON: _example(schema, schemas)}
    else:
        content = {media: {"schema": schema} for media in reply.media}
    for text in reply.texts:
        content[text] = {"schema": {"type": "string"}}
    return {
        "description": reply.about,
        "headers": headers_of_answer(reply, operation, kept=is_kept(operation)),
        "content": content,
    }


def _example(schema: Schema, schemas: Schemas) -> dict[str, Any]:
    return {"schema": schema, "example": example_of(schema, schemas.components)}


def _failure(status: int, errors: Sequence[type[MosaicError]]) -> dict[str, Any]:
    """Return the response for errors of one status: each has its code."""
    codes = [one.code for one in errors]
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Error"}, narrowed]}
    shown = {one.code: {"$ref": f"#/components/examples/{one.code}"} for one in errors}
    return {
        "description": "; ".join(f"`{one.code}`: {texts.meaning(one)}" for one in errors),
        "headers": headers_of_failure(status),
        "content": {JSON: {"schema": schema, "examples": shown}},
    }


def _failures(paths: Paths) -> dict[str, Any]:
    """Return an example of each error that an operation can meet with, by its code."""
    operations = [one for methods in paths.values() for one in methods.items()]
    met = [errors for one in operations for errors in failures(*one).values()]
    known = {error.code: error for errors in met for error in errors}
    return {
        code: {"summary": texts.meaning(error), "value": texts.failure(error)}
        for code, error in sorted(known.items())
    }


def _either(answer: dict[str, Any], failure: dict[str, Any]) -> dict[str, Any]:
    """Return the response of a status that an answer and a failure can have."""
    told, failed = answer["content"][JSON], failure["content"][JSON]
    return {
        "description": f"{answer['description']}; or {failure['description']}",
        "headers": {**answer["headers"], **failure["headers"]},
        "content": {
            JSON: {
                "schema": {"anyOf": [told["schema"], failed["schema"]]},
                "examples": {"answer": {"value": told["example"]}, **failed["examples"]},
            }
        },
    }


def _security(method: str, operation: Operation) -> list[dict[str, list[str]]]:
    """Return the ways to sign in: a token by header, or by cookie with its proof, each with the API key."""
    if operation.public:
        return []
    scope = operation.scope_of(method)
    personal: list[dict[str, list[str]]] = [] if scope == LOGIN else [{"personal": [scope]}]
    csrf: dict[str, list[str]] = {} if method in SAFE_METHODS else {"csrf": []}
    ways: list[dict[str, list[str]]] = [{"token": []}, *personal, {"cookie": [], **csrf}]
    return [*ways, *({**way, "apiKey": []} for way in ways)]


def _security_schemes() -> dict[str, Any]:
    return {
        "token": {"type": "http", "scheme": "bearer", "description": texts.BEARER},
        "personal": {"type": "http", "scheme": "bearer", "description": texts.PERSONAL},
        "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": texts.COOKIE},
        "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": texts.CSRF},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": texts.API_KEY},
    }
