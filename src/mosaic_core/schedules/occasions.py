"""When a schedule asks for something: its occasions, each a day or a period of days.

Days are ordinals here (`date.toordinal`): day 1 is a Monday.
"""

import calendar
import datetime as dt
import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from mosaic_core.schedules.model import MONTH, WEEK, WEEKDAYS, Daily, Every, Schedule, Times, Weekdays

_HALF_LIFE = 13
"""In days, of a habit that is wanted every day."""

OfSingleDays = Daily | Weekdays | Every
"""A schedule each of whose occasions is a single day."""


class Occasion(NamedTuple):
    """The days from `first` to `last`, both included, on which something is wanted `times` times.

    `fading` is m of the strength's formula: what is left of a strength after it.
    """

    first: int
    last: int
    times: int
    fading: float


def occasions(schedule: Schedule, begin: int, after: int, until: int) -> Iterator[Occasion]:
    """Yield the occasions that end after the day `after` and begin by `until`, in order.

    A period that began before the habit did is one; a single day before `begin` is none.
    """
    if isinstance(schedule, Times):
        return _periods(schedule, begin, max(begin, after + 1), until)
    fading = fading_of(schedule)
    return (Occasion(day, day, 1, fading) for day in single_days(schedule, begin, after, until))


def single_days(schedule: OfSingleDays, begin: int, after: int, until: int) -> Iterable[int]:
    """Return the days of the occasions that `occasions` yields, where each is a single day."""
    first = max(begin, after + 1)
    if isinstance(schedule, Weekdays):
        wanted = {WEEKDAYS.index(day) for day in schedule.days}
        return (day for day in range(first, until + 1) if (day - 1) % 7 in wanted)
    if isinstance(schedule, Every):
        anchor = begin if schedule.from_ is None else schedule.from_.toordinal()
        start = max(first, anchor)
        return range(start + (anchor - start) % schedule.days, until + 1, schedule.days)
    return range(first, until + 1)


def fading_of(schedule: OfSingleDays) -> float:
    """Return what is left of a strength after each occasion of the schedule."""
    if isinstance(schedule, Weekdays):
        return _fading(math.sqrt(7 / len(schedule.days)))
    return _fading(math.sqrt(schedule.days) if isinstance(schedule, Every) else 1.0)


@lru_cache(maxsize=4096)
def occasion_on(schedule: Schedule, begin: int, day: int) -> Occasion | None:
    """Return the occasion that the day, which is not before `begin`, belongs to, None if there is none."""
    return next(occasions(schedule, begin, day - 1, day), None)


def running_since(schedule: Schedule, begin: int, day: int) -> int:
    """Return the first day of the period that the day lies in, the day itself where there are no periods."""
    return _period_of(schedule, begin, day)[0] if isinstance(schedule, Times) else day


def _fading(effort: float) -> float:
    """Return what is left of a strength after an occasion of that effort, which is e of the formula."""
    fading: float = 0.5 ** (effort / _HALF_LIFE)
    return fading


def _periods(schedule: Times, begin: int, first: int, until: int) -> Iterator[Occasion]:
    while first <= until:
        start, end = _period_of(schedule, begin, first)
        yield Occasion(start, end, schedule.times, _fading(math.sqrt(schedule.times * (end - start + 1))))
        first = end + 1


def _period_of(schedule: Times, begin: int, day: int) -> tuple[int, int]:
    """Return the first and the last day of the period that the day lies in."""
    if schedule.per == WEEK:
        start = day - (day - 1) % 7
        return start, start + 6
    if schedule.per == MONTH:
        return _month_of(day)
    length = int(schedule.per)
    anchor = begin if schedule.from_ is None else schedule.from_.toordinal()
    start = day - (day - anchor) % length
    return start, start + length - 1


def _month_of(day: int) -> tuple[int, int]:
    date = dt.date.fromordinal(day)
    start = day - date.day + 1
    return start, start + calendar.monthrange(date.year, date.month)[1] - 1
