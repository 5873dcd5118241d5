"""Logouts for which the store has no room."""

import pytest

from mosaic_core.accounts.model import Credentials, Session
from mosaic_core.accounts.revocations import Revocation, UnstoredRevocations
from mosaic_core.app import Mosaic
from mosaic_core.errors import StorageFull, Unauthorized
from support import NOON, PASSWORD, FixedClock, a_mosaic, registered, rolled_back

LATER = int(NOON.timestamp()) + 60


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def mosaic(clock: FixedClock) -> Mosaic:
    return a_mosaic(clock)


def logged_in(mosaic: Mosaic, username: str = "ada") -> tuple[str, Session]:
    token = mosaic.sessions.login(Credentials(username=username, password=PASSWORD)).access_token
    return token, mosaic.sessions.authenticate(token)


def is_stored(mosaic: Mosaic, session: Session) -> bool:
    with mosaic.store.read() as unit:
        return unit.users.is_revoked(session.token_id)


def refused(mosaic: Mosaic, token: str) -> bool:
    try:
        mosaic.sessions.authenticate(token)
    except Unauthorized:
        return True
    return False


def test_a_logout_in_this_process_alone_ends_the_token_at_once_and_no_other(mosaic: Mosaic) -> None:
    registered(mosaic, "ada")
    ended, session = logged_in(mosaic)
    other, _ = logged_in(mosaic)
    mosaic.sessions.logout_here(session)
    assert refused(mosaic, ended)
    assert not refused(mosaic, other)
    assert not is_stored(mosaic, session)


def test_tidying_makes_it_durable(mosaic: Mosaic) -> None:
    registered(mosaic, "ada")
    ended, session = logged_in(mosaic)
    mosaic.sessions.logout_here(session)
    mosaic.tidy()
    assert is_stored(mosaic, session)
    assert not mosaic.sessions.revocations.holds(session.token_id)
    assert refused(mosaic, ended)


def test_the_next_logout_makes_it_durable(mosaic: Mosaic) -> None:
    registered(mosaic, "ada")
    ended, session = logged_in(mosaic)
    registered(mosaic, "ben")
    mosaic.sessions.logout_here(session)
    mosaic.sessions.logout(logged_in(mosaic, "ben")[1])
    assert is_stored(mosaic, session)
    assert refused(mosaic, ended)


def test_it_is_remembered_until_it_is_durable(mosaic: Mosaic) -> None:
    registered(mosaic, "ada")
    ended, session = logged_in(mosaic)
    mosaic.sessions.logout_here(session)
    with rolled_back(mosaic.store) as unit:
        mosaic.sessions.store_revocations(unit)
    assert not is_stored(mosaic, session)
    assert refused(mosaic, ended)


def test_a_user_who_is_gone_stops_no_tidying(mosaic: Mosaic) -> None:
    registered(mosaic, "ada")
    gone = registered(mosaic, "ben")
    _, session = logged_in(mosaic, "ben")
    mosaic.sessions.logout_here(session)
    mosaic.accounts.delete_own(gone)
    mosaic.tidy()
    assert not is_stored(mosaic, session)
    assert not mosaic.sessions.revocations.holds(session.token_id)


def test_it_is_remembered_no_longer_than_the_token_lives(mosaic: Mosaic, clock: FixedClock) -> None:
    registered(mosaic, "ada")
    _, session = logged_in(mosaic)
    mosaic.sessions.logout_here(session)
    clock.advance(hours=1)
    mosaic.tidy()
    assert not is_stored(mosaic, session)
    assert not mosaic.sessions.revocations.holds(session.token_id)


def test_so_many_are_remembered_and_one_more_only_where_others_have_run_out(clock: FixedClock) -> None:
    revocations = UnstoredRevocations(clock)
    for number in range(10_000):
        revocations.keep(Revocation(1, f"token {number}", LATER))
    with pytest.raises(StorageFull):
        revocations.keep(Revocation(1, "one more", LATER + 60))
    assert revocations.holds("token 0")
    clock.advance(seconds=60)
    revocations.keep(Revocation(1, "one more", LATER + 60))
    assert revocations.holds("one more")
    assert not revocations.holds("token 0")
