"""Transactions over PostgreSQL: those of different people side by side, those of one as if one by one."""

import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from types import TracebackType
from typing import Any, TypeVar

import psycopg

from mosaic_adapters.postgresql.errors import reading, translated
from mosaic_adapters.postgresql.links import Beginning, Links, told_place
from mosaic_adapters.postgresql.migrations import migrate
from mosaic_adapters.postgresql.record_staging import PostgresqlRecordStaging
from mosaic_adapters.postgresql.revision import Revision, fold
from mosaic_adapters.postgresql.runs import Run, current_run
from mosaic_adapters.postgresql.staging import PostgresqlStaging, sweep
from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_adapters.postgresql.trips import Statement
from mosaic_adapters.postgresql.unit import Part, PostgresqlUnit, WriterUnit
from mosaic_adapters.tallies import timed
from mosaic_core.errors import ServiceUnavailable, TakesLong
from mosaic_core.store import Store
from mosaic_core.tally import Counted, NoTally, Tally

T = TypeVar("T")

_LOOPS_WATCH_SOCKETS = sys.platform != "win32"
_LONGEST_REASON = 200
_IDLE = 20
_BEGIN_READING = Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
_BEGIN_WRITING = Statement("BEGIN ISOLATION LEVEL READ COMMITTED")
_LIMIT = "SELECT set_config('statement_timeout', %s, true)"
_LIMITS = """
    SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true),
           set_config('idle_in_transaction_session_timeout', %s, true)"""
"""A server that stops in the middle of a write keeps others from what is that person's no longer."""


class PostgresqlStore(Store):
    """A store in a PostgreSQL database. Any number of servers may use it at once.

    It relies on nothing that lives longer than a transaction, so a pooler may stand between. A write takes an
    advisory lock of each person before it looks at what is theirs: writes of one person come one after
    another, those of different people run side by side. Where two wait for each other, one of them raises
    SerializationFailure.
    """

    def __init__(
        self,
        url: str,
        connections: int = 8,
        busy_timeout: float = 5.0,
        tally: Tally | None = None,
        *,
        makes_tables: bool = True,
    ) -> None:
        """Open the database at libpq's `url` with at most so many connections; bring its schema up to date.

        `busy_timeout` is in seconds: for a free connection, for a lock, and for the answer to a statement.
        Raises ServiceUnavailable, which names host and database, if it cannot be used; also if it is empty,
        unless it `makes_tables`.
        """
        limit = round(busy_timeout * 1000)
        limited = (_BEGIN_READING, Statement(_LIMIT, (f"{limit}",)))
        self._statement = Beginning((), limited)
        self._snapshot = Beginning((_BEGIN_READING,), limited)
        writing = (_BEGIN_WRITING, Statement(_LIMITS, (f"{limit}", f"{limit}", f"{_IDLE * limit}")))
        self._writing = Beginning(writing, writing)
        self._tally = tally or NoTally()
        self._is_closed = False
        self._of_thread = threading.local()
        self._links = Links(url, max(1, connections - 1), busy_timeout)
        with _opening(url):
            self._prepare(makes_tables=makes_tables)
        self._revision = Revision(self._links)

    def read(self) -> AbstractContextManager[PostgresqlUnit]:
        """Open one consistent snapshot on a connection of its own; inside a write, see the write's state."""
        return self._reading(self._snapshot)

    def look(self) -> AbstractContextManager[PostgresqlUnit]:
        """Open a unit each of whose statements sees what is committed by then."""
        return self._reading(self._statement)

    def _reading(self, beginning: Beginning) -> AbstractContextManager[PostgresqlUnit]:
        self._require_open()
        writer = self._writer()
        return _Reading(self._links, beginning, self._tally) if writer is None else _looking(writer)

    def write(self) -> AbstractContextManager[WriterUnit]:
        """Open a transaction, or a part of this thread's own."""
        self._require_open()
        _require_thread()
        writer = self._writer()
        return self._writing_anew() if writer is None else Part(writer)

    @contextmanager
    def _writing_anew(self) -> Iterator[WriterUnit]:
        with (
            timed(self._tally, Counted.WRITES, Counted.WRITE_SECONDS),
            translated(),
            self._links.seat() as seat,
        ):
            unit = WriterUnit(
                seat, self._writing, comes_again=getattr(self._of_thread, "has_lost_race", False)
            )
            yield from self._transaction(unit)
        unit.pending.run_actions()

    def stage(self) -> PostgresqlStaging:
        """Open an empty staging in a table that is not logged."""
        self._require_open()
        with translated():
            return PostgresqlStaging(self._links)

    def stage_records(self) -> PostgresqlRecordStaging:
        """Open an empty staging in a table that is not logged."""
        self._require_open()
        with translated():
            return PostgresqlRecordStaging(self._links)

    def elsewhere(self) -> int:
        """Return how many commits of other servers there were."""
        self._require_open()
        run = current_run()
        told: int | None = getattr(self._of_thread, "told", None) if run is None else run.elsewhere
        return self._revision.elsewhere() if told is None else told

    def require_answers(self) -> None:
        """Raise ServiceUnavailable while the database gives no answer and somebody tries, or just has."""
        self._links.require_chance()

    def awaited_elsewhere(self) -> Coroutine[Any, Any, int]:
        """Return what `elsewhere` does, while the event loop turns."""
        self._require_open()
        if not _LOOPS_WATCH_SOCKETS:
            raise TakesLong
        return self._revision.awaited_elsewhere()

    def awaited(
        self, use_case: Callable[[], T], elsewhere: int, take_turn: Callable[[], Awaitable[None]]
    ) -> Coroutine[Any, Any, T]:
        """Run a use case that reads while the event loop turns."""
        return Run(use_case, elsewhere, take_turn).result()

    @contextmanager
    def told(self, elsewhere: int) -> Iterator[None]:
        """Let this thread take that for the answer of `elsewhere`."""
        self._of_thread.told = elsewhere
        try:
            yield
        finally:
            self._of_thread.told = None

    def state(self) -> str:
        """Return what all servers have counted, by the last question; "" where that has just changed.

        What is shared under it lies across a network, too, and is waited for in a thread.
        """
        _require_thread()
        return self._revision.state

    def check(self) -> None:
        """Read real rows."""
        with self.read() as unit:
            unit.users.get(1)
            unit.backups.plan()

    def close(self) -> None:
        """Close all idle connections; those in use are closed when their transactions have ended."""
        if not self._is_closed:
            self._is_closed = True
            self._links.close()
            self._revision.close()

    def _prepare(self, *, makes_tables: bool) -> None:
        with closing(self._links.connect()) as link:
            migrate(link, makes_tables=makes_tables)
            with link.transaction(), link.unlimited():
                fold(link)
                sweep(link)

    def _transaction(self, unit: WriterUnit) -> Iterator[WriterUnit]:
        self._of_thread.unit = unit
        try:
            yield unit
            unit.settle()
            if unit.is_begun:
                with self._revision.raising() as raised:
                    unit.commit(raised)
        except BaseException:
            unit.roll_back()
            raise
        finally:
            self._of_thread.unit = None
            self._of_thread.has_lost_race = unit.has_lost_race  # what lost it is run again next

    def _writer(self) -> WriterUnit | None:
        unit: WriterUnit | None = getattr(self._of_thread, "unit", None)
        return unit

    def _require_open(self) -> None:
        if self._is_closed:
            raise ServiceUnavailable("The store is closed")


@contextmanager
def _looking(writer: WriterUnit) -> Iterator[PostgresqlUnit]:
    with reading():
        yield writer.reader()


class _Reading:
    """A transaction that reads."""

    def __init__(self, links: Links, beginning: Beginning, tally: Tally) -> None:
        self._translated = reading()
        self._timed = timed(tally, Counted.READS, Counted.READ_SECONDS)
        self._seat = links.seat()
        self._in = Transaction(self._seat, beginning)

    def __enter__(self) -> PostgresqlUnit:
        self._timed.__enter__()
        self._seat.__enter__()
        return PostgresqlUnit(self._in)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._in.end()
        finally:
            self._seat.__exit__(kind, error, trace)
            self._timed.__exit__(kind, error, trace)
        self._translated.__exit__(kind, error, trace)


def _require_thread() -> None:
    """Raise TakesLong on an event loop."""
    if current_run() is not None:
        raise TakesLong


@contextmanager
def _opening(url: str) -> Iterator[None]:
    """Raise ServiceUnavailable, which names the database and the reason, if it cannot be opened."""
    place = told_place(url)
    try:
        yield
    except psycopg.Error as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise ServiceUnavailable(f"{place} cannot be used: {reason}") from None
    except ServiceUnavailable as error:
        raise ServiceUnavailable(f"{place} cannot be used: {error.message}") from error
