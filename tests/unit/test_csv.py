"""The CSV format: what an export writes, an import reads as the same data."""

import datetime as dt
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from mosaic_core.activities.model import Activity
from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.entries.csv import (
    ACTIVITY_COLUMNS,
    DUPLICATE,
    ENTRY_COLUMNS,
    ActivityCells,
    CsvActivity,
    CsvEntry,
    CsvSkip,
    activities_table,
    csv_export,
    entries_table,
    read_csv,
)
from mosaic_core.entries.model import AddEntry, ListedEntry
from mosaic_core.errors import InvalidInput
from mosaic_core.texts import name_key, shows_something, tidied

PLAIN = "date,activity,value,note,description,category,goal,frequency_per_day,frequency_per_week"
LOOP_HABITS = Path(__file__).parents[3] / "shared" / "data" / "loop-habits.csv"
DAY = dt.date(2026, 1, 2)

ENTRY = ListedEntry(
    id=7,
    user_id=1,
    date=DAY,
    activity="Run",
    value=2.5,
    note="slow",
    description="along the river",
    activity_category="Sport",
    activity_goal=0.5,
    activity_type="positive",
    category="Other",
    goal=9.0,
    activity_description="other",
)
ACTIVITY = Activity(
    id=3,
    user_id=1,
    name="Run",
    category="Sport",
    activity_type="positive",
    goal=0.5,
    description="along the river",
    active=0,
    frequency_per_day=1,
    frequency_per_week=4,
    deactivated_at=dt.date(2026, 2, 1),
)


def file_lines(content: str) -> Iterator[str]:
    """Return the lines as a text file opened with newline="" yields them."""
    return io.StringIO(content, newline="")


def read(*lines: str) -> list[CsvEntry | CsvActivity | CsvSkip]:
    return list(read_csv(file_lines("\n".join(lines))))


def only(*lines: str) -> CsvEntry | CsvActivity | CsvSkip:
    (found,) = read(*lines)
    return found


def only_entry(*lines: str) -> CsvEntry:
    found = only(*lines)
    assert isinstance(found, CsvEntry), found
    return found


def only_skip(*lines: str) -> CsvSkip:
    found = only(*lines)
    assert isinstance(found, CsvSkip), found
    return found


def refusal(*lines: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        read(*lines)
    return caught.value.message


# Round trip

awkward = st.sampled_from(["=", "+", "-", "@", "'", '"', ",", " ", "\u2028", "\ufeff", "é", "e", "\u0301"])
letters = awkward | st.characters(codec="utf-8", exclude_categories=["Cc"])


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(letters, max_size=most // 3).map(tidied)


names = texts(36).filter(shows_something)
days = st.dates(FIRST_DAY, LAST_DAY)
numbers = st.floats(allow_nan=False, allow_infinity=False)
goals = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
kinds = st.sampled_from(["positive", "negative"])
categories = texts(24)

listed_entries = st.builds(
    ListedEntry,
    id=st.integers(1),
    user_id=st.none(),
    date=days,
    activity=names,
    value=numbers,
    note=texts(100),
    description=texts(20),
    activity_category=categories,
    activity_goal=goals,
    activity_type=kinds,
    category=texts(8),
    goal=goals,
    activity_description=texts(8),
)
activities = st.builds(
    Activity,
    id=st.integers(1),
    user_id=st.none(),
    name=names,
    category=categories,
    activity_type=kinds,
    goal=goals,
    description=texts(20),
    active=st.sampled_from([0, 1]),
    frequency_per_day=st.integers(1, 3),
    frequency_per_week=st.integers(1, 7),
    deactivated_at=st.none() | days,
)


def place(entry: ListedEntry) -> tuple[dt.date, str]:
    return entry.date, name_key(entry.activity)


def told(entry: ListedEntry) -> tuple[AddEntry, ActivityCells]:
    """Return what an export says of an entry."""
    return (
        AddEntry(date=entry.date, activity=entry.activity, value=entry.value, note=entry.note),
        ActivityCells(
            category=entry.activity_category or None,
            description=entry.description or None,
            goal=entry.activity_goal,
            activity_type=entry.activity_type,
        ),
    )


def told_of_activity(activity: Activity) -> tuple[str, ActivityCells]:
    return (
        activity.name,
        ActivityCells(
            category=activity.category or None,
            description=activity.description or None,
            goal=activity.goal,
            frequency_per_day=activity.frequency_per_day,
            frequency_per_week=activity.frequency_per_week,
            activity_type=activity.activity_type,
            active=activity.active,
            deactivated_at=activity.deactivated_at,
        ),
    )


@given(st.lists(listed_entries, unique_by=place, max_size=5), st.lists(activities, max_size=3))
def test_an_export_reads_as_the_data_it_was_written_from(
    entries: list[ListedEntry], kept: list[Activity]
) -> None:
    found = list(read_csv(file_lines("".join(csv_export(entries, kept)))))
    said = [(one.said, one.cells) for one in found if isinstance(one, CsvEntry)]
    assert said == [told(entry) for entry in entries]
    assert [repr(one.value) for one, _ in said] == [repr(entry.value + 0.0) for entry in entries]
    of_activities = [(one.name, one.cells) for one in found if isinstance(one, CsvActivity)]
    assert of_activities == [told_of_activity(activity) for activity in kept]
    assert len(found) == len(entries) + len(kept)


@given(st.lists(listed_entries, unique_by=place, max_size=3), st.lists(activities, max_size=3))
def test_an_export_split_at_line_feeds_alone_reads_the_same(
    entries: list[ListedEntry], kept: list[Activity]
) -> None:
    content = "".join(csv_export(entries, kept))
    found = [evolve(one, row=0) for one in read_csv(io.StringIO(content, newline="\n"))]
    assert found == [evolve(one, row=0) for one in read_csv(file_lines(content))]


@given(st.lists(texts(5), max_size=6))
@example(['"a', "b"])
def test_any_text_is_read_or_refused_in_the_order_of_its_lines(lines: list[str]) -> None:
    content = "\n".join([PLAIN, *lines])
    rows: list[int] = []
    try:
        rows.extend(one.row for one in read_csv(file_lines(content)))
    except InvalidInput as error:
        rows.append(error.details["row"])
    assert all(1 < row <= len(list(file_lines(content))) for row in rows)
    assert rows == sorted(rows)


# Writing


def test_the_columns_of_an_export_are_fixed() -> None:
    assert "".join(csv_export([ENTRY], [ACTIVITY])) == (
        "dataset,entry_id,date,activity,entry_description,value,note,activity_category,activity_goal,"
        "activity_type\r\n"
        "entries,7,2026-01-02,Run,along the river,2.5,slow,Sport,0.5,positive\r\n"
        "\r\n"
        "dataset,activity_id,name,category,activity_type,goal,activity_description,active,"
        "frequency_per_day,frequency_per_week,deactivated_at\r\n"
        "activities,3,Run,Sport,positive,0.5,along the river,0,1,4,2026-02-01\r\n"
    )


def test_an_empty_export_has_both_headers() -> None:
    header_lines = [",".join(ENTRY_COLUMNS), "", ",".join(ACTIVITY_COLUMNS), ""]
    content = "".join(csv_export([], []))
    assert content == "\r\n".join(header_lines)
    assert read(content) == []


def test_an_activity_that_was_never_deactivated_has_an_empty_cell() -> None:
    *_, row = activities_table([evolve(ACTIVITY, active=1, deactivated_at=None)])
    assert row == "activities,3,Run,Sport,positive,0.5,along the river,1,1,4,\r\n"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "'"])
def test_a_text_that_begins_like_a_formula_is_guarded_in_every_text_cell(first: str) -> None:
    text = f"{first}1"
    entry = evolve(ENTRY, activity=text, note=text, description=text, activity_category=text)
    activity = evolve(ACTIVITY, name=text, category=text, description=text)
    assert "".join(entries_table([entry])).count(f"'{text}") == 4
    assert "".join(activities_table([activity])).count(f"'{text}") == 3


def test_a_negative_number_is_not_guarded() -> None:
    assert "Run,along the river,-2.5,slow" in "".join(entries_table([evolve(ENTRY, value=-2.5)]))


def test_a_long_table_comes_in_chunks_and_whole() -> None:
    many = [evolve(ENTRY, id=number, date=DAY + dt.timedelta(days=number)) for number in range(1001)]
    chunks = list(entries_table(many))
    assert 2 < len(chunks) < 100
    found = list(read_csv(file_lines("".join(chunks))))
    assert [one.said.date for one in found if isinstance(one, CsvEntry)] == [entry.date for entry in many]


def test_rows_are_taken_only_as_the_text_is_wanted() -> None:
    taken = []

    def rows() -> Iterator[ListedEntry]:
        for number in range(5000):
            taken.append(number)
            yield ENTRY

    chunks = entries_table(rows())
    next(chunks)
    next(chunks)
    assert len(taken) < 5000


# Reading a plain file


def test_a_full_row_says_all_of_the_entry_and_its_activity() -> None:
    assert only(PLAIN, "2026-01-02,Run,2.5,slow,along the river,Sport,0.5,1,4") == CsvEntry(
        row=2,
        said=AddEntry(date=DAY, activity="Run", value=2.5, note="slow"),
        cells=ActivityCells(
            category="Sport",
            description="along the river",
            goal=0.5,
            frequency_per_day=1,
            frequency_per_week=4,
        ),
    )


def test_date_and_activity_are_enough() -> None:
    found = only_entry("date,activity", "2026-01-02,Run")
    assert found.said == AddEntry(date=DAY, activity="Run")
    assert found.cells == ActivityCells()


def test_columns_come_in_any_order_any_case_with_blanks_and_unknown_ones_are_ignored() -> None:
    found = only_entry("mood,NOTE, Activity ,mood,value,Date,", "good,slow,Run,bad,3,2026-01-02,x")
    assert found.said == AddEntry(date=DAY, activity="Run", value=3.0, note="slow")


def test_a_plain_file_knows_no_columns_of_an_export() -> None:
    found = only_entry("date,activity,activity_type,activity_goal,active", "2026-01-02,Run,odd,odd,odd")
    assert found.cells == ActivityCells()


def test_a_byte_order_mark_is_passed_over_even_before_a_quoted_header() -> None:
    assert only_entry("\ufeffdate,activity", "2026-01-02,Run").row == 2
    assert only_entry('\ufeff"date",activity', "2026-01-02,Run").row == 2


@pytest.mark.parametrize("date", ["2026-01-02", "02/01/2026", " 2026-01-02 ", " 02/01/2026\t"])
def test_both_forms_of_a_date_are_read(date: str) -> None:
    assert only_entry("date,activity", f"{date},Run").said.date == DAY


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("", 0.0),
        ("  ", 0.0),
        (" 5 ", 5.0),
        ("+5", 5.0),
        ("-5.", -5.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.5E-1", 0.15),
        ("1e-999", 0.0),
    ],
)
def test_a_number_is_plain_and_decimal_and_an_empty_value_is_0(cell: str, value: float) -> None:
    assert only_entry("date,activity,value", f"2026-01-02,Run,{cell}").said.value == value


def test_minus_zero_is_zero() -> None:
    assert math.copysign(1, only_entry("date,activity,value", "2026-01-02,Run,-0.0").said.value) == 1


def test_a_whole_number_may_have_a_decimal_point() -> None:
    assert only_entry(PLAIN, "2026-01-02,Run,,,,,,2.0,7").cells.frequency_per_day == 2


def test_blanks_around_texts_go() -> None:
    found = only_entry("date,activity,note,category,description", "2026-01-02,  Run , slow  , Sport , far ")
    assert (found.said.activity, found.said.note) == ("Run", "slow")
    assert (found.cells.category, found.cells.description) == ("Sport", "far")


def test_a_category_or_description_of_blanks_is_empty() -> None:
    assert only_entry("date,activity,category,description", "2026-01-02,Run,   ,  ").cells == ActivityCells()


@pytest.mark.parametrize("guarded", ["'=1", "'+1", "'-1", "'@1", "'\t1", "''1", "''"])
def test_one_guard_is_taken_off(guarded: str) -> None:
    header = "date,activity,note,description,category"
    found = only_entry(header, f"2026-01-02,{guarded},{guarded},{guarded},{guarded}")
    plain = guarded[1:]
    assert (found.said.activity, found.said.note) == (plain.strip(), plain.strip())
    assert (found.cells.category, found.cells.description) == (plain.strip(), plain.strip())


@pytest.mark.parametrize("written", ["'tis", "'", "' =1", "=1", "x'=1"])
def test_a_text_without_a_guard_stays(written: str) -> None:
    found = only_entry("date,activity,note", f"2026-01-02,{written},{written}")
    assert (found.said.activity, found.said.note) == (written, written)


def test_rows_empty_throughout_are_passed_over_before_and_after_the_header() -> None:
    found = read("", " , ", "date,activity", "", ",", ' ,"  "', "2026-01-02,Run", "")
    assert [one.row for one in found] == [7]


def test_the_row_is_the_line_on_which_it_begins() -> None:
    found = read(
        "date,activity,note",
        '2026-01-02,Run,"one\ntwo\n\nthree"',
        "",
        'bad,Run,"one\r\ntwo"',
        "2026-01-03,Run,",
        '2026-01-04,Run,"a\rb"',
        "2026-01-05,Run,",
    )
    assert [(one.row, type(one)) for one in found] == [
        (2, CsvSkip),
        (7, CsvSkip),
        (9, CsvEntry),
        (10, CsvSkip),
        (12, CsvEntry),
    ]


def test_a_file_with_carriage_returns_as_line_ends_is_read() -> None:
    assert [one.row for one in read("date,activity\r2026-01-02,Run\r2026-01-03,Run\r")] == [2, 3]


def test_a_line_separator_of_unicode_ends_no_row() -> None:
    assert only_entry("date,activity,note", "2026-01-02,Run,a\u2028b").said.note == "a\u2028b"
    assert only_skip("date,activity,note", "2026-01-02,Run,a\x85b").row == 2


def test_a_row_may_be_short_and_surplus_cells_may_be_empty() -> None:
    found = read("date,activity,value,note", "2026-01-02,Run", "2026-01-03,Run,1,slow,, ,")
    assert [one.said.note for one in found if isinstance(one, CsvEntry)] == ["", "slow"]


def test_a_column_that_is_absent_does_not_take_a_surplus_cell() -> None:
    assert only_skip("date,activity", "2026-01-02,Run,5").reason == "the row has more cells than the header"


# Skips

SKIPS = [
    (",Run", "date must be a date of the form YYYY-MM-DD or DD/MM/YYYY"),
    ("2026-1-2,Run", "date must be a date of the form YYYY-MM-DD or DD/MM/YYYY"),
    ("1/2/2026,Run", "date must be a date of the form YYYY-MM-DD or DD/MM/YYYY"),
    ("02/01/20261,Run", "date must be a date of the form YYYY-MM-DD or DD/MM/YYYY"),
    ("31/02/2026,Run", "date is no day of the calendar"),
    ("1899-12-31,Run", "date must lie in the years 1900 to 2200"),
    ("01/01/2201,Run", "date must lie in the years 1900 to 2200"),
    ("2026-01-02,", "activity must have 1 to 120 characters"),
    ("2026-01-02,  ", "activity must have 1 to 120 characters"),
    (f"2026-01-02,{'x' * 121}", "activity must have 1 to 120 characters"),
    ("2026-01-02,R\0n", "activity must not contain a NUL character"),
    ("2026-01-02,Run,one", "value must be a plain decimal number"),
    ("2026-01-02,Run,1_000", "value must be a plain decimal number"),
    ("2026-01-02,Run,nan", "value must be a plain decimal number"),
    ("2026-01-02,Run,inf", "value must be a plain decimal number"),
    ("2026-01-02,Run,0x10", "value must be a plain decimal number"),
    ('2026-01-02,Run,"1,5"', "value must be a plain decimal number"),
    ("2026-01-02,Run,\uff11", "value must be a plain decimal number"),
    ("2026-01-02,Run,.", "value must be a plain decimal number"),
    ("2026-01-02,Run,1e999", "value must be a finite number"),
    (f"2026-01-02,Run,,{'x' * 101}", "note must have 0 to 100 characters"),
    (f"2026-01-02,Run,,,{'x' * 181}", "description must have 1 to 180 characters"),
    (f"2026-01-02,Run,,,,{'x' * 81}", "category must have 1 to 80 characters"),
    ("2026-01-02,Run,,,,,some", "goal must be a plain decimal number"),
    ("2026-01-02,Run,,,,,-0.1", "goal must not be below 0"),
    ("2026-01-02,Run,,,,,1e999", "goal must be a finite number"),
    ("2026-01-02,Run,,,,,,x,7", "frequency_per_day must be a plain decimal number"),
    ("2026-01-02,Run,,,,,,1.5,7", "frequency_per_day must be a whole number"),
    ("2026-01-02,Run,,,,,,1e999,7", "frequency_per_day must be a whole number"),
    ("2026-01-02,Run,,,,,,4,7", "frequency_per_day must be a whole number from 1 to 3"),
    ("2026-01-02,Run,,,,,,1,0", "frequency_per_week must be a whole number from 1 to 7"),
    ("2026-01-02,Run,,,,,,1,7,more", "the row has more cells than the header"),
]


@pytest.mark.parametrize(("row", "reason"), SKIPS)
def test_a_bad_row_is_skipped_with_the_column_and_the_rule(row: str, reason: str) -> None:
    bad, good = read(PLAIN, row, "2026-01-03,Run,,,,,,,")
    assert isinstance(bad, CsvSkip)
    assert (bad.row, bad.reason) == (2, reason)
    assert isinstance(good, CsvEntry)


def test_a_skip_tells_date_and_activity_as_far_as_they_are_understood() -> None:
    assert only_skip("date,activity,value", " 02/01/2026, '=Run ,x") == CsvSkip(
        2, "2026-01-02", "'=Run", "value must be a plain decimal number"
    )
    assert only_skip("date,activity", " soon ,'=Run ") == CsvSkip(
        2, "soon", "=Run", "date must be a date of the form YYYY-MM-DD or DD/MM/YYYY"
    )
    assert only_skip("activity,date", "Run").date == ""


def test_the_same_date_and_activity_in_any_case_counts_once() -> None:
    first, later, third, other = read(
        "date,activity,value",
        "2026-01-02,Straße,1",
        "02/01/2026, STRASSE ,2",
        "2026-01-02,strasse,3",
        "2026-01-03,Straße,4",
    )
    assert isinstance(first, CsvEntry)
    assert later == CsvSkip(3, "2026-01-02", "STRASSE", DUPLICATE)
    assert third == CsvSkip(4, "2026-01-02", "strasse", "duplicate_in_file")
    assert isinstance(other, CsvEntry)


def test_a_row_that_was_skipped_is_no_first() -> None:
    bad, good = read(PLAIN, "2026-01-02,Run,x", "2026-01-02,Run,2")
    assert isinstance(bad, CsvSkip)
    assert isinstance(good, CsvEntry)


# Reading an export

ENTRIES_HEADER = ",".join(ENTRY_COLUMNS)
ACTIVITIES_HEADER = ",".join(ACTIVITY_COLUMNS)


def test_the_activities_table_alone_is_read() -> None:
    found = only("".join(activities_table([ACTIVITY])))
    assert isinstance(found, CsvActivity)
    assert (found.row, found.name, found.cells) == (2, *told_of_activity(ACTIVITY))


def test_the_entries_table_alone_is_read() -> None:
    found = only_entry("".join(entries_table([ENTRY])))
    assert (found.said, found.cells) == told(ENTRY)


def test_an_export_that_a_spreadsheet_saved_again_is_read() -> None:
    found = read(
        ENTRIES_HEADER + ",",
        "Entries,7,02/01/2026,Run,,2.5,slow,Sport,0.5,positive,",
        ",,,,,,,,,,",
        " Dataset," + ACTIVITIES_HEADER.partition(",")[2].upper(),
        "ACTIVITIES ,3,Run,Sport,positive,0.5,,1,1,4,",
    )
    assert [(one.row, type(one)) for one in found] == [(2, CsvEntry), (5, CsvActivity)]


def test_columns_of_an_export_come_in_any_order() -> None:
    found = only_entry("activity,activity_goal,dataset,date", "Run,0.5,entries,2026-01-02")
    assert found.cells == ActivityCells(goal=0.5)
    activity = only("goal,dataset,name", "0.5,activities, Run ")
    assert activity == CsvActivity(2, "Run", ActivityCells(goal=0.5))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("entries,1,2026-01-02,Run,,1,,,-1,", "activity_goal must not be below 0"),
        ("entries,1,2026-01-02,Run,,1,,,,odd", "activity_type must be one of: positive, negative"),
        (f"entries,1,2026-01-02,Run,,1,,{'x' * 81}", "activity_category must have 1 to 80 characters"),
        (f"entries,1,2026-01-02,Run,{'x' * 181}", "entry_description must have 1 to 180 characters"),
        ("activities,1,2026-01-02,Run", "dataset must be entries below this header"),
        (",1,2026-01-02,Run", "dataset must be entries below this header"),
    ],
)
def test_a_bad_row_of_the_entries_table_is_skipped_in_the_words_of_its_header(row: str, reason: str) -> None:
    assert only_skip(ENTRIES_HEADER, row) == CsvSkip(2, "2026-01-02", "Run", reason)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("activities,1,Run,,,,,2,1,1,", "active must be a whole number from 0 to 1"),
        ("activities,1,Run,,,,,yes,1,1,", "active must be a plain decimal number"),
        (
            "activities,1,Run,,,,,1,1,1,soon",
            "deactivated_at must be a date of the form YYYY-MM-DD or DD/MM/YYYY",
        ),
        ("activities,1,Run,,,x,,1,1,1,", "goal must be a plain decimal number"),
        (f"activities,1,Run,,,,{'x' * 181}", "activity_description must have 1 to 180 characters"),
        ("entries,1,Run", "dataset must be activities below this header"),
        ("activities,1,Run,,,,,1,1,1,,2026-01-02", "the row has more cells than the header"),
    ],
)
def test_a_bad_row_of_the_activities_table_is_skipped_without_a_date(row: str, reason: str) -> None:
    assert only_skip(ACTIVITIES_HEADER, row) == CsvSkip(2, "", "Run", reason)


def test_an_activity_without_a_name_is_skipped() -> None:
    assert only_skip(ACTIVITIES_HEADER, "activities,1,").reason == "name must have 1 to 120 characters"


def test_a_row_too_short_for_its_dataset_is_skipped() -> None:
    skip = only_skip("date,activity,dataset", "2026-01-02,Run")
    assert skip.reason == "dataset must be entries below this header"


# Files of no use


@pytest.mark.parametrize("lines", [(), ("",), ("\ufeff",), ("", ",,", "  ")])
def test_a_file_without_a_header_is_refused(lines: Sequence[str]) -> None:
    assert refusal(*lines) == "Line 1: there is no header row with the columns date and activity"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("value,note",), "Line 1: the header lacks date and activity"),
        (("", "date,value"), "Line 2: the header lacks activity"),
        (("activity;date",), "Line 1: the header lacks date and activity"),
        (("dataset,activity",), "Line 1: the header lacks date"),
        (("dataset,name,date",), "Line 1: the header lacks activity"),
        ((ENTRIES_HEADER, "", "dataset,category"), "Line 3: the header lacks date and activity"),
        (("date,activity,value, Date ",), "Line 1: the header names date twice"),
        (("dataset,name,goal,dataset",), "Line 1: the header names dataset twice"),
        ((ENTRIES_HEADER, ACTIVITIES_HEADER + ",goal"), "Line 2: the header names goal twice"),
    ],
)
def test_a_header_of_no_use_is_refused_with_its_line(lines: Sequence[str], message: str) -> None:
    assert refusal(*lines) == message


def test_a_cell_too_large_for_csv_is_refused_with_the_line_of_its_row() -> None:
    lines = ("date,activity", "2026-01-02,Run", "", f'2026-01-03,"\n{"x" * 131_073}"')
    message = refusal(*lines)
    assert message.startswith("Line 4: the row that begins here is no CSV: field larger than field limit")


def test_a_quoted_cell_that_never_closes_is_refused_with_the_line_of_its_row() -> None:
    message = refusal("date,activity,note", "2026-01-02,Run,", '2026-01-03,Run,"slow', "2026-01-04,Run,")
    assert message == "Line 3: a quoted cell in the row that begins here is never closed"


def test_a_refusal_tells_the_line_as_data_too() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("", "date")
    assert caught.value.details == {"row": 2}


def test_what_the_lines_raise_passes_through() -> None:
    content = io.TextIOWrapper(io.BytesIO(b"date,activity\n\xff"), encoding="utf-8", newline="")
    with pytest.raises(UnicodeDecodeError):
        list(read_csv(content))


# Cells


def test_cells_laid_over_others_keep_what_the_later_do_not_say() -> None:
    first = ActivityCells(category="Sport", goal=1.0, active=1)
    later = ActivityCells(goal=0.0, active=0, deactivated_at=DAY)
    assert first.overlaid(later) == ActivityCells(category="Sport", goal=0.0, active=0, deactivated_at=DAY)


def test_cells_tell_their_fields_by_name() -> None:
    fields = ActivityCells(goal=2.0).fields()
    assert fields.pop("goal") == 2.0
    assert set(fields.values()) == {None}


# Real data


@pytest.mark.skipif(not LOOP_HABITS.exists(), reason=f"{LOOP_HABITS} is not there")
def test_a_real_file_of_124_entries_is_read_whole() -> None:
    with LOOP_HABITS.open(encoding="utf-8", newline="") as file:
        found = list(read_csv(file))
    assert len(found) == 124
    entries = [one for one in found if isinstance(one, CsvEntry)]
    assert len(entries) == 124
    assert len({one.said.activity for one in entries}) == 6
