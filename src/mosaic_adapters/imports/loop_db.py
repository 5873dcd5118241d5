"""Loop Habit Tracker's own backup: a SQLite file."""

from collections.abc import Iterator, Mapping
from typing import Any

from mosaic_adapters.imports.activities import described
from mosaic_adapters.imports.databases import ForeignDatabase, database_in
from mosaic_adapters.imports.loop import YES, Described, Habit, day_of, is_at_most
from mosaic_adapters.imports.values import day_of_milliseconds, shown, whole
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileSkip, Item
from mosaic_core.imports.ports import SQLITE, FileReader, Sample, TrackerFile

_HABITS = "Habits"
_DAYS = "Repetitions"
_NUMERICAL = 1


class LoopDatabase(FileReader):
    """Reads habits and their days. Which columns are there decides how: older files have fewer."""

    format = "loop-db"
    about = "Loop Habit Tracker, its backup"
    kinds = (SQLITE,)

    def recognises(self, sample: Sample) -> bool:
        """Return whether there are the tables of Loop."""
        return sample.has_table(_HABITS, "freq_num", "freq_den", "name") and sample.has_table(
            _DAYS, "habit", "timestamp"
        )

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield the habits, then their days."""
        with database_in(file) as database:
            habits: dict[object, Habit] = {}
            yield from _habits(database, habits)
            yield from _days(database, habits)


def _habits(database: ForeignDatabase, habits: dict[object, Habit]) -> Iterator[Item]:
    """Yield the habits, and keep by its id what the days need of each."""
    columns = (
        "Id", "archived", "description", "freq_den", "freq_num", "name", "question", "type", "target_type",
        "target_value", "unit",
    )  # fmt: skip
    for row, said in database.rows(_HABITS, *columns):
        told = _described(said)
        try:
            habit = told.habit()
            activity = FileActivity(row, habit.name, ActivityCells(), _HABITS)
        except InvalidInput as error:
            yield FileSkip(row, "", "", error.message, _HABITS)
            continue
        habits[said.get("Id")] = habit
        yield from described(activity, told.cells)


def _described(said: Mapping[str, Any]) -> Described:
    return Described(
        name=said.get("name"),
        is_numerical=said.get("type") == _NUMERICAL,
        question=said.get("question"),
        description=said.get("description"),
        freq_num=said.get("freq_num"),
        freq_den=said.get("freq_den"),
        unit=said.get("unit"),
        is_at_most=is_at_most(said.get("target_type")),
        target_value=said.get("target_value"),
        is_archived=said.get("archived") not in {None, 0, ""},
    )


def _days(database: ForeignDatabase, habits: Mapping[object, Habit]) -> Iterator[Item]:
    for row, said in database.rows(_DAYS, "habit", "timestamp", "value", "notes"):
        habit = habits.get(said.get("habit"))
        if habit is None:
            yield FileSkip(row, "", "", f"there is no habit {shown(said.get('habit'))}", _DAYS)
            continue
        try:
            item = _day(row, said, habit)
        except InvalidInput as error:
            yield FileSkip(row, shown(said.get("timestamp")), habit.name, error.message, _DAYS)
            continue
        if item is not None:
            yield item


def _day(row: int, said: Mapping[str, Any], habit: Habit) -> Item | None:
    date = day_of_milliseconds("timestamp", said.get("timestamp"))
    value = whole("value", said["value"]) if "value" in said else YES
    return day_of(habit, row, date, value, said.get("notes"), _DAYS)
