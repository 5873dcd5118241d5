"""What wearables tell: sources, days, trends, and what became of a batch."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from math import fsum
from typing import Any

from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional

from mosaic_core.calendar import window, zone
from mosaic_core.errors import InvalidInput, InvalidQuery
from mosaic_core.rules import fail, text, whole
from mosaic_core.wearables.records import RecordError

PHONE_APP = "HealthConnect"
"""The source app of what a phone's own client sends."""

WINDOWS = (7, 30)
LONGEST_WINDOW = 3_660

OVER_ALL = 0
"""Stands for all sources where an aggregate names its source."""


def _zone_name(_: object, attribute: "Attribute[Any]", value: str) -> None:
    try:
        zone(value)
    except ValueError as error:
        raise fail(attribute.name, str(error)) from None


def _some(_: object, attribute: "Attribute[Any]", value: Sequence[object]) -> None:
    if not value:
        raise fail(attribute.name, "must have at least one record")


@frozen(kw_only=True)
class Batch:
    """What a device sends: records in JSON. Local times and days are those of the time zone `tz`."""

    source_app: str = field(validator=text(1, 128))
    device_id: str = field(validator=text(1, 128))
    tz: str = field(validator=[text(1, 128), _zone_name])
    records: list[str] = field(validator=_some, repr=False)


@frozen
class EtlReport:
    """How far the new records of a batch came; `aggregated` counts the days that were computed again."""

    processed: int = 0
    skipped: int = 0
    errors: Sequence[RecordError] = ()
    aggregated: int = 0


@frozen
class IngestReport:
    """What became of a batch. `errors` were not kept; those in `etl` were, but could not be processed."""

    accepted: int
    duplicates: int
    errors: Sequence[RecordError]
    etl: EtlReport


@frozen
class Source:
    """An app on a device of a user. The priority 0 is the highest rank; `records` counts what it sent."""

    id: int
    user_id: int
    source_app: str
    device_id: str
    display_name: str
    priority: int
    records: int
    last_synced_at: dt.datetime


@frozen(kw_only=True)
class SourceChange:
    """What a person changes about a source; None leaves a field as it is."""

    priority: int | None = field(default=None, validator=optional(whole(0, 1_000_000)))
    display_name: str | None = field(default=None, validator=optional(text(0, 128)))

    def __attrs_post_init__(self) -> None:
        if self.priority is None and self.display_name is None:
            raise InvalidInput("Nothing to change was given")


def reranked(sources: Sequence[Source], source: Source, priority: int) -> list[Source]:
    """Return those of a user's sources that change when the source takes exactly that priority.

    Those between its old and its new place each move by one towards the old place.
    """
    changed = [evolve(source, priority=priority)]
    for other in sources:
        if source.priority < other.priority <= priority:
            changed.append(evolve(other, priority=other.priority - 1))
        elif priority <= other.priority < source.priority:
            changed.append(evolve(other, priority=other.priority + 1))
    return changed


@frozen
class HeartDay:
    """A day's samples: beats per minute, and the mean variability in milliseconds."""

    least: int
    most: int
    average: float
    resting: int
    variability_ms: float | None


@frozen
class StepsDay:
    """A day's steps; distance and calories are None where no record tells them."""

    steps: int
    distance_meters: float | None
    calories: float | None


@frozen
class SleepDay:
    """A day's sleep; the efficiency is in percent."""

    seconds: float
    sessions: int
    efficiency: float | None


@frozen
class DailyAggregate:
    """What a day amounts to for one source or for all; a part is None where the day has no such record."""

    day: dt.date
    steps: StepsDay | None = None
    sleep: SleepDay | None = None
    heart: HeartDay | None = None


@frozen
class DaySleep:
    """Minutes asleep, the efficiency in percent, and how many sessions there were."""

    total_min: float
    efficiency: float | None
    sessions: int


@frozen
class DayHeart:
    """Heart rates in beats per minute."""

    rest: int | None
    avg: float | None
    min: int | None
    max: int | None


@frozen
class DayPicture:
    """A day over all sources."""

    date: dt.date
    steps: int
    sleep: DaySleep
    hr: DayHeart


def picture(aggregate: DailyAggregate) -> DayPicture:
    """Return how a day looks; without records, steps and sleep are 0 and the rest None."""
    sleep, heart = aggregate.sleep or SleepDay(0, 0, None), aggregate.heart
    return DayPicture(
        date=aggregate.day,
        steps=aggregate.steps.steps if aggregate.steps else 0,
        sleep=DaySleep(_minutes(sleep.seconds), sleep.efficiency, sleep.sessions),
        hr=DayHeart(heart.resting, heart.average, heart.least, heart.most)
        if heart
        else DayHeart(None, None, None, None),
    )


def _minutes(seconds: float) -> float:
    minutes = seconds / 60
    return int(minutes) if minutes.is_integer() else minutes


METRICS: Mapping[str, Callable[[DailyAggregate], float | None]] = {
    "steps": lambda day: day.steps.steps if day.steps else 0,
    "sleep": lambda day: _minutes(day.sleep.seconds) if day.sleep else 0,
    "hr": lambda day: day.heart.average if day.heart else None,
}
"""What a trend can show of each day: steps, minutes asleep, the average heart rate."""


@frozen(kw_only=True)
class TrendWanted:
    """Which trend to show: a window of so many days that ends today, or the days from `first` to `last`."""

    metric: str = "steps"
    window: int = 7
    first: dt.date | None = None
    last: dt.date | None = None

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
    """What one day shows; None is no value."""

    date: dt.date
    value: float | None


@frozen
class Trend:
    """The days of a window, oldest first, and the average of those that have a value."""

    metric: str
    window: int
    average: float | None
    values: Sequence[TrendValue]


def trend(metric: str, first: dt.date, last: dt.date, aggregates: Sequence[DailyAggregate]) -> Trend:
    """Return the trend from `first` to `last`, of which `aggregates` has the days that are not empty."""
    known = {aggregate.day: METRICS[metric](aggregate) for aggregate in aggregates}
    nothing = METRICS[metric](DailyAggregate(first))
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    values = [TrendValue(day, known.get(day, nothing)) for day in days]
    told = [one.value for one in values if one.value is not None]
    return Trend(metric, len(days), fsum(told) / len(told) if told else None, values)


@frozen
class Totals:
    """The counts over all ingests of a user, and when the last one was."""

    accepted: int = 0
    duplicates: int = 0
    errors: int = 0
    last_run: dt.datetime | None = None


@frozen
class Summary:
    """The totals of a user and the user's sources."""

    accepted: int
    duplicates: int
    errors: int
    last_run: dt.datetime | None
    sources: Sequence[Source]


@frozen
class StoredRecord:
    """A raw record as it is stored.

    `type` is the main one of the type's names; `at` is the start in microseconds since 1970; `tz` is the time
    zone of its batch; `payload` is the record as it came, in JSON.
    """

    id: int
    dedupe_key: str
    type: str
    status: str
    at: int
    tz: str
    received_at: dt.datetime
    payload: str


@frozen
class RawRecord:
    """A record as it came, and how far it got."""

    id: int
    dedupe_key: str
    type: str
    status: str
    collected_at_utc: dt.datetime
    received_at_utc: dt.datetime
    payload: Mapping[str, Any]


@frozen(kw_only=True)
class RawFilter:
    """Which raw records to list; None means no filter. `day` is the local day of the start."""

    type: str | None = None
    day: dt.date | None = None


@frozen
class Progress:
    """How many of how many raw records are processed again."""

    done: int
    total: int
