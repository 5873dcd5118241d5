"""The sums of all days of a year as bytes: a row for each year tells every day there ever was."""

import calendar
import datetime as dt
from array import array
from collections.abc import Mapping, Sequence

from mosaic_core.stats.model import DailyValues, DaySummary

_LEAP_YEAR = 366
YEAR_BYTES = 8 * _LEAP_YEAR
"""A year of which no sum is known is as many zeros."""


def daily_values(years: Sequence[tuple[int, bytes]], last: dt.date) -> DailyValues:
    """Return the sums from the first of these years, which are in order, to the day `last`."""
    if not years:
        return DailyValues(last, array("d"))
    first = dt.date(years[0][0], 1, 1)
    values = array("d")
    for year, daily in years:
        values.extend(_zeros((dt.date(year, 1, 1) - first).days - len(values)))
        values.frombytes(daily)
        if not calendar.isleap(year):
            values.pop()
    length = (last - first).days + 1
    values.extend(_zeros(length - len(values)))
    return DailyValues(first, values[:length])


def place_in_year(day: dt.date) -> int:
    """Return where the day's sum begins in its year's."""
    return 8 * (day.timetuple().tm_yday - 1)


def sum_of(summary: DaySummary | None) -> bytes:
    """Return the day's sum as it is kept."""
    return array("d", [summary.value if summary else 0.0]).tobytes()


def changed_year(daily: bytes | None, summaries: Mapping[dt.date, DaySummary | None]) -> bytes:
    """Return the year's sums with those of some days replaced; None is a year without any so far."""
    values = array("d", daily) if daily else _zeros(_LEAP_YEAR)
    for day, summary in summaries.items():
        values[day.timetuple().tm_yday - 1] = summary.value if summary else 0.0
    return values.tobytes()


def _zeros(length: int) -> "array[float]":
    return array("d", bytes(8 * max(length, 0)))
