"""What is to become of the entries of a rule."""

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from mosaic_core.activities.model import Activity
from mosaic_core.calendar import LAST_DAY
from mosaic_core.entries.model import RULE, Entry, new_entry
from mosaic_core.rules.model import Rule
from mosaic_core.wearables.model import DailyAggregate


@frozen
class Difference:
    """The entries to add (without ids yet), to change and to remove."""

    added: Sequence[Entry]
    changed: Sequence[Entry]
    removed: Sequence[Entry]


def difference(
    rule: Rule, activity: Activity, there: Iterable[Entry], days: Iterable[DailyAggregate]
) -> Difference:
    """Return what makes of the activity's entries that are there what the rule wants of these days.

    What a person or an import has said stays. A day that the rule wants nothing of keeps no entry of its own.
    """
    told = {day.day: rule.value(day) for day in days if day.day <= LAST_DAY}
    wanted = {day: float(value) for day, value in told.items() if value is not None}
    entries = {entry.date: entry for entry in there}
    own = [entry for entry in entries.values() if entry.origin == RULE]
    return Difference(
        added=[
            new_entry(activity, activity.user_id, day, wanted[day], "", RULE)
            for day in sorted(wanted.keys() - entries.keys())
        ],
        changed=[
            evolve(entry, value=wanted[entry.date])
            for entry in own
            if wanted.get(entry.date, entry.value) != entry.value
        ],
        removed=[entry for entry in own if entry.date not in wanted],
    )
