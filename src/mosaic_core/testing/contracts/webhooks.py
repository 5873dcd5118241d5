"""What every store promises about webhooks and what waits for them."""

import datetime as dt

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.errors import Unauthorized
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.testing import strategies
from mosaic_core.testing.contracts.fixtures import UNKNOWN, StoreFixtures
from mosaic_core.testing.contracts.values import some
from mosaic_core.testing.factories import NOON, a_delivery, a_user, a_webhook, rolled_back

LATER = NOON + dt.timedelta(seconds=1)


def names(unit: UnitOfWork, webhook_id: int) -> list[str]:
    return [one.data for one in unit.webhooks.waiting(webhook_id, 100)]


class WebhookRepositoryContract(StoreFixtures):
    """What every store promises about webhooks and what waits for them."""

    @some
    @given(data=st.data())
    def test_any_webhook_and_event_come_back_as_they_were_added(
        self, store: Store, data: st.DataObject
    ) -> None:
        with rolled_back(store) as unit:
            webhook = data.draw(strategies.webhooks(unit.users.add(a_user()).id))
            kept = unit.webhooks.add(webhook)
            assert kept == evolve(webhook, id=kept.id) == unit.webhooks.get(kept.id)
            delivery = data.draw(strategies.deliveries(kept.id))
            unit.webhooks.put(delivery)
            (waiting,) = unit.webhooks.waiting(kept.id, 1)
            assert waiting == evolve(delivery, id=waiting.id)

    def test_webhooks_come_by_id_and_are_their_owners(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            assert not unit.webhooks.has_any(ada)
            adas = [unit.webhooks.add(a_webhook(ada)) for _ in range(2)]
            bens = unit.webhooks.add(a_webhook(ben, enabled=False))
        with store.read() as unit:
            assert (unit.webhooks.of(ada), unit.webhooks.of(ben)) == (adas, [bens])
            assert (unit.webhooks.has_any(ada), unit.webhooks.has_any(ben)) == (True, True)
            assert not unit.webhooks.has_any(UNKNOWN)
            assert unit.webhooks.get(UNKNOWN) is None

    def test_an_update_replaces_all_but_the_owner(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            first, second = unit.webhooks.add(a_webhook(ada)), unit.webhooks.add(a_webhook(ada))
            changed = a_webhook(
                ada, id=first.id, url="http://other/", events=("day.finalized",), secret="other",
                enabled=False, created_at=LATER, last_delivered_at=NOON, last_error="none",
                failures=3, given_up=4, due_at=LATER,
            )  # fmt: skip
            unit.webhooks.update(evolve(changed, user_id=ben))
            unit.webhooks.update(a_webhook(ada, id=UNKNOWN))
        with store.read() as unit:
            assert unit.webhooks.of(ada) == [changed, second]

    def test_that_which_is_due_longest_comes_first(self, store: Store, ada: int) -> None:
        instants = [None, LATER, NOON, NOON, NOON + dt.timedelta(microseconds=1)]
        with store.write() as unit:
            webhooks = [unit.webhooks.add(a_webhook(ada, due_at=at)) for at in instants]
            assert unit.webhooks.due(NOON - dt.timedelta(microseconds=1)) is None
            for expected in (2, 3, 4, 1):
                assert unit.webhooks.due(LATER) == webhooks[expected]
                unit.webhooks.update(evolve(webhooks[expected], due_at=None))
            assert unit.webhooks.due(LATER) is None

    def test_what_waits_comes_in_the_order_in_which_it_was_put(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            webhook, other = (unit.webhooks.add(a_webhook(ada)).id for _ in range(2))
            for name in ("c", "a", "b"):
                unit.webhooks.put(a_delivery(webhook, data=name))
            unit.webhooks.put(a_delivery(other, data="other"))
        with store.read() as unit:
            assert names(unit, webhook) == ["c", "a", "b"]
            assert [one.data for one in unit.webhooks.waiting(webhook, 2)] == ["c", "a"]
            assert (unit.webhooks.count_waiting(webhook), unit.webhooks.count_waiting(other)) == (3, 1)
            assert (names(unit, UNKNOWN), unit.webhooks.count_waiting(UNKNOWN)) == ([], 0)

    def test_what_was_removed_waits_no_longer(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            webhook = unit.webhooks.add(a_webhook(ada)).id
            for name in "abc":
                unit.webhooks.put(a_delivery(webhook, data=name))
            first, second, _ = unit.webhooks.waiting(webhook, 3)
            unit.webhooks.remove([first.id, second.id])
            unit.webhooks.remove([first.id])
            unit.webhooks.remove([])
            assert names(unit, webhook) == ["c"]
            unit.webhooks.put(a_delivery(webhook, data="d"))
            assert names(unit, webhook) == ["c", "d"]

    def test_what_waits_since_before_an_instant_is_removed_for_one_webhook(
        self, store: Store, ada: int
    ) -> None:
        with store.write() as unit:
            webhook, other = (unit.webhooks.add(a_webhook(ada)).id for _ in range(2))
            for at in (NOON, NOON - dt.timedelta(microseconds=1), LATER):
                unit.webhooks.put(a_delivery(webhook, data=str(at), created_at=at))
                unit.webhooks.put(a_delivery(other, data=str(at), created_at=at))
            assert unit.webhooks.remove_before(webhook, NOON) == 1
            assert unit.webhooks.remove_before(webhook, NOON) == 0
            assert names(unit, webhook) == [str(NOON), str(LATER)]
            assert unit.webhooks.count_waiting(other) == 3

    def test_a_deleted_webhook_takes_along_what_waits_and_its_id_is_not_given_again(
        self, store: Store, ada: int
    ) -> None:
        with store.write() as unit:
            webhook = unit.webhooks.add(a_webhook(ada)).id
            unit.webhooks.put(a_delivery(webhook))
            unit.webhooks.delete(webhook)
            unit.webhooks.delete(webhook)
            assert (unit.webhooks.get(webhook), names(unit, webhook)) == (None, [])
        with store.write() as unit:
            assert unit.webhooks.add(a_webhook(ada)).id > webhook

    def test_a_deleted_user_takes_their_webhooks_along(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            adas, bens = (unit.webhooks.add(a_webhook(user, due_at=NOON)).id for user in (ada, ben))
            for webhook in (adas, bens):
                unit.webhooks.put(a_delivery(webhook))
            unit.users.delete(ben)
        with store.read() as unit:
            assert (unit.webhooks.of(ben), names(unit, bens)) == ([], [])
            assert (len(unit.webhooks.of(ada)), names(unit, adas)) == (1, ['{"value":1.0}'])
            assert unit.webhooks.due(NOON) == unit.webhooks.get(adas)

    def test_nobody_who_is_gone_gets_a_webhook(self, store: Store) -> None:
        with pytest.raises(Unauthorized), store.write() as unit:
            unit.webhooks.add(a_webhook(UNKNOWN))
