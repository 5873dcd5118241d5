"""A part of a list."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from attrs import field, frozen
from attrs.validators import optional

from mosaic_core.validators import whole

T = TypeVar("T")

_LIMIT: int | None = 100
_MOST = 2**63 - 1


@frozen
class Page:
    """A part of an ordered list: at most `limit` rows after the first `offset`. No limit means all."""

    limit: int | None = field(default=_LIMIT, validator=optional(whole(0, _MOST)))
    offset: int = field(default=0, validator=whole(0, _MOST))

    def of(self, rows: Sequence[T]) -> Sequence[T]:
        """Return the rows that are on the page."""
        return rows[self.offset : None if self.limit is None else self.offset + self.limit]

    def part(self, items: Sequence[T], count: Callable[[], int]) -> "Part[T]":
        """Return what was found as the page of a list, which is counted only where the page does not tell."""
        is_last = self.limit is None or len(items) < self.limit
        if is_last and (items or not self.offset):
            return Part(items, self.offset + len(items))
        return Part(items, count())


@frozen
class Part(Generic[T]):
    """A part of a list, and how many items the whole list has."""

    items: Sequence[T]
    total: int
