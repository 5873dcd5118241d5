"""Noticing what other processes commit."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class _Executes(Protocol):
    def execute(self, sql: str) -> sqlite3.Cursor: ...


class Revision:
    """Counts the commits of all processes in a row that every writing transaction raises by one.

    A number above the newest one that this process knows is the work of another.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._known = self._number()
        self._missed = False

    def overtaken(self) -> bool:
        """Tell whether another process has committed since this was last asked."""
        with self._lock:
            number = self._number()
            missed, self._missed = self._missed or number > self._known, False
            self._known = max(number, self._known)
            return missed

    @contextmanager
    def bumped(self, transaction: _Executes) -> Iterator[None]:
        """Raise the number within the transaction that the `with` block commits."""
        number = transaction.execute("UPDATE revision SET number = number + 1 RETURNING number").fetchone()[0]
        with self._lock:
            self._missed |= number - 1 > self._known
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

    def _number(self) -> int:
        number: int = self._connection.execute("SELECT number FROM revision").fetchone()[0]
        return number
