"""What an activity is."""

import datetime as dt
from typing import Any, Self

from attrs import asdict, evolve, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.errors import InvalidInput
from mosaic_core.rules import finite, line, lines, name, number, one_of, whole
from mosaic_core.texts import tidied

POSITIVE = "positive"
NEGATIVE = "negative"


@frozen
class Activity:
    """An activity as it is stored. Without a `user_id` it is shared."""

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

    def active_on(self, day: dt.date) -> bool:
        """Return whether it counts on `day`: it is active now, or was deactivated later than that."""
        return bool(self.active) or (self.deactivated_at is not None and self.deactivated_at > day)

    def changed(self, change: "ActivityChange") -> Self:
        """Return it with the change applied.

        New frequencies recompute the goal unless the change gives one; so does turning a negative activity
        positive. A negative activity's goal is 0.
        """
        given = {name: value for name, value in change.given().items() if value is not None}
        after = evolve(self, **given)
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
    """What a person says of an activity they add."""

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

    def settled_goal(self) -> float:
        """Return the goal that results: the given one, or what the frequencies amount to; 0 if negative."""
        if self.activity_type == NEGATIVE:
            return 0.0
        if self.goal is not None:
            return self.goal
        return default_goal(self.frequency_per_day, self.frequency_per_week)


@frozen(kw_only=True)
class ActivityChange:
    """What a person changes about an activity; None leaves a field as it is."""

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

    def __attrs_post_init__(self) -> None:
        if all(value is None for value in self.given().values()):
            raise InvalidInput("Nothing to change was given")
        if (self.frequency_per_day is None) != (self.frequency_per_week is None):
            raise InvalidInput("frequency_per_day and frequency_per_week must be given together")

    def given(self) -> dict[str, Any]:
        """Return every field by name."""
        return asdict(self, recurse=False)
