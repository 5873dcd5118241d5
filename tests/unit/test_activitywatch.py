"""ActivityWatch's exports become activities with minutes a day."""

from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mosaic_adapters.imports import intervals
from mosaic_adapters.imports.intervals import Intervals, merged, without
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.entries.model import EntryFilter
from mosaic_core.errors import InvalidInput
from mosaic_core.paging import Page
from support import a_mosaic, registered
from support_health_files import Json, as_json, bucket, reasons
from support_imports import brought_in, entries

APP = {"app": "Terminal", "title": "make"}


@pytest.fixture
def mosaic() -> Mosaic:
    return a_mosaic()


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    return registered(mosaic, "Ada")


def export(**buckets: Json) -> bytes:
    return as_json({"buckets": buckets})


def minutes(mosaic: Mosaic, caller: Caller) -> dict[tuple[str, str], float]:
    """Return the values of all entries by activity and day."""
    found = mosaic.entries.page(caller, EntryFilter(), Page(None)).items
    return {(one.activity, one.date.isoformat()): one.value for one in found}


def at(clock: str, day: int = 3) -> str:
    return f"2024-06-{day:02}T{clock}:00.250000+00:00"


def test_minutes_at_the_screen_leave_out_the_time_away(mosaic: Mosaic, ada: Caller) -> None:
    window = bucket(
        "currentwindow", (at("09:30"), 1_800, APP), (at("09:00"), 1_799, APP), (at("11:00"), 600, APP)
    )
    away = bucket(
        "afkstatus", (at("09:10"), 300, {"status": "afk"}), (at("09:15"), 9_000, {"status": "not-afk"})
    )
    summary = brought_in(mosaic, ada, export(window=window, afk=away))
    assert (summary.format, summary.created, summary.activities_created) == ("activitywatch", 1, 1)
    assert minutes(mosaic, ada) == {("Screen time", "2024-06-03"): 65.0}
    (activity,) = mosaic.activities.page(ada, Page(None)).items
    assert (activity.unit, activity.category) == ("min", "Computer")
    again = brought_in(mosaic, ada, export(window=window, afk=away))
    assert (again.created, again.updated, again.activities_created) == (0, 0, 0)


def test_each_host_has_its_own_time_away_and_no_minute_counts_twice(mosaic: Mosaic, ada: Caller) -> None:
    one = bucket("currentwindow", (at("09:00"), 3_600, APP))
    two = bucket("currentwindow", (at("09:30"), 3_600, APP), host="laptop")
    away = bucket("afkstatus", (at("09:00"), 7_200, {"status": "afk"}), host="laptop")
    brought_in(mosaic, ada, export(one=one, two=two, away=away))
    assert minutes(mosaic, ada) == {("Screen time", "2024-06-03"): 60.0}
    brought_in(mosaic, ada, export(one=one, two=two), overwrite=True)
    assert minutes(mosaic, ada) == {("Screen time", "2024-06-03"): 90.0}


def test_projects_and_browsing_are_activities_of_their_own(mosaic: Mosaic, ada: Caller) -> None:
    editing = bucket(
        "app.editor.activity",
        (at("09:00"), 60, {"project": "/home/ada/Mosaic/"}),
        (at("10:00"), 120, {"project": "C:\\work\\mosaic"}),
        (at("11:00"), 180, {"project": ""}),
        (at("12:00"), 240, {"file": "a.py"}),
    )
    browsing = bucket("web.tab.current", (at("09:00"), 90, {"url": "https://example.org"}))
    brought_in(mosaic, ada, export(a=editing, b=browsing))
    assert minutes(mosaic, ada) == {
        ("Editing: Mosaic", "2024-06-03"): 3.0,
        ("Editing", "2024-06-03"): 7.0,
        ("Browsing", "2024-06-03"): 1.5,
    }


def test_days_are_those_of_the_person(mosaic: Mosaic, ada: Caller) -> None:
    window = bucket("currentwindow", (at("14:30"), 3_600, APP))
    brought_in(mosaic, evolve(ada, timezone="Asia/Tokyo"), export(window=window))
    assert minutes(mosaic, ada) == {("Screen time", "2024-06-03"): 30.0, ("Screen time", "2024-06-04"): 30.0}


def test_a_day_beyond_all_days_is_skipped_with_its_place(mosaic: Mosaic, ada: Caller) -> None:
    ada = evolve(ada, timezone="Pacific/Kiritimati")
    last = bucket("currentwindow", ("2200-12-31T09:00:00Z", 7_200, {"app": "x"}))
    summary = brought_in(mosaic, ada, as_json({"buckets": {"window": last}}))
    assert entries(mosaic, ada) == [("2200-12-31", "Screen time", 60.0, "")]
    (told,) = [one for one in summary.details if one.status == "skipped"]
    assert (told.date, told.reason) == ("2201-01-01", "date must lie in the years 1900 to 2200")


def test_what_is_not_even_a_tenth_of_a_minute_is_no_entry(mosaic: Mosaic, ada: Caller) -> None:
    window = bucket("currentwindow", (at("09:00"), 2, APP), (at("10:00", 4), 3.5, APP))
    imported = as_json({"version": 1, "buckets": {"window": window}})
    assert brought_in(mosaic, ada, imported).created == 1
    assert minutes(mosaic, ada) == {("Screen time", "2024-06-04"): 0.1}


def test_other_buckets_are_counted_by_type(mosaic: Mosaic, ada: Caller) -> None:
    steps = bucket("os.hid.input", (at("09:00"), 1, {}), (at("09:01"), 1, {}))
    nameless = {"events": [1]}
    summary = brought_in(mosaic, ada, export(a=steps, b=nameless, c=bucket("currentwindow")))
    assert reasons(summary) == [
        '2 events of the type "os.hid.input" are not taken',
        '1 events of the type "" are not taken',
    ]
    assert minutes(mosaic, ada) == {}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (1, "an event must be an object with data"),
        ({"timestamp": at("09:00"), "duration": 1}, "an event must be an object with data"),
        ({"timestamp": 1, "data": {}}, "timestamp must be a text"),
        ({"timestamp": "today", "data": {}}, "must be a time of the form"),
        ({"timestamp": at("09:00"), "duration": -1, "data": {}}, "duration must be a number from 0"),
        ({"timestamp": at("09:00"), "duration": 700_000, "data": {}}, "an event must not last longer than 7"),
        ({"timestamp": at("09:00"), "data": {}}, "status must be a text"),
    ],
)
def test_an_event_that_says_something_wrong_is_skipped_with_its_place(
    mosaic: Mosaic, ada: Caller, event: Json, reason: str
) -> None:
    away = bucket("afkstatus", (at("09:00"), 60, {"status": "afk"}))
    away["events"].append(event)
    (told,) = brought_in(mosaic, ada, export(away=away)).details
    assert (told.row, told.part) == (2, "away")
    assert str(told.reason).startswith(reason)


def test_activities_buckets_and_stretches_are_bounded(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    editing = bucket("app.editor.activity", *((at(f"09:0{n}"), 30, {"project": f"p{n}"}) for n in range(3)))
    monkeypatch.setattr("mosaic_adapters.imports.activitywatch._MOST_ACTIVITIES", 2)
    assert reasons(brought_in(mosaic, ada, export(a=editing))) == ["there are more than 2 activities"]
    monkeypatch.setattr("mosaic_adapters.imports.activitywatch._MOST_BUCKETS", 2)
    with pytest.raises(InvalidInput, match="more than 2 buckets"):
        brought_in(mosaic, ada, export(a=editing, b=editing, c=editing))
    monkeypatch.setattr(intervals, "MOST_INTERVALS", 2)
    window = bucket("currentwindow", *((at(f"09:0{n}"), 30, APP) for n in range(3)))
    with pytest.raises(InvalidInput, match="more than 2 stretches"):
        brought_in(mosaic, ada, export(a=window))


@pytest.mark.parametrize("file", [b'{"buckets": []}', b'{"buckets": {"a": 1}}', b'{"buckets": {}} and more'])
def test_a_file_of_another_shape_is_refused(mosaic: Mosaic, ada: Caller, file: bytes) -> None:
    with pytest.raises(InvalidInput):
        brought_in(mosaic, ada, file)


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda one: (one[0], sum(one))))


def covered(spans: object) -> set[int]:
    return {moment for start, end in spans for moment in range(start, end)}  # type: ignore[attr-defined]


@given(SPANS, SPANS)
def test_stretches_without_others_cover_what_these_do_not(
    some: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    used, away = Intervals(0), Intervals(0)
    for span in some:
        used.add(*span)
    for span in others:
        away.add(*span)
    left = list(without(used, away))
    assert covered(left) == covered(some) - covered(others)
    assert left == sorted(left)
    assert sum(end - start for start, end in left) == len(covered(left))


@given(SPANS)
def test_stretches_near_each_other_are_one(some: list[tuple[int, int]]) -> None:
    spans = list(merged(sorted(some), 2))
    assert all(end + 2 < start for (_, end), (start, _) in pairwise(spans))
    assert covered(some) <= covered(spans)
