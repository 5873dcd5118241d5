"""Files such as other trackers write them, in each of their layouts."""

import csv
import datetime as dt
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from support_health_files import (
    NIGHT,
    RATES,
    activitywatch,
    an_apple_document,
    as_json,
    health_connect,
    takeout,
)

Row = Sequence[Any]
Tables = Mapping[str, tuple[str, Iterable[Row]]]
BEGIN = dt.date(2024, 1, 1)


def milliseconds(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * 86_400_000


def after(days: int) -> dt.date:
    return BEGIN + dt.timedelta(days=days)


def database(tables: Tables, *more: str) -> bytes:
    """Return a SQLite file with these tables, their columns and rows, after `more` statements."""
    connection = sqlite3.connect(":memory:")
    try:
        for name, (columns, rows) in tables.items():
            connection.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" * (columns.count(",") + 1))
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608
        for statement in more:
            connection.execute(statement)
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


def table(rows: Iterable[Row], separator: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue()


def archive(members: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, said in members.items():
            packed.writestr(name, said)
    return file.getvalue()


LOOP_HABITS: Sequence[Row] = (
    # Id, archived, color, description, freq_den, freq_num, name, position, question, type, target_type, …
    (1, 0, 3, "", 7, 3, "Run", 0, "Did you run?", 0, 0, 0.0, "", "aa"),
    (2, 0, 4, "from the tap", 1, 1, "Water", 1, "", 1, 0, 2.5, "l", "bb"),
    (3, 1, 5, "", 30, 10, "Read", 2, "", 0, 0, 0.0, "", "cc"),
    (4, 0, 5, "", 1, 1, "Sugar", 3, "", 1, 1, 20.0, "g", "dd"),
)
LOOP_DAYS: Sequence[Row] = (
    # id, habit, timestamp, value, notes
    (1, 1, milliseconds(after(0)), 2, "in the rain"),
    (2, 1, milliseconds(after(1)), 0, ""),
    (3, 1, milliseconds(after(2)), 1, ""),
    (4, 1, milliseconds(after(3)), 3, ""),
    (5, 1, milliseconds(after(4)), 3, ""),
    (6, 2, milliseconds(after(0)), 1500, ""),
    (7, 3, milliseconds(after(0)), 2, None),
    (8, 4, milliseconds(after(0)), 0, ""),
)


_OLD_HABITS = "Id integer primary key, archived, color, description, freq_den, freq_num, name, position"
_REWIRE_HABITS = (
    "_id integer primary key, Name, description, archived, schedule, active_days, days, period,"
    " repeating_count, unit, target_count"
)


def loop_db(habits: Sequence[Row] = LOOP_HABITS, days: Sequence[Row] = LOOP_DAYS) -> bytes:
    return database(
        {
            "Habits": (
                f"{_OLD_HABITS}, question, type, target_type, target_value, unit, uuid",
                habits,
            ),
            "Repetitions": ("id integer primary key, habit, timestamp, value, notes", days),
        },
        "PRAGMA user_version = 25",
    )


def old_loop_db() -> bytes:
    """Return one of version 12: each repetition is a day that was done."""
    done = [row[:3] for row in LOOP_DAYS if row[1] in {1, 3} and row[3] == 2]
    return database(
        {
            "Habits": (
                _OLD_HABITS,
                [row[:8] for row in LOOP_HABITS if row[9] == 0],
            ),
            "Repetitions": ("id integer primary key, habit, timestamp", done),
        },
        "PRAGMA user_version = 12",
    )


_WORDS = {-1: "UNKNOWN", 0: "NO", 1: "YES_AUTO", 2: "YES_MANUAL", 3: "SKIP"}


def loop_csv(*, folders: bool = True) -> bytes:
    rows: list[Row] = [
        (
            "Position", "Name", "Type", "Question", "Description", "FrequencyNumerator",
            "FrequencyDenominator", "Color", "Unit", "Target Type", "Target Value", "Archived?",
        )
    ]  # fmt: skip
    members: dict[str, str | bytes] = {}
    columns: dict[str, dict[int, str]] = {}
    for position, (
        id_,
        archived,
        _,
        about,
        den,
        num,
        name,
        _,
        question,
        kind,
        target,
        wanted,
        unit,
        _,
    ) in enumerate(LOOP_HABITS, 1):
        numerical = (
            ("NUMERICAL", unit, ("AT_LEAST", "AT_MOST")[target], wanted) if kind else ("YES_NO", "", "", "")
        )
        rows.append(
            (
                f"{position:03}", name, numerical[0], question, about, num, den, "#FF8F00", *numerical[1:],
                "true" if archived else "false",
            )
        )  # fmt: skip
        days = [row for row in LOOP_DAYS if row[1] == id_]
        columns[name] = {row[2]: _WORDS.get(row[3], str(row[3])) for row in days}
        if folders:
            checks = [(_day(row[2]), columns[name][row[2]], row[4] or "") for row in reversed(days)]
            members[f"{position:03} {name}/Checkmarks.csv"] = table([("Date", "Value", "Notes"), *checks])
            members[f"{position:03} {name}/Scores.csv"] = "Date,Score\n"
    members["Habits.csv"] = table(rows)
    members["Checkmarks.csv"] = _wide(columns)
    members["Scores.csv"] = "Date,Run,\n"
    return archive(members)


def _wide(columns: Mapping[str, Mapping[int, str]]) -> str:
    days = sorted({day for column in columns.values() for day in column}, reverse=True)
    rows = [[_day(day), *(column.get(day, "UNKNOWN") for column in columns.values()), ""] for day in days]
    return table([["Date", *columns, ""], *rows])


def _day(milliseconds_: int) -> str:
    return (dt.date(1970, 1, 1) + dt.timedelta(milliseconds=milliseconds_)).isoformat()


def old_loop_csv() -> bytes:
    """Return the older layout: other columns, numbers for words, and days without a header."""
    return archive(
        {
            "Habits.csv": "Position,Name,Question,Description,NumRepetitions,Interval,Color\n"
            "001,Run,Did you run?,,3,7,#FF8F00\n",
            "001 Run/Checkmarks.csv": "2024-01-04,3\n2024-01-03,1\n2024-01-02,0\n2024-01-01,2\n",
        }
    )


HABITBULL_HEADER = ("HabitName", "HabitDescription", "HabitCategory", "CalendarDate", "Value", "CommentText")


def habitbull(*dates: str, separator: str = ",") -> bytes:
    rows = [("Push-ups", "on the floor", "Sport", date, 20 + at, "") for at, date in enumerate(dates)]
    return table([HABITBULL_HEADER, *rows], separator).encode()


def iso_habitbull() -> bytes:
    return table(
        [
            HABITBULL_HEADER,
            ("Push-ups", "on the floor", "Sport", "2024-01-01", 20, "well, yes"),
            ("Push-ups", "on the floor", "Sport", "2024-01-02", -1000001, ""),
            ("Floss", "", "Health", "2024-01-01", 1, ""),
        ]
    ).encode()


def tickmate_db() -> bytes:
    return database(
        {
            "tracks": (
                "_id integer primary key, name, description, enabled, multiple_entries_per_day, color",
                [(1, "Coffee", "a cup", 1, 1, 0), (2, "Yoga", "", 0, 0, 0)],
            ),
            "ticks": (
                "_id integer primary key, _track_id, year, month, day, hour, minute, second",
                [
                    (1, 1, 2024, 0, 1, 8, 0, 0),
                    (2, 1, 2024, 0, 1, 9, 0, 0),
                    (3, 1, 2024, 11, 31, 9, 0, 0),
                    (4, 2, 2024, 0, 2, 9, 0, 0),
                ],
            ),
        }
    )


def rewire_db() -> bytes:
    return database(
        {
            "Habits": (
                _REWIRE_HABITS,
                [
                    (1, "Run", "slowly", 0, 0, "0,1,3", 0, 0, 0, None, 0),
                    (2, "Water", "", 1, 1, "", 3, 0, 0, 1, 8),
                    (3, "Bins", "", 0, 2, "", 0, 0, 14, None, 0),
                    (4, "Taxes", "", 0, 1, "", 2, 2, 0, None, 0),
                ],
            ),
            "CHECKINS": (
                "_id integer primary key, Habit_id, date, type, note, actual_count",
                [
                    (1, 1, "20240101", 2, "hot", 0),
                    (2, 1, 20240102, 1, "", 0),
                    (3, 1, "20240103", 3, "", 0),
                    (4, 2, "20240101", 2, "", 9),
                    (5, 2, "20240102", 1, "", 3),
                    (6, 2, "20240103", 2, "", 0),
                ],
            ),
            "UNIT": ("_id integer primary key, name", [(1, "glasses")]),
        }
    )


def beaverhabits() -> bytes:
    return json.dumps(
        {
            "habits": [
                {
                    "name": "Piano",
                    "id": "a",
                    "records": [
                        {"day": "2024-01-01", "done": True, "text": "scales"},
                        {"day": "2024-01-02", "done": False},
                    ],
                    "period": {"period_type": "W", "period_count": 1, "target_count": 3},
                    "status": "normal",
                },
                {"name": "Smoke", "records": [{"day": "2024-01-01", "done": True}], "status": "archive"},
            ],
            "order": [],
        }
    ).encode()


def habitica_csv() -> bytes:
    return table(
        [
            ("Task Name", "Task ID", "Task Type", "Date", "Value"),
            ("Bed", "a", "daily", "2024-01-01 21:00:00", 1.0),
            ("Bed", "a", "daily", "2024-01-02 21:00:00", 1.9),
            ("Stairs", "b", "habit", "2024-01-01 08:00:00", 1.0),
            ("Stairs", "b", "habit", "2024-01-01 09:00:00", 1.9),
            ("Buy milk", "c", "todo", "2024-01-01 09:00:00", 1.9),
        ]
    ).encode()


def habitica_json() -> bytes:
    first, second = milliseconds(after(0)), milliseconds(after(1))
    return json.dumps(
        {
            "id": "x",
            "history": {"exp": [{"date": first, "value": 3}]},
            "tasks": {
                "habits": [
                    {
                        "text": "Stairs", "type": "habit", "up": True, "down": False,
                        "history": [
                            {"date": first, "value": 1, "scoredUp": 2, "scoredDown": 0},
                            {"date": second, "value": 1},
                        ],
                    },
                    {
                        "text": "Sweets", "type": "habit", "up": False, "down": True,
                        "history": [{"date": first, "value": -1, "scoredUp": 0, "scoredDown": 3}],
                    },
                ],
                "dailys": [
                    {
                        "text": "Bed", "type": "daily", "notes": "before ten", "frequency": "weekly",
                        "everyX": 1, "repeat": {"m": True, "w": True, "su": False},
                        "history": [
                            {"date": first, "value": 1, "completed": True},
                            {"date": second, "value": 0, "completed": False},
                        ],
                    },
                    {"text": "Plants", "type": "daily", "frequency": "daily", "everyX": 3, "history": []},
                ],
                "todos": [{"text": "Buy milk", "type": "todo"}],
                "rewards": [],
            },
        }
    ).encode()  # fmt: skip


def mosaic_csv() -> bytes:
    return (
        b"dataset,entry_id,date,activity,entry_description,value,note,activity_category,activity_goal,"
        b"activity_type\r\n"
        b"entries,1,2024-01-01,Run,,2.5,wet,Sport,1.0,positive\r\n\r\n"
        b"dataset,activity_id,name,category,activity_type,goal,activity_description,active,"
        b"frequency_per_day,frequency_per_week,deactivated_at,schedule,target,unit\r\n"
        b'activities,1,Run,Sport,positive,1.0,slow,0,1,3,2024-02-01,"{""kind"":""daily""}",,km\r\n'
    )


def mosaic_json() -> bytes:
    return json.dumps(
        {
            "entries": [
                {
                    "entry_id": 1, "date": "2024-01-01", "activity": "Run", "entry_description": "",
                    "value": 2.5, "note": "wet", "activity_category": "Sport", "activity_goal": 1.0,
                    "activity_type": "positive",
                }
            ],
            "activities": [
                {
                    "activity_id": 1, "name": "Run", "category": "Sport", "activity_type": "positive",
                    "goal": 1.0, "activity_description": "slow", "active": False, "frequency_per_day": 1,
                    "frequency_per_week": 3, "deactivated_at": "2024-02-01", "schedule": {"kind": "daily"},
                    "target": {"kind": "at_least", "value": 2}, "unit": "km",
                }
            ],
            "meta": {},
        }
    ).encode()  # fmt: skip


FILES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "loop-db": ("loop-db", loop_db),
    "loop-db of version 12": ("loop-db", old_loop_db),
    "loop-csv": ("loop-csv", loop_csv),
    "loop-csv without folders": ("loop-csv", lambda: loop_csv(folders=False)),
    "loop-csv of old": ("loop-csv", old_loop_csv),
    "habitbull": ("habitbull", iso_habitbull),
    "habitbull with slashes": ("habitbull", lambda: habitbull("11/5/2020", "11/16/2020")),
    "tickmate-db": ("tickmate-db", tickmate_db),
    "rewire-db": ("rewire-db", rewire_db),
    "beaverhabits": ("beaverhabits", beaverhabits),
    "habitica in CSV": ("habitica", habitica_csv),
    "habitica in JSON": ("habitica", habitica_json),
    "mosaic-csv": ("mosaic-csv", mosaic_csv),
    "mosaic-json": ("mosaic-json", mosaic_json),
    "apple-health": ("apple-health", an_apple_document),
    "apple-health in an archive": (
        "apple-health",
        lambda: archive({"apple_health_export/Export.xml": an_apple_document()}),
    ),
    "fitbit": ("fitbit", lambda: archive(takeout())),
    "fitbit's heart rates": ("fitbit", lambda: as_json(RATES)),
    "fitbit's nights": ("fitbit", lambda: as_json([NIGHT])),
    "health-connect": ("health-connect", lambda: health_connect().data()),
    "health-connect in an archive": (
        "health-connect",
        lambda: archive({"health_connect_export.db": health_connect().data()}),
    ),
    "activitywatch": ("activitywatch", activitywatch),
}
"""By what they are called here: the format, and what writes one."""
