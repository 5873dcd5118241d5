"""Where there is no place for backups."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

from mosaic_core.backups.files import Backup
from mosaic_core.backups.ports import Archive, BackupFiles, Contents
from mosaic_core.errors import InvalidState, NotFound


class NoBackupFiles(BackupFiles):
    """Keeps none."""

    def make(self, archive: Archive, created_at: dt.datetime, seen: Callable[[int], None]) -> Backup:  # noqa: ARG002  # there is no place
        """Raise InvalidState."""
        raise InvalidState("There is no place for backups")

    def every(self) -> list[Backup]:
        """Return no backups."""
        return []

    def is_busy(self) -> bool:
        """Return False."""
        return False

    def is_sound(self, filename: str) -> bool:  # noqa: ARG002  # there are none
        """Return False."""
        return False

    def verify(self, filename: str, seen: Callable[[int], None]) -> int:  # noqa: ARG002  # there is nothing to see
        """Raise NotFound."""
        raise NotFound("There is no such backup", {"filename": filename})

    def delete(self, filename: str) -> None:
        """Do nothing: there is nothing to delete."""

    def contents(self, filename: str) -> AbstractContextManager[Contents]:
        """Raise NotFound."""
        raise NotFound("There is no such backup", {"filename": filename})

    def archive(self, filename: str) -> AbstractContextManager[Archive]:
        """Raise NotFound."""
        raise NotFound("There is no such backup", {"filename": filename})
