"""Daily wearable aggregates in SQLite."""

import datetime as dt
from collections.abc import Iterable, Sequence

from mosaic_adapters.sqlite.wearable_tables import Tables
from mosaic_core.wearables.model import DailyAggregate, HeartDay, SleepDay, StepsDay
from mosaic_core.wearables.ports import AggregateRepository

_STEPS = ("steps", "distance_meters", "calories")
_SLEEP = ("sleep_seconds", "sleep_sessions", "efficiency")
_HEART = ("hr_min", "hr_max", "hr_avg", "resting_heart_rate", "hrv_rmssd_ms")


class SqliteAggregates(Tables, AggregateRepository):
    """The `wearable_daily_agg` table. If a day lacks a part, all columns of the part are null."""

    def replace_heart(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, HeartDay]]
    ) -> None:
        """Replace the heart parts of the days."""
        told = [
            (
                (source_id, day),
                (heart.least, heart.most, heart.average, heart.resting, heart.variability_ms),
            )
            for source_id, day, heart in rows
        ]
        self._replace(_HEART, user_id, (first, last), told)

    def replace_steps(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, StepsDay]]
    ) -> None:
        """Replace the steps parts of the days."""
        told = [
            ((source_id, day), (steps.steps, steps.distance_meters, steps.calories))
            for source_id, day, steps in rows
        ]
        self._replace(_STEPS, user_id, (first, last), told)

    def replace_sleep(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, SleepDay]]
    ) -> None:
        """Replace the sleep parts of the days."""
        told = [
            ((source_id, day), (sleep.seconds, sleep.sessions, sleep.efficiency))
            for source_id, day, sleep in rows
        ]
        self._replace(_SLEEP, user_id, (first, last), told)

    def aggregates(
        self, user_id: int, source_id: int, first: dt.date, last: dt.date
    ) -> Sequence[DailyAggregate]:
        """Return the days of the source, oldest first."""
        rows = self._execute(
            """SELECT day, steps, distance_meters, calories, sleep_seconds, sleep_sessions, efficiency,
                      hr_min, hr_max, hr_avg, resting_heart_rate, hrv_rmssd_ms
               FROM wearable_daily_agg WHERE user_id = ? AND day BETWEEN ? AND ? AND source_id = ?
               ORDER BY day""",
            (user_id, first.isoformat(), last.isoformat(), source_id),
        )
        return [
            DailyAggregate(
                dt.date.fromisoformat(row[0]),
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
        rows: Iterable[tuple[tuple[int, dt.date], tuple[float | None, ...]]],
    ) -> None:
        """Replace these columns on all the days by the rows (source id and day, values of the columns)."""
        between = {"user": user_id, "first": days[0].isoformat(), "last": days[1].isoformat()}
        emptied = ", ".join(f"{name} = NULL" for name in columns)
        self._execute(
            f"""UPDATE wearable_daily_agg SET {emptied}
                WHERE user_id = :user AND day BETWEEN :first AND :last""",  # noqa: S608  # constants
            between,
        )
        self._execute_many(
            _upsert(columns),
            [(user_id, source_id, day.isoformat(), *told) for (source_id, day), told in rows],
        )
        self._execute(
            """DELETE FROM wearable_daily_agg WHERE user_id = :user AND day BETWEEN :first AND :last
               AND steps IS NULL AND sleep_seconds IS NULL AND hr_min IS NULL""",
            between,
        )


def _upsert(columns: Sequence[str]) -> str:
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    replaced = ", ".join(f"{name} = excluded.{name}" for name in columns)
    return f"""INSERT INTO wearable_daily_agg (user_id, source_id, day, {names}) VALUES (?, ?, ?, {marks})
               ON CONFLICT (user_id, day, source_id) DO UPDATE SET {replaced}"""  # noqa: S608  # constants
