"""What habits amounted to at the end of days, in PostgreSQL."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from mosaic_adapters.past_rows import DAY_BYTES, habit_days, month_of, month_row, past_in
from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_core.schedules.model import HabitDay, Past
from mosaic_core.schedules.ports import PastRepository

_AT = """
    SELECT a.name_key, p.begin, least(p.through, %(day)s::int),
           substr(p.days, 1 + %(size)s::int * (least(p.through, %(day)s::int) - p.first), %(size)s::int)
    FROM activities AS a, LATERAL (
        SELECT begin, first, through, days FROM pasts
        WHERE user_id = %(user)s AND activity_key = a.name_key AND month <= %(month)s AND first <= %(day)s
        ORDER BY month DESC LIMIT 1) AS p
    WHERE a.user_id = %(user)s"""
_DAY_ROWS = """
    SELECT a.id, a.name, a.category, a.activity_type, a.unit, a.schedule, a.frequency_per_week, a.target,
           e.id, e.value, e.note, e.origin, p.begin,
           substr(p.days, 1 + %(size)s::int * (%(before)s::int - p.first), %(size)s::int)
    FROM activities AS a
    LEFT JOIN entries AS e ON e.user_id = a.user_id AND e.day = %(day)s AND e.activity_key = a.name_key
    LEFT JOIN pasts AS p ON p.user_id = a.user_id AND p.activity_key = a.name_key AND p.month = %(month)s
                        AND %(before)s BETWEEN p.first AND p.through
    WHERE a.user_id = %(user)s AND (a.active = 1 OR a.deactivated_at > %(day)s)
    ORDER BY a.name_key"""
_FORGET = "DELETE FROM pasts WHERE user_id = %(user)s AND month >= %(month)s AND through >= %(day)s"
_FORGET_ONE = """
    DELETE FROM pasts AS p USING (VALUES {rows}) AS gone (user_id, activity_key, month, day)
    WHERE p.user_id = gone.user_id::bigint AND p.activity_key = gone.activity_key
      AND p.month >= gone.month::int AND p.through >= gone.day::int"""


class PostgresqlPasts(PastRepository):
    """The `pasts` table."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def at(self, user_id: int, day: dt.date) -> Mapping[str, Past]:
        """Return the newest past that is not after the day, by the activity's name key."""
        self._in.own(user_id)
        rows = self._in.rows(
            _AT, {"user": user_id, "day": day.toordinal(), "month": month_of(day), "size": DAY_BYTES}
        )
        return {key: past_in(begin, through, of_day) for key, begin, through, of_day in rows}

    def day(self, user_id: int, day: dt.date) -> Sequence[HabitDay]:
        """Return the user's activities that are active on the day, by name.

        Most pasts are of the day before, in the row of its month. For others all are looked up.
        """
        self._in.own(user_id)
        before = day - dt.timedelta(days=1) if day > dt.date.min else day
        values = {
            "user": user_id,
            "day": day,
            "before": day.toordinal() - 1,
            "month": month_of(before),
            "size": DAY_BYTES,
        }
        rows = self._in.rows(_DAY_ROWS, values)
        is_older = day > dt.date.min and any(row[12] is None for row in rows)
        older = self.at(user_id, before) if is_older else {}
        return list(habit_days(rows, before, older))

    def keep(self, user_id: int, key: str, pasts: Sequence[Past]) -> None:
        """Keep the pasts in place of all of their month."""
        self._in.own(user_id)
        self._in.say(
            """INSERT INTO pasts (user_id, activity_key, month, begin, first, through, days)
               SELECT id, %s, %s, %s, %s, %s, %s FROM users WHERE id = %s
               ON CONFLICT (user_id, activity_key, month) DO UPDATE
               SET begin = excluded.begin, first = excluded.first, through = excluded.through,
                   days = excluded.days""",
            (key, *month_row(pasts), user_id),
        )

    def forget(self, user_id: int, keys: Collection[str] | None, day: dt.date) -> None:
        """Forget every month that has something of the day or after it."""
        self._in.own(user_id)
        since = {"user": user_id, "month": month_of(day), "day": day.toordinal()}
        if keys is None:
            self._in.say(_FORGET, since)
        elif len(keys) == 1:
            self._in.say_row(_FORGET_ONE, (user_id, *keys, since["month"], since["day"]))
        else:
            self._in.say(f"{_FORGET} AND activity_key = ANY(%(keys)s)", {**since, "keys": list(keys)})
