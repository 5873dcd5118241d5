"""Rows that are staged outside any transaction that others wait for."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from mosaic_adapters.postgresql.errors import translated
from mosaic_adapters.postgresql.links import PLAIN, Link, Links
from mosaic_adapters.postgresql.transaction import AT_ONCE, Transaction, Writing, columns_of
from mosaic_adapters.postgresql.trips import Statement
from mosaic_core.entries.ports import StagedRow, Staging
from mosaic_core.errors import MosaicError, ServiceUnavailable

_SWEEP = "DELETE FROM stagings WHERE opened_at < now() - interval '1 day'"

_ADD = """
    INSERT INTO staged_rows (staging, day, activity_key, value, note)
    SELECT %s, day, activity_key, value, note
    FROM unnest(%s::date[], %s::text[], %s::float8[], %s::text[]) AS new (day, activity_key, value, note)
    ON CONFLICT DO NOTHING RETURNING day, activity_key"""
_ROWS = f"""
    SELECT day, activity_key, value, note FROM staged_rows
    WHERE staging = %(staging)s AND day <= %(day)s AND (day < %(day)s OR activity_key > %(key)s)
    ORDER BY day DESC, activity_key LIMIT {AT_ONCE}"""  # noqa: S608  # a number


_IS_THERE = "SELECT 1 FROM stagings WHERE id = %s"


class StagingPlace:
    """A number under which rows are staged, in transactions of their own.

    A crash of PostgreSQL empties tables that are not logged. Whatever uses a staging from before that raises
    ServiceUnavailable: less than was staged must not pass for all of it.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        with self._links.seat() as seat:
            transaction = Writing(seat, PLAIN)
            self.number: int = transaction.changed("INSERT INTO stagings DEFAULT VALUES RETURNING id")[0][0]
            transaction.commit()
        self._is_closed = False

    def _found(self, sql: str, values: dict[str, object]) -> list[Any]:
        """Return the next rows. No connection is kept from one time to the next."""
        with translated(), self._links.seat() as seat:
            transaction = Transaction(seat, PLAIN)
            found = transaction.rows(sql, values)
            if not found:
                self.require(transaction)
            transaction.end()
        return found

    def require(self, transaction: Transaction) -> None:
        """Raise ServiceUnavailable if what was staged is lost."""
        if not transaction.row(_IS_THERE, (self.number,)):
            raise _lost()

    @contextmanager
    def _adding(self) -> Iterator[Writing]:
        """Give a transaction to add rows in."""
        with translated(), self._links.seat() as seat:
            transaction = Writing(seat, PLAIN)
            try:
                with transaction.unhurried():
                    yield transaction
                    transaction.commit()
            except psycopg.errors.ForeignKeyViolation:
                raise _lost() from None

    def close(self) -> None:
        """Remove the rows. What cannot be removed now is, when a server starts a day later."""
        if self._is_closed:
            return
        self._is_closed = True
        with suppress(psycopg.Error, MosaicError), self._links.seat() as seat:
            transaction = Writing(seat, PLAIN)
            with transaction.unlimited():
                transaction.commit(Statement("DELETE FROM stagings WHERE id = %s", (self.number,)))


class PostgresqlStaging(StagingPlace, Staging):
    """The staged rows of an import."""

    def add(self, rows: Sequence[StagedRow]) -> Sequence[bool]:
        """Keep the rows; return for each whether it was kept."""
        with self._adding() as transaction:
            told = transaction.changed(_ADD, (self.number, *columns_of(rows, 4)))
        kept = set(told)
        return [_is_first(row, kept) for row in rows]

    def rows(self) -> Iterator[StagedRow]:
        """Yield the rows that were kept, the newest day first and then by name key."""
        day, key = dt.date.max, ""
        while rows := self._found(_ROWS, {"staging": self.number, "day": day, "key": key}):
            yield from rows
            day, key, *_ = rows[-1]


def _lost() -> ServiceUnavailable:
    return ServiceUnavailable("What was read so far is lost: the database has restarted", {"retry_after": 1})


def sweep(link: Link) -> None:
    """Remove the stagings of servers that have died."""
    link.execute(_SWEEP)


def _is_first(row: StagedRow, kept: set[tuple[object, ...]]) -> bool:
    """Return whether the row was kept: of several for one place, the first was."""
    if row[:2] not in kept:
        return False
    kept.remove(row[:2])
    return True
