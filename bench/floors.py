"""The floors: what this machine does for the same result with nothing of Mosaic around it.

Each is written the short way over one SQLite connection in this process, with the indexes that the work
wants, WAL and `synchronous=FULL`. No routing, no tokens, no validation, no cache.
"""

import itertools
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import argon2
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from history import ACTIVITIES, DESCRIPTION, Row

OWNER = 1

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE activities (
    id INTEGER PRIMARY KEY, user_id INTEGER, name TEXT, category TEXT, activity_type TEXT, goal REAL,
    description TEXT, active INTEGER, frequency_per_day INTEGER, frequency_per_week INTEGER,
    deactivated_at TEXT
);
CREATE UNIQUE INDEX activities_by_name ON activities (user_id, name);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY, user_id INTEGER, date TEXT, activity TEXT, value REAL, note TEXT,
    description TEXT, activity_category TEXT, activity_goal REAL, activity_type TEXT
);
CREATE UNIQUE INDEX entries_by_day ON entries (user_id, date DESC, activity);
CREATE TABLE wearable_raw (
    id INTEGER PRIMARY KEY, user_id INTEGER, source_id INTEGER, dedupe_key TEXT, type TEXT, start TEXT,
    payload BLOB
);
CREATE UNIQUE INDEX wearable_raw_by_key ON wearable_raw (user_id, dedupe_key);
CREATE TABLE wearable_hr (
    id INTEGER PRIMARY KEY, user_id INTEGER, source_id INTEGER, start TEXT, bpm INTEGER
);
CREATE INDEX wearable_hr_by_time ON wearable_hr (user_id, start);
"""

ADD_ACTIVITY = "INSERT INTO activities VALUES (NULL, ?, ?, ?, 'positive', 1.0, ?, 1, 1, 7, NULL)"
ADD_ENTRY = "INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, 'positive')"
TODAY = """
SELECT a.id, a.name, a.category, a.activity_type, a.description, a.active, a.deactivated_at, a.goal,
    e.id, e.value, e.note, e.activity_goal
FROM activities a LEFT JOIN entries e ON e.user_id = a.user_id AND e.date = ?1 AND e.activity = a.name
WHERE a.user_id = ?2 AND (a.active OR a.deactivated_at > ?1) ORDER BY a.name LIMIT 200
"""
LISTED = """
SELECT e.*, a.category, a.goal, a.description
FROM entries e LEFT JOIN activities a ON a.user_id = e.user_id AND a.name = e.activity
WHERE e.user_id = ? ORDER BY e.date DESC, e.activity LIMIT ?
"""
HISTORY = "SELECT date, value FROM entries WHERE user_id = ? AND activity = ? ORDER BY date"
ENTRIES = "SELECT * FROM entries WHERE user_id = ? ORDER BY date DESC, activity LIMIT ?"
ACTIVITIES_OF = "SELECT * FROM activities WHERE user_id = ? ORDER BY active DESC, category, name LIMIT 500"
GROUPING = """
SELECT date, activity_category, count(*), sum(value) FROM entries
WHERE user_id = ?1 AND date BETWEEN date(?2, '-29 days') AND ?2 GROUP BY date, activity_category
"""


class RawStore:
    """A filled database and the raw work on it; each method does one request's work once."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
        self.connection.executescript(SCHEMA)

    def fill(self, rows: Iterable[Row], owner: int = OWNER) -> None:
        """Keep the activities and the rows."""
        activities = [(owner, name, category, DESCRIPTION) for name, category in ACTIVITIES]
        self.connection.executemany(ADD_ACTIVITY, activities)
        self.import_rows(list(rows), owner)

    def today(self, day: str) -> bytes:
        """Answer with the 50 activities joined with one day's entries."""
        return orjson.dumps(_today_rows(self.connection.execute(TODAY, (day, OWNER))))

    def progress(self, day: str) -> list[Any]:
        """Group the 30 days that end with `day`, by day and category."""
        return self.connection.execute(GROUPING, (OWNER, day)).fetchall()

    def entries(self, limit: int) -> bytes:
        """Answer with the newest entries, joined with their activities."""
        return orjson.dumps(_listed(self.connection.execute(LISTED, (OWNER, limit))))

    def export(self, limit: int) -> bytes:
        """Answer with the newest entries as they are stored, and the activities."""
        entries = _entries(self.connection.execute(ENTRIES, (OWNER, limit)))
        activities = _activities(self.connection.execute(ACTIVITIES_OF, (OWNER,)))
        return orjson.dumps({"entries": entries, "activities": activities})

    def add_entry(self, row: Row) -> None:
        """Keep one entry, durably."""
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute(ADD_ENTRY, (OWNER, *row))
        self.connection.execute("COMMIT")

    def import_rows(self, rows: list[Row], owner: int) -> None:
        """Keep many entries in one durable commit."""
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(ADD_ENTRY, [(owner, *row) for row in rows])
        self.connection.execute("COMMIT")

    def ingest(self, body: bytes) -> None:
        """Decode a wearable batch; keep its raw and canonical rows in one durable commit."""
        records = orjson.loads(body)["records"]
        raw = [(r["dedupe_key"], r["type"], r["start"], orjson.dumps(r["fields"])) for r in records]
        canonical = [(r["start"], r["fields"]["bpm"]) for r in records]
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(f"INSERT INTO wearable_raw VALUES (NULL, {OWNER}, 1, ?, ?, ?, ?)", raw)
        self.connection.executemany(f"INSERT INTO wearable_hr VALUES (NULL, {OWNER}, 1, ?, ?)", canonical)
        self.connection.execute("COMMIT")

    def close(self) -> None:
        """Release the database."""
        self.connection.close()


class RawHistory:
    """One activity's entries, and an index of its own for them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.executescript(SCHEMA)
        self.connection.execute("CREATE INDEX entries_by_activity ON entries (user_id, activity, date)")
        self.connection.executemany(ADD_ENTRY, [(OWNER, *row) for row in rows])

    def history(self) -> bytes:
        """Answer with the days and values of the first activity."""
        found = self.connection.execute(HISTORY, (OWNER, ACTIVITIES[0][0]))
        return orjson.dumps([{"date": day, "value": value} for day, value in found])

    def close(self) -> None:
        """Release the database."""
        self.connection.close()


def login() -> Callable[[], object]:
    """Return the check of one password at OWASP's minimum for argon2id: 19 MiB, two passes, one lane."""
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    kept = hasher.hash("correct horse battery")
    return lambda: hasher.verify(kept, "correct horse battery")


def rate(work: Callable[[int], object], seconds: float) -> float:
    """Return how often per second `work` is done, called with 0, 1, 2, … for so many seconds."""
    start = time.perf_counter()
    for number in itertools.count(1):
        work(number - 1)
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return number / elapsed
    raise AssertionError


def took(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# Dictionaries written out are the fastest way from a row to JSON in plain Python.


def _today_rows(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {
            "activity_id": number,
            "name": name,
            "category": category,
            "activity_type": kind,
            "description": description,
            "active": active,
            "deactivated_at": until,
            "goal": goal,
            "entry_id": entry,
            "value": value,
            "note": note,
            "activity_goal": aim,
        }
        for number, name, category, kind, description, active, until, goal, entry, value, note, aim in rows
    ]


def _entries(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "user_id": owner,
            "date": day,
            "activity": activity,
            "value": value,
            "note": note,
            "description": description,
            "activity_category": snapshot,
            "activity_goal": aim,
            "activity_type": kind,
        }
        for number, owner, day, activity, value, note, description, snapshot, aim, kind in rows
    ]


def _listed(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "user_id": owner,
            "date": day,
            "activity": activity,
            "value": value,
            "note": note,
            "description": description,
            "activity_category": snapshot,
            "activity_goal": aim,
            "activity_type": kind,
            "category": category,
            "goal": goal,
            "activity_description": about,
        }
        for (
            number,
            owner,
            day,
            activity,
            value,
            note,
            description,
            snapshot,
            aim,
            kind,
            category,
            goal,
            about,
        ) in rows
    ]


def _activities(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "user_id": owner,
            "name": name,
            "category": category,
            "activity_type": kind,
            "goal": goal,
            "description": description,
            "active": active,
            "frequency_per_day": per_day,
            "frequency_per_week": per_week,
            "deactivated_at": until,
        }
        for number, owner, name, category, kind, goal, description, active, per_day, per_week, until in rows
    ]


async def _ready(_: Request) -> Response:
    return Response(READY, media_type="application/json")


READY = Path(os.environ["BENCH_READY"]).read_bytes() if "BENCH_READY" in os.environ else b""
bare = Starlette(routes=[Route("/{path:path}", _ready)])  # the floor of a cached answer, served by uvicorn
