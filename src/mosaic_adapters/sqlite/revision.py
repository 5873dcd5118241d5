"""Noticing what other processes commit."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class _Executes(Protocol):
    def execute(self, sql: str) -> sqlite3.Cursor: ...


class Revision:
    """Counts the commits of other processes.

    The file holds one number, which every writing transaction of every process raises by one. This process
    knows the number up to which it has counted; whatever the file's number is beyond that, and what it skips
    between two of our own commits, is the work of others.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._known = self._number()
        self._elsewhere = 0

    def elsewhere(self) -> int:
        """Return how many commits of others there were since this object was made."""
        with self._lock:
            self._count_up_to(self._number())
            return self._elsewhere

    @contextmanager
    def bumped(self, transaction: _Executes) -> Iterator[None]:
        """Raise the number within the transaction that the `with` block commits."""
        number = transaction.execute("UPDATE revision SET number = number + 1 RETURNING number").fetchone()[0]
        with self._lock:
            self._count_up_to(number - 1)
            self._known = number
        try:
            yield
        except BaseException:
            with self._lock:
                self._known = number - 1
            raise

    def close(self) -> None:
        """Release the connection."""
        self._connection.close()

    def _count_up_to(self, number: int) -> None:
        """Count the commits beyond the known number as those of others; our own ones are known already."""
        self._elsewhere += max(0, number - self._known)
        self._known = max(number, self._known)

    def _number(self) -> int:
        number: int = self._connection.execute("SELECT number FROM revision").fetchone()[0]
        return number
