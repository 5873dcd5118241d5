"""Reading records: what is well-formed, and what each type's fields must say.

A record with a bad envelope, time or order is an error and is not kept. A record whose fields are wrong, or
whose type is unknown, is kept without content.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from attrs import frozen

from mosaic_core.wearables.rows import (
    HEART_RATE,
    LONGEST,
    SLEEP_SESSION,
    SLEEP_STAGE,
    STEPS,
    Content,
    HeartRate,
    Record,
    Sleep,
    SleepSession,
    SleepStage,
    StepPiece,
    Steps,
)
from mosaic_core.wearables.zones import DAY, SECOND, LocalCalendar

_TYPES = {
    "steps": STEPS,
    "step_count": STEPS,
    "heart_rate": HEART_RATE,
    "hr": HEART_RATE,
    "sleep_session": SLEEP_SESSION,
    "sleep": SLEEP_SESSION,
    "sleep_stage": SLEEP_STAGE,
    "sleep_segment": SLEEP_STAGE,
}
"""The names of each type, and the main one of them."""

Decode = Callable[[str], Any]
"""Returns what a JSON text says; raises ValueError, with a message for a person, if it says nothing."""

_LONGEST_KEY = 255
_LONGEST_TYPE = 64
_LONGEST_TEXT = 128
_MOST = 1_000_000_000
_REQUIRED = ("type", "start", "fields", "dedupe_key")
_OPTIONAL = "end"


@frozen
class RecordError:
    """Why the record at the index of its batch was not kept, or not processed."""

    index: int
    dedupe_key: str | None
    reason: str


class _Said(NamedTuple):
    """What a reader of fields is told; `day` is the local day of the start."""

    fields: Mapping[str, Any]
    start: int
    end: int
    day: dt.date
    dedupe_key: str
    calendar: LocalCalendar


@frozen
class Reading:
    """The well-formed records of a batch, in its order, and the errors."""

    records: Sequence[Record]
    errors: Sequence[RecordError]


def main_name(kind: str) -> str:
    """Return the main name of a type, which is its own if nobody knows the type."""
    return _TYPES.get(kind, kind)


def read_records(texts: Iterable[str], zone_name: str, decode: Decode) -> Reading:
    """Read the records of a batch, each a JSON text; local times and days are those of the zone."""
    calendar = LocalCalendar(zone_name)
    good: list[Record] = []
    errors = []
    for index, text in enumerate(texts):
        record: object = None
        try:
            record = decode(text)
            good.append(_read(index, text, record, calendar))
        except ValueError as error:
            errors.append(RecordError(index, _key_of(record), str(error)))
    return Reading(good, errors)


def _read(index: int, text: str, record: object, calendar: LocalCalendar) -> Record:
    if not isinstance(record, dict):
        raise ValueError("a record must be an object")
    kind, key, fields = _envelope(record)
    start = _instant("start", record["start"], calendar)
    end = _end(kind, record, start, calendar)
    day = calendar.day(start)
    content, reason = None, ""
    try:
        content = _reader(kind)(_Said(fields, start, end, day, key, calendar))
    except ValueError as error:
        reason = str(error)
    return Record(index, key, kind, start, day, text, content, reason)


def _envelope(record: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """Return the main name of the type, the dedupe key and the fields."""
    try:
        kind, key, fields = record["type"], record["dedupe_key"], record["fields"]
        known = len(_REQUIRED) + (_OPTIONAL in record)
        record["start"]
    except KeyError:
        missing = [name for name in _REQUIRED if name not in record]
        raise ValueError(f"Missing required field(s): {', '.join(missing)}") from None
    if len(record) != known:
        unknown = sorted(record.keys() - {*_REQUIRED, _OPTIONAL})
        raise ValueError(f"Extra inputs are not permitted: {', '.join(unknown)}"[:200])
    if not isinstance(fields, dict):
        raise ValueError("fields must be an object")
    kind = _text("type", kind, _LONGEST_TYPE)
    return main_name(kind), _text("dedupe_key", key, _LONGEST_KEY), fields


def _end(kind: str, record: Mapping[str, Any], start: int, calendar: LocalCalendar) -> int:
    """Return the end, which is the start where none is told and the type wants none."""
    told = record.get(_OPTIONAL)
    is_sleep = kind in {SLEEP_SESSION, SLEEP_STAGE}
    if told is None:
        if is_sleep:
            raise ValueError(f"Missing required field(s): {_OPTIONAL}")
        return start
    end = _instant("end", told, calendar)
    if end < start:
        raise ValueError("end must not be before start")
    if is_sleep and end == start:
        raise ValueError("end must be after start")
    return end


def _instant(name: str, value: object, calendar: LocalCalendar) -> int:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text")
    try:
        return calendar.instant(value)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


def _heart_rate(said: _Said) -> HeartRate:
    fields = said.fields
    return HeartRate(
        said.start,
        said.day,
        _whole(fields, "bpm", 1, 300),
        _number(fields, "variability_ms"),
        _number(fields, "confidence"),
    )


def _steps(said: _Said) -> Steps:
    """Split the steps at local midnight, in proportion to time.

    The whole numbers are the differences of what was reached, rounded down, at the end of each piece; so
    their sum is the record's.
    """
    fields, start, end = said.fields, said.start, said.end
    steps = _whole(fields, "steps", 0, _MOST)
    others = [_number(fields, name, 0) for name in ("distance_m", "active_minutes", "calories")]
    length = _length(start, end)
    if length == 0:
        return Steps((StepPiece(start, end, said.day, steps, *others),))
    pieces = []
    reached = 0
    for piece_start, piece_end, day in said.calendar.pieces(start, end):
        at_end = steps * (piece_end - start) // length
        part = (piece_end - piece_start) / length
        shares = [None if other is None else other * part for other in others]
        pieces.append(StepPiece(piece_start, piece_end, day, at_end - reached, *shares))
        reached = at_end
    return Steps(pieces)


def _sleep_session(said: _Said) -> Sleep:
    fields, start, end = said.fields, said.start, said.end
    length = _length(start, end) / SECOND
    seconds = _number(fields, "duration_seconds", 0)
    session = SleepSession(
        start=start,
        end=end,
        day=said.calendar.day(end),
        dedupe_key=said.dedupe_key,
        seconds=length if seconds is None else seconds,
        efficiency=_number(fields, "efficiency", 0, 100),
        score=_number(fields, "score"),
        sleep_type=_optional_text(fields, "sleep_type", _LONGEST_TEXT) or "",
    )
    return Sleep(session, _stages(said))


def _stages(said: _Said) -> Sequence[SleepStage]:
    stages = said.fields.get("stages")
    if stages is None:
        return ()
    if not isinstance(stages, list):
        raise ValueError("stages must be a list")
    return [_inner_stage(number, stage, said) for number, stage in enumerate(stages)]


def _inner_stage(number: int, stage: object, said: _Said) -> SleepStage:
    try:
        if not isinstance(stage, dict):
            raise ValueError("must be an object")  # noqa: TRY301  # it gets its place below
        start = _instant("start", stage.get("start"), said.calendar)
        end = _instant("end", stage.get("end"), said.calendar)
        if end <= start:
            raise ValueError("end must be after start")  # noqa: TRY301  # it gets its place below
        key = _optional_text(stage, "dedupe_key", _LONGEST_KEY) or f"{said.dedupe_key}#{number}"
        return SleepStage(start, end, said.dedupe_key, _stage_name(stage), key)
    except ValueError as error:
        raise ValueError(f"stages[{number}]: {error}") from None


def _sleep_stage(said: _Said) -> SleepStage:
    session_key = _text("session_dedupe_key", said.fields.get("session_dedupe_key"), _LONGEST_KEY)
    return SleepStage(said.start, said.end, session_key, _stage_name(said.fields), said.dedupe_key)


def _stage_name(fields: Mapping[str, Any]) -> str:
    name = fields.get("stage")
    return _text("stage", fields.get("stage_type") if name is None else name, _LONGEST_TEXT)


_READERS: Mapping[str, Callable[[_Said], Content]] = {
    STEPS: _steps,
    HEART_RATE: _heart_rate,
    SLEEP_SESSION: _sleep_session,
    SLEEP_STAGE: _sleep_stage,
}


def _reader(kind: str) -> Callable[[_Said], Content]:
    try:
        return _READERS[kind]
    except KeyError:
        raise ValueError(f"unknown type {kind!r}") from None


def _length(start: int, end: int) -> int:
    if end - start > LONGEST:
        raise ValueError(f"must not last longer than {LONGEST // DAY} days")
    return end - start


def _whole(fields: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = fields.get(name)
    if type(value) is not int or not least <= value <= most:  # True is an int, but no number
        raise ValueError(f"{name} must be a whole number from {least} to {most}")
    return value


def _number(fields: Mapping[str, Any], name: str, least: int = -_MOST, most: int = _MOST) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if type(value) not in {int, float} or not least <= value <= most:  # NaN lies in no range
        raise ValueError(f"{name} must be a number from {least} to {most}")
    return float(value)


def _text(name: str, value: object, most: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= most or "\0" in value:
        raise ValueError(f"{name} must be a text of 1 to {most} characters without NUL")
    return value


def _optional_text(fields: Mapping[str, Any], name: str, most: int) -> str | None:
    value = fields.get(name)
    return None if value is None or value == "" else _text(name, value, most)


def _key_of(record: object) -> str | None:
    key = record.get("dedupe_key") if isinstance(record, dict) else None
    return key if isinstance(key, str) else None
