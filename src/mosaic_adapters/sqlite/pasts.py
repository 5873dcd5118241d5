"""What habits amounted to at the end of days, in SQLite."""

import datetime as dt
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from mosaic_adapters.past_rows import DAY_BYTES, habit_days, month_of, month_row, past_in
from mosaic_core.schedules.model import HabitDay, Past
from mosaic_core.schedules.ports import PastRepository

_DAY_ROWS = """
    SELECT a.id, a.name, a.category, a.activity_type, a.unit, a.schedule, a.frequency_per_week, a.target,
           e.id, e.value, e.note, e.origin, p.begin,
           substr(p.days, 1 + :size * (:before - p.first), :size)
    FROM activities AS a
    LEFT JOIN entries AS e ON e.user_id = a.user_id AND e.day = :day AND e.activity_key = a.name_key
    LEFT JOIN pasts AS p
         ON p.user_id = a.user_id AND p.activity_key = a.name_key AND p.month = :month
         AND :before BETWEEN p.first AND p.through
    WHERE a.user_id = :user AND (a.active = 1 OR a.deactivated_at > :day)
    ORDER BY a.name_key"""

_SINCE = "FROM pasts WHERE user_id = ? AND month >= ? AND through >= ? AND activity_key = ?"
_DELETE_SINCE = f"DELETE {_SINCE}"
_ANY_SINCE = f"SELECT 1 {_SINCE} LIMIT 1"
"""Whether there is anything to delete, which there rarely is. SQLite makes a table of its own for that."""


class SqlitePasts(PastRepository):
    """The `pasts` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def at(self, user_id: int, day: dt.date) -> Mapping[str, Past]:
        """Return the newest past that is not after the day, by the activity's name key.

        The cross join makes SQLite begin with the activities, not with all that is kept of the user.
        """
        rows = self._execute(
            """SELECT a.name_key, p.begin, min(p.through, :day),
                      substr(p.days, 1 + :size * (min(p.through, :day) - p.first), :size)
               FROM activities AS a CROSS JOIN pasts AS p
                    ON p.user_id = a.user_id AND p.activity_key = a.name_key
                    AND p.month = (SELECT q.month FROM pasts AS q
                                   WHERE q.user_id = a.user_id AND q.activity_key = a.name_key
                                     AND q.month <= :month AND q.first <= :day
                                   ORDER BY q.month DESC LIMIT 1)
               WHERE a.user_id = :user""",
            {"user": user_id, "day": day.toordinal(), "month": month_of(day), "size": DAY_BYTES},
        ).fetchall()
        return {key: past_in(begin, through, of_day) for key, begin, through, of_day in rows}

    def day(self, user_id: int, day: dt.date) -> Sequence[HabitDay]:
        """Return the user's activities that are active on the day, by name.

        Most pasts are of the day before, in the row of its month. For others all are looked up.
        """
        before = day - dt.timedelta(days=1) if day > dt.date.min else day
        rows = self._execute(
            _DAY_ROWS,
            {
                "user": user_id,
                "day": day.isoformat(),
                "before": day.toordinal() - 1,
                "month": month_of(before),
                "size": DAY_BYTES,
            },
        ).fetchall()
        is_older = day > dt.date.min and any(row[12] is None for row in rows)
        older = self.at(user_id, before) if is_older else {}
        return list(habit_days(rows, before, older))

    def keep(self, user_id: int, key: str, pasts: Sequence[Past]) -> None:
        """Keep the pasts in place of all of their month."""
        self._execute(
            """INSERT OR REPLACE INTO pasts (user_id, activity_key, month, begin, first, through, days)
               SELECT id, ?, ?, ?, ?, ?, ? FROM users WHERE id = ?""",
            (key, *month_row(pasts), user_id),
        )

    def forget(self, user_id: int, keys: Collection[str] | None, day: dt.date) -> None:
        """Forget every month that has something of the day or after it."""
        since = (user_id, month_of(day), day.toordinal())
        if keys is None:
            self._execute("DELETE FROM pasts WHERE user_id = ? AND month >= ? AND through >= ?", since)
            return
        for key in keys:
            of_activity = (*since, key)
            if self._execute(_ANY_SINCE, of_activity).fetchone():
                self._execute(_DELETE_SINCE, of_activity)
