"""Rules: entries that make themselves of what wearables know."""

from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_core.activities.model import Activity
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.errors import NotFound
from mosaic_core.rules.filling import RuleFilling, leave_entries
from mosaic_core.rules.model import ListedRule, NewRule, Rule, RuleChange, bounded
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.validators import given
from mosaic_core.views import Views


@frozen
class RuleService:
    """The use cases of rules. Each fills the days of one of its user's own activities."""

    store: Store
    clock: Clock
    views: Views
    audit: AuditTrail

    def of(self, caller: Caller) -> Sequence[ListedRule]:
        """Return the caller's rules by the names of their activities."""
        with self.store.read() as unit:
            rules = {one.activity_id: one for one in unit.rules.of(caller.user_id)}
            activities = unit.activities.owned(caller.user_id) if rules else ()
        return [ListedRule(rules[one.id], one.name) for one in activities if one.id in rules]

    def add(self, caller: Caller, new: NewRule) -> ListedRule:
        """Add a rule, and fill the days from its first on.

        Raises NotFound if the caller has no activity of that name, Conflict if it has a rule.
        """
        with self.store.write() as unit:
            activity = unit.activities.find(caller.user_id, new.activity)
            if activity is None:
                raise NotFound(f"You have no activity named {new.activity}")
            rule = unit.rules.add(
                Rule(
                    id=0,
                    user_id=caller.user_id,
                    activity_id=activity.id,
                    metric=new.metric,
                    fill=new.fill,
                    at_least=new.at_least,
                    from_=new.from_ or caller.today(self.clock.now()),
                    enabled=True,
                )
            )
            RuleFilling(unit, self.views).all_of(rule, activity)
            self._note(unit, "rule.create", "Rule added", rule, activity)
        return ListedRule(rule, activity.name)

    def change(self, caller: Caller, rule_id: int, change: RuleChange) -> ListedRule:
        """Change a rule and fill its days anew; return it as it is then.

        One that is disabled leaves what there is, and takes it up again when it is enabled. Raises NotFound,
        or InvalidInput for a check that would not say how much is enough.
        """
        with self.store.write() as unit:
            before, activity = _own(unit, caller, rule_id)
            after = evolve(before, **given(change))
            bounded(after)
            unit.rules.update(after)
            RuleFilling(unit, self.views).all_of(after, activity)
            self._note(unit, "rule.update", "Rule changed", after, activity)
        return ListedRule(after, activity.name)

    def delete(self, caller: Caller, rule_id: int) -> None:
        """Delete a rule; the entries that it made are the person's from now on."""
        with self.store.write() as unit:
            rule, activity = _own(unit, caller, rule_id)
            leave_entries(unit, activity)
            unit.rules.delete(caller.user_id, rule_id)
            self._note(unit, "rule.delete", "Rule deleted", rule, activity)
            self.views.days_changed(unit, caller.user_id)

    def _note(self, unit: UnitOfWork, event_type: str, message: str, rule: Rule, activity: Activity) -> None:
        self.audit.note(
            unit,
            event_type,
            message,
            rule.user_id,
            rule_id=rule.id,
            activity_id=activity.id,
            activity=activity.name,
            metric=rule.metric,
            fill=rule.fill,
            at_least=rule.at_least,
            enabled=rule.enabled,
            **{"from": rule.from_.isoformat()},
        )


def _own(unit: UnitOfWork, caller: Caller, rule_id: int) -> tuple[Rule, Activity]:
    for rule in unit.rules.of(caller.user_id):
        if rule.id == rule_id:
            activities = unit.activities.owned(caller.user_id)
            return rule, next(one for one in activities if one.id == rule.activity_id)
    raise NotFound(f"There is no rule {rule_id}")
