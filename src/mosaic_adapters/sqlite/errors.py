"""The one place where SQLite's errors become Mosaic's."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mosaic_core.errors import (
    USER_GONE,
    Conflict,
    MosaicError,
    ReadOnly,
    ServiceUnavailable,
    StorageFull,
    Taken,
    TakesLong,
    Unauthorized,
)

_PRIMARY = 0xFF
_FAULTS = {
    sqlite3.SQLITE_NOTADB: "is no SQLite database",
    sqlite3.SQLITE_CORRUPT: "is a damaged SQLite database",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened as a database",
    sqlite3.SQLITE_IOERR: "cannot be read as a database",
    sqlite3.SQLITE_BUSY: "is locked by another program",
    sqlite3.SQLITE_READONLY: "is read-only",
}
"""What is wrong with a file, by SQLite's primary error codes."""
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}


class _Translated:
    """A `with` block that a generator would make for each of the many parts of a transaction anew."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, sqlite3.IntegrityError):
            if _is_of_gone_owner(error):
                raise Unauthorized(USER_GONE) from error
        elif isinstance(error, sqlite3.DatabaseError):
            raise translation(error) from error


_TRANSLATED = _Translated()


def translated() -> AbstractContextManager[None]:
    """Raise Mosaic's errors for SQLite's; only an error that no store should make passes as it is."""
    return _TRANSLATED


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Raise ServiceUnavailable, which names the file and the reason, if it cannot be opened as a store.

    Raises StorageFull if there is no room to do so.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        known = translation(error)
        if isinstance(known, StorageFull):
            raise known from error
        raise ServiceUnavailable(f"{path} {fault(error, path)}", known.details) from error
    except ServiceUnavailable as error:
        raise ServiceUnavailable(f"{path}: {error.message}", error.details) from error


def fault(error: sqlite3.DatabaseError, path: Path) -> str:
    """Return what is wrong with the file at which SQLite failed."""
    if path.exists() and not os.access(path, os.W_OK):
        return _FAULTS[sqlite3.SQLITE_READONLY]
    return _FAULTS.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY, f"cannot be used: {error}")


class _Reading:
    """Translates as `reading` says."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if not isinstance(error, sqlite3.DatabaseError):
            return
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        if code == sqlite3.SQLITE_READONLY:
            raise ReadOnly("This unit of work takes no changes: it only reads") from error
        if code == sqlite3.SQLITE_INTERRUPT:
            raise TakesLong from error
        raise translation(error) from error


_READING = _Reading()


def reading() -> AbstractContextManager[None]:
    """Raise Mosaic's errors for SQLite's: a change is refused as ReadOnly, what was interrupted took long."""
    return _READING


def broken_rule(error: sqlite3.IntegrityError, taken: Taken) -> MosaicError:
    """Return Mosaic's error for a violated constraint: the owner is gone, or something is taken."""
    return Unauthorized(USER_GONE) if _is_of_gone_owner(error) else Conflict(taken)


def translation(error: sqlite3.DatabaseError) -> MosaicError:
    """Return Mosaic's error for SQLite's."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _NO_ROOM:
        return StorageFull("There is no room left to write; nothing was changed")
    if code & _PRIMARY in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return ServiceUnavailable("The database is busy", {"retry_after": 1})
    return ServiceUnavailable("The database cannot be used at present", {"retry_after": 10})


def _is_of_gone_owner(error: sqlite3.IntegrityError) -> bool:
    return error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
