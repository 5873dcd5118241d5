"""Everything from one store into another."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from mosaic_core.backups.model import ENTRIES, TABLES, Table
from mosaic_core.backups.ports import Archive
from mosaic_core.entries.model import Entry
from mosaic_core.errors import NotEmpty
from mosaic_core.pending import Pending
from mosaic_core.store import UnitOfWork


def take_all(source: Archive, unit: UnitOfWork, *, without: Sequence[Table[Any]] = ()) -> None:
    """Take over everything within the unit's transaction, whose store must be empty; days are summed up.

    The rows of the tables `without` are left behind.

    Raises NotEmpty if the store has any row, InvalidState if rows of the source contradict each other.
    """
    taken = next((table for table in TABLES if unit.archive.count(table)), None)
    if taken is not None:
        raise NotEmpty(f"There is data already: the table {taken.name} has rows")
    for table in TABLES:
        rows = iter(()) if table in without else source.rows(table)
        unit.archive.add(table, _touching(rows, unit.pending) if table is ENTRIES else rows)
    unit.archive.set_last_ids(source.last_ids())


def _touching(entries: Iterator[Entry], pending: Pending) -> Iterator[Entry]:
    """Yield the entries, and touch each day once."""
    touched: set[tuple[int | None, dt.date]] = set()
    for entry in entries:
        place = entry.user_id, entry.date
        if place not in touched:
            touched.add(place)
            pending.touch(entry.user_id, (entry.date,))
        yield entry
