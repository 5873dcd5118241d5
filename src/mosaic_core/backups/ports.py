"""What backups need from a store, and from where they are kept."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from mosaic_core.backups.files import Backup
from mosaic_core.backups.model import LastIds, Table

R = TypeVar("R")


class Archive(Protocol):
    """Gives all that a store has, row by row: a store does, and so does a backup of it."""

    def rows(self, table: Table[R]) -> Iterator[R]:
        """Yield the rows of the table, those with ids by id, without holding more than some of them.

        Valid while the unit of work or the file is open.
        """
        ...

    def count(self, table: Table[R]) -> int:
        """Return how many rows the table has."""
        ...

    def last_ids(self) -> LastIds:
        """Return the highest ids that were ever given, also to rows that are gone."""
        ...


class ArchiveRepository(Archive, Protocol):
    """Gives and takes all that a store has."""

    def add(self, table: Table[R], rows: Iterable[R]) -> None:
        """Keep the rows as they are, under their own ids, without holding more than some of them.

        The table is empty, and the earlier ones of TABLES have been added. New rows of others get ids above
        these. Days are not summed up here: whoever calls this touches them. Raises InvalidState if rows
        contradict each other: an id or a name is there twice, an owner is missing.
        """
        ...

    def set_last_ids(self, last: LastIds) -> None:
        """Give new rows ids above these, and above all that this store has given itself."""
        ...


class BackupFiles(Protocol):
    """Keeps backups.

    Raises StorageFull where there is no room, and ServiceUnavailable where they cannot be read or written.
    """

    def make(self, archive: Archive, created_at: dt.datetime) -> Backup:
        """Make a backup of the archive, and return it once it is durable and has been read back as a whole.

        Whatever goes wrong, none is there. Raises Conflict while another one is being made, by whichever
        process.
        """
        ...

    def every(self) -> Sequence[Backup]:
        """Return the backups, newest first; none that was not finished."""
        ...

    def delete(self, filename: str) -> None:
        """Delete the backup of that name; it is no error if there is none."""
        ...
