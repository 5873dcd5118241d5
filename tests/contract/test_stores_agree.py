"""The memory store tells the same as the SQLite store, and as the PostgreSQL store."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.postgresql.database import PostgresqlStore
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.store import Store
from mosaic_core.testing import StoresAgree
from support_examples import EXAMPLES
from support_postgresql import UNHURRIED, emptied, new_database


class MemoryAndSqliteAgree(StoresAgree):
    def __init__(self) -> None:
        self.folders = ExitStack()
        super().__init__()

    def make_stores(self) -> tuple[Store, Store]:
        folder = self.folders.enter_context(tempfile.TemporaryDirectory())
        return MemoryStore(), SqliteStore(Path(folder) / "mosaic.db")

    def teardown(self) -> None:
        super().teardown()
        self.folders.close()


TestMemoryAndSqliteAgree = MemoryAndSqliteAgree.TestCase
TestMemoryAndSqliteAgree.settings = settings(max_examples=EXAMPLES // 8, stateful_step_count=20)


class MemoryAndPostgresqlAgree(StoresAgree):
    spare: ClassVar[list[str]] = []
    """Databases that nobody uses now: making one takes longer than emptying one."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        super().__init__()

    def make_stores(self) -> tuple[Store, Store]:
        self.urls.append(emptied(self.spare.pop() if self.spare else new_database()))
        return MemoryStore(), PostgresqlStore(self.urls[-1], 4, UNHURRIED)

    def teardown(self) -> None:
        super().teardown()
        self.spare.extend(self.urls)


TestMemoryAndPostgresqlAgree = pytest.mark.postgresql(MemoryAndPostgresqlAgree.TestCase)
TestMemoryAndPostgresqlAgree.settings = settings(max_examples=EXAMPLES // 8, stateful_step_count=20)
