"""The use cases of backups."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from attrs import frozen

from mosaic_core.audit.service import AuditTrail
from mosaic_core.backups.copying import take_all
from mosaic_core.backups.files import Backup
from mosaic_core.backups.model import TABLES, LastIds, Table
from mosaic_core.backups.policy import BackupPolicy
from mosaic_core.backups.ports import Archive, BackupFiles
from mosaic_core.clock import Clock
from mosaic_core.errors import InvalidState, MosaicError
from mosaic_core.store import Store

R = TypeVar("R")

_TOLD_EVERY = 1_000

Seen = Callable[[int, int], None]
"""Is told, again and again, how many rows are done, and how many there are."""


def nobody_watches(done: int, total: int) -> None:
    """Take no notice."""


@frozen
class BackupService:
    """The use cases of backups. They may take long: nobody who writes waits for them, but for a restore."""

    store: Store
    clock: Clock
    audit: AuditTrail
    files: BackupFiles

    def run(self, user_id: int | None, policy: BackupPolicy, seen: Seen = nobody_watches) -> Backup:
        """Make a backup of one snapshot of everything, and delete those that are kept no longer.

        Success and failure are audited. Raises Conflict while another one is being made.
        """
        try:
            with self.store.read() as unit:
                backup = self.files.make(_Watched(unit.archive, seen), self.clock.now())
        except MosaicError as error:
            self.audit.note_apart("backup.run_failed", error.message, user_id, "warning")
            raise
        for surplus in policy.surplus(self.files.every()):
            self.files.delete(surplus.filename)
        self.audit.note_apart(
            "backup.run", "Backup made", user_id, filename=backup.filename, size_bytes=backup.size_bytes
        )
        return backup

    def restore(self, source: Archive, filename: str, seen: Seen = nobody_watches) -> None:
        """Take over everything from a backup, in one transaction, into the empty store.

        Raises NotEmpty if the store has any row, UnusableBackup or InvalidState if something is wrong with
        the backup; nothing has changed then.
        """
        with self.store.write() as unit:
            take_all(_Watched(source, seen), unit)
            self.audit.note(unit, "backup.restore", "Backup restored", None, filename=filename)

    def copy_from(self, other: Store, seen: Seen = nobody_watches) -> None:
        """Take over everything that another store has, in one transaction, into the empty store."""
        with other.read() as source, self.store.write() as unit:
            take_all(_Watched(source.archive, seen), unit)


class NoBackupFiles(BackupFiles):
    """Where there is no place for backups."""

    def make(self, archive: Archive, created_at: object) -> Backup:  # noqa: ARG002  # there is no place
        """Raise InvalidState."""
        raise InvalidState("There is no place for backups")

    def every(self) -> list[Backup]:
        """Return no backups."""
        return []

    def delete(self, filename: str) -> None:
        """Do nothing: there is nothing to delete."""


class _Watched(Archive):
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
