"""What is no database of ours is told apart, and left as it was."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mosaic_adapters.sqlite.database import SqliteStore, connect
from mosaic_adapters.sqlite.inspection import inspect
from mosaic_adapters.sqlite.migrations import MIGRATIONS, take
from mosaic_core.errors import ServiceUnavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mosaic.db"


@pytest.fixture
def mosaic(path: Path) -> Path:
    """A database of ours."""
    SqliteStore(path).close()
    return path


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Nothing is denied to others but by Mosaic."""
    before = os.umask(0)
    yield
    os.umask(before)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def contents(path: Path) -> dict[Path, bytes]:
    """Return what the files hold, but for the memory that is shared by those who have a database open."""
    files = [file for file in path.parent.iterdir() if file.is_file() and not file.name.endswith("-shm")]
    return {file: file.read_bytes() for file in files}


def refusal(path: Path) -> str:
    """Return why the file is refused; want that it is one line, and that everything stays as it was."""
    before = contents(path)
    with pytest.raises(ServiceUnavailable) as caught:
        SqliteStore(path)
    assert contents(path) == before
    message = caught.value.message
    assert "\n" not in message
    assert message.startswith(f"{path} ")
    assert message.endswith("; nothing was changed in it")
    return message.removeprefix(f"{path} ").removesuffix("; nothing was changed in it")


def test_a_file_that_is_absent_or_empty_becomes_a_database(path: Path) -> None:
    SqliteStore(path).close()
    path.unlink()
    path.touch()
    SqliteStore(path).close()
    inspect(path)


def test_a_database_without_anything_in_it_becomes_ours(path: Path) -> None:
    change(path, "PRAGMA journal_mode = WAL", "CREATE TABLE gone (id)", "DROP TABLE gone")
    SqliteStore(path).close()


def test_what_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"this is no database" * 1000)
    assert refusal(path) == "is no SQLite database"


def test_a_folder_is_refused(path: Path) -> None:
    path.mkdir()
    assert refusal(path) == "cannot be read as a database"


def test_another_programs_database_is_refused(path: Path) -> None:
    change(
        path, "CREATE TABLE songs (title)", "CREATE TABLE users (name)", "INSERT INTO users VALUES ('ada')"
    )
    assert refusal(path) == "is another program's SQLite database: it has the tables songs, users"


def test_another_programs_database_with_a_version_of_its_own_is_refused(path: Path) -> None:
    change(path, "PRAGMA user_version = 99", *(f"CREATE TABLE table_{number} (id)" for number in range(7)))
    told = "it has the tables table_0, table_1, table_2, table_3, table_4 and 2 more"
    assert refusal(path) == f"is another program's SQLite database: {told}"


def test_a_version_without_tables_is_refused(path: Path) -> None:
    change(path, "PRAGMA user_version = 1")
    assert refusal(path) == "is another program's SQLite database: it has no tables"


def test_another_programs_database_in_use_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE songs (title)")
        assert refusal(path) == "is another program's SQLite database: it has the tables songs"


def test_another_programs_locked_database_is_refused(path: Path) -> None:
    change(path, "CREATE TABLE songs (title)")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert refusal(path) == "is another program's SQLite database: it has the tables songs"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DROP TABLE day_summaries", "the table day_summaries is missing"),
        ("ALTER TABLE entries DROP COLUMN note", "the column note of entries is missing"),
        ("ALTER TABLE entries RENAME note TO remark", "the column note of entries is missing"),
        ("ALTER TABLE entry_totals ADD more TEXT", "the column more of entry_totals is none of Mosaic's"),
        ("DROP INDEX entries_of_user", "the index of entries named entries_of_user is missing"),
        ("DROP TRIGGER entry_added", "the trigger of entries named entry_added is missing"),
    ],
)
def test_a_schema_that_was_changed_by_hand_is_refused(mosaic: Path, statement: str, told: str) -> None:
    change(mosaic, statement)
    assert refusal(mosaic) == f"is a Mosaic database whose schema was changed by hand: {told}"


def test_a_column_of_another_type_is_refused(mosaic: Path) -> None:
    change(
        mosaic,
        "DROP TABLE entry_totals",
        "CREATE TABLE entry_totals (owner INTEGER PRIMARY KEY, total TEXT NOT NULL) STRICT",
    )
    told = "the column total of entry_totals is TEXT, not INTEGER"
    assert refusal(mosaic) == f"is a Mosaic database whose schema was changed by hand: {told}"


def test_what_a_person_added_beside_our_tables_is_no_fault(mosaic: Path) -> None:
    change(mosaic, "CREATE TABLE mine (id)", "CREATE INDEX mine_too ON users (created_at)", "ANALYZE")
    inspect(mosaic)


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_an_older_database_is_taken_as_it_is_and_migrated(path: Path, version: int) -> None:
    path.touch()
    with closing(connect(path, 1)) as connection:
        for steps in MIGRATIONS[:version]:
            take(connection, steps)
        connection.execute(f"PRAGMA user_version = {version}")
    SqliteStore(path).close()
    inspect(path)


def test_a_newer_database_is_told_apart(mosaic: Path) -> None:
    change(mosaic, "PRAGMA user_version = 9999", "DROP TABLE day_summaries")
    with pytest.raises(ServiceUnavailable, match="made by a newer version of Mosaic"):
        SqliteStore(mosaic)


def test_a_damaged_database_is_refused(mosaic: Path) -> None:
    size = mosaic.stat().st_size
    with mosaic.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    assert refusal(mosaic) == "is a damaged SQLite database"


def test_damage_behind_the_first_rows_is_refused(mosaic: Path) -> None:
    row = (
        "INSERT INTO audit_events VALUES (NULL, '2026-01-01', NULL, 'x', printf('%.1000c', 'm'), '', 'info')"
    )
    change(mosaic, "PRAGMA journal_mode = DELETE", *[row] * 50)
    with mosaic.open("r+b") as file:
        file.seek(-4096, os.SEEK_END)
        file.write(b"\xff" * 4096)
    assert refusal(mosaic).startswith("is a damaged database: ")


def test_a_database_that_is_being_written_is_taken(mosaic: Path) -> None:
    with closing(sqlite3.connect(mosaic, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE revision SET number = number + 1")
        inspect(mosaic)


@pytest.mark.parametrize("mask", [0, 0o022, 0o777])
def test_database_files_are_for_their_owner_alone_whatever_the_umask(path: Path, mask: int) -> None:
    os.umask(mask)
    assert_private_while_open(path)


def test_files_that_others_could_read_are_closed_to_them(mosaic: Path) -> None:
    mosaic.chmod(0o644)
    with closing(sqlite3.connect(mosaic, isolation_level=None)) as other:
        other.execute("UPDATE revision SET number = number + 1")
        assert_private_while_open(mosaic)


def assert_private_while_open(path: Path) -> None:
    store = SqliteStore(path)
    with store.write():
        pass
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {"mosaic.db", "mosaic.db-wal", "mosaic.db-shm"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    store.close()


def test_a_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match="cannot be made: No such file or directory"):
        SqliteStore(tmp_path / "absent" / "mosaic.db")
