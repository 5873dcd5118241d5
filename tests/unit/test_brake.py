"""Slowing down the guessing of passwords."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from mosaic_core.accounts.brake import LoginBrake
from mosaic_core.accounts.model import Credentials, NewAccount
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidCredentials, TooManyRequests
from support import PASSWORD, FixedClock

HERE, THERE = "192.0.2.1", "2001:db8::/64"


@pytest.fixture
def brake(clock: FixedClock) -> LoginBrake:
    return LoginBrake(clock)


def wait(brake: LoginBrake, clock: FixedClock, username: str = "ada", origin: str = HERE) -> float:
    """Return how long an attempt would have to wait."""
    attempt = brake.begin(username, origin)
    brake.end(attempt)
    return attempt.not_before - clock.monotonic()


def fail(brake: LoginBrake, times: int, username: str = "ada", origin: str = HERE) -> None:
    """Fail so often, one attempt after the other."""
    for _ in range(times):
        attempt = brake.begin(username, origin)
        brake.failed(attempt)
        brake.end(attempt)


def succeed(brake: LoginBrake, username: str = "ada", origin: str = HERE) -> None:
    attempt = brake.begin(username, origin)
    brake.succeeded(attempt)
    brake.end(attempt)


def test_after_ten_failures_each_attempt_waits_twice_as_long_up_to_8_seconds(
    brake: LoginBrake, clock: FixedClock
) -> None:
    waits = []
    for _ in range(17):
        waits.append(wait(brake, clock))
        fail(brake, 1)
    assert waits == [0.0] * 10 + [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    fail(brake, 5000)
    assert wait(brake, clock) == 8.0


def test_attempts_that_go_on_count_like_failures(brake: LoginBrake, clock: FixedClock) -> None:
    fail(brake, 8)
    going_on = [brake.begin("ada", HERE) for _ in range(4)]
    assert [one.not_before - clock.monotonic() for one in going_on] == [0.0, 0.0, 0.5, 1.0]


def test_attempts_that_ended_without_a_failure_count_no_longer(brake: LoginBrake, clock: FixedClock) -> None:
    for _ in range(100):
        brake.end(brake.begin("ada", HERE))
    assert wait(brake, clock) == 0.0


def test_of_the_attempts_that_have_to_wait_few_are_taken_and_the_rest_change_nothing(
    brake: LoginBrake, clock: FixedClock
) -> None:
    fail(brake, 10)
    waiting = [brake.begin("ada", HERE) for _ in range(4)]
    for _ in range(400):
        with pytest.raises(TooManyRequests) as refusal:
            brake.begin("ada", HERE)
        assert refusal.value.details == {"retry_after": 8, "limit": 4}
    brake.end(waiting[0])
    assert wait(brake, clock) == 4.0


def test_names_count_regardless_of_case_and_apart_from_each_other(
    brake: LoginBrake, clock: FixedClock
) -> None:
    fail(brake, 5, "Ada")
    fail(brake, 5, "aDA")
    assert wait(brake, clock, "ADA") == 0.5
    assert wait(brake, clock, "ben") == 0.0


def test_failures_elsewhere_delay_an_attempt_by_two_seconds_at_most(
    brake: LoginBrake, clock: FixedClock
) -> None:
    fail(brake, 10, origin=THERE)
    assert wait(brake, clock) == 0.5
    fail(brake, 100, origin=THERE)
    assert wait(brake, clock) == 2.0
    assert wait(brake, clock, origin=THERE) == 8.0


def test_attempts_that_wait_elsewhere_take_no_place_here(brake: LoginBrake, clock: FixedClock) -> None:
    fail(brake, 20, origin=THERE)
    for _ in range(4):
        brake.begin("ada", THERE)
    with pytest.raises(TooManyRequests):
        brake.begin("ada", THERE)
    assert wait(brake, clock) == 2.0


def test_who_guesses_from_a_new_place_each_time_waits_for_each_guess(
    brake: LoginBrake, clock: FixedClock
) -> None:
    for number in range(100):
        fail(brake, 1, origin=str(number))
    assert wait(brake, clock, origin="the next place") == 2.0


def test_a_success_ends_the_wait(brake: LoginBrake, clock: FixedClock) -> None:
    fail(brake, 12)
    succeed(brake, "ADA")
    assert wait(brake, clock) == 0.0


def test_a_success_elsewhere_leaves_those_slow_who_failed(brake: LoginBrake, clock: FixedClock) -> None:
    fail(brake, 20, origin=THERE)
    succeed(brake)
    assert wait(brake, clock) == 0.0
    assert wait(brake, clock, origin=THERE) == 8.0


def test_a_success_of_a_name_that_nobody_tried_changes_nothing(brake: LoginBrake, clock: FixedClock) -> None:
    succeed(brake)
    assert wait(brake, clock) == 0.0


def test_a_quarter_of_an_hour_without_a_failure_ends_the_wait(brake: LoginBrake, clock: FixedClock) -> None:
    fail(brake, 12)
    clock.advance(seconds=899)
    assert wait(brake, clock) == 2.0
    clock.advance(seconds=1)
    assert wait(brake, clock) == 0.0
    fail(brake, 10)
    assert wait(brake, clock) == 0.5


def test_of_too_many_names_those_that_failed_longest_ago_are_forgotten(
    brake: LoginBrake, clock: FixedClock
) -> None:
    fail(brake, 10, "ada")
    fail(brake, 10, "ben")
    for number in range(4_998):
        fail(brake, 1, f"stranger{number}")
    assert wait(brake, clock) == 0.5
    fail(brake, 1, "one more")
    assert (wait(brake, clock, "ada"), wait(brake, clock, "ben")) == (0.0, 0.5)


def test_attempts_that_never_fail_make_nothing_forgotten(brake: LoginBrake, clock: FixedClock) -> None:
    fail(brake, 10)
    for number in range(20_000):
        brake.end(brake.begin(f"stranger{number}", HERE))
    assert (wait(brake, clock), brake.names()) == (0.5, ["ada"])


def test_an_origin_is_in_doubt_from_a_failure_under_any_name_for_a_quarter_of_an_hour(
    brake: LoginBrake, clock: FixedClock
) -> None:
    assert not brake.doubts(HERE)
    fail(brake, 1, "ben")
    assert (brake.doubts(HERE), brake.doubts(THERE)) == (True, False)
    clock.advance(seconds=600)
    fail(brake, 1)
    clock.advance(seconds=899)
    assert brake.doubts(HERE)
    clock.advance(seconds=1)
    assert not brake.doubts(HERE)


def test_a_success_from_an_origin_ends_the_doubt_about_it_alone(brake: LoginBrake) -> None:
    fail(brake, 3, "ben")
    fail(brake, 1, origin=THERE)
    succeed(brake)
    assert (brake.doubts(HERE), brake.doubts(THERE)) == (False, True)


def test_of_too_many_origins_those_that_failed_longest_ago_are_in_doubt_no_longer(brake: LoginBrake) -> None:
    fail(brake, 1, origin=HERE)
    fail(brake, 1, origin=THERE)
    fail(brake, 1, origin=HERE)
    for number in range(9_999):
        fail(brake, 1, origin=str(number))
    assert (brake.doubts(HERE), brake.doubts(THERE), brake.doubts("0")) == (True, False, True)


def test_a_long_origin_is_in_doubt_by_as_much_of_it_as_is_remembered(brake: LoginBrake) -> None:
    fail(brake, 1, origin="y" * 10_000)
    assert brake.doubts("y" * 10_000)
    assert not brake.doubts("y" * 99)


def test_of_a_long_name_or_origin_only_as_much_is_remembered_as_can_be(
    brake: LoginBrake, clock: FixedClock
) -> None:
    fail(brake, 10, "x" * 10_000_000, "y" * 10_000_000)
    assert wait(brake, clock, "x" * 80, "y" * 100) == 0.5
    assert [len(name) for name in brake.names()] == [80]


def test_attempts_of_many_threads_at_once_all_count(brake: LoginBrake, clock: FixedClock) -> None:
    start = Barrier(60)

    def attempt(_: int) -> float | None:
        start.wait()
        try:
            return brake.begin("ada", HERE).not_before - clock.monotonic()
        except TooManyRequests:
            return None

    with ThreadPoolExecutor(60) as threads:
        answers = list(threads.map(attempt, range(60)))
    assert answers.count(None) >= 50
    assert set(answers) <= {0.0, None}


def test_failures_of_many_threads_at_once_all_count(brake: LoginBrake, clock: FixedClock) -> None:
    attempts = [brake.begin("ada", HERE) for _ in range(10)]
    start = Barrier(10)

    def fail_together(at: int) -> None:
        start.wait()
        brake.failed(attempts[at])
        brake.end(attempts[at])

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(fail_together, range(10)))
    assert wait(brake, clock) > 0


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


def test_an_owner_logs_in_from_elsewhere_within_two_seconds_whoever_guesses(
    mosaic: Mosaic, clock: FixedClock, ada: Caller
) -> None:
    for _ in range(16):
        guess(mosaic)
    before = clock.seconds
    assert mosaic.sessions.login(Credentials(username="ada", password=PASSWORD), THERE).user.id == ada.user_id
    assert clock.seconds == before + 2


def test_a_check_waits_for_the_rest_of_an_attempt_that_was_begun_before(
    mosaic: Mosaic, clock: FixedClock, ada: Caller
) -> None:
    sessions = mosaic.sessions
    for _ in range(12):
        attempt = sessions.begin_login("ada", HERE)
        sessions.check_login(Credentials(username="ada", password=WRONG_PASSWORD), attempt)
        sessions.end_login(attempt)
    before = clock.seconds
    attempt = sessions.begin_login("ada", HERE)
    clock.advance(seconds=1.5)
    assert sessions.seconds_left(attempt) == 0.5
    checked = sessions.check_login(Credentials(username="ada", password=PASSWORD), attempt)
    assert sessions.finish_login(checked).user.id == ada.user_id
    assert clock.seconds == before + 2.0


@pytest.mark.parametrize(
    ("username", "password"), [("Ada" + "x" * 10**7, PASSWORD), ("Ada", PASSWORD + "x" * 10**7)]
)
def test_what_is_too_long_for_an_account_gets_the_answer_of_a_wrong_password(
    mosaic: Mosaic, ada: Caller, username: str, password: str
) -> None:
    guess(mosaic, password, username)
    assert ada.is_admin


def test_of_what_is_too_long_for_an_account_only_as_much_is_kept_as_shows_it() -> None:
    given = Credentials(username="x" * 10**7, password="y" * 10**7)
    assert (len(given.username), len(given.password)) == (81, 1025)


def test_the_longest_name_and_password_of_an_account_are_taken_and_no_longer_ones(mosaic: Mosaic) -> None:
    name, password = "x" * 80, "y" * 1024
    mosaic.accounts.register(NewAccount(username=name, password=password))
    guess(mosaic, password + "y", name)
    guess(mosaic, password, name + "x")
    mosaic.sessions.login(Credentials(username=name, password=password))
