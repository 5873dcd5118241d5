"""The system's clock and the one that stands still keep what every clock promises."""

import datetime as dt

import pytest

from mosaic_core.clock import Clock, SystemClock
from mosaic_core.testing import ClockContract, FixedClock


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()

    def test_it_tells_the_machines_time(self, clock: Clock) -> None:
        before = dt.datetime.now(dt.UTC)
        told = clock.now()
        assert before <= told <= dt.datetime.now(dt.UTC)


class TestFixedClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return FixedClock()
