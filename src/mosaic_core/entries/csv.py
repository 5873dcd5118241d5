"""The CSV format of entries and activities: what imports read, exports write and backups hold."""

from mosaic_core.entries.csv_layout import LONGEST_ROW, SAVE_AS
from mosaic_core.entries.csv_reader import read_csv
from mosaic_core.entries.csv_rows import ActivityCells, CsvActivity, CsvEntry, CsvRow, CsvSkip, where
from mosaic_core.entries.csv_writer import (
    ACTIVITY_COLUMNS,
    ENTRY_COLUMNS,
    activities_table,
    activity_row,
    csv_export,
    csv_table,
    entries_table,
    entry_row,
    guarded,
)

__all__ = [
    "ACTIVITY_COLUMNS",
    "ENTRY_COLUMNS",
    "LONGEST_ROW",
    "SAVE_AS",
    "ActivityCells",
    "CsvActivity",
    "CsvEntry",
    "CsvRow",
    "CsvSkip",
    "activities_table",
    "activity_row",
    "csv_export",
    "csv_table",
    "entries_table",
    "entry_row",
    "guarded",
    "read_csv",
    "where",
]
