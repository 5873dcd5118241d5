"""What every store promises about personal access tokens."""

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
from mosaic_core.testing.factories import NOON, a_token, a_user, rolled_back

OTHER = "cd" * 32


class TokenRepositoryContract(StoreFixtures):
    """What every store promises about personal access tokens."""

    @some
    @given(data=st.data())
    def test_any_token_comes_back_as_it_was_added(self, store: Store, data: st.DataObject) -> None:
        with rolled_back(store) as unit:
            token = data.draw(strategies.tokens(unit.users.add(a_user()).id))
            kept = unit.tokens.add(token)
            assert kept == evolve(token, id=kept.id)
            assert [unit.tokens.get(kept.id), unit.tokens.find(token.hash)] == [kept, kept]

    def test_tokens_come_by_id_and_are_their_owners(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            first, second = unit.tokens.add(a_token(ada, OTHER)), unit.tokens.add(a_token(ada))
            bens = unit.tokens.add(a_token(ben, "ef" * 32))
        with store.read() as unit:
            assert (unit.tokens.of(ada), unit.tokens.of(ben)) == ([first, second], [bens])
            assert unit.tokens.of(UNKNOWN) == []
            assert unit.tokens.get(UNKNOWN) is None
            assert unit.tokens.find("no hash") is None

    def test_a_use_is_noted_if_the_token_is_there(self, store: Store, ada: int) -> None:
        later = NOON + dt.timedelta(hours=1)
        with store.write() as unit:
            token = unit.tokens.add(a_token(ada))
            unit.tokens.use(token.id, later)
            unit.tokens.use(UNKNOWN, later)
        with store.read() as unit:
            assert unit.tokens.of(ada) == [evolve(token, last_used_at=later)]

    def test_a_deleted_token_is_gone_and_its_id_is_not_given_again(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            token = unit.tokens.add(a_token(ada))
            unit.tokens.delete(token.id)
            unit.tokens.delete(token.id)
            assert unit.tokens.find(token.hash) is None
        with store.write() as unit:
            assert unit.tokens.add(a_token(ada)).id > token.id

    def test_a_deleted_user_takes_their_tokens_along(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            kept = unit.tokens.add(a_token(ada))
            gone = unit.tokens.add(a_token(ben, OTHER))
            unit.users.delete(ben)
        with store.read() as unit:
            assert [unit.tokens.get(kept.id), unit.tokens.get(gone.id)] == [kept, None]
            assert unit.tokens.find(OTHER) is None

    def test_nobody_who_is_gone_gets_a_token(self, store: Store) -> None:
        with pytest.raises(Unauthorized), store.write() as unit:
            unit.tokens.add(a_token(UNKNOWN))
