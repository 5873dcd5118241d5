"""Beaver Habits' export: JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

from mosaic_adapters.imports.activities import described
from mosaic_adapters.imports.json_stream import JsonStream
from mosaic_adapters.imports.values import fitted, iso_day, name_text, shown, whole
from mosaic_core.activities.model import default_goal
from mosaic_core.entries.model import LONGEST_NOTE
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileEntry, FileSkip, Item
from mosaic_core.imports.ports import JSON, FileReader, Sample, TrackerFile
from mosaic_core.schedules.model import MONTH, WEEK, Daily, Every, Schedule, Times

_HABITS = "habits"
_LENGTHS = {"D": 1, "W": 7, "M": 30, "Y": 365}
_NAMED: Mapping[str, str] = {"W": WEEK, "M": MONTH}
_DELETED = frozenset({"soft_delete", "soft_deleted", "deleted"})


class BeaverHabits(FileReader):
    """Reads habits with their records, a habit at a time."""

    format = "beaverhabits"
    about = "Beaver Habits, its JSON export"
    kinds = (JSON,)

    def recognises(self, sample: Sample) -> bool:
        """Return whether there is a list of habits, and nothing of another tracker's."""
        return _HABITS in sample.keys and "tasks" not in sample.keys

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield each habit, then its days."""
        file.stream.seek(0)
        json = JsonStream(file.stream, file.breathe)
        found = False
        for name in json.members():
            if name == _HABITS:
                found = True
                for number in json.elements():
                    yield from _habit(number, json.value())
        json.end()
        if not found:
            raise InvalidInput(f"The file has no list of {_HABITS}")


def _habit(number: int, said: object) -> Iterator[Item]:
    if not isinstance(said, dict):
        yield FileSkip(number, "", "", f"a habit must be an object: {shown(said)}", _HABITS)
        return
    try:
        activity = FileActivity(number, name_text("name", said.get("name")), ActivityCells(), _HABITS)
    except InvalidInput as error:
        yield FileSkip(number, "", "", error.message, _HABITS)
        return
    status = str(said.get("status", "")).casefold()
    if status in _DELETED:
        yield FileSkip(number, "", activity.name, "it was deleted", _HABITS)
        return
    yield from described(activity, lambda: _cells(said, status))
    yield from _records(number, activity.name, said.get("records", []))


def _cells(said: Mapping[str, Any], status: str) -> ActivityCells:
    active = 0 if status.startswith("archive") else 1
    period = said.get("period")
    if period is None:
        return ActivityCells(active=active)
    if not isinstance(period, dict):
        raise InvalidInput(f"period must be an object: {shown(period)}")
    schedule, per_week = _schedule(period)
    return ActivityCells(
        active=active,
        goal=default_goal(1, per_week),
        frequency_per_day=1,
        frequency_per_week=per_week,
        schedule=schedule,
    )


def _schedule(period: Mapping[str, Any]) -> tuple[Schedule, int]:
    """Return the schedule of so many times in so many days, weeks, months or years."""
    kind = str(period.get("period_type", "D")).upper()[:1]
    if kind not in _LENGTHS:
        raise InvalidInput(f"period_type must be D, W, M or Y: {shown(period.get('period_type'))}")
    count = whole("period_count", period.get("period_count", 1))
    times = whole("target_count", period.get("target_count", 1))
    days = count * _LENGTHS[kind]
    if times < 1 or days < 1:
        raise InvalidInput(f"its period is none: {times} times in {days} days")
    per_week = min(max(round(7 * times / days), 1), 7)
    if times >= days:
        return Daily(), per_week
    if count == 1 and kind in _NAMED and times <= 28:
        return Times(times=times, per=_NAMED[kind]), per_week
    return (Every(days=days) if times == 1 else Times(times=times, per=days)), per_week


def _records(number: int, name: str, records: object) -> Iterator[Item]:
    part = f"{_HABITS} {number}"
    if not isinstance(records, list):
        yield FileSkip(number, "", name, f"records must be a list: {shown(records)}", _HABITS)
        return
    for row, record in enumerate(records, 1):
        try:
            item = _record(row, name, record, part)
        except InvalidInput as error:
            day = record.get("day") if isinstance(record, dict) else record
            yield FileSkip(row, shown(day), name, error.message, part)
            continue
        if item is not None:
            yield item


def _record(row: int, name: str, record: object, part: str) -> Item | None:
    """Return the entry of a record; None if it says nothing."""
    if not isinstance(record, dict):
        raise InvalidInput(f"a record must be an object: {shown(record)}")
    date = iso_day("day", record.get("day"))
    done = record.get("done")
    note = fitted(record.get("text"), LONGEST_NOTE)
    if done is None and note is None:
        return None
    if done is not None and not isinstance(done, bool):
        raise InvalidInput(f"done must be true or false: {shown(done)}")
    return FileEntry(row, date, name, 1.0 if done else 0.0, note, part=part)
