"""What the rows of a CSV file say."""

import datetime as dt
from typing import Any, Self

from attrs import asdict, evolve, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.activities.model import NEGATIVE, POSITIVE
from mosaic_core.entries.model import Place
from mosaic_core.rules import finite, line, lines, name, one_of, text, whole
from mosaic_core.texts import name_key, tidied


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

    def fields(self) -> dict[str, Any]:
        """Return every field by name."""
        return asdict(self, recurse=False)

    def overlaid(self, later: Self) -> Self:
        """Return these cells with those of a later row, where they say something, in their place."""
        return evolve(self, **{name: value for name, value in later.fields().items() if value is not None})


@frozen
class CsvEntry:
    """A good row with an entry; `row` is the line of the file, from 1, on which the row begins.

    `value` and `note` are None where the table has no such column: they say nothing then.
    """

    row: int
    date: dt.date
    activity: str = field(converter=tidied, validator=text(1, 120))
    value: float | None = field(default=None, validator=optional(finite()))
    note: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(lines(0, 100))
    )
    cells: ActivityCells = ActivityCells()

    @property
    def place(self) -> Place:
        """Where the entry belongs."""
        return self.date, name_key(self.activity)


@frozen
class CsvActivity:
    """A good row of an export's activities table."""

    row: int
    name: str = field(converter=tidied, validator=name(1, 120))
    cells: ActivityCells


@frozen
class CsvSkip:
    """A row that is not taken, and why.

    `date` is `YYYY-MM-DD` where the row has a valid date, else what its cell says; "" in an activities table.
    """

    row: int
    date: str
    activity: str
    reason: str


CsvRow = CsvEntry | CsvActivity | CsvSkip
