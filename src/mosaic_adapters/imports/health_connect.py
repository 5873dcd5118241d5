"""The export of Android's Health Connect: a SQLite file, alone or in an archive.

The app that wrote a record is its device. Times are milliseconds since 1970, offsets of clocks are seconds.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, islice
from math import inf
from typing import Any

from mosaic_adapters.imports.archives import archive_in
from mosaic_adapters.imports.counting import LeftOut
from mosaic_adapters.imports.databases import ForeignDatabase, database_in, opened
from mosaic_adapters.imports.named_files import named
from mosaic_adapters.imports.records import record_text, written
from mosaic_adapters.imports.walking import NO_STEPS, Walked
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import FileRecord, Item, RecordSkip
from mosaic_core.imports.ports import SQLITE, ZIP, FileReader, Sample, TrackerFile
from mosaic_core.wearables.contents import MOST_STAGES
from mosaic_core.wearables.fields import whole
from mosaic_core.wearables.model import Origin
from mosaic_core.wearables.rows import HEART_RATE, SLEEP_SESSION, STEPS
from mosaic_core.wearables.spans import Span

_APP = "HealthConnect"
_UNKNOWN = "unknown"
_LONGEST_NAME = 128
_MOST_APPS = 1_000
_LONGEST_UUID = 64
_MILLISECOND = 1_000
_FURTHEST = 2**43
"""Milliseconds: the year 2248."""

_MEMBER = re.compile(r"(?:^|/)health_connect[^/]*\.db$", re.IGNORECASE)

_APPS = "application_info_table"
_STEPS = "steps_record_table"
_DISTANCES = "distance_record_table"
_HEART = "heart_rate_record_table"
_RATES = "heart_rate_record_series_table"
_SLEEP = "sleep_session_record_table"
_STAGES = "sleep_stages_table"
_TAKEN = frozenset({_STEPS, _DISTANCES, _HEART, _SLEEP})

_STRETCH = ("uuid", "app_info_id", "start_time", "start_zone_offset", "end_time", "end_zone_offset")
_COLUMNS: Mapping[str, frozenset[str]] = {
    _HEART: frozenset({"row_id", "uuid", "app_info_id", "start_zone_offset"}),
    _RATES: frozenset({"parent_key", "epoch_millis", "beats_per_minute"}),
    _SLEEP: frozenset({"row_id", *_STRETCH}),
    _STAGES: frozenset({"parent_key", "stage_start_time", "stage_end_time", "stage_type"}),
}
"""What must be there where tables are read together."""

_HEART_RATES = f"""
    SELECT rate.epoch_millis AS start_time, rate.beats_per_minute, heart.start_zone_offset, heart.uuid,
        heart.app_info_id
    FROM {_RATES} AS rate CROSS JOIN {_HEART} AS heart ON heart.row_id = rate.parent_key"""  # noqa: S608
_NIGHTS = f"""
    SELECT row_id, {", ".join(_STRETCH)} FROM {_SLEEP}
    WHERE typeof(row_id) = 'integer' ORDER BY row_id"""  # noqa: S608  # names of ours
_STAGES_OF_NIGHTS = f"""
    SELECT parent_key, stage_start_time, stage_end_time, stage_type FROM {_STAGES}
    WHERE typeof(parent_key) = 'integer' ORDER BY parent_key, stage_start_time"""  # noqa: S608  # the same

_STAGE_NAMES = (_UNKNOWN, "awake", "asleep", "out_of_bed", "light", "deep", "rem", "awake")
_ASLEEP = frozenset({2, 4, 5, 6})

Row = Mapping[str, Any]


class HealthConnect(FileReader):
    """Reads steps, distances, heart rates and sleep of Health Connect's export."""

    format = "health-connect"
    about = "Health Connect (Android): the archive of its export, or the database in it"
    kinds = (SQLITE, ZIP)

    def recognises(self, sample: Sample) -> bool:
        """Return whether it is the export's database, or an archive with one."""
        if sample.kind == ZIP:
            return any(map(_MEMBER.search, sample.members))
        return _APPS in sample.tables and not _TAKEN.isdisjoint(sample.tables)

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield the records table by table; records of other tables are counted by table."""
        with _database(file) as found:
            if _APPS not in found.tables:
                raise InvalidInput("The database is no export of Health Connect")
            yield from _Export(found, file.zone).items()


@contextmanager
def _database(file: TrackerFile) -> Iterator[ForeignDatabase]:
    if file.sample.kind == SQLITE:
        with database_in(file) as found:
            yield found
        return
    with archive_in(file) as archive:
        name = next(filter(_MEMBER.search, archive.members), None)
        if name is None:
            raise InvalidInput("The archive has no database of Health Connect")
        with (
            archive.open(name) as stream,
            named(stream, file.breathe) as path,
            opened(path, file.breathe) as found,
        ):
            yield found


class _Export:
    """The tables of an export."""

    def __init__(self, found: ForeignDatabase, zone: str) -> None:
        self._found = found
        apps = islice(found.rows(_APPS, "row_id", "package_name"), _MOST_APPS)
        self._origins = {row.get("row_id"): _origin(row.get("package_name"), zone) for _, row in apps}
        self._unknown = _origin(None, zone)
        self._walked = Walked()
        self._left_out = LeftOut()

    def items(self) -> Iterator[Item]:
        """Yield what is taken, and count what is not."""
        yield from self._records(_STEPS, self._rows(_STEPS, "count"), _steps, self._note_steps)
        distances = self._rows(_DISTANCES, "distance")
        yield from self._records(_DISTANCES, distances, _distance, self._has_steps)
        yield from self._records(_RATES, self._queried(_HEART_RATES, _RATES, _HEART), _heart_rate)
        yield from self._records(_SLEEP, self._nights(), _night)
        yield from self._lacking()
        for name, columns in self._found.tables.items():
            if "uuid" in columns and name not in _TAKEN and (count := self._found.database.table(name).count):
                self._left_out.count(f"the rows of {name}", 1, count)
        yield from self._left_out.skips()

    def _records(
        self,
        part: str,
        rows: Iterable[tuple[int, Row]],
        make: Callable[[Row], str],
        is_taken: Callable[[Origin, Row], bool] = lambda _origin, _row: True,
    ) -> Iterator[Item]:
        for row_number, row in rows:
            origin = self._origins.get(row.get("app_info_id"), self._unknown)
            try:
                record, taken = make(row), is_taken(origin, row)
            except ValueError as error:
                yield RecordSkip(row_number, str(error), part=part)
            else:
                if taken:
                    yield FileRecord(row_number, origin, record, part)
                else:
                    self._left_out.count(f"the rows of {part} {NO_STEPS}", row_number)

    def _note_steps(self, origin: Origin, row: Row) -> bool:
        count = row.get("count")
        if isinstance(count, int):
            self._walked.add(origin.device_id, *_span(row), count)
        return True

    def _has_steps(self, origin: Origin, row: Row) -> bool:
        return self._walked.holds(origin.device_id, *_span(row))

    def _rows(self, table: str, *columns: str) -> Iterable[tuple[int, Row]]:
        return self._found.rows(table, *_STRETCH, *columns) if table in self._found.tables else ()

    def _queried(self, query: str, table: str, *others: str) -> Iterable[tuple[int, Row]]:
        """Return what the query finds for the rows of a table; nothing where one is not there, or another.

        A damaged file may have records of one id: whatever the query joins, it finds no more than those rows.
        """
        if all(self._found.tables.get(one, frozenset()) >= _COLUMNS[one] for one in (table, *others)):
            return self._found.queried(query, table)
        return ()

    def _lacking(self) -> Iterator[Item]:
        for table, columns in _COLUMNS.items():
            there = self._found.tables.get(table, columns)
            if missing := columns - there:
                yield RecordSkip(0, f"the table has no column {', '.join(sorted(missing))}", part=table)

    def _nights(self) -> Iterator[tuple[int, Row]]:
        """Yield the sessions, each with its stages."""
        of_nights = groupby((row for _, row in self._queried(_STAGES_OF_NIGHTS, _STAGES)), _parent)
        parent, stages = next(of_nights, _NO_MORE)
        for row_number, row in self._queried(_NIGHTS, _SLEEP):
            while parent < row["row_id"]:
                parent, stages = next(of_nights, _NO_MORE)
            own = islice(stages, MOST_STAGES + 1) if parent == row["row_id"] else ()
            yield row_number, {**row, "stages": list(own)}


def _parent(stage: Row) -> int:
    parent: int = stage["parent_key"]
    return parent


_NO_MORE: tuple[float, Iterator[Row]] = inf, iter(())


def _origin(app: object, zone: str) -> Origin:
    name = app if isinstance(app, str) and 0 < len(app) <= _LONGEST_NAME else _UNKNOWN
    return Origin(source_app=_APP, device_id=name, tz=zone)


def _steps(row: Row) -> str:
    return _stretch("steps", row, {"steps": row.get("count")})


def _distance(row: Row) -> str:
    """Return a record of the distance alone: apps cut time differently for it than for steps."""
    return _stretch("distance", row, {"steps": 0, "distance_m": row.get("distance")})


def _stretch(name: str, row: Row, fields: Row) -> str:
    key = f"health-connect-{name}-{_uuid(row)}"
    return record_text(STEPS, key, _time(row, "start"), _time(row, "end"), fields)


def _heart_rate(row: Row) -> str:
    key = f"health-connect-hr-{row['start_time']}-{_uuid(row)}"
    return record_text(HEART_RATE, key, _time(row, "start"), None, {"bpm": row["beats_per_minute"]})


def _night(row: Row) -> str:
    """Return a session, asleep for as long as its stages say, if they do."""
    stages = row["stages"]
    asleep = sum(_length(one) for one in stages if one["stage_type"] in _ASLEEP)
    fields = {
        "duration_seconds": asleep / 1_000 if asleep else None,
        "stages": [_stage(one) for one in stages],
    }
    key = f"health-connect-sleep-{_uuid(row)}"
    return record_text(SLEEP_SESSION, key, _time(row, "start"), _time(row, "end"), fields)


def _length(stage: Row) -> int:
    return _milliseconds(stage, "stage_end_time") - _milliseconds(stage, "stage_start_time")


def _stage(row: Row) -> Row:
    return {
        "stage": _STAGE_NAMES[whole("stage_type", row["stage_type"], 0, len(_STAGE_NAMES) - 1)],
        "start": written(_milliseconds(row, "stage_start_time") * _MILLISECOND),
        "end": written(_milliseconds(row, "stage_end_time") * _MILLISECOND),
    }


def _span(row: Row) -> Span:
    start, end = _milliseconds(row, "start_time"), _milliseconds(row, "end_time")
    return start * _MILLISECOND, end * _MILLISECOND


def _time(row: Row, which: str) -> str:
    offset = row.get(f"{which}_zone_offset")
    seconds = offset if isinstance(offset, int) else 0
    return written(_milliseconds(row, f"{which}_time") * _MILLISECOND, seconds)


def _milliseconds(row: Row, name: str) -> int:
    return whole(name, row.get(name), -_FURTHEST, _FURTHEST)


def _uuid(row: Row) -> str:
    uuid = row.get("uuid")
    if not isinstance(uuid, bytes) or len(uuid) > _LONGEST_UUID:
        raise ValueError("uuid must be some bytes")
    return uuid.hex()
