"""What a pause is."""

import datetime as dt
from typing import Any, ClassVar

from attrs import Attribute, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.schedules.model import PausedDays
from mosaic_core.texts import tidied
from mosaic_core.validators import (
    LARGEST_ID,
    NULLABLE,
    UNSAID,
    Unsaid,
    fail,
    line,
    obey,
    require_written_day,
    said_name,
    some_of,
    whole,
)

LONGEST_REASON = 120

MOST_PAUSES = 1_000
"""So many pauses one person may have: each agenda looks at all of them."""


@frozen
class Pause:
    """Days of a user on which an activity, or without one everything, is not asked for.

    From `from_` to `to`, both included; without a `to`, until further notice.
    """

    id: int
    user_id: int
    from_: dt.date
    to: dt.date | None
    activity_id: int | None
    reason: str

    @property
    def days(self) -> PausedDays:
        """The days that it covers."""
        return PausedDays(self.from_, self.to)


def pause_day(_: object, attribute: "Attribute[Any]", value: dt.date | Unsaid | None) -> None:
    """Require a day on which something may be written, or none."""
    if isinstance(value, dt.date):
        require_written_day(said_name(attribute.name), value)


def some_activity(_: object, attribute: "Attribute[Any]", value: int | Unsaid | None) -> None:
    """Require a number that can be an activity's id, or none."""
    if isinstance(value, int):
        whole(1, LARGEST_ID)(None, attribute, value)


def require_order(first: dt.date, last: dt.date | None) -> None:
    """Raise InvalidInput if a pause would end before it begins."""
    if last is not None and last < first:
        raise fail("to", "must not be before from")


@frozen(kw_only=True)
class NewPause:
    """What a person says of a pause: without `to` until further notice, without `activity_id` everything."""

    from_: dt.date = field(validator=pause_day)
    to: dt.date | None = field(default=None, validator=pause_day, metadata=NULLABLE)
    activity_id: int | None = field(default=None, validator=some_activity, metadata=NULLABLE)
    reason: str = field(default="", converter=tidied, validator=line(0, LONGEST_REASON))

    def __attrs_post_init__(self) -> None:
        require_order(self.from_, self.to)


@frozen(kw_only=True)
class PauseChange:
    """What a person changes about a pause; what is left out stays.

    `to` may become none, which is until further notice, and so may `activity_id`, which is everything.
    """

    from_: dt.date | None = field(default=None, validator=pause_day)
    to: dt.date | Unsaid | None = field(default=UNSAID, validator=pause_day, metadata=NULLABLE)
    activity_id: int | Unsaid | None = field(default=UNSAID, validator=some_activity, metadata=NULLABLE)
    reason: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(line(0, LONGEST_REASON))
    )

    RULES: ClassVar = (some_of("from_", "to", "activity_id", "reason"),)

    def __attrs_post_init__(self) -> None:
        obey(self)
