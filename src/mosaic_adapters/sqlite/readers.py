"""Connections that only read, some of them in a hurry."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import get_ident
from types import TracebackType

from mosaic_adapters.sqlite.errors import reading
from mosaic_adapters.sqlite.unit import SqliteUnit
from mosaic_core.tally import Counted, Tally

_IDLE = 4
"""So many connections of either kind are kept open."""

_STEPS = 4_000
_MOST = 15
"""A hurried transaction may take so many times 4,000 steps of SQLite's machine, which are a few milliseconds.
A page of 500 joined rows needs 5 times that, what is asked most often hardly once. To be told of every
thousand steps makes such a page slower by a hundredth."""

_NO_END = 2**62


class Readers:
    """The connections for reading, each with its unit of work."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self.hurry = Hurry()
        self._connect = connect
        self._idle: dict[bool, list[Reader]] = {False: [], True: []}

    def take(self) -> "Reader":
        """Return a unit with a consistent snapshot, on a connection of its own; `put_back` ends it."""
        is_hurried = get_ident() in self.hurry.threads
        try:
            unit = self._idle[is_hurried].pop()
        except IndexError:
            unit = self._opened(is_hurried=is_hurried)
        unit.begin()
        return unit

    def put_back(self, unit: "Reader") -> None:
        """End the unit's snapshot, and keep it for the next one."""
        unit.end()
        idle = self._idle[unit.is_hurried]
        if len(idle) < _IDLE:
            idle.append(unit)
        else:
            unit.close()

    def close(self) -> None:
        """Close all connections that nobody uses."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def _opened(self, *, is_hurried: bool) -> "Reader":
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return _HurriedReader(connection) if is_hurried else Reader(connection)


class Snapshot(AbstractContextManager[SqliteUnit]):
    """A unit with a consistent snapshot, as long as the block lasts; as a generator, it would take longer."""

    def __init__(self, readers: Readers, tally: Tally) -> None:
        self._readers = readers
        self._tally = tally

    def __enter__(self) -> SqliteUnit:
        self._begun = time.perf_counter()
        with reading():
            self._unit = self._readers.take()
        return self._unit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            with reading():
                self._readers.put_back(self._unit)
            reading().__exit__(kind, error, traceback)
        finally:
            taken = time.perf_counter() - self._begun
            self._tally.add_taken(Counted.READS, Counted.READ_SECONDS, taken)


class Hurry:
    """As long as it is open, the thread that opened it is in a hurry."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def __enter__(self) -> None:
        self.threads.add(get_ident())

    def __exit__(self, *_: object) -> None:
        self.threads.discard(get_ident())


class Reader(SqliteUnit):
    """A unit that only reads."""

    def begin(self) -> None:
        """Begin a snapshot."""
        self.execute("BEGIN")

    def end(self) -> None:
        """End the snapshot."""
        self.execute("COMMIT")


class _HurriedReader(Reader):
    """A unit that interrupts its statements when they have taken too many steps in all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection, is_hurried=True)
        self._left = _NO_END
        connection.set_progress_handler(self._is_over, _STEPS)

    def begin(self) -> None:
        """Begin a snapshot."""
        super().begin()
        self._left = _MOST

    def end(self) -> None:
        """End the snapshot, however many steps it took."""
        self._left = _NO_END
        super().end()

    def _is_over(self) -> bool:
        self._left -= 1
        return self._left < 0
