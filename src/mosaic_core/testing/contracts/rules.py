"""What every store promises about rules."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.errors import Conflict, Unauthorized
from mosaic_core.rules.model import CHECK
from mosaic_core.store import Store
from mosaic_core.testing import strategies
from mosaic_core.testing.contracts.fixtures import UNKNOWN, StoreFixtures
from mosaic_core.testing.contracts.values import some
from mosaic_core.testing.factories import a_rule, a_user, an_activity, days_ago, rolled_back


class RuleRepositoryContract(StoreFixtures):
    """What every store promises about rules."""

    @some
    @given(data=st.data())
    def test_any_rule_comes_back_as_it_was_added(self, store: Store, data: st.DataObject) -> None:
        with rolled_back(store) as unit:
            user_id = unit.users.add(a_user()).id
            activity = unit.activities.add(an_activity(user_id))
            rule = data.draw(strategies.rules(user_id, activity.id))
            kept = unit.rules.add(rule)
            assert kept == evolve(rule, id=kept.id)
            assert unit.rules.of(user_id) == [kept]

    def test_rules_come_by_id_and_are_their_owners(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            first, second = (
                unit.rules.add(a_rule(ada, unit.activities.add(an_activity(ada, name)).id)) for name in "ba"
            )
            bens = unit.rules.add(a_rule(ben, unit.activities.add(an_activity(ben, "b")).id))
        with store.read() as unit:
            assert unit.rules.of(ada) == [first, second]
            assert unit.rules.of(ben) == [bens]
            assert unit.rules.of(UNKNOWN) == []

    def test_an_activity_has_one_rule(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            run, read = (unit.activities.add(an_activity(ada, name)).id for name in ("Run", "Read"))
            rules = [unit.rules.add(a_rule(ada, one)) for one in (run, read)]
        with pytest.raises(Conflict, match="has a rule"), store.write() as unit:
            unit.rules.add(a_rule(ada, run, metric="calories"))
        with pytest.raises(Conflict, match="has a rule"), store.write() as unit:
            unit.rules.update(evolve(rules[1], activity_id=run))
        with store.read() as unit:
            assert unit.rules.of(ada) == rules

    def test_an_update_replaces_a_rule_of_its_user(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            run, read = (unit.activities.add(an_activity(ada, name)).id for name in ("Run", "Read"))
            rule = unit.rules.add(a_rule(ada, run))
            changed = evolve(
                rule,
                activity_id=read,
                metric="calories",
                fill=CHECK,
                at_least=0.5,
                from_=days_ago(3),
                enabled=False,
            )
            unit.rules.update(changed)
            unit.rules.update(evolve(rule, user_id=ben))
            unit.rules.update(a_rule(ada, run, id=UNKNOWN))
        with store.read() as unit:
            assert (unit.rules.of(ada), unit.rules.of(ben)) == ([changed], [])

    def test_a_deleted_rule_is_gone_and_its_id_is_not_given_again(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            activity = unit.activities.add(an_activity(ada))
            rule = unit.rules.add(a_rule(ada, activity.id))
            unit.rules.delete(ben, rule.id)
            assert unit.rules.of(ada) == [rule]
            unit.rules.delete(ada, rule.id)
            unit.rules.delete(ada, rule.id)
            assert unit.rules.of(ada) == []
        with store.write() as unit:
            assert unit.rules.add(a_rule(ada, activity.id)).id > rule.id

    def test_a_rule_goes_with_its_activity(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            run, read = (unit.activities.add(an_activity(ada, name)).id for name in ("Run", "Read"))
            rules = [unit.rules.add(a_rule(ada, one)) for one in (run, read)]
            unit.activities.delete(run)
        with store.read() as unit:
            assert unit.rules.of(ada) == rules[1:]

    def test_a_deleted_user_takes_their_rules_along(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            rules = [
                unit.rules.add(a_rule(user, unit.activities.add(an_activity(user)).id)) for user in (ada, ben)
            ]
            unit.users.delete(ben)
        with store.read() as unit:
            assert (unit.rules.of(ada), unit.rules.of(ben)) == (rules[:1], [])

    def test_nobody_who_is_gone_gets_a_rule(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            activity = unit.activities.add(an_activity(ada))
            unit.users.delete(ada)
        with pytest.raises(Unauthorized), store.write() as unit:
            unit.rules.add(a_rule(ada, activity.id))
