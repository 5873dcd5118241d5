"""Mosaic as a library: people by name, over any store, without a server."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

import mosaic_core
from mosaic_adapters.memory import MemoryStore
from mosaic_adapters.memory.store import MemoryUnit
from mosaic_adapters.sqlite import SqliteStore
from mosaic_core import (
    Batch,
    Every,
    InvalidInput,
    Mosaic,
    NotFound,
    Page,
    PauseChange,
    Person,
    Policy,
    TrendWanted,
)
from mosaic_core.accounts.model import Claims, Credentials
from mosaic_core.clock import SystemClock
from mosaic_core.errors import (
    Forbidden,
    InvalidCredentials,
    SerializationFailure,
    ServiceUnavailable,
    Unauthorized,
)
from mosaic_core.json_texts import decode
from support import TODAY, FixedClock, days_ago, rolled_back


@pytest.fixture
def mosaic() -> Iterator[Mosaic]:
    with Mosaic.over(MemoryStore(), clock=FixedClock()) as made:
        yield made


@pytest.fixture
def ada(mosaic: Mosaic) -> Person:
    return mosaic.person("ada", timezone="Europe/Berlin")


def test_a_person_logs_a_day_and_sees_it(ada: Person) -> None:
    assert ada.add("Running", 0.8, note="5 km").is_new
    assert not ada.add("running", 0.9).is_new
    assert [(row.name, row.value, row.note) for row in ada.today()] == [("Running", 0.9, "")]
    assert ada.progress().positive_vs_negative.positive == 1
    assert [entry.date for entry in ada.entries()] == [TODAY]


def test_a_person_sees_habits_and_pauses_them(ada: Person) -> None:
    running = ada.add_activity("Running", "Health").activity
    for ago in (1, 2, 4):
        ada.add("Running", 1, date=days_ago(ago))
    (item,) = ada.agenda().items
    assert (item.state, item.streak.current, item.streak.longest) == ("open", 2, 2)
    pause = ada.pause(days_ago(3), days_ago(3), activity_id=running.id, reason="Flu")
    assert ada.agenda().items[0].streak.current == 3
    changed = ada.change_pause(pause.id, PauseChange(to=None))
    assert (ada.pauses(), ada.agenda().items[0].state) == ([changed], "paused")
    told = ada.history(running.id, first=days_ago(4), last=TODAY)
    assert [one.state for one in told.days] == ["done", "paused", "done", "done", "paused"]
    ada.delete_pause(pause.id)
    assert ada.agenda(days_ago(1)).items[0].streak.current == 2


def test_a_person_is_found_again_by_name_in_any_case(mosaic: Mosaic, ada: Person) -> None:
    ada.add("Running", 1)
    assert mosaic.person("ADA").today() == ada.today()
    assert mosaic.person("ben").today() == []
    assert ada.caller.timezone == "Europe/Berlin"


def test_a_persons_time_zone_can_be_changed(mosaic: Mosaic, ada: Person) -> None:
    mosaic.person("ada", timezone="Pacific/Auckland")
    ada.add("Running", 1)
    assert [entry.date for entry in ada.entries()] == [TODAY + dt.timedelta(days=1)]


@pytest.mark.parametrize(("name", "timezone"), [("a", "UTC"), ("a b c", "UTC"), ("ada", "Nope")])
def test_a_name_or_zone_that_cannot_be_is_refused(mosaic: Mosaic, name: str, timezone: str) -> None:
    with pytest.raises(InvalidInput):
        mosaic.person(name, timezone=timezone)


def test_a_policy_with_an_unknown_zone_is_refused_where_it_is_made() -> None:
    with pytest.raises(InvalidInput):
        Policy(timezone="Nope")


def test_a_person_whose_account_is_gone_is_told_so(mosaic: Mosaic, ada: Person) -> None:
    mosaic.person("ben")
    ben = mosaic.person("cleo")
    mosaic.accounts.delete_named("cleo")
    with pytest.raises(NotFound):
        ben.add("Running")
    assert ada.today() == []


def test_activities_are_described_changed_and_put_away(ada: Person) -> None:
    assert ada.add_activity("Running", "Health", goal=2.0).is_new
    assert not ada.add_activity("running", "Sport", frequency_per_week=3).is_new
    (running,) = ada.activities()
    ada.change_activity(running.id, category="Outdoors", schedule=Every(days=2), unit="km")
    ada.deactivate(running.id)
    assert ada.activities() == []
    assert [one.category for one in ada.activities(inactive=True)] == ["Outdoors"]
    ada.activate(running.id)
    assert len(ada.activities()) == 1
    ada.deactivate(running.id)
    ada.delete_activity(running.id)
    assert ada.activities(inactive=True) == []


def test_a_persons_day_may_start_later_than_its_date(mosaic: Mosaic, ada: Person) -> None:
    clock = mosaic.clock
    assert isinstance(clock, FixedClock)
    clock.instant = dt.datetime(2024, 6, 2, 0, 59, tzinfo=dt.UTC)  # 2:59 in Berlin
    mosaic.person("ada", day_start="03:00")
    mosaic.person("ada", timezone="Europe/Berlin")
    ada.add("Running", 1)
    clock.advance(hours=1 / 60)
    ada.add("Running", 2)
    assert [(str(entry.date), entry.value) for entry in ada.entries()] == [
        ("2024-06-02", 2.0),
        ("2024-06-01", 1.0),
    ]
    with pytest.raises(InvalidInput, match="day_start must be a time from 00:00 to 12:00"):
        mosaic.person("ada", day_start="3")
    assert mosaic.person("eve", day_start="12:00").caller.day_start == "12:00"


def test_a_day_is_finalized_and_entries_are_deleted(ada: Person) -> None:
    ada.add_activity("Running", "Health")
    assert ada.finalize().created == 1
    (entry,) = ada.entries(activity="running", category="health", first=TODAY, last=TODAY)
    ada.delete_entry(entry.id)
    assert ada.entries() == []


def test_what_is_exported_is_everything(ada: Person) -> None:
    ada.add("Running", 1.5, note="rain")
    text = "".join(ada.export_csv())
    assert "Running,,1.5,rain" in text
    assert "activities," in text


def test_a_wearable_fills_the_day(ada: Person) -> None:
    record = '{"type": "steps", "start": "2024-06-01T08:00:00", "dedupe_key": "1", "fields": {"steps": 4000}}'
    report = ada.ingest(Batch(source_app="app", device_id="watch", tz="Europe/Berlin", records=[record]))
    assert report.accepted == 1
    assert ada.wearable_day().steps == 4000
    assert ada.trend(TrendWanted(metric="steps")).values[-1].value == 4000


def test_nobody_logs_in_where_there_are_no_passwords(mosaic: Mosaic, ada: Person) -> None:
    with pytest.raises(InvalidCredentials):
        mosaic.sessions.login(Credentials(username=ada.username, password=""))
    with pytest.raises(Unauthorized):
        mosaic.sessions.authenticate("token")
    tokens = mosaic.sessions.tokens
    claims = Claims(1, "ada", "ada", False, "csrf", 0, 1, "id")  # as a token has them
    for use in (tokens.new_id, lambda: tokens.issue(claims)):
        with pytest.raises(Forbidden):
            use()
    assert mosaic.sessions.passwords.hash("a password") == ""


def test_writes_inside_one_write_commit_together(mosaic: Mosaic, ada: Person) -> None:
    with rolled_back(mosaic.store):
        ada.add("Running", 1)
        assert len(ada.today()) == 1
    assert ada.today() == []


class Racing(MemoryStore):
    """Loses the race of the next writes, as often as a test says."""

    losses = 0

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        with super().write() as unit:
            yield unit
            if self.losses:
                self.losses -= 1
                raise SerializationFailure("Lost")


def test_a_use_case_that_loses_a_race_runs_again() -> None:
    store = Racing()
    with Mosaic.over(store, clock=FixedClock()) as mosaic:
        ada = mosaic.person("ada")
        store.losses = 3
        assert ada.add("Running", 1).is_new
        assert len(ada.entries()) == 1


def test_a_person_sees_what_another_process_wrote(tmp_path: Path) -> None:
    path = tmp_path / "mosaic.db"
    with Mosaic.over(SqliteStore(path)) as one, Mosaic.over(SqliteStore(path)) as other:
        ada = one.person("ada")
        assert ada.progress().current_streak == 0
        other.person("ada").add_activity("Running", "Health")
        other.person("ada").add("Running", 1)
        assert ada.progress().current_streak == 1
        assert len(ada.today()) == 1


def test_the_machines_clock_goes_forward() -> None:
    clock = SystemClock()
    times = [clock.monotonic() for _ in range(3)]
    clock.sleep(0.001)
    clock.sleep(-1)
    assert all(one <= two for one, two in pairwise([*times, clock.monotonic()]))
    assert clock.now().tzinfo is dt.UTC


@pytest.mark.parametrize("text", ["", "{", "NaN", "1e999", "[" * 100_000])
def test_json_without_finite_numbers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be JSON whose numbers are finite"):
        decode(text)


def test_json_is_read() -> None:
    assert decode('{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}


def test_all_that_the_front_door_names_is_there_and_documented() -> None:
    for name in mosaic_core.__all__:
        assert getattr(mosaic_core, name).__doc__


def test_a_person_does_not_act_for_whoever_takes_the_name_next(mosaic: Mosaic) -> None:
    mosaic.person("ada")
    ben = mosaic.person("ben")
    mosaic.accounts.delete_named("ben")
    other = mosaic.person("BEN")
    assert (other.username, mosaic.person("ben").username) == ("BEN", "BEN")
    with pytest.raises(NotFound):
        ben.add("Running", 1)
    assert other.entries() == []


def test_a_grouped_write_sums_up_a_day_when_that_is_asked_for_and_not_at_each_write(tmp_path: Path) -> None:
    for store in (MemoryStore(), SqliteStore(tmp_path / "mosaic.db")):
        with Mosaic.over(store, clock=FixedClock()) as mosaic:
            ada = mosaic.person("ada")
            with store.write() as unit:
                for number in range(3):
                    ada.add(f"Activity {number}", 1)
                assert unit.pending.mark().settled == 0
                assert ada.progress().activity_distribution[0].count == 3
                assert unit.pending.mark().settled == 3


def test_a_closed_mosaic_says_so(tmp_path: Path) -> None:
    for store in (MemoryStore(), SqliteStore(tmp_path / "mosaic.db")):
        with Mosaic.over(store) as mosaic:
            ada = mosaic.person("ada")
        with pytest.raises(ServiceUnavailable, match="closed"):
            ada.add("Running", 1)
        for read in (ada.today, ada.progress, ada.entries):
            with pytest.raises(ServiceUnavailable, match="closed"):
                read()


def test_a_write_in_memory_waits_for_others_no_longer_than_it_may() -> None:
    store = MemoryStore(busy_timeout=0.05)
    with store.write(), ThreadPoolExecutor(1) as other:
        waiting = other.submit(lambda: Mosaic.over(store).person("ada"))
        with pytest.raises(ServiceUnavailable, match="busy"):
            waiting.result()


NOON_TODAY = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("day", [NOON_TODAY, dt.date(1899, 12, 31), dt.date(2201, 1, 1)])
def test_a_day_that_no_entry_can_have_changes_nothing(day: dt.date) -> None:
    with Mosaic.over(MemoryStore()) as mosaic:
        ada = mosaic.person("ada")
        ada.add_activity("Running", "Health")
        for write in (lambda: ada.add("Running", 1, date=day), lambda: ada.finalize(day)):
            with pytest.raises(InvalidInput):
                write()
        assert ada.entries() == []


def test_a_time_where_a_date_belongs_is_refused_in_reading_too() -> None:
    with Mosaic.over(MemoryStore()) as mosaic:
        ada = mosaic.person("ada")
        for read in (ada.today, ada.progress, ada.wearable_day):
            with pytest.raises(InvalidInput):
                read(NOON_TODAY)
        with pytest.raises(InvalidInput):
            ada.entries(first=NOON_TODAY)


@pytest.mark.parametrize("page", [(-1, 0), (1, -1), (1, 2**63), (2**63, 0)])
def test_a_page_that_no_list_can_have_is_refused(page: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput):
        Page(*page)


def test_single_rows_are_read_and_entries_changed_in_part(ada: Person) -> None:
    written = ada.add("Running", 2.0, note="wet").entry
    assert ada.entry(written.id) == written
    assert ada.change_entry(written.id, note="dry").value == 2.0
    assert ada.entry(written.id).note == "dry"
    (running,) = ada.activities()
    assert ada.activity(running.id) == running
    with pytest.raises(NotFound):
        ada.entry(written.id + 1)


def test_a_typo_is_repaired_by_a_merge(ada: Person) -> None:
    ada.add("Running", 1.0)
    assert ada.add("Runing", 2.0).similar == "Running"
    ids = {one.name: one.id for one in ada.activities()}
    assert ada.merge(ids["Runing"], ids["Running"]).merged == 1
    assert [(row.activity, row.value) for row in ada.entries()] == [("Running", 3.0)]


def test_a_file_is_imported(ada: Person) -> None:
    summary = ada.import_csv(["date,activity,value\n", "2024-06-01,Running,1\n", "yesterday,Running,1\n"])
    assert (summary.created, summary.skipped) == (1, 1)
    assert [row.activity for row in ada.entries()] == ["Running"]
