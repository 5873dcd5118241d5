"""What a stranger runs: the shipped suite over their store, or over one with the fault that FAULT names."""

import os

import pytest
from hypothesis.internal.conjecture import engine

from faulty_stores import FAULTS
from mosaic_core.store import Store
from mosaic_core.testing import StoreSuite

engine.MAX_SHRINKING_SECONDS = 0  # that a fault is found is enough: nobody reads by which example


class TestStrangersStore(StoreSuite):
    @pytest.fixture
    def store(self) -> Store:
        return FAULTS[os.environ.get("FAULT", "none")]()
