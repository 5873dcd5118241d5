"""The tally of a process keeps what every tally promises."""

import pytest

from mosaic_adapters.tallies import LockedTally
from mosaic_core.tally import Counted, NoTally, Tally
from mosaic_core.testing import TallyContract


class TestLockedTally(TallyContract):
    @pytest.fixture
    def tally(self) -> Tally:
        return LockedTally()


def test_whoever_does_not_count_tells_nothing() -> None:
    tally = NoTally()
    tally.add(Counted.READS)
    tally.add_taken(Counted.READS, Counted.READ_SECONDS, 0.5)
    assert tally.so_far() == {}
