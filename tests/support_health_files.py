"""Files of watches, phones and computers, written as their own programs write them."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, ClassVar
from xml.sax.saxutils import quoteattr

from mosaic_core.imports.model import FileSummary

Json = Any

DTD = """<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 11 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
<!ELEMENT Record ((MetadataEntry|HeartRateVariabilityMetadataList)*)>
]>
"""
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
STAGE = "HKCategoryValueSleepAnalysis"


def apple(*elements: str, dtd: str = DTD) -> bytes:
    """Return Apple's document with these elements."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n{dtd}<HealthData locale="de_DE">\n'
    around = ' <ExportDate value="2019-06-01 10:00:00 +0200"/>\n <Me HKCharacteristicTypeIdentifierSex=""/>\n'
    return f"{head}{around}{''.join(elements)}</HealthData>\n".encode()


def record(
    kind: str, start: str, end: str, value: str, unit: str = "", source: str = "Watch", inner: str = ""
) -> str:
    """Return one of Apple's records; a kind of quantity may go by its last part."""
    named = kind if kind.startswith("HK") else f"HKQuantityTypeIdentifier{kind}"
    said = {
        "type": named,
        "sourceName": source,
        "sourceVersion": "6.1",
        "device": "<<HKDevice: 0x1>, name:Apple Watch>",
        **({"unit": unit} if unit else {}),
        "creationDate": end,
        "startDate": start,
        "endDate": end,
        "value": value,
    }
    attributes = " ".join(f"{name}={quoteattr(text)}" for name, text in said.items())
    return f" <Record {attributes}>{inner}</Record>\n" if inner else f" <Record {attributes}/>\n"


def as_json(said: Json) -> bytes:
    return json.dumps(said).encode()


def fitbit_sleep(log_id: int, start: str, end: str, *levels: tuple[str, str, int], **more: Json) -> Json:
    """Return a night as Fitbit tells it."""
    data = [{"dateTime": at, "level": level, "seconds": seconds} for at, level, seconds in levels]
    return {"logId": log_id, "startTime": start, "endTime": end, "levels": {"data": data}, **more}


def bucket(kind: str, *events: tuple[str, float, Json], host: str = "desk", **more: Json) -> Json:
    """Return a bucket of ActivityWatch; its events are told before what they are."""
    told = [{"id": 1, "timestamp": at, "duration": length, "data": data} for at, length, data in events]
    return {"events": told, "type": kind, "client": "aw-watcher", "hostname": host, **more}


class HealthConnectFile:
    """Makes a database as Android exports it, table by table."""

    _INTERVAL = """row_id INTEGER PRIMARY KEY AUTOINCREMENT, uuid BLOB NOT NULL UNIQUE, app_info_id INTEGER,
        start_time INTEGER, start_zone_offset INTEGER, end_time INTEGER, end_zone_offset INTEGER,
        local_date_time_start_time INTEGER AS (start_time + 1000 * start_zone_offset)"""
    _TABLES: ClassVar = {
        "application_info_table": "row_id INTEGER PRIMARY KEY, package_name TEXT, app_name TEXT",
        "steps_record_table": f"{_INTERVAL}, count INTEGER",
        "distance_record_table": f"{_INTERVAL}, distance REAL",
        "heart_rate_record_table": _INTERVAL,
        "heart_rate_record_series_table": "parent_key INT, beats_per_minute INT, epoch_millis INT",
        "sleep_session_record_table": f"{_INTERVAL}, notes TEXT, title TEXT",
        "sleep_stages_table": "parent_key INT, stage_start_time INT, stage_end_time INT, stage_type INT",
        "weight_record_table": "row_id INTEGER PRIMARY KEY, uuid BLOB, weight REAL",
    }

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute("PRAGMA page_size = 512")
        for table, columns in self._TABLES.items():
            self.connection.execute(f"CREATE TABLE {table} ({columns})")
        self.add("application_info_table", row_id=1, package_name="com.example.watch")

    def add(self, table: str, **values: object) -> "HealthConnectFile":
        """Add a row."""
        marks = ", ".join("?" * len(values))
        names = ", ".join(values)
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # names of ours
        self.connection.execute(statement, tuple(values.values()))
        return self

    def interval(
        self, table: str, uuid: bytes, start: int, end: int, **values: object
    ) -> "HealthConnectFile":
        """Add a record of a stretch of time, in milliseconds, at two hours before UTC."""
        times = {"start_time": start, "end_time": end, "start_zone_offset": 7200, "end_zone_offset": 7200}
        return self.add(table, uuid=uuid, **{"app_info_id": 1, **times, **values})

    def stage(self, session: int, start: int, end: int, kind: object) -> "HealthConnectFile":
        """Add a stage of a session."""
        times = {"stage_start_time": start, "stage_end_time": end}
        return self.add("sleep_stages_table", parent_key=session, **times, stage_type=kind)

    def data(self) -> bytes:
        """Return the file."""
        self.connection.commit()
        return self.connection.serialize()


def reasons(summary: FileSummary) -> Sequence[str | None]:
    """Return why rows were skipped."""
    return [one.reason for one in summary.details if one.status == "skipped"]


def an_apple_document() -> bytes:
    """Return a document with one of everything."""
    morning, later = "2019-05-04 07:12:30 +0200", "2019-05-04 07:22:30 +0200"
    beat = '<InstantaneousBeatsPerMinute bpm="60"/>'
    beats = f"<HeartRateVariabilityMetadataList>{beat}</HeartRateVariabilityMetadataList>"
    return apple(
        record("StepCount", morning, later, "812", "count", "Phone"),
        record("DistanceWalkingRunning", morning, later, "0.5", "km", "Phone"),
        record("HeartRate", later, later, "71", "count/min", inner="<MetadataEntry key='a' value='b'/>"),
        record("HeartRateVariabilitySDNN", morning, later, "40", "ms", inner=beats),
        record(SLEEP, "2019-05-04 02:00:00 +0200", "2019-05-04 03:00:00 +0200", f"{STAGE}AsleepDeep"),
        record(SLEEP, "2019-05-04 03:00:00 +0200", "2019-05-04 03:30:00 +0200", f"{STAGE}Awake"),
        record("BodyMass", morning, morning, "70", "kg"),
    )


STEPS = [
    {"dateTime": "01/31/21 00:00:00", "value": "12"},
    {"dateTime": "01/31/21 00:01:00", "value": "0"},
    {"dateTime": "01/31/21 23:59:00", "value": "30"},
]
RATES = [{"dateTime": "01/31/21 08:00:05", "value": {"bpm": 61, "confidence": 2}}]
NIGHT = fitbit_sleep(
    31_000_000_001,
    "2021-01-30T23:10:30.000",
    "2021-01-31T06:40:30.000",
    ("2021-01-30T23:10:30.000", "wake", 600),
    ("2021-01-30T23:20:30.000", "deep", 3_600),
    minutesAsleep=400,
    efficiency=91,
    type="stages",
)
TAKEOUT = "Takeout/Fitbit/Global Export Data/"


def takeout(folder: str = TAKEOUT) -> dict[str, bytes]:
    """Return the members of an archive of Fitbit's."""
    return {
        f"{folder}steps-2021-01-31.json": as_json(STEPS),
        f"{folder}heart_rate-2021-01-31.json": as_json(RATES),
        f"{folder}sleep-2021-01-01.json": as_json([NIGHT]),
        f"{folder}calories-2021-01-31.json": as_json([{"dateTime": "01/31/21 00:00:00", "value": "1.07"}]),
        f"{folder}calories-2021-02-01.json": b"[]",
        f"{folder}steps_2021-02-01.csv": b"timestamp,steps,data source\n",
        "Takeout/archive_browser.html": b"<html/>",
    }


MINUTE, HOUR = 60_000, 3_600_000
NOON = 1_717_236_000_000
"""On the 1st of June 2024, at 10 in UTC."""


def health_connect() -> HealthConnectFile:
    """Return a file with one of everything."""
    return (
        HealthConnectFile()
        .interval("steps_record_table", b"\x01" * 16, NOON, NOON + HOUR, count=900)
        .interval("distance_record_table", b"\x02" * 16, NOON, NOON + HOUR, distance=640.5)
        .interval("heart_rate_record_table", b"\x03" * 16, NOON, NOON + HOUR, row_id=5)
        .add("heart_rate_record_series_table", parent_key=5, beats_per_minute=60, epoch_millis=NOON)
        .add("heart_rate_record_series_table", parent_key=5, beats_per_minute=70, epoch_millis=NOON + 1_500)
        .interval("sleep_session_record_table", b"\x04" * 16, NOON - 9 * HOUR, NOON - 2 * HOUR, row_id=7)
        .stage(7, NOON - 8 * HOUR, NOON - 2 * HOUR, 4)
        .stage(7, NOON - 9 * HOUR, NOON - 8 * HOUR, 1)
        .add("weight_record_table", uuid=b"\x05", weight=70_000.0)
        .add("weight_record_table", uuid=b"\x06", weight=71_000.0)
    )


def activitywatch() -> bytes:
    """Return an export with one bucket of each type."""
    app = {"app": "Terminal", "title": "make"}
    buckets = {
        "window": bucket(
            "currentwindow", ("2024-06-03T09:00:00Z", 60, app), ("2024-06-04T10:00:00Z", 90, app)
        ),
        "afk": bucket("afkstatus", ("2024-06-03T09:00:00Z", 30, {"status": "afk"})),
        "editor": bucket("app.editor.activity", ("2024-06-03T09:00:00Z", 60, {"project": "mosaic"})),
        "web": bucket("web.tab.current", ("2024-06-03T09:00:00Z", 60, {"url": "https://example.org"})),
    }
    return as_json({"buckets": buckets})
