"""Canonical wearable rows in PostgreSQL."""

import datetime as dt
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from mosaic_adapters.postgresql.archive_wearables import by_kind
from mosaic_adapters.postgresql.wearable_tables import Tables
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

_HEART_RATES = "user_id, source_id, day, bpm, raw_id, at, variability_ms, confidence, confidence_text"
_STEPS = "raw_id, user_id, source_id, start_at, end_at, day, steps, distance_m, active_minutes, calories"
_SESSIONS = """raw_id, user_id, source_id, start_at, end_at, day, dedupe_key, seconds, efficiency, score,
               sleep_type"""
_STAGES = "raw_id, user_id, start_at, end_at, session_key, stage, dedupe_key"

_PIECES = """
    SELECT source_id, start_at, end_at, day, steps, distance_m, active_minutes, calories
    FROM wearable_canonical_steps WHERE user_id = %s AND day BETWEEN %s AND %s"""
_PIECES_CROSSING = _PIECES + " AND start_at < %s AND (end_at > %s OR start_at >= %s)"
_ATTACH = """
    UPDATE wearable_canonical_sleep_stages AS stage SET session_id = session.raw_id
    FROM wearable_canonical_sleep_sessions AS session
    WHERE session.user_id = %(user)s AND session.dedupe_key = ANY(%(keys)s)
      AND stage.user_id = %(user)s AND stage.session_key = session.dedupe_key AND stage.session_id IS NULL
    RETURNING stage.raw_id"""
_DETACH = """
    UPDATE wearable_canonical_sleep_stages SET session_id = NULL
    WHERE user_id = %(user)s AND session_id = ANY(%(ids)s) AND raw_id <> session_id
    RETURNING raw_id"""
_OF_RECORDS = "user_id = %(user)s AND raw_id = ANY(%(ids)s)"

_DAYS_OF_SAMPLES = """
    WITH RECURSIVE days (day) AS (
        SELECT min(day) FROM wearable_canonical_hr WHERE user_id = %(user)s AND source_id = %(source)s
        UNION ALL
        SELECT (SELECT min(day) FROM wearable_canonical_hr AS hr
                WHERE hr.user_id = %(user)s AND hr.source_id = %(source)s AND hr.day > days.day)
        FROM days WHERE day IS NOT NULL)
    SELECT day FROM days WHERE day IS NOT NULL"""
"""Steps from day to day through the key, so that it costs nothing how many samples a day has."""

_REMOVE_SAMPLES = """
    DELETE FROM wearable_canonical_hr AS hr USING wearable_raw AS raw
    WHERE raw.user_id = %(user)s AND raw.id = ANY(%(ids)s) AND raw.type = 'heart_rate'
      AND hr.user_id = %(user)s AND hr.source_id = raw.source_id AND hr.day = raw.day AND hr.raw_id = raw.id
    RETURNING hr.day"""

_TABLES = (
    "wearable_canonical_steps",
    "wearable_canonical_sleep_stages",
    "wearable_canonical_sleep_sessions",
)


class PostgresqlCanonical(Tables, CanonicalRepository):
    """The `wearable_canonical_…` tables."""

    def add_heart_rates(self, user_id: int, source_id: int, rows: Sequence[tuple[int, HeartRate]]) -> None:
        """Add samples."""
        self._in.own(user_id)
        self._in.copy(
            "wearable_canonical_hr",
            _HEART_RATES,
            (
                (user_id, source_id, day, bpm, raw_id, at, variability, *by_kind(confidence))
                for raw_id, (at, day, bpm, variability, confidence) in rows
            ),
        )

    def add_steps(self, user_id: int, source_id: int, rows: Sequence[tuple[int, StepPiece]]) -> None:
        """Add pieces."""
        self._in.own(user_id)
        self._in.copy(
            "wearable_canonical_steps",
            _STEPS,
            ((raw_id, user_id, source_id, *piece) for raw_id, piece in rows),
        )

    def add_sessions(self, user_id: int, source_id: int, rows: Sequence[tuple[int, SleepSession]]) -> None:
        """Add sessions."""
        self._in.own(user_id)
        self._in.copy(
            "wearable_canonical_sleep_sessions",
            _SESSIONS,
            ((raw_id, user_id, source_id, *session) for raw_id, session in rows),
        )

    def add_stages(self, user_id: int, rows: Sequence[tuple[int, SleepStage]]) -> None:
        """Add stages, all of them waiting."""
        self._in.own(user_id)
        self._in.copy(
            "wearable_canonical_sleep_stages",
            _STAGES,
            ((raw_id, user_id, *stage) for raw_id, stage in rows),
        )

    def attach_stages(self, user_id: int, session_keys: Iterable[str]) -> AbstractSet[int]:
        """Attach waiting stages to their sessions."""
        self._in.own(user_id)
        rows = self._in.changed(_ATTACH, {"user": user_id, "keys": list(session_keys)})
        attached = {raw_id for (raw_id,) in rows}
        if attached:
            self._in.change(
                """UPDATE wearable_raw SET status = 'processed'
                   WHERE user_id = %s AND id = ANY(%s) AND status = 'waiting'""",
                (user_id, list(attached)),
            )
        return attached

    def remove_canonical(self, user_id: int, raw_ids: Sequence[int]) -> Touched:
        """Delete what was made of the records."""
        self._in.own(user_id)
        values = {"user": user_id, "ids": list(raw_ids)}
        heart = frozenset([day for (day,) in self._in.changed(_REMOVE_SAMPLES, values)])
        touched = Touched(heart, *self._spans(_OF_RECORDS, values))
        detached = [raw_id for (raw_id,) in self._in.changed(_DETACH, values)]
        if detached:
            self._in.change(
                "UPDATE wearable_raw SET status = 'waiting' WHERE user_id = %s AND id = ANY(%s)",
                (user_id, detached),
            )
        for table in _TABLES:
            self._in.change(f"DELETE FROM {table} WHERE {_OF_RECORDS}", values)  # noqa: S608  # constants
        return touched

    def touched_by(self, user_id: int, source_id: int) -> Touched:
        """Return what the rows of the source touch."""
        self._in.own(user_id)
        values = {"user": user_id, "source": source_id}
        heart = frozenset([day for (day,) in self._in.rows(_DAYS_OF_SAMPLES, values)])
        return Touched(heart, *self._spans("user_id = %(user)s AND source_id = %(source)s", values))

    def heart_counts(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, int, int]]:
        """Return how many samples there are by day, source and rate."""
        self._in.own(user_id)
        rows = self._in.rows(
            """SELECT hr.day, hr.source_id, hr.bpm, count(*)
               FROM wearable_sources AS source JOIN wearable_canonical_hr AS hr
                   ON hr.user_id = source.user_id AND hr.source_id = source.id
               WHERE source.user_id = %s AND hr.day BETWEEN %s AND %s GROUP BY 1, 2, 3""",
            (user_id, first, last),
        )
        return [(day, source_id, bpm, number) for day, source_id, bpm, number in rows]

    def variabilities(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, float]]:
        """Return the variabilities by day and source."""
        self._in.own(user_id)
        rows = self._in.rows(
            """SELECT hr.day, hr.source_id, hr.variability_ms
               FROM wearable_sources AS source JOIN wearable_canonical_hr AS hr
                   ON hr.user_id = source.user_id AND hr.source_id = source.id
               WHERE source.user_id = %s AND hr.day BETWEEN %s AND %s AND hr.variability_ms IS NOT NULL""",
            (user_id, first, last),
        )
        return [(day, source_id, variability) for day, source_id, variability in rows]

    def steps(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, StepPiece]]:
        """Return the pieces of the days."""
        self._in.own(user_id)
        rows = self._in.rows(_PIECES, (user_id, first, last))
        return [(row[0], StepPiece(*row[1:])) for row in rows]

    def steps_crossing(
        self, user_id: int, first: dt.date, last: dt.date, start: int, end: int
    ) -> Sequence[tuple[int, StepPiece]]:
        """Return the pieces of the days that overlap the interval."""
        self._in.own(user_id)
        rows = self._in.rows(_PIECES_CROSSING, (user_id, first, last, end, start, start))
        return [(row[0], StepPiece(*row[1:])) for row in rows]

    def sessions(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, SleepSession]]:
        """Return the sessions that end on the days."""
        self._in.own(user_id)
        rows = self._in.rows(
            """SELECT source_id, start_at, end_at, day, dedupe_key, seconds, efficiency, score, sleep_type
               FROM wearable_canonical_sleep_sessions WHERE user_id = %s AND day BETWEEN %s AND %s""",
            (user_id, first, last),
        )
        return [(row[0], SleepSession(*row[1:])) for row in rows]

    def session_days_crossing(self, user_id: int, start: int, end: int) -> Sequence[dt.date]:
        """Return the days of the sessions that overlap the interval."""
        self._in.own(user_id)
        rows = self._in.rows(
            """SELECT DISTINCT day FROM wearable_canonical_sleep_sessions
               WHERE user_id = %s AND end_at > %s AND end_at < %s AND start_at < %s""",
            (user_id, start, end + LONGEST_SLEEP, end),
        )
        return [day for (day,) in rows]

    def stages(self, user_id: int, session_key: str) -> Sequence[SleepStage]:
        """Return the stages of the session."""
        self._in.own(user_id)
        rows = self._in.rows(
            """SELECT start_at, end_at, session_key, stage, dedupe_key FROM wearable_canonical_sleep_stages
               WHERE user_id = %s AND session_key = %s AND session_id IS NOT NULL
               ORDER BY start_at, dedupe_key""",
            (user_id, session_key),
        )
        return [SleepStage(*row) for row in rows]

    def _spans(
        self, condition: str, values: dict[str, object] | dict[str, int]
    ) -> tuple[dict[dt.date, Span], dict[dt.date, Span]]:
        """Return what time the rows of steps and of sleep that match span, by day."""
        steps, sleep = (
            {
                day: (start, end)
                for day, start, end in self._in.rows(
                    f"""SELECT day, min(start_at), max(greatest(end_at, start_at + 1)) FROM {table}
                        WHERE {condition} GROUP BY day""",  # noqa: S608  # constants
                    values,
                )
            }
            for table in ("wearable_canonical_steps", "wearable_canonical_sleep_sessions")
        )
        return steps, sleep
