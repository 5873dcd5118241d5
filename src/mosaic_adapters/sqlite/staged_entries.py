"""Staged rows become entries.

The writer attaches the staging's file and takes over all of its rows with a few statements. Each of them runs
in SQLite from end to end and never asks for the interpreter, so that a large import stalls no other thread.
"""

import datetime as dt
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

from mosaic_adapters.sqlite.entries import SHARED, entries_among
from mosaic_adapters.sqlite.errors import broken_rule
from mosaic_adapters.sqlite.staging import STAGED, SqliteStaging
from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import Entry, Place
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

# What a file says of a rule's entry is said: the rule has it no longer, though it stays as it is.
_OTHERWISE = """((e.value, e.note) IS NOT (ifnull(s.value, e.value), ifnull(s.note, e.note))
           OR (e.origin = 'rule' AND s.value IS NOT NULL))"""

_GIVE = """
    UPDATE entries AS e SET user_id = :owner
    FROM {staged} AS s
    WHERE e.user_id IS NULL AND e.day {between} AND e.day = s.day AND e.activity_key = s.activity_key
      AND NOT EXISTS (SELECT 1 FROM entries AS own
                      WHERE own.user_id = :owner AND own.day = s.day AND own.activity_key = s.activity_key)
    RETURNING day, activity_key"""

_CHANGE = """
    UPDATE entries AS e
    SET activity = a.name, value = ifnull(s.value, e.value), note = ifnull(s.note, e.note),
        description = a.description, category = a.category, goal = a.goal, activity_type = a.activity_type,
        origin = CASE WHEN {otherwise} THEN 'import' ELSE e.origin END
    FROM {staged} AS s CROSS JOIN staged_activities AS a
    WHERE e.user_id IS :owner AND e.day {between}
      AND e.day = s.day AND e.activity_key = s.activity_key AND a.key = s.activity_key
      AND ({otherwise}
           OR (e.activity, e.description, e.category, e.goal, e.activity_type)
              IS NOT (a.name, a.description, a.category, a.goal, a.activity_type))"""

_DIFFERING = """
    SELECT e.id FROM {staged} AS s CROSS JOIN entries AS e
    WHERE e.user_id IS :owner AND e.day = s.day AND e.activity_key = s.activity_key
      AND {otherwise}"""

_ADD = """
    INSERT INTO entries (user_id, day, activity, activity_key, value, note, description, category, goal,
                         activity_type, origin)
    SELECT :owner, s.day, a.name, s.activity_key, ifnull(s.value, 0.0), ifnull(s.note, ''), a.description,
           a.category, a.goal, a.activity_type, 'import'
    FROM {staged} AS s CROSS JOIN staged_activities AS a
    WHERE a.key = s.activity_key{missing}
    ORDER BY s.day DESC, s.activity_key"""
_MISSING = """
      AND NOT EXISTS (SELECT 1 FROM entries AS own
                      WHERE own.user_id IS :owner AND own.day = s.day
                        AND own.activity_key = s.activity_key)"""


class SqliteStagedEntries(StagedEntryRepository):
    """Takes the rows of stagings over into the `entries` table."""

    def __init__(
        self, connection: sqlite3.Connection, release: Callable[[str], object] | None = None
    ) -> None:
        """Use the connection; `release` runs a statement between its transactions, where others must not."""
        self._execute = connection.execute
        self._execute_many = connection.executemany
        self._release = release or connection.execute
        self._attached: dict[Path, str] = {}
        self._copies: list[str] = []
        self._numbers = count()

    def give_shared(self, staging: Staging, owner: int) -> Sequence[Place]:
        """Give the shared entries at staged places to the owner where the owner has none."""
        staged = self._table(staging)
        if not self._any_between(staged, None):
            return []
        with _rules_told():
            given = self._execute(_sql(_GIVE, staged), {"owner": owner}).fetchall()
        return [(dt.date.fromisoformat(day), key) for day, key in given]

    def differing(self, staging: Staging, owner: int | None) -> Sequence[Entry]:
        """Return the owner's entries at staged places that say otherwise than the rows."""
        staged = self._table(staging)
        if not self._any_between(staged, owner):
            return []
        return entries_among(self._execute, _sql(_DIFFERING, staged), {"owner": owner})

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
                self._release(f"DETACH {name}")
                del self._attached[path]
            if self._copies:
                self._drop_copies()

    def _drop_copies(self) -> None:
        while self._copies:
            self._release(f"DROP TABLE IF EXISTS temp.{self._copies[-1]}")
            self._copies.pop()

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
        self._execute(f"ATTACH ? AS {name}", (os.fsencode(path),))  # a path need be no UTF-8
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
        with _rules_told():
            return self._execute(sql, {"owner": owner}).rowcount

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


@contextmanager
def _rules_told() -> Iterator[None]:
    """Raise what a broken rule of the store means."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise broken_rule(error, Taken.ENTRY) from error


def _sql(template: str, staged: str, missing: str = "") -> str:
    between = _BETWEEN.format(staged=staged)
    return template.format(staged=staged, between=between, missing=missing, otherwise=_OTHERWISE)
