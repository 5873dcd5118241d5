"""What the rows of a file say.

A row is known by its number in its part of the file: a member of an archive, or a table of a database. A CSV
file has no parts, and a row's number there is the line on which it begins, from 1.
"""

import datetime as dt
from typing import Any, Self

from attrs import asdict, evolve, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.activities.model import LONGEST_UNIT, NEGATIVE, POSITIVE, Activity
from mosaic_core.entries.model import LONGEST_NOTE, Place
from mosaic_core.schedules.model import Schedule, Target
from mosaic_core.texts import name_key, tidied
from mosaic_core.validators import finite, line, lines, name, one_of, text, whole, whole_characters

_CAN_LACK = frozenset({"category", "description", "schedule", "target", "unit"})


@frozen
class ActivityCells:
    """What a row says about its activity; None where the column is absent or the cell empty."""

    category: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(line(1, 80))
    )
    description: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(lines(1, 180))
    )
    goal: float | None = field(default=None, validator=optional(finite(0)))
    frequency_per_day: int | None = field(default=None, validator=optional(whole(1, 3)))
    frequency_per_week: int | None = field(default=None, validator=optional(whole(1, 7)))
    activity_type: str | None = field(default=None, validator=optional(one_of(POSITIVE, NEGATIVE)))
    active: int | None = field(default=None, validator=optional(whole(0, 1)))
    deactivated_at: dt.date | None = None
    schedule: Schedule | None = None
    target: Target | None = None
    unit: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(line(1, LONGEST_UNIT))
    )

    def fields(self) -> dict[str, Any]:
        """Return every field by name."""
        return asdict(self, recurse=False)

    def lacked_by(self, activity: Activity) -> Self:
        """Return the cells without what the activity has already, or what every activity has."""
        lacking = {name for name in _CAN_LACK if not getattr(activity, name)}
        return evolve(self, **{name: None for name in self.fields() if name not in lacking})

    def overlaid(self, later: Self) -> Self:
        """Return these cells with those of a later row, where they say something, in their place."""
        return evolve(self, **{name: value for name, value in later.fields().items() if value is not None})


@frozen
class CsvEntry:
    """A good row with an entry.

    `value` and `note` are None where the table has no such column: they say nothing then.
    """

    row: int
    date: dt.date
    activity: str = field(converter=tidied, validator=text(1, 120))
    value: float | None = field(default=None, validator=optional(finite()))
    note: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(lines(0, LONGEST_NOTE))
    )
    cells: ActivityCells = ActivityCells()
    part: str = ""

    @property
    def place(self) -> Place:
        """Where the entry belongs."""
        return self.date, name_key(self.activity)


@frozen
class CsvActivity:
    """A good row that lists an activity, as those of an export's activities table do."""

    row: int
    name: str = field(converter=tidied, validator=name(1, 120))
    cells: ActivityCells
    part: str = ""


@frozen
class CsvSkip:
    """A row that is not taken, and why.

    `date` is `YYYY-MM-DD` where the row has a valid date, else what its cell says; "" in an activities table.
    Whatever the file says, what is told of the row has no half of a character.
    """

    row: int
    date: str = field(converter=whole_characters)
    activity: str = field(converter=whole_characters)
    reason: str = field(converter=whole_characters)
    part: str = field(default="", converter=whole_characters)


CsvRow = CsvEntry | CsvActivity | CsvSkip


def where(row: int, part: str) -> str:
    """Return how a person is told of a row."""
    return f"row {row} of {part}" if part else f"line {row}"
