"""Heavy work steps aside for what is more urgent."""

import sys
from collections.abc import Iterator

import pytest
from attrs import define, field

from mosaic_http.pacing import Pace, switch_sooner


@define
class Time:
    """A clock that goes on while somebody sleeps."""

    now: float = 0.0
    naps: list[float] = field(factory=list)
    pace: Pace = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.pace = Pace(lambda: self.now, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


def test_work_of_a_moment_goes_on_and_longer_work_pauses_now_and_then() -> None:
    time = Time(now=9.0)
    for _ in range(1_000):
        time.pace.breathe()
        time.now += 0.0001
    assert 20 < len(time.naps) < 40
    assert sum(time.naps) < 0.01


def test_work_waits_while_a_write_is_under_way_but_not_for_ever() -> None:
    time = Time(now=9.0)
    with time.pace.writing(), time.pace.writing():
        time.pace.breathe()
    waited = sum(time.naps)
    time.now += 1
    time.pace.breathe()
    assert waited > 50 * (sum(time.naps) - waited)
    assert waited < 0.1


def test_work_goes_on_as_soon_as_the_last_write_is_done() -> None:
    time = Time(now=9.0)
    with time.pace.writing():
        pass
    time.pace.breathe()
    assert len(time.naps) == 1


@pytest.fixture
def usual_switching() -> Iterator[float]:
    usual = sys.getswitchinterval()
    yield usual
    sys.setswitchinterval(usual)


def test_threads_that_compute_give_the_interpreter_away_sooner_than_usual(usual_switching: float) -> None:
    switch_sooner()
    assert sys.getswitchinterval() <= usual_switching / 20
