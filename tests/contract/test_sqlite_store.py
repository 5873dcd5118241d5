"""The SQLite store keeps what every store promises."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.store import Store
from mosaic_core.testing import StoreSuite


class TestSqliteStore(StoreSuite):
    reopens = True
    several_processes = True

    @pytest.fixture
    def store(self, open_again: Callable[[], Store]) -> Store:
        return open_again()

    @pytest.fixture
    def open_again(self, tmp_path: Path) -> Iterator[Callable[[], Store]]:
        opened: list[Store] = []

        def open_one() -> Store:
            opened.append(SqliteStore(tmp_path / "mosaic.db"))
            return opened[-1]

        yield open_one
        for store in opened:
            store.close()
