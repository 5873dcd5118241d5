"""Putting a database in the place of another one."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.sqlite.place import Place, identity_of
from mosaic_adapters.sqlite.replacing import replacing
from mosaic_core.errors import ServiceUnavailable
from mosaic_core.testing import NOON, AbortError, a_user


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with Ada."""
    path = tmp_path / "mosaic.db"
    with_user(path, "Ada")
    return path


def with_user(path: Path, username: str) -> None:
    store = SqliteStore(path)
    with store.write() as unit:
        unit.users.add(a_user(username))
    store.close()


def users(path: Path) -> list[str]:
    store = SqliteStore(path)
    with store.read() as unit:
        names = [user.username for user in unit.users.every()]
    store.close()
    return names


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_the_new_one_takes_the_place_of_the_old_which_is_kept(path: Path) -> None:
    with replacing(path, NOON) as (new, kept):
        with_user(new, "Zoë")
    assert users(path) == ["Zoë"]
    assert kept.name == "mosaic.db.before-20240601-120000"
    assert users(kept) == ["Ada"]
    assert names(path.parent) == {path.name, kept.name}


def test_what_is_only_in_the_write_ahead_log_is_kept_as_well(path: Path, tmp_path: Path) -> None:
    """A process that was killed leaves its log behind."""
    store = SqliteStore(path)
    with store.write() as unit:
        unit.users.add(a_user("ben"))
    left = {end: path.with_name(path.name + end).read_bytes() for end in ("", "-wal")}
    store.close()
    for end, content in left.items():
        path.with_name(path.name + end).write_bytes(content)
    with replacing(path, NOON) as (new, kept):
        with_user(new, "Zoë")
    assert (users(path), users(kept)) == (["Zoë"], ["Ada", "ben"])
    assert tmp_path.exists()


def test_if_making_the_new_one_fails_everything_stays(path: Path) -> None:
    with suppress(AbortError), replacing(path, NOON) as (new, _):
        with_user(new, "Zoë")
        raise AbortError
    assert users(path) == ["Ada"]
    assert names(path.parent) == {path.name}


def test_a_database_that_is_open_elsewhere_is_left_alone(path: Path) -> None:
    store = SqliteStore(path)
    with pytest.raises(ServiceUnavailable, match="in use: stop the server"), replacing(path, NOON):
        raise AssertionError("it was not noticed")
    with store.read() as unit:
        assert unit.users.count() == 1
    store.close()


def test_a_database_that_is_opened_meanwhile_is_left_alone(path: Path) -> None:
    swap = replacing(path, NOON)
    new, _ = swap.__enter__()
    with_user(new, "Zoë")
    store = SqliteStore(path)
    with pytest.raises(ServiceUnavailable, match="in use: stop the server"):
        swap.__exit__(None, None, None)
    with store.write() as unit:
        assert unit.users.add(a_user("ben")).id == 2
    store.close()
    assert users(path) == ["Ada", "ben"]
    assert names(path.parent) == {path.name}


@pytest.mark.parametrize("content", [b"no database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_database_can_be_replaced(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.with_name("mosaic.db-wal").write_bytes(b"left")
    with replacing(path, NOON) as (new, kept):
        with_user(new, "Zoë")
    assert users(path) == ["Zoë"]
    assert kept.read_bytes() == content
    assert names(path.parent) == {path.name, kept.name, f"{kept.name}-wal"}


def test_a_file_that_was_replaced_while_it_was_opened_is_not_used(path: Path, tmp_path: Path) -> None:
    before = identity_of(str(path))
    with_user(tmp_path / "other.db", "Zoë")
    (tmp_path / "other.db").rename(path)
    with closing(sqlite3.connect(path)), pytest.raises(ServiceUnavailable, match="removed or replaced"):
        Place(path, before)
