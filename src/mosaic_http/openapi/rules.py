"""From the validators of the core to JSON Schema: what is refused is told by the rules that refuse it."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import Attribute

from mosaic_core import validators
from mosaic_core.accounts.model import all_seen
from mosaic_core.rules.model import CHECK, bounded
from mosaic_core.schedules.model import MOST_DAYS, SHORTEST, fits_period, from_day, period
from mosaic_core.schedules.pauses import pause_day, some_activity
from mosaic_core.streams.model import LONGEST_URL as LONGEST_CAMERA_URL
from mosaic_core.streams.model import camera_address
from mosaic_core.wearables.model import some_records
from mosaic_core.webhooks.model import LONGEST_URL, reachable
from mosaic_http.parameters import Schema

_NO_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_NO_CONTROLS_WITHIN_LINES = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_NO_NUL = r"\x00"
_SPACE = r"\s\x1c-\x1f\x85"  # what Python cuts off; in patterns, `\s` alone means less
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

_WRITTEN_DAY = {"pattern": "^(19[0-9]{2}|2[01][0-9]{2}|2200)-"}

_FIXED: Mapping[Any, Schema] = {
    validators.plain_date: {},
    validators.written_day: _WRITTEN_DAY,
    from_day: _WRITTEN_DAY,
    pause_day: _WRITTEN_DAY,
    some_activity: {"minimum": 1, "maximum": validators.LARGEST_ID},
    period: {"pattern": f"^({'|'.join(SHORTEST)})$", "minimum": 2, "maximum": MOST_DAYS},
    validators.zone_name: _ZONE,
    validators.start_of_day: {"pattern": f"^({validators.START_OF_DAY})$"},
    all_seen: {"format": "username"},
    some_records: {"minItems": 1},
    validators.aware: {},
    camera_address: {"format": "camera-address", "maxLength": LONGEST_CAMERA_URL},
    reachable: {"format": "web-address", "maxLength": LONGEST_URL},
}


_FITTING: Schema = {
    "anyOf": [
        *(
            {"properties": {"per": {"const": per}, "times": {"maximum": most}, "from": False}}
            for per, most in SHORTEST.items()
        ),
        {"properties": {"per": {"type": "integer"}}},
    ],
}
"""Which times fit a period; that they fit one of a number of days, no schema can say."""


_BOUNDED: Schema = {
    "anyOf": [
        {"properties": {"fill": {"not": {"const": CHECK}}}},
        {"properties": {"at_least": {"type": "number"}}, "required": ["at_least"]},
    ],
}


def schema_of_field(attribute: "Attribute[Any]") -> dict[str, Any]:
    """Return what the validators of a field require beyond its type."""
    schema: dict[str, Any] = {}
    for rule in _flat(attribute.metadata.get(validators.NEW, attribute.validator)):
        schema |= _schema(rule, _is_trimmed(attribute))
    return schema


def schema_of_object(rule: validators.ObjectRule) -> Schema:
    """Return what a rule for whole objects requires."""
    if isinstance(rule, validators.some_of):
        return {"anyOf": [{"required": [validators.said_name(name)]} for name in rule.names]}
    if isinstance(rule, validators.together):
        return {"dependentRequired": {rule.one: [rule.other], rule.other: [rule.one]}}
    if rule is fits_period:
        return _FITTING
    if rule is bounded:
        return _BOUNDED
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
        validators.text: lambda: _text(rule, _NO_NUL, trimmed),
        validators.line: lambda: _text(rule, _NO_CONTROLS, trimmed),
        validators.lines: lambda: _text(rule, _NO_CONTROLS_WITHIN_LINES, trimmed),
        validators.name: lambda: _text(rule, _NO_CONTROLS, trimmed) | _NAME,
        validators.whole: lambda: {"minimum": rule.least, "maximum": rule.most},
        validators.finite: lambda: {} if rule.least == -math.inf else {"minimum": rule.least},
        validators.one_of: lambda: {"enum": list(rule.choices)},
        validators.some_from: lambda: {
            "items": {"enum": list(rule.choices)},
            "minItems": 1,
            "uniqueItems": True,
        },
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
    seen, any_one, around = f"[^{_SPACE}{refused}]", f"[^{refused}]", f"[{_SPACE}]*"
    core = f"{seen}({any_one}{{0,{rule.most - 2}}}{seen})?"
    return {"pattern": f"^{around}{core if rule.least else f'({core})?'}{around}$"}


def _is_trimmed(attribute: "Attribute[Any]") -> bool:
    converter = attribute.converter
    return converter is not None and _converted(converter) == "x"


def _converted(converter: Any) -> object:  # noqa: ANN401  # any converter of attrs
    try:
        return converter(" x ")
    except TypeError:  # it is for something else than texts
        return None
