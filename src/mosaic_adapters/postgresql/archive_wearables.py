"""How the wearable tables of an archive lie in PostgreSQL."""

from attrs import astuple

from mosaic_adapters.postgresql.archive_statements import Statements, each, words
from mosaic_adapters.postgresql.trips import Row
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

_SOURCE = "id, user_id, source_app, device_id, display_name, priority, records, last_synced_at"
_TOTALS = "user_id, accepted, duplicates, errors, last_run"
_ERROR = "user_id, number, dedupe_key, reason, at"
_RAW = """id, user_id, source_id, dedupe_key, type, status, tz, day, collected_at, received_at, payload"""
_HEART_RATE = "raw_id, user_id, source_id, at, day, bpm, variability_ms, confidence, confidence_text"
_STEPS = """raw_id, user_id, source_id, start_at, end_at, day, steps, distance_m, active_minutes, calories"""
_SESSION = """raw_id, user_id, source_id, start_at, end_at, day, dedupe_key, seconds, efficiency, score,
              sleep_type"""
_STAGE = "raw_id, user_id, session_id, start_at, end_at, session_key, stage, dedupe_key"
_AGGREGATE = """user_id, source_id, day, steps, distance_meters, calories, sleep_seconds, sleep_sessions,
                efficiency, hr_min, hr_max, hr_avg, resting_heart_rate, hrv_rmssd_ms"""


def by_kind(confidence: float | str | None) -> tuple[float | None, str | None]:
    """Return the confidence in the column of its kind: numbers, texts."""
    return (None, confidence) if isinstance(confidence, str) else (confidence, None)


def _aggregate(row: Row) -> AggregateRow:
    return AggregateRow(
        row[0],
        row[1],
        row[2],
        None if row[3] is None else StepsDay(*row[3:6]),
        None if row[6] is None else SleepDay(*row[6:9]),
        None if row[9] is None else HeartDay(*row[9:]),
    )


def _aggregate_columns(row: AggregateRow) -> Row:
    return (
        row.user_id,
        row.source_id,
        row.day,
        *(astuple(row.steps) if row.steps else (None,) * 3),
        *(astuple(row.sleep) if row.sleep else (None,) * 3),
        *(astuple(row.heart) if row.heart else (None,) * 5),
    )


SOURCES = Statements(_SOURCE, "id", each(lambda row: Source(*row)), words(_SOURCE), astuple)
TOTALS = Statements(_TOTALS, "user_id", each(lambda row: UserTotals(*row)), words(_TOTALS), astuple)
ERRORS = Statements(_ERROR, "user_id, number", each(lambda row: IngestErrorRow(*row)), words(_ERROR), astuple)
RAW = Statements(
    _RAW,
    "id",
    each(lambda row: RawRow(*(*row[:9], utc(row[9]), row[10]))),
    words(_RAW),
    lambda one: (
        one.id,
        one.user_id,
        one.source_id,
        one.dedupe_key,
        one.type,
        one.status,
        one.tz,
        one.day,
        one.at,
        instant_of(one.received_at),
        one.payload,
    ),
)
HEART_RATES = Statements(
    _HEART_RATE,
    "user_id, source_id, day, bpm, raw_id",
    each(lambda row: HeartRateRow(*(*row[:7], row[7] if row[8] is None else row[8]))),
    words(_HEART_RATE),
    lambda one: (
        one.raw_id,
        one.user_id,
        one.source_id,
        one.at,
        one.day,
        one.bpm,
        one.variability_ms,
        *by_kind(one.confidence),
    ),
)
STEPS = Statements(
    _STEPS,
    "user_id, day, source_id, start_at, raw_id",
    each(lambda row: StepsRow(*row)),
    words(_STEPS),
    astuple,
)
SESSIONS = Statements(
    _SESSION, "user_id, raw_id", each(lambda row: SleepSessionRow(*row)), words(_SESSION), astuple
)
STAGES = Statements(_STAGE, "user_id, id", each(lambda row: SleepStageRow(*row)), words(_STAGE), astuple)
AGGREGATES = Statements(
    _AGGREGATE, "user_id, day, source_id", each(_aggregate), words(_AGGREGATE), _aggregate_columns
)
