"""JSON to commands, strictly, and results to JSON."""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec
from attrs import NOTHING, AttrsInstance, fields

from mosaic_core.calendar import parse_day
from mosaic_core.errors import InvalidInput
from mosaic_core.rules import fail

T = TypeVar("T", bound=AttrsInstance)

encode = msgspec.json.Encoder().encode
"""Return the JSON of attrs objects, dictionaries, lists, dates and the like, as UTF-8."""


def structure(body: Mapping[str, Any], kind: type[T]) -> T:
    """Return the command (a flat attrs class) that a JSON object states.

    Nothing is coerced: `"1"` is no number, `1` no truth value, null nothing at all. Raises InvalidInput that
    names the missing, unknown or wrong fields.
    """
    wanted = _checks(kind)
    missing = [name for name in _required(kind) if name not in body]
    if missing:
        raise InvalidInput(f"Missing required field(s): {', '.join(missing)}", {"fields": missing})
    unknown = [name[:80] for name in body if name not in wanted]
    if unknown:
        raise InvalidInput("Extra inputs are not permitted", {"fields": unknown[:20]})
    return kind(**{name: _checked(name, value, wanted[name]) for name, value in body.items()})


def _checked(name: str, value: object, check: Callable[[object], object]) -> object:
    try:
        return check(value)
    except ValueError as error:
        raise fail(name, str(error)) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("must be a finite number") from None


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _day(value: object) -> dt.date:
    return parse_day(_text(value))


def _list(value: object) -> object:
    if not isinstance(value, list):
        raise ValueError("must be a list")
    return value


_CHECKS: Mapping[type, Callable[[object], object]] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _truth,
    dt.date: _day,
    list: _list,
}


@cache
def _required(kind: type[AttrsInstance]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.default is NOTHING)


@cache
def _checks(kind: type[AttrsInstance]) -> dict[str, Callable[[object], object]]:
    """Return each field's check; a field that may be left out is of its type when it is given."""
    return {one.name: _CHECKS[_given(one.type)] for one in fields(kind)}


def _given(annotation: Any) -> type:  # noqa: ANN401  # any annotation
    if get_origin(annotation) is list:
        return list
    choices = [choice for choice in get_args(annotation) if choice is not type(None)]
    kind: type = choices[0] if choices else annotation
    return kind
