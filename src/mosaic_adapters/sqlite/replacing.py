"""Putting another database in the place of one, which is kept."""

import datetime as dt
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mosaic_adapters.syncing import sync
from mosaic_core.errors import ServiceUnavailable

_DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


@contextmanager
def replacing(path: Path, now: dt.datetime) -> Iterator[tuple[Path, Path]]:
    """Give where to make the new database, and where the old one is kept; swap them at the end.

    The new one takes the place of the old in one step: a crash leaves the one or the other there. If the
    block raises, everything stays as it was. Raises ServiceUnavailable while another process has the old one
    open.
    """
    stamp = f"{now.astimezone(dt.UTC):%Y%m%d-%H%M%S}"
    new, kept = (path.with_name(f"{path.name}.{word}-{stamp}") for word in ("new", "before"))
    _link(_companions(path), _companions(kept))  # SQLite may delete them, and with them what was written last
    try:
        with _alone(path):
            pass  # better told now than after a long time
        yield new, kept
        sync(new)
        with _alone(path) as is_sound:
            _unlink(_companions(kept if is_sound else path))
            os.link(path, kept)
            new.rename(path)
            sync(path.parent)
    except BaseException:
        _unlink(_companions(kept))
        raise
    finally:
        _unlink([new, *_companions(new)])


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Keep every other process away from the database, whose log is emptied into it.

    Give whether it is sound: a damaged one cannot be locked, but nobody can use it either.
    """
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        is_sound = True
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            is_sound = False
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
                raise ServiceUnavailable(
                    f"{path} is in use: stop the server, or whatever else has it open, and try again"
                ) from error
        yield is_sound


def _companions(path: Path) -> list[Path]:
    """Return the files that SQLite may have beside the database."""
    return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")]


def _link(files: list[Path], names: list[Path]) -> None:
    for file, name in zip(files, names, strict=True):
        if file.exists():
            os.link(file, name)


def _unlink(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
