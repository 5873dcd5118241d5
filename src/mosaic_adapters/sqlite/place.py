"""Noticing that the database file is no longer where it was opened."""

import os
from pathlib import Path

from mosaic_core.errors import ServiceUnavailable

Identity = tuple[int, int] | None


class Place:
    """The files that were opened, told from whatever lies at their paths now.

    A connection goes on in files that were deleted, moved away or replaced, and a restart would find nothing
    of what it writes there. The write-ahead log counts as well: while anybody is connected, nobody who uses
    the database as SQLite does removes it. A file that was overwritten in place stays the same file.
    """

    def __init__(self, path: Path, identity: Identity) -> None:
        """Remember the files as they are: `path` must have been opened and read.

        Raises ServiceUnavailable unless the file still has the identity that it had before it was opened.
        """
        self._file, self._log = str(path), f"{path}-wal"
        self._opened = identity, identity_of(self._log)
        self.require()

    def require(self, consequence: str = "it is not used") -> None:
        """Raise ServiceUnavailable, which tells the consequence, unless the files are in their place.

        That needs a few microseconds, so it may be asked often. Once the same files are back, all is well.
        """
        if (identity_of(self._file), identity_of(self._log)) != self._opened:
            raise _removed(consequence)


def require_identity(path: Path, identity: Identity) -> None:
    """Raise ServiceUnavailable unless the file at the path is that one."""
    if identity_of(str(path)) != identity:
        raise _removed("it is not used")


def _removed(consequence: str) -> ServiceUnavailable:
    return ServiceUnavailable(
        f"The database file was removed or replaced, so {consequence}", {"retry_after": 10}
    )


def identity_of(path: str) -> Identity:
    """Return what tells the file from any other; None if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116  # asked at every transaction, and Path's takes longer
    except OSError:
        return None
    return found.st_dev, found.st_ino
