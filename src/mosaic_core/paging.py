"""A part of a list."""

from collections.abc import Sequence
from typing import TypeVar

from attrs import field, frozen
from attrs.validators import optional

from mosaic_core.rules import whole

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
