"""The newest errors of a user's ingests are kept, whichever way a batch is ingested."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.caller import Caller
from mosaic_core.store import Store
from mosaic_core.testing.factories import rolled_back
from mosaic_core.wearables.ingest_errors import LONGEST_REASON, MOST_KEPT, keep_errors
from mosaic_core.wearables.model import IngestError, Origin
from mosaic_core.wearables.records import RecordError
from mosaic_core.wearables.service import WearableService
from support import NOON, FixedClock, a_caller, a_user
from wearable_records import APP, heart, ingest, record, service

ORIGIN = Origin(source_app=APP, device_id="d0", tz="UTC")
MORNING = "2026-01-02T10:00:00Z"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "mosaic.db")
    yield made
    made.close()


@pytest.fixture
def ada(store: Store) -> Caller:
    with store.write() as unit:
        return a_caller(unit.users.add(a_user("Ada")).id)


def keys(store: Store, caller: Caller) -> list[str | None]:
    return [one.dedupe_key for one in service(store).summary(caller).errors]


def kept(store: Store, caller: Caller, error: RecordError) -> IngestError:
    """Keep an error; return what is kept of it."""
    with store.write() as unit:
        keep_errors(unit.wearables, caller.user_id, NOON, [error])
    return service(store).summary(caller).errors[0]


def test_refused_and_skipped_records_are_told_newest_first(store: Store, ada: Caller) -> None:
    records = [heart("skipped", MORNING, 0), heart("refused", "x"), record("mood", "unknown", MORNING), 17]
    report = ingest(store, ada, records)
    told = sorted([*report.errors, *report.etl.errors], key=lambda one: -one.index)
    assert [one.index for one in told] == [3, 2, 1, 0]
    summary = service(store).summary(ada)
    assert summary.errors == [IngestError(one.dedupe_key, one.reason, NOON) for one in told]
    assert summary.error_count == 2


def test_later_ingests_come_first_and_push_out_the_oldest(store: Store, ada: Caller) -> None:
    ingest(store, ada, [heart(f"early {one}", "x") for one in range(MOST_KEPT)])
    ingest(store, ada, [heart("late", "x"), heart("latest", "x")])
    ingest(store, ada, [heart("sound", MORNING)])
    assert keys(store, ada) == [
        "latest", "late", *(f"early {one}" for one in range(MOST_KEPT - 1, 1, -1))
    ]  # fmt: skip


def test_each_part_of_a_large_batch_keeps_its_errors(store: Store, ada: Caller) -> None:
    clock = FixedClock()
    wearables: WearableService = service(store, clock)
    records = [
        heart("refused", "x"),
        *[heart(f"h{one}", MORNING, note="x" * 300_000) for one in range(9)],
        record("mood", "skipped late", MORNING),
        heart("skipped early", "2026-01-01T10:00:00Z", 0),
    ]
    seen = []
    with closing(wearables.stage(ORIGIN, [json.dumps(one) for one in records])) as batch:
        while part := batch.next_part():
            batch.took(wearables.ingest_part(ada, batch, part))
            seen.append(keys(store, ada))
            clock.advance(minutes=1)
        wearables.end_ingest(ada, batch)
    assert len(seen) > 1
    assert (seen[0], seen[-1]) == (["skipped early"], ["skipped late", "skipped early"])
    errors = wearables.summary(ada).errors
    assert [one.dedupe_key for one in errors] == ["refused", "skipped late", "skipped early"]
    assert [one.at for one in errors] == [
        NOON + dt.timedelta(minutes=minutes) for minutes in (len(seen), len(seen) - 1, 0)
    ]


def test_a_batch_that_fails_keeps_no_errors(store: Store, ada: Caller) -> None:
    with rolled_back(store):
        ingest(store, ada, [heart("refused", "x")])
    assert keys(store, ada) == []


def test_a_long_reason_is_cut(store: Store, ada: Caller) -> None:
    told = kept(store, ada, RecordError(0, "k", "r" * (LONGEST_REASON + 1)))
    assert told == IngestError("k", "r" * LONGEST_REASON, NOON)


def test_a_key_that_stores_cannot_keep_does_not_stop_the_ingest(store: Store, ada: Caller) -> None:
    ingest(store, ada, [heart("a\0\ud800b", "x"), heart("sound", MORNING)])
    assert keys(store, ada) == ["a\ufffd\ufffdb"]
    assert kept(store, ada, RecordError(0, None, "no \udfff")).reason == "no \ufffd"
