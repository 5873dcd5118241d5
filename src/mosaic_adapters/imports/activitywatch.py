"""ActivityWatch's export: buckets of events, each with its time and how long it lasted.

An event says what was on the screen, or was edited, or that nobody was there: buckets of the type
`afkstatus` say that for their host. The minutes of a day are the time of its events without the time away.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from heapq import merge
from typing import Any

from attrs import define, field, frozen

from mosaic_adapters.imports.intervals import Intervals, merged, without
from mosaic_adapters.imports.json_stream import JsonStream
from mosaic_adapters.imports.values import fitted_line
from mosaic_core.entries.csv_layout import quoted
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileEntry, FileSkip, Item
from mosaic_core.imports.ports import JSON, FileReader, Sample, TrackerFile
from mosaic_core.texts import name_key
from mosaic_core.validators import require_written_day
from mosaic_core.wearables.fields import number, text
from mosaic_core.wearables.spans import Span
from mosaic_core.wearables.times import DAY, SECOND, TimeReader
from mosaic_core.wearables.zones import LocalCalendar

_CELLS = ActivityCells(category="Computer", unit="min")

_GAP = SECOND
"""Watchers look once a second, and leave as much between events that follow each other."""

_LONGEST_EVENT = 7 * DAY
_LONGEST_NAME = 100
_MOST_BUCKETS = 1_000
_MOST_ACTIVITIES = 1_000
_MINUTE = 60 * SECOND

Data = Mapping[str, Any]


class ActivityWatch(FileReader):
    """Reads the buckets of ActivityWatch's export."""

    format = "activitywatch"
    about = "ActivityWatch: its export of all buckets, or of one"
    kinds = (JSON,)

    def recognises(self, sample: Sample) -> bool:
        """Return whether it is an object that has buckets."""
        return "buckets" in sample.keys

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield what is no event, then the minutes of each day, activity by activity."""
        buckets = _buckets(file)
        times = _Times()
        read_time = TimeReader().read
        left_out: Counter[str] = Counter()
        for name, row, json in _events(file):
            bucket = buckets[name]
            if bucket.kind not in _ACTIVITIES:
                left_out[bucket.kind] += 1
                continue
            try:
                times.add(bucket, _event(json.value(), read_time))
            except ValueError as error:
                yield FileSkip(row, "", "", str(error), name[:_LONGEST_NAME])
        yield from times.items(LocalCalendar(file.zone))
        for kind, count in left_out.items():
            yield FileSkip(0, "", "", f"{count} events of the type {quoted(kind)} are not taken")


@frozen
class _Bucket:
    """What tells the events of a bucket, and on which host they happened."""

    kind: str
    host: str


@frozen
class _Event:
    """What happened from `start` to `end`."""

    start: int
    end: int
    data: Data


@define(eq=False)
class _Used:
    """The time of an activity, by host; `kind` is the type of the events that told of it."""

    name: str
    kind: str
    by_host: dict[str, Intervals] = field(factory=dict)


@define(eq=False)
class _Times:
    """The time of each activity, by name key, and the time away, by host."""

    used: dict[str, _Used] = field(factory=dict)
    away: dict[str, Intervals] = field(factory=dict)

    def add(self, bucket: _Bucket, event: _Event) -> None:
        """Take an event. Raises ValueError if it does not say what its type says."""
        name = _ACTIVITIES[bucket.kind](event.data)
        if name is not None:
            by_host = self._used(name, bucket.kind).by_host
            by_host.setdefault(bucket.host, Intervals(_GAP)).add(event.start, event.end)
        elif text("status", event.data.get("status"), 40) == "afk":
            self.away.setdefault(bucket.host, Intervals(0)).add(event.start, event.end)

    def items(self, calendar: LocalCalendar) -> Iterator[Item]:
        """Yield each activity and its days."""
        for used in self.used.values():
            yield FileActivity(0, used.name, _CELLS, used.kind)
            present = [without(spans, self.away.get(host, ())) for host, spans in used.by_host.items()]
            lengths = _by_day(merged(merge(*present)), calendar)
            for row, (day, length) in enumerate(sorted(lengths.items()), 1):
                if minutes := round(length / _MINUTE, 1):
                    yield _of_day(row, day, used, minutes)

    def _used(self, name: str, kind: str) -> _Used:
        key = name_key(name)
        if key not in self.used and len(self.used) == _MOST_ACTIVITIES:
            raise ValueError(f"there are more than {_MOST_ACTIVITIES} activities")
        return self.used.setdefault(key, _Used(name, kind))


def _of_day(row: int, day: dt.date, used: _Used, minutes: float) -> Item:
    """Return the entry of a day; a skip where zones move the first or last times of all beyond all days."""
    try:
        require_written_day("date", day)
    except InvalidInput as error:
        return FileSkip(row, day.isoformat(), used.name, error.message, used.kind)
    return FileEntry(row, day, used.name, minutes, part=used.kind)


def _buckets(file: TrackerFile) -> Mapping[str, _Bucket]:
    """Return the buckets by name; what says that may stand behind their events."""
    found: dict[str, _Bucket] = {}
    for name, json in _opened(file):
        said = {member: json.value() for member in json.members() if member in {"type", "hostname"}}
        kind, host = said.get("type"), said.get("hostname")
        found[name] = _Bucket(kind if isinstance(kind, str) else "", host if isinstance(host, str) else "")
        if len(found) > _MOST_BUCKETS:
            raise InvalidInput(f"The file has more than {_MOST_BUCKETS} buckets")
    return found


def _events(file: TrackerFile) -> Iterator[tuple[str, int, JsonStream]]:
    """Yield for each event its bucket, its number there, and where to take it."""
    for name, json in _opened(file):
        for member in json.members():
            if member == "events":
                for row in json.elements():
                    yield name, row, json


def _opened(file: TrackerFile) -> Iterator[tuple[str, JsonStream]]:
    file.stream.seek(0)
    json = JsonStream(file.stream, file.breathe)
    for member in json.members():
        if member == "buckets":
            for name in json.members():
                yield name, json
    json.end()


def _event(said: object, read_time: Callable[[str], tuple[int, bool]]) -> _Event:
    if not isinstance(said, dict) or not isinstance(said.get("data"), dict):
        raise ValueError("an event must be an object with data")
    start, _ = read_time(text("timestamp", said.get("timestamp"), 40))
    length = round((number(said, "duration", 0) or 0.0) * SECOND)
    if length > _LONGEST_EVENT:
        raise ValueError(f"an event must not last longer than {_LONGEST_EVENT // DAY} days")
    return _Event(start, start + length, said["data"])


def _by_day(spans: Iterator[Span], calendar: LocalCalendar) -> Mapping[dt.date, int]:
    lengths: defaultdict[dt.date, int] = defaultdict(int)
    for start, end in spans:
        for begun, ended, day in calendar.pieces(start, end):
            lengths[day] += ended - begun
    return lengths


def _editing(data: Data) -> str:
    """Return the activity of editing; projects are told as paths at times."""
    project = data.get("project")
    parts = project.replace("\\", "/").rstrip("/").split("/") if isinstance(project, str) else [""]
    name = fitted_line(parts[-1], _LONGEST_NAME)
    return f"Editing: {name}" if name else "Editing"


_ACTIVITIES: Mapping[str, Callable[[Data], str | None]] = {
    "currentwindow": lambda _: "Screen time",
    "web.tab.current": lambda _: "Browsing",
    "app.editor.activity": _editing,
    "afkstatus": lambda _: None,
}
"""The activity that an event of each type belongs to; none where it tells whether somebody is there."""
