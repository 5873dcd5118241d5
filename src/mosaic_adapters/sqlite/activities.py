"""Activities in SQLite."""

import datetime as dt
import sqlite3
from collections.abc import Sequence
from typing import Any

from attrs import evolve

from mosaic_adapters.sqlite.errors import broken_rule
from mosaic_core.activities.model import Activity, CategoryGoal
from mosaic_core.activities.ports import ActivityRepository
from mosaic_core.errors import Taken
from mosaic_core.paging import Page
from mosaic_core.schedules.stated import schedule_in, target_in, text_of
from mosaic_core.texts import name_key

COLUMNS = """id, user_id, name, category, activity_type, goal, description, active, frequency_per_day,
             frequency_per_week, deactivated_at, schedule, target, unit"""
"""The columns that `activity_of` wants."""

INSERT = """INSERT INTO activities (id, user_id, name, name_key, category, activity_type, goal, description,
                                    active, frequency_per_day, frequency_per_week, deactivated_at, schedule,
                                    target, unit)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
"""Adds a row: an id, or NULL for a new one, an owner, and what `changeable` returns."""


class SqliteActivities(ActivityRepository):
    """The `activities` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def add(self, activity: Activity) -> Activity:
        """Keep a new activity under a new id."""
        try:
            cursor = self._execute(INSERT, (None, activity.user_id, *changeable(activity)))
        except sqlite3.IntegrityError as error:
            raise broken_rule(error, Taken.ACTIVITY_NAME) from error
        return evolve(activity, id=cursor.lastrowid or 0)

    def get(self, activity_id: int) -> Activity | None:
        """Return the activity with the id."""
        row = self._execute(
            f"SELECT {COLUMNS} FROM activities WHERE id = ?",  # noqa: S608  # constant columns
            (activity_id,),
        ).fetchone()
        return row and activity_of(row)

    def find(self, owner: int | None, name: str) -> Activity | None:
        """Return the owner's activity whose name has the same name key."""
        row = self._execute(
            f"SELECT {COLUMNS} FROM activities WHERE user_id IS ? AND name_key = ?",  # noqa: S608
            (owner, name_key(name)),
        ).fetchone()
        return row and activity_of(row)

    def owned(self, owner: int | None) -> Sequence[Activity]:
        """Return all of the owner's activities by name."""
        rows = self._execute(
            f"SELECT {COLUMNS} FROM activities WHERE user_id IS ? ORDER BY name_key",  # noqa: S608
            (owner,),
        )
        return [activity_of(row) for row in rows]

    def goals(self, owner: int | None, day: dt.date) -> Sequence[CategoryGoal]:
        """Return the categories and goals of those that aim at something on the day."""
        return self._execute(
            """SELECT category, goal FROM activities
               WHERE user_id IS ? AND activity_type = 'positive' AND (active = 1 OR deactivated_at > ?)""",
            (owner, day.isoformat()),
        ).fetchall()

    def page(self, user_id: int, page: Page, *, shared: bool, inactive: bool) -> Sequence[Activity]:
        """Return the user's activities, active first, then by category, then by name."""
        rows = self._execute(
            f"""SELECT {COLUMNS} FROM activities
                WHERE (user_id = :user OR (:shared AND user_id IS NULL)) AND (active = 1 OR :inactive)
                ORDER BY active DESC, name_key(category), category, name_key, user_id IS NULL
                LIMIT :limit OFFSET :offset""",  # noqa: S608  # constant columns
            {
                "user": user_id,
                "shared": shared,
                "inactive": inactive,
                "limit": -1 if page.limit is None else page.limit,
                "offset": page.offset,
            },
        )
        return [activity_of(row) for row in rows]

    def count(self, user_id: int, *, shared: bool, inactive: bool = True) -> int:
        """Return how many activities the user sees."""
        count: int = self._execute(
            """SELECT count(*) FROM activities
               WHERE (user_id = ? OR (? AND user_id IS NULL)) AND (active = 1 OR ?)""",
            (user_id, shared, inactive),
        ).fetchone()[0]
        return count

    def update(self, activity: Activity) -> None:
        """Replace the activity with that id."""
        try:
            self._execute(
                """UPDATE activities
                   SET name = ?, name_key = ?, category = ?, activity_type = ?, goal = ?, description = ?,
                       active = ?, frequency_per_day = ?, frequency_per_week = ?, deactivated_at = ?,
                       schedule = ?, target = ?, unit = ?
                   WHERE id = ?""",
                (*changeable(activity), activity.id),
            )
        except sqlite3.IntegrityError as error:
            raise broken_rule(error, Taken.ACTIVITY_NAME) from error

    def delete(self, activity_id: int) -> None:
        """Delete the activity."""
        self._execute("DELETE FROM activities WHERE id = ?", (activity_id,))


def changeable(activity: Activity) -> tuple[object, ...]:
    """Return the columns that may change, in the order of the table."""
    return (
        activity.name,
        name_key(activity.name),
        activity.category,
        activity.activity_type,
        activity.goal,
        activity.description,
        activity.active,
        activity.frequency_per_day,
        activity.frequency_per_week,
        activity.deactivated_at and activity.deactivated_at.isoformat(),
        activity.schedule and text_of(activity.schedule),
        activity.target and text_of(activity.target),
        activity.unit,
    )


def activity_of(row: tuple[Any, ...]) -> Activity:
    """Return the activity whose COLUMNS are the row."""
    if row[10] is None and row[11] is None and row[12] is None:
        return Activity(*row)  # most are such, and statistics read all of them
    deactivated_at, schedule, target, unit = row[10:]
    rest = (
        None if deactivated_at is None else dt.date.fromisoformat(deactivated_at),
        None if schedule is None else schedule_in(schedule),
        None if target is None else target_in(target),
        unit,
    )
    return Activity(*(row[:10] + rest))
