"""What a schedule and a target are, and what a habit amounts to."""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from attrs import Attribute, field, frozen

from mosaic_core.validators import fail, finite, number, obey, require_written_day, some_from, whole

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = "week"
MONTH = "month"

MOST_DAYS = 366
SHORTEST: dict[str, int] = {WEEK: 7, MONTH: 28}

DONE = "done"
MISSED = "missed"
OPEN = "open"
PAUSED = "paused"
REST = "rest"
"""The states of a day: the rest is a day that asks for nothing."""


@frozen
class Daily:
    """Wanted every day."""

    kind: ClassVar[str] = "daily"


def from_day(_: object, _field: object, value: dt.date | None) -> None:
    """Require a written day, or none."""
    if value is not None:
        require_written_day("from", value)


@frozen(kw_only=True, cache_hash=True)
class Weekdays:
    """Wanted on some days of the week, each one of WEEKDAYS."""

    kind: ClassVar[str] = "weekdays"
    days: tuple[str, ...] = field(validator=some_from(*WEEKDAYS))


@frozen(kw_only=True, cache_hash=True)
class Every:
    """Wanted every so many `days`, counted from the day `from_`, or from the habit's begin."""

    kind: ClassVar[str] = "every"
    days: int = field(validator=whole(2, MOST_DAYS))
    from_: dt.date | None = field(default=None, validator=from_day)


def period(_: object, field: "Attribute[Any]", value: str | int) -> None:
    """Require WEEK, MONTH or a whole number of days."""
    if value in SHORTEST or (type(value) is int and 2 <= value <= MOST_DAYS):
        return
    raise fail(field.name, f"must be week, month, or a whole number of days from 2 to {MOST_DAYS}")


def fits_period(value: "Times") -> None:
    """Require that the times fit the shortest period, and `from` only for periods of a number of days."""
    most = value.per if isinstance(value.per, int) else SHORTEST[value.per]
    if value.times > most:
        raise fail("times", f"must be a whole number from 1 to {most}")
    if value.from_ is not None and not isinstance(value.per, int):
        raise fail("from", "is for periods of a number of days")


@frozen(kw_only=True, cache_hash=True)
class Times:
    """Wanted so many `times` in each period: an ISO week, a calendar month, or a block of `per` days.

    Blocks are counted from the day `from_`, backwards too, or from the habit's begin.
    """

    kind: ClassVar[str] = "times"
    times: int = field(validator=whole(1, MOST_DAYS))
    per: str | int = field(validator=period)
    from_: dt.date | None = field(default=None, validator=from_day)

    RULES: ClassVar = (fits_period,)

    def __attrs_post_init__(self) -> None:
        obey(self)


Schedule = Daily | Weekdays | Every | Times


@lru_cache(maxsize=len(WEEKDAYS))
def derived_schedule(frequency_per_week: int) -> Schedule:
    """Return the schedule of an activity that has none of its own."""
    return Daily() if frequency_per_week == len(WEEKDAYS) else Times(times=frequency_per_week, per=WEEK)


@frozen(kw_only=True, cache_hash=True)
class AtLeast:
    """Done is a day whose value is `value` or more."""

    kind: ClassVar[str] = "at_least"
    value: float = field(converter=number, validator=finite())

    def reached_by(self, value: float) -> bool:
        """Return whether a day with the value is done."""
        return value >= self.value


@frozen(kw_only=True, cache_hash=True)
class AtMost:
    """Done is a day whose value is `value` or less."""

    kind: ClassVar[str] = "at_most"
    value: float = field(converter=number, validator=finite())

    def reached_by(self, value: float) -> bool:
        """Return whether a day with the value is done."""
        return value <= self.value


Target = AtLeast | AtMost


@frozen
class PausedDays:
    """Days on which nothing is asked for, from `first` to `last`, both included, or until further notice."""

    first: dt.date
    last: dt.date | None = None


class Habit(NamedTuple):
    """How an activity's days are judged.

    Without a target, a day is done by a value above 0, of a negative activity by one of 0 or below.
    """

    schedule: Schedule
    target: Target | None = None
    negative: bool = False

    def done_by(self, value: float) -> bool:
        """Return whether a day with an entry of that value is done."""
        if self.target is not None:
            return self.target.reached_by(value)
        return value <= 0 if self.negative else value > 0


class Past(NamedTuple):
    """What a habit amounts to at the end of the day `through`, which is not before its begin.

    `strength`, `current` and `longest` are those after the occasions that have ended by then; `strength` is
    not rounded: going on from a past gives the very figures that starting at the begin gives. Of a period
    that goes on, `done` are the days so far that were done, `asked` those that were done or not paused.
    """

    begin: dt.date
    through: dt.date
    strength: float = 0.0
    current: int = 0
    longest: int = 0
    done: int = 0
    asked: int = 0


class HabitDay(NamedTuple):
    """An activity on a day: what its habit is judged by, its entry, and its newest past before the day.

    Plain tuples: an agenda has many, and is made again after each entry.
    """

    activity_id: int
    name: str
    category: str
    activity_type: str
    unit: str
    habit: Habit
    entry_id: int | None
    value: float | None
    note: str | None
    origin: str | None
    past: Past | None


@frozen
class Streak:
    """Occasions kept in a row: up to now, and the longest row; `unit` says what is counted."""

    current: int
    longest: int
    unit: str


class Standing(NamedTuple):
    """A habit seen from a day.

    `state` is the day's, None before the habit's begin; `due` is whether the day still asks for something.
    `done` of `needed` days are done in the day's period; for schedules of single days it is 0 or 1 of 1, or
    of 0 on a day without an occasion. `current` and `longest` are the streak, counted in `unit`. `strength`
    is from 0 to 1, with 3 decimals.
    """

    state: str | None
    due: bool
    done: int
    needed: int
    current: int
    longest: int
    unit: str
    strength: float

    @property
    def streak(self) -> Streak:
        """The occasions kept in a row."""
        return Streak(self.current, self.longest, self.unit)


class DayState(NamedTuple):
    """A day of a habit: its value, if it has an entry, and its state, if the habit had begun.

    Plain tuples, as those of strengths: a history may have ten years of days.
    """

    date: dt.date
    value: float | None
    state: str | None


class StrengthPoint(NamedTuple):
    """The strength after an occasion, with 3 decimals: on its last day, or, if earlier, the day of asking."""

    date: dt.date
    strength: float


@frozen
class History:
    """A habit's days, and what it amounts to.

    `rates` has for each of 30, 90 and 365 days the share of occasions that were kept, with 3 decimals, None
    where there were none. `strengths` are in the order of their days.
    """

    days: tuple[DayState, ...]
    streak: Streak
    strength: float
    rates: Mapping[int, float | None]
    strengths: tuple[StrengthPoint, ...]
