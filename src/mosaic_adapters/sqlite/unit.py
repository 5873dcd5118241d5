"""The unit of work on one SQLite connection."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from types import TracebackType
from typing import Any, cast

from mosaic_adapters.sqlite.activities import SqliteActivities
from mosaic_adapters.sqlite.archive import SqliteArchive
from mosaic_adapters.sqlite.audit import SqliteAudit
from mosaic_adapters.sqlite.backups import SqliteBackups
from mosaic_adapters.sqlite.entries import SqliteEntries
from mosaic_adapters.sqlite.errors import translated, translation
from mosaic_adapters.sqlite.idempotency import SqliteIdempotency
from mosaic_adapters.sqlite.pasts import SqlitePasts
from mosaic_adapters.sqlite.pauses import SqlitePauses
from mosaic_adapters.sqlite.rules import SqliteRules
from mosaic_adapters.sqlite.sessions import SqliteSessions
from mosaic_adapters.sqlite.staged_entries import SqliteStagedEntries
from mosaic_adapters.sqlite.summaries import SqliteSummaries
from mosaic_adapters.sqlite.tokens import SqliteTokens
from mosaic_adapters.sqlite.users import SqliteUsers
from mosaic_adapters.sqlite.wearables import SqliteWearables
from mosaic_adapters.sqlite.webhooks import SqliteWebhooks
from mosaic_core.entries.model import Met, TodayRow
from mosaic_core.errors import MosaicError, ServiceUnavailable, StorageFull
from mosaic_core.paging import Page
from mosaic_core.pending import Mark, Pending, SettledSummaries
from mosaic_core.stats.ports import SummaryRepository
from mosaic_core.store import UnitOfWork


class SqliteUnit(UnitOfWork):
    """A connection, its repositories, and the transaction that is open on it."""

    def __init__(self, connection: sqlite3.Connection, *, is_hurried: bool = False) -> None:
        self._connection = connection
        self.is_hurried = is_hurried
        self.execute = connection.execute
        self.users = SqliteUsers(connection)
        self.sessions = SqliteSessions(connection)
        self.tokens = SqliteTokens(connection)
        self.webhooks = SqliteWebhooks(connection)
        self.activities = SqliteActivities(connection)
        self.entries = SqliteEntries(connection)
        self.staged = SqliteStagedEntries(connection)
        self.pauses = SqlitePauses(connection)
        self.pasts = SqlitePasts(connection)
        self.rules = SqliteRules(connection)
        self.summaries: SummaryRepository = SqliteSummaries(connection, is_hurried=is_hurried)
        self.wearables = SqliteWearables(connection)
        self.audit = SqliteAudit(connection)
        self.idempotency = SqliteIdempotency(connection)
        self.backups = SqliteBackups(connection)
        self.archive = SqliteArchive(connection)
        self.pending = Pending()

    def met(self, owner: int | None, name: str, day: dt.date) -> Met:
        """Return what an entry of the owner's, of an activity of that name, meets on the day."""
        return self.entries.met(owner, name, day) or super().met(owner, name, day)

    def sheet(self, user_id: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
        """Return what is active on the day of the user's and the shared activities."""
        if self.entries.anything_shared():
            return super().sheet(user_id, day, page)
        return self.entries.today(user_id, day, page)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class WriterUnit(SqliteUnit):
    """The unit that writes. Its repositories are of no use outside of its transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        guarded = _TransactionAlone(connection, self._require_transaction)
        super().__init__(cast("sqlite3.Connection", guarded))
        self._connection = connection
        self.execute = connection.execute
        self.staged = SqliteStagedEntries(cast("sqlite3.Connection", guarded), connection.execute)
        self._given_up: MosaicError | None = None
        self._reader = _reading(connection, self.settle)

    def begin(self) -> None:
        """Start writing: take the lock at once, so that what is read stays true until it is written.

        Fails at once where another process has it.
        """
        self.pending = Pending()
        self._given_up = None
        self.execute("BEGIN IMMEDIATE")

    def settle(self) -> None:
        """Sum up the days that were written."""
        self._require_transaction()
        self.pending.settle(self)

    def commit(self) -> None:
        """Make everything durable."""
        self.execute("COMMIT")

    def roll_back(self) -> None:
        """Undo everything."""
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def reader(self) -> SqliteUnit:
        """Return a unit that sees what was written so far, and takes no changes."""
        self._require_transaction()
        return self._reader

    def begin_part(self) -> Mark:
        """Begin a part of the transaction, which can be undone alone; `undo_part` wants what this returns."""
        self._require_transaction()
        self.execute("SAVEPOINT part")
        return self.pending.mark()

    def end_part(self) -> None:
        """Make the part one with the rest of the transaction."""
        self.execute("RELEASE part")

    def undo_part(self, mark: Mark, error: BaseException) -> None:
        """Undo the part, which failed by that error."""
        self.pending.back_to(mark)
        if self._connection.in_transaction:
            self.execute("ROLLBACK TO part")
            self.execute("RELEASE part")
        else:
            self._given_up = self._given_up or _store_failure(error)

    def interrupt(self) -> None:
        """Make the statement that another thread runs here fail."""
        self._connection.interrupt()

    def _require_transaction(self) -> None:
        """Raise if a failure made SQLite give up the transaction: what follows must not commit alone.

        Everybody whose part is lost by that is told of the failure itself: that the disk is full, for one.
        """
        if not self._connection.in_transaction:
            raise self._given_up or ServiceUnavailable(
                "The database gave up the transaction", {"retry_after": 1}
            )


class Part(AbstractContextManager[WriterUnit]):
    """A part of the writer's transaction, which is undone alone if it fails.

    Each use case of a group is one: as a generator, it would take half as long again.
    """

    def __init__(self, unit: WriterUnit) -> None:
        self._unit = unit

    def __enter__(self) -> WriterUnit:
        with translated():
            self._mark = self._unit.begin_part()
        return self._unit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with translated():
            if error is None:
                self._unit.end_part()
            else:
                self._unit.undo_part(self._mark, error)
        translated().__exit__(kind, error, traceback)


def _reading(connection: sqlite3.Connection, settle: Callable[[], None]) -> SqliteUnit:
    """Return a unit that sees what was written so far, days summed up, and takes no changes."""
    unit = SqliteUnit(cast("sqlite3.Connection", _ReadOnlyConnection(connection)))
    settled = unit.summaries
    unit.summaries = SettledSummaries(settle, lambda: settled)
    return unit


def _store_failure(error: BaseException) -> MosaicError | None:
    """Return Mosaic's error for a failure of the store, or None for any other error."""
    if isinstance(error, sqlite3.DatabaseError):
        return translation(error)
    return error if isinstance(error, StorageFull | ServiceUnavailable) else None


class _Fetched:
    """The rows of a statement that has ended: some statements do not survive a pragma in their middle."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = iter(rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchone(self) -> Any:  # noqa: ANN401  # any row
        return next(self._rows, None)

    def fetchmany(self, size: int) -> list[Any]:
        return list(islice(self._rows, size))

    def fetchall(self) -> list[Any]:
        return list(self._rows)


class _TransactionAlone:
    """The writer's connection, which takes no statement that would be a transaction by itself.

    SQLite's `query_only` would refuse those, too, but each change of it makes every statement be prepared
    anew, which takes longer than a small transaction.
    """

    def __init__(self, connection: sqlite3.Connection, require_transaction: Callable[[], None]) -> None:
        self._connection = connection
        self._require_transaction = require_transaction

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:  # noqa: ANN401  # as the connection's
        if not self._connection.in_transaction:
            self._require_transaction()
        return self._connection.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any]) -> sqlite3.Cursor:
        self._require_transaction()
        return self._connection.executemany(sql, parameters)


class _ReadOnlyConnection:
    """The writer's connection in the middle of a transaction, for one who only reads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:  # noqa: ANN401  # as the connection's
        with self._unchanged():
            return cast("sqlite3.Cursor", _Fetched(self._connection.execute(sql, parameters).fetchall()))

    def executemany(self, sql: str, parameters: Iterable[Any]) -> sqlite3.Cursor:
        with self._unchanged():
            return self._connection.executemany(sql, parameters)

    @contextmanager
    def _unchanged(self) -> Iterator[None]:
        self._connection.execute("PRAGMA query_only = ON")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA query_only = OFF")
