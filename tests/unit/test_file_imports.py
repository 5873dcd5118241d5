"""Importing files of other trackers: what is written, and what stays."""

import datetime as dt
import io
import json
import pickle
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import BinaryIO

import pytest
from attrs import evolve

import tracker_files
from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.activities.model import Activity
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caller import Caller
from mosaic_core.entries.model import AddEntry, EntryChange, EntryFilter
from mosaic_core.errors import InvalidInput, InvalidState
from mosaic_core.imports import collecting, service
from mosaic_core.imports.model import (
    ActivityCells,
    FileActivity,
    FileEntry,
    FilePause,
    FileRecord,
    FileSkip,
    FileSummary,
    FileWanted,
    Item,
    Origin,
    RecordSkip,
)
from mosaic_core.imports.ports import Breathe, TrackerFiles
from mosaic_core.paging import Page
from mosaic_core.schedules import pauses as pauses_module
from mosaic_core.schedules.model import Daily
from mosaic_core.schedules.pauses import NewPause
from mosaic_core.testing import FixedClock
from support import AUDITOR, a_mosaic, registered
from support_imports import brought_in, entries, everything, pauses, read

RUN = FileActivity(1, "Run", ActivityCells(category="Sport", description="slow", unit="km", schedule=Daily()))
WATCH = Origin(source_app="Watch", device_id="w-1", tz="Europe/Berlin")


class Given(TrackerFiles):
    """Reads from any file what a test gives."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items

    @property
    def formats(self) -> Sequence[str]:
        return ("given",)

    def opened(
        self,
        stream: BinaryIO,  # noqa: ARG002  # as below: it is not read
        zone: str,  # noqa: ARG002
        wanted: str | None,  # noqa: ARG002
        breathe: Breathe,
    ) -> AbstractContextManager[tuple[str, Iterator[Item]]]:
        return self._opened(breathe)

    @contextmanager
    def _opened(self, breathe: Breathe) -> Iterator[tuple[str, Iterator[Item]]]:
        breathe()
        yield "given", iter(self.items)


@pytest.fixture
def mosaic() -> Mosaic:
    return a_mosaic()


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    return registered(mosaic, "ada")


def reading(mosaic: Mosaic, *items: Item) -> Mosaic:
    """Return the Mosaic with a reader that finds these items in every file."""
    return evolve(mosaic, files=evolve(mosaic.files, files=Given(items)))


def imported(mosaic: Mosaic, caller: Caller, *items: Item, **wanted: bool) -> FileSummary:
    return brought_in(reading(mosaic, *items), caller, b"", **wanted)


def entry(day: int = 1, value: float | None = 1.0, note: str | None = None, name: str = "Run") -> FileEntry:
    return FileEntry(day, tracker_files.after(day - 1), name, value, note)


def fates(summary: FileSummary) -> list[tuple[int, str]]:
    return [(one.row, one.status) for one in summary.details]


def test_a_new_activity_takes_all_that_the_file_says(mosaic: Mosaic, ada: Caller) -> None:
    summary = imported(mosaic, ada, RUN, entry(1, 2.5, "wet"))
    assert (summary.activities_created, summary.created) == (1, 1)
    with mosaic.store.read() as unit:
        (run,) = unit.activities.owned(ada.user_id)
        (found,) = unit.entries.named(ada.user_id, "run")
    assert (run.category, run.unit, run.schedule) == ("Sport", "km", Daily())
    assert (found.value, found.note, found.activity_category) == (2.5, "wet", "Sport")


def test_a_value_that_a_person_gave_stays_and_is_told(mosaic: Mosaic, ada: Caller) -> None:
    imported(mosaic, ada, RUN, entry(1), entry(2), entry(3))
    change(mosaic, ada, 2, value=7.0)
    summary = imported(mosaic, ada, RUN, entry(1), entry(2), entry(3), entry(4))
    assert (summary.created, summary.updated, summary.skipped) == (1, 0, 1)
    assert fates(summary) == [
        (1, "unchanged"),
        (1, "unchanged"),
        (2, "skipped"),
        (3, "unchanged"),
        (4, "created"),
    ]
    assert summary.details[2].reason == service.KEPT
    assert [value for _, _, value, _ in entries(mosaic, ada)] == [1.0, 7.0, 1.0, 1.0]


def change(
    mosaic: Mosaic, caller: Caller, day: int, *, value: float | None = None, note: str | None = None
) -> None:
    with mosaic.store.read() as unit:
        place = (tracker_files.after(day - 1), "run")
        entry_id = unit.entries.ids(caller.user_id, [place])[place]
    mosaic.entries.change(caller, entry_id, EntryChange(value=value, note=note))


def test_what_a_later_file_says_otherwise_than_an_earlier_one_is_taken(mosaic: Mosaic, ada: Caller) -> None:
    imported(mosaic, ada, RUN, entry(1), entry(2), entry(3, 4.0, "wet"))
    summary = imported(mosaic, ada, RUN, entry(1, 7.0), entry(2), entry(3, 4.0, "dry"))
    assert (summary.created, summary.updated, summary.skipped) == (0, 2, 0)
    assert entries(mosaic, ada) == [
        ("2024-01-01", "Run", 7.0, ""),
        ("2024-01-02", "Run", 1.0, ""),
        ("2024-01-03", "Run", 4.0, "dry"),
    ]


def test_entries_of_an_import_say_so_and_those_that_stay_are_still_a_persons(
    mosaic: Mosaic, ada: Caller
) -> None:
    mosaic.entries.add(ada, AddEntry(date=tracker_files.after(0), activity="Run", value=7.0))
    imported(mosaic, ada, RUN, entry(1), entry(2))
    with mosaic.store.read() as unit:
        found = unit.entries.named(ada.user_id, "run")
    assert [(one.value, one.origin) for one in found] == [(7.0, "person"), (1.0, "import")]


def test_an_import_that_overwrites_replaces_it(mosaic: Mosaic, ada: Caller) -> None:
    imported(mosaic, ada, RUN, entry(1), entry(2, note="wet"))
    change(mosaic, ada, 1, value=7.0)
    change(mosaic, ada, 2, note="dry")
    summary = imported(mosaic, ada, RUN, entry(1), entry(2, note="wet"), overwrite=True)
    assert (summary.created, summary.updated, summary.skipped) == (0, 2, 0)
    assert fates(summary) == [(1, "unchanged"), (1, "updated"), (2, "updated")]
    assert entries(mosaic, ada) == [("2024-01-01", "Run", 1.0, ""), ("2024-01-02", "Run", 1.0, "wet")]


def test_a_note_that_a_person_added_is_no_other_value_where_the_file_has_none(
    mosaic: Mosaic, ada: Caller
) -> None:
    imported(mosaic, ada, RUN, entry(1))
    change(mosaic, ada, 1, note="in the rain")
    summary = imported(mosaic, ada, RUN, entry(1), overwrite=True)
    assert (summary.updated, summary.skipped) == (0, 0)
    assert entries(mosaic, ada) == [("2024-01-01", "Run", 1.0, "in the rain")]


def test_a_day_whose_value_stays_is_summed_up_as_it_stays(mosaic: Mosaic, ada: Caller) -> None:
    today = mosaic.entries.today_of(ada)
    mosaic.entries.add(ada, AddEntry(date=today, activity="Run", value=0.0))
    said = FileEntry(1, today, "Run", 5.0)
    imported(mosaic, ada, FileActivity(1, "Run", ActivityCells(goal=1.0, frequency_per_day=1)), said)
    assert zeros(mosaic, ada, today) == 1
    imported(mosaic, ada, said, overwrite=True)
    assert zeros(mosaic, ada, today) == 0


def zeros(mosaic: Mosaic, caller: Caller, day: dt.date) -> int:
    """Return how many entries of the day are nothing, as it is summed up."""
    with mosaic.store.read() as unit:
        (summary,) = unit.summaries.summaries(caller.user_id, day, day)
    return sum(one.zero for one in summary.categories)


def test_entries_that_stay_take_the_names_and_snapshots_of_their_activities(
    mosaic: Mosaic, ada: Caller
) -> None:
    mosaic.entries.add(ada, AddEntry(date=tracker_files.after(0), activity="RUN", value=7.0))
    imported(mosaic, ada, RUN, entry(1))
    (found,) = mosaic.entries.page(ada, EntryFilter(), Page(None)).items
    assert (found.activity, found.value, found.activity_category) == ("RUN", 7.0, "Sport")


def test_a_known_activity_takes_only_what_it_lacks_unless_the_import_overwrites(
    mosaic: Mosaic, ada: Caller
) -> None:
    said = ActivityCells(category="Health", description="fast", active=0, goal=9.0, activity_type="negative")
    imported(mosaic, ada, FileActivity(1, "Run", ActivityCells(category="Sport")))
    summary = imported(mosaic, ada, FileActivity(1, "run", said))
    assert (summary.activities_created, summary.activities_updated) == (0, 1)
    assert fates(summary) == [(1, "updated")]
    (run,) = owned(mosaic, ada)
    assert (run.category, run.description, run.active, run.activity_type) == ("Sport", "fast", 1, "positive")
    summary = imported(mosaic, ada, FileActivity(1, "run", said), overwrite=True)
    assert summary.activities_updated == 1
    (run,) = owned(mosaic, ada)
    assert (run.category, run.active, run.activity_type, run.goal) == ("Health", 0, "negative", 0.0)


def owned(mosaic: Mosaic, caller: Caller) -> Sequence[Activity]:
    with mosaic.store.read() as unit:
        return list(unit.activities.owned(caller.user_id))


def test_shared_entries_are_taken_over_and_say_what_the_file_says(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.imports.write(None, mosaic.imports.read(["date,activity,value\n", "2024-01-01,Run,9\n"]))
    summary = imported(mosaic, ada, RUN, entry(1))
    assert summary.skipped == 0
    with mosaic.store.read() as unit:
        assert [one.value for one in unit.entries.named(ada.user_id, "run")] == [1.0]
        assert list(unit.entries.named(None, "run")) == []


def test_shared_entries_that_are_taken_over_are_told_and_counted_once(mosaic: Mosaic, ada: Caller) -> None:
    shared = ["date,activity,value\n", "2024-01-01,Run,9\n", "2024-01-02,Run,1\n"]
    mosaic.imports.write(None, mosaic.imports.read(shared))
    items = (RUN, entry(1), entry(2), entry(3))
    foretold = imported(mosaic, ada, *items, dry_run=True)
    summary = imported(mosaic, ada, *items)
    assert evolve(foretold, dry_run=False) == summary
    assert (summary.created, summary.updated, summary.skipped) == (1, 2, 0)
    assert fates(summary)[1:] == [(1, "updated"), (2, "updated"), (3, "created")]
    again = imported(mosaic, ada, *items)
    assert (again.created, again.updated, again.skipped) == (0, 0, 0)
    assert fates(again)[1:] == [(row, "unchanged") for row in (1, 2, 3)]


def test_days_in_a_row_become_one_pause_and_are_paused_once(mosaic: Mosaic, ada: Caller) -> None:
    days = [FilePause(row, tracker_files.after(at), "Run") for row, at in enumerate([5, 1, 2, 3, 3])]
    summary = imported(mosaic, ada, RUN, *days)
    assert summary.paused == 4
    assert pauses(mosaic, ada) == [("Run", "2024-01-02", "2024-01-04"), ("Run", "2024-01-06", "2024-01-06")]
    again = imported(mosaic, ada, RUN, *days, FilePause(9, tracker_files.after(9), "Run"))
    assert again.paused == 1
    assert fates(again)[1:] == [*((row, "unchanged") for row in range(5)), (9, "paused")]


def test_days_that_are_paused_otherwise_are_not_paused_again(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.pauses.add(ada, NewPause(from_=tracker_files.after(0), to=tracker_files.after(1)))
    imported(mosaic, ada, RUN)
    (run,) = owned(mosaic, ada)
    mosaic.pauses.add(ada, NewPause(from_=tracker_files.after(8), activity_id=run.id))
    days = [FilePause(at, tracker_files.after(at), "Run") for at in (0, 1, 5, 8, 100)]
    summary = imported(mosaic, ada, RUN, *days)
    assert summary.paused == 1
    unknown = imported(mosaic, ada, FilePause(1, tracker_files.after(0), "Nobody's"))
    assert (unknown.paused, fates(unknown)) == (0, [(1, "unchanged")])


def test_where_there_are_too_many_pauses_the_newest_are_made(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_core.imports.pausing.MOST_PAUSES", 2)
    days = [FilePause(at, tracker_files.after(at), "Run") for at in (0, 2, 4)]
    summary = imported(mosaic, ada, RUN, *days)
    assert (summary.paused, summary.skipped) == (2, 1)
    assert fates(summary) == [(1, "created"), (0, "skipped"), (2, "paused"), (4, "paused")]
    assert summary.details[1].reason == service.NO_ROOM_FOR_PAUSE
    assert pauses_module.MOST_PAUSES == 1_000


def test_more_days_to_be_paused_than_a_file_may_have_are_told(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MOST_PAUSED_DAYS", 2)
    days = [FilePause(at, tracker_files.after(at), "Run", "part") for at in range(3)]
    summary = imported(mosaic, ada, RUN, *days)
    assert (summary.paused, summary.skipped) == (2, 1)
    assert ("part", 2, "skipped") in [(one.part, one.row, one.status) for one in summary.details]


def record(key: str, minute: int = 0, origin: Origin = WATCH, **said: object) -> FileRecord:
    whole = {
        "type": "heart_rate",
        "start": f"2024-01-01T10:{minute:02}:00",
        "fields": {"bpm": 60},
        "dedupe_key": key,
        **said,
    }
    return FileRecord(minute, origin, json.dumps(whole), "Records")


def test_wearable_records_go_to_their_sources_and_are_taken_once(mosaic: Mosaic, ada: Caller) -> None:
    phone = Origin(source_app="Phone", device_id="p", tz="UTC")
    items = (
        record("a"),
        record("b", 1, phone),
        record("a"),
        RecordSkip(7, "3 of an unknown kind", 3, "Records"),
    )
    foretold = imported(mosaic, ada, *items, dry_run=True)
    assert mosaic.wearables.sources(ada) == []
    summary = imported(mosaic, ada, *items)
    assert evolve(foretold, dry_run=False) == summary
    assert (summary.accepted, summary.duplicates, summary.records_skipped) == (2, 1, 3)
    assert fates(summary) == [(7, "skipped")]
    assert {one.source_app for one in mosaic.wearables.sources(ada)} == {"Watch", "Phone"}
    again = imported(mosaic, ada, *items)
    assert (again.accepted, again.duplicates) == (0, 3)


@pytest.mark.parametrize("day", [dt.date(1899, 12, 31), dt.date(2201, 1, 1)])
def test_a_day_on_which_nothing_can_be_written_is_skipped_with_its_place(
    mosaic: Mosaic, ada: Caller, day: dt.date
) -> None:
    summary = imported(mosaic, ada, FileEntry(2, day, "Run", 1.0, part="Days"), entry(1))
    assert (summary.created, summary.skipped) == (1, 1)
    (told, _) = summary.details
    assert (told.row, told.date, told.activity, told.part) == (2, day.isoformat(), "Run", "Days")
    assert told.reason == "date must lie in the years 1900 to 2200"
    assert len(entries(mosaic, ada)) == 1


def test_records_that_are_none_are_told_with_their_places(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "_AT_ONCE", 2)
    items = [record(f"{minute}", minute) for minute in range(5)]
    items[1] = record("x", 1, start="never")
    items[4] = FileRecord(4, WATCH, "{", "Records")
    summary = imported(mosaic, ada, *items)
    assert (summary.accepted, summary.records_skipped) == (3, 2)
    assert [(one.part, one.row) for one in summary.details] == [("Records", 1), ("Records", 4)]


def test_records_that_cannot_be_processed_are_told_with_their_places_and_use_up_no_key(
    mosaic: Mosaic, ada: Caller
) -> None:
    fast, odd = record("b", 1, fields={"bpm": 400}), record("d", 3, fields={"bpm": -5})
    refused = [fast, record("c", 2, start="never"), odd]
    items = [record("a"), *refused]
    foretold = imported(mosaic, ada, *items, dry_run=True)
    summary = imported(mosaic, ada, *items)
    assert evolve(foretold, dry_run=False) == summary
    assert (summary.accepted, summary.duplicates, summary.records_skipped) == (1, 0, 3)
    assert [(one.part, one.row, one.status) for one in summary.details] == [
        ("Records", row, "skipped") for row in (1, 2, 3)
    ]
    assert summary.details[0].reason == "bpm must be a whole number from 1 to 300"
    mended = imported(mosaic, ada, record("a"), record("b", 1), record("d", 3))
    assert (mended.accepted, mended.duplicates, mended.records_skipped) == (2, 1, 0)


def test_a_file_of_more_sources_than_it_may_have_keeps_the_first(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MOST_SOURCES", 1)
    other = evolve(WATCH, device_id="w-2")
    summary = imported(mosaic, ada, record("a"), record("b", 1, other), record("c", 2))
    assert (summary.accepted, summary.records_skipped) == (2, 1)


def test_of_records_that_are_not_taken_the_first_are_told(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MOST_TOLD", 2)
    summary = imported(mosaic, ada, *(RecordSkip(row, "unknown") for row in range(5)))
    assert (summary.records_skipped, len(summary.details)) == (5, 2)


def test_skipped_rows_and_their_parts_are_told(mosaic: Mosaic, ada: Caller) -> None:
    summary = imported(mosaic, ada, RUN, FileSkip(7, "2024-01-01", "Run", "odd", "Days"), entry(1), entry(1))
    assert (summary.created, summary.skipped) == (1, 2)
    assert [(one.part, one.row, one.reason) for one in summary.details if one.status == "skipped"] == [
        ("Days", 7, "odd"),
        ("", 1, "duplicate_in_file"),
    ]


def test_a_file_with_more_rows_that_are_not_taken_than_can_be_told_is_refused_by_its_first(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_core.entries.importing.MOST_SKIPPED", 1)
    skips = [FileSkip(row, "", "", "odd", "Days") for row in (4, 5)]
    with pytest.raises(InvalidInput, match="row 4 of Days first"):
        imported(mosaic, ada, record("a"), *skips)
    monkeypatch.setattr("mosaic_core.entries.importing.MOST_ACTIVITIES", 1)
    with pytest.raises(InvalidInput, match="Row 2 of Habits: the file names more than 1 different"):
        imported(mosaic, ada, RUN, FileActivity(2, "Read", ActivityCells(), "Habits"))


def test_an_activity_beyond_those_that_there_may_be_is_skipped_with_its_place() -> None:
    mosaic = a_mosaic(max_activities=1)
    ada = registered(mosaic, "ada")
    summary = imported(mosaic, ada, RUN, FileActivity(2, "Read", ActivityCells(), "Habits"))
    assert [(one.part, one.row) for one in summary.details if one.status == "skipped"] == [("Habits", 2)]


def test_where_others_made_the_activities_meanwhile_nothing_is_written() -> None:
    mosaic = a_mosaic(max_activities=1)
    ada = registered(mosaic, "ada")
    with closing(read(reading(mosaic, RUN, entry(1)), ada, b"")) as file:
        mosaic.entries.add(ada, AddEntry(date=tracker_files.after(0), activity="Read"))
        before = everything(mosaic, ada)
        with pytest.raises(InvalidState):
            mosaic.files.write(ada, file)
    assert everything(mosaic, ada) == before


def test_an_import_is_audited_with_its_change_and_a_dry_run_is_not(mosaic: Mosaic, ada: Caller) -> None:
    other = reading(mosaic, RUN, entry(1))
    brought_in(other, ada, b"", dry_run=True)
    brought_in(other, ada, b"")
    other.files.refuse(ada, "odd", "C:\\loop.db")
    events = mosaic.audit.page(AUDITOR, AuditFilter(), Page(None)).items
    told = [(one.event_type, one.context) for one in events if one.event_type.startswith("import")]
    counts = {"created": 1, "updated": 0, "skipped": 0}
    assert told == [
        ("import.file_failed", {"filename": "loop.db", **dict.fromkeys(counts, 0)}),
        ("import.file", {"filename": "file", **counts, "format": "given", "accepted": 0}),
    ]


def test_a_file_that_was_read_moves_to_another_process(mosaic: Mosaic, ada: Caller) -> None:
    with closing(
        read(
            reading(mosaic, RUN, entry(1), record("a"), FilePause(1, tracker_files.after(5), "Run")), ada, b""
        )
    ) as file:
        assert file.amount == 3
        moved = pickle.loads(pickle.dumps(file))  # noqa: S301  # our own
    assert (moved.format, moved.rows.entries, len(moved.batches)) == ("given", 1, 1)


def test_whoever_fails_while_a_file_is_read_leaves_nothing_behind(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("mosaic_core.entries.importing.foresee", fail)
    with pytest.raises(RuntimeError):
        imported(mosaic, ada, RUN, record("a"))


def test_a_mosaic_without_readers_refuses_every_file() -> None:
    mosaic = Mosaic.over(MemoryStore(), clock=FixedClock())
    mosaic.person("ada")
    ada = mosaic.sessions.caller("ada")
    assert mosaic.files.formats == ()
    with pytest.raises(InvalidInput, match="No files of other trackers"):
        mosaic.files.read(ada, io.BytesIO(), FileWanted())


def test_the_formats_can_be_asked_for(mosaic: Mosaic) -> None:
    assert {"loop-db", "mosaic-json"} <= set(mosaic.files.formats)
