"""Processes that write to one database take turns."""

import errno
import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.sqlite.writing_turns import WritingTurns
from mosaic_core.errors import ServiceUnavailable
from mosaic_core.store import Store


@contextmanager
def writing_all_the_time(store: Store) -> Iterator[Callable[[], int]]:
    """Write again and again without a pause; give what tells how often that was."""
    number = 0
    is_over = threading.Event()

    def write() -> None:
        nonlocal number
        while not is_over.is_set():
            with store.write():
                time.sleep(0.02)
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield lambda: number
    finally:
        is_over.set()
        thread.join()


def test_whoever_waits_goes_before_who_has_just_written(tmp_path: Path) -> None:
    with (
        closing(SqliteStore(tmp_path / "mosaic.db")) as busy,
        closing(SqliteStore(tmp_path / "mosaic.db")) as other,
        writing_all_the_time(busy) as writes,
    ):
        overtaken = []
        for _ in range(20):
            before = writes()
            with other.write():
                overtaken.append(writes() - before)
    assert max(overtaken) <= 20  # without turns about a hundred; a busy machine keeps this thread from asking


def test_who_waits_for_too_long_is_refused(tmp_path: Path) -> None:
    with (
        closing(SqliteStore(tmp_path / "mosaic.db", 0.05)) as one,
        closing(SqliteStore(tmp_path / "mosaic.db", 0.05)) as other,
    ):
        with one.write(), pytest.raises(ServiceUnavailable), other.write():
            pass
        with other.write():
            pass


def test_who_waits_behind_somebody_who_waits_is_refused_as_well(tmp_path: Path) -> None:
    patient, hasty = WritingTurns(tmp_path, 10.0), WritingTurns(tmp_path, 0.02)
    is_waiting, may_end = threading.Event(), threading.Event()

    def begin() -> None:
        is_waiting.set()
        assert may_end.wait(60)

    waiting = threading.Thread(target=patient.begin, args=(begin,))
    waiting.start()
    assert is_waiting.wait(60)
    with pytest.raises(ServiceUnavailable):
        hasty.begin(lambda: None)
    may_end.set()
    waiting.join()
    hasty.begin(lambda: None)
    patient.close()
    hasty.close()


def test_what_is_no_lock_of_another_is_not_waited_for(tmp_path: Path) -> None:
    turns = WritingTurns(tmp_path, 60.0)
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.OperationalError):
        turns.begin(lambda: connection.execute("BEGIN NONSENSE"))
    turns.close()


def test_where_there_are_no_such_locks_nobody_waits_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int, operation: int) -> None:
        if operation != fcntl.LOCK_UN:
            raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fail)
    with closing(SqliteStore(tmp_path / "mosaic.db")) as store, store.write():
        pass


def test_a_database_of_this_version_opens_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "mosaic.db"
    with (
        closing(SqliteStore(path)) as store,
        store.write(),
        closing(SqliteStore(path, 0.01)) as other,
        other.read(),
    ):
        pass
