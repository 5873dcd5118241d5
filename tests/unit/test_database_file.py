"""A SQLite file that is taken away from the store that has it open."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.errors import ServiceUnavailable
from mosaic_core.store import UnitOfWork
from support import a_user

Remove = Callable[[Path], None]


def replace(path: Path) -> None:
    """Put a copy in the place of the file, as restoring a backup does."""
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)


def move(path: Path) -> None:
    path.rename(path.with_name("moved"))


def delete_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


removed = pytest.mark.parametrize("remove", [Path.unlink, replace, move, delete_log])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mosaic.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(path)
    with opened.write() as unit:
        unit.users.add(a_user("ada"))
    yield opened
    opened.close()


def refused(message: str) -> "pytest.RaisesExc[ServiceUnavailable]":
    return pytest.raises(
        ServiceUnavailable, match=f"^The database file was removed or replaced, so {message}$"
    )


@removed
def test_nothing_is_read_or_written_while_the_file_is_another(
    store: SqliteStore, path: Path, remove: Remove
) -> None:
    with store.read() as unit:
        assert unit.users.count() == 1
    remove(path)
    there = sorted(path.parent.iterdir())
    with refused("it is not used"), store.read():
        raise AssertionError
    with refused("it is not used"), store.write():
        raise AssertionError
    with refused("it is not used"):
        store.elsewhere()
    with refused("it is not used"):
        store.check()
    assert sorted(path.parent.iterdir()) == there


@removed
def test_a_file_that_goes_during_a_write_undoes_the_write(
    store: SqliteStore, path: Path, remove: Remove
) -> None:
    ran: list[str] = []
    with refused("nothing was changed"), store.write() as unit:
        unit.users.add(a_user("ben"))
        unit.pending.after_commit(lambda: ran.append("action"))
        remove(path)
    assert ran == []


@removed
def test_a_commit_into_a_file_that_goes_meanwhile_is_no_success(
    store: SqliteStore, path: Path, remove: Remove
) -> None:
    with refused("this may be lost"), store.write() as unit:
        unit.users.add(a_user("ben"))
        unit.pending.after_commit(lambda: remove(path))


def test_all_goes_on_once_the_same_file_is_back(store: SqliteStore, path: Path) -> None:
    away = path.with_name("away")
    path.rename(away)
    with refused("it is not used"), store.write():
        raise AssertionError
    away.rename(path)
    store.check()
    with store.write() as unit:
        unit.users.add(a_user("ben"))
    store.close()
    again = SqliteStore(path)
    with again.read() as unit:
        assert names(unit) == ["ada", "ben"]
    again.close()


def names(unit: UnitOfWork) -> list[str]:
    return [user.username for user in unit.users.every()]


def test_the_connections_of_others_come_and_go_without_harm(store: SqliteStore, path: Path) -> None:
    for number in range(3):
        other = SqliteStore(path)
        with other.write() as unit:
            unit.users.add(a_user(f"user {number}"))
        other.close()
    with store.write() as unit:
        unit.users.add(a_user("ben"))
        assert unit.users.count() == 5
