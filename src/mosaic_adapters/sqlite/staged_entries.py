"""Staged rows become entries.

The writer attaches the staging's file and takes over all of its rows with a few statements. Each of them runs
in SQLite from end to end and never asks for the interpreter, so that a large import stalls no other thread.
"""

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from mosaic_adapters.sqlite.entries import SHARED
from mosaic_adapters.sqlite.errors import broken_rule
from mosaic_adapters.sqlite.staging import STAGED, SqliteStaging
from mosaic_core.activities.model import Activity
from mosaic_core.entries.ports import StagedChange, StagedEntryRepository, Staging
from mosaic_core.errors import Taken

_MOST_ATTACHED = 8
"""SQLite attaches at most ten files to a connection, and lets go of none before the transaction ends."""

_ACTIVITIES = """CREATE TEMP TABLE IF NOT EXISTS staged_activities (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    goal REAL NOT NULL,
    activity_type TEXT NOT NULL
) WITHOUT ROWID"""

# Said of the entries' days, it leads SQLite through entries and staged rows in one and the same order.
_BETWEEN = "BETWEEN (SELECT min(day) FROM {staged}) AND (SELECT max(day) FROM {staged})"

_ANY_BETWEEN = "SELECT EXISTS (SELECT 1 FROM entries WHERE user_id IS :owner AND day {between})"

_GIVE = """
    UPDATE entries AS e SET user_id = :owner
    FROM {staged} AS s
    WHERE e.user_id IS NULL AND e.day {between} AND e.day = s.day AND e.activity_key = s.activity_key
      AND NOT EXISTS (SELECT 1 FROM entries AS own
                      WHERE own.user_id = :owner AND own.day = s.day AND own.activity_key = s.activity_key)"""

_CHANGE = """
    UPDATE entries AS e
    SET activity = a.name, value = ifnull(s.value, e.value), note = ifnull(s.note, e.note),
        description = a.description, category = a.category, goal = a.goal, activity_type = a.activity_type
    FROM {staged} AS s CROSS JOIN staged_activities AS a
    WHERE e.user_id IS :owner AND e.day {between}
      AND e.day = s.day AND e.activity_key = s.activity_key AND a.key = s.activity_key
      AND (e.activity, e.value, e.note, e.description, e.category, e.goal, e.activity_type)
          IS NOT (a.name, ifnull(s.value, e.value), ifnull(s.note, e.note), a.description, a.category, a.goal,
                  a.activity_type)"""

_ADD = """
    INSERT INTO entries (user_id, day, activity, activity_key, value, note, description, category, goal,
                         activity_type)
    SELECT :owner, s.day, a.name, s.activity_key, ifnull(s.value, 0.0), ifnull(s.note, ''), a.description,
           a.category, a.goal, a.activity_type
    FROM {staged} AS s CROSS JOIN staged_activities AS a
    WHERE a.key = s.activity_key{missing}
    ORDER BY s.day DESC, s.activity_key"""
_MISSING = """
      AND NOT EXISTS (SELECT 1 FROM entries AS own
                      WHERE own.user_id IS :owner AND own.day = s.day
                        AND own.activity_key = s.activity_key)"""


class SqliteStagedEntries(StagedEntryRepository):
    """Takes the rows of stagings over into the `entries` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany
        self._attached: dict[Path, str] = {}
        self._copies: list[str] = []
        self._numbers = count()

    def give_shared(self, staging: Staging, owner: int) -> Sequence[dt.date]:
        """Give the shared entries at staged places to the owner where the owner has none."""
        staged = self._table(staging)
        if not self._any_between(staged, None):
            return []
        given = self._change(_sql(_GIVE, staged), owner)
        return self._staged_days(staged) if given else []

    def write(self, staging: Staging, owner: int | None, activities: Mapping[str, Activity]) -> StagedChange:
        """Change the owner's entries at the staged places and add those that are missing."""
        staged = self._table(staging)
        self._set_activities(activities)
        changed, missing = 0, ""
        if self._any_between(staged, owner):
            changed, missing = self._change(_sql(_CHANGE, staged), owner), _MISSING
        added = self._add(_sql(_ADD, staged, missing), owner)
        days = self._staged_days(staged) if added or changed else []
        return StagedChange(added, changed, days)

    def release(self) -> None:
        """Let go of all stagings; possible only outside a transaction. What fails is tried again later."""
        with suppress(sqlite3.Error):
            for path, name in list(self._attached.items()):
                self._execute(f"DETACH {name}")
                del self._attached[path]
            if self._copies:
                self._drop_copies()

    def _drop_copies(self) -> None:
        self._execute("PRAGMA query_only = OFF")  # between transactions the writer takes no changes
        while self._copies:
            self._execute(f"DROP TABLE IF EXISTS temp.{self._copies[-1]}")
            self._copies.pop()
        self._execute("PRAGMA query_only = ON")

    def _table(self, staging: Staging) -> str:
        """Return the table that has the rows: in the attached file, or a copy once too many are attached."""
        if not isinstance(staging, SqliteStaging):
            raise TypeError("This staging is another store's")
        path = staging.readable()
        if path in self._attached:
            return f"{self._attached[path]}.staged"
        if len(self._attached) == _MOST_ATTACHED:
            return self._copy(path)
        name = f"staging_{next(self._numbers)}"
        self._execute(f"ATTACH ? AS {name}", (str(path),))
        self._attached[path] = name
        return f"{name}.staged"

    def _copy(self, path: Path) -> str:
        name = f"staged_{next(self._numbers)}"
        self._copies.append(name)
        self._execute(STAGED.format(temporary="TEMP", name=name))
        with closing(sqlite3.connect(path)) as other:
            self._execute_many(
                f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)",  # noqa: S608  # a name of ours
                other.execute("SELECT * FROM staged"),
            )
        return name

    def _set_activities(self, activities: Mapping[str, Activity]) -> None:
        self._execute(_ACTIVITIES)
        self._execute("DELETE FROM staged_activities")
        self._execute_many(
            "INSERT INTO staged_activities VALUES (?, ?, ?, ?, ?, ?)",
            (
                (key, one.name, one.description, one.category, one.goal, one.activity_type)
                for key, one in activities.items()
            ),
        )

    def _any_between(self, staged: str, owner: int | None) -> bool:
        """Return whether the owner has entries between the first and the last staged day."""
        row = self._execute(_sql(_ANY_BETWEEN, staged), {"owner": owner}).fetchone()
        return bool(row[0])

    def _change(self, sql: str, owner: int | None) -> int:
        """Run a statement for the owner; return how many entries it wrote."""
        try:
            return self._execute(sql, {"owner": owner}).rowcount
        except sqlite3.IntegrityError as error:
            raise broken_rule(error, Taken.ENTRY) from error

    def _add(self, sql: str, owner: int | None) -> int:
        """Add entries and count them at once: a trigger for each takes a fifth longer."""
        trigger = self._execute("SELECT sql FROM sqlite_schema WHERE name = 'entry_added'").fetchone()[0]
        self._execute("DROP TRIGGER entry_added")
        added = self._change(sql, owner)
        self._execute(trigger)
        if added:
            self._execute(
                """INSERT INTO entry_totals VALUES (?, ?)
                   ON CONFLICT (owner) DO UPDATE SET total = total + excluded.total""",
                (owner or SHARED, added),
            )
        return added

    def _staged_days(self, staged: str) -> Sequence[dt.date]:
        rows = self._execute(f"SELECT DISTINCT day FROM {staged}")  # noqa: S608  # a name of ours
        return [dt.date.fromisoformat(day) for (day,) in rows]


def _sql(template: str, staged: str, missing: str = "") -> str:
    return template.format(staged=staged, between=_BETWEEN.format(staged=staged), missing=missing)
