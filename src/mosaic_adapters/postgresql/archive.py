"""All that is in a PostgreSQL database, as a stream of rows for each table."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import psycopg
from attrs import asdict

from mosaic_adapters.postgresql import archive_statements, archive_wearables
from mosaic_adapters.postgresql.archive_statements import Statements
from mosaic_adapters.postgresql.transaction import INSTALLATION, SHARED, Transaction
from mosaic_core.backups import model
from mosaic_core.backups.model import LastIds, Table
from mosaic_core.backups.ports import ArchiveRepository
from mosaic_core.errors import InvalidState
from mosaic_core.texts import name_key

R = TypeVar("R")

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

_ONLY_ONCE: Mapping[str, str] = {
    model.ACTIVITIES.name: "id",
    model.PAUSES.name: "id",
    model.RULES.name: "id",
    model.ENTRIES.name: "id",
    model.AUDIT_EVENTS.name: "id",
    model.TOKENS.name: "hash",
    model.WEBHOOKS.name: "id",
    model.WEARABLE_SOURCES.name: "id",
    model.WEARABLE_RAW.name: "id",
}
"""What no two owners may share, though each key holds for one owner alone."""

_NUMBERED = {*asdict(LastIds()), model.WEARABLE_RAW.name}
"""The tables whose rows have ids."""

_COUNT_ENTRIES = """
    INSERT INTO entry_totals (user_id, total) SELECT user_id, count(*) FROM entries GROUP BY user_id"""
_OF_NO_ACTIVITY = """
    SELECT 1 FROM pauses AS p
    WHERE activity_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM activities AS a WHERE a.id = p.activity_id)"""
_SPELT_OTHERWISE = "SELECT id, username FROM users WHERE username_key ~ '[^ -~]' ORDER BY id"
_KEY_USER = """
    UPDATE users SET username_key = %(key)s
    WHERE id = %(id)s AND NOT EXISTS (SELECT 1 FROM users WHERE username_key = %(key)s)"""


class PostgresqlArchive(ArchiveRepository):
    """All tables but those of summed-up days; each has the name that it has in an archive."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def rows(self, table: Table[R]) -> Iterator[R]:
        """Yield the rows of the table."""
        one = _STATEMENTS[table.name]
        for rows in self._in.blocks(
            f"SELECT {one.names} FROM {table.name} {_where(table)} ORDER BY {one.order}"  # noqa: S608  # of ours
        ):
            yield from one.values(rows)

    def count(self, table: Table[R]) -> int:
        """Return how many rows the table has."""
        self._in.own(INSTALLATION, SHARED)
        with self._in.unlimited():
            return self._in.number(f"SELECT count(*) FROM {table.name} {_where(table)}")  # noqa: S608  # of ours

    def last_ids(self) -> LastIds:
        """Return the highest ids that were ever given."""
        return LastIds(
            **{
                name: self._in.number(
                    f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {_sequence(name)}"  # noqa: S608
                )
                for name in asdict(LastIds())
            }
        )

    def add(self, table: Table[R], rows: Iterable[R]) -> None:
        """Keep the rows as they are."""
        one = _STATEMENTS[table.name]
        self._in.own(INSTALLATION, SHARED)
        with self._in.unlimited():
            try:
                self._in.copy(table.name, ", ".join(one.written), map(one.columns, rows))
            except (psycopg.IntegrityError, psycopg.DataError) as error:
                raise _contradiction(table) from error
            self._require_once(table)
            if table.name in _NUMBERED:
                self._raise_ids(table.name, self._in.number(f"SELECT max(id) FROM {table.name}"))  # noqa: S608
            if table is model.USERS:
                self._key_users()
            elif table is model.PAUSES and self._in.row(_OF_NO_ACTIVITY):
                raise _contradiction(table)
            elif table is model.ENTRIES:
                self._in.change(_COUNT_ENTRIES)

    def set_last_ids(self, last: LastIds) -> None:
        """Give new rows higher ids, even if this is undone."""
        for name, number in asdict(last).items():
            self._raise_ids(name, number)

    def _raise_ids(self, name: str, number: int) -> None:
        """Give new rows of the table ids above the number."""
        sequence = _sequence(name)
        self._in.changed(
            f"""SELECT setval('{sequence}', %(number)s) FROM {sequence}
                WHERE %(number)s > last_value OR (%(number)s = last_value AND NOT is_called)""",  # noqa: S608
            {"number": number},
        )

    def _require_once(self, table: Table[R]) -> None:
        column = _ONLY_ONCE.get(table.name)
        if column is not None and self._in.row(
            f"SELECT {column} FROM {table.name} GROUP BY {column} HAVING count(*) > 1 LIMIT 1"  # noqa: S608
        ):
            raise _contradiction(table)

    def _key_users(self) -> None:
        """Key names as they are keyed today, but where that made one of two: those stay two."""
        for user_id, username in self._in.rows(_SPELT_OTHERWISE):
            self._in.change(_KEY_USER, {"id": user_id, "key": name_key(username)})


def _contradiction(table: Table[R]) -> InvalidState:
    return InvalidState(f"Rows of {table.name} contradict each other")


def _where(table: Table[R]) -> str:
    """Return what leaves out the row that stands for nobody."""
    return "WHERE id <> 0" if table is model.USERS else ""


def _sequence(table: str) -> str:
    return "users_id_seq" if table == model.USERS.name else f"{table}_id"
