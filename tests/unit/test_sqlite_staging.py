"""The files in which rows are staged on their way into SQLite."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.sqlite.staging import SqliteStaging, sweep
from mosaic_core.errors import ServiceUnavailable
from support import TODAY, a_user, an_activity


@pytest.fixture
def staging(tmp_path: Path) -> Iterator[SqliteStaging]:
    with closing(SqliteStaging(tmp_path)) as staging:
        yield staging


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("import-*")]


def test_a_staging_is_a_file_that_its_owner_alone_reads_and_that_goes_with_it(tmp_path: Path) -> None:
    staging = SqliteStaging(tmp_path)
    assert stat.S_IMODE(staging.path.stat().st_mode) == 0o600
    staging.close()
    assert files(tmp_path) == []


def test_a_staging_that_nobody_holds_any_more_leaves_no_file(tmp_path: Path) -> None:
    SqliteStaging(tmp_path)
    assert files(tmp_path) == []


def test_a_store_that_opens_removes_what_a_dead_process_left(tmp_path: Path) -> None:
    (tmp_path / "import-half.staging").write_bytes(b"torn in the middle" * 500)
    (tmp_path / "import-empty.staging").touch()
    with closing(sqlite3.connect(tmp_path / "import-whole.staging")) as left:
        left.execute("CREATE TABLE staged (day TEXT)")
    SqliteStore(tmp_path / "mosaic.db").close()
    assert files(tmp_path) == []


def test_a_staging_that_is_filled_or_read_is_no_dead_ones(tmp_path: Path, staging: SqliteStaging) -> None:
    sweep(tmp_path)
    staging.add([(TODAY, "run", 1.0, None)])
    sweep(tmp_path)
    staging.readable()
    sweep(tmp_path)
    assert files(tmp_path) == [staging.path.name]


def test_a_folder_whose_name_is_no_utf_8_takes_imports(tmp_path: Path) -> None:
    folder = tmp_path / "half\udcff"
    folder.mkdir()
    with closing(SqliteStore(folder / "mosaic.db")) as store:
        with store.write() as unit:
            ada = unit.users.add(a_user("ada")).id
        with closing(store.stage()) as staging:
            staging.add([(TODAY, "run", 1.0, None)])
            with store.write() as unit:
                unit.staged.write(staging, ada, {"run": an_activity(ada, "Run")})
        with store.read() as unit:
            assert [entry.activity for entry in unit.entries.named(ada, "run")] == ["Run"]


def test_a_closed_staging_cannot_be_written_and_comes_not_back(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "mosaic.db")) as store:
        with store.write() as unit:
            ada = unit.users.add(a_user("Ada")).id
        staging = store.stage()
        staging.close()
        with pytest.raises(ServiceUnavailable), store.write() as unit:
            unit.staged.write(staging, ada, {"run": an_activity(ada, "Run")})
    assert files(tmp_path) == []
