"""How the wearable tables of an archive lie in SQLite."""

import datetime as dt
from typing import Any

from attrs import astuple

from mosaic_adapters.sqlite.archive_statements import SqlRow, Statements, each, moment
from mosaic_core.backups.model import (
    AggregateRow,
    HeartRateRow,
    IngestErrorRow,
    RawRow,
    SleepSessionRow,
    SleepStageRow,
    StepsRow,
    UserTotals,
)
from mosaic_core.wearables.model import HeartDay, SleepDay, Source, StepsDay
from mosaic_core.wearables.zones import instant_of, utc

_day = dt.date.fromisoformat


def _source_columns(source: Source) -> SqlRow:
    return (
        source.id,
        source.user_id,
        source.source_app,
        source.device_id,
        source.display_name,
        source.priority,
        source.records,
        source.last_synced_at.isoformat(),
    )


SOURCES = Statements(
    """SELECT id, user_id, source_app, device_id, display_name, priority, records, last_synced_at
       FROM wearable_sources ORDER BY id""",
    each(lambda row: Source(*(*row[:7], moment(row[7])))),
    """INSERT INTO wearable_sources (id, user_id, source_app, device_id, display_name, priority, records,
                                     last_synced_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
    _source_columns,
)

TOTALS = Statements(
    "SELECT user_id, accepted, duplicates, errors, last_run FROM wearable_totals ORDER BY user_id",
    each(lambda row: UserTotals(*(*row[:4], moment(row[4])))),
    """INSERT INTO wearable_totals (user_id, accepted, duplicates, errors, last_run)
       VALUES (?, ?, ?, ?, ?)""",
    lambda one: (
        one.user_id,
        one.accepted,
        one.duplicates,
        one.errors,
        one.last_run and one.last_run.isoformat(),
    ),
)


ERRORS = Statements(
    "SELECT user_id, number, dedupe_key, reason, at FROM wearable_errors ORDER BY user_id, number",
    each(lambda row: IngestErrorRow(*(*row[:4], moment(row[4])))),
    "INSERT INTO wearable_errors (user_id, number, dedupe_key, reason, at) VALUES (?, ?, ?, ?, ?)",
    lambda one: (one.user_id, one.number, one.dedupe_key, one.reason, one.at.isoformat()),
)


def _raw(row: SqlRow) -> RawRow:
    return RawRow(*(*row[:7], _day(row[7]), row[8], utc(row[9]), row[10]))


def _raw_columns(raw: RawRow) -> SqlRow:
    return (
        raw.id,
        raw.user_id,
        raw.source_id,
        raw.dedupe_key,
        raw.type,
        raw.status,
        raw.tz,
        raw.day.isoformat(),
        raw.at,
        instant_of(raw.received_at),
        raw.payload,
    )


RAW = Statements(
    """SELECT id, user_id, source_id, dedupe_key, type, status, tz, day, collected_at, received_at, payload
       FROM wearable_raw ORDER BY id""",
    each(_raw),
    """INSERT INTO wearable_raw (id, user_id, source_id, dedupe_key, type, status, tz, day, collected_at,
                                 received_at, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    _raw_columns,
)


def _heart_rate(row: SqlRow) -> HeartRateRow:
    *sample, confidence, confidence_text = row
    sample[4] = _day(sample[4])
    return HeartRateRow(*(*sample, confidence if confidence_text is None else confidence_text))


def _heart_rate_columns(row: HeartRateRow) -> SqlRow:
    told = row.confidence
    number, text = (None, told) if isinstance(told, str) else (told, None)
    return row.source_id, row.day.isoformat(), row.bpm, row.raw_id, row.at, row.variability_ms, number, text


HEART_RATES = Statements(
    """SELECT raw_id, user_id, source_id, at, day, bpm, variability_ms, confidence, confidence_text
       FROM wearable_sources AS source
       CROSS JOIN wearable_canonical_hr AS hr ON hr.source_id = source.id
       ORDER BY source_id, day, bpm, raw_id""",
    each(_heart_rate),
    """INSERT INTO wearable_canonical_hr (source_id, day, bpm, raw_id, at, variability_ms, confidence,
                                          confidence_text)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
    _heart_rate_columns,
)


def _with_day(row: SqlRow) -> tuple[Any, ...]:
    """Return the row with its sixth column as a day."""
    return (*row[:5], _day(row[5]), *row[6:])


def _with_text(row: StepsRow | SleepSessionRow) -> SqlRow:
    """Return the row's fields with the sixth, its day, as a text."""
    columns = astuple(row, recurse=False)
    return (*columns[:5], row.day.isoformat(), *columns[6:])


STEPS = Statements(
    """SELECT raw_id, user_id, source_id, start_at, end_at, day, steps, distance_m, active_minutes, calories
       FROM wearable_canonical_steps ORDER BY user_id, day, source_id, start_at, raw_id""",
    each(lambda row: StepsRow(*_with_day(row))),
    """INSERT INTO wearable_canonical_steps (raw_id, user_id, source_id, start_at, end_at, day, steps,
                                             distance_m, active_minutes, calories)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    _with_text,
)

SESSIONS = Statements(
    """SELECT raw_id, user_id, source_id, start_at, end_at, day, dedupe_key, seconds, efficiency, score,
              sleep_type
       FROM wearable_canonical_sleep_sessions ORDER BY raw_id""",
    each(lambda row: SleepSessionRow(*_with_day(row))),
    """INSERT INTO wearable_canonical_sleep_sessions (raw_id, user_id, source_id, start_at, end_at, day,
                                                      dedupe_key, seconds, efficiency, score, sleep_type)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    _with_text,
)

STAGES = Statements(
    """SELECT raw_id, user_id, session_id, start_at, end_at, session_key, stage, dedupe_key
       FROM wearable_canonical_sleep_stages ORDER BY id""",
    each(lambda row: SleepStageRow(*row)),
    """INSERT INTO wearable_canonical_sleep_stages (raw_id, user_id, session_id, start_at, end_at,
                                                    session_key, stage, dedupe_key)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
    astuple,
)


def _aggregate(row: SqlRow) -> AggregateRow:
    return AggregateRow(
        row[0],
        row[1],
        _day(row[2]),
        None if row[3] is None else StepsDay(*row[3:6]),
        None if row[6] is None else SleepDay(*row[6:9]),
        None if row[9] is None else HeartDay(*row[9:]),
    )


def _aggregate_columns(row: AggregateRow) -> SqlRow:
    return (
        row.user_id,
        row.source_id,
        row.day.isoformat(),
        *(astuple(row.steps) if row.steps else (None,) * 3),
        *(astuple(row.sleep) if row.sleep else (None,) * 3),
        *(astuple(row.heart) if row.heart else (None,) * 5),
    )


AGGREGATES = Statements(
    """SELECT user_id, source_id, day, steps, distance_meters, calories, sleep_seconds, sleep_sessions,
              efficiency, hr_min, hr_max, hr_avg, resting_heart_rate, hrv_rmssd_ms
       FROM wearable_daily_agg ORDER BY user_id, day, source_id""",
    each(_aggregate),
    """INSERT INTO wearable_daily_agg (user_id, source_id, day, steps, distance_meters, calories,
                                       sleep_seconds, sleep_sessions, efficiency, hr_min, hr_max, hr_avg,
                                       resting_heart_rate, hrv_rmssd_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    _aggregate_columns,
)
