"""What habits amounted to at the end of days, as rows.

A row has the days of one month of one activity, one after the other, 20 bytes each: so the figures of any day
are read with one look per activity, and a year of an activity takes 8 KB. Days are ordinals there, months are
counted from the year 0.
"""

import datetime as dt
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from mosaic_core.activities.model import NEGATIVE
from mosaic_core.schedules.model import Habit, HabitDay, Past, derived_schedule
from mosaic_core.schedules.stated import schedule_in, target_in
from mosaic_core.texts import name_key

_DAY = struct.Struct("<dIIHH")
"""Strength, current and longest streak, days done and days asked for of a period that goes on."""

DAY_BYTES = _DAY.size

_date = dt.date.fromordinal


def month_of(day: dt.date) -> int:
    """Return the number of the day's month."""
    return day.year * 12 + day.month


def month_row(pasts: Sequence[Past]) -> tuple[int, int, int, int, bytes]:
    """Return month, begin, first and last day, and all days, of pasts that follow each other in a month."""
    first, last = pasts[0], pasts[-1]
    days = [_DAY.pack(one.strength, one.current, one.longest, one.done, one.asked) for one in pasts]
    return (
        month_of(first.through),
        first.begin.toordinal(),
        first.through.toordinal(),
        last.through.toordinal(),
        b"".join(days),
    )


def past_in(begin: int, through: int, of_day: bytes) -> Past:
    """Return the past of one day of a row."""
    return Past(_date(begin), _date(through), *_DAY.unpack(of_day))


def habit_days(
    rows: Iterable[tuple[Any, ...]], before: dt.date, older: Mapping[str, Past]
) -> Iterator[HabitDay]:
    """Yield what rows of activities, entries and pasts say of a day.

    Their pasts are those of the day `before`; what the rows do not have is among the `older` ones.
    """
    unpack = _DAY.unpack
    for (
        activity_id, name, category, activity_type, unit, schedule, frequency, target, entry_id, value, note,
        origin, begin, of_day,
    ) in rows:  # fmt: skip
        habit = _habit(schedule, frequency, target, activity_type)
        past = older.get(name_key(name)) if begin is None else Past(_date(begin), before, *unpack(of_day))
        yield HabitDay(
            activity_id, name, category, activity_type, unit, habit, entry_id, value, note, origin, past
        )


@lru_cache(maxsize=4096)
def _habit(schedule: str | None, frequency: int, target: str | None, activity_type: str) -> Habit:
    return Habit(
        derived_schedule(frequency) if schedule is None else schedule_in(schedule),
        None if target is None else target_in(target),
        activity_type == NEGATIVE,
    )
