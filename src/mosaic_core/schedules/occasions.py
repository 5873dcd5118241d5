"""When a schedule asks for something: its occasions, each a day or a period of days.

Days are ordinals here (`date.toordinal`): day 1 is a Monday.
"""

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mosaic_core.schedules.model import MONTH, WEEK, WEEKDAYS, Every, Schedule, Times, Weekdays


class Occasion(NamedTuple):
    """The days from `first` to `last`, both included, on which something is wanted `times` times.

    `effort` is e of the strength's formula: the days that its half-life is stretched by, in thirteenths.
    """

    first: int
    last: int
    times: int
    effort: float


def occasions(schedule: Schedule, begin: int, after: int, until: int) -> Iterator[Occasion]:
    """Yield the occasions that end after the day `after` and begin by `until`, in order.

    A period that began before the habit did is one; a single day before `begin` is none.
    """
    first = max(begin, after + 1)
    if isinstance(schedule, Times):
        return _periods(schedule, begin, first, until)
    if isinstance(schedule, Weekdays):
        wanted = {WEEKDAYS.index(day) for day in schedule.days}
        days = [day for day in range(first, until + 1) if (day - 1) % 7 in wanted]
        return _days(days, math.sqrt(7 / len(wanted)))
    if isinstance(schedule, Every):
        anchor = begin if schedule.from_ is None else schedule.from_.toordinal()
        start = max(first, anchor)
        start += (anchor - start) % schedule.days
        return _days(range(start, until + 1, schedule.days), math.sqrt(schedule.days))
    return _days(range(first, until + 1), 1.0)


def _days(days: Iterable[int], effort: float) -> Iterator[Occasion]:
    return (Occasion(day, day, 1, effort) for day in days)


def _periods(schedule: Times, begin: int, first: int, until: int) -> Iterator[Occasion]:
    while first <= until:
        start, end = _period_of(schedule, begin, first)
        yield Occasion(start, end, schedule.times, math.sqrt(schedule.times * (end - start + 1)))
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
    start = dt.date.fromordinal(day).replace(day=1)
    in_the_next = start + dt.timedelta(days=31)
    return start.toordinal(), in_the_next.replace(day=1).toordinal() - 1
