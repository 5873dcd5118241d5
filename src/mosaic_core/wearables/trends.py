"""One metric over a window of days, and its average."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from math import fsum

from attrs import field, frozen
from attrs.validators import optional

from mosaic_core.calendar import window
from mosaic_core.errors import InvalidQuery
from mosaic_core.validators import plain_date
from mosaic_core.wearables.model import DailyAggregate
from mosaic_core.wearables.spans import between

WINDOWS = (7, 30)
LONGEST_WINDOW = 3_660

METRICS: Mapping[str, Callable[[DailyAggregate], float | None]] = {
    "steps": lambda day: day.steps.steps if day.steps else 0,
    "sleep": lambda day: day.sleep.minutes if day.sleep else 0,
    "hr": lambda day: day.heart.average if day.heart else None,
}
"""What a trend can show of a day: steps, minutes asleep, the average heart rate."""


@frozen(kw_only=True)
class TrendWanted:
    """Which trend to show: a window of 7 or 30 days that ends today, or the days from `first` to `last`.

    Raises InvalidQuery for anything else.
    """

    metric: str = "steps"
    window: int = 7
    first: dt.date | None = field(default=None, validator=optional(plain_date))
    last: dt.date | None = field(default=None, validator=optional(plain_date))

    def __attrs_post_init__(self) -> None:
        if self.metric not in METRICS:
            raise InvalidQuery(f"metric must be one of: {', '.join(METRICS)}")
        if self.window not in WINDOWS:
            raise InvalidQuery("window must be 7 or 30")
        if (self.first is None) != (self.last is None):
            raise InvalidQuery("from and to must be given together")
        if self.first and self.last and not 0 <= (self.last - self.first).days < LONGEST_WINDOW:
            raise InvalidQuery(
                f"from must not be after to, and the window at most {LONGEST_WINDOW} days long"
            )

    def days(self, today: dt.date) -> tuple[dt.date, dt.date]:
        """Return the first and the last day of the window."""
        return (self.first, self.last) if self.first and self.last else window(today, self.window)


@frozen
class TrendValue:
    """The metric on one day; None if the day has none."""

    date: dt.date
    value: float | None


@frozen
class Trend:
    """The days of a window, oldest first, and the average over those that have a value."""

    metric: str
    window: int
    average: float | None
    values: Sequence[TrendValue]


def trend(metric: str, first: dt.date, last: dt.date, aggregates: Sequence[DailyAggregate]) -> Trend:
    """Return the trend from `first` to `last`; days that `aggregates` leaves out are empty."""
    metric_of = METRICS[metric]
    known = {aggregate.day: metric_of(aggregate) for aggregate in aggregates}
    empty = metric_of(DailyAggregate(first))
    values = [TrendValue(day, known.get(day, empty)) for day in between(first, last)]
    told = [one.value for one in values if one.value is not None]
    return Trend(metric, len(values), fsum(told) / len(told) if told else None, values)
