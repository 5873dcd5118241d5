"""Validators for attrs fields: the rules hold in the core, so that every way in obeys them.

Each raises InvalidInput whose message names the field.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import Attribute

from mosaic_core.calendar import FIRST_DAY, LAST_DAY, zone
from mosaic_core.errors import InvalidInput
from mosaic_core.texts import shows_something

Validator = Callable[[Any, "Attribute[Any]", Any], None]

NULLABLE: Mapping[str, bool] = {"nullable": True}
"""The metadata of a field that may be given as null, which means none; elsewhere None means left out."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_WITHIN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def fail(field: str, rule: str) -> InvalidInput:
    """Return the error that says which field broke which rule."""
    return InvalidInput(f"{field} {rule}", {"field": field})


def number(value: float) -> float:
    """Return the number as a float; minus zero is zero."""
    return value + 0.0


def text(least: int, most: int) -> Validator:
    """Require a text of so many characters, none of them NUL or half of a surrogate pair."""

    def check(_: object, field: "Attribute[Any]", value: str) -> None:
        if least <= len(value) <= most and value.isprintable():
            return  # nearly every text, told fast
        _require_length(field.name, value, least, most)
        if "\0" in value:
            raise fail(field.name, "must not contain a NUL character")
        _require_whole_characters(field.name, value)

    return check


def line(least: int, most: int) -> Validator:
    """Require a text of one line: so many characters, none of them a control character or half of a pair.

    Unicode's own line separators (U+2028, U+2029) are taken: they come along with text that is pasted, and
    neither JSON nor CSV breaks at them.
    """

    def check(_: object, field: "Attribute[Any]", value: str) -> None:
        if least <= len(value) <= most and value.isprintable():
            return  # nearly every text, told fast
        _require_length(field.name, value, least, most)
        require_line(field.name, value)

    return check


def lines(least: int, most: int) -> Validator:
    """Require a text of one or more lines: as `line` does, but line breaks and tabs may be in it."""

    def check(_: object, field: "Attribute[Any]", value: str) -> None:
        _require_length(field.name, value, least, most)
        _require_printed(field.name, value, _CONTROL_WITHIN_LINES)

    return check


def name(least: int, most: int) -> Validator:
    """Require a text of one line that shows something; an empty one need not, where `least` allows it."""

    def check(_: object, field: "Attribute[Any]", value: str) -> None:
        _require_length(field.name, value, least, most)
        require_name(field.name, value)

    return check


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


def _require_whole_characters(field: str, value: str) -> None:
    if _SURROGATE.search(value):
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
    require_written_day(field.name, value)


def require_written_day(field: str, value: dt.date) -> None:
    """Raise InvalidInput, naming the field, unless it is a plain date in the years 1900 to 2200."""
    require_plain_date(field, value)
    if not FIRST_DAY <= value <= LAST_DAY:
        raise fail(field, "must lie in the years 1900 to 2200")


def whole(least: int, most: int) -> Validator:
    """Require a whole number in a range, both ends included."""

    def check(_: object, field: "Attribute[Any]", value: int) -> None:
        if type(value) is not int or not least <= value <= most:
            raise fail(field.name, f"must be a whole number from {least} to {most}")

    return check


def finite(least: float = -math.inf) -> Validator:
    """Require a finite number, not below `least`."""

    def check(_: object, field: "Attribute[Any]", value: float) -> None:
        if not math.isfinite(value):
            raise fail(field.name, "must be a finite number")
        if value < least:
            raise fail(field.name, f"must not be below {least:g}")

    return check


def one_of(*choices: str) -> Validator:
    """Require one of the given texts."""

    def check(_: object, field: "Attribute[Any]", value: str) -> None:
        if value not in choices:
            raise fail(field.name, f"must be one of: {', '.join(choices)}")

    return check


def zone_name(_: object, field: "Attribute[Any]", value: str) -> None:
    """Require the IANA name of a time zone."""
    try:
        zone(value)
    except ValueError as error:
        raise fail(field.name, str(error)) from None
