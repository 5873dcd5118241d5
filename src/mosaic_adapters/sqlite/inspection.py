"""Whether a file is a database that Mosaic may open. Looking changes nothing in it."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from mosaic_adapters.sqlite.errors import fault
from mosaic_adapters.sqlite.first_schemas import FIRST_SCHEMAS
from mosaic_adapters.sqlite.migrations import MIGRATIONS, take
from mosaic_core.errors import ServiceUnavailable

if TYPE_CHECKING:
    from sqlite_utils import Database

_CHECKED_WHOLE_BYTES = 16 * 2**20
"""Going through a file of this size takes a few hundredths of a second. Of a larger one the first row of each
table is read; the health check goes through all of it later."""

_NAMES_TOLD = 5
_LONGEST_VERDICT = 200


@frozen
class _Schema:
    """The columns of each table with their types, and which table each index and trigger belongs to."""

    columns: Mapping[str, Mapping[str, str]]
    attached: Mapping[str, str]


def inspect(path: Path) -> None:
    """Return if Mosaic may open the file: it is absent, empty, or a sound database of Mosaic's own.

    Otherwise raise ServiceUnavailable with one line that names the file and says what was found. A database
    of a newer Mosaic passes.
    """
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return
    try:
        with closing(_opened(path)) as connection:
            found = next(_faults(connection, path.stat().st_size), None)
    except sqlite3.DatabaseError as error:
        found = fault(error, path)
    if found is not None:
        raise ServiceUnavailable(f"{path} {found}; nothing was changed in it")


def _opened(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads; without a write-ahead log it makes no file beside this one."""
    has_log = path.with_name(path.name + "-wal").exists()
    options = "mode=ro" if has_log else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True, isolation_level=None)


def _faults(connection: sqlite3.Connection, size: int) -> Iterator[str]:
    """Yield the faults of the database, the gravest first."""
    connection.execute("BEGIN")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    found = _schema(connection)
    if not found.columns and version == 0:
        return
    expected = _expected(version)
    if version == 0 or not expected.columns.keys() & found.columns.keys():
        yield f"is another program's SQLite database: {_told(found)}"
    elif version <= len(MIGRATIONS) and not _is_of_first_versions(version, found):
        for change in _changes(expected, found):
            yield f"is a Mosaic database whose schema was changed by hand: {change}"
    yield from _damage(connection, found, size)


def _schema(connection: sqlite3.Connection) -> _Schema:
    database = _database(connection)
    tables = database.tables
    attached = {index.name: f"index of {table.name}" for table in tables for index in table.indexes}
    attached |= {trigger.name: f"trigger of {trigger.table}" for trigger in database.triggers}
    return _Schema(
        {table.name: {column.name: column.type for column in table.columns} for table in tables}, attached
    )


def _database(connection: sqlite3.Connection) -> "Database":
    from sqlite_utils import Database  # noqa: PLC0415  # takes long to import, and a new database needs none

    return Database(connection, recursive_triggers=False, execute_plugins=False)


def _expected(version: int, further: Sequence[str] = ()) -> _Schema:
    """Return the schema after that many migrations and the further statements."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for steps in (*MIGRATIONS[:version], further):
            take(connection, steps)
        return _schema(connection)


def _is_of_first_versions(version: int, found: _Schema) -> bool:
    """Return whether the schema is one that another migration of that number made once."""
    first = (_expected(version, statements) for statements in FIRST_SCHEMAS.get(version, ()))
    return any(next(_changes(schema, found), None) is None for schema in first)


def _told(found: _Schema) -> str:
    names = sorted(found.columns)
    if not names:
        return "it has no tables"
    more = f" and {len(names) - _NAMES_TOLD} more" if len(names) > _NAMES_TOLD else ""
    return f"it has the tables {', '.join(names[:_NAMES_TOLD])}{more}"


def _changes(expected: _Schema, found: _Schema) -> Iterator[str]:
    return chain(_changed_tables(expected, found), _missing(expected, found))


def _changed_tables(expected: _Schema, found: _Schema) -> Iterator[str]:
    for table, columns in expected.columns.items():
        if table not in found.columns:
            yield f"the table {table} is missing"
            continue
        there = found.columns[table]
        for name in [*columns, *(there.keys() - columns.keys())]:
            if name not in there:
                yield f"the column {name} of {table} is missing"
            elif name not in columns:
                yield f"the column {name} of {table} is none of Mosaic's"
            elif there[name] != columns[name]:
                yield f"the column {name} of {table} is {there[name]}, not {columns[name]}"


def _missing(expected: _Schema, found: _Schema) -> Iterator[str]:
    for name, what in expected.attached.items():
        if found.attached.get(name) != what:
            yield f"the {what} named {name} is missing"


def _damage(connection: sqlite3.Connection, found: _Schema, size: int) -> Iterator[str]:
    for table in found.columns:
        connection.execute(f'SELECT * FROM "{table}" LIMIT 1').fetchone()  # noqa: S608  # one of Mosaic's names
    if size <= _CHECKED_WHOLE_BYTES:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            yield f"is a damaged database: {' '.join(verdict.split())[:_LONGEST_VERDICT]}"
