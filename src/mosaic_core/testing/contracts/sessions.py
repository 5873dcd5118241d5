"""What every store promises about logins."""

import datetime as dt

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.errors import Unauthorized
from mosaic_core.store import Store
from mosaic_core.testing import strategies
from mosaic_core.testing.contracts.fixtures import UNKNOWN, StoreFixtures
from mosaic_core.testing.contracts.values import some
from mosaic_core.testing.factories import NOON, a_session, a_user, rolled_back


class SessionRepositoryContract(StoreFixtures):
    """What every store promises about logins."""

    @some
    @given(data=st.data())
    def test_any_login_comes_back_as_it_was_added(self, store: Store, data: st.DataObject) -> None:
        with rolled_back(store) as unit:
            session = data.draw(strategies.sessions(unit.users.add(a_user()).id))
            unit.sessions.add(session)
            (kept,) = unit.sessions.of(session.user_id)
            assert kept == evolve(session, id=kept.id)

    def test_logins_come_by_last_use_the_latest_first(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            for name, seconds in (("a", 1), ("b", 0), ("c", 1), ("d", 0.5)):
                used = NOON + dt.timedelta(seconds=seconds)
                unit.sessions.add(a_session(ada, token_id=name, last_used_at=used))
            unit.sessions.add(a_session(ben, token_id="e"))
        with store.read() as unit:
            assert [one.token_id for one in unit.sessions.of(ada)] == ["c", "a", "d", "b"]
            assert [one.token_id for one in unit.sessions.of(ben)] == ["e"]
            assert unit.sessions.of(UNKNOWN) == []

    def test_a_login_that_is_added_again_stays_as_it_is(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.sessions.add(a_session(ada))
            before = unit.sessions.of(ada)
            unit.sessions.add(a_session(ada, user_agent="another"))
            assert unit.sessions.of(ada) == before

    def test_a_use_is_noted_if_the_login_is_there(self, store: Store, ada: int) -> None:
        later = NOON + dt.timedelta(hours=1)
        with store.write() as unit:
            unit.sessions.add(a_session(ada))
            assert unit.sessions.use("0-one", later)
            assert not unit.sessions.use("0-ONE", later)
        with store.read() as unit:
            assert [one.last_used_at for one in unit.sessions.of(ada)] == [later]

    def test_a_deleted_login_is_gone_and_its_id_is_not_given_again(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.sessions.add(a_session(ada))
            (first,) = unit.sessions.of(ada)
            unit.sessions.delete(first.id)
            unit.sessions.delete(first.id)
            assert unit.sessions.of(ada) == []
        with store.write() as unit:
            unit.sessions.add(a_session(ada))
            assert unit.sessions.of(ada)[0].id > first.id

    def test_logins_whose_time_has_run_out_are_swept(self, store: Store, ada: int) -> None:
        now = dt.datetime.fromtimestamp(1_000, dt.UTC)
        with store.write() as unit:
            for token_id, expires_at in (("past", 999), ("now", 1_000), ("future", 1_001)):
                unit.sessions.add(a_session(ada, token_id=token_id, expires_at=expires_at))
            assert unit.sessions.delete_expired(now) == 2
            assert unit.sessions.delete_expired(now) == 0
            assert [one.token_id for one in unit.sessions.of(ada)] == ["future"]

    def test_a_deleted_user_takes_their_logins_along(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            unit.sessions.add(a_session(ada, token_id="one"))
            unit.sessions.add(a_session(ben, token_id="two"))
            unit.users.delete(ben)
        with store.read() as unit:
            assert unit.sessions.of(ben) == []
            assert len(unit.sessions.of(ada)) == 1

    def test_nobody_who_is_gone_gets_a_login(self, store: Store) -> None:
        with pytest.raises(Unauthorized), store.write() as unit:
            unit.sessions.add(a_session(UNKNOWN))
