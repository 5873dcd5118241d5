"""Database files that only their owner may read."""

import os
from contextlib import suppress
from pathlib import Path

from mosaic_core.errors import ServiceUnavailable

_OWNER_ALONE = 0o600


def make_private(path: Path) -> None:
    """Make the database's file if it is absent, and take all rights to its files from others.

    SQLite gives the files that it makes beside the database the database's own mode, whatever the umask.
    Raises ServiceUnavailable if the file cannot be made. Files of another owner stay as they are.
    """
    _make(path)
    for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        with suppress(FileNotFoundError, PermissionError):
            if file.stat().st_mode & 0o777 != _OWNER_ALONE:
                file.chmod(_OWNER_ALONE)


def _make(path: Path) -> None:
    """Make an empty file. One that is there is not even opened: closing it would release SQLite's locks."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER_ALONE))
    except FileExistsError:
        pass
    except OSError as error:
        raise ServiceUnavailable(f"{path} cannot be made: {error.strerror}") from error
