"""PostgreSQL's errors and Mosaic's."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import psycopg
from psycopg import errors

from mosaic_core.errors import (
    USER_GONE,
    Conflict,
    MosaicError,
    ReadOnly,
    SerializationFailure,
    ServiceUnavailable,
    StorageFull,
    Taken,
    Unauthorized,
)

_LOST_RACES = (errors.SerializationFailure, errors.DeadlockDetected)
_BUSY = (
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.TooManyConnections,
    errors.InsufficientResources,
)


_UNUSABLE = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InsufficientPrivilege,
    errors.InFailedSqlTransaction,
    psycopg.InternalError,
)


class _Translated:
    """A block that raises Mosaic's errors for PostgreSQL's."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        known = translation(error) if isinstance(error, psycopg.Error) else None
        if known is not None:
            raise known from error


class _Reading(_Translated):
    """A block that raises Mosaic's errors for PostgreSQL's; a change is refused as ReadOnly."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, errors.ReadOnlySqlTransaction):
            raise read_only() from error
        super().__exit__(kind, error, trace)


_TRANSLATED = _Translated()
_READING = _Reading()


def translated() -> AbstractContextManager[None]:
    """Raise Mosaic's errors for PostgreSQL's; only an error that no store should make passes as it is."""
    return _TRANSLATED


def reading() -> AbstractContextManager[None]:
    """Raise Mosaic's errors for PostgreSQL's; a change is refused as ReadOnly."""
    return _READING


def read_only() -> ReadOnly:
    """Return the error for whoever writes through a unit of work that only reads."""
    return ReadOnly("This unit of work takes no changes: it only reads")


def broken_rule(error: psycopg.IntegrityError, taken: Taken) -> MosaicError:
    """Return Mosaic's error for a violated constraint: the owner is gone, or something is taken."""
    return Unauthorized(USER_GONE) if isinstance(error, errors.ForeignKeyViolation) else Conflict(taken)


def translation(error: psycopg.Error) -> MosaicError | None:
    """Return Mosaic's error for PostgreSQL's, None for one that no store should make."""
    return next((known for kinds, known in _table() if isinstance(error, kinds)), None)


def _table() -> Iterator[tuple[type[psycopg.Error] | tuple[type[psycopg.Error], ...], MosaicError]]:
    """Yield kinds of errors, the narrowest first, with what each is for Mosaic."""
    yield _LOST_RACES, SerializationFailure("The transaction lost a race with others", {"retry_after": 1})
    yield errors.DiskFull, StorageFull("There is no room left to write; nothing was changed")
    yield _BUSY, ServiceUnavailable("The database is busy", {"retry_after": 1})
    yield (
        errors.ReadOnlySqlTransaction,
        ServiceUnavailable("The database takes no changes: it is a standby", {"retry_after": 10}),
    )
    yield errors.ForeignKeyViolation, Unauthorized(USER_GONE)
    yield (
        psycopg.OperationalError,
        ServiceUnavailable("The database cannot be reached at present", {"retry_after": 5}),
    )
    yield _UNUSABLE, ServiceUnavailable("The database cannot be used at present", {"retry_after": 10})
