"""The habits that a user sees, as a unit of work has them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from mosaic_core.activities.model import NEGATIVE, Activity
from mosaic_core.caller import Caller
from mosaic_core.entries.model import Entry, EntryFilter
from mosaic_core.schedules.calculator import HabitCalculator
from mosaic_core.schedules.model import Habit, HabitDay, Past, PausedDays
from mosaic_core.schedules.pauses import Pause
from mosaic_core.schedules.stretches import PausedStretches
from mosaic_core.store import UnitOfWork
from mosaic_core.texts import name_key

ONE_DAY = dt.timedelta(days=1)
_NO_EARLIER_DAY = dt.date.min


@frozen
class HabitReading:
    """Reads habits for a caller.

    An administrator sees the shared activities too, and where they have no entry of a day, the shared one. Of
    such habits no past is kept, as anybody's change of what is shared would be one of theirs.

    `pauses` are those of everything; activities that have some of their own have all theirs in
    `pauses_of_one`, by their ids.
    """

    unit: UnitOfWork
    caller: Caller
    pauses: PausedStretches
    pauses_of_one: Mapping[int, PausedStretches]
    is_shared: bool

    @classmethod
    def of(cls, unit: UnitOfWork, caller: Caller) -> "HabitReading":
        """Return the reading for the caller."""
        pauses, of_one = _stretches(unit.pauses.of(caller.user_id))
        return cls(unit, caller, pauses, of_one, caller.is_admin and _has_shared_entries(unit, caller))

    def activities(self) -> list[tuple[str, Activity]]:
        """Return the activities that the caller sees, by their name keys; their own before a shared one."""
        own = self.unit.activities.owned(self.caller.user_id)
        shared = self.unit.activities.owned(None) if self.caller.is_admin else ()
        if not shared:
            return [(name_key(one.name), one) for one in own]
        return sorted({name_key(one.name): one for one in (*shared, *own)}.items())

    def keeps(self, activity: Activity) -> bool:
        """Return whether what the habit amounted to is kept."""
        if activity.user_id is None:
            return False
        return not self.is_shared or not self.unit.entries.values(
            None, activity.name, dt.date.min, dt.date.max
        )

    def pasts(self, day: dt.date) -> Mapping[str, Past]:
        """Return what is kept of the habits as of the end of the day before."""
        if day == _NO_EARLIER_DAY:
            return {}
        return self.unit.pasts.at(self.caller.user_id, day - ONE_DAY)

    def days(self, day: dt.date) -> Sequence[HabitDay]:
        """Return the activities that the caller sees and that are active on the day, by name."""
        if self.caller.is_admin and (self.is_shared or self.unit.activities.owned(None)):
            return self._days_with_shared(day)
        return self.unit.pasts.day(self.caller.user_id, day)

    def calculator_of(self, activity: Activity, today: dt.date, past: Past | None) -> HabitCalculator:
        """Return the calculator of an activity's habit, which goes on from a past that is kept."""
        return self.calculator(activity.name, habit_of(activity), self.paused(activity.id), today, past)

    def calculator(
        self, name: str, habit: Habit, pauses: PausedStretches, today: dt.date, past: Past | None
    ) -> HabitCalculator:
        """Return the calculator of a habit, which goes on from a past that is kept."""
        first = past.through + ONE_DAY if past else dt.date.min
        return HabitCalculator(habit, today, self._values(name, first, today), pauses, past)

    def paused(self, activity_id: int) -> PausedStretches:
        """Return the pauses of an activity."""
        return self.pauses_of_one.get(activity_id, self.pauses)

    def _days_with_shared(self, day: dt.date) -> Sequence[HabitDay]:
        own, shared = (self.unit.entries.on(owner, day) for owner in (self.caller.user_id, None))
        entries = {name_key(one.activity): one for one in (*shared, *own)}
        pasts = self.pasts(day)
        return [
            habit_day(one, entries.get(key), pasts.get(key) if self.keeps(one) else None)
            for key, one in self.activities()
            if one.active_on(day)
        ]

    def _values(self, name: str, first: dt.date, last: dt.date) -> Mapping[dt.date, float]:
        values = dict(self.unit.entries.values(self.caller.user_id, name, first, last))
        if self.is_shared:
            return {**dict(self.unit.entries.values(None, name, first, last)), **values}
        return values


def habit_of(activity: Activity) -> Habit:
    """Return how the days of an activity are judged."""
    return Habit(activity.effective_schedule, activity.target, activity.activity_type == NEGATIVE)


def habit_day(activity: Activity, entry: Entry | None, past: Past | None) -> HabitDay:
    """Return an activity on a day, with its entry and its newest past."""
    return HabitDay(
        activity_id=activity.id,
        name=activity.name,
        category=activity.category,
        activity_type=activity.activity_type,
        unit=activity.unit,
        habit=habit_of(activity),
        entry_id=entry.id if entry else None,
        value=entry.value if entry else None,
        note=entry.note if entry else None,
        origin=entry.origin if entry else None,
        past=past,
    )


def _stretches(pauses: Iterable[Pause]) -> tuple[PausedStretches, Mapping[int, PausedStretches]]:
    """Return the pauses of everything, and those of each activity that has some of its own."""
    of_all: list[PausedDays] = []
    of_one: dict[int, list[PausedDays]] = {}
    for one in pauses:
        found = of_all if one.activity_id is None else of_one.setdefault(one.activity_id, [])
        found.append(one.days)
    return PausedStretches(of_all), {key: PausedStretches([*of_all, *some]) for key, some in of_one.items()}


def _has_shared_entries(unit: UnitOfWork, caller: Caller) -> bool:
    everything = EntryFilter()
    own = unit.entries.count(caller.user_id, everything, shared=False)
    return unit.entries.count(caller.user_id, everything, shared=True) > own
