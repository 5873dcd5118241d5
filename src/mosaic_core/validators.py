"""Validators for attrs fields: the rules hold in the core, so that every way in obeys them.

Each raises InvalidInput whose message names the field, and has its bounds as attributes, for whoever tells
what is taken. A class that has RULES for whole objects runs `obey` after its initialization.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Protocol

from attrs import Attribute, AttrsInstance, fields, frozen

from mosaic_core.calendar import FIRST_DAY, LAST_DAY, require_named_zone
from mosaic_core.errors import InvalidInput
from mosaic_core.texts import shows_something

Validator = Callable[[Any, "Attribute[Any]", Any], None]

ObjectRule = Callable[[Any], None]


class Ruled(Protocol):
    """An object with rules for the whole of it."""

    @property
    def RULES(self) -> tuple[ObjectRule, ...]:  # noqa: N802  # a constant of each class
        """The rules."""
        ...


def obey(value: Ruled) -> None:
    """Raise InvalidInput if the object breaks one of its rules."""
    for rule in value.RULES:
        rule(value)


class Unsaid(Enum):
    """The type of UNSAID."""

    UNSAID = "unsaid"


UNSAID: Final = Unsaid.UNSAID
"""The default of a field that was left out, where None, which a person may say too, means none."""


def given(value: AttrsInstance) -> dict[str, Any]:
    """Return what a person said, by name: the fields that are not what they are when left out."""
    said = ((one, getattr(value, one.name)) for one in fields(type(value)))
    return {one.name: part for one, part in said if part is not one.default}


NULLABLE: Mapping[str, bool] = {"nullable": True}
"""The metadata of a field that may be given as null, which means none; elsewhere None means left out."""

NEW = "new"
"""In a field's metadata: the stricter rule for what does not exist yet."""

START_OF_DAY = "(0[0-9]|1[01]):[0-5][0-9]|12:00"
"""The pattern of the times at which a day may start."""

LARGEST_ID = 2**63 - 1
"""The largest id that a store can give."""

_START_OF_DAY = re.compile(START_OF_DAY)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_WITHIN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def said_name(name: str) -> str:
    """Return what a field is called outside of Python, where a name such as `from_` needs no `_`."""
    return name.removesuffix("_")


def fail(field: str, rule: str) -> InvalidInput:
    """Return the error that says which field broke which rule."""
    return InvalidInput(f"{field} {rule}", {"field": field})


def number(value: float) -> float:
    """Return the number as a float; minus zero is zero."""
    return value + 0.0


@frozen
class text:
    """Require a text of so many characters, none of them NUL or half of a surrogate pair."""

    least: int
    most: int

    def __call__(self, _: object, field: "Attribute[Any]", value: str) -> None:
        if self.least <= len(value) <= self.most and value.isprintable():
            return  # nearly every text, told fast
        _require_length(field.name, value, self.least, self.most)
        if "\0" in value:
            raise fail(field.name, "must not contain a NUL character")
        _require_whole_characters(field.name, value)


@frozen
class line:
    """Require a text of one line: so many characters, none of them a control character or half of a pair.

    Unicode's own line separators (U+2028, U+2029) are taken: they come along with text that is pasted, and
    neither JSON nor CSV breaks at them.
    """

    least: int
    most: int

    def __call__(self, _: object, field: "Attribute[Any]", value: str) -> None:
        if self.least <= len(value) <= self.most and value.isprintable():
            return  # nearly every text, told fast
        _require_length(field.name, value, self.least, self.most)
        require_line(field.name, value)


@frozen
class lines:
    """Require a text of one or more lines: as `line` does, but line breaks and tabs may be in it."""

    least: int
    most: int

    def __call__(self, _: object, field: "Attribute[Any]", value: str) -> None:
        _require_length(field.name, value, self.least, self.most)
        _require_printed(field.name, value, _CONTROL_WITHIN_LINES)


@frozen
class name:
    """Require a text of one line that shows something; an empty one need not, where `least` allows it."""

    least: int
    most: int

    def __call__(self, _: object, field: "Attribute[Any]", value: str) -> None:
        _require_length(field.name, value, self.least, self.most)
        require_name(field.name, value)


def require_line(field: str, value: str) -> None:
    """Raise InvalidInput, naming the field, if the text has control characters or halves of pairs."""
    _require_printed(field, value, _CONTROL)


def require_name(field: str, value: str) -> None:
    """Raise InvalidInput, naming the field, if the text is no line, or not empty and shows nothing."""
    require_line(field, value)
    if value and not shows_something(value):
        raise fail(field, "must show something: it has none but invisible characters")


def _require_printed(field: str, value: str, controls: "re.Pattern[str]") -> None:
    if value.isprintable():
        return
    if controls.search(value):
        raise fail(field, "must not contain control characters")
    _require_whole_characters(field, value)


def _require_length(field: str, value: str, least: int, most: int) -> None:
    if not least <= len(value) <= most:
        raise fail(field, f"must have {least} to {most} characters")


def has_half_character(value: str) -> bool:
    """Return whether the text has half of a surrogate pair, which no store keeps."""
    return _SURROGATE.search(value) is not None


def whole_characters(value: str) -> str:
    """Return the text with a question mark in the place of each half of a surrogate pair."""
    return value if value.isprintable() else _SURROGATE.sub("?", value)


def _require_whole_characters(field: str, value: str) -> None:
    if has_half_character(value):
        raise fail(field, "must not contain half of a surrogate pair, which is no character")


def plain_date(_: object, field: "Attribute[Any]", value: dt.date) -> None:
    """Require a date without a time, as `require_plain_date` does."""
    require_plain_date(field.name, value)


def require_plain_date(field: str, value: dt.date) -> None:
    """Raise InvalidInput, naming the field, for a `datetime`, which is a `date` only by its type."""
    if type(value) is not dt.date:
        raise fail(field, "must be a date without a time")


def written_day(_: object, field: "Attribute[Any]", value: dt.date) -> None:
    """Require a day on which something may be written, as `require_written_day` does."""
    require_written_day(said_name(field.name), value)


def require_written_day(field: str, value: dt.date) -> None:
    """Raise InvalidInput, naming the field, unless it is a plain date in the years 1900 to 2200."""
    require_plain_date(field, value)
    if not FIRST_DAY <= value <= LAST_DAY:
        raise fail(field, "must lie in the years 1900 to 2200")


def aware(_: object, field: "Attribute[Any]", value: dt.datetime) -> None:
    """Require a time with an offset."""
    if value.tzinfo is None:
        raise fail(field.name, "must have an offset")


@frozen
class whole:
    """Require a whole number in a range, both ends included."""

    least: int
    most: int

    def __call__(self, _: object, field: "Attribute[Any]", value: int) -> None:
        if type(value) is not int or not self.least <= value <= self.most:
            raise fail(field.name, f"must be a whole number from {self.least} to {self.most}")


@frozen
class finite:
    """Require a finite number, not below `least`."""

    least: float = -math.inf

    def __call__(self, _: object, field: "Attribute[Any]", value: float) -> None:
        if not math.isfinite(value):
            raise fail(field.name, "must be a finite number")
        if value < self.least:
            raise fail(field.name, f"must not be below {self.least:g}")


@frozen(init=False)
class one_of:
    """Require one of the given texts."""

    choices: tuple[str, ...]

    def __init__(self, *choices: str) -> None:
        self.__attrs_init__(choices)

    def __call__(self, _: object, field: "Attribute[Any]", value: str) -> None:
        if value not in self.choices:
            raise fail(field.name, f"must be one of: {', '.join(self.choices)}")


@frozen(init=False)
class some_from:
    """Require one or more of the given texts, each once at most."""

    choices: tuple[str, ...]

    def __init__(self, *choices: str) -> None:
        self.__attrs_init__(choices)

    def __call__(self, _: object, field: "Attribute[Any]", value: Sequence[str]) -> None:
        if not value or len(set(value)) != len(value) or not set(value) <= set(self.choices):
            raise fail(field.name, f"must be one or more of: {', '.join(self.choices)}")


@frozen(init=False)
class some_of:
    """Require of an object that one of the fields is given at least: the others stay as they are."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        self.__attrs_init__(names)

    def __call__(self, value: AttrsInstance) -> None:
        if given(value).keys().isdisjoint(self.names):
            raise InvalidInput("Nothing to change was given")


@frozen
class together:
    """Require of an object that of two fields both are given, or none."""

    one: str
    other: str

    def __call__(self, value: object) -> None:
        if (getattr(value, self.one) is None) != (getattr(value, self.other) is None):
            raise InvalidInput(f"{self.one} and {self.other} must be given together")


def start_of_day(_: object, field: "Attribute[Any]", value: str) -> None:
    """Require a time from 00:00 to 12:00."""
    if not _START_OF_DAY.fullmatch(value):
        raise fail(field.name, "must be a time from 00:00 to 12:00")


def zone_name(_: object, field: "Attribute[Any]", value: str) -> None:
    """Require the IANA name of a time zone."""
    try:
        require_named_zone(value)
    except ValueError as error:
        raise fail(field.name, str(error)) from None
