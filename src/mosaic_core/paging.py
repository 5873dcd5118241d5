"""A part of a list."""

from collections.abc import Sequence
from typing import TypeVar

from attrs import frozen

T = TypeVar("T")


@frozen
class Page:
    """A part of an ordered list: at most `limit` rows after the first `offset`. No limit means all."""

    limit: int | None = 100
    offset: int = 0

    def of(self, rows: Sequence[T]) -> Sequence[T]:
        """Return the rows that are on the page."""
        return rows[self.offset : None if self.limit is None else self.offset + self.limit]
