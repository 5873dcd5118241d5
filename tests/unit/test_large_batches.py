"""Large batches become what small ones become, part by part."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caller import Caller
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.wearables import large
from mosaic_core.wearables.model import IngestReport, Origin
from mosaic_core.wearables.records import LONGEST_RECORD, RecordError, read_records
from support import a_caller, a_user
from wearable_records import APP, Json, everything, heart, ingest, record, service, sleep, stage, steps

MOST_TOLD = 500

ORIGIN = Origin(source_app=APP, device_id="d0", tz="Europe/Berlin")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call a tenth of it large."""
    monkeypatch.setattr(large, "_PART_RECORDS", 200)
    monkeypatch.setattr(large, "_READ_AT_ONCE", 50)
    monkeypatch.setattr(large, "MOST_TOLD", MOST_TOLD)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "mosaic.db")
    yield made
    made.close()


@pytest.fixture
def ada(store: Store) -> Caller:
    return person(store, "Ada")


def person(store: Store, name: str) -> Caller:
    with store.write() as unit:
        return a_caller(unit.users.add(a_user(name)).id)


def texts(records: Sequence[object]) -> list[str]:
    return [json.dumps(one) for one in records]


def in_parts(
    store: Store, caller: Caller, records: Sequence[str], after_part: Callable[[], object] = lambda: None
) -> IngestReport:
    wearables = service(store)
    with closing(wearables.stage(ORIGIN, records)) as batch:
        while part := batch.next_part():
            batch.took(wearables.ingest_part(caller, batch, part))
            after_part()
        return wearables.end_ingest(caller, batch)


def told(number: int) -> list[Json]:
    """Return records of every kind, those of one day far from each other."""
    made: list[Json] = []
    for one in range(number):
        day = f"2026-01-{one * 7 % 28 + 1:02}"
        made += [
            steps(f"s{one}", f"{day}T23:30:00", f"{day}T23:59:59", one),
            heart(f"h{one}", f"{day}T10:{one % 60:02}:00Z", 50 + one % 100),
            stage(f"st{one}", f"{day}T01:00:00Z", f"{day}T02:00:00Z", f"n{one}"),
            sleep(f"n{one}", f"{day}T00:{one % 60:02}:00Z", f"{day}T06:00:00Z"),
            record("mood", f"m{one}", f"{day}T10:00:00Z"),
        ]
    return made


def test_a_large_batch_becomes_what_a_small_one_becomes(store: Store, ada: Caller) -> None:
    ben = person(store, "Ben")
    records = [*told(90), 1, heart("h1", "2026-01-02T10:00:00Z"), {"dedupe_key": "bad"}]
    whole = ingest(store, ben, records, tz=ORIGIN.tz)
    parts = 0

    def count() -> None:
        nonlocal parts
        parts += 1

    report = in_parts(store, ada, texts(records), count)
    assert parts == 3
    assert everything(store, ada.user_id) == everything(store, ben.user_id)
    assert report == whole
    assert service(store).summary(ada).accepted == service(store).summary(ben).accepted == 450
    assert service(store).summary(ada).duplicates == 1
    assert service(store).summary(ada).error_count == 2


def test_each_part_touches_few_days_whatever_the_order(store: Store) -> None:
    records = [
        steps(f"k{one}", f"2026-{one * 5 % 12 + 1:02}-{one * 11 % 28 + 1:02}T10:00:00Z") for one in range(600)
    ]
    wearables = service(store)
    with closing(wearables.stage(ORIGIN, texts(records))) as batch:
        touched = []
        while part := batch.next_part():
            touched.append(len({one.day for one in part}))
    days = len({one["start"][:10] for one in records})
    assert sum(touched) <= days + len(touched)
    assert len(touched) == 3


def test_others_write_between_the_parts(store: Store, ada: Caller) -> None:
    def write() -> None:
        with store.write() as unit:
            unit.users.add(a_user(f"user{len(unit.users.every())}"))

    in_parts(store, ada, texts(told(90)), write)
    with store.read() as unit:
        assert len(unit.users.every()) == 1 + 3


def test_rows_and_aggregates_agree_after_each_part(store: Store, ada: Caller) -> None:
    def agree() -> None:
        before = everything(store, ada.user_id)
        list(service(store).reprocess(ada.user_id))
        assert everything(store, ada.user_id) == before

    in_parts(store, ada, texts(told(90)), agree)


def test_what_broke_off_is_sent_again_with_the_same_result(store: Store, ada: Caller) -> None:
    ben = person(store, "Ben")
    records = texts(told(90))
    wearables = service(store)
    with closing(wearables.stage(ORIGIN, records)) as batch:
        wearables.ingest_part(ada, batch, batch.next_part())
    report = in_parts(store, ada, records)
    in_parts(store, ben, records)
    assert (report.accepted, report.duplicates) == (250, 200)
    assert everything(store, ada.user_id) == everything(store, ben.user_id)


def test_a_part_is_bounded_in_size_too(store: Store) -> None:
    records = [heart(f"k{one}", "2026-01-02T10:00:00Z", note="x" * 300_000) for one in range(9)]
    with closing(service(store).stage(ORIGIN, texts(records))) as batch:
        assert len(batch.next_part()) < 9
        assert len(batch.next_part()) > 0


def test_a_report_names_no_more_errors_than_it_may(store: Store, ada: Caller) -> None:
    bad = ["1"] * (MOST_TOLD + 5)
    skipped = texts([record("mood", f"m{one}", "2026-01-02T10:00:00Z") for one in range(MOST_TOLD + 5)])
    report = in_parts(store, ada, [*bad, *skipped])
    assert (report.refused, len(report.errors), report.errors[-1].index) == (
        len(bad),
        MOST_TOLD,
        MOST_TOLD - 1,
    )
    assert (report.etl.skipped, len(report.etl.errors)) == (len(skipped), MOST_TOLD)
    assert report.etl.errors[0].index == len(bad)
    assert service(store).summary(ada).error_count == len(bad)
    with store.read() as unit:
        (event,) = unit.audit.page(AuditFilter(event_type="wearable.ingest"), Page())
    assert event.context["errors"] == len(bad)


def test_a_record_that_is_too_long_is_refused_before_it_is_read() -> None:
    decoded = []

    def decode(text: str) -> object:
        decoded.append(text)
        return json.loads(text)

    reading = read_records([" " * (LONGEST_RECORD + 1), "1"], "UTC", decode)
    assert decoded == ["1"]
    assert reading.errors[0] == RecordError(0, None, "a record must not have more than 1048576 characters")


def test_reading_a_large_batch_pauses_again_and_again(store: Store) -> None:
    pauses = 0

    def pause() -> None:
        nonlocal pauses
        pauses += 1

    with closing(service(store).stage(ORIGIN, texts(told(300)), pause)):
        assert pauses == 1_500


def test_a_batch_that_cannot_be_staged_leaves_nothing_behind(tmp_path: Path) -> None:
    def torn() -> Iterator[str]:
        yield json.dumps(heart("k", "2026-01-02T10:00:00Z"))
        raise ArithmeticError

    with closing(SqliteStore(tmp_path / "mosaic.db")) as store:
        with pytest.raises(ArithmeticError):
            service(store).stage(ORIGIN, torn())
        assert list(tmp_path.glob("import-*")) == []


def test_a_batch_without_records_has_no_part(store: Store) -> None:
    with closing(service(store).stage(ORIGIN, [])) as batch:
        assert batch.next_part() == []
