"""All that is in a SQLite database, as a stream of rows for each table."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from attrs import asdict

from mosaic_adapters.sqlite import archive_statements, archive_wearables
from mosaic_adapters.sqlite.archive_statements import Statements
from mosaic_core.backups import model
from mosaic_core.backups.model import LastIds, Table
from mosaic_core.backups.ports import ArchiveRepository
from mosaic_core.errors import InvalidState

R = TypeVar("R")

_AT_ONCE = 500

_STATEMENTS: Mapping[str, Statements[Any]] = {
    model.USERS.name: archive_statements.USERS,
    model.REVOKED_TOKENS.name: archive_statements.REVOKED_TOKENS,
    model.TOKENS.name: archive_statements.TOKENS,
    model.WEBHOOKS.name: archive_statements.WEBHOOKS,
    model.ACTIVITIES.name: archive_statements.ACTIVITIES,
    model.PAUSES.name: archive_statements.PAUSES,
    model.RULES.name: archive_statements.RULES,
    model.ENTRIES.name: archive_statements.ENTRIES,
    model.AUDIT_EVENTS.name: archive_statements.AUDIT_EVENTS,
    model.IDEMPOTENCY.name: archive_statements.IDEMPOTENCY,
    model.BACKUP_PLAN.name: archive_statements.BACKUP_PLAN,
    model.WEARABLE_SOURCES.name: archive_wearables.SOURCES,
    model.WEARABLE_TOTALS.name: archive_wearables.TOTALS,
    model.WEARABLE_ERRORS.name: archive_wearables.ERRORS,
    model.WEARABLE_RAW.name: archive_wearables.RAW,
    model.HEART_RATES.name: archive_wearables.HEART_RATES,
    model.STEPS.name: archive_wearables.STEPS,
    model.SLEEP_SESSIONS.name: archive_wearables.SESSIONS,
    model.SLEEP_STAGES.name: archive_wearables.STAGES,
    model.AGGREGATES.name: archive_wearables.AGGREGATES,
}


class SqliteArchive(ArchiveRepository):
    """All tables but those of summed-up days; each has the name that it has in an archive."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany

    def rows(self, table: Table[R]) -> Iterator[R]:
        """Yield the rows of the table."""
        statements = _STATEMENTS[table.name]
        cursor = self._execute(statements.select)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from statements.values(rows)

    def count(self, table: Table[R]) -> int:
        """Return how many rows the table has."""
        count: int = self._execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]  # noqa: S608  # of ours
        return count

    def last_ids(self) -> LastIds:
        """Return the highest ids that were ever given."""
        tables = asdict(LastIds())
        given = self._execute("SELECT name, seq FROM sqlite_sequence")
        return LastIds(**{name: last for name, last in given if name in tables})

    def add(self, table: Table[R], rows: Iterable[R]) -> None:
        """Keep the rows as they are."""
        statements = _STATEMENTS[table.name]
        try:
            self._execute_many(statements.insert, map(statements.columns, rows))
        except (sqlite3.IntegrityError, OverflowError) as error:
            raise InvalidState(f"Rows of {table.name} contradict each other") from error
        if table is model.USERS:
            self._execute(archive_statements.KEY_USERS)

    def set_last_ids(self, last: LastIds) -> None:
        """Give new rows higher ids."""
        for name, number in asdict(last).items():
            changed = self._execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (number, name)
            )
            if changed.rowcount == 0 and number:
                self._execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, number))
