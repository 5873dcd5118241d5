"""Putting another database in the place of one, which is kept."""

import datetime as dt
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mosaic_core.errors import ServiceUnavailable

_DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
_COMPANIONS = ("-wal", "-shm", "-journal")


@contextmanager
def replacing(path: Path, now: dt.datetime) -> Iterator[tuple[Path, Path]]:
    """Give where to make the new database, and where the old one is kept; swap them at the end.

    The new one takes the place of the old in one step: a crash leaves the one or the other there. If the
    block raises, everything stays as it was. Raises ServiceUnavailable while another process has the old one
    open.
    """
    with _alone(path):
        pass  # better told now than after a long time
    stamp = f"{now.astimezone(dt.UTC):%Y%m%d-%H%M%S}"
    new, kept = (path.with_name(f"{path.name}.{word}-{stamp}") for word in ("new", "before"))
    try:
        yield new, kept
        _sync(new)
        with _alone(path):
            os.link(path, kept)
            _set_companions_aside(path, kept)
            new.rename(path)
            _sync(path.parent)
    finally:
        for left in (new, *(new.with_name(new.name + end) for end in _COMPANIONS)):
            left.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep every other process away from the database, whose log is emptied into it.

    A damaged one cannot be locked: nobody can use it either.
    """
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
                raise ServiceUnavailable(
                    f"{path} is in use: stop the server, or whatever else has it open, and try again"
                ) from error
        yield


def _set_companions_aside(path: Path, kept: Path) -> None:
    """Let the files beside a damaged database go with it; a sound one has none by now."""
    for end in _COMPANIONS:
        companion = path.with_name(path.name + end)
        if companion.exists():
            companion.rename(kept.with_name(kept.name + end))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
