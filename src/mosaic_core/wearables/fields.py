"""Reading single values of a record: texts, numbers and whole numbers.

Each function raises ValueError, with a message for a person that names the field.
"""

from collections.abc import Mapping
from typing import Any

MOST = 1_000_000_000
"""No number in a record is larger, unless its field has a limit of its own."""

_LONGEST_CONFIDENCE = 32
_FINITE = 1e308
"""Whole numbers beyond have no float."""


def text(name: str, value: object, longest: int) -> str:
    """Return a text of 1 to `longest` characters."""
    if not isinstance(value, str) or not 1 <= len(value) <= longest or "\0" in value:
        raise ValueError(f"{name} must be a text of 1 to {longest} characters without NUL")
    return value


def optional_text(fields: Mapping[str, Any], name: str, longest: int) -> str | None:
    """Return the text, or None if it is absent, null or empty."""
    value = fields.get(name)
    return None if value is None or value == "" else text(name, value, longest)


def whole(name: str, value: object, least: int, most: int) -> int:
    """Return a whole number from `least` to `most`, which may be written as 72 or 72.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not least <= value <= most:  # True is an int, but no number
        raise ValueError(f"{name} must be a whole number from {least} to {most}")
    return value


def number(fields: Mapping[str, Any], name: str, least: int = -MOST, most: int = MOST) -> float | None:
    """Return the number, or None if it is absent or null."""
    value = fields.get(name)
    if value is None:
        return None
    if type(value) not in {int, float} or not least <= value <= most:  # NaN lies in no range
        raise ValueError(f"{name} must be a number from {least} to {most}")
    return float(value)


def confidence(value: object) -> float | str | None:
    """Return a confidence as it was given: a short text such as `high`, or a number.

    Anything else is as good as none. This never raises: a sample counts, whatever its device thinks of it.
    """
    if value is None:
        return None  # as of most samples, told fast
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_CONFIDENCE and "\0" not in value else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_FINITE <= value <= _FINITE else None
