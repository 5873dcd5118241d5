"""From Python types to JSON Schema: of what clients send, and of what they are told."""

import datetime as dt
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import msgspec
from attrs import NOTHING, Attribute, fields, has, resolve_types

from mosaic_core.validators import NULLABLE, UNSAID, said_name
from mosaic_http.codec import TAG, choices_given
from mosaic_http.openapi.examples import examples_of_field
from mosaic_http.openapi.rules import schema_of_field, schema_of_object
from mosaic_http.parameters import Schema

_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    NoneType: {"type": "null"},
    dt.date: {"type": "string", "format": "date"},
    dt.datetime: {"type": "string", "format": "date-time"},
    bytes: {"type": "string", "format": "binary"},
    object: {},
    Any: {},
}
_JUDGED_ALONE: Schema = {"description": "Anything else is refused alone, and does not spoil the others"}
_RAISES = re.compile(r"\bRaises [^.]*\.")
_WITHIN_PARAGRAPH = re.compile(r"(?<!\n)\n(?!\n|- ) *")
_LISTS = {list, tuple, Sequence, AbstractSet}


class Schemas:
    """Makes schemas, and collects those of classes as components, by their names."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._classes: dict[str, Any] = {}
        self._lists: dict[str, Schema] = {}

    def told(self, kind: Any) -> Schema:  # noqa: ANN401  # any type, here and below
        """Return the schema of what the server tells: every field is there."""
        return self._schema(kind, given=False)

    def given(self, kind: Any, lists: Mapping[str, Any] | None = None) -> Schema:  # noqa: ANN401
        """Return the schema of what a client states, with the rules for it.

        The items of the `lists` may be anything, and are best of these types.
        """
        for name, item in (lists or {}).items():
            self._lists[name] = {"anyOf": [self.told(item), _JUDGED_ALONE]}
        return self._schema(kind, given=True)

    def _schema(self, kind: Any, *, given: bool) -> Schema:  # noqa: ANN401
        if kind in _PLAIN:
            return _PLAIN[kind]
        origin, choices = get_origin(kind), get_args(kind)
        if origin is Literal:
            return {"enum": list(choices)}
        if origin in {Union, UnionType}:
            return self._union(choices, given=given)
        if origin in _LISTS:
            return {"type": "array", "items": self._schema(choices[0], given=given)}
        if origin is Mapping or origin is dict:
            return {"type": "object"}
        return self._component(kind, given=given)

    def _union(self, choices: Sequence[Any], *, given: bool) -> Schema:
        """Return the schema of one of the choices; those that a tag tells apart are together."""
        tagged = [choice for choice in choices if hasattr(choice, TAG)]
        others = [self._schema(choice, given=given) for choice in choices if choice not in tagged]
        return _any_of([self._tagged(tagged), *others] if tagged else others)

    def _tagged(self, kinds: Sequence[Any]) -> Schema:
        schemas = [self._component(kind, given=True) for kind in kinds]
        mapping = {getattr(kind, TAG): schema["$ref"] for kind, schema in zip(kinds, schemas, strict=True)}
        return {"oneOf": schemas, "discriminator": {"propertyName": TAG, "mapping": mapping}}

    def _component(self, kind: Any, *, given: bool) -> Schema:  # noqa: ANN401
        name = kind.__name__
        if self._classes.setdefault(name, (kind, given)) != (kind, given):
            raise TypeError(f"Two classes of the document are called {name}")
        if name not in self.components:
            self.components[name] = {}  # for a class that holds others of its kind
            made = self._given_object(kind) if given and has(kind) else self._told_object(kind)
            absent = "what is absent" if given else "null"
            about = _RAISES.sub("", plain_text(kind.__doc__)).replace("None", absent).strip()
            self.components[name] = {"description": about, **made}
        return {"$ref": f"#/components/schemas/{name}"}

    def _told_object(self, kind: Any) -> Schema:  # noqa: ANN401
        properties, optional = {}, set()
        for name, annotation in _annotations(kind):
            if get_origin(annotation) is NotRequired:
                optional.add(name)
                (annotation,) = get_args(annotation)  # noqa: PLW2901  # what is there if it is
            properties[name] = _with_example(kind, name, self.told(annotation))
        return _object(properties, [name for name in properties if name not in optional])

    def _given_object(self, kind: Any) -> Schema:  # noqa: ANN401
        resolve_types(kind)
        taken = [one for one in fields(kind) if one.init]
        properties = {
            said_name(one.name): _with_example(kind, said_name(one.name), self._given_field(one))
            for one in taken
        }
        for name in properties.keys() & self._lists.keys():
            properties[name] = {**properties[name], "items": self._lists[name]}
        required = [said_name(one.name) for one in taken if one.default is NOTHING]
        schema = _object(properties, required)
        for rule in getattr(kind, "RULES", ()):
            schema |= schema_of_object(rule)
        if hasattr(kind, TAG):
            schema["properties"][TAG] = {"const": getattr(kind, TAG)}
            schema["required"] = [TAG, *required]
        return schema

    def _given_field(self, attribute: "Attribute[Any]") -> Schema:
        choices = choices_given(attribute.type)
        if hasattr(choices[0], TAG):
            schemas: list[Schema] = [self._tagged(choices)]
        else:
            schemas = [dict(self.given(choice)) | schema_of_field(attribute) for choice in choices]
        if attribute.metadata == NULLABLE:
            schemas.append({"type": "null"})
        schema = _any_of(schemas)
        default = attribute.default
        if default is NOTHING or default is UNSAID or default is None:
            return schema
        return {**schema, "default": default}


def plain_text(docstring: str | None) -> str:
    """Return a docstring as paragraphs and items of one line each."""
    return _WITHIN_PARAGRAPH.sub(" ", inspect.cleandoc(docstring or ""))


def _annotations(kind: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield the fields of a class of values, as they are told."""
    if not (has(kind) or is_typeddict(kind) or issubclass(kind, msgspec.Struct)):
        raise TypeError(f"There is no schema for {kind}")
    yield from get_type_hints(kind, include_extras=True).items()


def _any_of(schemas: Sequence[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def _object(properties: Mapping[str, Schema], required: Sequence[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {**schema, "required": list(required)} if required else schema


def _with_example(kind: Any, name: str, schema: Schema) -> Schema:  # noqa: ANN401
    """Return the schema of a field with an example, unless its own parts have theirs."""
    examples = examples_of_field(kind.__name__, name)
    return {**schema, "examples": examples} if examples and "$ref" not in schema else schema
