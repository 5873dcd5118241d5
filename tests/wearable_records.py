"""Wearable records as devices send them, and all that a store makes of them."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence

from mosaic_core.audit.service import AuditTrail
from mosaic_core.caching import NoCache
from mosaic_core.caller import Caller
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.testing.wearable_records import Json, heart, read, record, sleep, stage, steps
from mosaic_core.views import Views
from mosaic_core.wearables.model import OVER_ALL, Batch, IngestReport, RawFilter, Source
from mosaic_core.wearables.service import WearableService
from support import NOON, FixedClock

__all__ = ["Json", "heart", "ingest", "read", "record", "service", "sleep", "stage", "steps", "with_sources"]

APP = "Watch"
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


def service(store: Store, clock: FixedClock | None = None) -> WearableService:
    clock = clock or FixedClock()
    return WearableService(store, clock, Views(store, NoCache()), AuditTrail(store, clock), json.loads)


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
