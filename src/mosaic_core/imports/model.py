"""What a file of another tracker holds, as its reader yields it.

Everything knows its place: the number of its row, and the part of the file (a member of an archive, a table
of a database) that has the row. A file without parts has lines, counted from 1.
"""

import datetime as dt
from collections.abc import Sequence

from attrs import field, frozen

from mosaic_core.entries.csv import ActivityCells, CsvActivity, CsvEntry, CsvSkip
from mosaic_core.entries.importing import ImportDetail
from mosaic_core.entries.model import Place
from mosaic_core.texts import name_key, tidied
from mosaic_core.validators import text, whole_characters, written_day
from mosaic_core.wearables.model import Origin

FileActivity = CsvActivity
FileEntry = CsvEntry
FileSkip = CsvSkip
"""An activity, an entry, and a row that is not taken are the same whatever the file."""


@frozen
class FilePause:
    """A row that says that an activity was not asked for on a day."""

    row: int
    date: dt.date = field(validator=written_day)
    activity: str = field(converter=tidied, validator=text(1, 120))
    part: str = ""

    @property
    def place(self) -> Place:
        """Which day of which activity it is."""
        return self.date, name_key(self.activity)


@frozen
class FileRecord:
    """A wearable record of a source: a JSON text such as a device sends (`type`, `start`, `fields`, …).

    A time in it without an offset is local time in the origin's zone. Its `dedupe_key` must be the same
    whenever the file, or a later one of the same tracker, is read.
    """

    row: int
    origin: Origin
    payload: str
    part: str = ""


@frozen
class RecordSkip:
    """Wearable records that are not taken, and why: one, or, where they are of a kind, `count`.

    What is told of them has no half of a character.
    """

    row: int
    reason: str = field(converter=whole_characters)
    count: int = 1
    part: str = field(default="", converter=whole_characters)


Item = FileActivity | FileEntry | FilePause | FileRecord | FileSkip | RecordSkip


@frozen(kw_only=True)
class FileWanted:
    """How a file is to be imported.

    Without a `format` its content tells it. A `dry_run` changes nothing and says what the import would do.
    With `overwrite`, the file's values replace others that a person gave.
    """

    format: str | None = None
    dry_run: bool = False
    overwrite: bool = False


@frozen
class FileSummary:
    """What became of a file, or, of a dry run, what would become of it.

    `paused` counts the days that became pauses. `details` has every row that was skipped and the first
    MOST_SHOWN of the others, entries before pauses before wearable records.
    """

    format: str
    dry_run: bool
    activities_created: int
    activities_updated: int
    created: int
    updated: int
    skipped: int
    paused: int
    accepted: int
    duplicates: int
    records_skipped: int
    details: Sequence[ImportDetail] = ()


__all__ = [
    "ActivityCells",
    "FileActivity",
    "FileEntry",
    "FilePause",
    "FileRecord",
    "FileSkip",
    "FileSummary",
    "FileWanted",
    "Item",
    "Origin",
    "RecordSkip",
]
