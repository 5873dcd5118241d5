"""What backups need from a store, and from where they are kept."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from attrs import frozen

from mosaic_core.backups.files import Backup
from mosaic_core.backups.model import LastIds, Table
from mosaic_core.backups.plan import BackupPlan, BackupRun

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


class BackupRepository(Protocol):
    """Keeps what was set for backups, how the last run went, and who is at it."""

    def plan(self) -> BackupPlan:
        """Return the plan; one that sets nothing, where none was kept."""
        ...

    def keep_plan(self, plan: BackupPlan) -> None:
        """Keep the plan in place of the earlier one."""
        ...

    def run(self) -> BackupRun | None:
        """Return the latest run, None if there never was one. It is no part of an archive."""
        ...

    def keep_run(self, run: BackupRun) -> None:
        """Keep the run in place of the earlier one."""
        ...


@frozen
class Contents:
    """The bytes of an open backup, in order, and how many there are."""

    size: int
    blocks: Iterator[bytes]


class BackupFiles(Protocol):
    """Keeps backups.

    Raises StorageFull where there is no room, and ServiceUnavailable where they cannot be read or written.
    """

    def make(self, archive: Archive, created_at: dt.datetime, seen: Callable[[int], None]) -> Backup:
        """Make a backup of the archive, and return it once it is durable and has been read back as a whole.

        Whatever goes wrong, none is there. `seen` is told how many bytes were read back, again and again;
        what it raises ends the work, as does what the archive raises. Raises Conflict while another backup is
        being made, by whichever process.
        """
        ...

    def is_busy(self) -> bool:
        """Return whether a backup is being made here, by whichever process."""
        ...

    def every(self) -> Sequence[Backup]:
        """Return the backups, newest first; none that was not finished."""
        ...

    def is_sound(self, filename: str) -> bool:
        """Return whether nothing of the backup has changed since it was made, or nobody here can know."""
        ...

    def verify(self, filename: str, seen: Callable[[int], None]) -> int:
        """Read all of the backup, and check every hash, count and row; return how many rows it has.

        `seen` is told how many bytes were read, again and again; what it raises ends the work, if it is an
        error of Mosaic's. Raises NotFound if there is no such backup, UnusableBackup unless everything in it
        is right, LockedBackup if nobody here can read it.
        """
        ...

    def delete(self, filename: str) -> None:
        """Delete the backup of that name; it is no error if there is none."""
        ...

    def contents(self, filename: str) -> AbstractContextManager[Contents]:
        """Open the backup's file as it is. Raises NotFound if there is none."""
        ...

    def archive(self, filename: str) -> AbstractContextManager[Archive]:
        """Open what is in the backup, checked. Raises NotFound if there is none.

        Raises UnusableBackup if it is damaged, LockedBackup if nobody here can read it.
        """
        ...
