"""How a day looks to its person."""

import datetime as dt

from attrs import frozen

from mosaic_core.wearables.model import DailyAggregate, SleepDay


@frozen
class DaySleep:
    """Minutes asleep, the efficiency in percent, and the number of sessions."""

    total_min: float
    efficiency: float | None
    sessions: int


@frozen
class DayHeart:
    """Heart rates in beats per minute; None where the day has no sample."""

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
    """Return how a day looks; without records, steps and sleep are 0 and everything else is None."""
    sleep, heart = aggregate.sleep or SleepDay(0, 0, None), aggregate.heart
    return DayPicture(
        date=aggregate.day,
        steps=aggregate.steps.steps if aggregate.steps else 0,
        sleep=DaySleep(sleep.minutes, sleep.efficiency, sleep.sessions),
        hr=DayHeart(heart.resting, heart.average, heart.least, heart.most)
        if heart
        else DayHeart(None, None, None, None),
    )
