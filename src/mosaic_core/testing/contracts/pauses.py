"""What every store promises about pauses."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.errors import Unauthorized
from mosaic_core.store import Store
from mosaic_core.testing import strategies
from mosaic_core.testing.contracts.fixtures import UNKNOWN, StoreFixtures
from mosaic_core.testing.contracts.values import some
from mosaic_core.testing.factories import TODAY, a_pause, a_user, an_activity, days_ago, rolled_back


class PauseRepositoryContract(StoreFixtures):
    """What every store promises about pauses."""

    @some
    @given(data=st.data())
    def test_any_pause_comes_back_as_it_was_added(self, store: Store, data: st.DataObject) -> None:
        with rolled_back(store) as unit:
            user_id = unit.users.add(a_user()).id
            activity = unit.activities.add(an_activity(None))
            pause = data.draw(strategies.pauses(user_id, [activity.id]))
            kept = unit.pauses.add(pause)
            assert kept == evolve(pause, id=kept.id) == unit.pauses.get(user_id, kept.id)
            assert unit.pauses.of(user_id) == [kept]

    def test_pauses_come_by_their_first_day_and_are_their_owners(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            later, first, second = (unit.pauses.add(a_pause(ada, days_ago(ago))) for ago in (1, 2, 2))
            bens = unit.pauses.add(a_pause(ben))
        with store.read() as unit:
            assert unit.pauses.of(ada) == [first, second, later]
            assert unit.pauses.of(ben) == [bens]
            assert unit.pauses.get(ada, first.id) == first
            assert (unit.pauses.get(ben, first.id), unit.pauses.get(ada, UNKNOWN)) == (None, None)

    def test_an_update_replaces_a_pause_of_its_user(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            activity = unit.activities.add(an_activity(ada))
            first, second = unit.pauses.add(a_pause(ada)), unit.pauses.add(a_pause(ada))
            changed = evolve(first, from_=days_ago(3), to=TODAY, activity_id=activity.id, reason="Flu")
            unit.pauses.update(changed)
            unit.pauses.update(evolve(second, user_id=ben, reason="not mine"))
            unit.pauses.update(a_pause(ada, id=UNKNOWN))
        with store.read() as unit:
            assert (unit.pauses.of(ada), unit.pauses.of(ben)) == ([changed, second], [])

    def test_a_deleted_pause_is_gone_and_its_id_is_not_given_again(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            pause = unit.pauses.add(a_pause(ada))
            unit.pauses.delete(ben, pause.id)
            assert unit.pauses.of(ada) == [pause]
            unit.pauses.delete(ada, pause.id)
            unit.pauses.delete(ada, pause.id)
            assert unit.pauses.of(ada) == []
        with store.write() as unit:
            assert unit.pauses.add(a_pause(ada)).id > pause.id

    def test_the_pauses_of_an_activity_go_with_it_or_become_anothers(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            source, target = (unit.activities.add(an_activity(None, name)).id for name in "ab")
            of_all = unit.pauses.add(a_pause(ada))
            adas, bens = (unit.pauses.add(a_pause(user, activity_id=source)) for user in (ada, ben))
            unit.pauses.move(source, target)
            unit.activities.delete(source)
            assert unit.pauses.of(ada) == [of_all, evolve(adas, activity_id=target)]
            assert unit.pauses.of(ben) == [evolve(bens, activity_id=target)]
            unit.activities.delete(target)
        with store.read() as unit:
            assert (unit.pauses.of(ada), unit.pauses.of(ben)) == ([of_all], [])

    def test_a_deleted_user_takes_their_pauses_along(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            pause = unit.pauses.add(a_pause(ada))
            unit.pauses.add(a_pause(ben))
            unit.users.delete(ben)
        with store.read() as unit:
            assert (unit.pauses.of(ada), unit.pauses.of(ben)) == ([pause], [])

    def test_nobody_who_is_gone_gets_a_pause(self, store: Store) -> None:
        with pytest.raises(Unauthorized), store.write() as unit:
            unit.pauses.add(a_pause(UNKNOWN))
