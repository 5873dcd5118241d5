"""Noticing that the database file is no longer where it was opened."""

import os
from pathlib import Path

from mosaic_core.errors import ServiceUnavailable


class Place:
    """The files that were opened, told from whatever lies at their paths now.

    A connection goes on in files that were deleted, moved away or replaced, and a restart would find nothing
    of what it writes there. The write-ahead log counts as well: while anybody is connected, nobody who uses
    the database as SQLite does removes it. A file that was overwritten in place stays the same file.
    """

    def __init__(self, path: Path) -> None:
        """Remember the files as they are: `path` must have been opened and read."""
        self._paths = (str(path), f"{path}-wal")
        self._opened = self._found()

    def require(self, consequence: str = "it is not used") -> None:
        """Raise ServiceUnavailable, which tells the consequence, unless the files are in their place.

        That needs a few microseconds, so it may be asked often. Once the same files are back, all is well.
        """
        if self._found() != self._opened:
            raise ServiceUnavailable(
                f"The database file was removed or replaced, so {consequence}", {"retry_after": 10}
            )

    def _found(self) -> list[tuple[int, int] | None]:
        return [_identity(path) for path in self._paths]


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # asked at every transaction, and Path's takes longer
    except OSError:
        return None
    return found.st_dev, found.st_ino
