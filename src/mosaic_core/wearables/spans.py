"""Stretches of time and rows of days."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

Span = tuple[int, int]
"""From an instant to a later one."""

Days = tuple[dt.date, dt.date]
"""The first and the last day of a row of days, both included."""

_LONGEST_RUN = 31
"""So many days are computed at once: a month of samples fits in memory, whatever a batch touches."""


def spans_by_day(spans: Iterable[tuple[dt.date, Span]]) -> dict[dt.date, Span]:
    """Return for each day one span, which holds all that the day has."""
    holding: dict[dt.date, Span] = {}
    for day, (start, end) in spans:
        known = holding.get(day, (start, end))
        holding[day] = min(known[0], start), max(known[1], end)
    return holding


def span_of(spans: Mapping[dt.date, Span], days: Days) -> Span:
    """Return one span that holds those of all the days."""
    some = [spans[day] for day in between(*days)]
    return min(start for start, _ in some), max(end for _, end in some)


def between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the days from `first` to `last`."""
    return (first + dt.timedelta(days=number) for number in range((last - first).days + 1))


def runs(days: Iterable[dt.date]) -> Iterator[Days]:
    """Yield the rows of days without gaps, in order; a long row comes in parts of at most 31 days."""
    run: list[dt.date] = []
    for day in sorted(days):
        if run and (len(run) == _LONGEST_RUN or (day - run[-1]).days > 1):
            yield run[0], run[-1]
            run.clear()
        run.append(day)
    if run:
        yield run[0], run[-1]
