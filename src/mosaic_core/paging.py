"""A part of a list."""

from attrs import frozen


@frozen
class Page:
    """A part of an ordered list: at most `limit` rows after the first `offset`. No limit means all."""

    limit: int | None = 100
    offset: int = 0
