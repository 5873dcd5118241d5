"""Counting calls over the seconds before now."""

import datetime as dt

from mosaic_http.sliding_window import SlidingWindow
from support import FixedClock


def test_so_many_calls_pass_in_a_window_and_one_more_waits_for_the_first_to_leave_it() -> None:
    clock = FixedClock()
    window = SlidingWindow(clock, 2, 60)
    assert window.hit("a") == 0
    clock.advance(seconds=20)
    assert window.hit("a") == 0
    clock.advance(seconds=10)
    assert window.hit("a") == 30
    assert window.hit("b") == 0
    clock.advance(seconds=29)
    assert window.hit("a") == 1
    clock.advance(seconds=1)
    assert window.hit("a") == 0
    assert window.hit("a") == 20


def test_a_refused_call_is_not_counted() -> None:
    clock = FixedClock()
    window = SlidingWindow(clock, 1, 60)
    assert window.hit("a") == 0
    for _ in range(59):
        clock.advance(seconds=1)
        assert window.hit("a") > 0
    clock.advance(seconds=1)
    assert window.hit("a") == 0


def test_a_clock_that_is_set_back_makes_no_limit_last() -> None:
    clock = FixedClock()
    window = SlidingWindow(clock, 1, 60)
    window.hit("a")
    clock.instant -= dt.timedelta(days=3)
    assert window.hit("a") == 60
    clock.advance(seconds=60)
    assert window.hit("a") == 0


def test_of_too_many_clients_those_who_called_longest_ago_are_forgotten() -> None:
    clock = FixedClock()
    window = SlidingWindow(clock, 1, 60)
    for number in range(10_001):
        window.hit(f"client {number}")
    assert window.hit("client 10000") == 60
    assert window.hit("client 0") == 0


def test_clients_whose_calls_count_no_longer_are_forgotten() -> None:
    clock = FixedClock()
    window = SlidingWindow(clock, 1, 60)
    for number in range(100):
        window.hit(f"client {number}")
    clock.advance(seconds=60)
    window.hit("another")
    assert list(window._calls) == ["another"]  # noqa: SLF001  # nothing else tells what is remembered
