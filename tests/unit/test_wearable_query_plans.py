"""Every query on a user's path is served by an index, so that it does not look at the whole history."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from mosaic_adapters.sqlite.database import connect
from mosaic_adapters.sqlite.migrations import migrate
from mosaic_adapters.sqlite.wearables import SqliteWearables
from mosaic_core.paging import Page
from mosaic_core.wearables.etl import WearableETL
from mosaic_core.wearables.ingest_errors import keep_errors
from mosaic_core.wearables.model import OVER_ALL, RawFilter, Source, Totals
from mosaic_core.wearables.records import RecordError
from support import NOON
from wearable_records import heart, read, sleep, stage, steps

DAY = dt.date(2026, 1, 2)
ONE_DAY = "user_id=? AND day>? AND day<?"


@frozen
class Traced:
    """The repository and what it runs."""

    connection: sqlite3.Connection
    repository: SqliteWearables
    statements: list[str]

    def plans(self) -> list[str]:
        """Return the steps of the plans of all that was run, and forget it."""
        self.connection.set_trace_callback(None)
        told = [statement for statement in self.statements if not statement.startswith("--")]
        self.statements.clear()
        steps = [step for one in told for step in self.connection.execute(f"EXPLAIN QUERY PLAN {one}")]
        self.connection.set_trace_callback(self.statements.append)
        return [step[3] for step in steps if "json_each" not in step[3] and step[3] != "SCAN kinds"]


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[Traced]:
    path = tmp_path / "mosaic.db"
    path.touch()
    connection = connect(path, 1)
    migrate(connection)
    connection.execute("INSERT INTO users VALUES (1, 'a', 'a', 'a', 'x', 0, NULL, 0, '2026-01-01', '00:00')")
    made = Traced(connection, SqliteWearables(connection), [])
    connection.set_trace_callback(made.statements.append)
    yield made
    connection.close()


def ingested(traced: Traced) -> Source:
    source = traced.repository.add_source(Source(0, 1, "App", "watch", "", 0, 0, NOON))
    told = [
        heart("h", "2026-01-02T10:00:00Z", variability_ms=1),
        steps("s", "2026-01-01T22:00:00Z", "2026-01-02T02:00:00Z"),
        sleep("n", "2026-01-01T22:00:00Z", "2026-01-02T06:00:00Z"),
        stage("st", "2026-01-01T22:00:00Z", "2026-01-01T23:00:00Z", "n"),
    ]
    kept = traced.repository.add_raw(source, "UTC", NOON, read(told).records)
    assert WearableETL(traced.repository, 1).process(source.id, kept).processed == 4
    return source


def test_an_ingest_reads_only_the_days_it_touches(traced: Traced) -> None:
    ingested(traced)
    plans = traced.plans()
    assert not [step for step in plans if step.startswith("SCAN")]
    whole = [step for step in plans if "(user_id=?)" in step]
    assert not [step for step in whole if "wearable_sources_of_user" not in step]
    assert f"SEARCH wearable_daily_agg USING PRIMARY KEY ({ONE_DAY})" in plans
    assert f"SEARCH wearable_canonical_steps USING PRIMARY KEY ({ONE_DAY})" in plans
    assert "SEARCH wearable_canonical_hr USING PRIMARY KEY (source_id=? AND day>? AND day<?)" in plans


def test_a_day_and_a_trend_are_read_by_key(traced: Traced) -> None:
    traced.repository.aggregates(1, OVER_ALL, DAY, DAY)
    assert traced.plans() == [f"SEARCH wearable_daily_agg USING PRIMARY KEY ({ONE_DAY})"]


def test_sources_and_the_summary_do_not_count_records(traced: Traced) -> None:
    traced.repository.sources(1)
    traced.repository.totals(1)
    traced.repository.set_totals(1, Totals(1, 1, 1, NOON))
    traced.repository.ingest_errors(1)
    assert not [step for step in traced.plans() if "raw" in step or step.startswith("SCAN")]


def test_errors_are_read_and_replaced_by_key_and_in_order(traced: Traced) -> None:
    keep_errors(traced.repository, 1, NOON, [RecordError(0, "k", "bad")])
    by_key = "SEARCH wearable_errors USING PRIMARY KEY (user_id=?)"
    assert traced.plans() == [by_key, by_key]


def test_without_errors_nothing_is_asked(traced: Traced) -> None:
    keep_errors(traced.repository, 1, NOON, [])
    assert traced.statements == []


@pytest.mark.parametrize("wanted", [RawFilter(), RawFilter(type="heart_rate"), RawFilter(day=DAY)])
@pytest.mark.parametrize("offset", [5, 50_000])
def test_a_page_of_raw_records_steps_through_the_index(
    traced: Traced, wanted: RawFilter, offset: int
) -> None:
    ingested(traced)
    traced.plans()
    traced.repository.raw_page(1, wanted, Page(10, offset))
    plans = traced.plans()
    assert not [step for step in plans if step.startswith("SCAN")]
    assert not [
        step for step in plans if "raw" in step and "source_id=?" not in step and "rowid=?" not in step
    ]


def test_reprocessing_goes_from_part_to_part_by_key(traced: Traced) -> None:
    source = ingested(traced)
    traced.plans()
    stored = traced.repository.raw_after(1, source.id, None, 10)
    traced.repository.remove_canonical(1, [one.id for one in stored])
    plans = traced.plans()
    assert not [step for step in plans if step.startswith("SCAN") or "(user_id=?)" in step]
    assert "SEARCH wearable_canonical_hr USING PRIMARY KEY (source_id=? AND day=?)" in plans
    assert any("(type,collected_at)>(?,?)" in step for step in plans)


def test_changing_a_rank_steps_from_day_to_day(traced: Traced) -> None:
    source = ingested(traced)
    traced.plans()
    assert traced.repository.touched_by(1, source.id).heart == {DAY}
    plans = traced.plans()
    assert not [step for step in plans if step.startswith("SCAN wearable")]
    assert "SEARCH hr USING PRIMARY KEY (source_id=? AND day>?)" in plans


def test_deleting_a_source_finds_its_records_by_key(traced: Traced) -> None:
    source = ingested(traced)
    traced.plans()
    traced.repository.delete_source(1, source.id)
    assert not [step for step in traced.plans() if step.startswith("SCAN")]


def test_a_record_is_rewritten_once_at_most_however_many_stages_it_has(traced: Traced) -> None:
    source = traced.repository.add_source(Source(0, 1, "App", "watch", "", 0, 0, NOON))
    inner = [{"stage": "rem", "start": "2026-01-01T22:00:00Z", "end": "2026-01-01T22:01:00Z"}] * 50
    night = sleep("n", "2026-01-01T22:00:00Z", "2026-01-02T06:00:00Z", stages=inner)
    kept = traced.repository.add_raw(source, "UTC", NOON, read([night]).records)
    traced.statements.clear()
    assert WearableETL(traced.repository, 1).process(source.id, kept).processed == 1
    assert len([one for one in traced.statements if "UPDATE wearable_raw" in one]) == 1


def test_touched_days_of_one_chain_are_computed_once(traced: Traced) -> None:
    source = traced.repository.add_source(Source(0, 1, "App", "watch", "", 0, 0, NOON))
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    month = [
        (day + dt.timedelta(days=30 * number), day + dt.timedelta(days=30 * number + 31))
        for number in range(4)
    ]
    told = [sleep(f"n{start}", start.isoformat(), end.isoformat()) for start, end in month]
    kept = traced.repository.add_raw(source, "UTC", NOON, read(told).records)
    traced.statements.clear()
    assert WearableETL(traced.repository, 1).process(source.id, kept).processed == 4
    assert len([one for one in traced.statements if "SET sleep_seconds = NULL" in one]) == 1


def test_a_long_chain_of_sessions_that_overlap_is_found_in_few_steps(traced: Traced) -> None:
    days = 400
    source = traced.repository.add_source(Source(0, 1, "App", "watch", "", 0, 0, NOON))
    nights = [dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=number) for number in range(days)]
    told = [
        sleep(f"n{number}", night.isoformat(), (night + dt.timedelta(hours=25)).isoformat())
        for number, night in enumerate(nights)
    ]
    kept = traced.repository.add_raw(source, "UTC", NOON, read(told).records)
    traced.statements.clear()
    assert WearableETL(traced.repository, 1).process(source.id, kept).aggregated >= days
    reads = [one for one in traced.statements if "SELECT" in one and "sleep_sessions" in one]
    assert len(reads) < 60
