"""The part of a backup that is for people: everybody's entries and activities as CSV, as exports have them.

A last column names the user; it is empty for what is shared. An import passes it over.
"""

from collections.abc import Iterable, Iterator, Mapping

from mosaic_core.activities.model import Activity
from mosaic_core.entries.csv import (
    ACTIVITY_COLUMNS,
    ENTRY_COLUMNS,
    activity_row,
    csv_table,
    entry_row,
    guarded,
)
from mosaic_core.entries.model import Entry

Usernames = Mapping[int | None, str]

_USERNAME = "username"


def peoples_entries(entries: Iterable[Entry], usernames: Usernames) -> Iterator[str]:
    """Yield the text of the entries in pieces, the header first."""
    rows = ((*entry_row(one), guarded(usernames.get(one.user_id, ""))) for one in entries)
    return csv_table((*ENTRY_COLUMNS, _USERNAME), rows)


def peoples_activities(activities: Iterable[Activity], usernames: Usernames) -> Iterator[str]:
    """Yield the text of the activities in pieces, the header first."""
    rows = ((*activity_row(one), guarded(usernames.get(one.user_id, ""))) for one in activities)
    return csv_table((*ACTIVITY_COLUMNS, _USERNAME), rows)
