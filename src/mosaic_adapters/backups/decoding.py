"""Lines of JSON as rows, strictly, many at a time."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, TypeVar, get_args

import msgspec
from attrs import NOTHING, fields, frozen

from mosaic_adapters.backups.rows import structuring
from mosaic_core.backups.model import Table
from mosaic_core.backups.upgrades import Upgrade, upgraded

R = TypeVar("R")

_FLAT = {
    **{kind: kind for kind in (int, float, bool, str, dt.date, NoneType)},
    dt.datetime: Annotated[dt.datetime, msgspec.Meta(tz=True)],
}
"""The types of fields that msgspec judges as `structuring` does."""

_decode_lines = msgspec.json.Decoder(dict[str, Any]).decode_lines


@frozen
class Decoding(Generic[R]):
    """How lines become rows: in two steps, because whoever checks a backup wants no rows of it.

    `judged` returns something for each line, or raises an exception of any kind where one states no row;
    `made` returns the rows of these.
    """

    judged: Callable[[bytes], list[Any]]
    made: Callable[[list[Any]], Iterable[R]]


def decoding(table: Table[R], upgrades: Sequence[Upgrade]) -> Decoding[R]:
    """Return how the table's lines are decoded: the quick way if its rows are flat and not upgraded."""
    kind: Any = table.row
    if _is_flat(kind) and not any(table.name in upgrade for upgrade in upgrades):
        made = partial(msgspec.convert, type=list[kind], from_attributes=True)
        return Decoding(_decoder(kind).decode_lines, made)
    structure = structuring(kind)

    def judged(lines: bytes) -> list[R]:
        return [structure(upgraded(table.name, row, upgrades)) for row in _decode_lines(lines)]

    return Decoding(judged, iter)


def _is_flat(kind: type) -> bool:
    """Return whether every field must be there, is of a plain type, and has no rule of its own."""
    return not hasattr(kind, "__attrs_post_init__") and all(
        one.default is NOTHING
        and one.validator is None
        and one.converter is None
        and _FLAT.keys() >= set(_choices(one.type))
        for one in fields(kind)
    )


@cache
def _decoder(kind: type) -> msgspec.json.Decoder[Any]:
    """Return what decodes a struct that says what the flat class says; its fields lie as they do in lines."""
    told = {one.name: reduce(or_, map(_FLAT.__getitem__, _choices(one.type))) for one in fields(kind)}
    struct = msgspec.defstruct(kind.__name__, sorted(told.items()), forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(struct)


def _choices(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401  # a type, or a union
    """Return the types of a union; of another type, the type."""
    return get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
