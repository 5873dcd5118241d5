"""Reads entries and activities from CSV: from a file that a person wrote, or from an export."""

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Self

from attrs import field, frozen

from mosaic_core.calendar import parse_day
from mosaic_core.entries.csv_rows import ActivityCells, CsvActivity, CsvEntry, CsvSkip
from mosaic_core.entries.csv_writer import unguarded
from mosaic_core.entries.model import AddEntry, Place
from mosaic_core.errors import InvalidInput
from mosaic_core.rules import fail, require_name

DUPLICATE = "duplicate_in_file"

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|(\d{2})/(\d{2})/(\d{4})", re.ASCII)

_ENTRIES = "entries"
_ACTIVITIES = "activities"
_ENTRY_FIELDS = ("date", "activity", "value", "note")
_ACTIVITY_FIELDS = (
    "category", "description", "goal", "frequency_per_day", "frequency_per_week", "activity_type", "active",
    "deactivated_at",
)  # fmt: skip

# The column of each field, in a file that a person wrote and in the two tables of an export.
_PLAIN_COLUMNS = {name: name for name in (*_ENTRY_FIELDS, *_ACTIVITY_FIELDS[:5])}
_ENTRIES_COLUMNS = {
    "dataset": "dataset",
    **{name: name for name in _ENTRY_FIELDS},
    "description": "entry_description",
    "category": "activity_category",
    "goal": "activity_goal",
    "activity_type": "activity_type",
}
_ACTIVITIES_COLUMNS = {
    "dataset": "dataset",
    "activity": "name",
    **{name: name for name in _ACTIVITY_FIELDS},
    "description": "activity_description",
}


def read_csv(lines: Iterable[str]) -> Iterator[CsvEntry | CsvActivity | CsvSkip]:
    r"""Yield what each row says; rows empty throughout are passed over.

    `lines` keep their ends and are split at `\n`, `\r\n` and `\r` alone, as a text file opened with
    `newline=""` yields them; `str.splitlines` splits at other characters too (U+2028), which would cut cells.
    A byte-order mark may stand first. What `lines` raises, such as a UnicodeDecodeError, passes through.

    The first row is the header. Without a column `dataset` it is that of a file which a person wrote, else
    that of a table of an export; there, a row whose `dataset` cell says `dataset` is the next table's header.
    A row with the date and, in any case, the activity of an earlier CsvEntry is skipped as DUPLICATE.

    Raises InvalidInput, naming the line, if there is no header, if a header lacks a column or names one
    twice, and if the text cannot be taken apart into rows. That may come after other rows: the file is then
    useless as a whole.
    """
    table: _Table | None = None
    taken: set[Place] = set()
    for row, cells in _rows(lines):
        if not any(map(str.strip, cells)):
            continue
        if table is None or table.ends_at(cells):
            table = _Table.headed(row, cells)
            continue
        found = _read_row(table, row, cells)
        if isinstance(found, CsvEntry):
            place = found.said.place
            if place in taken:
                found = CsvSkip(row, found.said.date.isoformat(), found.said.activity, DUPLICATE)
            taken.add(place)
        yield found
    if table is None:
        raise _useless(1, "there is no header row with the columns date and activity")


@frozen
class _Table:
    """A header, and how the rows below it are read.

    A row gets one empty cell behind its `width` cells: that is where the fields without a column lie.
    """

    kind: str
    columns: Mapping[str, str]
    width: int
    dataset: int | None
    entry_texts: Callable[[Sequence[str]], tuple[str, str, str, str]]
    activity_texts: Callable[[Sequence[str]], tuple[str, ...]]
    # Rows repeat days and activities: each is read once per table, not once per row.
    day: Callable[[str, str], dt.date] = field(factory=lambda: lru_cache(maxsize=4096)(_day))
    activity_cells: Callable[[tuple[str, ...]], ActivityCells] = field(
        factory=lambda: lru_cache(maxsize=1024)(_activity_cells)
    )

    @classmethod
    def headed(cls, row: int, header: Sequence[str]) -> Self:
        """Return the table below the header; raise InvalidInput if the header is of no use."""
        names = [_plain(name) for name in header]
        kind, columns, wanted = _kind_of_table(names)
        missing = [name for name in wanted if name not in names]
        if missing:
            raise _useless(row, f"the header lacks {' and '.join(missing)}")
        for name in columns.values():
            if names.count(name) > 1:
                raise _useless(row, f"the header names {name} twice")
        width = len(names)
        position = {told: names.index(name) for told, name in columns.items() if name in names}
        return cls(
            kind=kind,
            columns=columns,
            width=width,
            dataset=position.get("dataset"),
            entry_texts=itemgetter(*(position.get(name, width) for name in _ENTRY_FIELDS)),
            activity_texts=itemgetter(*(position.get(name, width) for name in _ACTIVITY_FIELDS)),
        )

    def ends_at(self, cells: Sequence[str]) -> bool:
        """Tell whether the row is the header of the next table."""
        if self.dataset is None or self.dataset >= len(cells):
            return False
        dataset = cells[self.dataset]
        return dataset != self.kind and _plain(dataset) == "dataset"

    def fit(self, cells: list[str]) -> None:
        """Give the row its width and the empty cell; raise InvalidInput if it does not belong here."""
        if len(cells) == self.width:
            cells.append("")
        else:
            self._cut_or_fill(cells)
        if self.dataset is not None:
            dataset = cells[self.dataset]
            if dataset != self.kind and _plain(dataset) != self.kind:
                raise fail("dataset", f"must be {self.kind} below this header")

    def _cut_or_fill(self, cells: list[str]) -> None:
        surplus = cells[self.width :]
        del cells[self.width :]
        cells.extend([""] * (self.width + 1 - len(cells)))
        if any(map(str.strip, surplus)):
            raise InvalidInput("the row has more cells than the header")


def _kind_of_table(names: Sequence[str]) -> tuple[str, Mapping[str, str], Sequence[str]]:
    """Return the kind of a table, its columns by field, and the columns it must have."""
    if "dataset" not in names:
        return _ENTRIES, _PLAIN_COLUMNS, ("date", "activity")
    if "name" in names and "date" not in names:
        return _ACTIVITIES, _ACTIVITIES_COLUMNS, ("name",)
    return _ENTRIES, _ENTRIES_COLUMNS, ("date", "activity")


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's first line and its cells; raise InvalidInput where the text is no CSV."""
    rest = iter(lines)
    first = next(rest, "").removeprefix("\ufeff")
    # An empty line behind the last makes an empty row, unless a quoted cell is still open and swallows it.
    reader = csv.reader(chain((first,), rest, ("",)))
    begun = row = 1
    closed = True
    try:
        for cells in reader:
            closed = not cells
            yield row, cells
            begun, row = row, reader.line_num + 1
    except csv.Error as error:
        raise _useless(row, f"the row that begins here is no CSV: {error}") from error
    if not closed:
        raise _useless(begun, "a quoted cell in the row that begins here is never closed")


def _useless(row: int, reason: str) -> InvalidInput:
    return InvalidInput(f"Line {row}: {reason}", {"row": row})


def _read_row(table: _Table, row: int, cells: list[str]) -> CsvEntry | CsvActivity | CsvSkip:
    try:
        table.fit(cells)
        day, activity, value, note = table.entry_texts(cells)
        if table.kind == _ACTIVITIES:
            about = table.activity_cells(table.activity_texts(cells))
            return CsvActivity(row, unguarded(activity), about)
        number = _number("value", value)
        said = AddEntry(
            date=table.day("date", day),
            activity=unguarded(activity),
            value=0.0 if number is None else number,
            note=unguarded(note),
        )
        require_name("activity", said.activity)
        return CsvEntry(row, said, table.activity_cells(table.activity_texts(cells)))
    except InvalidInput as error:
        return _skip(table, row, cells, error)


def _skip(table: _Table, row: int, cells: Sequence[str], error: InvalidInput) -> CsvSkip:
    """Return the skip; its reason calls the column as the file does."""
    date, activity, *_ = table.entry_texts(cells)
    try:
        date = _day("date", date).isoformat()
    except InvalidInput:
        date = date.strip()
    told = error.details.get("field", "")
    reason = table.columns.get(told, told) + error.message.removeprefix(told)
    return CsvSkip(row, date, unguarded(activity).strip(), reason)


def _activity_cells(texts: tuple[str, ...]) -> ActivityCells:
    """Return what the texts of the `_ACTIVITY_FIELDS` say."""
    category, description, goal, per_day, per_week, activity_type, active, deactivated_at = texts
    return ActivityCells(
        category=unguarded(category).strip() or None,
        description=unguarded(description).strip() or None,
        goal=_number("goal", goal),
        frequency_per_day=_whole("frequency_per_day", per_day),
        frequency_per_week=_whole("frequency_per_week", per_week),
        activity_type=activity_type.strip() or None,
        active=_whole("active", active),
        deactivated_at=_day("deactivated_at", deactivated_at) if deactivated_at.strip() else None,
    )


def _day(name: str, cell: str) -> dt.date:
    match = _DAY.fullmatch(cell.strip())
    if match is None:
        raise fail(name, "must be a date of the form YYYY-MM-DD or DD/MM/YYYY")
    try:
        return parse_day(match.expand(r"\3-\2-\1") if match[1] else match[0])
    except ValueError as error:
        raise fail(name, str(error)) from None


def _number(name: str, cell: str) -> float | None:
    """Return the number in the cell, infinite if it is too large; None if the cell is empty."""
    digits = cell.strip()
    if not digits:
        return None
    if not _NUMBER.fullmatch(digits):
        raise fail(name, "must be a plain decimal number")
    return float(digits) + 0.0  # minus zero is zero


def _whole(name: str, cell: str) -> int | None:
    number = _number(name, cell)
    if number is None:
        return None
    if not number.is_integer():
        raise fail(name, "must be a whole number")
    return int(number)


def _plain(cell: str) -> str:
    return cell.strip().casefold()
