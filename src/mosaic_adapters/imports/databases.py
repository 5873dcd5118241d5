"""SQLite files of other programs: they may be damaged, and they may be hostile.

They are opened for reading alone, as files that nobody changes; nothing that their schema says is run: views
and virtual tables are not there for us, and neither are generated columns.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, frozen

from mosaic_adapters.imports.named_files import named
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.ports import Breathe, TrackerFile

if TYPE_CHECKING:
    from sqlite_utils import Database

MAGIC = b"SQLite format 3\0"

MOST_ROWS = 20_000_000
LONGEST_VALUE = 2**20
MOST_TABLES = 500
_STEPS = 20_000
"""So many of SQLite's steps lie between two breaths: a millisecond."""

_SETTINGS = (
    "trusted_schema = OFF",
    "query_only = ON",
    "cell_size_check = ON",
    "ignore_check_constraints = ON",
)


@frozen
class ForeignDatabase:
    """A database of another program, open for reading."""

    database: "Database"
    tables: Mapping[str, frozenset[str]]

    def rows(self, table: str, *columns: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield the rows of a table in its own order, numbered from 1, with those of the columns it has.

        Raises InvalidInput if there is no such table, or if it has more than MOST_ROWS.
        """
        if table not in self.tables:
            raise InvalidInput(f"The database has no table {table}")
        there = [name for name in columns if name in self.tables[table]]
        if not there:
            raise InvalidInput(f"The table {table} has none of the columns {', '.join(columns)}")
        names = ", ".join(f'"{name}"' for name in there)
        found = self.database.query(f'SELECT {names} FROM "{table}"')  # noqa: S608  # names of ours
        yield from _numbered(found, MOST_ROWS, f"The table {table} has more than {MOST_ROWS} rows")

    def queried(self, query: str, table: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield what the query finds for the rows of the table, one row for each at most, numbered from 1.

        Raises InvalidInput if it finds more than there are, or if there are more than MOST_ROWS.
        """
        count = self.database.table(table).count
        if count > MOST_ROWS:
            raise InvalidInput(f"The table {table} has more than {MOST_ROWS} rows")
        too_many = f"Rows of the table {table} belong to several others at once"
        yield from _numbered(self.database.query(query), count, too_many)


def _numbered(
    rows: Iterable[Mapping[str, Any]], most: int, too_many: str
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, row in enumerate(rows, 1):
        if number > most:
            raise InvalidInput(too_many)
        yield number, row


@contextmanager
def database_in(file: TrackerFile) -> Iterator[ForeignDatabase]:
    """Open the database that the file is."""
    with named(file.stream, file.breathe) as path, opened(path, file.breathe) as found:
        yield found


@contextmanager
def opened(path: Path, breathe: Breathe) -> Iterator[ForeignDatabase]:
    """Open the database at the path. Raises InvalidInput if it is damaged, or no database."""
    from sqlite_utils import Database  # noqa: PLC0415  # takes long to import

    breath = _Breath(breathe)
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
            connection.text_factory = _text
            connection.set_progress_handler(breath.take, _STEPS)
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
            database = Database(connection, recursive_triggers=False, execute_plugins=False)
            yield ForeignDatabase(database, _tables(connection, database))
    except sqlite3.Error as error:
        if breath.error is not None:
            raise breath.error from None
        raise InvalidInput(f"The database cannot be read: {_told(error)}") from error


def _tables(connection: sqlite3.Connection, database: "Database") -> Mapping[str, frozenset[str]]:
    """Return the columns of each table. Raises InvalidInput if the database is damaged."""
    names = _table_names(connection)
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict is None or verdict[0] != "ok":
        raise InvalidInput("The database is damaged: SQLite's own check fails")
    return {name: frozenset(column.name for column in database.table(name).columns) for name in names}


def _table_names(connection: sqlite3.Connection) -> Sequence[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 LIMIT ?", (MOST_TABLES + 1,)
    ).fetchall()
    if len(rows) > MOST_TABLES:
        raise InvalidInput(f"The database has more than {MOST_TABLES} tables")
    return [name for (name,) in rows]


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _told(error: sqlite3.Error) -> str:
    """Return what SQLite says: of its own, without anything that the file says."""
    return getattr(error, "sqlite_errorname", "") or "SQLite does not understand it"


@define
class _Breath:
    """Breathes in the middle of a statement, and keeps what that raises: SQLite would lose it."""

    breathe: Breathe
    error: BaseException | None = None

    def take(self) -> int:
        """Return 0, or 1 to break the statement off."""
        try:
            self.breathe()
        except BaseException as error:  # noqa: BLE001  # it is raised again behind the statement
            self.error = error
            return 1
        return 0
