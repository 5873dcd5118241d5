"""A habit's days as its occasions see them: what was done, and what was paused."""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

from mosaic_core.schedules.model import Habit, PausedDays


class HabitDays:
    """The days of a habit from its `begin` to `today`, all as ordinals (`date.toordinal`)."""

    def __init__(
        self,
        habit: Habit,
        begin: int,
        today: int,
        values: Mapping[int, float],
        pauses: Iterable[PausedDays],
    ) -> None:
        """Take the values of the entries; those after `today` do not count. Pauses may overlap."""
        self.begin = begin
        self.today = today
        self._values = values
        self._done = sorted([day for day, value in values.items() if day <= today and habit.done_by(value)])
        self._is_done = frozenset(self._done)
        self._pauses = _merged(pauses)
        self._pause_firsts = [first for first, _ in self._pauses]

    def value(self, day: int) -> float | None:
        """Return the day's value, None without an entry."""
        return self._values.get(day) if day <= self.today else None

    def is_done(self, day: int) -> bool:
        """Return whether the day is done."""
        return day in self._is_done

    def is_paused(self, day: int) -> bool:
        """Return whether the day lies in a pause."""
        nearest = bisect_right(self._pause_firsts, day) - 1
        return nearest >= 0 and day <= self._pauses[nearest][1]

    def done_between(self, first: int, last: int) -> int:
        """Return how many days from `first` to `last` are done."""
        return bisect_right(self._done, last) - bisect_left(self._done, first)

    def asked_between(self, first: int, last: int) -> int:
        """Return how many days from `first` to `last`, and not before the begin, are done or not paused."""
        first = max(first, self.begin)
        asked = last - first + 1
        for paused_first, paused_last in self._pauses:
            start, end = max(first, paused_first), min(last, paused_last)
            if start <= end:
                asked -= end - start + 1 - self.done_between(start, end)
        return asked


def _merged(pauses: Iterable[PausedDays]) -> Sequence[tuple[int, int]]:
    """Return the pauses as pairs of ordinals that neither overlap nor touch, in order."""
    spans = sorted([(one.first.toordinal(), (one.last or dt.date.max).toordinal()) for one in pauses])
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
