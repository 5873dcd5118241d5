"""What an entry is, and how one day looks."""

import datetime as dt
from typing import Any

from attrs import asdict, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.activities.model import Activity
from mosaic_core.errors import InvalidInput
from mosaic_core.rules import finite, lines, number, plain_date, text, written_day
from mosaic_core.texts import name_key, tidied

Place = tuple[dt.date, str]
"""Where an owner has at most one entry: a day and an activity's name key."""

PositiveEntry = tuple[str, str, float, float]
"""What statistics need of a positive entry: category and goal of its snapshot around activity and value."""

_ALL = frozenset({"all", "all activities", "all_activities", "all categories", "all_categories"})


@frozen
class Entry:
    """What was done on a day, as it is stored.

    Category, goal, type and description are a snapshot of the activity. Without a `user_id` it is shared.
    """

    id: int
    user_id: int | None
    date: dt.date
    activity: str
    value: float
    note: str
    description: str
    activity_category: str
    activity_goal: float
    activity_type: str


@frozen(slots=False)  # read by the hundred: attrs fills a frozen object twice as fast without slots
class ListedEntry:
    """An entry joined with its owner's activity of that name; where that is gone, with its own snapshot."""

    id: int
    user_id: int | None
    date: dt.date
    activity: str
    value: float
    note: str
    description: str
    activity_category: str
    activity_goal: float
    activity_type: str
    category: str
    goal: float
    activity_description: str


@frozen(slots=False)  # as above
class TodayRow:
    """One activity on the Today sheet; the last four are None where the day has no entry."""

    activity_id: int
    name: str
    category: str
    activity_type: str
    description: str
    active: int
    deactivated_at: dt.date | None
    goal: float
    entry_id: int | None
    value: float | None
    note: str | None
    activity_goal: float | None


@frozen(kw_only=True)
class AddEntry:
    """What a person says of an entry they add.

    The activity's name may break the rules for new names: it may exist already.
    """

    date: dt.date = field(validator=written_day)
    activity: str = field(converter=tidied, validator=text(1, 120))
    value: float = field(default=0.0, converter=number, validator=finite())
    note: str = field(default="", converter=tidied, validator=lines(0, 100))

    @property
    def place(self) -> Place:
        """Where the entry belongs."""
        return self.date, name_key(self.activity)


@frozen(kw_only=True)
class EntryChange:
    """What a person changes about an entry; None leaves a field as it is."""

    date: dt.date | None = field(default=None, validator=optional(written_day))
    value: float | None = field(
        default=None, converter=optional_converter(number), validator=optional(finite())
    )
    note: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(lines(0, 100))
    )

    def __attrs_post_init__(self) -> None:
        if not self.given():
            raise InvalidInput("Nothing to change was given")

    def given(self) -> dict[str, Any]:
        """Return the fields that change, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@frozen
class WrittenEntry:
    """An entry as it was written, and whether it is new.

    Where it made its activity, `similar` is the name of another one that was perhaps meant.
    """

    entry: Entry
    is_new: bool
    made_activity: bool = False
    similar: str | None = None


def _unless_all(value: str | None) -> str | None:
    return None if value is None or name_key(value.strip()) in _ALL else value.strip()


@frozen(kw_only=True)
class EntryFilter:
    """Which entries to list; None means no filter, and so do words such as `all activities`.

    Both days are included. White space around a name is ignored.
    """

    first: dt.date | None = field(default=None, validator=optional(plain_date))
    last: dt.date | None = field(default=None, validator=optional(plain_date))
    activity: str | None = field(default=None, converter=_unless_all)
    category: str | None = field(default=None, converter=_unless_all)


def entry_of(activity: Activity, user_id: int | None, said: AddEntry) -> Entry:
    """Return the entry (without an id yet) that `said` makes for the activity."""
    return Entry(
        id=0,
        user_id=user_id,
        date=said.date,
        activity=activity.name,
        value=said.value,
        note=said.note,
        description=activity.description,
        activity_category=activity.category,
        activity_goal=activity.goal,
        activity_type=activity.activity_type,
    )


def today_row(activity: Activity, entry: Entry | None) -> TodayRow:
    """Return the row of an activity and, if there is one, its entry."""
    return TodayRow(
        activity_id=activity.id,
        name=activity.name,
        category=activity.category,
        activity_type=activity.activity_type,
        description=activity.description,
        active=activity.active,
        deactivated_at=activity.deactivated_at,
        goal=activity.goal,
        entry_id=entry.id if entry else None,
        value=entry.value if entry else None,
        note=entry.note if entry else None,
        activity_goal=entry.activity_goal if entry else None,
    )
