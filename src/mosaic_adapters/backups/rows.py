"""Rows as lines of JSON, and back again, strictly."""

import base64
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
from attrs import asdict
from cattrs import Converter
from cattrs.cols import is_mapping

from mosaic_core.activities.model import Activity
from mosaic_core.errors import InvalidInput
from mosaic_core.schedules.model import Schedule, Target
from mosaic_core.schedules.stated import schedule_of, target_of, text_of

R = TypeVar("R")
Hook = Callable[[Any, Any], Any]

_AT_ONCE = 500

encode = msgspec.json.Encoder().encode
encode_lines = msgspec.json.Encoder().encode_lines


def encoded(rows: Iterable[object]) -> Iterator[tuple[int, bytes]]:
    """Yield the rows as lines of JSON, some hundred at a time: how many there are, and the lines."""
    for some in batches(rows):
        yield len(some), encode_lines([_told(one) if type(one) is Activity else one for one in some])


def _told(activity: Activity) -> dict[str, Any]:
    """Return the activity as its line states it: the schedule and the target with their kinds."""
    return {
        **asdict(activity, recurse=False),
        "schedule": _raw(activity.schedule),
        "target": _raw(activity.target),
    }


def _raw(stated: Schedule | Target | None) -> msgspec.Raw | None:
    return None if stated is None else msgspec.Raw(text_of(stated).encode())


def batches(rows: Iterable[R]) -> Iterator[list[R]]:
    """Yield some hundred rows at a time."""
    left = iter(rows)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def structuring(kind: type[R]) -> Callable[[object], R]:
    """Return what makes an object (an attrs class) of the JSON that states it.

    Nothing is coerced, nothing may be missing or too much: an exception of any kind is raised then.
    """
    hook = _CONVERTER.get_structure_hook(kind)
    return lambda value: hook(value, kind)


def _only(kind: type) -> Hook:
    def checked(value: object, _: object) -> object:
        if type(value) is not kind:
            raise ValueError(f"{kind.__name__} is wanted")
        return value

    return checked


def _number(value: object, _: object) -> float:
    if type(value) is not float and type(value) is not int:
        raise ValueError("a number is wanted")
    return float(value)


def _binary(value: str, _: object) -> bytes:
    return base64.b64decode(value, validate=True)


def _day(value: str, _: object) -> dt.date:
    day = dt.date.fromisoformat(value)
    if day.isoformat() != value:
        raise ValueError("a day is wanted as it is written here")
    return day


def _instant(value: str, _: object) -> dt.datetime:
    instant = dt.datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("an instant with its offset is wanted")
    return instant


def _is_tuple(annotation: Any) -> bool:  # noqa: ANN401  # any annotation
    return bool(get_origin(annotation) is tuple)


def _tuple(annotation: Any, converter: Converter) -> Hook:  # noqa: ANN401  # a tuple of any length
    item = get_args(annotation)[0]
    hook = converter.get_structure_hook(item)

    def structured(value: object, _: object) -> object:
        if not isinstance(value, list):
            raise ValueError("a list is wanted")
        return tuple(hook(one, item) for one in value)

    return structured


def _either(annotation: Any, converter: Converter) -> Hook:  # noqa: ANN401  # a union
    """Return the hook of a union with None, or of a number or a text."""
    choices = [one for one in get_args(annotation) if one is not NoneType]
    texts = [converter.get_structure_hook(one) for one in choices if one is str]
    others = [(converter.get_structure_hook(one), one) for one in choices if one is not str]

    def structured(value: object, _: object) -> object:
        if value is None and NoneType in get_args(annotation):
            return None
        if texts and (isinstance(value, str) or not others):
            return texts[0](value, str)
        hook, kind = others[0]
        return hook(value, kind)

    return structured


def _holds(union: Any, annotation: Any) -> bool:  # noqa: ANN401  # any annotations
    """Return whether the annotation is the union, or that or None."""
    return bool(annotation in {union, union | None})


def _stated(read: Callable[[object], R], value: object, _: object) -> R | None:
    try:
        return None if value is None else read(value)
    except InvalidInput as error:
        raise ValueError(error.message) from error


def _strict() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=False)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _only(kind))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(bytes, _binary)
    converter.register_structure_hook(dt.date, _day)
    converter.register_structure_hook(dt.datetime, _instant)
    converter.register_structure_hook_func(is_mapping, _only(dict))
    converter.register_structure_hook_factory(_is_tuple, _tuple)
    converter.register_structure_hook_factory(lambda one: get_origin(one) in {Union, UnionType}, _either)
    for union, read in ((Schedule, schedule_of), (Target, target_of)):
        converter.register_structure_hook_func(partial(_holds, union), partial(_stated, read))
    return converter


_CONVERTER = _strict()
