"""Reads entries and activities from CSV: from a file that a person wrote, or from an export."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Self, TypeVar

from attrs import field, frozen

from mosaic_core.calendar import parse_written_day
from mosaic_core.entries.csv_layout import SAVE_AS, CsvLayout, quoted, shown, useless
from mosaic_core.entries.csv_rows import ActivityCells, CsvActivity, CsvEntry, CsvSkip
from mosaic_core.entries.csv_writer import unguarded
from mosaic_core.errors import InvalidInput
from mosaic_core.schedules.stated import schedule_in, target_in
from mosaic_core.validators import fail, require_name

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{2})/(\d{2})/(\d{4})|(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_TRUTHS = {"true": 1, "false": 0}

_LONGEST_NAME = 120
_NAME_COLUMNS = f"name the columns in the first row, and {SAVE_AS}"

_ENTRIES = "entries"
_ACTIVITIES = "activities"
_ENTRY_FIELDS = ("date", "activity", "value", "note")
_ACTIVITY_FIELDS = (
    "category", "description", "goal", "frequency_per_day", "frequency_per_week", "activity_type", "active",
    "deactivated_at", "schedule", "target", "unit",
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


_KNOWN = frozenset(
    name for columns in (_PLAIN_COLUMNS, _ENTRIES_COLUMNS, _ACTIVITIES_COLUMNS) for name in columns.values()
)


def read_csv(lines: Iterable[str]) -> Iterator[CsvEntry | CsvActivity | CsvSkip]:
    r"""Yield what each row says, as the lines come; rows empty throughout are passed over.

    `lines` keep their ends and are split at `\n`, `\r\n` and `\r` alone, as a text file opened with
    `newline=""` yields them; `str.splitlines` splits at other characters too (U+2028), which would cut cells.
    A byte-order mark may stand first. What `lines` raises, such as a UnicodeDecodeError, passes through.

    Cells are separated by commas, semicolons or tabs (see CsvLayout); where it is semicolons, numbers may
    have a decimal comma, and one such as `1.000`, which may be a thousand or one, is refused. The first row
    is the header. Without a column `dataset` it is that of a file which a person wrote, else that of a table
    of an export; there, a row whose `dataset` cell says `dataset` is the next table's header.

    Raises InvalidInput, naming the line, if there is no header, if a header lacks a column or names one
    twice, and if the text cannot be taken apart into rows. That may come after other rows: the file is then
    refused as a whole.
    """
    layout = CsvLayout(lines, _KNOWN)
    decimal_comma = layout.separator == ";"
    table: _Table | None = None
    for row, cells in layout.rows():
        if not any(map(str.strip, cells)):
            continue
        if table is None or table.ends_at(cells):
            table = _Table.headed(row, cells, decimal_comma=decimal_comma)
            continue
        yield _read_row(table, row, cells)
    if table is None:
        raise useless(1, "there is no header row with the columns date and activity", _NAME_COLUMNS)


@frozen
class _Table:
    """A header, and how the rows below it are read.

    A row gets one empty cell behind its `width` cells: that is where the fields without a column lie.
    """

    kind: str
    columns: Mapping[str, str]
    width: int
    decimal_comma: bool
    position: Mapping[str, int]
    dataset: int | None
    entry_texts: Callable[[Sequence[str]], tuple[str, str, str, str]]
    activity_texts: Callable[[Sequence[str]], tuple[str, ...]]
    # Rows repeat days and activities: each is read once per table, not once per row.
    day: Callable[[str, str], dt.date] = field(factory=lambda: lru_cache(maxsize=4096)(_day))
    activity_cells: Callable[[tuple[str, ...], bool], ActivityCells] = field(
        factory=lambda: lru_cache(maxsize=1024)(_activity_cells)
    )

    @classmethod
    def headed(cls, row: int, header: Sequence[str], *, decimal_comma: bool) -> Self:
        """Return the table below the header; raise InvalidInput if the header is of no use."""
        names = [_plain(name) for name in header]
        kind, columns, wanted = _kind_of_table(names)
        missing = [name for name in wanted if name not in names]
        if missing:
            found = f"the header lacks {' and '.join(missing)}, {_of_use(names)}"
            raise useless(row, found, _NAME_COLUMNS)
        for name in columns.values():
            if names.count(name) > 1:
                raise useless(row, f"the header names {name} twice", "name each column once")
        width = len(names)
        position = {told: names.index(name) for told, name in columns.items() if name in names}
        return cls(
            kind=kind,
            columns=columns,
            width=width,
            decimal_comma=decimal_comma,
            position=position,
            dataset=position.get("dataset"),
            entry_texts=itemgetter(*(position.get(name, width) for name in _ENTRY_FIELDS)),
            activity_texts=itemgetter(*(position.get(name, width) for name in _ACTIVITY_FIELDS)),
        )

    def ends_at(self, cells: Sequence[str]) -> bool:
        """Return whether the row is the header of the next table."""
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
        told = next(filter(str.strip, surplus), None)
        if told is not None:
            raise InvalidInput(f"the row has more cells than the header: {quoted(told)}")


def _of_use(names: Sequence[str]) -> str:
    """Say which columns of a header are known. The others are not quoted: the audit keeps refusals."""
    known = [name for name in names if name in _KNOWN]
    return f"it has {', '.join(known)}" if known else "it has no known column"


def _kind_of_table(names: Sequence[str]) -> tuple[str, Mapping[str, str], Sequence[str]]:
    """Return the kind of a table, its columns by field, and the columns it must have."""
    if "dataset" not in names:
        return _ENTRIES, _PLAIN_COLUMNS, ("date", "activity")
    if "name" in names and "date" not in names:
        return _ACTIVITIES, _ACTIVITIES_COLUMNS, ("name",)
    return _ENTRIES, _ENTRIES_COLUMNS, ("date", "activity")


def _read_row(table: _Table, row: int, cells: list[str]) -> CsvEntry | CsvActivity | CsvSkip:
    try:
        table.fit(cells)
        day, activity, value, note = table.entry_texts(cells)
        about = table.activity_cells(table.activity_texts(cells), table.decimal_comma)
        if table.kind == _ACTIVITIES:
            return CsvActivity(row, unguarded(activity), about)
        entry = CsvEntry(
            row,
            table.day("date", day),
            unguarded(activity),
            (_number("value", value, table.decimal_comma) or 0.0) if "value" in table.position else None,
            unguarded(note) if "note" in table.position else None,
            about,
        )
        require_name("activity", entry.activity)
        return entry  # noqa: TRY300  # what is wrong above is a skip
    except InvalidInput as error:
        return _skip(table, row, cells, error)


def _skip(table: _Table, row: int, cells: Sequence[str], error: InvalidInput) -> CsvSkip:
    """Return the skip; its reason calls the column as the file does, and quotes the cell."""
    date, activity, *_ = table.entry_texts(cells)
    try:
        date = _day("date", date).isoformat()
    except InvalidInput:
        date = shown(date.strip())
    reason = error.message
    if (told := error.details.get("field")) is not None:
        name = "activity" if told == "name" else told
        reason = f"{table.columns[name]}{reason.removeprefix(told)}: {quoted(cells[table.position[name]])}"
    return CsvSkip(row, date, unguarded(activity).strip()[:_LONGEST_NAME], reason)


def _activity_cells(texts: tuple[str, ...], decimal_comma: bool) -> ActivityCells:  # noqa: FBT001  # cached
    """Return what the texts of the `_ACTIVITY_FIELDS` say."""
    category, description, goal, per_day, per_week, activity_type, active, deactivated_at, *habit = texts
    schedule, target, unit = habit
    return ActivityCells(
        category=unguarded(category).strip() or None,
        description=unguarded(description).strip() or None,
        goal=_number("goal", goal, decimal_comma),
        frequency_per_day=_whole("frequency_per_day", per_day, decimal_comma),
        frequency_per_week=_whole("frequency_per_week", per_week, decimal_comma),
        activity_type=activity_type.strip() or None,
        active=_truth("active", active, decimal_comma),
        deactivated_at=_day("deactivated_at", deactivated_at) if deactivated_at.strip() else None,
        schedule=_stated("schedule", schedule, schedule_in),
        target=_stated("target", target, target_in),
        unit=unguarded(unit).strip() or None,
    )


def _stated(name: str, cell: str, read: Callable[[str], T]) -> T | None:
    """Return what the JSON in the cell states, None if the cell is empty."""
    if not cell.strip():
        return None
    try:
        return read(cell)
    except InvalidInput as error:
        raise fail(name, f"is none: {error.message}") from None


def _day(name: str, cell: str) -> dt.date:
    match = _DAY.fullmatch(cell.strip())
    if match is None:
        raise fail(name, "must be a date of the form YYYY-MM-DD, DD/MM/YYYY or D.M.YYYY")
    year, month, day = [part for part in match.groups() if part][:: 1 if match[1] else -1]
    try:
        return parse_written_day(f"{year}-{month:0>2}-{day:0>2}")
    except ValueError as error:
        raise fail(name, str(error)) from None


def _number(name: str, cell: str, decimal_comma: bool) -> float | None:  # noqa: FBT001  # of the file
    """Return the number in the cell, infinite if it is too large; None if the cell is empty."""
    digits = cell.strip()
    if not digits:
        return None
    if decimal_comma:
        if _GROUPED.fullmatch(digits):
            raise fail(name, "may mean thousands; write it without the point, or with a decimal comma")
        digits = digits.replace(",", ".")
    if not _NUMBER.fullmatch(digits):
        raise fail(name, "must be a plain decimal number")
    return float(digits) + 0.0  # minus zero is zero


def _whole(name: str, cell: str, decimal_comma: bool) -> int | None:  # noqa: FBT001  # of the file
    number = _number(name, cell, decimal_comma)
    if number is None:
        return None
    if not number.is_integer():
        raise fail(name, "must be a whole number")
    return int(number)


def _truth(name: str, cell: str, decimal_comma: bool) -> int | None:  # noqa: FBT001  # of the file
    word = _TRUTHS.get(_plain(cell))
    if word is not None:
        return word
    try:
        return _whole(name, cell, decimal_comma)
    except InvalidInput:
        raise fail(name, "must be 1, 0, true or false") from None


def _plain(cell: str) -> str:
    return cell.strip().casefold()
