"""What the fields of each type say. Each reader raises ValueError, with a message for a person."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from mosaic_core.wearables.fields import MOST, confidence, number, optional_text, text, whole
from mosaic_core.wearables.midnight import split_at_midnight
from mosaic_core.wearables.rows import (
    HEART_RATE,
    LONGEST_SLEEP,
    SLEEP_SESSION,
    SLEEP_STAGE,
    STEPS,
    Content,
    HeartRate,
    Sleep,
    SleepSession,
    SleepStage,
    StepPiece,
    Steps,
    maker,
)
from mosaic_core.wearables.times import DAY, SECOND
from mosaic_core.wearables.zones import LocalCalendar

LONGEST_KEY = 255
_LONGEST_TEXT = 128

LONGEST_STEPS = 2 * DAY
"""Pedometers are read at least daily. A longer record would say nothing about a day, and would cost one piece
for each day that it spans."""

MOST_STAGES = 2_880
"""Sleep is scored in stretches of 30 seconds: so many fill a day and a night."""

Fields = Mapping[str, Any]

_sample = maker(HeartRate)


class Envelope(NamedTuple):
    """What a record says around its fields; `day` is the local day of the start."""

    start: int
    end: int
    day: dt.date
    dedupe_key: str
    calendar: LocalCalendar


def content(kind: str, fields: Fields, envelope: Envelope) -> Content:
    """Return what a record of that type says. Raises ValueError for an unknown type or wrong fields."""
    read = _READERS.get(kind)
    if read is None:
        raise ValueError(f"unknown type {kind!r}")
    return read(fields, envelope)


def instant(name: str, value: object, calendar: LocalCalendar) -> int:
    """Return the instant that a text names. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text")
    try:
        return calendar.instant(value)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


def _heart_rate(fields: Fields, envelope: Envelope) -> HeartRate:
    return _sample(
        (
            envelope.start,
            envelope.day,
            whole("bpm", fields.get("bpm"), 1, 300),
            number(fields, "variability_ms"),
            confidence(fields.get("confidence")),
        )
    )


def _steps(fields: Fields, envelope: Envelope) -> Steps:
    steps = fields.get("steps")
    _length(envelope, LONGEST_STEPS)
    record = StepPiece(
        envelope.start,
        envelope.end,
        envelope.day,
        whole("steps", fields.get("count") if steps is None else steps, 0, MOST),
        number(fields, "distance_m", 0),
        number(fields, "active_minutes", 0),
        number(fields, "calories", 0),
    )
    return Steps(split_at_midnight(record, envelope.calendar))


def _sleep_session(fields: Fields, envelope: Envelope) -> Sleep:
    length = _length(envelope, LONGEST_SLEEP) / SECOND
    seconds = number(fields, "duration_seconds", 0)
    session = SleepSession(
        start=envelope.start,
        end=envelope.end,
        day=envelope.calendar.day(envelope.end),
        dedupe_key=envelope.dedupe_key,
        seconds=length if seconds is None else seconds,
        efficiency=number(fields, "efficiency", 0, 100),
        score=number(fields, "score"),
        sleep_type=optional_text(fields, "sleep_type", _LONGEST_TEXT) or "",
    )
    return Sleep(session, _inner_stages(fields, envelope))


def _inner_stages(fields: Fields, envelope: Envelope) -> Sequence[SleepStage]:
    stages = fields.get("stages")
    if stages is None:
        return ()
    if not isinstance(stages, list):
        raise ValueError("stages must be a list")
    if len(stages) > MOST_STAGES:
        raise ValueError(f"stages must not be more than {MOST_STAGES}")
    return [_inner_stage(index, stage, envelope) for index, stage in enumerate(stages)]


def _inner_stage(index: int, stage: object, envelope: Envelope) -> SleepStage:
    try:
        if not isinstance(stage, dict):
            raise ValueError("must be an object")  # noqa: TRY301  # its index is added below
        start = instant("start", stage.get("start"), envelope.calendar)
        end = instant("end", stage.get("end"), envelope.calendar)
        if end <= start:
            raise ValueError("end must be after start")  # noqa: TRY301  # its index is added below
        key = optional_text(stage, "dedupe_key", LONGEST_KEY) or f"{envelope.dedupe_key}#{index}"
        return SleepStage(start, end, envelope.dedupe_key, _stage_name(stage), key)
    except ValueError as error:
        raise ValueError(f"stages[{index}]: {error}") from None


def _sleep_stage(fields: Fields, envelope: Envelope) -> SleepStage:
    session_key = text("session_dedupe_key", fields.get("session_dedupe_key"), LONGEST_KEY)
    return SleepStage(envelope.start, envelope.end, session_key, _stage_name(fields), envelope.dedupe_key)


def _stage_name(fields: Fields) -> str:
    name = fields.get("stage")
    return text("stage", fields.get("stage_type") if name is None else name, _LONGEST_TEXT)


def _length(envelope: Envelope, longest: int) -> int:
    length = envelope.end - envelope.start
    if length > longest:
        raise ValueError(f"must not last longer than {longest // DAY} days")
    return length


_READERS: Mapping[str, Callable[[Fields, Envelope], Content]] = {
    STEPS: _steps,
    HEART_RATE: _heart_rate,
    SLEEP_SESSION: _sleep_session,
    SLEEP_STAGE: _sleep_stage,
}
