"""Personal access tokens and logins as a program uses them."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mosaic_adapters.memory.store import MemoryStore, MemoryUnit
from mosaic_adapters.sqlite import SqliteStore
from mosaic_core.accounts.defaults import NoTokens
from mosaic_core.accounts.model import Credentials, ProfileChange
from mosaic_core.app import Mosaic
from mosaic_core.errors import Forbidden, InvalidInput, NotFound, StorageFull, Unauthorized
from mosaic_core.testing import PASSWORD
from mosaic_core.testing.tokens import NumberedTokens
from mosaic_core.tokens.model import NewToken
from mosaic_core.webhooks.model import ENTRY_ADDED, NewWebhook, WebhookChange
from support import PASSWORDS, FixedClock, registered

READS = NewToken(name="watch", scopes=("read",))
HOOK = NewWebhook(url="http://example.org/", events=(ENTRY_ADDED,))


class FullStore(MemoryStore):
    """A store that has no room, from when a test says so."""

    is_full = False

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        if self.is_full:
            raise StorageFull("There is no room")
        with super().write() as unit:
            yield unit


@pytest.fixture
def store() -> FullStore:
    return FullStore()


@pytest.fixture
def mosaic(store: FullStore, clock: FixedClock) -> Iterator[Mosaic]:
    with Mosaic.over(store, clock=clock, passwords=PASSWORDS, tokens=NumberedTokens()) as made:
        registered(made, "ada")
        registered(made, "ben")
        yield made


def test_the_operator_sees_everybodys_tokens_or_one_persons(mosaic: Mosaic) -> None:
    for name in ("ben", "ada"):
        mosaic.tokens.create(mosaic.sessions.caller(name), READS)
    assert [(user.username, token.id) for user, token in mosaic.tokens.every()] == [("ada", 2), ("ben", 1)]
    assert [token.id for _, token in mosaic.tokens.every("BEN")] == [1]
    with pytest.raises(NotFound):
        mosaic.tokens.every("nobody")


def test_an_id_that_no_store_can_give_and_a_name_that_none_can_keep_are_not_found(tmp_path: Path) -> None:
    with Mosaic.over(SqliteStore(tmp_path / "mosaic.db"), passwords=PASSWORDS) as mosaic:
        ada = registered(mosaic, "ada")
        for number in (2**63, -(2**64)):
            with pytest.raises(NotFound, match=f"There is no token {number}"):
                mosaic.tokens.delete(ada, number)
        with pytest.raises(NotFound, match="There is no user named"):
            mosaic.sessions.caller("ad\udcff")


def test_nobody_who_is_gone_gets_a_token(mosaic: Mosaic) -> None:
    ben = mosaic.sessions.caller("ben")
    mosaic.accounts.delete_named("ben")
    with pytest.raises(Unauthorized):
        mosaic.tokens.create(ben, READS)


@pytest.mark.parametrize("end", ["a new password", "ended elsewhere", "logged out"])
def test_a_login_that_ends_while_its_request_waits_opens_nothing_more(mosaic: Mosaic, end: str) -> None:
    held, other = (
        mosaic.sessions.authenticate(
            mosaic.sessions.login(Credentials(username="ben", password=PASSWORD)).access_token
        )
        for _ in range(2)
    )
    ben = held.caller
    webhook = mosaic.webhooks.create(ben, HOOK)
    while_living = mosaic.sessions.while_living
    if end == "a new password":
        mosaic.accounts.update(ben, ProfileChange(password="another password"), session=other)
    elif end == "logged out":
        mosaic.sessions.logout(held)
    else:
        (row,) = (one for one in mosaic.sessions.of(ben) if one.token_id == held.token_id)
        mosaic.sessions.end(ben, row.id)

    for late in (
        lambda: while_living(held, lambda: mosaic.tokens.create(ben, READS)),
        lambda: mosaic.accounts.update(ben, ProfileChange(password="a thief's password"), session=held),
    ):
        with pytest.raises(Unauthorized):
            late()
    change = WebhookChange(url="http://example.net/")
    with pytest.raises(Unauthorized):
        while_living(held, lambda: mosaic.webhooks.change(ben, webhook.id, change))
    assert mosaic.tokens.of(ben) == []
    assert mosaic.webhooks.of(ben) == [webhook]
    assert [one.token_id for one in mosaic.sessions.of(ben)] == [other.token_id]
    assert while_living(other, lambda: mosaic.tokens.create(ben, READS)).stored.user_id == ben.user_id


def test_an_administrator_no_more_makes_no_token_of_one(mosaic: Mosaic) -> None:
    login = mosaic.sessions.login(Credentials(username="ada", password=PASSWORD))
    ada = mosaic.sessions.authenticate(login.access_token)
    mosaic.accounts.set_admin("ben", is_admin=True)
    mosaic.accounts.set_admin("ada", is_admin=False)
    new = NewToken(name="all", scopes=("admin",))
    with pytest.raises(Forbidden):
        mosaic.sessions.while_living(ada, lambda: mosaic.tokens.create(ada.caller, new))
    assert mosaic.tokens.of(ada.caller) == []


def test_an_end_has_an_offset() -> None:
    with pytest.raises(InvalidInput):
        NewToken(name="watch", scopes=("read",), expires_at=dt.datetime(2030, 1, 1))  # noqa: DTZ001  # as tested


def test_a_login_without_room_counts_and_is_stored_once_it_is_used(
    mosaic: Mosaic, store: FullStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.is_full = True
    login = mosaic.sessions.login(Credentials(username="ada", password=PASSWORD))
    assert "audit row not stored: auth.login" in caplog.text
    ada = mosaic.sessions.authenticate(login.access_token).caller
    assert mosaic.sessions.of(ada) == []
    store.is_full = False
    mosaic.sessions.write_uses()
    assert len(mosaic.sessions.of(ada)) == 1


def test_a_program_without_tokens_makes_no_secrets() -> None:
    with pytest.raises(Forbidden):
        NoTokens().new_secret()
