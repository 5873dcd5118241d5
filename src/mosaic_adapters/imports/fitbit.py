"""Fitbit's own archive and Google Takeout's: many JSON files, of a day or a month each; or one such file.

The name of a member tells what is in it. Alone, a file has no name here: what only that tells is not taken.

Steps and heart rates are told in UTC, sleep in the person's local time.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from mosaic_adapters.imports.archives import archive_in
from mosaic_adapters.imports.counting import LeftOut
from mosaic_adapters.imports.json_stream import JsonStream
from mosaic_adapters.imports.records import record_text
from mosaic_core.entries.csv_layout import quoted
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import FileRecord, Item, RecordSkip
from mosaic_core.imports.ports import JSON, ZIP, FileReader, Sample, TrackerFile
from mosaic_core.wearables.fields import number, text, whole
from mosaic_core.wearables.model import Origin
from mosaic_core.wearables.rows import HEART_RATE, SLEEP_SESSION, STEPS

_APP = "Fitbit"
_MINUTE = dt.timedelta(minutes=1)
_MEMBER = re.compile(r"(?:^|/)([A-Za-z][A-Za-z _]*?)[-_ ]\d{4}-\d{2}-\d{2}\.(json|csv)$")
_UTC = re.compile(r"(\d\d)/(\d\d)/(\d\d) (\d\d:\d\d:\d\d)", re.ASCII)
_NAMES = {"wake": "awake"}
"""Of levels that have another name elsewhere."""

_ALIKE = (
    "Fitbit's files of steps, distances, calories and others look alike, only their names tell them apart;"
    " hand in Fitbit's archive, or a ZIP with this file under its own name"
)

_SAMPLE = frozenset({"dateTime", "value"})
_SLEEP = frozenset({"logId", "startTime", "endTime"})

Said = Mapping[str, Any]


class Fitbit(FileReader):
    """Reads steps, heart rates and sleep of Fitbit's exports."""

    format = "fitbit"
    about = "Fitbit: the archive of Google Takeout or of Fitbit itself, or its JSON of heart rates or sleep"
    kinds = (JSON, ZIP)

    def recognises(self, sample: Sample) -> bool:
        """Return whether it is such an archive, or a list of samples or of sleep."""
        if sample.kind == ZIP:
            return any(_kind(name) in _MAKERS for name in sample.members)
        return sample.keys == _SAMPLE or sample.keys >= _SLEEP

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield the records file by file; files of other kinds are counted by kind."""
        if file.sample.kind != ZIP:
            yield from _items(file.stream, file, _sleep if "logId" in file.sample.keys else _alone)
            return
        left_out = LeftOut()
        with archive_in(file) as archive:
            for row, name in enumerate(archive.members, 1):
                kind = _kind(name)
                if kind in _MAKERS:
                    with archive.open(name) as stream:
                        yield from _items(stream, file, _MAKERS[kind], name)
                elif kind:
                    left_out.count(f"the files of {kind}", row)
        yield from left_out.skips()


def _items(
    stream: IO[bytes], file: TrackerFile, make: Callable[[Said], str | None], part: str = ""
) -> Iterator[Item]:
    origin = Origin(source_app=_APP, device_id=_APP, tz=file.zone)
    json = JsonStream(stream, file.breathe)
    for row in json.elements():
        said = json.value()
        try:
            record = make(_object("a record", said))
        except ValueError as error:
            yield RecordSkip(row, str(error), part=part)
        else:
            if record is not None:
                yield FileRecord(row, origin, record, part)
    json.end()


def _kind(member: str) -> str:
    """Return the kind of a member, as its name tells it; "" for a file that has no day in its name."""
    match = _MEMBER.search(member)
    if match is None:
        return ""
    return match[1].lower() if match[2] == "json" else f"{match[1].lower()} in CSV"


def _alone(said: Said) -> str:
    """Return a heart rate. Raises InvalidInput for a sample that may be of steps as well as of calories."""
    if isinstance(said.get("value"), str):
        raise InvalidInput(_ALIKE)
    return _heart_rate(said)


def _steps(said: Said) -> str | None:
    """Return a record of a minute; None where nobody took a step."""
    start = _instant(said)
    steps = _whole(text("value", said.get("value"), 20))
    if steps == 0:
        return None
    key, end = f"fitbit-steps-{start:%Y%m%dT%H%M%S}", start + _MINUTE
    return record_text(STEPS, key, _written(start), _written(end), {"steps": steps})


def _heart_rate(said: Said) -> str:
    start = _instant(said)
    value = _object("value", said.get("value"))
    fields = {"bpm": value.get("bpm"), "confidence": value.get("confidence")}
    key = f"fitbit-hr-{start:%Y%m%dT%H%M%S}"
    return record_text(HEART_RATE, key, _written(start), None, fields)


def _sleep(said: Said) -> str:
    """Return a session with its stages; of what is within it, what is left out when it is not told."""
    key = f"fitbit-sleep-{whole('logId', said.get('logId'), 0, 2**63)}"
    start, end = (text(name, said.get(name), 40) for name in ("startTime", "endTime"))
    asleep = number(said, "minutesAsleep", 0)
    fields = {
        "duration_seconds": None if asleep is None else asleep * 60,
        "efficiency": said.get("efficiency"),
        "sleep_type": said.get("type"),
        "stages": [_stage(one) for one in _levels(said)],
    }
    return record_text(SLEEP_SESSION, key, start, end, fields)


def _levels(said: Said) -> list[object]:
    levels = said.get("levels")
    data = levels.get("data") if isinstance(levels, dict) else None
    return data if isinstance(data, list) else []


def _stage(one: object) -> Said:
    said = _object("a level", one)
    start = _local(text("dateTime", said.get("dateTime"), 40))
    level = text("level", said.get("level"), 40)
    seconds = whole("seconds", said.get("seconds"), 0, 10**6)
    try:
        end = start + dt.timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(f"a level that lasts {seconds} s from {start.isoformat()} has no end") from None
    return {"stage": _NAMES.get(level, level), "start": start.isoformat(), "end": end.isoformat()}


def _instant(said: Said) -> dt.datetime:
    """Return the time of a sample, which is told as `01/31/21 00:00:00`, in UTC."""
    told = text("dateTime", said.get("dateTime"), 40)
    match = _UTC.fullmatch(told)
    if match is None:
        raise ValueError(f"dateTime is {quoted(told)}, not of the form MM/DD/YY HH:MM:SS")
    month, day, year, clock = match.groups()
    return _local(f"20{year}-{month}-{day}T{clock}")


def _local(told: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(told)
    except ValueError:
        raise ValueError(f"{quoted(told)} is no time") from None


def _written(time: dt.datetime) -> str:
    return f"{time.isoformat()}Z"


def _whole(told: str) -> int:
    if not told.isdecimal():
        raise ValueError(f"value is {quoted(told)}, no number of steps")
    return int(told)


def _object(name: str, value: object) -> Said:
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object")
    return value


_MAKERS: Mapping[str, Callable[[Said], str | None]] = {
    "steps": _steps,
    "heart_rate": _heart_rate,
    "sleep": _sleep,
}
