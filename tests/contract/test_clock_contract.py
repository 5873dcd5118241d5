"""What every clock promises."""

import datetime as dt
from collections.abc import Callable, Mapping

import pytest

from mosaic_adapters.clock import SystemClock
from mosaic_core.clock import Clock
from support import FixedClock

CLOCKS: Mapping[str, Callable[[], Clock]] = {"system": SystemClock, "fixed": FixedClock}


@pytest.fixture(params=CLOCKS)
def any_clock(request: pytest.FixtureRequest) -> Clock:
    return CLOCKS[request.param]()


def test_now_is_an_instant_in_utc(any_clock: Clock) -> None:
    assert any_clock.now().tzinfo is dt.UTC


def test_monotonic_seconds_never_fall(any_clock: Clock) -> None:
    told = [any_clock.monotonic() for _ in range(100)]
    assert told == sorted(told)


def test_the_system_clock_tells_the_machines_time() -> None:
    before = dt.datetime.now(dt.UTC)
    told = SystemClock().now()
    assert before <= told <= dt.datetime.now(dt.UTC)


def test_sleeping_lets_at_least_so_many_seconds_pass(any_clock: Clock) -> None:
    begun = any_clock.monotonic()
    any_clock.sleep(0.01)
    assert any_clock.monotonic() - begun >= 0.01


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_sleeping_for_no_time_is_no_error(any_clock: Clock, seconds: float) -> None:
    any_clock.sleep(seconds)
