"""Watching how far the reading of an archive is."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from mosaic_core.backups.model import TABLES, LastIds, Table
from mosaic_core.backups.ports import Archive

R = TypeVar("R")

_TOLD_EVERY = 1_000

Seen = Callable[[int, int], None]
"""Is told, again and again, how many rows are done, and how many there are."""


def nobody_watches(done: int, total: int) -> None:
    """Take no notice."""


class Watched(Archive):
    """Gives what the source gives, and tells how far that is."""

    def __init__(self, source: Archive, seen: Seen) -> None:
        self._source = source
        self._seen = seen
        self._done = 0
        self._total = sum(source.count(table) for table in TABLES)

    def rows(self, table: Table[R]) -> Iterator[R]:
        """Yield the rows of the table."""
        for row in self._source.rows(table):
            yield row
            self._done += 1
            if self._done % _TOLD_EVERY == 0:
                self._seen(self._done, self._total)

    def count(self, table: Table[R]) -> int:
        """Return how many rows the table has."""
        return self._source.count(table)

    def last_ids(self) -> LastIds:
        """Return the highest ids that were ever given."""
        return self._source.last_ids()
