"""The memory store keeps what every store promises."""

import pytest

from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.store import Store
from mosaic_core.testing import StoreSuite


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()
