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
