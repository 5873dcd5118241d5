"""What every clock promises."""

import datetime as dt

import pytest

from mosaic_core.clock import Clock


class ClockContract:
    """What every clock promises. Override `clock`."""

    @pytest.fixture
    def clock(self) -> Clock:
        """Return the clock to be tested."""
        raise NotImplementedError("override the fixture `clock`")

    def test_now_is_an_instant_in_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == dt.timedelta(0)

    def test_monotonic_seconds_never_fall(self, clock: Clock) -> None:
        told = [clock.monotonic() for _ in range(100)]
        assert told == sorted(told)

    @pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.001, 0.05])
    def test_sleeping_lets_at_least_so_many_seconds_pass(self, clock: Clock, seconds: float) -> None:
        before = clock.monotonic()
        clock.sleep(seconds)
        assert clock.monotonic() - before >= seconds
