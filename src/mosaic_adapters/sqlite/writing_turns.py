"""Processes that write to one database take turns."""

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mosaic_core.errors import ServiceUnavailable

_PRIMARY = 0xFF
_TRY_SECONDS = 0.002
"""So often whoever waits tries again: the lock is idle for no longer, and each time takes microseconds."""

if sys.platform == "win32":

    def _locked(_: int) -> bool:
        """Return True: where there are no such locks, nobody waits for one."""
        return True

    def _release(_: int) -> None:
        """Do nothing."""

else:
    import fcntl

    def _locked(handle: int) -> bool:
        """Lock what the handle has open, unless another process has locked it."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without such locks
        return True

    def _release(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


class WritingTurns:
    """The turns of one process among all that write to the database.

    Whoever waits for SQLite's lock tries again and again, and a process that writes all the time has it again
    before the others try. So whoever waits for SQLite's lock holds a lock of the database's folder meanwhile:
    who has just written has to wait for that.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        """Take at most so many seconds to get a turn."""
        self._handle = os.open(folder, os.O_RDONLY)
        self._seconds = seconds

    def begin(self, begin: Callable[[], object]) -> None:
        """Have SQLite's lock taken, by a function that fails at once where another process has it.

        Raises what that raises if it takes too long, or ServiceUnavailable if others wait for as long.
        """
        end = time.monotonic() + self._seconds
        with self._next(end):
            while True:
                try:
                    begin()
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                        raise
                    time.sleep(_TRY_SECONDS)
                else:
                    return

    def close(self) -> None:
        """Release the folder."""
        os.close(self._handle)

    @contextmanager
    def _next(self, end: float) -> Iterator[None]:
        """Be the next to write in the `with` block."""
        while not _locked(self._handle):
            if time.monotonic() >= end:
                raise ServiceUnavailable("The database is busy", {"retry_after": 1})
            time.sleep(_TRY_SECONDS)
        try:
            yield
        finally:
            _release(self._handle)
