"""Sums up one day's entries, so that statistics need not look at single entries again."""

import datetime as dt
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction

from mosaic_core.activities.model import POSITIVE
from mosaic_core.entries.model import Entry, PositiveEntry
from mosaic_core.stats.model import CategoryDay, DaySummary

OTHER = "Other"
"""What an empty category is called."""

_LARGEST = Fraction(sys.float_info.max)


def exact_sum(values: Iterable[float]) -> float:
    """Return the sum of finite numbers, rounded once, at the end: the same in whatever order they come.

    A sum beyond the largest float counts as that; the same holds below 0.
    """
    numbers = list(values)
    try:
        return math.fsum(numbers)
    except OverflowError:  # already when a partial sum overflows, which depends on the order
        total = sum(map(Fraction, numbers), start=Fraction())
        return float(max(-_LARGEST, min(total, _LARGEST)))


def positive_entries(entries: Iterable[Entry]) -> Iterator[PositiveEntry]:
    """Yield what counts of those of the entries that are positive."""
    for entry in entries:
        if entry.activity_type == POSITIVE:
            yield entry.activity_category, entry.activity, entry.value, entry.activity_goal


def summarise(day: dt.date, entries: Iterable[PositiveEntry]) -> DaySummary | None:
    """Return what the statistics need of one user's positive entries of `day`, or None without any.

    The order of the entries does not matter. The day's sum is that of its entries, not that of its
    categories' rounded sums.
    """
    by_category: defaultdict[str, list[PositiveEntry]] = defaultdict(list)
    for entry in entries:
        by_category[entry[0] or OTHER].append(entry)
    if not by_category:
        return None
    return DaySummary(
        day=day,
        value=exact_sum([value for group in by_category.values() for _, _, value, _ in group]),
        categories=tuple([_category_day(name, by_category[name]) for name in sorted(by_category)]),
    )


def _category_day(category: str, entries: list[PositiveEntry]) -> CategoryDay:
    values = [value for _, _, value, _ in entries]
    return CategoryDay(
        category=category,
        entries=len(entries),
        value=exact_sum(values),
        goal=exact_sum([goal for _, _, _, goal in entries]),
        done=len([value for value in values if value > 0]),
        zero=values.count(0.0),
        activities=tuple(sorted([activity for _, activity, _, _ in entries])),
    )
