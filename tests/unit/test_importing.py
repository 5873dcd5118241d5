"""Bringing in entries and activities from a CSV file."""

import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import chain, repeat

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.activities.model import NEGATIVE, Activity
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caller import Caller
from mosaic_core.entries import importing
from mosaic_core.entries.csv import ActivityCells, CsvActivity, CsvRow, CsvSkip, csv_export
from mosaic_core.entries.importing import ImportDetail, ImportSummary
from mosaic_core.entries.model import IMPORT, PERSON, AddEntry, EntryFilter, ListedEntry
from mosaic_core.errors import InvalidInput
from mosaic_core.paging import Page
from mosaic_core.testing import strategies
from support import (
    AUDITOR,
    TODAY,
    FixedClock,
    a_mosaic,
    an_activity,
    an_entry,
    days_ago,
    registered,
)

ALL = Page(None)


def text(*lines: str) -> io.StringIO:
    return io.StringIO("\n".join(lines), newline="")


def bring_in(mosaic: Mosaic, caller: Caller | None, *lines: str) -> ImportSummary:
    return bring_in_file(mosaic, caller, text(*lines))


def bring_in_file(mosaic: Mosaic, caller: Caller | None, lines: Iterable[str]) -> ImportSummary:
    with closing(mosaic.imports.read(lines, caller)) as read:
        return mosaic.imports.write(caller, read)


def bring_in_rows(mosaic: Mosaic, caller: Caller | None, rows: Iterable[CsvRow]) -> ImportSummary:
    with closing(mosaic.imports.stage(rows, caller)) as read:
        return mosaic.imports.write(caller, read)


def activities(mosaic: Mosaic, owner: int | None) -> list[Activity]:
    with mosaic.store.read() as unit:
        return list(unit.activities.owned(owner))


def entries(mosaic: Mosaic, caller: Caller) -> list[ListedEntry]:
    return list(mosaic.entries.page(caller, EntryFilter(), ALL).items)


def test_rows_become_entries_and_their_activities(mosaic: Mosaic, ada: Caller) -> None:
    summary = bring_in(
        mosaic,
        ada,
        "date,activity,value,note,description,category,goal,frequency_per_day,frequency_per_week",
        "2024-06-01,Run,1.5,wet,slow,Sport,0.5,2,3",
        "31/05/2024,Read,,,,,,,",
    )
    assert summary == ImportSummary(
        created=2,
        updated=0,
        skipped=0,
        details=[
            ImportDetail(2, "2024-06-01", "Run", "created"),
            ImportDetail(3, "2024-05-31", "Read", "created"),
        ],
    )
    assert activities(mosaic, ada.user_id) == [
        an_activity(ada.user_id, "Read", id=2, category="", goal=0.0, frequency_per_week=1),
        an_activity(
            ada.user_id,
            "Run",
            id=1,
            category="Sport",
            goal=0.5,
            description="slow",
            frequency_per_day=2,
            frequency_per_week=3,
        ),
    ]
    with mosaic.store.read() as unit:
        assert unit.entries.get(1) == an_entry(
            ada.user_id,
            "Run",
            id=1,
            value=1.5,
            note="wet",
            description="slow",
            activity_category="Sport",
            activity_goal=0.5,
            origin=IMPORT,
        )


def test_every_row_has_its_fate_told(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.entries.add(ada, AddEntry(date=TODAY, activity="Run", value=9.0))
    summary = bring_in(
        mosaic,
        ada,
        "date,activity,value",
        "2024-06-01,RUN,1",
        "2024-06-01,run,2",
        "2024-02-30,Run,3",
        "2024-05-31,run,4",
    )
    assert (summary.created, summary.updated, summary.skipped) == (1, 1, 2)
    assert [(one.row, one.date, one.activity, one.status) for one in summary.details] == [
        (2, "2024-06-01", "RUN", "updated"),
        (3, "2024-06-01", "run", "skipped"),
        (4, "2024-02-30", "Run", "skipped"),
        (5, "2024-05-31", "run", "created"),
    ]
    assert [one.reason is None for one in summary.details] == [True, False, False, True]
    assert summary.details[1].reason == "duplicate_in_file"
    assert [(one.activity, one.value) for one in entries(mosaic, ada)] == [("Run", 1.0), ("Run", 4.0)]


def test_the_first_rows_that_are_taken_are_named_and_all_that_are_not(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_SHOWN", 1_000)

    def rows() -> Iterator[str]:
        yield "date,activity,value\n"
        for number in range(1_005):
            yield f"{TODAY - dt.timedelta(days=number)},Run,1\n"
            if number % 400 == 0:
                yield f"{TODAY},RUN,2\n"
        yield "never,Run,1\n"

    summary = bring_in_file(mosaic, ada, rows())
    assert (summary.created, summary.updated, summary.skipped) == (1_005, 0, 4)
    assert [one.row for one in summary.details if one.status == "skipped"] == [3, 404, 805, 1_010]
    taken = [one.row for one in summary.details if one.status == "created"]
    assert (len(taken), taken[-1]) == (1_000, 1_004)
    assert sorted(one.row for one in summary.details) == [one.row for one in summary.details]


def test_a_file_of_rows_that_cannot_be_taken_is_refused_as_a_whole(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_SKIPPED", 1_000)
    rows = chain(["date,activity,value\n", "2024-06-01,Run,1\n"], repeat("2024-06-02,Run,x\n", 1_001))
    with pytest.raises(InvalidInput) as caught:
        mosaic.imports.read(rows)
    assert caught.value.message == "More than 1000 rows cannot be taken, line 3 first"
    assert caught.value.details == {"row": 3, "reason": 'value must be a plain decimal number: "x"'}
    assert entries(mosaic, ada) == []


def test_a_file_that_names_too_many_activities_is_refused(
    mosaic: Mosaic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_ACTIVITIES", 100)
    rows = [f"2024-06-01,a{number}\n" for number in range(101)]
    with pytest.raises(InvalidInput) as caught:
        mosaic.imports.read(["date,activity\n", "2024-06-01,A1\n", *rows])
    assert caught.value.message == "Line 103: the file names more than 100 different activities"
    mosaic.imports.read(["date,activity\n", *rows[:-1]]).close()


def test_a_second_row_of_one_day_and_activity_is_skipped_and_says_nothing(
    mosaic: Mosaic, ada: Caller
) -> None:
    summary = bring_in(
        mosaic,
        ada,
        "date,activity,value,category",
        "2024-06-01,Straße,1,First",
        "01/06/2024, STRASSE ,2,Second",
        "2024-06-01,strasse,x,",
        "2024-06-01,strasse,3,",
        "2024-06-02,Straße,4,",
    )
    assert [(one.row, one.activity, one.reason) for one in summary.details if one.reason] == [
        (3, "STRASSE", "duplicate_in_file"),
        (4, "strasse", 'value must be a plain decimal number: "x"'),
        (5, "strasse", "duplicate_in_file"),
    ]
    assert [one.category for one in activities(mosaic, ada.user_id)] == ["First"]
    assert [one.value for one in entries(mosaic, ada)] == [4.0, 1.0]


def test_what_no_column_says_stays_as_it_is_and_is_0_or_empty_in_a_new_entry(
    mosaic: Mosaic, ada: Caller
) -> None:
    mosaic.entries.add(ada, AddEntry(date=TODAY, activity="Run", value=5.0, note="wet"))

    def kept() -> list[tuple[float, str]]:
        return [(one.value, one.note) for one in entries(mosaic, ada)]

    bring_in(mosaic, ada, "date,activity", "2024-06-01,run", "2024-05-31,Run")
    assert kept() == [(5.0, "wet"), (0.0, "")]
    bring_in(mosaic, ada, "date,activity,value", "2024-06-01,run,7", "2024-05-31,Run,8")
    assert kept() == [(7.0, "wet"), (8.0, "")]
    bring_in(mosaic, ada, "dataset,date,activity,note", "entries,2024-06-01,run,dry")
    assert kept() == [(7.0, "dry"), (8.0, "")]
    bring_in(mosaic, ada, "date,activity,value,note", "2024-06-01,run,,")
    assert kept() == [(0.0, ""), (8.0, "")]


def test_an_old_export_that_says_true_keeps_its_activities(mosaic: Mosaic, ada: Caller) -> None:
    header = "dataset,activity_id,name,category,activity_type,goal,activity_description,active"
    bring_in(
        mosaic, ada, header, "activities,1,On,A,positive,1,,True", "activities,2,Off,A,positive,1,,False"
    )
    assert {one.name: one.active for one in activities(mosaic, ada.user_id)} == {"On": 1, "Off": 0}


def test_an_import_is_noted(mosaic: Mosaic, ada: Caller) -> None:
    with closing(mosaic.imports.read(text("date,activity", "2024-06-01,Run", "never,Run"))) as read:
        mosaic.imports.write(ada, read, "C:\\days\\of/2024/May\n.csv" + "x" * 200)
    mosaic.imports.refuse(ada, "no header", "days.csv")
    mosaic.imports.refuse(None, "no header either")
    rows = mosaic.audit.page(AUDITOR, AuditFilter(), ALL).items[:3]
    nothing = {"created": 0, "updated": 0, "skipped": 0}
    assert [(one.event_type, one.user_id, one.level, one.message, dict(one.context)) for one in rows] == [
        ("import.csv_failed", None, "warning", "no header either", {"filename": "", **nothing}),
        ("import.csv_failed", ada.user_id, "warning", "no header", {"filename": "days.csv", **nothing}),
        (
            "import.csv",
            ada.user_id,
            "info",
            "CSV imported",
            {
                "filename": "May?.csv" + "x" * 111 + "\u2026",
                "created": 1,
                "updated": 0,
                "skipped": 1,
            },
        ),
    ]


def test_what_is_no_table_is_refused_when_it_is_read(mosaic: Mosaic) -> None:
    with pytest.raises(InvalidInput):
        mosaic.imports.read(text("nothing,of,use", "1,2,3"))


def test_a_known_activity_takes_the_cells_that_are_not_empty_and_its_entries_follow(
    mosaic: Mosaic, ada: Caller
) -> None:
    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(ada.user_id, "Run", description="slow", goal=5.0))
        unit.entries.add_many(
            [an_entry(ada.user_id, "run", days_ago(9), description="slow", activity_goal=5.0)]
        )
    bring_in(
        mosaic,
        ada,
        "date,activity,category,description,goal,frequency_per_day",
        "2024-06-01,RUN,Sport,,,2",
        "2024-05-31,run,,,,",
    )
    (after,) = activities(mosaic, ada.user_id)
    assert after == an_activity(
        ada.user_id, "Run", id=1, category="Sport", description="slow", goal=5.0, frequency_per_day=2
    )
    assert {
        (one.activity, one.activity_category, one.activity_goal, one.description)
        for one in entries(mosaic, ada)
    } == {("Run", "Sport", 5.0, "slow")}


def test_of_several_rows_the_last_word_on_each_field_counts(mosaic: Mosaic, ada: Caller) -> None:
    bring_in(
        mosaic,
        ada,
        "date,activity,category,goal",
        "2024-06-01,Run,First,1",
        "2024-05-31,RUN,Second,",
        "2024-05-30,run,,3",
        "2024-05-29,run,,3",
    )
    (after,) = activities(mosaic, ada.user_id)
    assert (after.name, after.category, after.goal) == ("Run", "Second", 3.0)


def test_a_new_activity_with_frequencies_and_no_goal_gets_what_they_amount_to(
    mosaic: Mosaic, ada: Caller
) -> None:
    bring_in(
        mosaic,
        ada,
        "date,activity,goal,frequency_per_day,frequency_per_week",
        "2024-06-01,both,,2,7",
        "2024-06-01,day,,3,",
        "2024-06-01,week,,,7",
        "2024-06-01,goal,0.25,2,7",
        "2024-06-01,none,,,",
    )
    assert {one.name: one.goal for one in activities(mosaic, ada.user_id)} == {
        "both": 2.0,
        "day": 3 / 7,
        "week": 1.0,
        "goal": 0.25,
        "none": 0.0,
    }


def test_an_inactive_activity_stays_inactive(mosaic: Mosaic, ada: Caller) -> None:
    off = an_activity(ada.user_id, "Run", active=0, deactivated_at=days_ago(5))
    with mosaic.store.write() as unit:
        unit.activities.add(off)
    bring_in(mosaic, ada, "date,activity,category", "2024-06-01,run,Sport")
    assert activities(mosaic, ada.user_id) == [evolve(off, id=1, category="Sport")]


def test_a_shared_activity_is_used_as_it_is_and_copied_where_a_row_says_otherwise(
    mosaic: Mosaic, ada: Caller
) -> None:
    shared = [an_activity(None, name, category="Shared", goal=3.0) for name in ("Water", "Wash")]
    with mosaic.store.write() as unit:
        for one in shared:
            unit.activities.add(one)
    bring_in(mosaic, ada, "date,activity,category", "2024-06-01,water,", "2024-06-01,wash,Own")
    assert activities(mosaic, ada.user_id) == [
        an_activity(ada.user_id, "Wash", id=3, category="Own", goal=3.0)
    ]
    assert [one.category for one in activities(mosaic, None)] == ["Shared", "Shared"]
    assert [(one.activity, one.activity_category, one.user_id) for one in entries(mosaic, ada)] == [
        ("Wash", "Own", ada.user_id),
        ("Water", "Shared", ada.user_id),
    ]


def test_without_a_caller_shared_rows_are_written(mosaic: Mosaic, ada: Caller) -> None:
    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(None, "Run"))
        unit.entries.add_many([an_entry(ada.user_id, "Run")])
    summary = bring_in(mosaic, None, "date,activity,category", "2024-06-01,run,Sport", "2024-06-01,Read,")
    assert (summary.created, summary.updated) == (2, 0)
    assert [(one.name, one.category) for one in activities(mosaic, None)] == [("Read", ""), ("Run", "Sport")]
    assert activities(mosaic, ada.user_id) == []
    assert [(one.activity, one.user_id) for one in entries(mosaic, ada)] == [
        ("Read", None),
        ("Run", ada.user_id),
        ("Run", None),
    ]


def test_rows_of_an_exports_activities_restore_type_goal_and_active_state(
    mosaic: Mosaic, ada: Caller
) -> None:
    with mosaic.store.write() as unit:
        for name in ("on", "off", "gone"):
            unit.activities.add(an_activity(ada.user_id, name))
        unit.activities.update(an_activity(ada.user_id, "on", id=1, active=0, deactivated_at=days_ago(3)))
    summary = bring_in_rows(
        mosaic,
        ada,
        [
            CsvActivity(2, "on", ActivityCells(active=1)),
            CsvActivity(3, "off", ActivityCells(active=0, deactivated_at=days_ago(2))),
            CsvActivity(4, "gone", ActivityCells(active=0)),
            CsvActivity(5, "Bad", ActivityCells(activity_type=NEGATIVE, goal=2.0)),
            CsvSkip(6, "", "x", "a reason"),
        ],
    )
    assert [(one.row, one.date, one.activity, one.status, one.reason) for one in summary.details] == [
        (2, "", "on", "restored", None),
        (3, "", "off", "restored", None),
        (4, "", "gone", "restored", None),
        (5, "", "Bad", "restored", None),
        (6, "", "x", "skipped", "a reason"),
    ]
    assert (summary.created, summary.updated, summary.skipped) == (0, 0, 1)
    assert {
        one.name: (one.active, one.deactivated_at, one.activity_type, one.goal)
        for one in activities(mosaic, ada.user_id)
    } == {
        "on": (1, None, "positive", 1.0),
        "off": (0, days_ago(2), "positive", 1.0),
        "gone": (0, TODAY, "positive", 1.0),
        "Bad": (1, None, NEGATIVE, 0.0),
    }


def test_the_day_of_a_deactivation_that_no_row_tells_is_the_callers_today(
    mosaic: Mosaic, clock: FixedClock, ada: Caller
) -> None:
    clock.instant = dt.datetime(2024, 6, 1, 23, 30, tzinfo=dt.UTC)
    rows = [CsvActivity(2, "Run", ActivityCells(active=0))]
    bring_in_rows(mosaic, evolve(ada, timezone="Asia/Tokyo"), rows)
    bring_in_rows(mosaic, None, rows)
    assert activities(mosaic, ada.user_id)[0].deactivated_at == dt.date(2024, 6, 2)
    assert activities(mosaic, None)[0].deactivated_at == TODAY


def test_an_import_that_fails_leaves_nothing(mosaic: Mosaic, ada: Caller) -> None:
    with suppress(KeyError), mosaic.store.write():
        bring_in(mosaic, ada, "date,activity,category", "2024-06-01,Run,Sport")
        raise KeyError
    assert (entries(mosaic, ada), activities(mosaic, ada.user_id)) == ([], [])


def test_an_import_of_nothing_is_no_error(mosaic: Mosaic, ada: Caller) -> None:
    assert bring_in_rows(mosaic, ada, []) == ImportSummary(0, 0, 0, [])


def test_todays_sheet_shows_an_import_at_once(mosaic: Mosaic, ada: Caller) -> None:
    def sheet() -> list[tuple[str, float | None]]:
        return [(row.name, row.value) for row in mosaic.entries.today(ada, TODAY, ALL)]

    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(None, "Water"))
        unit.entries.add_many([an_entry(None, "Water", value=5.0)])
    assert sheet() == [("Water", 5.0)]
    bring_in(mosaic, ada, "date,activity,value", "2024-06-01,Run,1")
    assert sheet() == [("Run", 1.0), ("Water", 5.0)]
    ben = registered(mosaic, "ben")
    bring_in(mosaic, ben, "date,activity,value", "2024-06-01,Water,1")
    assert sheet() == [("Run", 1.0), ("Water", None)]
    bring_in_rows(mosaic, ada, [CsvActivity(2, "Run", ActivityCells(active=0, deactivated_at=days_ago(1)))])
    assert sheet() == [("Water", None)]


names = st.sampled_from(["Run", "=sum", "'tis", "Straße", "+1", "a,b", 'say "x"', "-", "@x", "x\u2028y"])
texts = st.text(st.sampled_from("=+-@' a,\"é"), max_size=5)
own_activities = st.builds(
    an_activity,
    st.none(),
    names,
    category=st.sampled_from(["A", "=B", "b"]),
    description=st.sampled_from(["", "=1", "'x"]),
    goal=st.sampled_from([0.0, 0.1, 3.0]),
    active=st.just(1),
    frequency_per_day=st.integers(1, 3),
    frequency_per_week=st.integers(1, 7),
    schedule=st.none() | strategies.any_schedule,
    target=st.none() | strategies.any_target,
    unit=st.sampled_from(["", "km", "=1"]),
) | st.builds(
    an_activity,
    st.none(),
    names,
    activity_type=st.just(NEGATIVE),
    goal=st.just(0.0),
    active=st.just(0),
    deactivated_at=st.dates(days_ago(50), TODAY),
)
filled_days = st.lists(
    st.tuples(st.integers(0, 3), st.floats(allow_nan=False, allow_infinity=False), texts), max_size=3
)


@given(st.lists(st.tuples(own_activities, filled_days), max_size=4, unique_by=lambda one: one[0].name))
def test_an_export_imports_to_the_same_data(
    told: Sequence[tuple[Activity, list[tuple[int, float, str]]]],
) -> None:
    source, target = a_mosaic(), a_mosaic()
    one, other = registered(source, "Ada"), registered(target, "ben")
    with source.store.write() as unit:
        for activity, _ in told:
            unit.activities.add(evolve(activity, user_id=one.user_id))
    for activity, filled in told:
        for ago, value, note in filled:
            source.entries.add(
                one, AddEntry(date=days_ago(ago), activity=activity.name, value=value, note=note)
            )
    with source.exports.open(one, ALL) as export:
        exported = "".join(csv_export(export.entries, export.activities))
    bring_in_file(target, other, io.StringIO(exported, newline=""))
    assert _without_ids(target, other) == _without_ids(source, one)


def _without_ids(mosaic: Mosaic, caller: Caller) -> object:
    return (
        [evolve(one, id=0, user_id=0) for one in activities(mosaic, caller.user_id)],
        [evolve(one, id=0, user_id=0, origin=PERSON) for one in entries(mosaic, caller)],
    )


def test_an_export_does_not_bring_back_an_activity_that_was_deleted(mosaic: Mosaic, ada: Caller) -> None:
    for name in ("Gone", "Kept"):
        mosaic.entries.add(ada, AddEntry(date=TODAY, activity=name, value=1.0))
    with mosaic.store.write() as unit:
        unit.activities.delete(1)
    with mosaic.exports.open(ada, ALL) as export:
        exported = "".join(csv_export(export.entries, export.activities))
    ben = registered(mosaic, "ben")
    for caller in (ada, ben):
        bring_in_file(mosaic, caller, io.StringIO(exported, newline=""))
        assert [one.name for one in activities(mosaic, caller.user_id)] == ["Kept"]
        found = mosaic.entries.page(caller, EntryFilter(), ALL).items
        assert [one.activity for one in found if one.user_id == caller.user_id] == ["Gone", "Kept"]
