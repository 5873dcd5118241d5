"""What devices tell becomes a daily picture."""

import datetime as dt
import gzip
from collections import defaultdict
from collections.abc import Iterator
from csv import DictReader
from pathlib import Path

import pytest

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidInput, InvalidQuery, NotFound
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.wearables.model import (
    MOST_PAYLOAD,
    Batch,
    IngestError,
    RawFilter,
    SourceChange,
    Summary,
)
from mosaic_core.wearables.pictures import DayPicture
from mosaic_core.wearables.records import RecordError
from mosaic_core.wearables.trends import TrendWanted
from support import NOON, TODAY, FixedClock, a_caller, a_user
from wearable_records import APP, Json, everything, heart, ingest, record, service, sleep, stage, steps

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "mosaic.db")
    yield made
    made.close()


@pytest.fixture
def ada(store: Store) -> Caller:
    return a_person(store, "Ada")


def a_person(store: Store, name: str, timezone: str = "UTC") -> Caller:
    with store.write() as unit:
        return a_caller(unit.users.add(a_user(name)).id, timezone=timezone)


def day(store: Store, caller: Caller, text: str) -> DayPicture:
    return service(store).day(caller, dt.date.fromisoformat(text))


def ids(store: Store, caller: Caller) -> dict[str, int]:
    return {source.device_id: source.id for source in service(store).sources(caller)}


def swap(store: Store, caller: Caller, device: str, priority: int) -> None:
    service(store).change_source(caller, ids(store, caller)[device], SourceChange(priority=priority))


def statuses(store: Store, caller: Caller) -> dict[str, str]:
    rows = service(store).raw(caller, RawFilter(), Page()).items
    return {row.dedupe_key: row.status for row in rows}


def test_a_day_shows_steps_sleep_and_heart(store: Store, ada: Caller) -> None:
    told = [
        steps("s1", "2026-01-02T10:00:00Z", "2026-01-02T11:00:00Z", 1200, distance_m=800, calories=50),
        steps("s2", "2026-01-02T12:00:00Z", count=34),
        heart("h1", "2026-01-02T10:00:00Z", 50, variability_ms=40),
        heart("h2", "2026-01-02T10:00:10Z", 71),
        sleep("n1", "2026-01-01T23:00:00Z", "2026-01-02T06:30:00Z", efficiency=91.5),
        sleep("n2", "2026-01-02T13:00:00Z", "2026-01-02T13:20:30Z"),
    ]
    report = ingest(store, ada, told)
    assert (report.accepted, report.duplicates, report.errors) == (6, 0, [])
    assert (report.etl.processed, report.etl.skipped, report.etl.aggregated) == (6, 0, 1)
    shown = day(store, ada, "2026-01-02")
    assert shown.steps == 1234
    assert (shown.sleep.total_min, shown.sleep.efficiency, shown.sleep.sessions) == (470.5, 91.5, 2)
    assert (shown.hr.rest, shown.hr.avg, shown.hr.min, shown.hr.max) == (50, 60.5, 50, 71)


def test_an_ingest_tells_how_many_days_it_computed_again(store: Store, ada: Caller) -> None:
    two_days = steps("s", "2026-01-02T23:30:00Z", "2026-01-03T00:30:00Z")
    assert ingest(store, ada, [two_days]).etl.aggregated == 2
    assert ingest(store, ada, [heart("h", "2026-01-05T10:00:00Z")]).etl.aggregated == 1
    night = sleep("n", "2026-01-05T23:00:00Z", "2026-01-06T06:00:00Z")
    assert ingest(store, ada, [night, two_days, heart("h2", "2026-01-06T10:00:00Z")]).etl.aggregated == 1


def test_an_empty_day_has_zeros_and_nothing_else(store: Store, ada: Caller) -> None:
    shown = service(store).day(ada, None)
    assert (shown.date, shown.steps) == (TODAY, 0)
    assert (shown.sleep.total_min, shown.sleep.efficiency, shown.sleep.sessions) == (0, None, 0)
    assert (shown.hr.rest, shown.hr.avg, shown.hr.min, shown.hr.max) == (None, None, None, None)


def test_without_a_date_the_day_is_the_callers_today(store: Store) -> None:
    kim = a_person(store, "Kim", "Pacific/Kiritimati")
    clock = FixedClock(NOON)
    assert service(store, clock).day(kim, None).date == TODAY + dt.timedelta(days=1)


def test_a_resend_changes_nothing_but_the_counts(store: Store, ada: Caller) -> None:
    told = [
        heart("h", "2026-01-02T10:00:00Z"),
        stage("st", "2026-01-02T01:00:00Z", "2026-01-02T02:00:00Z", "n"),
    ]
    ingest(store, ada, told)
    before = everything(store, ada.user_id)
    report = ingest(store, ada, told)
    assert (report.accepted, report.duplicates) == (0, 2)
    assert (report.etl.processed, report.etl.skipped, report.etl.aggregated) == (0, 0, 0)
    assert everything(store, ada.user_id) == before
    assert service(store).summary(ada).duplicates == 2


def test_the_first_record_under_a_key_stands(store: Store, ada: Caller) -> None:
    report = ingest(
        store, ada, [steps("k", "2026-01-02T10:00:00Z", count=1), steps("k", "2026-01-02T11:00:00Z")]
    )
    assert (report.accepted, report.duplicates) == (1, 1)
    ingest(store, ada, [steps("k", "2026-01-03T10:00:00Z")], device="other")
    assert (day(store, ada, "2026-01-02").steps, day(store, ada, "2026-01-03").steps) == (1, 0)


def test_one_bad_record_never_spoils_the_others(store: Store, ada: Caller) -> None:
    report = ingest(
        store,
        ada,
        [
            heart("good", "2026-01-02T10:00:00Z", 60),
            heart("no time", "2026-01-02"),
            heart("no rate", "2026-01-02T10:00:00Z", 0),
            record("weight", "unknown", "2026-01-02T10:00:00Z", kg=70),
            17,
        ],
    )
    assert report.accepted == 3
    assert [(error.index, error.dedupe_key) for error in report.errors] == [(1, "no time"), (4, None)]
    assert (report.etl.processed, report.etl.skipped) == (1, 2)
    assert [error.index for error in report.etl.errors] == [2, 3]
    assert report.etl.errors[1] == RecordError(3, "unknown", "unknown type 'weight'")
    assert statuses(store, ada) == {"good": "processed", "no rate": "skipped", "unknown": "skipped"}
    assert day(store, ada, "2026-01-02").hr.avg == 60


def test_a_batch_of_errors_alone_makes_no_source(store: Store, ada: Caller) -> None:
    report = ingest(store, ada, [17])
    assert (report.accepted, len(report.errors)) == (0, 1)
    summary = service(store).summary(ada)
    assert summary == Summary(
        accepted=0,
        duplicates=0,
        error_count=1,
        errors=[IngestError(None, "a record must be an object", NOON)],
        last_run=NOON,
        sources=[],
    )


def test_two_users_with_equal_devices_and_keys_never_touch_each_other(store: Store, ada: Caller) -> None:
    ben = a_person(store, "Ben")
    told = [steps("k", "2026-01-02T10:00:00Z", count=5), heart("h", "2026-01-02T10:00:00Z")]
    ingest(store, ada, told)
    untouched = everything(store, ada.user_id)
    report = ingest(store, ben, [steps("k", "2026-01-02T10:00:00Z", count=7)])
    assert (report.accepted, report.duplicates) == (1, 0)
    assert everything(store, ada.user_id) == untouched
    assert (day(store, ada, "2026-01-02").steps, day(store, ben, "2026-01-02").steps) == (5, 7)
    with pytest.raises(NotFound):
        service(store).change_source(ben, ids(store, ada)["d0"], SourceChange(priority=3))
    with pytest.raises(NotFound):
        service(store).delete_source(ben, ids(store, ada)["d0"])
    service(store).delete_source(ben, ids(store, ben)["d0"])
    list(service(store).reprocess(ben.user_id))
    assert everything(store, ada.user_id) == untouched
    assert day(store, ben, "2026-01-02").steps == 0


def test_a_deleted_users_records_are_gone(store: Store, ada: Caller) -> None:
    ingest(store, ada, [heart("h", "2026-01-02T10:00:00Z")])
    with store.write() as unit:
        unit.users.delete(ada.user_id)
    assert service(store).sources(ada) == []
    assert service(store).raw(ada, RawFilter(), Page()).items == []
    assert day(store, ada, "2026-01-02").hr.avg is None


LONG_NIGHT = sleep("z", "2026-01-02T23:30:00Z", "2026-01-03T06:00:00Z")
EVENING = sleep("y", "2026-01-02T23:00:00Z", "2026-01-02T23:50:00Z")


def test_sessions_that_overlap_across_days_are_settled_together(store: Store, ada: Caller) -> None:
    ingest(store, ada, [LONG_NIGHT], "best")
    ingest(store, ada, [EVENING], "worse")
    assert day(store, ada, "2026-01-02").sleep.sessions == 0
    ingest(store, ada, [sleep("nap", "2026-01-02T12:00:00Z", "2026-01-02T12:30:00Z")], "worse")
    assert day(store, ada, "2026-01-02").sleep.total_min == 30
    swap(store, ada, "worse", 0)
    assert day(store, ada, "2026-01-02").sleep.total_min == 80
    assert day(store, ada, "2026-01-03").sleep.sessions == 0
    service(store).delete_source(ada, ids(store, ada)["worse"])
    assert day(store, ada, "2026-01-02").sleep.sessions == 0
    assert day(store, ada, "2026-01-03").sleep.total_min == 390


def test_a_session_inside_another_counts_only_from_a_higher_source(store: Store, ada: Caller) -> None:
    inner = sleep("inner", "2026-01-03T01:00:00Z", "2026-01-03T02:00:00Z")
    ingest(store, ada, [LONG_NIGHT, inner], "one")
    assert day(store, ada, "2026-01-03").sleep.total_min == 390
    ingest(store, ada, [inner | {"dedupe_key": "other"}], "two")
    assert day(store, ada, "2026-01-03").sleep.total_min == 390
    swap(store, ada, "two", 0)
    assert day(store, ada, "2026-01-03").sleep.total_min == 60


def test_a_stage_that_comes_before_its_session_waits_for_it(store: Store, ada: Caller) -> None:
    early = stage("st", "2026-01-03T00:00:00Z", "2026-01-03T01:00:00Z", "z")
    report = ingest(store, ada, [early], "ring")
    assert (report.accepted, report.etl.processed, report.etl.skipped) == (1, 0, 0)
    assert statuses(store, ada) == {"st": "waiting"}
    ingest(store, ada, [LONG_NIGHT], "watch")
    assert statuses(store, ada) == {"st": "processed", "z": "processed"}
    with store.read() as unit:
        assert [one.dedupe_key for one in unit.wearables.stages(ada.user_id, "z")] == ["st"]
    service(store).delete_source(ada, ids(store, ada)["watch"])
    assert statuses(store, ada) == {"st": "waiting"}


def test_a_stage_after_its_session_is_processed_at_once(store: Store, ada: Caller) -> None:
    inner = [{"stage": "rem", "start": "2026-01-03T02:00:00Z", "end": "2026-01-03T03:00:00Z"}]
    night = LONG_NIGHT | {"fields": {"stages": inner}}
    late = stage("st", "2026-01-03T00:00:00Z", "2026-01-03T01:00:00Z", "z")
    assert ingest(store, ada, [night]).etl.processed == 1
    assert ingest(store, ada, [late]).etl.processed == 1
    with store.read() as unit:
        found = unit.wearables.stages(ada.user_id, "z")
    assert [(one.dedupe_key, one.stage) for one in found] == [("st", "deep"), ("z#0", "rem")]


def test_two_devices_that_swap_rank_swap_whose_time_counts(store: Store, ada: Caller) -> None:
    ingest(store, ada, [steps("w", "2026-01-02T10:00:00Z", "2026-01-02T11:00:00Z", 600)], "watch")
    ingest(store, ada, [steps("p", "2026-01-02T10:30:00Z", "2026-01-02T11:30:00Z", 300)], "phone")
    assert day(store, ada, "2026-01-02").steps == 600 + 150
    swap(store, ada, "phone", 0)
    assert [(one.device_id, one.priority) for one in service(store).sources(ada)] == [
        ("phone", 0),
        ("watch", 1),
    ]
    assert day(store, ada, "2026-01-02").steps == 300 + 300
    swap(store, ada, "phone", 1)
    assert day(store, ada, "2026-01-02").steps == 600 + 150


def test_time_that_is_shared_across_zones_counts_once(store: Store, ada: Caller) -> None:
    east = steps("e", "2026-01-02T10:00:00Z", "2026-01-02T11:00:00Z", 500)
    west = steps("w", "2026-01-02T10:00:00Z", "2026-01-02T11:00:00Z", 400)
    ingest(store, ada, [west], "west", "Etc/GMT+12")
    assert day(store, ada, "2026-01-01").steps == 400
    ingest(store, ada, [east], "east", "Pacific/Kiritimati")
    assert day(store, ada, "2026-01-03").steps == 0
    swap(store, ada, "east", 0)
    assert (day(store, ada, "2026-01-01").steps, day(store, ada, "2026-01-03").steps) == (0, 500)
    service(store).delete_source(ada, ids(store, ada)["east"])
    assert (day(store, ada, "2026-01-01").steps, day(store, ada, "2026-01-03").steps) == (400, 0)


@pytest.mark.parametrize("end", [None, "2026-01-02T10:30:00Z"])
def test_an_instant_that_is_shared_across_zones_counts_once(
    store: Store, ada: Caller, end: str | None
) -> None:
    instant = "2026-01-02T10:00:00Z"
    ingest(store, ada, [steps("w", instant, count=400)], "west", "Etc/GMT+12")
    ingest(store, ada, [steps("e", instant, end, 500)], "east", "Pacific/Kiritimati")
    assert day(store, ada, "2026-01-01").steps == 400
    swap(store, ada, "east", 0)
    assert (day(store, ada, "2026-01-01").steps, day(store, ada, "2026-01-03").steps) == (0, 500)


@pytest.mark.parametrize(
    ("tz", "start", "end", "expected"),
    [
        ("Europe/Berlin", "2026-03-28T23:00:00", "2026-03-30T01:00:00", {"28": 100, "29": 2300, "30": 100}),
        ("Europe/Berlin", "2026-10-24T23:00:00", "2026-10-26T01:00:00", {"24": 100, "25": 2500, "26": 100}),
        ("Asia/Kolkata", "2026-01-02T23:30:00", "2026-01-03T00:30:00", {"02": 50, "03": 50}),
        ("Australia/Lord_Howe", "2026-04-05T00:00:00", "2026-04-06T00:00:00", {"05": 2450}),
        ("Australia/Lord_Howe", "2026-10-04T00:00:00", "2026-10-05T00:00:00", {"04": 2350}),
    ],
)
def test_a_hundred_steps_an_hour_stay_so_whatever_the_clocks_do(
    store: Store, ada: Caller, tz: str, start: str, end: str, expected: dict[str, int]
) -> None:
    total = sum(expected.values())
    ingest(store, ada, [steps("k", start, end, total)], tz=tz)
    month = start[:8]
    assert {number: day(store, ada, month + number).steps for number in expected} == expected


def test_a_rank_is_taken_exactly_and_others_make_room(store: Store, ada: Caller) -> None:
    def ranks() -> dict[str, int]:
        return {source.device_id: source.priority for source in service(store).sources(ada)}

    for device in ("a", "b", "c"):
        ingest(store, ada, [heart(device, "2026-01-02T10:00:00Z")], device)
    assert ranks() == {"a": 0, "b": 1, "c": 2}
    swap(store, ada, "c", 0)
    assert ranks() == {"c": 0, "a": 1, "b": 2}
    swap(store, ada, "c", 1)
    assert ranks() == {"a": 0, "c": 1, "b": 2}
    swap(store, ada, "a", 9)
    assert ranks() == {"c": 0, "b": 1, "a": 9}
    ingest(store, ada, [heart("d", "2026-01-02T10:00:00Z")], "d")
    assert ranks() == {"c": 0, "b": 1, "a": 9, "d": 10}


def test_a_source_can_be_renamed(store: Store, ada: Caller) -> None:
    ingest(store, ada, [heart("k", "2026-01-02T10:00:00Z")])
    (source,) = service(store).sources(ada)
    assert (source.source_app, source.display_name, source.records, source.last_synced_at) == (
        APP,
        "",
        1,
        NOON,
    )
    renamed = service(store).change_source(ada, source.id, SourceChange(display_name="Left wrist"))
    assert service(store).sources(ada) == [renamed]
    assert (renamed.display_name, renamed.priority) == ("Left wrist", 0)


def test_a_deleted_sources_keys_are_free_again(store: Store, ada: Caller) -> None:
    ingest(store, ada, [heart("k", "2026-01-02T10:00:00Z", 50)], "old")
    ingest(store, ada, [heart("other", "2026-01-02T10:00:00Z", 70)], "new")
    service(store).delete_source(ada, ids(store, ada)["old"])
    assert day(store, ada, "2026-01-02").hr.avg == 70
    assert ingest(store, ada, [heart("k", "2026-01-02T10:00:00Z", 90)], "new").accepted == 1
    assert day(store, ada, "2026-01-02").hr.avg == 80


def test_a_trend_shows_zeros_for_steps_and_sleep_and_gaps_for_heart(store: Store, ada: Caller) -> None:
    ingest(
        store,
        ada,
        [
            steps("s", "2024-05-31T10:00:00Z", count=700),
            sleep("n", "2024-05-31T01:00:00Z", "2024-05-31T02:10:00Z"),
            heart("h1", "2024-05-31T10:00:00Z", 60),
            heart("h2", "2024-05-26T10:00:00Z", 70),
        ],
    )
    trend = service(store).trend(ada, TrendWanted())
    assert (trend.metric, trend.window, trend.average) == ("steps", 7, 100)
    assert [one.date for one in trend.values] == [TODAY - dt.timedelta(days=6 - ago) for ago in range(7)]
    assert [one.value for one in trend.values] == [0, 0, 0, 0, 0, 700, 0]
    assert service(store).trend(ada, TrendWanted(metric="sleep")).average == 10
    hearts = service(store).trend(ada, TrendWanted(metric="hr", window=30))
    assert (len(hearts.values), hearts.average) == (30, 65)
    assert [one.value for one in hearts.values[-8:]] == [None, None, 70, None, None, None, None, 60, None][1:]
    empty = service(store).trend(ada, TrendWanted(metric="hr", first=TODAY, last=TODAY))
    assert (empty.window, empty.average) == (1, None)


@pytest.mark.parametrize(
    "wanted",
    [
        {"metric": "weight"},
        {"window": 8},
        {"first": TODAY},
        {"last": TODAY},
        {"first": TODAY, "last": TODAY - dt.timedelta(days=1)},
        {"first": TODAY - dt.timedelta(days=3660), "last": TODAY},
    ],
)
def test_a_trend_of_something_else_is_refused(wanted: Json) -> None:
    with pytest.raises(InvalidQuery):
        TrendWanted(**wanted)


def test_a_window_may_have_3660_days(store: Store, ada: Caller) -> None:
    wanted = TrendWanted(first=TODAY - dt.timedelta(days=3659), last=TODAY)
    assert service(store).trend(ada, wanted).window == 3660


@pytest.mark.parametrize(
    "wrong",
    [
        {"source_app": ""},
        {"source_app": "x" * 129},
        {"device_id": ""},
        {"tz": "Europe/Nowhere"},
        {"tz": ""},
        {"records": []},
    ],
)
def test_a_batch_with_a_wrong_envelope_is_refused_as_a_whole(wrong: Json) -> None:
    given: Json = {"source_app": "x", "device_id": "y", "tz": "UTC", "records": [1]}
    with pytest.raises(InvalidInput):
        Batch(**(given | wrong))


@pytest.mark.parametrize("wrong", [{}, {"priority": -1}, {"display_name": "x" * 129}])
def test_a_change_of_a_source_has_its_rules(wrong: Json) -> None:
    with pytest.raises(InvalidInput):
        SourceChange(**wrong)


def test_a_page_of_long_records_is_shorter_and_tells_how_many_there_are(store: Store, ada: Caller) -> None:
    long = "x" * (MOST_PAYLOAD // 10)
    ingest(store, ada, [heart(f"h{n}", "2026-01-02T10:00:00Z", note=long) for n in range(12)])
    wearables = service(store)
    first = wearables.raw(ada, RawFilter(), Page(11))
    rest = wearables.raw(ada, RawFilter(), Page(11, len(first.items)))
    assert (len(first.items), first.total, len(rest.items), rest.total) == (10, 12, 2, 12)


def test_raw_records_are_shown_as_they_came_latest_start_first(store: Store, ada: Caller) -> None:
    told = [
        record("hr", "a", "2026-01-02T23:30:00Z", bpm=60, mood="good"),
        record("steps", "b", "2026-01-03T08:00:00+01:00", steps=1),
        record("weight", "c", "2026-01-01T08:00:00Z", kg=70),
    ]
    ingest(store, ada, told, tz="Europe/Berlin")
    ingest(store, ada, [heart("d", "2026-01-02T23:30:00Z")], "other", "UTC")

    def keys(wanted: RawFilter, page: Page) -> str:
        return "".join(row.dedupe_key for row in service(store).raw(ada, wanted, page).items)

    assert keys(RawFilter(), Page()) == "bdac"
    assert keys(RawFilter(), Page(2, 1)) == "da"
    assert keys(RawFilter(), Page(None, 1)) == "dac"
    assert keys(RawFilter(type="hr"), Page()) == keys(RawFilter(type="heart_rate"), Page()) == "da"
    assert keys(RawFilter(type="weight"), Page()) == "c"
    assert keys(RawFilter(type="nothing"), Page()) == ""
    assert keys(RawFilter(day=dt.date(2026, 1, 3)), Page()) == "ba"
    assert keys(RawFilter(day=dt.date(2026, 1, 2), type="hr"), Page()) == "d"
    row = service(store).raw(ada, RawFilter(type="hr"), Page(1, 1)).items[0]
    assert (row.type, row.status, row.payload) == ("hr", "processed", told[0])
    assert row.collected_at_utc == dt.datetime(2026, 1, 2, 23, 30, tzinfo=dt.UTC)
    assert row.received_at_utc == NOON


def test_reprocessing_tells_how_far_it_is_and_changes_nothing(store: Store, ada: Caller) -> None:
    ingest(store, ada, [heart(f"h{n}", f"2026-01-02T10:00:{n:02}Z") for n in range(60)], "one")
    ingest(store, ada, [LONG_NIGHT, stage("st", "2026-01-03T00:00:00Z", "2026-01-03T01:00:00Z", "z")], "two")
    before = everything(store, ada.user_id)
    assert [(one.done, one.total) for one in service(store).reprocess(ada.user_id)] == [(60, 62), (62, 62)]
    assert everything(store, ada.user_id) == before


def test_what_the_pipeline_could_not_do_before_it_does_when_it_runs_again(store: Store, ada: Caller) -> None:
    """As if a newer version understood what an older one had skipped."""
    ingest(store, ada, [heart("h", "2026-01-02T10:00:00Z", 60)])
    with store.write() as unit:
        (row,) = unit.wearables.raw_page(ada.user_id, RawFilter(), Page())
        unit.wearables.set_status(ada.user_id, {row.id: "skipped"})
        unit.wearables.remove_canonical(ada.user_id, [row.id])
    assert statuses(store, ada) == {"h": "skipped"}
    list(service(store).reprocess(ada.user_id))
    assert statuses(store, ada) == {"h": "processed"}
    assert day(store, ada, "2026-01-02").hr.avg == 60


def test_a_failing_pipeline_leaves_nothing_of_the_batch(
    store: Store, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(store, ada, [heart("h", "2026-01-02T10:00:00Z")])
    before = everything(store, ada.user_id), service(store).summary(ada)

    def fail(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("mosaic_core.wearables.etl.heart_day", fail)
    with pytest.raises(ArithmeticError):
        ingest(store, ada, [heart("h2", "2026-01-02T10:00:00Z")], "other")
    assert (everything(store, ada.user_id), service(store).summary(ada)) == before


def test_changes_leave_their_audit_rows(store: Store, ada: Caller) -> None:
    ingest(store, ada, [heart("k", "2026-01-02T10:00:00Z"), 1])
    source_id = ids(store, ada)["d0"]
    service(store).change_source(ada, source_id, SourceChange(priority=4))
    service(store).delete_source(ada, source_id)
    with store.read() as unit:
        events = unit.audit.page(AuditFilter(), Page())
    assert [event.event_type for event in events] == ["wearable.source", "wearable.source", "wearable.ingest"]
    assert {event.user_id for event in events} == {ada.user_id}
    assert events[2].context == {
        "source_app": APP,
        "device_id": "d0",
        "accepted": 1,
        "duplicates": 0,
        "errors": 1,
    }


def test_the_days_of_fitbit_users_are_the_sums_of_their_hours() -> None:
    """For 33 people and all their days, the day is the sum of its hours and the tracker's own total."""
    hourly, daily = DATA / "fitbit-hourly-steps.csv.gz", DATA / "fitbit-daily-steps.csv"
    if not (hourly.exists() and daily.exists()):
        pytest.skip(f"there is no {hourly} or no {daily}")
    told: defaultdict[str, list[tuple[dt.datetime, int]]] = defaultdict(list)
    with gzip.open(hourly, "rt", encoding="utf-8") as file:
        for row in DictReader(file):
            start = dt.datetime.strptime(row["ActivityHour"], "%m/%d/%Y %H:%M")  # noqa: DTZ007  # local time
            told[row["Id"]].append((start, int(row["StepTotal"])))
    with daily.open(encoding="utf-8") as file:
        own = {
            (row["Id"], _american(row["ActivityDate"])): int(row["TotalSteps"]) for row in DictReader(file)
        }
    store = MemoryStore()
    agreeing = 0
    for person, hours in told.items():
        caller = a_person(store, person)
        records = [
            steps(f"{start}", start.isoformat(), (start + dt.timedelta(hours=1)).isoformat(), count)
            for start, count in hours
        ]
        assert ingest(store, caller, records, tz="America/Chicago").etl.skipped == 0
        sums: defaultdict[dt.date, int] = defaultdict(int)
        for start, count in hours:
            sums[start.date()] += count
        for each, total in sums.items():
            shown = service(store).day(caller, each).steps
            assert shown == total
            agreeing += shown == own.get((person, each))
    assert sum(map(len, told.values())) == 22_099
    assert agreeing == 775


def _american(text: str) -> dt.date:
    month, number, year = map(int, text.split("/"))
    return dt.date(year, month, number)
