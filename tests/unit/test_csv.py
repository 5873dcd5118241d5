"""The CSV format: what an export writes, an import reads as the same data."""

import datetime as dt
import io
import math
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from mosaic_core.activities.model import Activity
from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.entries.csv import (
    ACTIVITY_COLUMNS,
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
from mosaic_core.entries.model import Entry
from mosaic_core.errors import InvalidInput
from mosaic_core.schedules.model import AtLeast, Weekdays
from mosaic_core.testing import strategies
from mosaic_core.texts import name_key, shows_something, tidied

PLAIN = "date,activity,value,note,description,category,goal,frequency_per_day,frequency_per_week"
LOOP_HABITS = Path(__file__).parents[3] / "shared" / "data" / "loop-habits.csv"
DAY = dt.date(2026, 1, 2)

ENTRY = Entry(
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
    origin="person",
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
    schedule=Weekdays(days=("mon", "wed")),
    target=AtLeast(value=5),
    unit="=km",
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

some_entries = st.builds(
    Entry,
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
    schedule=st.none() | strategies.any_schedule,
    target=st.none() | strategies.any_target,
    unit=texts(20).map(tidied),
)


def place(entry: Entry) -> tuple[dt.date, str]:
    return entry.date, name_key(entry.activity)


def told(entry: Entry) -> tuple[object, ...]:
    """Return what an export says of an entry."""
    return (
        entry.date,
        entry.activity,
        entry.value,
        entry.note,
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
            schedule=activity.schedule,
            target=activity.target,
            unit=activity.unit or None,
        ),
    )


@given(st.lists(some_entries, unique_by=place, max_size=5), st.lists(activities, max_size=3))
def test_an_export_reads_as_the_data_it_was_written_from(entries: list[Entry], kept: list[Activity]) -> None:
    found = list(read_csv(file_lines("".join(csv_export(entries, kept)))))
    said = [one for one in found if isinstance(one, CsvEntry)]
    assert [(one.date, one.activity, one.value, one.note, one.cells) for one in said] == [
        told(entry) for entry in entries
    ]
    assert [repr(one.value) for one in said] == [repr(entry.value + 0.0) for entry in entries]
    of_activities = [(one.name, one.cells) for one in found if isinstance(one, CsvActivity)]
    assert of_activities == [told_of_activity(activity) for activity in kept]
    assert len(found) == len(entries) + len(kept)


@given(st.lists(some_entries, unique_by=place, max_size=3), st.lists(activities, max_size=3))
def test_an_export_split_at_line_feeds_alone_reads_the_same(
    entries: list[Entry], kept: list[Activity]
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
        "frequency_per_day,frequency_per_week,deactivated_at,schedule,target,unit\r\n"
        "activities,3,Run,Sport,positive,0.5,along the river,0,1,4,2026-02-01,"
        '"{""kind"":""weekdays"",""days"":[""mon"",""wed""]}","{""kind"":""at_least"",""value"":5.0}",'
        "'=km\r\n"
    )


def test_an_empty_export_has_both_headers() -> None:
    header_lines = [",".join(ENTRY_COLUMNS), "", ",".join(ACTIVITY_COLUMNS), ""]
    content = "".join(csv_export([], []))
    assert content == "\r\n".join(header_lines)
    assert read(content) == []


def test_an_activity_that_was_never_deactivated_has_an_empty_cell() -> None:
    plain = evolve(ACTIVITY, active=1, deactivated_at=None, schedule=None, target=None, unit="")
    *_, row = activities_table([plain])
    assert row == "activities,3,Run,Sport,positive,0.5,along the river,1,1,4,,,,\r\n"


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
    assert [one.date for one in found if isinstance(one, CsvEntry)] == [entry.date for entry in many]


def test_rows_are_taken_only_as_the_text_is_wanted() -> None:
    taken = []

    def rows() -> Iterator[Entry]:
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
        date=DAY,
        activity="Run",
        value=2.5,
        note="slow",
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
    assert found == CsvEntry(2, DAY, "Run", None, None, ActivityCells())


def test_columns_come_in_any_order_any_case_with_blanks_and_unknown_ones_are_ignored() -> None:
    found = only_entry("mood,NOTE, Activity ,mood,value,Date,", "good,slow,Run,bad,3,2026-01-02,x")
    assert found == CsvEntry(2, DAY, "Run", 3.0, "slow")


def test_a_plain_file_knows_no_columns_of_an_export() -> None:
    found = only_entry("date,activity,activity_type,activity_goal,active", "2026-01-02,Run,odd,odd,odd")
    assert found.cells == ActivityCells()


def test_a_byte_order_mark_is_passed_over_even_before_a_quoted_header() -> None:
    assert only_entry("\ufeffdate,activity", "2026-01-02,Run").row == 2
    assert only_entry('\ufeff"date",activity', "2026-01-02,Run").row == 2


@pytest.mark.parametrize("date", ["2026-01-02", "02/01/2026", " 2026-01-02 ", " 02/01/2026\t"])
def test_both_forms_of_a_date_are_read(date: str) -> None:
    assert only_entry("date,activity", f"{date},Run").date == DAY


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
    assert only_entry("date,activity,value", f"2026-01-02,Run,{cell}").value == value


def test_minus_zero_is_zero() -> None:
    value = only_entry("date,activity,value", "2026-01-02,Run,-0.0").value
    assert value is not None
    assert math.copysign(1, value) == 1


def test_a_whole_number_may_have_a_decimal_point() -> None:
    assert only_entry(PLAIN, "2026-01-02,Run,,,,,,2.0,7").cells.frequency_per_day == 2


def test_blanks_around_texts_go() -> None:
    found = only_entry("date,activity,note,category,description", "2026-01-02,  Run , slow  , Sport , far ")
    assert (found.activity, found.note) == ("Run", "slow")
    assert (found.cells.category, found.cells.description) == ("Sport", "far")


def test_a_category_or_description_of_blanks_is_empty() -> None:
    assert only_entry("date,activity,category,description", "2026-01-02,Run,   ,  ").cells == ActivityCells()


@pytest.mark.parametrize("guarded", ["'=1", "'+1", "'-1", "'@1", "'\t1", "''1", "''"])
def test_one_guard_is_taken_off(guarded: str) -> None:
    header = "date,activity,note,description,category"
    found = only_entry(header, f"2026-01-02,{guarded},{guarded},{guarded},{guarded}")
    plain = guarded[1:]
    assert (found.activity, found.note) == (plain.strip(), plain.strip())
    assert (found.cells.category, found.cells.description) == (plain.strip(), plain.strip())


@pytest.mark.parametrize("written", ["'tis", "'", "' =1", "=1", "x'=1"])
def test_a_text_without_a_guard_stays(written: str) -> None:
    found = only_entry("date,activity,note", f"2026-01-02,{written},{written}")
    assert (found.activity, found.note) == (written, written)


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
        (2, CsvEntry),
        (7, CsvSkip),
        (9, CsvEntry),
        (10, CsvEntry),
        (12, CsvEntry),
    ]


def test_a_file_with_carriage_returns_as_line_ends_is_read() -> None:
    assert [one.row for one in read("date,activity\r2026-01-02,Run\r2026-01-03,Run\r")] == [2, 3]


def test_a_line_separator_of_unicode_ends_no_row() -> None:
    assert only_entry("date,activity,note", "2026-01-02,Run,a\u2028b").note == "a\u2028b"
    assert only_skip("date,activity,note", "2026-01-02,Run,a\x85b").row == 2


def test_a_row_may_be_short_and_surplus_cells_may_be_empty() -> None:
    found = read("date,activity,value,note", "2026-01-02,Run", "2026-01-03,Run,1,slow,, ,")
    assert [one.note for one in found if isinstance(one, CsvEntry)] == ["", "slow"]


def test_a_column_that_is_absent_does_not_take_a_surplus_cell() -> None:
    reason = only_skip("date,activity", "2026-01-02,Run,5").reason
    assert reason == 'the row has more cells than the header: "5"'


# Skips

SKIPS = [
    (",Run", "date must be a date of the form YYYY-MM-DD, DD/MM/YYYY or D.M.YYYY"),
    ("2026-1-2,Run", "date must be a date of the form YYYY-MM-DD, DD/MM/YYYY or D.M.YYYY"),
    ("1/2/2026,Run", "date must be a date of the form YYYY-MM-DD, DD/MM/YYYY or D.M.YYYY"),
    ("02/01/20261,Run", "date must be a date of the form YYYY-MM-DD, DD/MM/YYYY or D.M.YYYY"),
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
    assert (bad.row, bad.reason.rpartition(': "')[0]) == (2, reason)
    assert isinstance(good, CsvEntry)


def test_a_skip_tells_date_and_activity_as_far_as_they_are_understood() -> None:
    assert only_skip("date,activity,value", " 02/01/2026, '=Run ,x") == CsvSkip(
        2, "2026-01-02", "'=Run", 'value must be a plain decimal number: "x"'
    )
    assert only_skip("date,activity", " soon ,'=Run ") == CsvSkip(
        2, "soon", "=Run", 'date must be a date of the form YYYY-MM-DD, DD/MM/YYYY or D.M.YYYY: " soon "'
    )
    assert only_skip("activity,date", "Run").date == ""


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-01-02,Run,six", 'value must be a plain decimal number: "six"'),
        ("2026-01-02,,1", 'activity must have 1 to 120 characters: ""'),
        ("2026-01-02,Run,\x1b[31m\tred", 'value must be a plain decimal number: "?[31m?red"'),
        (f"2026-01-02,Run,{'x' * 40}", f'value must be a plain decimal number: "{"x" * 40}"'),
        (f"2026-01-02,Run,{'x' * 41}", f'value must be a plain decimal number: "{"x" * 39}\u2026"'),
        ("2026-01-02,Run,1, ,more", 'the row has more cells than the header: "more"'),
    ],
)
def test_a_reason_quotes_the_cell_cut_and_without_control_characters(row: str, reason: str) -> None:
    assert only_skip("date,activity,value", row).reason == reason


def test_what_a_skip_tells_of_date_and_activity_is_cut() -> None:
    skip = only_skip("date,activity", f"{'x' * 99999},{'y' * 99999}")
    assert (len(skip.date), len(skip.activity)) == (40, 120)


# Separators and numbers of other countries


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_recognized_from_the_header(separator: str) -> None:
    lines = ("", separator, "value,date,activity,note", '1.5,2026-01-02,Run,"a,b"'.replace(",b", ";b"))
    found = only_entry(*(line.replace(",", separator) for line in lines))
    assert found == CsvEntry(4, DAY, "Run", 1.5, "a;b")


def test_a_quoted_header_tells_its_separator_though_unknown_columns_hold_others() -> None:
    assert only_entry('"Date";"mood,a,b";" Activity "', "2026-01-02;x;Run").activity == "Run"


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=; ", "\ufeffsep=;"])
def test_a_first_line_may_name_the_separator(first: str) -> None:
    assert only_entry(first, "date;activity", "2026-01-02;a,b") == CsvEntry(3, DAY, "a,b")


def test_a_first_line_may_name_the_tab() -> None:
    assert only_entry("sep=\t", "date\tactivity", "2026-01-02\tRun").row == 3


def test_a_separator_that_is_none_is_refused() -> None:
    assert refusal("sep=|", "date|activity") == (
        "Line 1: sep= names none of comma, semicolon and tab, which may separate cells; "
        'save the file as "CSV UTF-8" and import it again'
    )


@pytest.mark.parametrize(
    ("cell", "value"), [("1,5", 1.5), ("-,5", -0.5), ("1.5", 1.5), ("1,5e3", 1500.0), ("", 0.0)]
)
def test_in_semicolon_files_a_decimal_comma_is_one(cell: str, value: float) -> None:
    found = only_entry("date;activity;value;goal;frequency_per_day", f"2.1.2026;Run;{cell};0,25;2,0")
    assert (found.value, found.cells) == (value, ActivityCells(goal=0.25, frequency_per_day=2))


@pytest.mark.parametrize("cell", ["1.000,5", "1,000,5", "1 5"])
def test_a_number_with_grouped_thousands_is_none(cell: str) -> None:
    reason = only_skip("date;activity;value", f"2026-01-02;Run;{cell}").reason
    assert reason == f'value must be a plain decimal number: "{cell}"'


@pytest.mark.parametrize("cell", ["1.000", "+1.500", "-12.345", " 123.456 "])
def test_in_semicolon_files_what_may_be_thousands_is_refused_and_quoted(cell: str) -> None:
    reason = only_skip("date;activity;value", f"2026-01-02;Run;{cell}").reason
    assert reason == (
        f'value may mean thousands; write it without the point, or with a decimal comma: "{cell}"'
    )
    assert only_entry("date,activity,value", f"2026-01-02,Run,{cell}").value == float(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("0.125", 0.125), ("1000.125", 1000.125), ("1.00", 1.0), ("1,000", 1.0), ("1.0000", 1.0)],
)
def test_in_semicolon_files_what_cannot_be_thousands_is_a_decimal(cell: str, value: float) -> None:
    assert only_entry("date;activity;value", f"2026-01-02;Run;{cell}").value == value


def test_in_tab_files_a_comma_is_no_decimal_point() -> None:
    assert isinstance(only("date\tactivity\tvalue", "2026-01-02\tRun\t1,5"), CsvSkip)


@pytest.mark.parametrize("date", ["2.1.2026", "02.01.2026", " 2.01.2026 "])
def test_a_date_may_be_written_with_dots(date: str) -> None:
    assert only_entry("date,activity", f"{date},Run").date == DAY


@pytest.mark.parametrize("date", ["31.2.2026", "2.1.26", "2.1.2026.", "2026.1.2"])
def test_a_date_with_dots_has_day_month_and_year(date: str) -> None:
    assert isinstance(only("date,activity", f"{date},Run"), CsvSkip)


def test_a_column_that_is_absent_says_nothing_and_an_empty_cell_says_0_or_nothing() -> None:
    assert only_entry("date,activity,value", "2026-01-02,Run,") == CsvEntry(2, DAY, "Run", 0.0, None)
    assert only_entry("date,activity,note", "2026-01-02,Run") == CsvEntry(2, DAY, "Run", None, "")
    entries = only_entry("dataset,date,activity", "entries,2026-01-02,Run")
    assert entries == CsvEntry(2, DAY, "Run", None, None)


# Reading an export

ENTRIES_HEADER = ",".join(ENTRY_COLUMNS)
ACTIVITIES_HEADER = ",".join(ACTIVITY_COLUMNS)


def test_the_activities_table_alone_is_read() -> None:
    found = only("".join(activities_table([ACTIVITY])))
    assert isinstance(found, CsvActivity)
    assert (found.row, found.name, found.cells) == (2, *told_of_activity(ACTIVITY))


def test_the_entries_table_alone_is_read() -> None:
    found = only_entry("".join(entries_table([ENTRY])))
    assert (found.date, found.activity, found.value, found.note, found.cells) == told(ENTRY)


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
    skip = only_skip(ENTRIES_HEADER, row)
    assert evolve(skip, reason=skip.reason.rpartition(': "')[0]) == CsvSkip(2, "2026-01-02", "Run", reason)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("activities,1,Run,,,,,2,1,1,", "active must be a whole number from 0 to 1"),
        ("activities,1,Run,,,,,yes,1,1,", "active must be 1, 0, true or false"),
        ("activities,1,Run,,,,,0.5,1,1,", "active must be 1, 0, true or false"),
        (
            "activities,1,Run,,,,,1,1,1,soon",
            "deactivated_at must be a date of the form YYYY-MM-DD, DD/MM/YYYY or D.M.YYYY",
        ),
        ("activities,1,Run,,,x,,1,1,1,", "goal must be a plain decimal number"),
        (f"activities,1,Run,,,,{'x' * 181}", "activity_description must have 1 to 180 characters"),
        ("activities,1,Run,,,,,1,1,1,,daily", "schedule is none: must be a JSON object"),
        (
            'activities,1,Run,,,,,1,1,1,,"{""kind"":""every"",""days"":1}"',
            "schedule is none: days must be a whole number from 2 to 366",
        ),
        ("activities,1,Run,,,,,1,1,1,,,5", "target is none: must be a JSON object"),
        (
            'activities,1,Run,,,,,1,1,1,,,"{""kind"":""daily""}"',
            "target is none: kind must be one of: at_least, at_most",
        ),
        (f"activities,1,Run,,,,,1,1,1,,,,{'k' * 21}", "unit must have 1 to 20 characters"),
        ("entries,1,Run", "dataset must be activities below this header"),
        ("activities,1,Run,,,,,1,1,1,,,,,2026-01-02", "the row has more cells than the header"),
    ],
)
def test_a_bad_row_of_the_activities_table_is_skipped_without_a_date(row: str, reason: str) -> None:
    skip = only_skip(ACTIVITIES_HEADER, row)
    assert evolve(skip, reason=skip.reason.rpartition(': "')[0]) == CsvSkip(2, "", "Run", reason)


def test_an_activity_without_a_name_is_skipped() -> None:
    assert only_skip(ACTIVITIES_HEADER, "activities,1,").reason == 'name must have 1 to 120 characters: ""'


def test_a_row_too_short_for_its_dataset_is_skipped() -> None:
    skip = only_skip("date,activity,dataset", "2026-01-02,Run")
    assert skip.reason == 'dataset must be entries below this header: ""'


@pytest.mark.parametrize(
    ("cell", "active"), [("True", 1), ("FALSE", 0), (" true ", 1), ("1", 1), ("0", 0), ("1.0", 1), ("", None)]
)
def test_active_is_a_number_or_a_word_in_any_case(cell: str, active: int | None) -> None:
    found = only(ACTIVITIES_HEADER, f"activities,1,Run,,,,,{cell},1,1,")
    assert isinstance(found, CsvActivity)
    assert found.cells.active == active


# Files of no use


@pytest.mark.parametrize("lines", [(), ("",), ("\ufeff",), ("", ",,", "  ")])
def test_a_file_without_a_header_is_refused(lines: Sequence[str]) -> None:
    assert refusal(*lines) == (
        "Line 1: there is no header row with the columns date and activity; "
        'name the columns in the first row, and save the file as "CSV UTF-8" and import it again'
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("value,note",), "Line 1: the header lacks date and activity"),
        (("", "date,value"), "Line 2: the header lacks activity"),
        (("activity|date",), "Line 1: the header lacks date and activity"),
        (("d\0a\0t\0e\0",), "Line 1: the header lacks date and activity"),
        (("dataset,activity",), "Line 1: the header lacks date"),
        (("dataset,name,date",), "Line 1: the header lacks activity"),
        ((ENTRIES_HEADER, "", "dataset,category"), "Line 3: the header lacks date and activity"),
        (("date,activity,value, Date ",), "Line 1: the header names date twice"),
        (("dataset,name,goal,dataset",), "Line 1: the header names dataset twice"),
        ((ENTRIES_HEADER, ACTIVITIES_HEADER + ",goal"), "Line 2: the header names goal twice"),
    ],
)
def test_a_header_of_no_use_is_refused_with_its_line(lines: Sequence[str], message: str) -> None:
    told = refusal(*lines)
    place, _, advice = told.partition("; ")
    assert place.partition(", it has ")[0] == message
    assert advice.startswith("name ")


def test_a_refusal_tells_the_known_columns_and_quotes_no_others() -> None:
    assert "lacks date and activity, it has no known column; " in refusal("mood|date")
    assert "lacks activity, it has date, note; " in refusal("secret,Date,note")


def test_a_row_without_end_is_refused_before_it_fills_the_memory() -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        yield "date,activity\n"
        yield '2026-01-02,"\n'
        while True:
            taken += 1
            yield '","' + "x" * 1000 + "\n"

    with pytest.raises(InvalidInput, match="Line 2: the row that begins here has more than 262144"):
        list(read_csv(endless()))
    assert taken < 270


def test_many_blank_lines_before_the_header_are_passed_over_one_by_one() -> None:
    found = list(read_csv(chain(repeat("\n", 200_000), ["date,activity\n", "2026-01-02,Run\n"])))
    assert [one.row for one in found] == [200_002]


def test_a_cell_too_large_for_csv_is_refused_with_the_line_of_its_row() -> None:
    lines = ("date,activity", "2026-01-02,Run", "", f'2026-01-03,"\n{"x" * 131_073}"')
    message = refusal(*lines)
    assert message.startswith("Line 4: the row that begins here is no CSV: field larger than field limit")


def test_a_quoted_cell_that_never_closes_is_refused_with_the_line_of_its_row() -> None:
    message = refusal("date,activity,note", "2026-01-02,Run,", '2026-01-03,Run,"slow', "2026-01-04,Run,")
    assert message == "Line 3: a quoted cell in the row that begins here is never closed; close it"


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
    assert len({one.activity for one in entries}) == 6
