"""A habit's days as its occasions see them: what was done, and what was paused."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence

from mosaic_core.schedules.model import Habit
from mosaic_core.schedules.stretches import PausedStretches


class HabitDays:
    """The days of a habit from its `begin` to `today`, all as ordinals (`date.toordinal`).

    `values` are those of the days that have an entry, `done` the days that are done.
    """

    values: Mapping[int, float]
    done: Collection[int]
    has_pauses: bool

    def __init__(
        self, habit: Habit, begin: int, today: int, values: Mapping[int, float], pauses: PausedStretches
    ) -> None:
        """Take the values of the entries up to `today`."""
        self.begin = begin
        self.today = today
        self.values = values
        is_done = habit.done_by
        self._with_values = sorted(values)
        self._in_order = [day for day in self._with_values if is_done(values[day])]
        self.done = frozenset(self._in_order)
        self._pauses = pauses
        self.has_pauses = bool(pauses)
        self._done_and_paused = [day for day in self._in_order if self.is_paused(day)] if pauses else []

    def is_paused(self, day: int) -> bool:
        """Return whether the day lies in a pause."""
        return self.has_pauses and self._pauses.paused_through(day) is not None

    def paused_through(self, day: int) -> int | None:
        """Return the last of the paused days that the day is one of, None if it is not paused."""
        return self._pauses.paused_through(day)

    def next_value(self, day: int) -> int | None:
        """Return the first day with a value that is not before the day, None if there is none."""
        place = bisect_left(self._with_values, day)
        return self._with_values[place] if place < len(self._with_values) else None

    def done_between(self, first: int, last: int) -> int:
        """Return how many days from `first` to `last` are done."""
        return _count_between(self._in_order, first, last)

    def asked_between(self, first: int, last: int) -> int:
        """Return how many days from `first` to `last`, and not before the begin, are done or not paused."""
        first = max(first, self.begin)
        asked = last - first + 1
        if self.has_pauses:
            asked -= self._pauses.days_between(first, last)
            asked += _count_between(self._done_and_paused, first, last)
        return asked


class NextDay(HabitDays):
    """The day `today` alone, where all days before it are in a kept past: made in a moment."""

    def __init__(
        self, habit: Habit, begin: int, today: int, value: float | None, pauses: PausedStretches
    ) -> None:
        """Take the value of the day's entry, None without one."""
        self.begin = begin
        self.today = today
        self.values = {} if value is None else {today: value}
        self.done = (today,) if value is not None and habit.done_by(value) else ()
        self._pauses = pauses
        self.has_pauses = bool(pauses)
        self._done_and_paused = [day for day in self.done if self.is_paused(day)]

    def done_between(self, first: int, last: int) -> int:
        """Return how many days from `first` to `last` are done."""
        return sum(first <= day <= last for day in self.done)


def _count_between(days: Sequence[int], first: int, last: int) -> int:
    """Return how many of the days, which are in order, are from `first` to `last`."""
    return bisect_right(days, last) - bisect_left(days, first)
