"""Wearable records as devices send them."""

import json
from collections.abc import Sequence
from typing import Any

from mosaic_core.wearables.records import Reading, read_records

Json = dict[str, Any]
Field = Any
"""Whatever a device may write."""


def record(kind: str, key: str, start: str, end: str | None = None, **fields: Field) -> Json:
    """Return a record of any kind; `key` is its dedupe key."""
    made: Json = {"type": kind, "start": start, "fields": fields, "dedupe_key": key}
    return made if end is None else {**made, "end": end}


def heart(key: str, start: str, bpm: float = 60, **fields: Field) -> Json:
    """Return a sample of the heart rate."""
    return record("heart_rate", key, start, bpm=bpm, **fields)


def steps(key: str, start: str, end: str | None = None, count: float = 100, **fields: Field) -> Json:
    """Return so many steps."""
    return record("steps", key, start, end, steps=count, **fields)


def sleep(key: str, start: str, end: str, **fields: Field) -> Json:
    """Return a night."""
    return record("sleep_session", key, start, end, **fields)


def stage(key: str, start: str, end: str, session: str, name: str = "deep") -> Json:
    """Return a stage of the night whose dedupe key is `session`."""
    return record("sleep_stage", key, start, end, session_dedupe_key=session, stage=name)


def read(told: Sequence[object], tz: str = "UTC") -> Reading:
    """Return what the records say, their local times being those of the time zone `tz`."""
    return read_records([json.dumps(one) for one in told], tz, json.loads)
