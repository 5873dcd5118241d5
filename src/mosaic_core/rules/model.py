"""What a rule is: it makes an activity's entries of what wearables know of each day."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import ClassVar

from attrs import field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.texts import tidied
from mosaic_core.validators import (
    NULLABLE,
    fail,
    finite,
    number,
    obey,
    one_of,
    some_of,
    text,
    written_day,
)
from mosaic_core.wearables.model import DailyAggregate

METRICS: Mapping[str, Callable[[DailyAggregate], float | None]] = {
    "steps": lambda day: day.steps.steps if day.steps else None,
    "distance_meters": lambda day: day.steps.distance_meters if day.steps else None,
    "calories": lambda day: day.steps.calories if day.steps else None,
    "sleep_minutes": lambda day: day.sleep.minutes if day.sleep else None,
    "hr_avg": lambda day: day.heart.average if day.heart else None,
    "resting_heart_rate": lambda day: day.heart.resting if day.heart else None,
    "hrv_rmssd_ms": lambda day: day.heart.variability_ms if day.heart else None,
}
"""What a rule can take of a day; None where the day has nothing of the kind."""

VALUE = "value"
CHECK = "check"
"""What an entry tells: the metric itself, or 1 or 0 for whether it was high enough."""


@frozen
class Rule:
    """A rule of a user for one of their activities, whose days it fills from `from_` on.

    A `check` asks whether the metric is `at_least` so much. One that is not `enabled` leaves all days as they
    are.
    """

    id: int
    user_id: int
    activity_id: int
    metric: str
    fill: str
    at_least: float | None
    from_: dt.date
    enabled: bool

    def value(self, day: DailyAggregate) -> float | None:
        """Return the value of the day's entry; None where the day gets none."""
        measured = None if day.day < self.from_ else METRICS[self.metric](day)
        if measured is None or self.fill == VALUE:
            return measured
        return float(self.at_least is not None and measured >= self.at_least)


@frozen
class ListedRule:
    """A rule, and the name of its activity."""

    rule: Rule
    activity: str


def bounded(value: "Rule | NewRule") -> None:
    """Require of a `check` that it says how much is enough."""
    if value.fill == CHECK and value.at_least is None:
        raise fail("at_least", "is needed for a check")


@frozen(kw_only=True)
class NewRule:
    """What a person says of a rule; without `from` it begins with their today.

    `at_least` is what a `check` asks for, and of no effect in a rule that fills in the `value`.
    """

    activity: str = field(converter=tidied, validator=text(1, 120))
    metric: str = field(validator=one_of(*METRICS))
    fill: str = field(validator=one_of(VALUE, CHECK))
    at_least: float | None = field(
        default=None, converter=optional_converter(number), validator=optional(finite(0)), metadata=NULLABLE
    )
    from_: dt.date | None = field(default=None, validator=optional(written_day))

    RULES: ClassVar = (bounded,)

    def __attrs_post_init__(self) -> None:
        obey(self)


@frozen(kw_only=True)
class RuleChange:
    """What a person changes about a rule; what is left out stays."""

    enabled: bool | None = None
    at_least: float | None = field(
        default=None, converter=optional_converter(number), validator=optional(finite(0))
    )
    fill: str | None = field(default=None, validator=optional(one_of(VALUE, CHECK)))
    from_: dt.date | None = field(default=None, validator=optional(written_day))

    RULES: ClassVar = (some_of("enabled", "at_least", "fill", "from_"),)

    def __attrs_post_init__(self) -> None:
        obey(self)
