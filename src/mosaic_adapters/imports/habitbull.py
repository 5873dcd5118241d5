"""HabitBull's CSV file."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from attrs import define

from mosaic_adapters.imports.tables import kept_open, named_rows
from mosaic_adapters.imports.values import day, fitted, fitted_line, iso_day, name_text, number, shown
from mosaic_core.entries.model import LONGEST_NOTE
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileEntry, FilePause, FileSkip, Item
from mosaic_core.imports.ports import TEXT, FileReader, Sample, TrackerFile

_NEEDED = ("HabitName", "CalendarDate", "Value")
_COLUMNS = ("HabitDescription", "HabitCategory", "CommentText")
_SKIPPED_BELOW = -1_000_000
_LONGEST_CATEGORY, _LONGEST_DESCRIPTION = 80, 180

_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", re.ASCII)


class HabitBull(FileReader):
    """Reads habits and their days from one table, twice: what its dates mean, all of them say together."""

    format = "habitbull"
    about = "HabitBull, its CSV export"
    kinds = (TEXT,)

    def recognises(self, sample: Sample) -> bool:
        """Return whether the header is HabitBull's."""
        return {name.casefold() for name in _NEEDED} <= set(sample.header)

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield each habit before its first day."""
        dates = _Dates()
        for row, said in self._rows(file):
            dates.look_at(row, said["CalendarDate"])
        dates.require_one_reading()
        known: set[str] = set()
        for row, said in self._rows(file):
            try:
                name = name_text("HabitName", said["HabitName"])
                if name not in known:
                    yield FileActivity(row, name, _cells(said))
                    known.add(name)
                yield _day(row, name, said, dates)
            except InvalidInput as error:
                yield FileSkip(row, shown(said["CalendarDate"]), said["HabitName"][:120], error.message)

    def _rows(self, file: TrackerFile) -> Iterator[tuple[int, Mapping[str, str]]]:
        file.stream.seek(0)
        return named_rows(kept_open(file.stream), _NEEDED, _COLUMNS, file.breathe)


@define
class _Dates:
    """Which of two numbers is the month: the first, unless a date says that it cannot be.

    `day_first` and `month_first` are the lines on which a date can only be the one or the other.
    """

    day_first: int | None = None
    month_first: int | None = None

    def look_at(self, row: int, told: str) -> None:
        match = _SLASHED.match(told.strip())
        if match is None:
            return
        one, other = int(match[1]), int(match[2])
        if one > 12 >= other:
            self.day_first = self.day_first or row
        elif other > 12 >= one:
            self.month_first = self.month_first or row

    def require_one_reading(self) -> None:
        if self.day_first is not None and self.month_first is not None:
            raise InvalidInput(
                f"The dates cannot be told: on line {self.day_first} the day comes first, on line"
                f" {self.month_first} the month; write them all as YYYY-MM-DD",
                {"rows": [self.day_first, self.month_first]},
            )

    def read(self, told: str) -> dt.date:
        match = _SLASHED.match(told.strip())
        if match is None:
            return iso_day("CalendarDate", told.strip())
        one, other, year = match.groups()
        month, of_month = (one, other) if self.day_first is None else (other, one)
        return day("CalendarDate", year, month, of_month)


def _cells(said: Mapping[str, str]) -> ActivityCells:
    return ActivityCells(
        category=fitted_line(said.get("HabitCategory"), _LONGEST_CATEGORY),
        description=fitted(said.get("HabitDescription"), _LONGEST_DESCRIPTION),
    )


def _day(row: int, name: str, said: Mapping[str, str], dates: _Dates) -> Item:
    date = dates.read(said["CalendarDate"])
    value = number("Value", said["Value"])
    if value < _SKIPPED_BELOW:
        return FilePause(row, date, name)
    return FileEntry(row, date, name, value, fitted(said.get("CommentText"), LONGEST_NOTE))
