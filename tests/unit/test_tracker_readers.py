"""What the files of other trackers become."""

import pytest

import tracker_files
from mosaic_core.activities.model import Activity
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidInput
from mosaic_core.schedules.model import AtLeast, AtMost, Daily, Every, Times, Weekdays
from support import a_mosaic, registered
from support_imports import brought_in, entries, everything, pauses
from tracker_files import FILES, Tables


@pytest.fixture
def mosaic() -> Mosaic:
    return a_mosaic()


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    return registered(mosaic, "ada")


def activity(mosaic: Mosaic, caller: Caller, name: str) -> Activity:
    with mosaic.store.read() as unit:
        found = unit.activities.find(caller.user_id, name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_each_layout_is_recognised_by_its_content(mosaic: Mosaic, ada: Caller, name: str) -> None:
    format_, write = FILES[name]
    summary = brought_in(mosaic, ada, write())
    assert (summary.format, summary.dry_run) == (format_, False)
    assert summary.created + summary.accepted > 0
    assert summary.activities_created > 0 or summary.created == 0


@pytest.mark.parametrize("name", FILES)
def test_the_same_file_again_changes_nothing(mosaic: Mosaic, ada: Caller, name: str) -> None:
    content = FILES[name][1]()
    brought_in(mosaic, ada, content)
    before = everything(mosaic, ada)
    again = brought_in(mosaic, ada, content)
    assert (again.created, again.updated, again.paused) == (0, 0, 0)
    assert (again.activities_created, again.activities_updated, again.accepted) == (0, 0, 0)
    assert everything(mosaic, ada) == before
    overwriting = brought_in(mosaic, ada, content, overwrite=True)
    assert (overwriting.created, overwriting.updated, overwriting.activities_updated) == (0, 0, 0)
    assert everything(mosaic, ada) == before


@pytest.mark.parametrize("name", FILES)
def test_a_dry_run_says_what_the_import_then_does_and_changes_nothing(
    mosaic: Mosaic, ada: Caller, name: str
) -> None:
    content = FILES[name][1]()
    before = everything(mosaic, ada)
    foretold = brought_in(mosaic, ada, content, dry_run=True)
    assert everything(mosaic, ada) == before
    done = brought_in(mosaic, ada, content)
    assert foretold.dry_run
    assert _without_dry_run(foretold) == _without_dry_run(done)


def _without_dry_run(summary: object) -> dict[str, object]:
    from attrs import asdict  # noqa: PLC0415

    return {name: value for name, value in asdict(summary).items() if name != "dry_run"}  # type: ignore[arg-type]


def test_loops_backup_becomes_habits_values_and_pauses(mosaic: Mosaic, ada: Caller) -> None:
    brought_in(mosaic, ada, tracker_files.loop_db())
    assert entries(mosaic, ada) == [
        ("2024-01-01", "Read", 1.0, ""),
        ("2024-01-01", "Run", 1.0, "in the rain"),
        ("2024-01-01", "Sugar", 0.0, ""),
        ("2024-01-01", "Water", 1.5, ""),
        ("2024-01-02", "Run", 0.0, ""),
    ]
    assert pauses(mosaic, ada) == [("Run", "2024-01-04", "2024-01-05")]
    run, water = activity(mosaic, ada, "Run"), activity(mosaic, ada, "Water")
    assert (run.schedule, run.target, run.unit) == (Times(times=3, per="week"), None, "")
    assert (run.description, run.active) == ("Did you run?", 1)
    assert (water.schedule, water.target, water.unit) == (Daily(), AtLeast(value=2.5), "l")
    assert (water.description, water.goal) == ("from the tap", 2.5)
    assert activity(mosaic, ada, "Read").schedule == Times(times=10, per="month")
    assert activity(mosaic, ada, "Read").active == 0
    assert activity(mosaic, ada, "Sugar").target == AtMost(value=20.0)


def test_in_an_old_backup_of_loops_each_row_is_a_day_that_was_done(mosaic: Mosaic, ada: Caller) -> None:
    brought_in(mosaic, ada, tracker_files.old_loop_db())
    assert entries(mosaic, ada) == [("2024-01-01", "Read", 1.0, ""), ("2024-01-01", "Run", 1.0, "")]


@pytest.mark.parametrize(
    ("num", "den", "schedule"),
    [
        (1, 1, Daily()),
        (7, 7, Daily()),
        (2, 7, Times(times=2, per="week")),
        (4, 31, Times(times=4, per="month")),
        (29, 30, Times(times=29, per=30)),
        (1, 3, Every(days=3)),
        (2, 9, Times(times=2, per=9)),
        (None, None, Daily()),
    ],
)
def test_a_frequency_of_loops_becomes_a_schedule(
    mosaic: Mosaic, ada: Caller, num: int | None, den: int | None, schedule: object
) -> None:
    habit = (1, 0, 3, "", den, num, "Run", 0, "", 0, 0, 0.0, "", "aa")
    brought_in(mosaic, ada, tracker_files.loop_db([habit], []))
    assert activity(mosaic, ada, "Run").schedule == schedule


@pytest.mark.parametrize(("num", "den"), [(0, 7), (1, 1000), ("often", 7)])
def test_a_habit_whose_frequency_cannot_be_kept_comes_without_one_and_is_told(
    mosaic: Mosaic, ada: Caller, num: object, den: int
) -> None:
    habit = (1, 0, 3, "", den, num, "Run", 0, "", 0, 0, 0.0, "", "aa")
    summary = brought_in(mosaic, ada, tracker_files.loop_db([habit], tracker_files.LOOP_DAYS[:1]))
    assert activity(mosaic, ada, "Run").schedule is None
    assert [(one.part, one.row) for one in summary.details if one.status == "skipped"] == [("Habits", 1)]
    assert summary.created == 1


def test_rows_of_loops_that_are_damaged_or_foreign_are_told_with_their_places(
    mosaic: Mosaic, ada: Caller
) -> None:
    damaged = (
        (1, 1, milliseconds_of_tomorrow(), 7, ""),
        (2, 99, milliseconds_of_tomorrow(), 2, ""),
        (3, 1, "yesterday", 2, ""),
        (4, 1, 1e30, 2, ""),
        (5, 1, -(10**14), 2, ""),
        (6, 1, milliseconds_of_tomorrow(), -1, "a note alone"),
        (7, 1, milliseconds_of_tomorrow(), -1, ""),
    )
    habits = (*tracker_files.LOOP_HABITS[:1], (8, 0, 0, "", 1, 1, None, 9, "", 0, 0, 0, "", ""))
    target = (9, 0, 0, "", 1, 1, "Steps", 9, "", 1, 0, -5, "", "")
    content = tracker_files.loop_db((*habits, target), damaged)
    summary = brought_in(mosaic, ada, content)
    skipped = [(one.part, one.row) for one in summary.details if one.status == "skipped"]
    assert skipped == [("Habits", 2), ("Habits", 3), *(("Repetitions", row) for row in range(1, 7))]
    assert entries(mosaic, ada) == []


def milliseconds_of_tomorrow() -> int:
    return tracker_files.milliseconds(tracker_files.after(1))


@pytest.mark.parametrize("layout", ["loop-csv", "loop-csv without folders"])
def test_loops_csv_after_its_backup_gives_no_second_entry(mosaic: Mosaic, ada: Caller, layout: str) -> None:
    brought_in(mosaic, ada, tracker_files.loop_db())
    before = everything(mosaic, ada)
    summary = brought_in(mosaic, ada, FILES[layout][1]())
    assert (summary.created, summary.updated, summary.skipped, summary.paused) == (0, 0, 0, 0)
    assert (summary.activities_created, summary.activities_updated) == (0, 0)
    assert everything(mosaic, ada) == before


def test_loops_csv_alone_says_the_same_as_its_backup(mosaic: Mosaic, ada: Caller) -> None:
    ben = registered(mosaic, "ben")
    brought_in(mosaic, ada, tracker_files.loop_db())
    brought_in(mosaic, ben, tracker_files.loop_csv())
    assert entries(mosaic, ben) == entries(mosaic, ada)
    assert pauses(mosaic, ben) == pauses(mosaic, ada)
    for name in ("Run", "Water", "Read", "Sugar"):
        hers, his = activity(mosaic, ada, name), activity(mosaic, ben, name)
        assert (his.schedule, his.target, his.unit) == (hers.schedule, hers.target, hers.unit)
        assert (his.description, his.active, his.goal) == (hers.description, hers.active, hers.goal)


def test_the_older_csv_of_loops_has_numbers_and_no_header(mosaic: Mosaic, ada: Caller) -> None:
    brought_in(mosaic, ada, tracker_files.old_loop_csv())
    assert entries(mosaic, ada) == [("2024-01-01", "Run", 1.0, ""), ("2024-01-02", "Run", 0.0, "")]
    assert pauses(mosaic, ada) == [("Run", "2024-01-04", "2024-01-04")]
    assert activity(mosaic, ada, "Run").schedule == Times(times=3, per="week")


def test_a_csv_of_loops_is_found_in_a_folder_and_tells_what_it_does_not_know(
    mosaic: Mosaic, ada: Caller
) -> None:
    content = tracker_files.archive(
        {
            "Loop 2024/Habits.csv": "Name,Type,FrequencyNumerator\n"
            "Run/Walk,YES_NO,\nWater,NUMERICAL,x\n,,\n ,YES_NO,\n",
            "Loop 2024/007 RunWalk/Checkmarks.csv": "Date,Value\n2024-01-01,YES_MANUAL\nnever,NO\n",
            "Loop 2024/009 Old/Checkmarks.csv": "2024-01-01,2\n",
            "Loop 2024/Checkmarks.csv": "Date,Water,Other,\n2024-01-02,1.5,2,\n2024-01-03\n",
            "Other/001 Else/Checkmarks.csv": "2024-01-01,2\n",
        }
    )
    summary = brought_in(mosaic, ada, content)
    assert entries(mosaic, ada) == [("2024-01-01", "Run/Walk", 1.0, ""), ("2024-01-02", "Water", 1.5, "")]
    skipped = [(one.part, one.row) for one in summary.details if one.status == "skipped"]
    assert skipped == [
        ("Loop 2024/Habits.csv", 3),
        ("Loop 2024/Habits.csv", 5),
        ("Loop 2024/007 RunWalk/Checkmarks.csv", 3),
        ("Loop 2024/009 Old/Checkmarks.csv", 1),
        ("Loop 2024/Checkmarks.csv", 1),
    ]


def test_an_archive_without_a_list_of_habits_is_none_of_loops(mosaic: Mosaic, ada: Caller) -> None:
    with pytest.raises(InvalidInput, match=r"no Habits\.csv"):
        brought_in(mosaic, ada, tracker_files.archive({"Checkmarks.csv": "x"}), format="loop-csv")


def test_habitbulls_values_notes_and_skips(mosaic: Mosaic, ada: Caller) -> None:
    brought_in(mosaic, ada, tracker_files.iso_habitbull())
    assert entries(mosaic, ada) == [
        ("2024-01-01", "Floss", 1.0, ""),
        ("2024-01-01", "Push-ups", 20.0, "well, yes"),
    ]
    assert pauses(mosaic, ada) == [("Push-ups", "2024-01-02", "2024-01-02")]
    found = activity(mosaic, ada, "Push-ups")
    assert (found.category, found.description) == ("Sport", "on the floor")


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        (("11/5/2020", "1/2/2020"), ["2020-01-02", "2020-11-05"]),
        (("11/5/2020", "11/16/2020"), ["2020-11-05", "2020-11-16"]),
        (("11/5/2020", "16/11/2020"), ["2020-05-11", "2020-11-16"]),
        (("2020-5-11", "16/11/2020 08:00"), ["2020-05-11", "2020-11-16"]),
    ],
)
def test_habitbulls_dates_are_month_first_unless_that_cannot_be(
    mosaic: Mosaic, ada: Caller, dates: tuple[str, ...], days: list[str]
) -> None:
    brought_in(mosaic, ada, tracker_files.habitbull(*dates))
    assert [one[0] for one in entries(mosaic, ada)] == days


def test_habitbulls_dates_that_cannot_be_of_one_reading_are_told_and_nothing_is_changed(
    mosaic: Mosaic, ada: Caller
) -> None:
    with pytest.raises(InvalidInput, match="on line 3 the day comes first, on line 4 the month"):
        brought_in(mosaic, ada, tracker_files.habitbull("1/2/2020", "16/11/2020", "11/16/2020"))
    assert entries(mosaic, ada) == []


def test_habitbulls_rows_that_are_damaged_are_told(mosaic: Mosaic, ada: Caller) -> None:
    content = tracker_files.table(
        [
            tracker_files.HABITBULL_HEADER,
            ("Run", "", "", "13/13/2020", 1, ""),
            ("Run", "", "", "2020-02-30", 1, ""),
            ("Run", "", "", "2020-02-20", "many", ""),
            ("Run", "", "", "2020-02-20"),
            ("", "", "", "2020-02-20", 1, ""),
        ],
        ";",
    )
    summary = brought_in(mosaic, ada, content.encode())
    assert [one.row for one in summary.details if one.status == "skipped"] == [2, 3, 4, 5, 6]


def test_several_ticks_of_a_day_are_their_number(mosaic: Mosaic, ada: Caller) -> None:
    brought_in(mosaic, ada, tracker_files.tickmate_db())
    assert entries(mosaic, ada) == [
        ("2024-01-01", "Coffee", 2.0, ""),
        ("2024-01-02", "Yoga", 1.0, ""),
        ("2024-12-31", "Coffee", 1.0, ""),
    ]
    assert (activity(mosaic, ada, "Coffee").active, activity(mosaic, ada, "Yoga").active) == (1, 0)
    assert activity(mosaic, ada, "Coffee").description == "a cup"


def test_ticks_that_are_damaged_or_foreign_are_told(mosaic: Mosaic, ada: Caller) -> None:
    content = tracker_files.database(
        {
            "tracks": ("_id, name", [(1, "Coffee"), (2, "")]),
            "ticks": ("_track_id, year, month, day", [(1, 2024, 12, 1), (3, 2024, 1, 1), (1, 2024, 0.5, 1)]),
        }
    )
    summary = brought_in(mosaic, ada, content)
    assert [(one.part, one.row) for one in summary.details if one.status == "skipped"] == [
        ("tracks", 2),
        ("ticks", 2),
        ("ticks", 1),
        ("ticks", 3),
    ]


def test_rewires_habits_check_ins_and_skips(mosaic: Mosaic, ada: Caller) -> None:
    brought_in(mosaic, ada, tracker_files.rewire_db())
    assert entries(mosaic, ada) == [
        ("2024-01-01", "Run", 1.0, "hot"),
        ("2024-01-01", "Water", 9.0, ""),
        ("2024-01-02", "Run", 0.0, ""),
        ("2024-01-02", "Water", 3.0, ""),
        ("2024-01-03", "Water", 8.0, ""),
    ]
    assert pauses(mosaic, ada) == [("Run", "2024-01-03", "2024-01-03")]
    assert activity(mosaic, ada, "Run").schedule == Weekdays(days=("mon", "wed", "sun"))
    water = activity(mosaic, ada, "Water")
    assert (water.schedule, water.target) == (Times(times=3, per="week"), AtLeast(value=8.0))
    assert (water.unit, water.active) == ("glasses", 0)
    assert activity(mosaic, ada, "Bins").schedule == Every(days=14)
    assert activity(mosaic, ada, "Taxes").schedule == Times(times=2, per=365)


@pytest.mark.parametrize(
    ("told", "schedule"),
    [
        ((None, "", 0, 0, 0), None),
        ((0, "0,1,2,3,4,5,6", 0, 0, 0), Daily()),
        ((1, "", 9, 0, 0), Daily()),
        ((1, "", 4, 1, 0), Times(times=4, per="month")),
        ((2, "", 0, 0, 1), Daily()),
        ((0, "7", 0, 0, 0), None),
        ((0, "", 0, 0, 0), None),
        ((1, "", 4, 9, 0), None),
        ((2, "", 0, 0, 0), None),
        ((9, "", 0, 0, 0), None),
    ],
)
def test_a_schedule_of_rewires(
    mosaic: Mosaic, ada: Caller, told: tuple[object, ...], schedule: object
) -> None:
    habits = [(1, "Run", 0, *told, "km", -1 if told == (9, "", 0, 0, 0) else None)]
    columns = "_id, Name, archived, schedule, active_days, days, period, repeating_count, unit, target_count"
    checkins = [(1, "2024-01-01", 2), (1, "20240101", 4), (2, "20240101", 2)]
    tables: Tables = {"Habits": (columns, habits), "CHECKINS": ("Habit_id, date, type", checkins)}
    summary = brought_in(mosaic, ada, tracker_files.database(tables))
    assert activity(mosaic, ada, "Run").schedule == schedule
    skipped = [(one.part, one.row) for one in summary.details if one.status == "skipped"]
    assert skipped[-3:] == [("CHECKINS", 1), ("CHECKINS", 2), ("CHECKINS", 3)]


def test_rewires_target_below_zero_and_nameless_habits_are_told(mosaic: Mosaic, ada: Caller) -> None:
    columns = "_id, Name, target_count"
    tables: Tables = {
        "Habits": (columns, [(1, "Run", -1), (2, None, 1), (3, "Walk", "0.0")]),
        "CHECKINS": ("Habit_id, date, type", []),
        "UNIT": ("id", []),
    }
    summary = brought_in(mosaic, ada, tracker_files.database(tables))
    assert [(one.part, one.row) for one in summary.details if one.status == "skipped"] == [
        ("Habits", 1),
        ("Habits", 2),
    ]


def test_beaver_habits_become_activities_and_their_days(mosaic: Mosaic, ada: Caller) -> None:
    brought_in(mosaic, ada, tracker_files.beaverhabits())
    assert entries(mosaic, ada) == [
        ("2024-01-01", "Piano", 1.0, "scales"),
        ("2024-01-01", "Smoke", 1.0, ""),
        ("2024-01-02", "Piano", 0.0, ""),
    ]
    piano = activity(mosaic, ada, "Piano")
    assert (piano.schedule, piano.active) == (Times(times=3, per="week"), 1)
    assert activity(mosaic, ada, "Smoke").active == 0


@pytest.mark.parametrize(
    ("period", "schedule"),
    [
        ("{}", Daily()),
        ('{"period_type": "D", "period_count": 3}', Every(days=3)),
        ('{"period_type": "W", "period_count": 2, "target_count": 3}', Times(times=3, per=14)),
        ('{"period_type": "M", "target_count": 4}', Times(times=4, per="month")),
        ('{"period_type": "Y", "target_count": 4}', Times(times=4, per=365)),
        ('{"period_type": "X"}', None),
        ('{"period_count": 0}', None),
        ("7", None),
        ("null", None),
    ],
)
def test_a_period_of_beaver_habits(mosaic: Mosaic, ada: Caller, period: str, schedule: object) -> None:
    brought_in(mosaic, ada, b'{"habits": [{"name": "Piano", "period": %s, "records": []}]}' % period.encode())
    assert activity(mosaic, ada, "Piano").schedule == schedule


def test_what_beaver_habits_do_not_say_rightly_is_told(mosaic: Mosaic, ada: Caller) -> None:
    summary = brought_in(
        mosaic,
        ada,
        b"""{"order": [], "habits": [7, {"name": " "}, {"name": "Old", "status": "soft_delete"},
            {"name": "Odd", "records": 7},
            {"name": "Piano", "records": [7, {"day": "never", "done": true}, {"day": "2024-01-01", "done": 1},
             {"day": "2024-01-02", "done": null}, {"day": "2024-01-03", "text": "ill"}]}]}""",
    )
    assert [(one.part, one.row) for one in summary.details if one.status == "skipped"] == [
        ("habits", 1),
        ("habits", 2),
        ("habits", 3),
        ("habits", 4),
        ("habits 5", 1),
        ("habits 5", 2),
        ("habits 5", 3),
    ]
    assert entries(mosaic, ada) == [("2024-01-03", "Piano", 0.0, "ill")]


def test_habiticas_history_has_dailies_as_done_and_habits_as_often_as_they_were(
    mosaic: Mosaic, ada: Caller
) -> None:
    summary = brought_in(mosaic, ada, tracker_files.habitica_csv())
    assert entries(mosaic, ada) == [
        ("2024-01-01", "Bed", 1.0, ""),
        ("2024-01-01", "Stairs", 2.0, ""),
        ("2024-01-02", "Bed", 1.0, ""),
    ]
    assert [(one.row, one.activity) for one in summary.details if one.status == "skipped"] == [
        (6, "Buy milk")
    ]


def test_habiticas_rows_that_are_damaged_are_told(mosaic: Mosaic, ada: Caller) -> None:
    content = b"Task Name,Task Type,Date\nBed,daily,never\n,daily,2024-01-01\nBed,daily,2024-01-01\n"
    summary = brought_in(mosaic, ada, content)
    assert [one.row for one in summary.details if one.status == "skipped"] == [2, 3]
    assert len(entries(mosaic, ada)) == 1


def test_habiticas_user_data_has_schedules_and_what_was_missed(mosaic: Mosaic, ada: Caller) -> None:
    summary = brought_in(mosaic, ada, tracker_files.habitica_json())
    assert entries(mosaic, ada) == [
        ("2024-01-01", "Bed", 1.0, ""),
        ("2024-01-01", "Stairs", 2.0, ""),
        ("2024-01-01", "Sweets", 3.0, ""),
        ("2024-01-02", "Bed", 0.0, ""),
        ("2024-01-02", "Stairs", 1.0, ""),
    ]
    bed = activity(mosaic, ada, "Bed")
    assert (bed.schedule, bed.description) == (Weekdays(days=("mon", "wed")), "before ten")
    assert activity(mosaic, ada, "Plants").schedule == Every(days=3)
    assert activity(mosaic, ada, "Sweets").activity_type == "negative"
    assert [one.part for one in summary.details if one.status == "skipped"] == ["todos"]


def test_a_sum_that_is_no_number_is_told_and_the_other_days_are_taken(mosaic: Mosaic, ada: Caller) -> None:
    summary = brought_in(
        mosaic,
        ada,
        b"""{"tasks": {"habits": [{"text": "Up", "history": [{"date": "2024-01-01", "scoredUp": 1e308},
            {"date": "2024-01-01", "scoredUp": 1e308}, {"date": "2024-01-02", "scoredUp": 2}]}]}}""",
    )
    (told,) = [one for one in summary.details if one.status == "skipped"]
    assert (told.part, told.row, told.date, told.activity) == ("habits 1", 1, "2024-01-01", "Up")
    assert told.reason == "value must be a finite number"
    assert entries(mosaic, ada) == [("2024-01-02", "Up", 2.0, "")]


@pytest.mark.parametrize(
    "period", ['{"period_type": "D", "period_count": 1, "target_count": 1e308}', '{"period_count": 1e308}']
)
def test_a_whole_number_that_no_float_tells_from_others_is_told(
    mosaic: Mosaic, ada: Caller, period: str
) -> None:
    content = f'{{"habits": [{{"name": "Run", "period": {period}, "records": []}}]}}'.encode()
    (told,) = [one for one in brought_in(mosaic, ada, content).details if one.status == "skipped"]
    assert str(told.reason).endswith('must be a whole number: "1e+308"')


HALF = b"q\\ud800"


@pytest.mark.parametrize(
    "content",
    [
        b'{"entries": [{"entry_id": 1, "date": "%s", "activity": "%s", "value": []}], "activities": []}',
        b'{"tasks": {"%s": [{"text": "%s"}]}}',
        b'{"buckets": {"%s": {"type": "currentwindow", "events": [7]}}}',
    ],
)
def test_half_a_character_in_what_is_told_of_a_row_is_a_question_mark(
    mosaic: Mosaic, ada: Caller, content: bytes
) -> None:
    (told,) = brought_in(mosaic, ada, content.replace(b"%s", HALF)).details
    assert "q?" in {told.date, told.activity, told.part}
    assert f"{told}".isprintable()


def test_habiticas_tasks_that_are_damaged_are_told(mosaic: Mosaic, ada: Caller) -> None:
    summary = brought_in(
        mosaic,
        ada,
        b"""{"tasks": {"todos": [{"text": 7}], "dailys": [7, {"text": ""}, {"text": "Odd", "history": 7},
            {"text": "Rare", "frequency": "monthly"}, {"text": "All", "frequency": "daily"},
            {"text": "None", "repeat": {}}, {"text": "Week", "repeat":
             {"m": 1, "t": 1, "w": 1, "th": 1, "f": 1, "s": 1, "su": 1}},
            {"text": "Bad", "everyX": "x", "history":
             [7, {"date": 1e300}, {"date": "2024-01-01T10:00:00Z"}, {"date": []}]}],
            "habits": [{"text": "Up", "history": [{"date": 0, "scoredUp": "x"}]}]}}""",
    )
    assert [(one.part, one.row) for one in summary.details if one.status == "skipped"] == [
        ("todos", 1),
        ("dailys", 1),
        ("dailys", 2),
        ("dailys", 3),
        ("dailys", 8),
        ("dailys 8", 1),
        ("dailys 8", 2),
        ("dailys 8", 4),
        ("habits 1", 1),
    ]
    assert entries(mosaic, ada) == [("2024-01-01", "Bad", 1.0, "")]
    assert activity(mosaic, ada, "Rare").schedule is None
    assert activity(mosaic, ada, "Week").schedule == Daily()


@pytest.mark.parametrize("write", [tracker_files.mosaic_csv, tracker_files.mosaic_json])
def test_an_export_of_mosaics_becomes_the_same_data(mosaic: Mosaic, ada: Caller, write: object) -> None:
    assert callable(write)
    brought_in(mosaic, ada, write())
    assert entries(mosaic, ada) == [("2024-01-01", "Run", 2.5, "wet")]
    run = activity(mosaic, ada, "Run")
    assert (run.category, run.description, run.unit) == ("Sport", "slow", "km")
    assert (run.active, str(run.deactivated_at), run.frequency_per_week) == (0, "2024-02-01", 3)
    assert run.schedule == Daily()


def test_rows_of_an_export_that_are_damaged_are_told(mosaic: Mosaic, ada: Caller) -> None:
    summary = brought_in(
        mosaic,
        ada,
        b"""{"entries": [7, {"date": 7, "activity": "Run", "value": 1}, {"date": "2024-01-01", "activity": 7},
            {"date": "2024-01-01", "activity": "Run", "value": "x"},
            {"date": "2024-01-01", "activity": "Run", "value": 1, "note": 7}],
            "activities": [{"name": "Run", "active": 7}, {"name": "Walk", "schedule": 7}]}""",
    )
    assert [(one.part, one.row) for one in summary.details if one.status == "skipped"] == [
        *(("entries", row) for row in range(1, 6)),
        ("activities", 1),
        ("activities", 2),
    ]


@pytest.mark.parametrize(
    ("format_", "content", "told"),
    [
        ("beaverhabits", b'{"order": []}', "no list of habits"),
        ("habitica", b'{"order": []}', "no tasks"),
        ("mosaic-json", b'{"order": []}', "neither"),
        ("habitbull", b"date,value\n", "lacks HabitName, CalendarDate"),
        ("habitbull", b"", "lacks"),
        ("tickmate-db", tracker_files.loop_db(), "no table tracks"),
        ("loop-db", tracker_files.database({"Habits": ("a", [])}), "none of the columns"),
        ("loop-db", b"date,activity\n", "cannot be one of loop-db"),
        ("loop", b"date,activity\n", "There is no format 'loop'"),
        (None, b"once upon a time", "of no known format"),
        (None, b"", "of no known format"),
        (None, b"<xml/>", "of no known format"),
        (None, b"[7]", "of no known format"),
        (None, b"[{}]", "of no known format"),
        (None, b"\xff\xfea\x00", "of no known format"),
        (None, b'"a quote that is never closed\n', "of no known format"),
    ],
)
def test_what_is_not_of_the_format_is_refused(
    mosaic: Mosaic, ada: Caller, format_: str | None, content: bytes, told: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        brought_in(mosaic, ada, content, format=format_)
    assert told in caught.value.message
    if "known format" in told or "There is no" in told:
        assert "loop-db" in caught.value.details["formats"]
