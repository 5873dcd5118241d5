"""The migration that composes texts (NFC) and computes the keys of names anew.

Before it, "é" as one character and as "e" with an accent behind it made two names. No row is deleted:

- An account keeps its name. Where two names have become one, the account whose key was right already, else
  the older one, is found by it; the other keeps its old key and is found by its exact spelling, as before.
- Of activities of one owner whose names have become one, the one whose key was right already, else the older
  one, keeps the name; the others become "Café (2)", "Café (3)" and so on, and their entries go with them.
- So do entries of one day and one name, which only happens where an activity is gone.

Days whose entries changed are summed up again; the values of a day stay what they were.
"""

import datetime as dt
import sqlite3
from collections.abc import Callable
from functools import partial
from itertools import count

import msgspec

from mosaic_core.stats.summary import summarise
from mosaic_core.texts import composed, name_key

_LONGEST_NAME = 120

_Activity = tuple[int | None, str]
"""An owner and the key that an activity had before."""


def compose_texts(connection: sqlite3.Connection) -> None:
    """Compose every text that people typed, and give every name its key."""
    connection.create_function("composed", 1, composed, deterministic=True)
    connection.create_function("new_key", 1, name_key, deterministic=True)
    days = connection.execute(
        """SELECT DISTINCT user_id, day FROM entries
           WHERE user_id IS NOT NULL
             AND (activity_key <> new_key(activity) OR activity <> composed(activity)
                  OR category <> composed(category))"""
    ).fetchall()
    _key_users(connection)
    _key_entries(connection, _key_activities(connection))
    _compose(connection)
    for user_id, day in days:
        _sum_up(connection, user_id, day)


def _key_users(connection: sqlite3.Connection) -> None:
    rows = connection.execute(
        "SELECT id, new_key(username) FROM users WHERE username_key <> new_key(username) ORDER BY id"
    ).fetchall()
    for user_id, key in rows:
        connection.execute("UPDATE OR IGNORE users SET username_key = ? WHERE id = ?", (key, user_id))


def _key_activities(connection: sqlite3.Connection) -> dict[_Activity, str]:
    """Return the new name of each activity whose key changed."""
    rows = connection.execute(
        "SELECT id, user_id, name, name_key FROM activities WHERE name_key <> new_key(name) ORDER BY id"
    ).fetchall()
    renamed = {}
    for activity_id, owner, name, old_key in rows:
        new = _free_name(name, partial(_has_activity, connection, owner))
        connection.execute(
            "UPDATE activities SET name = ?, name_key = ? WHERE id = ?", (new, name_key(new), activity_id)
        )
        renamed[owner, old_key] = new
    return renamed


def _key_entries(connection: sqlite3.Connection, renamed: dict[_Activity, str]) -> None:
    rows = connection.execute(
        """SELECT id, user_id, day, activity, activity_key FROM entries
           WHERE activity_key <> new_key(activity) ORDER BY id"""
    ).fetchall()
    for entry_id, owner, day, activity, old_key in rows:
        wanted = renamed.get((owner, old_key), activity)
        new = _free_name(wanted, partial(_has_entry, connection, owner, day))
        connection.execute(
            "UPDATE entries SET activity = ?, activity_key = ? WHERE id = ?", (new, name_key(new), entry_id)
        )


def _has_activity(connection: sqlite3.Connection, owner: int | None, key: str) -> bool:
    row = connection.execute("SELECT 1 FROM activities WHERE user_id IS ? AND name_key = ?", (owner, key))
    return row.fetchone() is not None


def _has_entry(connection: sqlite3.Connection, owner: int | None, day: str, key: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM entries WHERE user_id IS ? AND day = ? AND activity_key = ?", (owner, day, key)
    )
    return row.fetchone() is not None


def _free_name(name: str, taken: Callable[[str], bool]) -> str:
    """Return the name composed, with a number behind it if its key is taken."""
    name = composed(name)
    if not taken(name_key(name)):
        return name
    numbered = (f"{name[: _LONGEST_NAME - len(end)]}{end}" for end in (f" ({number})" for number in count(2)))
    return next(each for each in numbered if not taken(name_key(each)))


def _compose(connection: sqlite3.Connection) -> None:
    """Compose the texts whose keys did not change, and those that have none."""
    for table, columns in (
        ("users", ("display_name",)),
        ("activities", ("name", "category", "description")),
        ("entries", ("activity", "category", "description", "note")),
        ("wearable_sources", ("display_name",)),
    ):
        settings = ", ".join(f"{name} = composed({name})" for name in columns)
        differs = " OR ".join(f"{name} <> composed({name})" for name in columns)
        connection.execute(f"UPDATE {table} SET {settings} WHERE {differs}")  # noqa: S608  # constant names


def _sum_up(connection: sqlite3.Connection, user_id: int, day: str) -> None:
    rows = connection.execute(
        """SELECT category, activity, value, goal FROM entries
           WHERE user_id = ? AND day = ? AND activity_type = 'positive'""",
        (user_id, day),
    ).fetchall()
    summary = summarise(dt.date.fromisoformat(day), rows)
    if summary is not None:
        connection.execute(
            "UPDATE day_summaries SET summary = ? WHERE user_id = ? AND day = ?",
            (msgspec.json.encode(summary).decode(), user_id, day),
        )
