"""Keeping the entries of rules what they are to be, in the transaction of what they follow from.

After each, they are what the rules make of the days as they then are: nothing is counted up, nothing drifts.
Whoever has no rule pays one look for that.
"""

import datetime as dt
from collections.abc import Collection, Iterator

from attrs import evolve, frozen

from mosaic_core.activities.model import Activity
from mosaic_core.calendar import LAST_DAY
from mosaic_core.entries.model import PERSON, RULE
from mosaic_core.rules.difference import difference
from mosaic_core.rules.model import Rule
from mosaic_core.store import UnitOfWork
from mosaic_core.texts import name_key
from mosaic_core.touching import touch
from mosaic_core.views import Views
from mosaic_core.wearables.model import OVER_ALL
from mosaic_core.wearables.spans import runs


@frozen
class RuleFilling:
    """Fills days within a unit's transaction. What was cached of them is forgotten once it is durable."""

    unit: UnitOfWork
    views: Views

    def days(self, user_id: int, days: Collection[dt.date]) -> None:
        """Fill days of the user whose aggregates were computed again."""
        if not days:
            return
        for rule, activity in self._enabled(user_id):
            for first, last in runs(day for day in days if rule.from_ <= day <= LAST_DAY):
                self._fill(rule, activity, first, last)

    def place(self, owner: int | None, name: str, day: dt.date) -> None:
        """Fill the place of an entry that was taken away."""
        for rule, activity in self._enabled(owner):
            if name_key(activity.name) == name_key(name):
                self._fill(rule, activity, day, day)

    def all_of(self, rule: Rule, activity: Activity) -> None:
        """Fill all days of an enabled rule, and take back what it no longer wants."""
        if rule.enabled:
            self._fill(rule, activity, dt.date.min, dt.date.max)

    def _enabled(self, owner: int | None) -> Iterator[tuple[Rule, Activity]]:
        """Yield the owner's enabled rules, each with its activity."""
        rules = [] if owner is None else [one for one in self.unit.rules.of(owner) if one.enabled]
        if rules:
            activities = {one.id: one for one in self.unit.activities.owned(owner)}
            yield from ((rule, activities[rule.activity_id]) for rule in rules)

    def _fill(self, rule: Rule, activity: Activity, first: dt.date, last: dt.date) -> None:
        entries = self.unit.entries
        there = entries.named(rule.user_id, activity.name, first, last)
        days = self.unit.wearables.aggregates(rule.user_id, OVER_ALL, max(first, rule.from_), last)
        found = difference(rule, activity, there, days)
        changed = {entry.date for entry in (*found.added, *found.changed, *found.removed)}
        if not changed:
            return
        entries.delete(*(entry.id for entry in found.removed))
        entries.update_many(found.changed)
        entries.add_many(found.added)
        touch(self.unit, rule.user_id, [activity.name], changed)
        self.views.days_changed(self.unit, rule.user_id)


def rule_of(unit: UnitOfWork, activity: Activity) -> Rule | None:
    """Return the rule that fills the activity's days."""
    rules = [] if activity.user_id is None else unit.rules.of(activity.user_id)
    return next((one for one in rules if one.activity_id == activity.id), None)


def leave_entries(unit: UnitOfWork, activity: Activity) -> None:
    """Leave the entries that a rule has made of the activity to the person, as they are."""
    entries = unit.entries.named(activity.user_id, activity.name)
    unit.entries.update_many([evolve(one, origin=PERSON) for one in entries if one.origin == RULE])
