"""Temporary files that rows are staged in, outside any transaction."""

import datetime as dt
import os
import sqlite3
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from functools import lru_cache
from itertools import chain, count
from pathlib import Path

from mosaic_adapters.sqlite.errors import translated
from mosaic_core.entries.ports import StagedRow, Staging

_PREFIX, _SUFFIX = "import-", ".staging"

_AT_ONCE = 200
"""So many rows go into one statement: five values each, far fewer than SQLite takes."""


STAGED = """CREATE {temporary} TABLE {name} (
    day TEXT NOT NULL,
    activity_key TEXT NOT NULL,
    value REAL,
    note TEXT,
    number INTEGER NOT NULL,
    PRIMARY KEY (day DESC, activity_key)
) WITHOUT ROWID"""


class StagingFile:
    """A file beside the database, where there is room for what the database is about to hold as well.

    Pickling it ends the filling and hands the file over: whoever loads it removes it. The one that was
    pickled holds it until then, so that nobody takes it for one whose process has died.
    """

    def __init__(self, folder: Path, table: str) -> None:
        handle, name = tempfile.mkstemp(_SUFFIX, _PREFIX, folder)
        os.close(handle)
        self._open(Path(name))
        self._is_filling = True
        with translated():
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute("BEGIN EXCLUSIVE")
            self._connection.execute(table)

    def close(self) -> None:
        """Remove the file."""
        self._connection.close()
        self._forget()

    def __getstate__(self) -> Path:
        with translated():
            self.readable()
        self._forget.detach()
        return self.path

    def __setstate__(self, path: Path) -> None:
        self._open(path)
        self._is_filling = False
        self._hold()

    def readable(self) -> Path:
        """Return the path of the file, which others may read from now on, and hold it as a reader does."""
        self._end_filling()
        return self.path

    def _open(self, path: Path) -> None:
        self.path = path
        self._forget = weakref.finalize(self, path.unlink, missing_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    def _end_filling(self) -> None:
        if self._is_filling:
            self._connection.execute("COMMIT")
            self._is_filling = False
            self._hold()

    def _hold(self) -> None:
        self._connection.execute("BEGIN")
        self._connection.execute("SELECT 1 FROM staged LIMIT 1").fetchone()


class SqliteStaging(StagingFile, Staging):
    """The staged rows of an import."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, STAGED.format(temporary="", name="staged"))
        self._numbers = count()

    def add(self, rows: Sequence[StagedRow]) -> Sequence[bool]:
        """Keep the rows; return for each whether it was kept."""
        with translated():
            return [
                kept for at in range(0, len(rows), _AT_ONCE) for kept in self._add(rows[at : at + _AT_ONCE])
            ]

    def rows(self) -> Iterator[StagedRow]:
        """Yield the rows that were kept, the newest day first and then by name key."""
        with translated():
            found = self._connection.execute(
                "SELECT day, activity_key, value, note FROM staged ORDER BY day DESC, activity_key"
            )
            for day, key, value, note in found:
                yield dt.date.fromisoformat(day), key, value, note

    def _add(self, rows: Sequence[StagedRow]) -> Sequence[bool]:
        numbered = [
            (day.isoformat(), key, value, note, number)
            for (day, key, value, note), number in zip(rows, self._numbers, strict=False)
        ]
        done = self._connection.execute(_insert(len(numbered)), tuple(chain.from_iterable(numbered)))
        if done.rowcount == len(numbered):
            return [True] * len(numbered)
        return [self._number(day, key) == number for day, key, _, _, number in numbered]

    def _number(self, day: str, key: str) -> int:
        found: int = self._connection.execute(
            "SELECT number FROM staged WHERE day = ? AND activity_key = ?", (day, key)
        ).fetchone()[0]
        return found


def sweep(folder: Path) -> None:
    """Remove the stagings of processes that have died: those that nobody holds."""
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with suppress(sqlite3.Error, OSError), closing(sqlite3.connect(path, timeout=0)) as connection:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                continue  # somebody fills or reads it
            except sqlite3.DatabaseError:
                pass  # half written
            path.unlink()


@lru_cache(maxsize=8)
def _insert(rows: int) -> str:
    """Return the statement that inserts that many rows: one statement lets go of the interpreter once."""
    values = ", ".join(["(?, ?, ?, ?, ?)"] * rows)
    return f"INSERT OR IGNORE INTO staged VALUES {values}"  # noqa: S608  # question marks
