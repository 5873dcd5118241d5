"""Daily wearable aggregates in PostgreSQL."""

import datetime as dt
from collections.abc import Iterable, Sequence

from mosaic_adapters.postgresql.wearable_tables import Tables
from mosaic_core.wearables.model import DailyAggregate, HeartDay, SleepDay, StepsDay
from mosaic_core.wearables.ports import AggregateRepository

_STEPS = ("steps", "distance_meters", "calories")
_SLEEP = ("sleep_seconds", "sleep_sessions", "efficiency")
_HEART = ("hr_min", "hr_max", "hr_avg", "resting_heart_rate", "hrv_rmssd_ms")


class PostgresqlAggregates(Tables, AggregateRepository):
    """The `wearable_daily_agg` table. If a day lacks a part, all columns of the part are null."""

    def replace_heart(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, HeartDay]]
    ) -> None:
        """Replace the heart parts of the days."""
        told = [
            (source_id, day, heart.least, heart.most, heart.average, heart.resting, heart.variability_ms)
            for source_id, day, heart in rows
        ]
        self._replace(_HEART, user_id, (first, last), told)

    def replace_steps(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, StepsDay]]
    ) -> None:
        """Replace the steps parts of the days."""
        told = [
            (source_id, day, steps.steps, steps.distance_meters, steps.calories)
            for source_id, day, steps in rows
        ]
        self._replace(_STEPS, user_id, (first, last), told)

    def replace_sleep(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, SleepDay]]
    ) -> None:
        """Replace the sleep parts of the days."""
        told = [
            (source_id, day, sleep.seconds, sleep.sessions, sleep.efficiency)
            for source_id, day, sleep in rows
        ]
        self._replace(_SLEEP, user_id, (first, last), told)

    def aggregates(
        self, user_id: int, source_id: int, first: dt.date, last: dt.date
    ) -> Sequence[DailyAggregate]:
        """Return the days of the source, oldest first."""
        self._in.own(user_id)
        rows = self._in.rows(
            """SELECT day, steps, distance_meters, calories, sleep_seconds, sleep_sessions, efficiency,
                      hr_min, hr_max, hr_avg, resting_heart_rate, hrv_rmssd_ms
               FROM wearable_daily_agg WHERE user_id = %s AND day BETWEEN %s AND %s AND source_id = %s
               ORDER BY day""",
            (user_id, first, last, source_id),
        )
        return [
            DailyAggregate(
                row[0],
                None if row[1] is None else StepsDay(*row[1:4]),
                None if row[4] is None else SleepDay(*row[4:7]),
                None if row[7] is None else HeartDay(*row[7:]),
            )
            for row in rows
        ]

    def _replace(
        self,
        columns: Sequence[str],
        user_id: int,
        days: tuple[dt.date, dt.date],
        rows: Iterable[tuple[object, ...]],
    ) -> None:
        """Replace these columns on all the days by the rows (source id, day, values of the columns)."""
        self._in.own(user_id)
        between = {"user": user_id, "first": days[0], "last": days[1]}
        emptied = ", ".join(f"{name} = NULL" for name in columns)
        self._in.change(
            f"""UPDATE wearable_daily_agg SET {emptied}
                WHERE user_id = %(user)s AND day BETWEEN %(first)s AND %(last)s""",  # noqa: S608  # constants
            between,
        )
        self._in.change_many(_upsert(columns), [(user_id, *told) for told in rows])
        self._in.change(
            """DELETE FROM wearable_daily_agg
               WHERE user_id = %(user)s AND day BETWEEN %(first)s AND %(last)s
                 AND steps IS NULL AND sleep_seconds IS NULL AND hr_min IS NULL""",
            between,
        )


def _upsert(columns: Sequence[str]) -> str:
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    replaced = ", ".join(f"{name} = excluded.{name}" for name in columns)
    return f"""INSERT INTO wearable_daily_agg (user_id, source_id, day, {names})
               VALUES (%s, %s, %s, {marks})
               ON CONFLICT (user_id, day, source_id) DO UPDATE SET {replaced}"""  # noqa: S608  # constants
