"""What the agenda and the history of a habit tell."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from attrs import field, frozen
from attrs.validators import optional

from mosaic_core.calendar import window
from mosaic_core.errors import InvalidQuery
from mosaic_core.schedules.model import DayState, Schedule, Streak, StrengthPoint, Target
from mosaic_core.validators import plain_date

LONGEST_HISTORY = 3_660
_USUAL_HISTORY = 365


class AgendaItem(NamedTuple):
    """An activity on a day: how its habit stands, and the day's entry, if it has one.

    See `Standing` for the state and the figures. `origin` is who said what the entry says.
    """

    activity_id: int
    name: str
    category: str
    activity_type: str
    unit: str
    schedule: Schedule
    target: Target | None
    state: str | None
    due: bool
    value: float | None
    note: str | None
    entry_id: int | None
    done: int
    needed: int
    streak: Streak
    strength: float
    origin: str | None


@frozen
class Agenda:
    """A day's activities: first what is due, then what is done, then the rest, each by name."""

    date: dt.date
    items: tuple[AgendaItem, ...]


@frozen(kw_only=True)
class HistoryWanted:
    """Which days of a history to show; by default the last 365 up to `last`, or up to today.

    Raises InvalidQuery if there are none, or more than 3,660.
    """

    first: dt.date | None = field(default=None, validator=optional(plain_date))
    last: dt.date | None = field(default=None, validator=optional(plain_date))

    def days(self, today: dt.date) -> tuple[dt.date, dt.date]:
        """Return the first and the last day."""
        last = self.last or today
        first = self.first or window(last, _USUAL_HISTORY)[0]
        if not 0 <= (last - first).days < LONGEST_HISTORY:
            raise InvalidQuery(
                f"from must not be after to, and the history at most {LONGEST_HISTORY} days long"
            )
        return first, last


@frozen
class ActivityHistory:
    """The days of an activity from `first` to `last`, and what its habit amounts to (see History).

    `begin` is the day of its first entry, None where it has none.
    """

    activity_id: int
    name: str
    begin: dt.date | None
    first: dt.date
    last: dt.date
    days: tuple[DayState, ...]
    streak: Streak
    strength: float
    rates: Mapping[int, float | None]
    strengths: tuple[StrengthPoint, ...]
