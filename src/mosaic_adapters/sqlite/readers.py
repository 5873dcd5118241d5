"""Connections that only read, some of them in a hurry."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import get_ident
from typing import TypeVar

from mosaic_adapters.sqlite.unit import SqliteUnit

_IDLE = 4
"""So many connections of either kind are kept open."""

_STEPS = 1_000
_MOST = 60
"""A hurried transaction may take so many thousand steps of SQLite's machine, which are a few milliseconds. A
page of 500 joined rows needs 20, what is asked most often less than 5."""

_NO_END = 2**62


class Readers:
    """The connections for reading, each with its unit of work."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self.hurry = Hurry()
        self._connect = connect
        self._idle: list[SqliteUnit] = []
        self._hurried_idle: list[_HurriedUnit] = []

    def snapshot(self) -> AbstractContextManager[SqliteUnit]:
        """Open one consistent snapshot on a connection of its own."""
        return self._hurried() if get_ident() in self.hurry.threads else self._unhurried()

    def close(self) -> None:
        """Close all connections that nobody uses."""
        for idle in (self._idle, self._hurried_idle):
            while idle:
                idle.pop().close()

    @contextmanager
    def _unhurried(self) -> Iterator[SqliteUnit]:
        unit = _one_of(self._idle) or SqliteUnit(self._opened())
        unit.execute("BEGIN")
        try:
            yield unit
        finally:
            unit.execute("COMMIT")
            _put_back(unit, self._idle)

    @contextmanager
    def _hurried(self) -> Iterator[SqliteUnit]:
        unit = _one_of(self._hurried_idle) or _HurriedUnit(self._opened())
        unit.execute("BEGIN")
        unit.left = _MOST
        try:
            yield unit
        finally:
            unit.left = _NO_END
            unit.execute("COMMIT")
            _put_back(unit, self._hurried_idle)

    def _opened(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return connection


class Hurry:
    """As long as it is open, the thread that opened it is in a hurry."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def __enter__(self) -> None:
        self.threads.add(get_ident())

    def __exit__(self, *_: object) -> None:
        self.threads.discard(get_ident())


class _HurriedUnit(SqliteUnit):
    """A unit that interrupts its statements when they have taken too many steps in all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection, is_hurried=True)
        self.left = _NO_END
        connection.set_progress_handler(self._is_over, _STEPS)

    def _is_over(self) -> bool:
        self.left -= 1
        return self.left < 0


_U = TypeVar("_U", bound=SqliteUnit)


def _one_of(idle: list[_U]) -> _U | None:
    with suppress(IndexError):
        return idle.pop()
    return None


def _put_back(unit: _U, idle: list[_U]) -> None:
    if len(idle) < _IDLE:
        idle.append(unit)
    else:
        unit.close()
