"""What an activity is."""

import datetime as dt
from typing import ClassVar, Self

from attrs import evolve, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.schedules.model import Schedule, Target, derived_schedule
from mosaic_core.texts import tidied
from mosaic_core.validators import (
    NULLABLE,
    UNSAID,
    Unsaid,
    finite,
    given,
    line,
    lines,
    name,
    number,
    obey,
    one_of,
    some_of,
    together,
    whole,
)

POSITIVE = "positive"
NEGATIVE = "negative"

LONGEST_UNIT = 20

CategoryGoal = tuple[str, float]
"""An activity's category and its goal for a day."""


@frozen(slots=False)  # read by the hundred: attrs fills a frozen object twice as fast without slots
class Activity:
    """An activity as it is stored. Without a `user_id` it is shared.

    `schedule` is the one that a person set, if any; see `effective_schedule`. `unit` is what its values are
    counted in, such as `km`.
    """

    id: int
    user_id: int | None
    name: str
    category: str
    activity_type: str
    goal: float
    description: str
    active: int
    frequency_per_day: int
    frequency_per_week: int
    deactivated_at: dt.date | None
    schedule: Schedule | None = None
    target: Target | None = None
    unit: str = ""

    @property
    def effective_schedule(self) -> Schedule:
        """When it is wanted: its own schedule, else the one that its frequency a week amounts to."""
        return self.schedule or derived_schedule(self.frequency_per_week)

    def active_on(self, day: dt.date) -> bool:
        """Return whether it counts on `day`: it is active now, or was deactivated later than that."""
        return bool(self.active) or (self.deactivated_at is not None and self.deactivated_at > day)

    def aims_on(self, day: dt.date) -> bool:
        """Return whether its goal counts on `day`: it is positive, and active then."""
        return self.activity_type == POSITIVE and self.active_on(day)

    def changed(self, change: "ActivityChange") -> Self:
        """Return it with the change applied.

        New frequencies recompute the goal unless the change gives one; so does turning a negative activity
        positive. A negative activity's goal is 0.
        """
        after = evolve(self, **given(change))
        if after.activity_type == NEGATIVE:
            return evolve(after, goal=0.0)
        turned = self.activity_type == NEGATIVE
        if change.goal is None and (turned or change.frequency_per_day is not None):
            return evolve(after, goal=default_goal(after.frequency_per_day, after.frequency_per_week))
        return after


@frozen
class AddedActivity:
    """An activity as it was added; where it is not new, the one of that name was overwritten."""

    activity: Activity
    is_new: bool


def default_goal(per_day: int, per_week: int) -> float:
    """Return the goal for one day that the frequencies amount to."""
    return per_day * per_week / 7


@frozen(kw_only=True)
class NewActivity:
    """What a person says of an activity they add.

    Schedule, target and unit that are left out stay as they are where an activity is overwritten; a schedule
    or target of None is none.
    """

    name: str = field(converter=tidied, validator=name(1, 120))
    category: str = field(converter=tidied, validator=line(1, 80))
    frequency_per_day: int = field(validator=whole(1, 3))
    frequency_per_week: int = field(validator=whole(1, 7))
    description: str = field(default="", converter=tidied, validator=lines(0, 180))
    goal: float | None = field(
        default=None, converter=optional_converter(number), validator=optional(finite(0))
    )
    activity_type: str = field(default=POSITIVE, validator=one_of(POSITIVE, NEGATIVE))
    shared: bool = False
    schedule: Schedule | Unsaid | None = field(default=UNSAID, metadata=NULLABLE)
    target: Target | Unsaid | None = field(default=UNSAID, metadata=NULLABLE)
    unit: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(line(0, LONGEST_UNIT))
    )

    def settled_goal(self) -> float:
        """Return the goal that results: the given one, or what the frequencies amount to; 0 if negative."""
        if self.activity_type == NEGATIVE:
            return 0.0
        if self.goal is not None:
            return self.goal
        return default_goal(self.frequency_per_day, self.frequency_per_week)


@frozen(kw_only=True)
class ActivityChange:
    """What a person changes about an activity; None leaves a field as it is.

    A schedule or target of None is set to none; left out, it stays.
    """

    name: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(name(1, 120))
    )
    category: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(line(0, 80))
    )
    goal: float | None = field(
        default=None, converter=optional_converter(number), validator=optional(finite(0))
    )
    description: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(lines(0, 180))
    )
    frequency_per_day: int | None = field(default=None, validator=optional(whole(1, 3)))
    frequency_per_week: int | None = field(default=None, validator=optional(whole(1, 7)))
    activity_type: str | None = field(default=None, validator=optional(one_of(POSITIVE, NEGATIVE)))
    schedule: Schedule | Unsaid | None = field(default=UNSAID, metadata=NULLABLE)
    target: Target | Unsaid | None = field(default=UNSAID, metadata=NULLABLE)
    unit: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(line(0, LONGEST_UNIT))
    )

    RULES: ClassVar = (
        some_of(
            "name",
            "category",
            "goal",
            "description",
            "frequency_per_day",
            "frequency_per_week",
            "activity_type",
            "schedule",
            "target",
            "unit",
        ),
        together("frequency_per_day", "frequency_per_week"),
    )

    def __attrs_post_init__(self) -> None:
        obey(self)
