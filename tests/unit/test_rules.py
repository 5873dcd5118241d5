"""Rules: what a watch knows, nobody types."""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from mosaic_adapters.imports.reading import TrackerFileReaders
from mosaic_adapters.memory import MemoryStore
from mosaic_adapters.sqlite import SqliteStore
from mosaic_core import Mosaic, Person, RuleChange
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caching import CacheKey
from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.entries.merging import ADD, KEEP, REPLACE, Merged
from mosaic_core.entries.model import IMPORT, PERSON, RULE
from mosaic_core.errors import Conflict, InvalidInput, NotFound
from mosaic_core.paging import Page
from mosaic_core.rules.model import CHECK, METRICS, VALUE, NewRule
from mosaic_core.testing.contracts.keeping import KeepingCache
from mosaic_core.views import AGENDA, HISTORY, PROGRESS
from mosaic_core.views import TODAY as TODAY_VIEW
from mosaic_core.wearables.model import Batch, SourceChange
from support import TODAY, FixedClock, days_ago, rolled_back
from support_imports import brought_in
from wearable_records import Json, heart, sleep, steps

WALK = "Walking"

Told = list[tuple[int, float, str]]
"""Of each entry how many days ago it is, its value and its origin, the newest first."""


@pytest.fixture(params=["memory", "sqlite"])
def mosaic(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mosaic]:
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "mosaic.db")
    with Mosaic.over(store, cache=KeepingCache(), clock=FixedClock()) as made:
        yield made


@pytest.fixture
def ada(mosaic: Mosaic) -> Person:
    person = mosaic.person("Ada")
    person.add_activity(WALK, "Health")
    return person


def ingest(person: Person, *records: Json, device: str = "watch", tz: str = "UTC") -> None:
    texts = [json.dumps(one) for one in records]
    person.ingest(Batch(source_app="App", device_id=device, tz=tz, records=texts))


def walk(person: Person, count: int, ago: int = 0, hour: int = 8, **given: str) -> None:
    """Tell of steps during an hour of a day."""
    day = days_ago(ago)
    key = f"{given.get('device')} {day} {hour} {count}"
    ingest(person, steps(key, f"{day}T{hour:02}:00:00", f"{day}T{hour + 1:02}:00:00", count), **given)


def told(person: Person, activity: str = WALK) -> Told:
    rows = person.entries(activity=activity)
    return [((TODAY - row.date).days, row.value, row.origin) for row in rows]


def sources(mosaic: Mosaic, person: Person) -> dict[str, int]:
    return {one.device_id: one.id for one in mosaic.wearables.sources(person.caller)}


def entry_id(person: Person, ago: int = 0, activity: str = WALK) -> int:
    (row,) = person.entries(activity=activity, first=days_ago(ago), last=days_ago(ago))
    return row.id


def test_the_days_that_records_touch_get_the_metric_as_their_value(ada: Person) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    walk(ada, 900, 2)
    walk(ada, 4000)
    walk(ada, 5000, hour=12)
    assert told(ada) == [(0, 9000.0, RULE), (2, 900.0, RULE)]
    (row,) = ada.today()
    assert (row.value, row.note) == (9000.0, "")


def test_a_check_tells_whether_the_metric_was_high_enough(ada: Person) -> None:
    ada.fill(WALK, "steps", at_least=8000, first=days_ago(9))
    walk(ada, 7999)
    walk(ada, 8000, 1)
    assert told(ada) == [(0, 0.0, RULE), (1, 1.0, RULE)]
    walk(ada, 1, hour=20)
    assert told(ada) == [(0, 1.0, RULE), (1, 1.0, RULE)]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("steps", 300.0),
        ("distance_meters", 120.5),
        ("calories", 40.0),
        ("sleep_minutes", 450.0),
        ("hr_avg", 62.5),
        ("resting_heart_rate", 60.0),
        ("hrv_rmssd_ms", 41.5),
    ],
)
def test_every_metric_fills_the_days_that_have_it(ada: Person, metric: str, value: float) -> None:
    ada.fill(WALK, metric, first=days_ago(9))
    day, before = TODAY.isoformat(), days_ago(1).isoformat()
    ingest(
        ada,
        steps("steps", f"{day}T08:00:00Z", f"{day}T09:00:00Z", 300, distance_m=120.5, calories=40),
        sleep("night", f"{before}T22:30:00Z", f"{day}T06:00:00Z"),
        heart("one", f"{day}T10:00:00Z", 60, variability_ms=41.5),
        heart("two", f"{day}T11:00:00Z", 65),
    )
    assert told(ada) == [(0, value, RULE)]


def test_the_metrics_are_those_of_the_contract(ada: Person) -> None:
    assert list(METRICS) == [
        "steps", "distance_meters", "calories", "sleep_minutes", "hr_avg", "resting_heart_rate",
        "hrv_rmssd_ms",
    ]  # fmt: skip
    ada.fill(WALK, "hrv_rmssd_ms", first=days_ago(9))
    walk(ada, 100)
    ingest(
        ada, heart("beat", f"{days_ago(1)}T10:00:00Z"), sleep("night", "2024-05-30T20:00", "2024-05-31T06:00")
    )
    assert told(ada) == []


def test_a_rule_begins_with_the_persons_today_if_nothing_else_is_said(mosaic: Mosaic) -> None:
    early = mosaic.person("Kiri", timezone="Pacific/Kiritimati")  # where it is tomorrow already
    early.add_activity(WALK, "Health")
    for ago in (-2, -1, 0):
        walk(early, 100, ago)
    assert early.fill(WALK, "steps").rule.from_ == days_ago(-1)
    assert told(early) == [(-2, 100.0, RULE), (-1, 100.0, RULE)]


def test_days_from_the_first_on_are_filled_at_once_and_none_before_it(ada: Person) -> None:
    for ago in range(5):
        walk(ada, 100 + ago, ago)
    ada.fill("walking", "steps", first=days_ago(2))
    assert told(ada) == [(0, 100.0, RULE), (1, 101.0, RULE), (2, 102.0, RULE)]
    walk(ada, 5, 3, hour=20)
    assert len(told(ada)) == 3


def test_a_rule_takes_no_day_on_which_nothing_can_be_written(ada: Person) -> None:
    ingest(ada, steps("first", "1900-01-01T00:30:00Z"), tz="America/New_York")
    ingest(ada, steps("last", "2200-12-31T23:30:00Z"), steps("then", "2200-12-31T01:00:00Z"), tz="Asia/Tokyo")
    rule = ada.fill(WALK, "steps", first=FIRST_DAY).rule
    assert [row.date for row in ada.entries()] == [LAST_DAY]
    ingest(ada, steps("later", "2200-12-31T23:40:00Z"), tz="Asia/Tokyo")
    assert [row.date for row in ada.entries()] == [LAST_DAY]
    assert rule.from_ == FIRST_DAY


def test_a_changed_rank_and_a_deleted_source_change_what_is_there(mosaic: Mosaic, ada: Person) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    walk(ada, 1000, device="watch")
    walk(ada, 3000, device="phone")
    walk(ada, 500, 1, device="phone")
    assert told(ada) == [(0, 1000.0, RULE), (1, 500.0, RULE)]
    ids = sources(mosaic, ada)
    mosaic.wearables.change_source(ada.caller, ids["phone"], SourceChange(priority=0))
    assert told(ada) == [(0, 3000.0, RULE), (1, 500.0, RULE)]
    mosaic.wearables.delete_source(ada.caller, ids["phone"])
    assert told(ada) == [(0, 1000.0, RULE)]


def test_records_that_are_processed_again_fill_their_days(mosaic: Mosaic, ada: Person) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    walk(ada, 1000)
    with mosaic.store.write() as unit:
        unit.entries.delete(entry_id(ada))
    list(mosaic.wearables.reprocess(ada.user_id))
    assert told(ada) == [(0, 1000.0, RULE)]


def test_a_large_batch_fills_its_days_part_by_part(mosaic: Mosaic, ada: Person) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    day = TODAY.isoformat()
    texts = [json.dumps(steps(f"{n}", f"{day}T{n // 60:02}:{n % 60:02}:00Z", count=2)) for n in range(1200)]
    batch = Batch(source_app="App", device_id="watch", tz="UTC", records=texts)
    caller = ada.caller
    with closing(mosaic.wearables.stage(batch, texts)) as staged:
        while part := staged.next_part():
            staged.took(mosaic.wearables.ingest_part(caller, staged, part))
    assert told(ada) == [(0, 2400.0, RULE)]


def test_what_a_person_said_stays_and_the_rules_entry_comes_back_when_it_is_deleted(ada: Person) -> None:
    ada.add(WALK, 3, date=days_ago(1), note="mine")
    ada.fill(WALK, "steps", first=days_ago(9))
    walk(ada, 1000, 1)
    walk(ada, 2000)
    ada.add(WALK, 7)
    walk(ada, 50, 1, hour=20)
    walk(ada, 60, hour=20)
    assert told(ada) == [(0, 7.0, PERSON), (1, 3.0, PERSON)]
    ada.delete_entry(entry_id(ada, 1))
    ada.delete_entry(entry_id(ada))
    assert told(ada) == [(0, 2060.0, RULE), (1, 1050.0, RULE)]


def test_a_rules_entry_that_is_deleted_is_there_again_and_no_other_activitys(
    ada: Person,
) -> None:
    ada.fill(WALK, "steps")
    walk(ada, 1000)
    before = entry_id(ada)
    ada.delete_entry(before)
    assert told(ada) == [(0, 1000.0, RULE)]
    assert entry_id(ada) > before
    ada.add("Reading", 1)
    ada.delete_entry(entry_id(ada, activity="Reading"))
    assert [row.activity for row in ada.entries()] == [WALK]


def test_what_a_person_changes_of_a_rules_entry_is_the_persons(ada: Person) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    for ago in range(3):
        walk(ada, 1000, ago)
    assert ada.change_entry(entry_id(ada), note="far").origin == PERSON
    ada.change_entry(entry_id(ada, 1), value=5)
    ada.change_entry(entry_id(ada, 2), date=days_ago(4))
    for ago in range(3):
        walk(ada, 1, ago, hour=20)
    assert told(ada) == [(0, 1000.0, PERSON), (1, 5.0, PERSON), (2, 1001.0, RULE), (4, 1000.0, PERSON)]


def test_what_is_imported_stays_and_what_is_finalized_is_the_persons(ada: Person) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    walk(ada, 1000)
    walk(ada, 700, 2)
    ada.finalize(days_ago(1))
    ada.import_csv(io.StringIO(f"date,activity,value\n{TODAY},walking,5\n{days_ago(2)},walking,700\n"))
    walk(ada, 30, hour=20)
    walk(ada, 30, 1)
    assert told(ada) == [(0, 5.0, IMPORT), (1, 0.0, PERSON), (2, 700.0, IMPORT)]
    ada.delete_entry(entry_id(ada))
    assert told(ada)[0] == (0, 1030.0, RULE)


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_a_file_says_of_a_rules_entry_stays_even_if_it_says_the_same(
    mosaic: Mosaic, ada: Person, *, overwrite: bool
) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    walk(ada, 700)
    mosaic = evolve(mosaic, files=evolve(mosaic.files, files=TrackerFileReaders()))
    file = f"date,activity,value\n{TODAY},walking,700\n".encode()
    first, again = (brought_in(mosaic, ada.caller, file, overwrite=overwrite) for _ in range(2))
    assert [(one.updated, one.skipped) for one in (first, again)] == [(1, 0), (0, 0)]
    assert [one.details[0].status for one in (first, again)] == ["updated", "unchanged"]
    mosaic.wearables.delete_source(ada.caller, sources(mosaic, ada)["watch"])
    assert told(ada) == [(0, 700.0, IMPORT)]


def test_the_entries_of_a_deleted_rule_are_the_persons(ada: Person) -> None:
    rule = ada.fill(WALK, "steps", first=days_ago(9)).rule
    walk(ada, 1000)
    ada.delete_rule(rule.id)
    assert ada.rules() == []
    walk(ada, 1, hour=20)
    walk(ada, 500, 1)
    assert told(ada) == [(0, 1000.0, PERSON)]
    ada.fill(WALK, "calories", first=days_ago(9))
    assert told(ada) == [(0, 1000.0, PERSON)]
    with pytest.raises(NotFound):
        ada.delete_rule(rule.id)


def test_a_disabled_rule_leaves_what_there_is_until_it_is_enabled(ada: Person) -> None:
    rule = ada.fill(WALK, "steps", first=days_ago(9)).rule
    walk(ada, 1000)
    walk(ada, 700, 1)
    assert not ada.change_rule(rule.id, RuleChange(enabled=False)).rule.enabled
    walk(ada, 1, hour=20)
    ada.delete_entry(entry_id(ada, 1))
    ada.change_rule(rule.id, RuleChange(fill=CHECK, at_least=900))
    assert told(ada) == [(0, 1000.0, RULE)]
    ada.change_rule(rule.id, RuleChange(enabled=True))
    assert told(ada) == [(0, 1.0, RULE), (1, 0.0, RULE)]


def test_a_changed_rule_fills_its_days_anew(ada: Person) -> None:
    rule = ada.fill(WALK, "steps", first=days_ago(2)).rule
    for ago in range(4):
        walk(ada, 1000 + ago, ago)
    ada.add(WALK, 5, date=days_ago(1))
    with pytest.raises(InvalidInput, match="at_least is needed"):
        ada.change_rule(rule.id, RuleChange(fill=CHECK))
    ada.change_rule(rule.id, RuleChange(fill=CHECK, at_least=1001))
    assert told(ada) == [(0, 0.0, RULE), (1, 5.0, PERSON), (2, 1.0, RULE)]
    ada.change_rule(rule.id, RuleChange(from_=days_ago(3)))
    assert told(ada) == [(0, 0.0, RULE), (1, 5.0, PERSON), (2, 1.0, RULE), (3, 1.0, RULE)]
    after = ada.change_rule(rule.id, RuleChange(from_=TODAY, fill=VALUE))
    assert told(ada) == [(0, 1000.0, RULE), (1, 5.0, PERSON)]
    assert [after] == ada.rules()


def test_an_activity_has_one_rule_and_a_rule_one_of_its_persons_activities(
    mosaic: Mosaic, ada: Person
) -> None:
    first = ada.fill(WALK, "steps")
    with pytest.raises(Conflict, match="has a rule"):
        ada.fill("WALKING", "calories")
    ada.add_activity("Shared", "Health", shared=True)
    for name in ("Shared", "Nothing"):
        with pytest.raises(NotFound, match=name):
            ada.fill(name, "steps")
    assert ada.rules() == [first]
    ben = mosaic.person("ben")
    with pytest.raises(NotFound):
        ben.fill(WALK, "steps")
    with pytest.raises(NotFound):
        ben.change_rule(first.rule.id, RuleChange(enabled=False))
    assert ben.rules() == []


@pytest.mark.parametrize(
    "said",
    [
        {"metric": "floors"}, {"fill": "sum"}, {"fill": "check"}, {"activity": ""}, {"at_least": -1.0},
        {"at_least": float("inf")}, {"from_": dt.date(1899, 12, 31)},
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        NewRule(**{"activity": WALK, "metric": "steps", "fill": "value", **said})


def test_rules_come_by_the_names_of_their_activities(ada: Person) -> None:
    ada.add_activity("Sleeping", "Health")
    ada.add_activity("beating", "Health")
    for name, metric in (("Sleeping", "sleep_minutes"), (WALK, "steps"), ("beating", "hr_avg")):
        ada.fill(name, metric)
    assert [one.activity for one in ada.rules()] == ["beating", "Sleeping", WALK]


def test_a_renamed_activity_takes_its_rule_along(ada: Person) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    walk(ada, 1000)
    (activity,) = ada.activities()
    ada.change_activity(activity.id, name="Hiking", category="Sport")
    walk(ada, 500, hour=20)
    walk(ada, 70, 1)
    assert told(ada, "Hiking") == [(0, 1500.0, RULE), (1, 70.0, RULE)]
    assert {row.activity_category for row in ada.entries()} == {"Sport"}
    assert [one.activity for one in ada.rules()] == ["Hiking"]


def test_a_deleted_activity_takes_its_rule_along_and_leaves_its_entries_to_the_person(ada: Person) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    walk(ada, 1000)
    (activity,) = ada.activities()
    ada.deactivate(activity.id)
    walk(ada, 500, hour=20)
    ada.delete_activity(activity.id)
    walk(ada, 1, hour=21)
    assert (told(ada), ada.rules()) == ([(0, 1500.0, PERSON)], [])
    reading = ada.add_activity("Reading", "Head").activity
    ada.deactivate(reading.id)
    ada.delete_activity(reading.id)


def merged(person: Person, source: str, target: str, on_conflict: str = ADD) -> Merged:
    ids = {one.name: one.id for one in person.activities()}
    return person.merge(ids[source], ids[target], on_conflict)


@pytest.mark.parametrize(
    ("on_conflict", "today", "before"),
    [
        (ADD, (0, 1003.0, PERSON), (1, 9.0, PERSON)),
        (KEEP, (0, 3.0, PERSON), (1, 4.0, PERSON)),
        (REPLACE, (0, 1000.0, RULE), (1, 5.0, IMPORT)),
    ],
)
def test_a_rule_moves_to_what_its_activity_is_merged_into(
    ada: Person, on_conflict: str, today: tuple[int, float, str], before: tuple[int, float, str]
) -> None:
    ada.fill(WALK, "steps", first=days_ago(9))
    for ago in range(3):
        walk(ada, 1000, ago)
    ada.import_csv(io.StringIO(f"date,activity,value\n{days_ago(1)},{WALK},5\n"))
    ada.add_activity("Hiking", "Health")
    ada.add("Hiking", 3)
    ada.add("Hiking", 4, date=days_ago(1))
    assert merged(ada, WALK, "Hiking", on_conflict) == Merged(1, 2)
    assert told(ada, "Hiking") == [today, before, (2, 1000.0, RULE)]
    assert [one.activity for one in ada.rules()] == ["Hiking"]
    walk(ada, 500, 2, hour=20)
    assert told(ada, "Hiking") == [today, before, (2, 1500.0, RULE)]


@pytest.mark.parametrize("on_conflict", [ADD, KEEP, REPLACE])
def test_of_two_rules_that_of_the_target_stays(ada: Person, on_conflict: str) -> None:
    walk(ada, 1000)
    walk(ada, 900, 3)
    ada.fill(WALK, "steps", first=days_ago(9))
    ada.add_activity("Hiking", "Health")
    kept = ada.fill("Hiking", "steps", first=days_ago(1))
    assert merged(ada, WALK, "Hiking", on_conflict) == Merged(1, 1)
    assert told(ada, "Hiking") == [(0, 1000.0, RULE), (3, 900.0, PERSON)]
    assert ada.rules() == [kept]
    walk(ada, 1, hour=20)
    assert told(ada, "Hiking") == [(0, 1001.0, RULE), (3, 900.0, PERSON)]


def test_values_of_one_origin_add_up_to_one_of_that_origin(ada: Person) -> None:
    ada.add_activity("Hiking", "Health")
    ada.import_csv(io.StringIO(f"date,activity,value\n{TODAY},{WALK},5\n{TODAY},Hiking,6\n"))
    merged(ada, WALK, "Hiking")
    assert told(ada, "Hiking") == [(0, 11.0, IMPORT)]


def test_merging_activities_without_a_rule_leaves_that_of_the_target(ada: Person) -> None:
    ada.add_activity("Hiking", "Health")
    ada.fill("Hiking", "steps", first=days_ago(9))
    walk(ada, 1000)
    walk(ada, 700, 1)
    ada.add(WALK, 5)
    merged(ada, WALK, "Hiking")
    assert told(ada, "Hiking") == [(0, 1005.0, PERSON), (1, 700.0, RULE)]


def test_everything_that_is_told_sees_it_at_once(mosaic: Mosaic, ada: Person) -> None:
    (activity,) = ada.activities()
    ada.fill(WALK, "steps", at_least=800, first=days_ago(40))
    caller = ada.caller
    for ago in (3, 2, 1):
        walk(ada, 1000, ago)
    mosaic.agenda.keeper.keep(caller, days_ago(1))

    def seen() -> list[object]:
        (item,) = ada.agenda().items
        states = [one.state for one in ada.history(activity.id, first=days_ago(3), last=TODAY).days]
        return [item.streak.current, item.origin, states, ada.progress().current_streak]

    assert seen() == [3, None, ["done", "done", "done", "open"], 3]
    walk(ada, 1000)
    assert seen() == [4, RULE, ["done"] * 4, 4]
    mosaic.wearables.delete_source(caller, sources(mosaic, ada)["watch"])
    assert seen() == [0, None, [None] * 4, 0]
    walk(ada, 100, 2)
    walk(ada, 1000, 1)
    assert seen() == [1, None, [None, "missed", "done", "open"], 1]


@pytest.mark.parametrize(
    "change",
    [
        lambda person, _: walk(person, 500, hour=20),
        lambda person, _: person.delete_entry(entry_id(person)),
        lambda person, rule_id: person.change_rule(rule_id, RuleChange(at_least=5000, fill=CHECK)),
        lambda person, rule_id: person.delete_rule(rule_id),
    ],
    ids=["records", "deletion", "change", "deleted rule"],
)
def test_cached_views_forget_what_rules_change(
    mosaic: Mosaic, ada: Person, change: Callable[[Person, int], object]
) -> None:
    rule_id = ada.fill(WALK, "steps").rule.id
    walk(ada, 1000)

    def seen(value: str) -> list[str]:
        keys = [CacheKey(view, ada.caller.scope) for view in (TODAY_VIEW, PROGRESS, AGENDA, HISTORY)]
        return [mosaic.views.get(key, 60, lambda: value) for key in keys]

    assert seen("before") == seen("still") == ["before"] * 4
    change(ada, rule_id)
    assert seen("after") == ["after"] * 4


def test_records_that_change_nothing_of_an_entry_leave_it_alone(mosaic: Mosaic, ada: Person) -> None:
    ada.fill(WALK, "steps", at_least=800)
    walk(ada, 1000)
    with mosaic.store.read() as unit:
        before = unit.entries.on(ada.user_id, TODAY)
    walk(ada, 1000, hour=20)
    with mosaic.store.read() as unit:
        assert unit.entries.on(ada.user_id, TODAY) == before


def test_what_fails_fills_nothing(mosaic: Mosaic, ada: Person) -> None:
    ada.fill(WALK, "steps")
    with rolled_back(mosaic.store):
        walk(ada, 1000)
        assert told(ada) == [(0, 1000.0, RULE)]
    assert (told(ada), ada.wearable_day().steps) == ([], 0)


def test_changes_of_rules_are_audited(mosaic: Mosaic, ada: Person) -> None:
    rule = ada.fill(WALK, "steps").rule
    ada.change_rule(rule.id, RuleChange(enabled=False))
    ada.delete_rule(rule.id)
    with mosaic.store.read() as unit:
        events = [one for one in unit.audit.page(AuditFilter(), Page(None)) if "rule." in one.event_type]
    context = {
        "rule_id": rule.id,
        "activity_id": rule.activity_id,
        "activity": WALK,
        "metric": "steps",
        "fill": VALUE,
        "at_least": None,
        "from": TODAY.isoformat(),
    }
    assert [(one.event_type, one.user_id, dict(one.context)) for one in events[::-1]] == [
        ("rule.create", ada.user_id, {**context, "enabled": True}),
        ("rule.update", ada.user_id, {**context, "enabled": False}),
        ("rule.delete", ada.user_id, {**context, "enabled": False}),
    ]
