"""Strategies for all values of wearables that a store must keep as they are."""

import datetime as dt

from hypothesis import strategies as st

from mosaic_core.testing.factories import TODAY
from mosaic_core.testing.strategies import any_day, any_instant, any_json, any_text
from mosaic_core.wearables.contents import LONGEST_KEY
from mosaic_core.wearables.fields import MOST
from mosaic_core.wearables.ingest_errors import LONGEST_REASON
from mosaic_core.wearables.model import HeartDay, IngestError, SleepDay, Source, StepsDay, Totals
from mosaic_core.wearables.rows import (
    HEART_RATE,
    LONGEST_SLEEP,
    SLEEP_SESSION,
    SLEEP_STAGE,
    STEPS,
    HeartRate,
    Record,
    SleepSession,
    SleepStage,
    StepPiece,
)
from mosaic_core.wearables.times import DAY

_EPOCH = dt.date(1970, 1, 1)
_YEAR = 365 * DAY
_instants = st.integers(-70 * _YEAR, 231 * _YEAR)
_keys = any_text(1, LONGEST_KEY)
_counts = st.integers(0, MOST)
_amounts = st.floats(0, MOST).map(lambda number: number + 0.0)
_numbers = st.floats(-MOST, MOST).map(lambda number: number + 0.0)
_percents = st.floats(0, 100).map(lambda number: number + 0.0)


def sources(user_id: int) -> st.SearchStrategy[Source]:
    """Return sources to be added."""
    return st.builds(
        Source,
        id=st.just(0),
        user_id=st.just(user_id),
        source_app=any_text(1, 128),
        device_id=any_text(1, 128),
        display_name=any_text(0, 128),
        priority=st.integers(0, 1_000_000),
        records=_counts,
        last_synced_at=any_instant,
    )


totals = st.builds(Totals, _counts, _counts, _counts, st.none() | any_instant)
ingest_errors = st.builds(
    IngestError,
    dedupe_key=st.none() | any_text(0, 2 * LONGEST_KEY),
    reason=any_text(0, LONGEST_REASON),
    at=any_instant,
)

raw_records = st.builds(
    Record,
    batch_index=st.just(0),
    dedupe_key=_keys,
    type=st.sampled_from([HEART_RATE, STEPS, SLEEP_SESSION, SLEEP_STAGE]) | any_text(1, 64),
    at=_instants,
    day=st.just(TODAY),
    payload=any_json.map(str) | any_text(0, 200),
    content=st.none(),
).map(lambda one: one._replace(day=_EPOCH + dt.timedelta(microseconds=one.at)))
"""Records at some time of UTC, without content: what they say, and not what becomes of it, counts."""

heart_rates = st.builds(
    HeartRate,
    at=_instants,
    day=any_day,
    bpm=st.integers(1, 300),
    variability_ms=st.none() | _numbers,
    confidence=st.none() | _numbers | any_text(0, 32),
)

step_pieces = st.builds(
    lambda start, length, *said: StepPiece(start, start + length, *said),
    _instants,
    st.integers(0, DAY),
    any_day,
    _counts,
    st.none() | _amounts,
    st.none() | _amounts,
    st.none() | _amounts,
)

sleep_sessions = st.builds(
    lambda start, length, *said: SleepSession(start, start + length, *said),
    _instants,
    st.integers(1, LONGEST_SLEEP),
    any_day,
    _keys,
    _amounts,
    st.none() | _percents,
    st.none() | _numbers,
    any_text(0, 128),
)


def sleep_stages(session_key: str) -> st.SearchStrategy[SleepStage]:
    """Return stages of the session."""
    return st.builds(
        lambda start, length, *said: SleepStage(start, start + length, session_key, *said),
        _instants,
        st.integers(1, DAY),
        any_text(1, 128),
        _keys,
    )


heart_days = st.builds(
    HeartDay,
    least=st.integers(1, 300),
    most=st.integers(1, 300),
    average=st.floats(1, 300),
    resting=st.integers(1, 300),
    variability_ms=st.none() | _numbers,
)
steps_days = st.builds(StepsDay, _counts, st.none() | _amounts, st.none() | _amounts)
sleep_days = st.builds(SleepDay, _amounts, st.integers(1, 100), st.none() | _percents)
