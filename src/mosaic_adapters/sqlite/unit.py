"""The unit of work on one SQLite connection."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mosaic_adapters.sqlite.activities import SqliteActivities
from mosaic_adapters.sqlite.audit import SqliteAudit
from mosaic_adapters.sqlite.days import SqliteDays
from mosaic_adapters.sqlite.entries import SqliteEntries
from mosaic_adapters.sqlite.idempotency import SqliteIdempotency
from mosaic_adapters.sqlite.staged_entries import SqliteStagedEntries
from mosaic_adapters.sqlite.users import SqliteUsers
from mosaic_adapters.sqlite.wearables import SqliteWearables
from mosaic_core.errors import ServiceUnavailable
from mosaic_core.store import UnitOfWork


class SqliteUnit(UnitOfWork):
    """A connection, its repositories, and the transaction that is open on it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._actions: list[Callable[[], None]] = []
        self.execute = connection.execute
        self.users = SqliteUsers(connection)
        self.activities = SqliteActivities(connection)
        self._days = SqliteDays(connection)
        self.days = self._days
        self.entries = SqliteEntries(connection, self._days)
        self.staged = SqliteStagedEntries(connection, self._days)
        self.wearables = SqliteWearables(connection)
        self.audit = SqliteAudit(connection)
        self.idempotency = SqliteIdempotency(connection)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` once everything written here is durable."""
        self._actions.append(action)

    def take_actions(self) -> list[Callable[[], None]]:
        """Return what is to be done after the commit, and forget it."""
        actions, self._actions = self._actions, []
        return actions

    def begin(self) -> None:
        """Start writing: take the lock at once, so that what is read stays true until it is written."""
        self.execute("BEGIN IMMEDIATE")

    def settle(self) -> None:
        """Bring the summaries of the days that were written up to date."""
        self._require_transaction()
        self._days.settle()

    def roll_back(self) -> None:
        """Undo everything and forget what was to be done after the commit."""
        self._actions.clear()
        self._days.forget_touched()
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo the block alone if it raises."""
        self._require_transaction()
        self.execute("SAVEPOINT part")
        actions, touched = len(self._actions), self._days.touched()
        try:
            yield
        except BaseException:
            del self._actions[actions:]
            self._days.touch_again(touched)
            if self._connection.in_transaction:
                self.execute("ROLLBACK TO part")
                self.execute("RELEASE part")
            raise
        self.execute("RELEASE part")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _require_transaction(self) -> None:
        """Raise if a failure made SQLite give up the transaction: what follows must not commit alone."""
        if not self._connection.in_transaction:
            raise ServiceUnavailable("The database gave up the transaction", {"retry_after": 1})
