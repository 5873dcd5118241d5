"""A transaction that SQLite gives up in the middle."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.errors import MosaicError, ServiceUnavailable, StorageFull
from support import AbortError, a_user


def full() -> sqlite3.OperationalError:
    """Return what SQLite raises where there is no room."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "mosaic.db")
    yield opened
    opened.close()


def give_up(store: SqliteStore, error: Exception) -> None:
    """Lose the whole transaction in one part of it, as SQLite does by itself on a full disk."""
    with store.write() as unit:
        unit.execute("ROLLBACK")
        raise error


def write_in_parts(store: SqliteStore, error: Exception) -> None:
    """Fail in the second of three parts; the third one can then not be written either."""
    failures: list[type[BaseException]] = []
    with store.write():
        for number in range(3):
            try:
                if number == 1:
                    give_up(store, error)
                with store.write() as unit:
                    unit.users.add(a_user(f"user {number}"))
            except (MosaicError, AbortError) as failure:
                failures.append(type(failure))
        assert failures[0] in {StorageFull, AbortError}
        assert failures[1] in {StorageFull, ServiceUnavailable}


@pytest.mark.parametrize("error", [full(), StorageFull("There is no room")])
def test_all_whose_part_is_lost_are_told_why(store: SqliteStore, error: Exception) -> None:
    with pytest.raises(StorageFull):
        write_in_parts(store, error)
    with store.read() as unit:
        assert unit.users.count() == 0


def test_the_error_of_a_use_case_is_not_taken_for_the_stores(store: SqliteStore) -> None:
    with pytest.raises(ServiceUnavailable, match="gave up"):
        write_in_parts(store, AbortError())


def test_the_next_transaction_knows_nothing_of_it(store: SqliteStore) -> None:
    with suppress(StorageFull):
        write_in_parts(store, full())
    with store.write() as unit:
        unit.users.add(a_user("ada"))
    with pytest.raises(ServiceUnavailable, match="gave up"):
        write_in_parts(store, AbortError())


def test_nothing_is_written_by_a_unit_that_has_no_transaction(store: SqliteStore) -> None:
    with store.write() as unit:
        pass
    with pytest.raises(ServiceUnavailable):
        unit.users.add(a_user("late"))
    with pytest.raises(ServiceUnavailable):
        unit.entries.add_many([])
    with suppress(AbortError), store.write() as unit:
        unit.execute("ROLLBACK")
        with pytest.raises(ServiceUnavailable):
            unit.users.add(a_user("lost"))
        raise AbortError
    with store.read() as reading:
        assert reading.users.count() == 0
