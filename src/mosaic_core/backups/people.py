"""The part of a backup that is for people: everybody's entries and activities as CSV, as exports have them.

A last column names the user; it is empty for what is shared. An import passes it over.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from mosaic_core.activities.model import Activity
from mosaic_core.entries.csv import ACTIVITY_COLUMNS, ENTRY_COLUMNS, activity_row, csv_table, guarded
from mosaic_core.entries.model import Entry

Usernames = Mapping[int | None, str]

_USERNAME = "username"
_AT_ONCE = 500
_must_be_quoted = re.compile('[,"\r\n]').search

ENTRIES_HEADER = ",".join((*ENTRY_COLUMNS, _USERNAME)) + "\r\n"
"""The first line of the entries."""


def peoples_entries(entries: Iterable[Entry], usernames: Usernames) -> Iterator[str]:
    """Yield the text of the entries in pieces, the header first."""
    yield ENTRIES_HEADER
    left = iter(entries)
    while some := tuple(islice(left, _AT_ONCE)):
        yield entries_lines(some, usernames)


def entries_lines(entries: Sequence[Entry], usernames: Usernames) -> str:
    """Return the lines of some hundred entries, to the letter as `csv.writer` has them.

    There are many entries, and most of their texts are those of an earlier one: so each is quoted once.
    """
    cells = _Cells()
    days = {day: day.isoformat() for day in {one.date for one in entries}}
    return "".join(
        [
            f"entries,{one.id},{days[one.date]},{cells[one.activity]},{cells[one.description]},{one.value!r},"
            f"{cells[one.note]},{cells[one.activity_category]},{one.activity_goal!r},{cells[one.activity_type]},"
            f"{cells[usernames.get(one.user_id, '')]}\r\n"
            for one in entries
        ]
    )


def peoples_activities(activities: Iterable[Activity], usernames: Usernames) -> Iterator[str]:
    """Yield the text of the activities in pieces, the header first."""
    rows = ((*activity_row(one), guarded(usernames.get(one.user_id, ""))) for one in activities)
    return csv_table((*ACTIVITY_COLUMNS, _USERNAME), rows)


class _Cells(dict[str, str]):
    """The cell that stands for each text, guarded and quoted when it is first asked for."""

    def __missing__(self, text: str) -> str:
        cell = guarded(text)
        if _must_be_quoted(cell):
            cell = '"' + cell.replace('"', '""') + '"'
        self[text] = cell
        return cell
