"""Slowing down the guessing of passwords."""

import pytest

from mosaic_core.accounts.brake import LoginBrake
from support import FixedClock


@pytest.fixture
def brake(clock: FixedClock) -> LoginBrake:
    return LoginBrake(clock)


def fail(brake: LoginBrake, times: int, username: str = "ada") -> None:
    for _ in range(times):
        brake.failed(username)


@pytest.mark.parametrize(
    ("failures", "delay"),
    [(0, 0), (1, 0), (9, 0), (10, 0.5), (11, 1), (12, 2), (13, 4), (14, 8), (15, 8), (100, 8), (5000, 8)],
)
def test_from_the_tenth_failure_on_each_doubles_the_wait_up_to_8_seconds(
    brake: LoginBrake, failures: int, delay: float
) -> None:
    fail(brake, failures)
    assert brake.delay("ada") == delay


def test_names_count_regardless_of_case_and_apart_from_each_other(brake: LoginBrake) -> None:
    fail(brake, 5, "Ada")
    fail(brake, 5, "aDA")
    assert brake.delay("ADA") == 0.5
    assert brake.delay("ben") == 0


def test_a_success_ends_the_wait(brake: LoginBrake) -> None:
    fail(brake, 12)
    brake.succeeded("ADA")
    assert brake.delay("ada") == 0
    fail(brake, 9)
    assert brake.delay("ada") == 0


def test_a_success_of_a_name_that_never_failed_changes_nothing(brake: LoginBrake) -> None:
    brake.succeeded("ada")
    assert brake.delay("ada") == 0


def test_a_quarter_of_an_hour_without_failure_ends_the_wait(brake: LoginBrake, clock: FixedClock) -> None:
    fail(brake, 12)
    clock.advance(seconds=899)
    assert brake.delay("ada") == 2
    clock.advance(seconds=1)
    assert brake.delay("ada") == 0
    fail(brake, 9)
    assert brake.delay("ada") == 0


def test_the_wait_goes_on_while_failures_do(brake: LoginBrake, clock: FixedClock) -> None:
    for _ in range(10):
        brake.failed("ada")
        clock.advance(minutes=14)
    assert brake.delay("ada") == 0.5


def test_of_too_many_names_those_that_failed_longest_ago_are_forgotten(brake: LoginBrake) -> None:
    fail(brake, 10, "ada")
    fail(brake, 10, "ben")
    for number in range(9_998):
        brake.failed(f"stranger{number}")
    assert brake.delay("ada") == 0.5
    brake.failed("ada")
    brake.failed("one more")
    assert brake.delay("ben") == 0
    assert brake.delay("ada") == 1
