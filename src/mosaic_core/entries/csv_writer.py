"""Writes entries and activities as CSV, and says how a text is guarded in a cell.

A spreadsheet takes a text for a formula that begins with `=`, `+`, `-`, `@`, a tab or a carriage return. Such
a text is written behind a `'`, and so is one that begins with `'` itself. Reading takes one `'` off where one
of these characters follows it. So every written text reads as it was, and what a person wrote stays, such as
`'tis`.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import Entry
from mosaic_core.schedules.stated import text_of

ENTRY_COLUMNS = (
    "dataset", "entry_id", "date", "activity", "entry_description", "value", "note", "activity_category",
    "activity_goal", "activity_type",
)  # fmt: skip
ACTIVITY_COLUMNS = (
    "dataset", "activity_id", "name", "category", "activity_type", "goal", "activity_description", "active",
    "frequency_per_day", "frequency_per_week", "deactivated_at", "schedule", "target", "unit",
)  # fmt: skip

_GUARDED = frozenset("=+-@\t\r'")
_CHUNK_ROWS = 500


def csv_export(entries: Iterable[Entry], activities: Iterable[Activity]) -> Iterator[str]:
    r"""Yield the text of an export: the entries table, an empty line, the activities table.

    Lines end with `\r\n`; whoever writes the text to a file leaves them as they are (`newline=""`).
    """
    yield from entries_table(entries)
    yield "\r\n"
    yield from activities_table(activities)


def entries_table(rows: Iterable[Entry]) -> Iterator[str]:
    """Yield the header, then the entries in chunks of some hundred rows, each with its own snapshot."""
    return csv_table(ENTRY_COLUMNS, map(entry_row, rows))


def activities_table(rows: Iterable[Activity]) -> Iterator[str]:
    """Yield the header, then the activities in chunks of some hundred rows."""
    return csv_table(ACTIVITY_COLUMNS, map(activity_row, rows))


def guarded(value: str) -> str:
    """Return what a cell says for the text, so that no spreadsheet takes it for a formula."""
    return f"'{value}" if value[:1] in _GUARDED else value


def unguarded(cell: str) -> str:
    """Return the text that the cell stands for."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _GUARDED else cell


def csv_table(columns: Sequence[str], rows: Iterator[tuple[object, ...]]) -> Iterator[str]:
    """Yield the header, then the rows in chunks of some hundred."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    yield buffer.getvalue()
    while chunk := tuple(islice(rows, _CHUNK_ROWS)):
        buffer.seek(0)
        buffer.truncate()
        writer.writerows(chunk)
        yield buffer.getvalue()


def entry_row(entry: Entry) -> tuple[object, ...]:
    """Return the cells of an entry."""
    return (
        "entries",
        entry.id,
        entry.date,
        guarded(entry.activity),
        guarded(entry.description),
        entry.value,
        guarded(entry.note),
        guarded(entry.activity_category),
        entry.activity_goal,
        entry.activity_type,
    )


def activity_row(activity: Activity) -> tuple[object, ...]:
    """Return the cells of an activity."""
    return (
        "activities",
        activity.id,
        guarded(activity.name),
        guarded(activity.category),
        activity.activity_type,
        activity.goal,
        guarded(activity.description),
        activity.active,
        activity.frequency_per_day,
        activity.frequency_per_week,
        activity.deactivated_at,
        activity.schedule and text_of(activity.schedule),
        activity.target and text_of(activity.target),
        guarded(activity.unit),
    )
