"""What an entry is, and how one day looks."""

import datetime as dt
from typing import ClassVar, NamedTuple

from attrs import evolve, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.activities.model import Activity
from mosaic_core.texts import name_key, tidied
from mosaic_core.validators import (
    NEW,
    finite,
    lines,
    name,
    number,
    obey,
    plain_date,
    some_of,
    text,
    written_day,
)

Place = tuple[dt.date, str]
"""Where an owner has at most one entry: a day and an activity's name key."""

PositiveEntry = tuple[str, str, float, float]
"""What statistics need of a positive entry: category and goal of its snapshot around activity and value."""

PERSON = "person"
RULE = "rule"
IMPORT = "import"
ORIGINS = (PERSON, RULE, IMPORT)
"""Who said last what an entry says."""

LONGEST_NOTE = 100

_ALL = frozenset({"all", "all activities", "all_activities", "all categories", "all_categories"})


@frozen(slots=False)  # read by the hundred: attrs fills a frozen object twice as fast without slots
class Entry:
    """What was done on a day, as it is stored.

    Category, goal, type and description are a snapshot of the activity. Without a `user_id` it is shared.
    `origin` is who said last what it says (ORIGINS).
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
    origin: str

    def under(self, entry_id: int) -> "Entry":
        """Return the same under that id. `attrs.evolve` takes several times as long."""
        return Entry(
            entry_id,
            self.user_id,
            self.date,
            self.activity,
            self.value,
            self.note,
            self.description,
            self.activity_category,
            self.activity_goal,
            self.activity_type,
            self.origin,
        )


@frozen(slots=False)  # as above
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
    origin: str


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
    activity: str = field(converter=tidied, validator=text(1, 120), metadata={NEW: name(1, 120)})
    value: float = field(default=0.0, converter=number, validator=finite())
    note: str = field(default="", converter=tidied, validator=lines(0, LONGEST_NOTE))


@frozen(kw_only=True)
class EntryChange:
    """What a person changes about an entry; None leaves a field as it is."""

    date: dt.date | None = field(default=None, validator=optional(written_day))
    value: float | None = field(
        default=None, converter=optional_converter(number), validator=optional(finite())
    )
    note: str | None = field(
        default=None, converter=optional_converter(tidied), validator=optional(lines(0, LONGEST_NOTE))
    )

    RULES: ClassVar = (some_of("date", "value", "note"),)

    def __attrs_post_init__(self) -> None:
        obey(self)


class Meeting(NamedTuple):
    """Where an entry of the owner's (None: a shared one) is to be written, under the name of its activity."""

    owner: int | None
    name: str
    day: dt.date


@frozen
class Met:
    """What an entry meets: its activity, and the id of the entry that is there on its day.

    Of each the owner's own, else the shared one, if there is any; `is_shared` tells whose the entry is.
    """

    activity: Activity | None
    entry_id: int | None
    is_shared: bool


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


def new_entry(
    activity: Activity, user_id: int | None, day: dt.date, value: float, note: str, origin: str
) -> Entry:
    """Return an entry of the activity, without an id yet."""
    return Entry(
        id=0,
        user_id=user_id,
        date=day,
        activity=activity.name,
        value=value,
        note=note,
        description=activity.description,
        activity_category=activity.category,
        activity_goal=activity.goal,
        activity_type=activity.activity_type,
        origin=origin,
    )


def carried(entry: Entry, activity: Activity) -> Entry:
    """Return the entry with what it copies of its activity as that is now."""
    return evolve(
        entry,
        activity=activity.name,
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
