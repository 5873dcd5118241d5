"""Days on which an activity was not asked for become pauses."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import frozen

from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import Place
from mosaic_core.schedules.model import PausedDays
from mosaic_core.schedules.pauses import MOST_PAUSES, Pause
from mosaic_core.store import UnitOfWork
from mosaic_core.touching import forget_pasts
from mosaic_core.views import Views

_ONE = dt.timedelta(days=1)


@frozen
class Paused:
    """Which places are paused now that were not before, and for which there was no room."""

    new: Collection[Place]
    refused: Collection[Place]


def pause_days(
    unit: UnitOfWork, views: Views, owner: int, places: Iterable[Place], activities: Mapping[str, Activity]
) -> Paused:
    """Pause the owner's activities, known by their name keys, on these days; return what became of them.

    Days in a row become one pause. Days that are paused already stay as they are, and so do those of
    activities that there are not. Where there would be more pauses than there may be, the newest are made.
    """
    there = unit.pauses.of(owner)
    stretches = _stretches(there, places, activities)
    room = max(MOST_PAUSES - len(there), 0)
    for key, days in stretches[:room]:
        activity = activities[key]
        unit.pauses.add(Pause(0, owner, days[0], days[-1], activity.id, ""))
        forget_pasts(unit, owner, [activity.name], days[0])
    if stretches:
        views.habits_changed(unit, owner)
    return Paused(_places(stretches[:room]), _places(stretches[room:]))


_Stretch = tuple[str, Sequence[dt.date]]
"""The name key of an activity and days in a row."""


def _stretches(
    there: Sequence[Pause], places: Iterable[Place], activities: Mapping[str, Activity]
) -> list[_Stretch]:
    """Return the days that are not paused yet, those in a row together, the newest first."""
    by_key: defaultdict[str, set[dt.date]] = defaultdict(set)
    for day, key in places:
        by_key[key].add(day)
    found: list[_Stretch] = []
    for key, days in by_key.items():
        activity = activities.get(key)
        if activity is not None and activity.id:
            known = [one.days for one in there if one.activity_id in {None, activity.id}]
            found += [(key, row) for row in _rows(sorted(day for day in days if not _covered(day, known)))]
    return sorted(found, key=lambda one: (one[1][-1], one[0]), reverse=True)


def _covered(day: dt.date, known: Iterable[PausedDays]) -> bool:
    return any(one.first <= day and (one.last is None or day <= one.last) for one in known)


def _rows(days: Sequence[dt.date]) -> list[list[dt.date]]:
    """Return the days, which are in order, by rows without a gap."""
    rows: list[list[dt.date]] = []
    for day in days:
        if rows and rows[-1][-1] + _ONE == day:
            rows[-1].append(day)
        else:
            rows.append([day])
    return rows


def _places(stretches: Iterable[_Stretch]) -> frozenset[Place]:
    return frozenset((day, key) for key, days in stretches for day in days)
