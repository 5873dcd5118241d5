"""What cells and columns of other trackers say, as far as it can be understood."""

import datetime as dt
import math
import re

from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.entries.csv_layout import quoted
from mosaic_core.errors import InvalidInput
from mosaic_core.texts import composed

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBER = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_LONGEST_KEPT = 720
_LARGEST_WHOLE = 2**53
"""Beyond, a float does not tell whole numbers apart."""


def shown(value: object) -> str:
    """Return a value as a reason quotes it."""
    return quoted(value if isinstance(value, str) else repr(value)[:200])


def number(name: str, value: object) -> float:
    """Return a finite number: a number, or a text that is one. Raises InvalidInput that names it."""
    found = math.nan
    if type(value) is int or type(value) is float:
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
    elif isinstance(value, str) and len(value) < 400 and _NUMBER.fullmatch(value):
        found = float(value)
    if not math.isfinite(found):
        raise InvalidInput(f"{name} must be a number: {shown(value)}", {"field": name})
    return found + 0.0


def whole(name: str, value: object) -> int:
    """Return a whole number, however it is written. Raises InvalidInput that names it."""
    found = number(name, value)
    if not found.is_integer() or abs(found) > _LARGEST_WHOLE:
        raise InvalidInput(f"{name} must be a whole number: {shown(value)}", {"field": name})
    return int(found)


def day_of_milliseconds(name: str, value: object) -> dt.date:
    """Return the day in UTC of milliseconds since 1970. Raises InvalidInput that names it."""
    try:
        return _written(name, value, dt.date(1970, 1, 1) + dt.timedelta(milliseconds=number(name, value)))
    except OverflowError:
        raise _no_day(name, value) from None


def day(name: str, year: object, month: object, day_: object) -> dt.date:
    """Return the day of these numbers. Raises InvalidInput that names it."""
    told = f"{year}-{month}-{day_}"
    try:
        return _written(name, told, dt.date(whole(name, year), whole(name, month), whole(name, day_)))
    except (ValueError, OverflowError):
        raise _no_day(name, told) from None


def iso_day(name: str, value: object) -> dt.date:
    """Return the day of a text `YYYY-MM-DD`, whatever time follows. Raises InvalidInput that names it."""
    match = (
        re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", value, re.ASCII) if isinstance(value, str) else None
    )
    if match is None:
        raise _no_day(name, value)
    return day(name, *match.groups())


def name_text(name: str, value: object) -> str:
    """Return a text that names something. Raises InvalidInput if it is none."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{name} must be a text: {shown(value)}", {"field": name})
    return value.strip()


def fitted(value: object, most: int) -> str | None:
    """Return a text as it can be kept, cut where it is longer, without control characters; None if empty."""
    if not isinstance(value, str):
        return None
    text = composed(_CONTROL.sub(" ", value[: max(most, _LONGEST_KEPT)])).strip()
    if len(text) > most or len(value) > _LONGEST_KEPT:
        text = f"{text[: most - 1].rstrip()}\u2026"
    return text or None


def fitted_line(value: object, most: int) -> str | None:
    """Return a text as it can be kept on one line; None if empty."""
    return fitted(" ".join(value[:_LONGEST_KEPT].split()), most) if isinstance(value, str) else None


def _written(name: str, value: object, found: dt.date) -> dt.date:
    if not FIRST_DAY <= found <= LAST_DAY:
        raise InvalidInput(f"{name} must lie in the years 1900 to 2200: {shown(value)}", {"field": name})
    return found


def _no_day(name: str, value: object) -> InvalidInput:
    return InvalidInput(f"{name} is no day: {shown(value)}", {"field": name})
