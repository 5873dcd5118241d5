"""Loop Habit Tracker's CSV files: a ZIP with a list of habits and a folder for each."""

import re
from collections.abc import Iterator, Mapping

from attrs import define, field

from mosaic_adapters.imports.activities import described
from mosaic_adapters.imports.archives import Archive, archive_in
from mosaic_adapters.imports.loop import WORDS, Described, Habit, day_of, is_at_most
from mosaic_adapters.imports.tables import named_rows, raw_rows
from mosaic_adapters.imports.values import iso_day, number, shown
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileSkip, Item
from mosaic_core.imports.ports import ZIP, Breathe, FileReader, Sample, TrackerFile

_HABITS = "Habits.csv"
_DAYS = "Checkmarks.csv"
_FOLDER = re.compile(r"(\d+) ?([^/]*)/Checkmarks\.csv")
_COLUMNS = (
    "Position", "Type", "Question", "Description", "FrequencyNumerator", "FrequencyDenominator",
    "NumRepetitions", "Interval", "Unit", "Target Type", "Target Value", "Archived?",
)  # fmt: skip
_NUMERICAL = frozenset({"NUMERICAL", "1"})
_TRUE = frozenset({"true", "1", "yes"})
_UNSAFE = re.compile(r"[^ a-zA-Z0-9._-]+")


@define
class _Habits:
    """The habits that were listed, by their positions and by their names."""

    by_position: dict[int, Habit] = field(factory=dict)
    by_name: dict[str, Habit] = field(factory=dict)
    done: set[str] = field(factory=set)

    def add(self, position: int, habit: Habit) -> None:
        self.by_position[position] = habit
        self.by_name[habit.name] = habit

    def of_folder(self, position: str, name: str) -> Habit | None:
        """Return whose folder that is: the one at its position, unless another's name is the folder's."""
        at_position = self.by_position.get(int(position[:9]))
        if at_position is not None and _plain(at_position.name) == _plain(name):
            return at_position
        named = next((one for one in self.by_name.values() if _plain(one.name) == _plain(name)), None)
        return named or at_position


class LoopCsv(FileReader):
    """Reads the list of habits, then their folders, then what the wide table has of those without one."""

    format = "loop-csv"
    about = "Loop Habit Tracker, its CSV export"
    kinds = (ZIP,)

    def recognises(self, sample: Sample) -> bool:
        """Return whether there are a list of habits and days beside it."""
        base = _base(sample.members)
        return base is not None and any(_is_days(base, name) for name in sample.members)

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield the habits, then their days."""
        with archive_in(file) as archive:
            base = _base(archive.members)
            if base is None:
                raise InvalidInput(f"The archive has no {_HABITS}")
            habits = _Habits()
            yield from _listed(archive, base, habits, file.breathe)
            yield from _folders(archive, base, habits, file.breathe)
            if base + _DAYS in archive.members:
                yield from _wide(archive, base + _DAYS, habits, file.breathe)


def _base(members: Mapping[str, int]) -> str | None:
    """Return the folder of the list of habits, "" for none; None if there is no list."""
    lists = [name for name in members if name == _HABITS or name.endswith(f"/{_HABITS}")]
    return min(lists, key=len).removesuffix(_HABITS) if lists else None


def _is_days(base: str, name: str) -> bool:
    rest = name.removeprefix(base)
    return name.startswith(base) and (rest == _DAYS or _FOLDER.fullmatch(rest) is not None)


def _plain(name: str) -> str:
    """Return a name as folders have it."""
    return _UNSAFE.sub("", name).strip().casefold()


def _listed(archive: Archive, base: str, habits: _Habits, breathe: Breathe) -> Iterator[Item]:
    part = base + _HABITS
    with archive.open(part) as stream:
        for number_, (row, said) in enumerate(named_rows(stream, ("Name",), _COLUMNS, breathe), 1):
            told = _described(said)
            try:
                habit = told.habit()
                activity = FileActivity(row, habit.name, ActivityCells(), part)
            except InvalidInput as error:
                yield FileSkip(row, "", "", error.message, part)
                continue
            habits.add(_position(said.get("Position", ""), number_), habit)
            yield from described(activity, told.cells)


def _position(told: str, number_: int) -> int:
    return int(told) if told.isdecimal() and len(told) < 10 else number_


def _described(said: Mapping[str, str]) -> Described:
    return Described(
        name=said.get("Name"),
        is_numerical=said.get("Type", "").strip().upper() in _NUMERICAL,
        question=said.get("Question"),
        description=said.get("Description"),
        freq_num=said.get("FrequencyNumerator", said.get("NumRepetitions")),
        freq_den=said.get("FrequencyDenominator", said.get("Interval")),
        unit=said.get("Unit"),
        is_at_most=is_at_most(said.get("Target Type")),
        target_value=said.get("Target Value"),
        is_archived=said.get("Archived?", "").strip().casefold() in _TRUE,
    )


def _folders(archive: Archive, base: str, habits: _Habits, breathe: Breathe) -> Iterator[Item]:
    for part in archive.members:
        match = _FOLDER.fullmatch(part.removeprefix(base)) if part.startswith(base) else None
        if match is None:
            continue
        habit = habits.of_folder(match[1], match[2])
        if habit is None:
            yield FileSkip(1, "", "", f"{_HABITS} does not list a habit of this folder", part)
            continue
        habits.done.add(habit.name)
        with archive.open(part) as stream:
            for row, cells in raw_rows(stream, ("Date", "Value", "Notes"), breathe):
                if cells[0].strip().casefold() != "date":
                    yield from _day(row, habit, cells, part)


def _wide(archive: Archive, part: str, habits: _Habits, breathe: Breathe) -> Iterator[Item]:
    """Yield the days of those habits that have no folder."""
    with archive.open(part) as stream:
        rows = raw_rows(stream, ("Date", *habits.by_name), breathe)
        first, header = next(rows, (1, [""]))
        columns = []
        for at, name in enumerate(header[1:], 1):
            habit = habits.by_name.get(name.strip())
            if habit is not None and habit.name not in habits.done:
                columns.append((at, habit))
            elif habit is None and name.strip():
                yield FileSkip(first, "", "", f"{_HABITS} does not list {shown(name)}", part)
        for row, cells in rows if columns else ():
            for at, habit in columns:
                if at < len(cells):
                    yield from _day(row, habit, [cells[0], cells[at]], part)


def _day(row: int, habit: Habit, cells: list[str], part: str) -> Iterator[Item]:
    date, value, note = [*cells, "", ""][:3]
    try:
        item = day_of(habit, row, iso_day("date", date.strip()), _value(value, habit), note, part)
    except InvalidInput as error:
        yield FileSkip(row, shown(date), habit.name, error.message, part)
    else:
        if item is not None:
            yield item


def _value(cell: str, habit: Habit) -> float:
    """Return the value as the backup has it, where a number is in thousandths."""
    word = WORDS.get(cell.strip().upper())
    if word is not None:
        return word
    value = number("value", cell)
    return value * 1_000 if habit.is_numerical and "." in cell else value
