"""What every store promises about the staged records of large batches."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import StoreFixtures
from mosaic_core.testing.wearable_records import Json, heart, read, record, sleep, stage, steps
from mosaic_core.wearables.ports import RecordStaging
from mosaic_core.wearables.rows import Record


def records(*told: Json) -> Sequence[Record]:
    return read(told).records


class RecordStagingContract(StoreFixtures):
    """What every store promises about the staged records of large batches."""

    @pytest.fixture
    def record_staging(self, store: Store) -> Iterator[RecordStaging]:
        """Return an empty staging."""
        with closing(store.stage_records()) as staging:
            yield staging

    def test_records_come_back_by_type_and_start_whatever_their_order(
        self, record_staging: RecordStaging
    ) -> None:
        told = [
            steps("a", "2026-01-02T10:00:00Z"),
            heart("b", "2026-01-02T12:00:00Z"),
            steps("c", "2025-12-31T10:00:00Z"),
            heart("d", "2026-01-02T12:00:00Z"),
            heart("e", "1901-01-02T12:00:00Z"),
        ]
        assert record_staging.add(records(*told)) == 5
        assert [one.batch_index for one in record_staging.records()] == [4, 1, 3, 2, 0]

    def test_a_record_comes_back_as_it_came(self, record_staging: RecordStaging) -> None:
        inner = {"stage": "rem", "start": "2026-01-02T23:00:00Z", "end": "2026-01-02T23:30:00Z"}
        night = sleep("night", "2026-01-02T22:00:00Z", "2026-01-03T06:00:00Z", score=80, stages=[inner])
        told = [
            heart("k\u2028\U0001f600", "2026-01-02T10:00:00Z", note='"\\'),
            record("mood", "m", "2026-01-02T10:00:00Z"),
            night,
            stage("stage", "2026-01-02T22:00:00Z", "2026-01-02T23:00:00Z", "night"),
            steps("steps", "2026-01-02T22:00:00Z", "2026-01-03T06:00:00Z"),
        ]
        given = records(*told)
        record_staging.add(given)
        assert list(record_staging.records()) == list(given)

    def test_the_first_record_under_a_key_stands(self, record_staging: RecordStaging) -> None:
        first, second, other = (
            heart(key, "2026-01-02T10:00:00Z", bpm) for key, bpm in [("k", 60), ("k", 70), ("K", 80)]
        )
        assert record_staging.add(records(first, second)) == 1
        assert record_staging.add([one._replace(batch_index=7) for one in records(second, other)]) == 1
        found = [json.loads(one.payload)["fields"]["bpm"] for one in record_staging.records()]
        assert found == [60, 80]

    def test_very_many_records_are_kept(self, record_staging: RecordStaging) -> None:
        told = [heart(f"k{number}", "2026-01-02T10:00:00Z") for number in range(1_001)]
        assert record_staging.add(records(*told)) == 1_001
        assert record_staging.add([]) == 0
        assert [one.batch_index for one in record_staging.records()] == list(range(1_001))

    def test_each_staging_has_its_own_records(self, store: Store, record_staging: RecordStaging) -> None:
        with closing(store.stage_records()) as other:
            one = records(heart("k", "2026-01-02T10:00:00Z"))
            assert (record_staging.add(one), other.add(one)) == (1, 1)

    def test_a_staging_may_be_closed_again(self, record_staging: RecordStaging) -> None:
        record_staging.close()
