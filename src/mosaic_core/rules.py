"""Validators for attrs fields: the rules hold in the core, so that every way in obeys them.

Each raises InvalidInput whose message names the field.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import Attribute

from mosaic_core.calendar import zone
from mosaic_core.errors import InvalidInput

Validator = Callable[[Any, "Attribute[Any]", Any], None]

NULLABLE: Mapping[str, bool] = {"nullable": True}
"""The metadata of a field that may be given as null, which means none; elsewhere None means left out."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def fail(field: str, rule: str) -> InvalidInput:
    """Return the error that says which field broke which rule."""
    return InvalidInput(f"{field} {rule}", {"field": field})


def stripped(value: str) -> str:
    """Return the text without white space around it."""
    return value.strip()


def number(value: float) -> float:
    """Return the number as a float; minus zero is zero."""
    return value + 0.0


def text(least: int, most: int) -> Validator:
    """Require a text of so many characters, none of them NUL or half of a surrogate pair."""

    def check(_: object, field: "Attribute[Any]", value: str) -> None:
        if not least <= len(value) <= most:
            raise fail(field.name, f"must have {least} to {most} characters")
        if "\0" in value:
            raise fail(field.name, "must not contain a NUL character")
        if not value.isascii() and _SURROGATE.search(value):
            raise fail(field.name, "must not contain half of a surrogate pair, which is no character")

    return check


def whole(least: int, most: int) -> Validator:
    """Require a whole number in a range, both ends included."""

    def check(_: object, field: "Attribute[Any]", value: int) -> None:
        if not least <= value <= most:
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
