"""Mosaic's own exports, as CSV and as JSON."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from mosaic_adapters.imports.json_stream import JsonStream
from mosaic_adapters.imports.values import iso_day, name_text, number, shown, whole
from mosaic_adapters.text_lines import lines
from mosaic_core.entries.csv import read_csv
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileEntry, FileSkip, Item
from mosaic_core.imports.ports import JSON, TEXT, FileReader, Sample, TrackerFile
from mosaic_core.schedules.stated import schedule_of, target_of

T = TypeVar("T")

_ENTRIES, _ACTIVITIES = "entries", "activities"


class MosaicCsv(FileReader):
    """Reads what `POST /import_csv` reads: an export, or a table that a person wrote."""

    format = "mosaic-csv"
    about = "Mosaic, its CSV export, or a table of days and activities"
    kinds = (TEXT,)

    def recognises(self, sample: Sample) -> bool:
        """Return whether the header is that of such a table."""
        header = set(sample.header)
        return header >= {"date", "activity"} or header >= {"dataset", "name"}

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield the rows."""
        file.stream.seek(0)
        return read_csv(lines(file.stream, file.breathe))


class MosaicJson(FileReader):
    """Reads entries and activities, an object at a time."""

    format = "mosaic-json"
    about = "Mosaic, its JSON export"
    kinds = (JSON,)

    def recognises(self, sample: Sample) -> bool:
        """Return whether there are the members of an export, as far as they can be seen."""
        if sample.keys >= {_ENTRIES, _ACTIVITIES}:
            return True
        return _ENTRIES in sample.keys and '"entry_id"' in sample.head

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield the entries and the activities, in the order of the file."""
        file.stream.seek(0)
        json = JsonStream(file.stream, file.breathe)
        found = False
        for part in json.members():
            if part in _READ:
                found = True
                for row in json.elements():
                    yield _item(row, json.value(), part)
        json.end()
        if not found:
            raise InvalidInput(f"The file has neither {_ENTRIES} nor {_ACTIVITIES}")


def _item(row: int, said: object, part: str) -> Item:
    if not isinstance(said, dict):
        return FileSkip(row, "", "", f"a row must be an object: {shown(said)}", part)
    try:
        return _READ[part](row, said)
    except InvalidInput as error:
        date, name = said.get("date", ""), said.get("activity", said.get("name"))
        shown_date = date if isinstance(date, str) else shown(date)
        return FileSkip(
            row, shown_date[:40], name[:120] if isinstance(name, str) else "", error.message, part
        )


def _entry(row: int, said: Mapping[str, Any]) -> FileEntry:
    cells = ActivityCells(
        category=_given(said, "activity_category", _text),
        description=_given(said, "entry_description", _text),
        goal=_given(said, "activity_goal", number),
        activity_type=_given(said, "activity_type", _text),
    )
    value, note = _given(said, "value", number), _given(said, "note", _whole_text)
    date, name = iso_day("date", said.get("date")), name_text("activity", said.get("activity"))
    return FileEntry(row, date, name, value, note, cells, _ENTRIES)


def _activity(row: int, said: Mapping[str, Any]) -> FileActivity:
    cells = ActivityCells(
        category=_given(said, "category", _text),
        description=_given(said, "activity_description", _text),
        goal=_given(said, "goal", number),
        frequency_per_day=_given(said, "frequency_per_day", whole),
        frequency_per_week=_given(said, "frequency_per_week", whole),
        activity_type=_given(said, "activity_type", _text),
        active=_given(said, "active", _truth),
        deactivated_at=_given(said, "deactivated_at", iso_day),
        schedule=_given(said, "schedule", lambda _, stated: schedule_of(stated)),
        target=_given(said, "target", lambda _, stated: target_of(stated)),
        unit=_given(said, "unit", _text),
    )
    return FileActivity(row, name_text("name", said.get("name")), cells, _ACTIVITIES)


def _given(said: Mapping[str, Any], name: str, read: Callable[[str, object], T]) -> T | None:
    value = said.get(name)
    return None if value is None else read(name, value)


def _whole_text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{name} must be a text: {shown(value)}", {"field": name})
    return value


def _text(name: str, value: object) -> str | None:
    return _whole_text(name, value).strip() or None


def _truth(name: str, value: object) -> int:
    if value not in (True, False):
        raise InvalidInput(f"{name} must be true or false: {shown(value)}", {"field": name})
    return int(bool(value))


_READ: Mapping[str, Callable[[int, Mapping[str, Any]], Item]] = {_ENTRIES: _entry, _ACTIVITIES: _activity}
