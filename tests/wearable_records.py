"""Wearable records as devices send them, and all that a store makes of them."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.wearables.model import OVER_ALL, Batch, IngestReport, RawFilter, Source
from mosaic_core.wearables.records import Reading, read_records
from mosaic_core.wearables.service import WearableService
from support import NOON, FixedClock

Json = dict[str, Any]
Field = Any
"""Whatever a device may write."""

APP = "Watch"
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


def record(kind: str, key: str, start: str, end: str | None = None, **fields: Field) -> Json:
    made: Json = {"type": kind, "start": start, "fields": fields, "dedupe_key": key}
    return made if end is None else {**made, "end": end}


def heart(key: str, start: str, bpm: float = 60, **fields: Field) -> Json:
    return record("heart_rate", key, start, bpm=bpm, **fields)


def steps(key: str, start: str, end: str | None = None, count: float = 100, **fields: Field) -> Json:
    return record("steps", key, start, end, steps=count, **fields)


def sleep(key: str, start: str, end: str, **fields: Field) -> Json:
    return record("sleep_session", key, start, end, **fields)


def stage(key: str, start: str, end: str, session: str, name: str = "deep") -> Json:
    return record("sleep_stage", key, start, end, session_dedupe_key=session, stage=name)


def read(told: Sequence[object], tz: str = "UTC") -> Reading:
    return read_records([json.dumps(one) for one in told], tz, json.loads)


def service(store: Store, clock: FixedClock | None = None) -> WearableService:
    clock = clock or FixedClock()
    return WearableService(store, clock, AuditTrail(store, clock), json.loads)


def ingest(
    store: Store, caller: Caller, records: Sequence[object], device: str = "d0", tz: str = "UTC"
) -> IngestReport:
    wearables = service(store)
    texts = [json.dumps(one) for one in records]
    batch = Batch(source_app=APP, device_id=device, tz=tz, records=texts)
    return wearables.ingest(caller, batch, wearables.read(batch))


def with_sources(store: Store, user_id: int, devices: Iterable[str]) -> None:
    """Make the sources beforehand, so that their ranks are those of the given order."""
    with store.write() as unit:
        for rank, device in enumerate(devices):
            unit.wearables.add_source(Source(0, user_id, APP, device, "", rank, 0, NOON))


def everything(store: Store, user_id: int) -> Json:
    """Return all canonical rows, aggregates and statuses of a user, without ids and without order."""
    with store.read() as unit:
        kept = unit.wearables
        names = {source.id: source.device_id for source in kept.sources(user_id)} | {OVER_ALL: "all"}
        sessions = kept.sessions(user_id, FIRST, LAST)
        raw = kept.raw_page(user_id, RawFilter(), Page(None))
        counts = kept.heart_counts(user_id, FIRST, LAST)
        return {
            "counts": sorted((day, names[source], bpm, count) for day, source, bpm, count in counts),
            "variabilities": sorted(
                (day, names[source], told) for day, source, told in kept.variabilities(user_id, FIRST, LAST)
            ),
            "steps": sorted(
                (names[source], piece.start, piece.end, str(piece))
                for source, piece in kept.steps(user_id, FIRST, LAST)
            ),
            "sessions": sorted((names[source], one.dedupe_key, str(one)) for source, one in sessions),
            "stages": {one.dedupe_key: kept.stages(user_id, one.dedupe_key) for _, one in sessions},
            "days": {name: kept.aggregates(user_id, source, FIRST, LAST) for source, name in names.items()},
            "statuses": sorted((one.dedupe_key, one.type, one.status) for one in raw),
        }
