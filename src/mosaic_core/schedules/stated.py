"""Schedules and targets as JSON texts: as stores keep them, and as exports and answers tell them."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from attrs import NOTHING, Attribute, fields

from mosaic_core.calendar import parse_day
from mosaic_core.errors import InvalidInput
from mosaic_core.schedules.model import AtLeast, AtMost, Daily, Every, Schedule, Target, Times, Weekdays
from mosaic_core.validators import fail, said_name

_KIND = "kind"
_KEPT = 4096
_LONGEST = 500
"""A text of more characters is refused: what is kept of texts that were read stays small."""
_SCHEDULES: Mapping[str, type[Any]] = {one.kind: one for one in (Daily, Weekdays, Every, Times)}
_TARGETS: Mapping[str, type[Any]] = {one.kind: one for one in (AtLeast, AtMost)}


@lru_cache(maxsize=_KEPT)
def text_of(value: Schedule | Target) -> str:
    """Return the JSON text of a schedule or a target: its kind and its parts, without those that are None."""
    said = {said_name(one.name): getattr(value, one.name) for one in fields(type(value))}
    told = {name: _told(part) for name, part in said.items() if part is not None}
    return json.dumps({_KIND: value.kind, **told}, separators=(",", ":"))


def _told(part: object) -> object:
    return part.isoformat() if isinstance(part, dt.date) else part


@lru_cache(maxsize=_KEPT)
def schedule_in(text: str) -> Schedule:
    """Return the schedule that a JSON text states. Raises InvalidInput, of which `field` names the part."""
    return schedule_of(_parsed(text))


@lru_cache(maxsize=_KEPT)
def target_in(text: str) -> Target:
    """Return the target that a JSON text states. Raises InvalidInput, of which `field` names the part."""
    return target_of(_parsed(text))


def schedule_of(stated: object) -> Schedule:
    """Return the schedule that a JSON object states, strictly; see `schedule_in`."""
    schedule: Schedule = _made(stated, _SCHEDULES)
    return schedule


def target_of(stated: object) -> Target:
    """Return the target that a JSON object states, strictly; see `target_in`."""
    target: Target = _made(stated, _TARGETS)
    return target


def _parsed(text: str) -> object:
    if len(text) > _LONGEST:
        raise InvalidInput(f"must be a JSON object of at most {_LONGEST} characters")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("must be a JSON object") from None


def _made(stated: object, kinds: Mapping[str, type[Any]]) -> Any:  # noqa: ANN401  # one of the kinds
    if not isinstance(stated, dict):
        raise InvalidInput("must be a JSON object")
    tag = stated.get(_KIND)
    if not isinstance(tag, str) or tag not in kinds:
        raise fail(_KIND, f"must be one of: {', '.join(kinds)}")
    kind = kinds[tag]
    parts = {said_name(one.name): one for one in fields(kind)}
    for name in stated:
        if name != _KIND and name not in parts:
            raise fail(str(name)[:80], "is not permitted")
    for name, one in parts.items():
        if one.default is NOTHING and name not in stated:
            raise fail(name, "is missing")
    given = {one.name: _read(one, stated[name]) for name, one in parts.items() if name in stated}
    return kind(**given)


def _read(part: "Attribute[Any]", value: object) -> object:
    try:
        return _READERS[part.type](value)
    except ValueError as error:
        raise fail(said_name(part.name), str(error)) from None


def _number(value: object) -> float:
    if type(value) is not float and type(value) is not int:
        raise ValueError("must be a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("must be a finite number") from None


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError("must be a list of texts")
    return tuple(value)


def _whole(value: object) -> object:
    """Return the value, as a whole number if it is one: JSON has one kind of number, and 1.0 is 1."""
    return int(value) if type(value) is float and value.is_integer() else value


def _word_or_whole(value: object) -> str | int:
    whole = _whole(value)
    if isinstance(whole, str) or type(whole) is int:
        return whole
    raise ValueError("must be a text or a whole number")


def _day(value: object) -> dt.date:
    return parse_day(value if isinstance(value, str) else "")


_READERS: Mapping[Any, Callable[[object], object]] = {
    int: _whole,
    float: _number,
    tuple[str, ...]: _texts,
    str | int: _word_or_whole,
    dt.date | None: _day,
}
"""What makes a part of its JSON, by the part's type."""
