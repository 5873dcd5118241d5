"""What a request may carry in its query, headers and path: declared once, to be read and documented."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from attrs import frozen

from mosaic_core.calendar import parse_day

T = TypeVar("T")
D = TypeVar("D")

Schema = Mapping[str, Any]
"""A JSON Schema."""

_BEYOND = 2**62
"""Larger than any offset that has rows; a limit can still be added to it."""
_WHOLE = re.compile(r"\d+", re.ASCII)
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


@frozen(eq=False)
class Parameter(Generic[T]):
    """A named text of a request, what it means, and how it becomes a value.

    `read` raises ValueError, saying what the text must be. `default` is the value where none is given;
    `schema` tells the texts that are taken, `also` what other programs call it.
    """

    name: str
    about: str
    read: Callable[[str], T]
    default: T
    schema: Schema
    example: object
    also: tuple[str, ...] = ()


@frozen(eq=False)
class Paging:
    """The part of a list that is asked for: `limit` and `offset`."""

    limit: Parameter[int | None]
    offset: Parameter[int]


def day(
    name: str = "date", about: str = "The day; without it, the caller's today", *, also: tuple[str, ...] = ()
) -> Parameter[dt.date | None]:
    """Return a parameter that names a day."""
    return Parameter(name, about, parse_day, None, {"type": "string", "format": "date"}, "2026-01-02", also)


def instant(name: str, about: str, *, also: tuple[str, ...] = ()) -> Parameter[dt.datetime | None]:
    """Return a parameter that names an instant; a day means its beginning, no offset means UTC."""
    schema = {
        "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}],
    }
    return Parameter(name, about, _instant, None, schema, "2026-01-02T03:04:05Z", also)


def text(name: str, about: str, example: str, *, also: tuple[str, ...] = ()) -> Parameter[str | None]:
    """Return a parameter that is taken as it is."""
    return Parameter(name, about, str, None, {"type": "string"}, example, also)


def choice(name: str, about: str, *choices: str) -> Parameter[str]:
    """Return a parameter that is one of the choices; the first is the default."""

    def read(given: str) -> str:
        if given not in choices:
            raise ValueError(f"must be one of: {', '.join(choices)}")
        return given

    schema = {"type": "string", "enum": list(choices), "default": choices[0]}
    return Parameter(name, about, read, choices[0], schema, choices[0])


def whole(
    name: str, about: str, default: D, example: int, *, least: int = 0, choices: tuple[int, ...] = ()
) -> Parameter[int | D]:
    """Return a parameter that is a whole number, not below `least`, or one of the choices."""

    def read(given: str) -> int:
        number = _whole(given, least)
        if choices and number not in choices:
            raise ValueError(f"must be one of: {', '.join(map(str, choices))}")
        return number

    schema: dict[str, Any] = {
        "type": "integer",
        **({"enum": list(choices)} if choices else {"minimum": least}),
    }
    if default is not None:
        schema["default"] = default
    return Parameter(name, about, read, default, schema, example)


def flag(name: str, about: str) -> Parameter[bool]:
    """Return a parameter that switches something on."""

    def read(given: str) -> bool:
        truth = _TRUTHS.get(given.lower())
        if truth is None:
            raise ValueError("must be true or false")
        return truth

    schema = {
        "type": "string",
        "pattern": "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|1|0)$",
        "default": "false",
    }
    return Parameter(name, about, read, False, schema, "true")


def paging(default: int, most: int) -> Paging:
    """Return the parameters of a page; a limit above the maximum is cut to it."""
    return Paging(
        Parameter(
            "limit",
            f"How many at most; more than {most} means {most}",
            lambda given: min(_whole(given, 1), most),
            default,
            {"type": "integer", "minimum": 1, "default": default},
            default,
            ("count", "per_page", "page_size"),
        ),
        OFFSET,
    )


def paging_or_all(most: int) -> Paging:
    """Return the parameters of a page that is everything without a limit, or with the limit `all`."""
    page = paging(most, most)
    number, about = page.limit.read, page.limit.about
    schema = {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "all"}], "default": "all"}
    return Paging(
        Parameter(
            "limit",
            f"{about}; `all` means everything",
            lambda given: None if given == "all" else number(given),
            None,
            schema,
            "all",
            page.limit.also,
        ),
        OFFSET,
    )


def _whole(given: str, least: int) -> int:
    if not _WHOLE.fullmatch(given) or (number := int(given.lstrip("0")[:20] or 0)) < least:
        raise ValueError(f"must be a whole number, at least {least}")
    return min(number, _BEYOND)


def _instant(given: str) -> dt.datetime:
    try:
        read = dt.datetime.fromisoformat(given)
        return read.replace(tzinfo=dt.UTC) if read.tzinfo is None else read.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a timestamp") from None


OFFSET = Parameter(
    "offset",
    "How many to pass over",
    lambda given: _whole(given, 0),
    0,
    {"type": "integer", "minimum": 0, "default": 0},
    0,
    ("skip", "start_at"),
)
