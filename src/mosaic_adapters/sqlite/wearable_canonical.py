"""Canonical wearable rows in SQLite."""

import datetime as dt
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from mosaic_adapters.sqlite.wearable_tables import Tables, stored_day
from mosaic_core.wearables.ports import CanonicalRepository
from mosaic_core.wearables.rows import (
    LONGEST_SLEEP,
    HeartRate,
    SleepSession,
    SleepStage,
    StepPiece,
    Touched,
)
from mosaic_core.wearables.spans import Span

_STEPS = """
    SELECT source_id, start_at, end_at, day, steps, distance_m, active_minutes, calories
    FROM wearable_canonical_steps WHERE user_id = ? AND day BETWEEN ? AND ?"""
_STEPS_CROSSING = _STEPS + " AND start_at < ? AND (end_at > ? OR start_at >= ?)"
_DETACHED = """
    UPDATE wearable_raw SET status = 'waiting' WHERE id IN (
        SELECT raw_id FROM wearable_canonical_sleep_stages
        WHERE session_id IN (SELECT value FROM json_each(:ids)) AND raw_id <> session_id)"""
_OF_RECORDS = "raw_id IN (SELECT value FROM json_each(:ids)) AND +user_id = :user"
"""The `+` keeps the query to the index of `raw_id`."""

_DAYS_OF_SAMPLES = """
    WITH RECURSIVE
        own (id) AS (SELECT id FROM wearable_sources WHERE id = :source AND user_id = :user),
        days (day) AS (
            SELECT (SELECT min(day) FROM wearable_canonical_hr WHERE source_id = own.id) FROM own
            UNION ALL
            SELECT (SELECT min(day) FROM wearable_canonical_hr AS hr
                    WHERE hr.source_id = :source AND hr.day > days.day)
            FROM days WHERE day IS NOT NULL)
    SELECT day FROM days WHERE day IS NOT NULL"""
"""Steps from day to day through the key, so that it costs nothing how many samples a day has."""

_TABLES = (
    "wearable_canonical_steps",
    "wearable_canonical_sleep_stages",
    "wearable_canonical_sleep_sessions",
)

Values = dict[str, int | str]


class SqliteCanonical(Tables, CanonicalRepository):
    """The `wearable_canonical_…` tables."""

    def add_heart_rates(
        self,
        user_id: int,  # noqa: ARG002  # the source says whose they are
        source_id: int,
        rows: Sequence[tuple[int, HeartRate]],
    ) -> None:
        """Add samples, in the order of the table, in which they take less time."""
        self._insert(
            """INSERT INTO wearable_canonical_hr
                   (source_id, day, bpm, raw_id, at, variability_ms, confidence, confidence_text)""",
            sorted(
                (source_id, stored_day(day), bpm, raw_id, at, variability, *_by_kind(confidence))
                for raw_id, (at, day, bpm, variability, confidence) in rows
            ),
        )

    def add_steps(self, user_id: int, source_id: int, rows: Sequence[tuple[int, StepPiece]]) -> None:
        """Add pieces."""
        self._insert(
            """INSERT INTO wearable_canonical_steps
                   (raw_id, user_id, source_id, start_at, end_at, day, steps, distance_m, active_minutes,
                    calories)""",
            [
                (raw_id, user_id, source_id, start, end, stored_day(day), *told)
                for raw_id, (start, end, day, *told) in rows
            ],
        )

    def add_sessions(self, user_id: int, source_id: int, rows: Sequence[tuple[int, SleepSession]]) -> None:
        """Add sessions."""
        self._insert(
            """INSERT INTO wearable_canonical_sleep_sessions
                   (raw_id, user_id, source_id, start_at, end_at, day, dedupe_key, seconds, efficiency, score,
                    sleep_type)""",
            [
                (raw_id, user_id, source_id, start, end, stored_day(day), *told)
                for raw_id, (start, end, day, *told) in rows
            ],
        )

    def add_stages(self, user_id: int, rows: Sequence[tuple[int, SleepStage]]) -> None:
        """Add stages, all of them waiting."""
        self._insert(
            """INSERT INTO wearable_canonical_sleep_stages
                   (raw_id, user_id, start_at, end_at, session_key, stage, dedupe_key)""",
            [(raw_id, user_id, *stage) for raw_id, stage in rows],
        )

    def attach_stages(self, user_id: int, session_keys: Iterable[str]) -> AbstractSet[int]:
        """Attach waiting stages to their sessions.

        A raw record is rewritten once at most, however many stages it has: its payload is long then.
        """
        attached: set[int] = set()
        for key in session_keys:
            rows = self._execute(
                """UPDATE wearable_canonical_sleep_stages AS stage SET session_id = session.raw_id
                   FROM wearable_canonical_sleep_sessions AS session
                   WHERE session.user_id = :user AND session.dedupe_key = :key
                     AND stage.user_id = :user AND stage.session_key = :key AND stage.session_id IS NULL
                   RETURNING raw_id""",
                {"user": user_id, "key": key},
            )
            attached.update(raw_id for (raw_id,) in rows.fetchall())
        self._execute_many(
            "UPDATE wearable_raw SET status = 'processed' WHERE id = ? AND status = 'waiting'",
            [(raw_id,) for raw_id in attached],
        )
        return attached

    def remove_canonical(self, user_id: int, raw_ids: Sequence[int]) -> Touched:
        """Delete what was made of the records."""
        ids = msgspec.json.encode(raw_ids).decode()
        values: Values = {"user": user_id, "ids": ids}
        touched = Touched(self._remove_samples(user_id, ids), *self._spans(_OF_RECORDS, values))
        self._execute(_DETACHED, values)
        for table in _TABLES:
            self._execute(f"DELETE FROM {table} WHERE {_OF_RECORDS}", values)  # noqa: S608  # constants
        return touched

    def touched_by(self, user_id: int, source_id: int) -> Touched:
        """Return what the rows of the source touch."""
        days = self._execute(_DAYS_OF_SAMPLES, {"user": user_id, "source": source_id})
        heart = frozenset([_day(day) for (day,) in days])
        condition = "user_id = :user AND source_id = :source"
        return Touched(heart, *self._spans(condition, {"user": user_id, "source": source_id}))

    def heart_counts(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, int, int]]:
        """Return how many samples there are by day, source and rate."""
        return [
            (_day(day), source_id, bpm, count)
            for source_id in self._source_ids(user_id)
            for day, bpm, count in self._execute(
                """SELECT day, bpm, count(*) FROM wearable_canonical_hr
                   WHERE source_id = ? AND day BETWEEN ? AND ? GROUP BY day, bpm""",
                (source_id, first.isoformat(), last.isoformat()),
            )
        ]

    def variabilities(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, float]]:
        """Return the variabilities by day and source."""
        return [
            (_day(day), source_id, variability)
            for source_id in self._source_ids(user_id)
            for day, variability in self._execute(
                """SELECT day, variability_ms FROM wearable_canonical_hr
                   WHERE source_id = ? AND day BETWEEN ? AND ? AND variability_ms IS NOT NULL""",
                (source_id, first.isoformat(), last.isoformat()),
            )
        ]

    def steps(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, StepPiece]]:
        """Return the pieces of the days."""
        rows = self._execute(_STEPS, (user_id, first.isoformat(), last.isoformat()))
        return [_piece(*row) for row in rows]

    def steps_crossing(
        self, user_id: int, first: dt.date, last: dt.date, start: int, end: int
    ) -> Sequence[tuple[int, StepPiece]]:
        """Return the pieces of the days that overlap the interval."""
        values = (user_id, first.isoformat(), last.isoformat(), end, start, start)
        return [_piece(*row) for row in self._execute(_STEPS_CROSSING, values)]

    def sessions(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, SleepSession]]:
        """Return the sessions that end on the days."""
        rows = self._execute(
            """SELECT source_id, start_at, end_at, day, dedupe_key, seconds, efficiency, score, sleep_type
               FROM wearable_canonical_sleep_sessions WHERE user_id = ? AND day BETWEEN ? AND ?""",
            (user_id, first.isoformat(), last.isoformat()),
        )
        return [(row[0], SleepSession(row[1], row[2], _day(row[3]), *row[4:])) for row in rows]

    def session_days_crossing(self, user_id: int, start: int, end: int) -> Sequence[dt.date]:
        """Return the days of the sessions that overlap the interval."""
        rows = self._execute(
            """SELECT DISTINCT day FROM wearable_canonical_sleep_sessions
               WHERE user_id = ? AND end_at > ? AND end_at < ? AND start_at < ?""",
            (user_id, start, end + LONGEST_SLEEP, end),
        )
        return [_day(day) for (day,) in rows]

    def stages(self, user_id: int, session_key: str) -> Sequence[SleepStage]:
        """Return the stages of the session."""
        rows = self._execute(
            """SELECT start_at, end_at, session_key, stage, dedupe_key FROM wearable_canonical_sleep_stages
               WHERE user_id = ? AND session_key = ? AND session_id IS NOT NULL
               ORDER BY start_at, dedupe_key""",
            (user_id, session_key),
        )
        return [SleepStage(*row) for row in rows]

    def _source_ids(self, user_id: int) -> Sequence[int]:
        rows = self._execute("SELECT id FROM wearable_sources WHERE user_id = ?", (user_id,))
        return [source_id for (source_id,) in rows]

    def _remove_samples(self, user_id: int, ids: str) -> frozenset[dt.date]:
        """Delete the samples of the records, by source and day of the records; return the days."""
        of_days = self._execute(
            """SELECT source_id, day, json_group_array(id) FROM wearable_raw
               WHERE id IN (SELECT value FROM json_each(?)) AND +user_id = ? AND type = 'heart_rate'
               GROUP BY source_id, day""",
            (ids, user_id),
        ).fetchall()
        removed = """DELETE FROM wearable_canonical_hr
                     WHERE source_id = ? AND day = ? AND raw_id IN (SELECT value FROM json_each(?))"""
        return frozenset([_day(one[1]) for one in of_days if self._execute(removed, one).rowcount])

    def _spans(self, condition: str, values: Values) -> tuple[dict[dt.date, Span], dict[dt.date, Span]]:
        """Return what time the rows of steps and of sleep that match span, by day."""
        steps, sleep = (
            {
                _day(day): (start, end)
                for day, start, end in self._execute(
                    f"""SELECT day, min(start_at), max(max(end_at, start_at + 1)) FROM {table}
                        WHERE {condition} GROUP BY day""",  # noqa: S608  # constants
                    values,
                )
            }
            for table in ("wearable_canonical_steps", "wearable_canonical_sleep_sessions")
        )
        return steps, sleep


def _piece(source_id: int, start: int, end: int, day: str, *told: float) -> tuple[int, StepPiece]:
    return source_id, StepPiece(start, end, _day(day), *told)  # type: ignore[arg-type]  # steps are whole


def _by_kind(confidence: float | str | None) -> tuple[float | None, str | None]:
    """Return the confidence in the column of its kind: numbers, texts."""
    return (None, confidence) if isinstance(confidence, str) else (confidence, None)


_day = dt.date.fromisoformat
