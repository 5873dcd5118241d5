"""What a schedule and a target are, and what a habit amounts to."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import Attribute, field, frozen

from mosaic_core.errors import InvalidInput
from mosaic_core.rules import fail, finite, number, require_written_day, whole

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = "week"
MONTH = "month"

_MOST_DAYS = 366
_SHORTEST: dict[str, int] = {WEEK: 7, MONTH: 28}

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


def _different_weekdays(_: object, field: "Attribute[Any]", value: tuple[str, ...]) -> None:
    if not value or len(set(value)) < len(value) or set(value) - set(WEEKDAYS):
        raise fail(field.name, f"must be one or more different ones of: {', '.join(WEEKDAYS)}")


def _from_day(_: object, _field: object, value: dt.date | None) -> None:
    if value is not None:
        require_written_day("from", value)


@frozen(kw_only=True)
class Weekdays:
    """Wanted on some days of the week, each one of WEEKDAYS."""

    kind: ClassVar[str] = "weekdays"
    days: tuple[str, ...] = field(validator=_different_weekdays)


@frozen(kw_only=True)
class Every:
    """Wanted every so many `days`, counted from the day `from_`, or from the habit's begin."""

    kind: ClassVar[str] = "every"
    days: int = field(validator=whole(2, _MOST_DAYS))
    from_: dt.date | None = field(default=None, validator=_from_day)


def _period(_: object, field: "Attribute[Any]", value: str | int) -> None:
    if value in _SHORTEST or (type(value) is int and 2 <= value <= _MOST_DAYS):
        return
    raise fail(field.name, f"must be week, month, or a whole number of days from 2 to {_MOST_DAYS}")


@frozen(kw_only=True)
class Times:
    """Wanted so many `times` in each period: an ISO week, a calendar month, or a block of `per` days.

    Blocks are counted from the day `from_`, backwards too, or from the habit's begin.
    """

    kind: ClassVar[str] = "times"
    times: int
    per: str | int = field(validator=_period)
    from_: dt.date | None = field(default=None, validator=_from_day)

    def __attrs_post_init__(self) -> None:
        most = self.per if isinstance(self.per, int) else _SHORTEST[self.per]
        if type(self.times) is not int or not 1 <= self.times <= most:
            raise fail("times", f"must be a whole number from 1 to {most}")
        if self.from_ is not None and not isinstance(self.per, int):
            raise InvalidInput("from is for periods of a number of days", {"field": "from"})


Schedule = Daily | Weekdays | Every | Times


def derived_schedule(frequency_per_week: int) -> Schedule:
    """Return the schedule of an activity that has none of its own."""
    return Daily() if frequency_per_week == len(WEEKDAYS) else Times(times=frequency_per_week, per=WEEK)


@frozen(kw_only=True)
class AtLeast:
    """Done is a day whose value is `value` or more."""

    kind: ClassVar[str] = "at_least"
    value: float = field(converter=number, validator=finite())

    def reached_by(self, value: float) -> bool:
        """Return whether a day with the value is done."""
        return value >= self.value


@frozen(kw_only=True)
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


@frozen
class Habit:
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


@frozen
class Past:
    """What the occasions of a habit amount to that ended on the day `through` or before.

    `strength` is not rounded: going on from a past gives the very figures that starting at the begin gives.
    """

    begin: dt.date
    through: dt.date
    strength: float = 0.0
    current: int = 0
    longest: int = 0


@frozen
class Streak:
    """Occasions kept in a row: up to now, and the longest row; `unit` says what is counted."""

    current: int
    longest: int
    unit: str


@frozen
class Standing:
    """A habit seen from a day.

    `state` is the day's, None before the habit's begin; `due` is whether the day still asks for something.
    `done` of `needed` days are done in the day's period; for schedules of single days it is 0 or 1 of 1, or
    of 0 on a day without an occasion. `strength` is from 0 to 1, with 3 decimals.
    """

    state: str | None
    due: bool
    done: int
    needed: int
    streak: Streak
    strength: float


@frozen
class DayState:
    """A day of a habit: its value, if it has an entry, and its state, if the habit had begun."""

    date: dt.date
    value: float | None
    state: str | None


@frozen
class StrengthPoint:
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
