"""Fitbit's exports become wearable records."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve

from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidInput
from mosaic_core.paging import Page
from mosaic_core.wearables.model import RawFilter
from support import a_mosaic, registered
from support_health_files import NIGHT, RATES, STEPS, TAKEOUT, as_json, reasons, takeout
from support_imports import brought_in
from tracker_files import archive


@pytest.fixture
def mosaic() -> Mosaic:
    return a_mosaic()


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    return registered(mosaic, "Ada")


def fields(mosaic: Mosaic, caller: Caller, kind: str) -> list[Mapping[str, Any]]:
    kept = mosaic.wearables.raw(caller, RawFilter(type=kind), Page(None)).items
    return [one.payload["fields"] for one in reversed(kept)]


@pytest.mark.parametrize("folder", [TAKEOUT, "MyFitbitData/Ada/Physical Activity/", "user-site-export/", ""])
def test_an_archive_becomes_steps_heart_rates_and_sleep_whatever_its_folders(
    mosaic: Mosaic, ada: Caller, folder: str
) -> None:
    members = takeout(folder)
    summary = brought_in(mosaic, ada, archive(members))
    assert (summary.format, summary.accepted, summary.duplicates) == ("fitbit", 4, 0)
    assert reasons(summary) == [
        "2 of the files of calories are not taken",
        "1 of the files of steps in CSV is not taken",
    ]
    assert fields(mosaic, ada, "steps") == [{"steps": 12}, {"steps": 30}]
    assert fields(mosaic, ada, "heart_rate") == [{"bpm": 61, "confidence": 2}]
    (night,) = fields(mosaic, ada, "sleep_session")
    assert (night["duration_seconds"], night["efficiency"], night["sleep_type"]) == (24_000, 91, "stages")
    assert night["stages"] == [
        {"stage": "awake", "start": "2021-01-30T23:10:30", "end": "2021-01-30T23:20:30"},
        {"stage": "deep", "start": "2021-01-30T23:20:30", "end": "2021-01-31T00:20:30"},
    ]
    again = brought_in(mosaic, ada, archive(members))
    assert (again.accepted, again.duplicates) == (0, 4)


def test_samples_are_told_in_utc_and_sleep_on_the_clock_of_the_person(mosaic: Mosaic, ada: Caller) -> None:
    ada = evolve(ada, timezone="Asia/Tokyo")
    brought_in(mosaic, ada, archive(takeout()))
    assert mosaic.wearables.day(ada, dt.date(2021, 1, 31)).steps == 12
    assert mosaic.wearables.day(ada, dt.date(2021, 2, 1)).steps == 30
    assert mosaic.wearables.day(ada, dt.date(2021, 1, 31)).sleep.sessions == 1


@pytest.mark.parametrize(("said", "kind"), [(RATES, "heart_rate"), ([NIGHT], "sleep_session")])
def test_a_file_that_tells_its_kind_can_be_imported_alone(
    mosaic: Mosaic, ada: Caller, said: object, kind: str
) -> None:
    summary = brought_in(mosaic, ada, as_json(said))
    assert summary.format == "fitbit"
    assert len(fields(mosaic, ada, kind)) == summary.accepted > 0


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (7, "a record must be an object"),
        ({"dateTime": "2021-01-31", "value": "12"}, 'dateTime is "2021-01-31", not of the form'),
        ({"dateTime": "13/31/21 00:00:00", "value": "12"}, '"2021-13-31T00:00:00" is no time'),
        ({"value": "12"}, "dateTime must be a text"),
        ({"dateTime": "01/31/21 00:00:00"}, "value must be a text"),
        ({"dateTime": "01/31/21 00:00:00", "value": "1.07"}, 'value is "1.07", no number of steps'),
        ({"logId": "a", "startTime": "", "endTime": ""}, "logId must be a whole number"),
        ({"logId": 1, "startTime": "", "endTime": ""}, "startTime must be a text"),
        ({**NIGHT, "logId": 1, "startTime": "2021"}, "start must be a time of the form"),
        ({**NIGHT, "levels": {"data": [1]}}, "a level must be an object"),
        ({**NIGHT, "levels": {"data": [{"dateTime": "x"}]}}, '"x" is no time'),
        ({**NIGHT, "levels": {"data": [{"dateTime": "2021-01-31T00:00:00"}]}}, "level must be a text"),
        (
            {**NIGHT, "levels": {"data": [{"dateTime": "9999-12-31T23:59:59", "level": "a", "seconds": 9}]}},
            "a level that lasts 9 s from 9999-12-31T23:59:59 has no end",
        ),
        ({**NIGHT, "minutesAsleep": "400"}, "minutesAsleep must be a number"),
    ],
)
def test_what_is_wrong_is_skipped_with_its_place_and_the_reason(
    mosaic: Mosaic, ada: Caller, sample: object, reason: str
) -> None:
    is_night = isinstance(sample, dict) and "logId" in sample
    good, name = (NIGHT, "sleep-2021-01-01.json") if is_night else (STEPS[0], "steps-2021-01-01.json")
    summary = brought_in(mosaic, ada, archive({name: as_json([good, sample])}))
    (told,) = summary.details
    assert (summary.accepted, summary.records_skipped, told.row, told.part) == (1, 1, 2, name)
    assert told.reason is not None
    assert told.reason.startswith(reason)


def test_a_file_of_which_only_its_name_tells_whether_it_has_steps_is_refused_alone(
    mosaic: Mosaic, ada: Caller
) -> None:
    metres = as_json([{"dateTime": "01/31/21 00:00:00", "value": "700"}])
    with pytest.raises(InvalidInput, match="a ZIP with this file under its own name"):
        brought_in(mosaic, ada, metres)
    named = archive({"steps-2021-01-31.json": metres, "altitude-2021-01-31.json": metres})
    assert brought_in(mosaic, ada, named).accepted == 1
    assert fields(mosaic, ada, "steps") == [{"steps": 700}]


@pytest.mark.parametrize("levels", [None, [], {"data": {}}])
def test_a_night_without_levels_is_a_night(mosaic: Mosaic, ada: Caller, levels: object) -> None:
    night = {"logId": 5, "startTime": NIGHT["startTime"], "endTime": NIGHT["endTime"], "levels": levels}
    assert brought_in(mosaic, ada, as_json([night])).accepted == 1
    assert fields(mosaic, ada, "sleep_session")[0]["stages"] == []
    assert mosaic.wearables.day(ada, dt.date(2021, 1, 31)).sleep.total_min == 450


@pytest.mark.parametrize("member", [b"[1, 2", b'{"dateTime": 1}', b"[] and more", b'[{"dateTime": \xff}]'])
def test_a_damaged_file_in_an_archive_is_refused_and_nothing_changes(
    mosaic: Mosaic, ada: Caller, member: bytes
) -> None:
    with pytest.raises(InvalidInput):
        brought_in(mosaic, ada, archive({**takeout(), f"{TAKEOUT}steps-2021-02-01.json": member}))
    assert mosaic.wearables.summary(ada).accepted == 0
