"""Connections and transactions: one writer, many readers, commits that last."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mosaic_adapters.sqlite.errors import opening, reading, translated, translation
from mosaic_adapters.sqlite.inspection import inspect
from mosaic_adapters.sqlite.migrations import migrate
from mosaic_adapters.sqlite.place import Identity, Place, identity_of, require_identity
from mosaic_adapters.sqlite.private import make_private
from mosaic_adapters.sqlite.readers import Readers, Snapshot
from mosaic_adapters.sqlite.record_staging import SqliteRecordStaging
from mosaic_adapters.sqlite.revision import Revision
from mosaic_adapters.sqlite.staging import SqliteStaging, sweep
from mosaic_adapters.sqlite.unit import Part, SqliteUnit, WriterUnit
from mosaic_adapters.sqlite.writing_turns import WritingTurns
from mosaic_adapters.turns import OncePerTurn
from mosaic_core.errors import ServiceUnavailable
from mosaic_core.store import Store
from mosaic_core.tally import Counted, NoTally, Tally
from mosaic_core.texts import name_key

_CHECKS_REST = 50
"""The whole file is looked through again after so many times as long as that took: it costs 2 % of a core."""

_UNDOING_SECONDS = 0.5


def connect(path: Path, busy_timeout: float) -> sqlite3.Connection:
    """Open a connection on which every acknowledged commit survives the loss of power.

    `busy_timeout` is in seconds. The connection may move between threads, but serves one at a time. The file
    must be there: SQLite would make an empty one, and delete the log of the one that was there before.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=busy_timeout,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.create_function("name_key", 1, name_key, deterministic=True)
    return connection


class SqliteStore(Store):
    """A store in one SQLite file. Several processes may use the file at once.

    It serves no other file than the one it opened: while that is not in its place, everything raises
    ServiceUnavailable.
    """

    def __init__(
        self,
        path: Path,
        busy_timeout: float = 5.0,
        tally: Tally | None = None,
        *,
        joined: Identity = None,
    ) -> None:
        """Open the file, make it if it is absent, and bring its schema up to date.

        With the identity of a file that another process has opened, nothing but that very file is opened, and
        nothing of it is changed. `busy_timeout` is in seconds.
        """
        self._path = path
        self._busy_timeout = busy_timeout
        self._tally = tally or NoTally()
        self._turn = threading.Lock()
        self._writing = threading.Lock()
        self._writer_thread: int | None = None
        self._readers = Readers(lambda: connect(path, busy_timeout))
        self._next_whole_check = 0.0
        self._is_closed = False
        if joined is None:
            inspect(path)
            make_private(path)
            sweep(path.parent)
        identity = joined or identity_of(str(path))
        require_identity(path, identity)
        with opening(path):
            connection = connect(path, busy_timeout)
            if joined is None:
                migrate(connection)
            connection.execute("PRAGMA busy_timeout = 0")  # from now on, turns are waited for
            self._writer = WriterUnit(connection)
            self._revision = Revision(connect(path, busy_timeout))
        self._place = Place(path, identity)
        self._turns = WritingTurns(path.parent, busy_timeout)
        self._elsewhere = OncePerTurn(self._asked_elsewhere)

    def read(self) -> AbstractContextManager[SqliteUnit]:
        """Open one consistent snapshot on a connection of its own; inside a write, see the write's state."""
        self._require_open()
        if self._writer_thread == threading.get_ident():
            return self._read_inside()
        if not self._elsewhere.is_answered():
            self._place.require()
        return Snapshot(self._readers, self._tally)

    def hurried(self) -> AbstractContextManager[object]:
        """Return what makes reads of this thread raise TakesLong rather than take long."""
        return self._readers.hurry

    def write(self) -> AbstractContextManager[SqliteUnit]:
        """Open a transaction, or a savepoint inside this thread's own."""
        self._require_open()
        if self._writer_thread == threading.get_ident():
            return Part(self._writer)
        return self._write()

    def stage(self) -> SqliteStaging:
        """Open an empty staging in a file beside the database."""
        self._require_open()
        return SqliteStaging(self._path.parent)

    def stage_records(self) -> SqliteRecordStaging:
        """Open an empty staging in a file beside the database."""
        self._require_open()
        return SqliteRecordStaging(self._path.parent)

    def elsewhere(self) -> int:
        """Return how many commits of other processes there were, asked once per turn of an event loop."""
        self._require_open()
        try:
            return self._elsewhere()
        except sqlite3.DatabaseError as error:
            raise translation(error) from error

    def check(self) -> None:
        """Read real rows through a new connection, so that no page cache hides a damaged file.

        The whole file is gone through as well, unless that would take more than a fiftieth of the time.
        """
        self._require_open()
        self._place.require()
        with translated():
            connection = connect(self._path, self._busy_timeout)
            try:
                connection.execute("SELECT max(id) FROM users").fetchone()
                connection.execute("SELECT number FROM revision").fetchone()
                if time.monotonic() >= self._next_whole_check:
                    self._check_whole(connection)
            finally:
                connection.close()

    def close(self) -> None:
        """Close all idle connections; the last one empties the write-ahead log.

        A statement that still runs in the writer's transaction is interrupted. A transaction that goes on all
        the same is left alone: it ends with the process, undone.
        """
        if self._is_closed:
            return
        self._is_closed = True
        if self._stops_writing():
            self._writer.close()
            self._turns.close()
        self._readers.close()
        self._revision.close()

    def _require_open(self) -> None:
        if self._is_closed:
            raise ServiceUnavailable("The store is closed")

    def _asked_elsewhere(self) -> int:
        self._place.require()
        return self._revision.elsewhere()

    def _check_whole(self, connection: sqlite3.Connection) -> None:
        started = time.monotonic()
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError("the database file is damaged")
        now = time.monotonic()
        self._next_whole_check = now + _CHECKS_REST * (now - started)

    @contextmanager
    def _read_inside(self) -> Iterator[SqliteUnit]:
        with reading():
            yield self._writer.reader()

    @contextmanager
    def _write(self) -> Iterator[SqliteUnit]:
        self._take_turn()
        begun = time.perf_counter()
        try:
            with translated():
                yield from self._transaction()
            pending = self._writer.pending
        finally:
            self._writer.staged.release()
            self._writer_thread = None
            self._writing.release()
            self._tally.add_taken(Counted.WRITES, Counted.WRITE_SECONDS, time.perf_counter() - begun)
        pending.run_actions()
        self._place.require("this may be lost")

    def _transaction(self) -> Iterator[WriterUnit]:
        unit = self._writer
        self._turns.begin(unit.begin)
        self._writer_thread = threading.get_ident()
        try:
            self._place.require()
            yield unit
            unit.settle()
            with self._revision.bumped(unit):
                self._place.require("nothing was changed")
                unit.commit()
        except BaseException:
            unit.roll_back()
            raise

    def _stops_writing(self) -> bool:
        """Interrupt a running statement and keep the writer's place; return whether it was free in time."""
        if self._writing.acquire(blocking=False):
            return True
        self._writer.interrupt()
        return self._writing.acquire(timeout=_UNDOING_SECONDS)

    def _take_turn(self) -> None:
        """Wait for the writer's place; whoever waits here goes before one who has just left it."""
        with self._turn:
            if not self._writing.acquire(timeout=self._busy_timeout):
                raise ServiceUnavailable("The database is busy", {"retry_after": 1})
