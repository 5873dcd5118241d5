"""Habitica's user data: a history of tasks in CSV, or everything in JSON."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from mosaic_adapters.imports.activities import described
from mosaic_adapters.imports.json_stream import JsonStream
from mosaic_adapters.imports.tables import named_rows
from mosaic_adapters.imports.values import fitted, iso_day, name_text, number, shown, whole
from mosaic_core.activities.model import NEGATIVE, default_goal
from mosaic_core.calendar import day_in
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileEntry, FileSkip, Item
from mosaic_core.imports.ports import JSON, TEXT, FileReader, Sample, TrackerFile
from mosaic_core.schedules.model import WEEKDAYS, Daily, Every, Schedule, Weekdays

_NEEDED = ("Task Name", "Task Type", "Date")
_TASKS = "tasks"
_DAILY, _HABIT = "daily", "habit"
_LISTS = {"dailys": _DAILY, "habits": _HABIT}
_REPEATED = dict(zip(("m", "t", "w", "th", "f", "s", "su"), WEEKDAYS, strict=True))
_LONGEST_DESCRIPTION = 180

_Day = tuple[str, dt.date, float | None, int]
"""A name, a day of a history, what the day says of its value (None: that something was done), and a row."""


class Habitica(FileReader):
    """Reads the history of dailies and habits: of dailies whether they were done, of habits how often."""

    format = "habitica"
    about = "Habitica, its history (CSV) or user data (JSON)"
    kinds = (TEXT, JSON)

    def recognises(self, sample: Sample) -> bool:
        """Return whether the header, or the members, are Habitica's."""
        return {name.casefold() for name in _NEEDED} <= set(sample.header) or _TASKS in sample.keys

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield each task before its days."""
        file.stream.seek(0)
        return _in_json(file) if file.sample.kind == JSON else _in_table(file)


def _in_table(file: TrackerFile) -> Iterator[Item]:
    known: set[str] = set()
    rows = named_rows(file.stream, _NEEDED, ("Task ID", "Value"), file.breathe)
    for (name, kind), some in groupby(rows, lambda one: (one[1]["Task Name"], one[1]["Task Type"])):
        is_taken = kind.strip().casefold() in {_DAILY, _HABIT}
        if not is_taken or not name.strip():
            reason = f"a task of the type {shown(kind)}" if name.strip() else "the task has no name"
            for row, said in some:
                yield FileSkip(row, shown(said["Date"]), name.strip()[:120], reason)
            continue
        is_daily = kind.strip().casefold() == _DAILY
        yield from _days_in_table(name.strip(), some, known, is_daily=is_daily)


def _days_in_table(
    name: str, rows: Iterable[tuple[int, Mapping[str, str]]], known: set[str], *, is_daily: bool
) -> Iterator[Item]:
    days: list[_Day] = []
    for row, said in rows:
        try:
            if name not in known:
                yield FileActivity(row, name, ActivityCells())
                known.add(name)
            days.append((name, iso_day("Date", said["Date"].strip()), None, row))
        except InvalidInput as error:
            yield FileSkip(row, shown(said["Date"]), name[:120], error.message)
    yield from _entries(days, "", is_daily=is_daily)


def _entries(days: list[_Day], part: str, *, is_daily: bool) -> Iterator[Item]:
    """Yield an entry for each day: of a daily the last word, of a habit the sum."""
    days.sort(key=itemgetter(1))
    for date, some in groupby(days, itemgetter(1)):
        told = list(some)
        name, _, _, row = told[0]
        values = [1.0 if value is None else value for _, _, value, _ in told]
        try:
            yield FileEntry(row, date, name, max(values) if is_daily else sum(values), part=part)
        except InvalidInput as error:
            yield FileSkip(row, date.isoformat(), name, error.message, part)


def _in_json(file: TrackerFile) -> Iterator[Item]:
    json = JsonStream(file.stream, file.breathe)
    found = False
    for name in json.members():
        if name == _TASKS:
            found = True
            yield from _lists(json, file.zone)
    json.end()
    if not found:
        raise InvalidInput(f"The file has no {_TASKS}")


def _lists(json: JsonStream, zone: str) -> Iterator[Item]:
    for name in json.members():
        for row in json.elements():
            task = json.value()
            if not isinstance(task, dict):
                yield FileSkip(row, "", "", f"a task must be an object: {shown(task)}", name)
            elif name not in _LISTS:
                told = task.get("text")
                yield FileSkip(row, "", told[:120] if isinstance(told, str) else "", f"one of {name}", name)
            else:
                yield from _task(row, task, name, zone)


def _task(row: int, task: Mapping[str, Any], list_: str, zone: str) -> Iterator[Item]:
    try:
        activity = FileActivity(row, name_text("text", task.get("text")), ActivityCells(), list_)
    except InvalidInput as error:
        yield FileSkip(row, "", "", error.message, list_)
        return
    is_daily = _LISTS[list_] == _DAILY
    is_bad = not is_daily and task.get("up") is False and task.get("down") is True
    yield from described(activity, lambda: _cells(task, is_daily=is_daily, is_bad=is_bad))
    part = f"{list_} {row}"
    history = task.get("history", [])
    if not isinstance(history, list):
        yield FileSkip(row, "", activity.name, f"history must be a list: {shown(history)}", list_)
        return
    days: list[_Day] = []
    for number_, said in enumerate(history, 1):
        try:
            days.append((activity.name, *_day(said, zone, is_daily=is_daily, is_bad=is_bad), number_))
        except InvalidInput as error:
            yield FileSkip(number_, "", activity.name, error.message, part)
    yield from _entries(days, part, is_daily=is_daily)


def _cells(task: Mapping[str, Any], *, is_daily: bool, is_bad: bool) -> ActivityCells:
    description = fitted(task.get("notes"), _LONGEST_DESCRIPTION)
    if not is_daily:
        return ActivityCells(description=description, activity_type=NEGATIVE if is_bad else None)
    schedule, per_week = _schedule(task)
    return ActivityCells(
        description=description,
        goal=default_goal(1, per_week),
        frequency_per_day=1,
        frequency_per_week=per_week,
        schedule=schedule,
    )


def _schedule(task: Mapping[str, Any]) -> tuple[Schedule | None, int]:
    """Return the schedule of a daily, and how many times a week that is; none if there is no such one."""
    every = whole("everyX", task.get("everyX", 1))
    if task.get("frequency", "weekly") == "daily":
        return (Every(days=every), max(round(7 / every), 1)) if every > 1 else (Daily(), 7)
    repeat = task.get("repeat")
    if task.get("frequency", "weekly") != "weekly" or every != 1 or not isinstance(repeat, dict):
        return None, 7
    days = tuple(day for key, day in _REPEATED.items() if repeat.get(key))
    if not days:
        return None, 7
    return (Daily() if len(days) == 7 else Weekdays(days=days)), len(days)


def _day(said: object, zone: str, *, is_daily: bool, is_bad: bool) -> tuple[dt.date, float | None]:
    """Return the day of a piece of history, and what it says of the value."""
    if not isinstance(said, dict):
        raise InvalidInput(f"a piece of history must be an object: {shown(said)}")
    date = _date(said.get("date"), zone)
    if is_daily:
        return date, 0.0 if said.get("completed") is False else 1.0
    scored = said.get("scoredDown" if is_bad else "scoredUp")
    return date, None if scored is None else number("scoredUp", scored)


def _date(told: object, zone: str) -> dt.date:
    """Return the day of milliseconds since 1970, as it is in the zone, or of a text."""
    if isinstance(told, str):
        return iso_day("date", told)
    try:
        instant = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=number("date", told))
        found = day_in(zone, instant)
    except OverflowError:
        raise InvalidInput(f"date is no day: {shown(told)}") from None
    return iso_day("date", found.isoformat())
