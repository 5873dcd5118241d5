"""The memory store and the SQLite store tell the same."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

from hypothesis import settings

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.store import Store
from mosaic_core.testing import StoresAgree


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
TestMemoryAndSqliteAgree.settings = settings(max_examples=20, stateful_step_count=20)
