"""Health Connect's exports become wearable records."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidInput
from mosaic_core.paging import Page
from mosaic_core.wearables.model import RawFilter
from support import a_mosaic, registered
from support_health_files import HOUR, MINUTE, NOON, HealthConnectFile, health_connect, reasons
from support_imports import brought_in
from tracker_files import archive


@pytest.fixture
def mosaic() -> Mosaic:
    return a_mosaic()


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    return registered(mosaic, "Ada")


def raw(mosaic: Mosaic, caller: Caller, kind: str = "all") -> list[Any]:
    wanted = RawFilter(type=None if kind == "all" else kind)
    return [one.payload for one in reversed(mosaic.wearables.raw(caller, wanted, Page(None)).items)]


@pytest.mark.parametrize("pack", [bytes, lambda data: archive({"health_connect_export.db": data})])
def test_a_database_and_its_archive_become_the_records_of_the_app_that_wrote_them(
    mosaic: Mosaic, ada: Caller, pack: Callable[[bytes], bytes]
) -> None:
    file = pack(health_connect().data())
    summary = brought_in(mosaic, ada, file)
    assert (summary.format, summary.accepted) == ("health-connect", 5)
    assert reasons(summary) == ["2 of the rows of weight_record_table are not taken"]
    (source,) = mosaic.wearables.sources(ada)
    assert (source.source_app, source.device_id) == ("HealthConnect", "com.example.watch")
    start, end = "2024-06-01T12:00:00+02:00", "2024-06-01T13:00:00+02:00"
    assert [(one["start"], one["end"], one["fields"]) for one in raw(mosaic, ada, "steps")] == [
        (start, end, {"steps": 900}),
        (start, end, {"steps": 0, "distance_m": 640.5}),
    ]
    assert [(one["start"], one["fields"]) for one in raw(mosaic, ada, "heart_rate")] == [
        (start, {"bpm": 60}),
        ("2024-06-01T12:00:01.500000+02:00", {"bpm": 70}),
    ]
    (night,) = raw(mosaic, ada, "sleep_session")
    assert [one["stage"] for one in night["fields"]["stages"]] == ["awake", "light"]
    assert night["fields"]["duration_seconds"] == 6 * 3_600
    day = mosaic.wearables.day(ada, dt.date(2024, 6, 1))
    assert (day.steps, day.sleep.total_min, day.hr.avg) == (900, 360, 65)
    again = brought_in(mosaic, ada, file)
    assert (again.accepted, again.duplicates) == (0, 5)


def test_each_session_has_its_own_stages(mosaic: Mosaic, ada: Caller) -> None:
    file = HealthConnectFile()
    for number in (2, 4, 6):
        start = NOON + number * 24 * HOUR
        file.interval("sleep_session_record_table", bytes([number]), start, start + HOUR, row_id=number)
    for parent, length in ((1, 1), (3, 3), (4, 4), (4, 5), (9, 9)):
        start = NOON + parent * 24 * HOUR + length * MINUTE
        file.add(
            "sleep_stages_table",
            parent_key=parent,
            stage_start_time=start,
            stage_end_time=start + MINUTE,
            stage_type=3,
        )
    brought_in(mosaic, ada, file.data())
    told = [one["fields"] for one in raw(mosaic, ada)]
    assert [len(one["stages"]) for one in told] == [0, 2, 0]
    assert [one["duration_seconds"] for one in told] == [None] * 3


def test_an_unknown_app_and_a_clock_that_does_not_exist_are_no_obstacle(mosaic: Mosaic, ada: Caller) -> None:
    odd: dict[str, object] = {"app_info_id": 9, "start_zone_offset": 7}
    others = [
        odd,
        {**odd, "start_zone_offset": 99 * 3_600},
        {**odd, "start_zone_offset": "x", "app_info_id": 1},
    ]
    for number, other in enumerate(others):
        file = HealthConnectFile()
        file.interval("steps_record_table", bytes([number]), NOON, NOON, count=1, **other)
        brought_in(mosaic, ada, file.data())
    assert [one.device_id for one in mosaic.wearables.sources(ada)] == ["unknown", "com.example.watch"]
    assert {one["start"] for one in raw(mosaic, ada)} == {"2024-06-01T10:00:00+00:00"}


@pytest.mark.parametrize(
    ("table", "changed", "reason"),
    [
        ("steps_record_table", {"uuid": "text"}, "uuid must be some bytes"),
        ("steps_record_table", {"uuid": b"x" * 65}, "uuid must be some bytes"),
        ("steps_record_table", {"start_time": None}, "start_time must be a whole number"),
        ("steps_record_table", {"end_time": 2**60}, "end_time must be a whole number"),
        ("steps_record_table", {"start_time": -(2**43)}, "start must be a time of the form"),
        ("steps_record_table", {"end_time": NOON - 1}, "end must not be before start"),
        ("steps_record_table", {"count": "z"}, "steps must be a whole number"),
        ("sleep_session_record_table", {"end_time": NOON}, "end must be after start"),
    ],
)
def test_a_row_that_says_something_wrong_is_skipped_with_its_place(
    mosaic: Mosaic, ada: Caller, table: str, changed: dict[str, object], reason: str
) -> None:
    file = health_connect()
    file.interval(table, b"other", NOON, NOON + HOUR)
    names = ", ".join(f"{name} = ?" for name in changed)
    file.connection.execute(f"UPDATE {table} SET {names} WHERE uuid = ?", (*changed.values(), b"other"))  # noqa: S608
    summary = brought_in(mosaic, ada, file.data())
    (told,) = [one for one in summary.details if one.part]
    assert (summary.accepted, told.row, told.part) == (5, 2, table)
    assert told.reason is not None
    assert told.reason.startswith(reason)


def test_a_distance_without_steps_of_its_app_is_not_taken_and_told(mosaic: Mosaic, ada: Caller) -> None:
    file = health_connect()
    for number in range(2):
        start = NOON + (2 + number) * HOUR
        file.interval("distance_record_table", bytes([number]), start, start + HOUR, distance=100.0)
    file.interval("distance_record_table", b"other", NOON, NOON + HOUR, distance=90.0, app_info_id=9)
    summary = brought_in(mosaic, ada, file.data())
    assert (summary.accepted, summary.records_skipped) == (5, 5)
    assert reasons(summary) == [
        "3 of the rows of distance_record_table without steps of the same source and time are not taken",
        "2 of the rows of weight_record_table are not taken",
    ]


@pytest.mark.parametrize("kind", [8, -1, None, "deep"])
def test_a_stage_that_nobody_knows_spoils_its_session(mosaic: Mosaic, ada: Caller, kind: object) -> None:
    file = health_connect()
    file.connection.execute("UPDATE sleep_stages_table SET stage_type = ?", (kind,))
    summary = brought_in(mosaic, ada, file.data())
    assert summary.accepted == 4
    assert str(reasons(summary)[0]).startswith("stage_type must be a whole number from 0 to 7")


def test_tables_that_are_absent_or_others_are_told(mosaic: Mosaic, ada: Caller) -> None:
    file = health_connect()
    file.connection.executescript("""
        DROP TABLE distance_record_table;
        DROP TABLE sleep_stages_table;
        ALTER TABLE heart_rate_record_series_table RENAME COLUMN beats_per_minute TO rate;
    """)
    summary = brought_in(mosaic, ada, file.data())
    assert summary.accepted == 2
    assert reasons(summary)[0] == "the table has no column beats_per_minute"


@pytest.mark.parametrize(
    "hostile",
    [
        """CREATE VIEW steps_record_table AS
           WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n""",
        "CREATE TABLE steps_record_table (uuid BLOB, count INTEGER AS (length(zeroblob(900000000))))",
    ],
)
def test_views_and_computed_columns_are_never_looked_at(mosaic: Mosaic, ada: Caller, hostile: str) -> None:
    file = health_connect()
    file.connection.executescript(f"DROP TABLE steps_record_table; {hostile};")
    assert brought_in(mosaic, ada, file.data()).accepted == 3


@pytest.mark.parametrize("pack", [bytes, lambda data: archive({"other.db": data})])
def test_another_database_is_refused(mosaic: Mosaic, ada: Caller, pack: Callable[[bytes], bytes]) -> None:
    file = HealthConnectFile()
    file.connection.execute("DROP TABLE application_info_table")
    with pytest.raises(InvalidInput):
        brought_in(mosaic, ada, pack(file.data()), format="health-connect")


def test_records_of_one_id_never_multiply_their_rates(mosaic: Mosaic, ada: Caller) -> None:
    file = health_connect()
    file.connection.executescript("""
        CREATE TABLE copied AS SELECT * FROM heart_rate_record_table;
        DROP TABLE heart_rate_record_table;
        ALTER TABLE copied RENAME TO heart_rate_record_table;
        INSERT INTO heart_rate_record_table SELECT * FROM heart_rate_record_table;
    """)
    told = "Rows of the table heart_rate_record_series_table belong to several others at once"
    with pytest.raises(InvalidInput, match=told):
        brought_in(mosaic, ada, file.data())
    assert raw(mosaic, ada) == []


def test_tables_that_are_read_together_have_no_more_rows_than_others(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_adapters.imports.databases.MOST_ROWS", 1)
    with pytest.raises(InvalidInput, match="heart_rate_record_series_table has more than 1 rows"):
        brought_in(mosaic, ada, health_connect().data())
