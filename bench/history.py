"""What every store of the benchmark is filled with: 50 activities in 5 categories, one entry each a day."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import NamedTuple

ONE_DAY = dt.timedelta(days=1)
TWO_YEARS = 731
TEN_YEARS = 5 * TWO_YEARS
DESCRIPTION = "ten minutes or more"
CATEGORIES = ("Health", "Learning", "Wellness", "Home", "Work")
ACTIVITIES = tuple((f"{category} {number:02}", category) for number in range(10) for category in CATEGORIES)


class Row(NamedTuple):
    """A line of the import, in the order of its columns."""

    date: str
    activity: str
    value: float
    note: str
    description: str
    category: str
    goal: float


def days(last: dt.date, length: int) -> list[str]:
    """Return the `length` days that end with `last`, oldest first."""
    return [(last - number * ONE_DAY).isoformat() for number in reversed(range(length))]


def rows(last: dt.date, length: int) -> Iterator[Row]:
    """Yield an entry per activity for each of the `length` days that end with `last`."""
    return many_rows(last, len(ACTIVITIES), length)


def many_rows(last: dt.date, activities: int, length: int) -> Iterator[Row]:
    """Yield an entry for each of so many activities and of the `length` days that end with `last`."""
    named = [
        (f"{name} {place // len(ACTIVITIES) or ''}".strip(), category)
        for place, (name, category) in zip(range(activities), cycle(ACTIVITIES), strict=False)
    ]
    for number, day in enumerate(days(last, length)):
        for place, (activity, category) in enumerate(named):
            value = (number * 7 + place * 3) % 5 / 4  # 0 to 1.25 around a goal of 1
            note = "went well today" if (number + place) % 4 == 0 else ""
            yield Row(day, activity, value, note, DESCRIPTION, category, 1.0)


def older(first: dt.date, number: int) -> Row:
    """Return one of the entries that lie before `first`, another for each number from 0 on."""
    back, place = divmod(number, len(ACTIVITIES))
    activity, category = ACTIVITIES[place]
    day = (first - (back + 1) * ONE_DAY).isoformat()
    return Row(day, activity, 1.25, "went well today", DESCRIPTION, category, 1.0)


def csv_file(lines: Iterable[Row]) -> bytes:
    """Return the rows as the CSV file that the import takes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(Row._fields)
    writer.writerows(lines)
    return out.getvalue().encode()
