"""From the validators of the core to JSON Schema: what is refused is told by the rules that refuse it."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import Attribute

from mosaic_core import rules
from mosaic_core.accounts.model import all_seen
from mosaic_core.streams.model import LONGEST_URL as LONGEST_CAMERA_URL
from mosaic_core.streams.model import camera_address
from mosaic_core.wearables.model import some_records
from mosaic_core.webhooks.model import LONGEST_URL, reachable
from mosaic_http.parameters import Schema

_NO_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_NO_CONTROLS_WITHIN_LINES = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_NO_NUL = r"\x00"
_NAME = {"format": "name"}
_ZONE = {"format": "time-zone"}

FORMATS: Mapping[str, str] = {
    "name": "a text that shows something: not invisible characters alone",
    "username": "only characters that show, and no white space",
    "web-address": "an http or https address in visible ASCII characters, without a name and password, or a"
    " fragment",
    "camera-address": "an rtsp or rtsps address without white space; in a password `/?#` are written as %2F,"
    " %3F and %23, in a path `@` as %40",
    "time-zone": "the name of a time zone in the IANA database",
}
"""What no pattern can say, by the names that schemas give it."""

_FIXED: Mapping[Any, Schema] = {
    rules.plain_date: {},
    rules.written_day: {"pattern": "^(19[0-9]{2}|2[01][0-9]{2}|2200)-"},
    rules.zone_name: _ZONE,
    all_seen: {"format": "username"},
    some_records: {"minItems": 1},
    rules.aware: {},
    camera_address: {"format": "camera-address", "maxLength": LONGEST_CAMERA_URL},
    reachable: {"format": "web-address", "maxLength": LONGEST_URL},
}


def schema_of_field(attribute: "Attribute[Any]") -> dict[str, Any]:
    """Return what the validators of a field require beyond its type."""
    schema: dict[str, Any] = {}
    for rule in _flat(attribute.metadata.get(rules.NEW, attribute.validator)):
        schema |= _schema(rule, _is_trimmed(attribute))
    return schema


def schema_of_object(rule: rules.ObjectRule) -> Schema:
    """Return what a rule for whole objects requires."""
    if isinstance(rule, rules.some_of):
        return {"anyOf": [{"required": [name]} for name in rule.names]}
    if isinstance(rule, rules.together):
        return {"dependentRequired": {rule.one: [rule.other], rule.other: [rule.one]}}
    raise TypeError(f"There is no schema for the rule {rule}")


def _flat(validator: Any) -> Iterator[Any]:  # noqa: ANN401  # attrs hides what its validators are
    """Yield the rules that attrs has put together."""
    if validator is None:
        return
    inner = getattr(validator, "validator", None) or getattr(validator, "_validators", None)
    if inner is None:
        yield validator
    elif isinstance(inner, tuple | list):
        for one in inner:
            yield from _flat(one)
    else:
        yield from _flat(inner)


def _schema(rule: Any, trimmed: bool) -> Schema:  # noqa: ANN401, FBT001  # any rule
    made: Callable[[], Schema] | None = {
        rules.text: lambda: _text(rule, _NO_NUL, trimmed),
        rules.line: lambda: _text(rule, _NO_CONTROLS, trimmed),
        rules.lines: lambda: _text(rule, _NO_CONTROLS_WITHIN_LINES, trimmed),
        rules.name: lambda: _text(rule, _NO_CONTROLS, trimmed) | _NAME,
        rules.whole: lambda: {"minimum": rule.least, "maximum": rule.most},
        rules.finite: lambda: {} if rule.least == -math.inf else {"minimum": rule.least},
        rules.one_of: lambda: {"enum": list(rule.choices)},
        rules.some_from: lambda: {"items": {"enum": list(rule.choices)}, "minItems": 1, "uniqueItems": True},
    }.get(type(rule))
    if made is not None:
        return made()
    if rule not in _FIXED:
        raise TypeError(f"There is no schema for the rule {rule}")
    return _FIXED[rule]


def _text(rule: Any, refused: str, trimmed: bool) -> dict[str, Any]:  # noqa: ANN401, FBT001  # a rule for texts
    """Return the schema of a text; white space around it does not count where it is cut off."""
    if not trimmed:
        length = {"minLength": rule.least} if rule.least else {}
        return {**length, "maxLength": rule.most, "not": {"pattern": f"[{refused}]"}}
    seen, any_one = rf"[^\s{refused}]", f"[^{refused}]"
    core = f"{seen}({any_one}{{0,{rule.most - 2}}}{seen})?"
    return {"pattern": rf"^\s*{core}\s*$" if rule.least else rf"^\s*({core})?\s*$"}


def _is_trimmed(attribute: "Attribute[Any]") -> bool:
    converter = attribute.converter
    return converter is not None and _converted(converter) == "x"


def _converted(converter: Any) -> object:  # noqa: ANN401  # any converter of attrs
    try:
        return converter(" x ")
    except TypeError:  # it is for something else than texts
        return None
