"""Rewire's backup: a SQLite file."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define

from mosaic_adapters.imports.databases import ForeignDatabase, database_in
from mosaic_adapters.imports.values import day, fitted, fitted_line, name_text, number, shown, whole
from mosaic_core.activities.model import LONGEST_UNIT, default_goal
from mosaic_core.entries.model import LONGEST_NOTE
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileEntry, FilePause, FileSkip, Item
from mosaic_core.imports.ports import SQLITE, FileReader, Sample, TrackerFile
from mosaic_core.schedules.model import (
    MONTH,
    SHORTEST,
    WEEK,
    WEEKDAYS,
    AtLeast,
    Daily,
    Every,
    Schedule,
    Times,
    Weekdays,
)

_HABITS = "Habits"
_DAYS = "CHECKINS"
_UNITS = "UNIT"

_NO, _YES, _SKIP = 1, 2, 3
_ON_WEEKDAYS, _TIMES, _EVERY = 0, 1, 2
_YEAR = 365
_PERIODS: tuple[str | int, ...] = (WEEK, MONTH, _YEAR)
_LONGEST_DESCRIPTION = 180


@define
class _Habit:
    """A habit whose days follow; `wanted` is how much is counted a day, 0 where nothing is."""

    name: str
    wanted: float = 0.0


class Rewire(FileReader):
    """Reads habits and check-ins."""

    format = "rewire-db"
    about = "Rewire, its backup"
    kinds = (SQLITE,)

    def recognises(self, sample: Sample) -> bool:
        """Return whether there are the tables of Rewire."""
        return sample.has_table(_HABITS, "_id", "Name") and sample.has_table(
            _DAYS, "Habit_id", "date", "type"
        )

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield the habits, then their days."""
        with database_in(file) as database:
            habits: dict[object, _Habit] = {}
            yield from _listed(database, habits)
            yield from _days(database, habits)


def _listed(database: ForeignDatabase, habits: dict[object, _Habit]) -> Iterator[Item]:
    columns = (
        "_id", "Name", "description", "archived", "schedule", "active_days", "days", "period",
        "repeating_count", "unit", "target_count",
    )  # fmt: skip
    units = _units(database)
    for row, said in database.rows(_HABITS, *columns):
        try:
            activity = FileActivity(row, name_text("Name", said.get("Name")), ActivityCells(), _HABITS)
        except InvalidInput as error:
            yield FileSkip(row, "", "", error.message, _HABITS)
            continue
        habit = habits[said.get("_id")] = _Habit(activity.name)
        try:
            cells = _cells(said, units)
        except InvalidInput as error:
            yield activity
            yield FileSkip(row, "", activity.name, error.message, _HABITS)
            continue
        habit.wanted = cells.target.value if cells.target else 0.0
        yield FileActivity(row, activity.name, cells, _HABITS)


def _units(database: ForeignDatabase) -> Mapping[object, str | None]:
    """Return the names of units by their ids; none where the table is missing or another one."""
    columns = database.tables.get(_UNITS, frozenset())
    name = next((one for one in ("name", "Name", "NAME", "unit", "UNIT") if one in columns), None)
    if name is None or "_id" not in columns:
        return {}
    return {
        said["_id"]: fitted_line(said[name], LONGEST_UNIT) for _, said in database.rows(_UNITS, "_id", name)
    }


def _cells(said: Mapping[str, Any], units: Mapping[object, str | None]) -> ActivityCells:
    schedule, per_week = _schedule(said)
    target = _target(said.get("target_count"))
    unit = said.get("unit")
    return ActivityCells(
        description=fitted(said.get("description"), _LONGEST_DESCRIPTION),
        goal=default_goal(1, per_week) if target is None else target.value,
        frequency_per_day=1,
        frequency_per_week=per_week,
        active=0 if said.get("archived") not in {None, 0, "0", ""} else 1,
        schedule=schedule,
        target=target,
        unit=units.get(unit) if unit in units else fitted_line(unit, LONGEST_UNIT),
    )


def _target(count: object) -> AtLeast | None:
    if count in {None, "", 0, "0"}:
        return None
    value = number("target_count", count)
    if value < 0:
        raise InvalidInput(f"target_count must not be below 0: {shown(count)}")
    return AtLeast(value=value) if value else None


def _schedule(said: Mapping[str, Any]) -> tuple[Schedule | None, int]:
    """Return the schedule, and how many times a week that is. Raises InvalidInput if it cannot be kept."""
    if said.get("schedule") in {None, ""}:
        return None, 7
    kind = whole("schedule", said["schedule"])
    if kind == _ON_WEEKDAYS:
        return _on_weekdays(said.get("active_days"))
    if kind == _TIMES:
        return _times(whole("days", said.get("days")), whole("period", said.get("period")))
    if kind == _EVERY:
        days = whole("repeating_count", said.get("repeating_count"))
        return (Daily(), 7) if days == 1 else (Every(days=days), max(round(7 / days), 1))
    raise InvalidInput(f"schedule is of no known kind: {shown(said['schedule'])}")


def _on_weekdays(told: object) -> tuple[Schedule, int]:
    """Return the schedule of a comma list in which 0 is Sunday."""
    numbers = {whole("active_days", one) for one in str(told).split(",") if one.strip()}
    if not numbers or not numbers <= set(range(7)):
        raise InvalidInput(f"active_days must be numbers from 0 to 6: {shown(told)}")
    days = tuple(name for at, name in enumerate(WEEKDAYS) if (at + 1) % 7 in numbers)
    return (Daily() if len(days) == 7 else Weekdays(days=days)), len(days)


def _times(times: int, period: int) -> tuple[Schedule, int]:
    if period not in range(len(_PERIODS)):
        raise InvalidInput(f"period must be 0, 1 or 2: {period}")
    per = _PERIODS[period]
    length = per if isinstance(per, int) else SHORTEST[per]
    schedule = Daily() if times >= length else Times(times=times, per=per)
    return schedule, min(max(round(7 * times / length), 1), 7)


def _days(database: ForeignDatabase, habits: Mapping[object, _Habit]) -> Iterator[Item]:
    for row, said in database.rows(_DAYS, "Habit_id", "date", "type", "note", "actual_count"):
        habit = habits.get(said.get("Habit_id"))
        if habit is None:
            yield FileSkip(row, "", "", f"there is no habit {shown(said.get('Habit_id'))}", _DAYS)
            continue
        try:
            yield _day(row, said, habit)
        except InvalidInput as error:
            yield FileSkip(row, shown(said.get("date")), habit.name, error.message, _DAYS)


def _day(row: int, said: Mapping[str, Any], habit: _Habit) -> Item:
    told = str(said.get("date")).strip()
    if len(told) != 8 or not (told.isascii() and told.isdecimal()):
        raise InvalidInput(f"date is no day: {shown(told)}")
    date = day("date", told[:4], told[4:6], told[6:])
    kind = whole("type", said.get("type"))
    if kind == _SKIP:
        return FilePause(row, date, habit.name, _DAYS)
    if kind not in {_NO, _YES}:
        raise InvalidInput(f"type is none of those that are known: {kind}")
    note = fitted(said.get("note"), LONGEST_NOTE)
    amount = _amount(kind, said.get("actual_count"), habit.wanted)
    return FileEntry(row, date, habit.name, amount, note, part=_DAYS)


def _amount(kind: int, count: object, wanted: float) -> float:
    """Return what was counted, of a habit that counts; else 1 for done and 0 for not."""
    counted = 0.0 if not wanted or count in {None, ""} else number("actual_count", count)
    if counted or kind == _NO:
        return counted
    return wanted or 1.0
