"""The paused days of a habit, as stretches that neither overlap nor touch."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from mosaic_core.schedules.model import PausedDays

_LAST_ORDINAL = dt.date.max.toordinal()


class PausedStretches:
    """Paused days in order, all as ordinals (`date.toordinal`), looked up by bisection; false without any."""

    __slots__ = ("_firsts", "_lasts", "_paused_before")

    def __init__(self, pauses: Iterable[PausedDays] = ()) -> None:
        """Merge the pauses, which may overlap."""
        firsts: list[int] = []
        lasts: list[int] = []
        for first, last in sorted([(one.first.toordinal(), _last(one)) for one in pauses]):
            if lasts and first <= lasts[-1] + 1:
                lasts[-1] = max(lasts[-1], last)
            else:
                firsts.append(first)
                lasts.append(last)
        lengths = (last - first + 1 for first, last in zip(firsts, lasts, strict=True))
        self._firsts, self._lasts = firsts, lasts
        self._paused_before = [0, *accumulate(lengths)]

    def __bool__(self) -> bool:
        return bool(self._firsts)

    def paused_through(self, day: int) -> int | None:
        """Return the last day of the stretch that the day lies in, None if it lies in none."""
        nearest = bisect_right(self._firsts, day) - 1
        return self._lasts[nearest] if nearest >= 0 and day <= self._lasts[nearest] else None

    def days_between(self, first: int, last: int) -> int:
        """Return how many days from `first` to `last`, which is at most a day before it, are paused."""
        return self._days_through(last) - self._days_through(first - 1)

    def _days_through(self, day: int) -> int:
        begun = bisect_right(self._firsts, day)
        paused = self._paused_before[begun]
        return paused - max(0, self._lasts[begun - 1] - day) if begun else paused


def stretches_of(pauses: Iterable[PausedDays] | PausedStretches) -> PausedStretches:
    """Return the stretches of the pauses; what is stretches already stays the same."""
    return pauses if isinstance(pauses, PausedStretches) else PausedStretches(pauses)


def _last(pause: PausedDays) -> int:
    return _LAST_ORDINAL if pause.last is None else pause.last.toordinal()
