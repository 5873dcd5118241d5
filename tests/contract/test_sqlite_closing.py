"""Closing a SQLite store in the middle of work."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mosaic_adapters.sqlite import database
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.errors import ServiceUnavailable

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(seen(i)) FROM n"


def test_closing_interrupts_a_statement_without_end_and_undoes_its_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, running = tmp_path / "mosaic.db", threading.Event()
    connect = database.connect

    def connect_with_function(path: Path, busy_timeout: float) -> sqlite3.Connection:
        connection = connect(path, busy_timeout)
        connection.create_function("seen", 1, lambda _: running.set())
        return connection

    monkeypatch.setattr(database, "connect", connect_with_function)
    store = SqliteStore(path)

    def write() -> None:
        with store.write() as unit:
            unit.execute("UPDATE revision SET number = 1000")
            unit.execute(ENDLESS)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert running.wait(60)
        store.close()
        with pytest.raises(ServiceUnavailable):
            writing.result(60)
    assert [file.name for file in tmp_path.iterdir()] == ["mosaic.db"]
    again = SqliteStore(path)
    with again.read() as unit:
        assert unit.execute("SELECT number FROM revision").fetchone() == (0,)
    again.close()


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "mosaic.db")
    store.close()
    store.close()
