"""Slowing down the guessing of passwords."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from mosaic_core.accounts.brake import LoginBrake
from mosaic_core.accounts.model import Credentials, NewAccount
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidCredentials
from support import PASSWORD, FixedClock


@pytest.fixture
def brake(clock: FixedClock) -> LoginBrake:
    return LoginBrake(clock)


def waits(brake: LoginBrake, clock: FixedClock, times: int = 1, username: str = "ada") -> list[float]:
    """Begin so many attempts; return how long each has to wait."""
    return [brake.begin(username).not_before - clock.monotonic() for _ in range(times)]


def test_after_ten_attempts_each_waits_twice_as_long_up_to_8_seconds(
    brake: LoginBrake, clock: FixedClock
) -> None:
    assert waits(brake, clock, 17) == [0.0] * 10 + [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert waits(brake, clock, 5000)[-1] == 8.0


def test_names_count_regardless_of_case_and_apart_from_each_other(
    brake: LoginBrake, clock: FixedClock
) -> None:
    waits(brake, clock, 5, "Ada")
    waits(brake, clock, 5, "aDA")
    assert waits(brake, clock, 1, "ADA") == [0.5]
    assert waits(brake, clock, 1, "ben") == [0.0]


def test_a_success_ends_the_wait(brake: LoginBrake, clock: FixedClock) -> None:
    waits(brake, clock, 12)
    brake.succeeded("ADA")
    assert waits(brake, clock, 11) == [0.0] * 10 + [0.5]


def test_a_success_of_a_name_that_nobody_tried_changes_nothing(brake: LoginBrake, clock: FixedClock) -> None:
    brake.succeeded("ada")
    assert waits(brake, clock) == [0.0]


def test_a_quarter_of_an_hour_without_an_attempt_ends_the_wait(brake: LoginBrake, clock: FixedClock) -> None:
    waits(brake, clock, 12)
    clock.advance(seconds=899)
    assert waits(brake, clock) == [2.0]
    clock.advance(seconds=900)
    assert waits(brake, clock, 11) == [0.0] * 10 + [0.5]


def test_of_too_many_names_those_tried_longest_ago_are_forgotten(
    brake: LoginBrake, clock: FixedClock
) -> None:
    waits(brake, clock, 10, "ada")
    waits(brake, clock, 10, "ben")
    for number in range(9_998):
        brake.begin(f"stranger{number}")
    assert waits(brake, clock) == [0.5]
    brake.begin("one more")
    assert waits(brake, clock, 1, "ben") == [0.0]
    assert waits(brake, clock) == [1.0]


def test_of_a_long_name_only_as_much_is_remembered_as_an_account_can_have(
    brake: LoginBrake, clock: FixedClock
) -> None:
    waits(brake, clock, 10, "x" * 10_000_000)
    assert waits(brake, clock, 1, "x" * 80) == [0.5]
    assert len(brake.names()[0]) == 80


def test_attempts_of_many_threads_at_once_all_count(brake: LoginBrake, clock: FixedClock) -> None:
    start = Barrier(60)

    def attempt(_: int) -> float:
        start.wait()
        return brake.begin("ada").not_before - clock.monotonic()

    with ThreadPoolExecutor(60) as threads:
        delays = sorted(threads.map(attempt, range(60)))
    assert delays == [0.0] * 10 + [0.5, 1.0, 2.0, 4.0] + [8.0] * 46


WRONG_PASSWORD = "wrong password"


def guess(mosaic: Mosaic, password: str = WRONG_PASSWORD, username: str = "ada") -> None:
    with pytest.raises(InvalidCredentials, match=r"^Wrong username or password$"):
        mosaic.sessions.login(Credentials(username=username, password=password))


def test_a_login_called_directly_waits_by_itself_and_lets_the_right_password_in(
    mosaic: Mosaic, clock: FixedClock, ada: Caller
) -> None:
    for _ in range(16):
        guess(mosaic)
    assert clock.seconds == 0.5 + 1 + 2 + 4 + 8 + 8
    assert mosaic.sessions.login(Credentials(username="ADA", password=PASSWORD)).user.id == ada.user_id
    assert clock.seconds == 31.5
    guess(mosaic)
    assert clock.seconds == 31.5


def test_a_login_waits_for_the_rest_of_an_attempt_that_was_begun_before(
    mosaic: Mosaic, clock: FixedClock, ada: Caller
) -> None:
    attempts = [mosaic.sessions.begin_login("ada") for _ in range(13)]
    clock.advance(seconds=1.5)
    assert [mosaic.sessions.seconds_left(one) for one in attempts] == [0.0] * 12 + [0.5]
    given = Credentials(username="ada", password=PASSWORD)
    assert mosaic.sessions.login(given, attempts[-1]).user.id == ada.user_id
    assert clock.seconds == 2.0


@pytest.mark.parametrize(
    ("username", "password"), [("Ada" + "x" * 10**7, PASSWORD), ("Ada", PASSWORD + "x" * 10**7)]
)
def test_what_is_too_long_for_an_account_gets_the_answer_of_a_wrong_password(
    mosaic: Mosaic, ada: Caller, username: str, password: str
) -> None:
    guess(mosaic, password, username)
    assert ada.is_admin


def test_the_longest_name_and_password_of_an_account_are_taken_and_no_longer_ones(mosaic: Mosaic) -> None:
    name, password = "x" * 80, "y" * 1024
    mosaic.accounts.register(NewAccount(username=name, password=password))
    guess(mosaic, password + "y", name)
    guess(mosaic, password, name + "x")
    mosaic.sessions.login(Credentials(username=name, password=password))
