"""What every store promises about wearables."""

import datetime as dt
import json
from collections.abc import Sequence

import pytest
from attrs import evolve

from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import StoreFixtures
from mosaic_core.testing.factories import NOON, a_source, rolled_back
from mosaic_core.testing.wearable_records import Json, heart, read, record, sleep, stage, steps
from mosaic_core.wearables.model import (
    MOST_PAYLOAD,
    OVER_ALL,
    DailyAggregate,
    HeartDay,
    IngestError,
    RawFilter,
    SleepDay,
    Source,
    StepsDay,
    StoredRecord,
    Totals,
)
from mosaic_core.wearables.rows import HeartRate, Record, SleepSession, SleepStage, StepPiece, Touched

DAY = dt.date(2026, 1, 2)
NEXT = dt.date(2026, 1, 3)


def records(*told: Json) -> Sequence[Record]:
    return read(told).records


def kept(store: Store, source: Source, *told: Json) -> list[int]:
    """Keep raw records; return their ids."""
    with store.write() as unit:
        return [raw_id for raw_id, _ in unit.wearables.add_raw(source, "UTC", NOON, records(*told))]


def statuses(store: Store, user_id: int) -> dict[str, str]:
    with store.read() as unit:
        rows = unit.wearables.raw_page(user_id, RawFilter(), Page(None))
    return {row.dedupe_key: row.status for row in rows}


SAMPLE = HeartRate(100, DAY, 60, None, None)


NIGHT = SleepSession(100, 200, DAY, "night", 90.0, 95.5, None, "main")


HEART = HeartDay(50, 70, 60.5, 51, None)
STEPS = StepsDay(7, 1.5, None)
SLEEP = SleepDay(60.0, 1, 90.0)


class WearableRepositoryContract(StoreFixtures):
    """What every store promises about wearables."""

    @pytest.fixture
    def watch(self, store: Store, ada: int) -> Source:
        with store.write() as unit:
            return unit.wearables.add_source(a_source(ada))

    def test_sources_come_by_priority_then_id(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            low = unit.wearables.add_source(a_source(ada, "low", priority=2))
            first = unit.wearables.add_source(a_source(ada, "first", priority=1))
            second = unit.wearables.add_source(a_source(ada, "second", priority=1))
            unit.wearables.add_source(a_source(ben, "low"))
        assert 0 < low.id < first.id < second.id
        with store.read() as unit:
            assert unit.wearables.sources(ada) == [first, second, low]

    def test_a_source_is_replaced_by_its_owner_alone(
        self, store: Store, ada: int, ben: int, watch: Source
    ) -> None:
        changed = evolve(
            watch, display_name="Left", priority=4, records=9, last_synced_at=NOON + dt.timedelta(hours=1)
        )
        with store.write() as unit:
            unit.wearables.update_sources(ada, [changed])
        with store.read() as unit:
            assert unit.wearables.sources(ada) == [changed]
            assert unit.wearables.sources(ben) == []

    def test_totals_begin_at_zero_and_are_replaced(self, store: Store, ada: int, ben: int) -> None:
        told = Totals(3, 2, 1, NOON)
        with store.write() as unit:
            assert unit.wearables.totals(ada) == Totals()
            unit.wearables.set_totals(ada, Totals(1, 1, 1, None))
            assert unit.wearables.totals(ada) == Totals(1, 1, 1, None)
            unit.wearables.set_totals(ada, told)
        with store.read() as unit:
            assert (unit.wearables.totals(ada), unit.wearables.totals(ben)) == (told, Totals())

    def test_errors_are_replaced_for_the_owner_alone_and_keep_their_order(
        self, store: Store, ada: int, ben: int
    ) -> None:
        first, second = IngestError("b", "bad", NOON), IngestError(None, "worse", NOON - dt.timedelta(days=1))
        third = IngestError("a", "", NOON + dt.timedelta(microseconds=1))
        with store.write() as unit:
            assert list(unit.wearables.ingest_errors(ada)) == []
            unit.wearables.set_ingest_errors(ada, [first, second, third])
            unit.wearables.set_ingest_errors(ben, [second])
            assert list(unit.wearables.ingest_errors(ada)) == [first, second, third]
            unit.wearables.set_ingest_errors(ada, [third, first])
        with store.read() as unit:
            assert list(unit.wearables.ingest_errors(ada)) == [third, first]
            assert list(unit.wearables.ingest_errors(ben)) == [second]
        with store.write() as unit:
            unit.wearables.set_ingest_errors(ada, [])
            assert list(unit.wearables.ingest_errors(ada)) == []

    def test_a_roll_back_undoes_everything(self, store: Store, ada: int, watch: Source) -> None:
        with rolled_back(store) as unit:
            unit.wearables.add_source(a_source(ada, "other"))
            unit.wearables.add_raw(watch, "UTC", NOON, records(heart("h", "2026-01-02T10:00:00Z")))
            unit.wearables.set_totals(ada, Totals(1, 1, 1, NOON))
            unit.wearables.set_ingest_errors(ada, [IngestError("h", "bad", NOON)])
        with store.read() as unit:
            assert unit.wearables.sources(ada) == [watch]
            assert unit.wearables.totals(ada) == Totals()
            assert list(unit.wearables.ingest_errors(ada)) == []
        assert statuses(store, ada) == {}

    def test_the_first_record_under_a_key_is_kept(
        self, store: Store, ada: int, ben: int, watch: Source
    ) -> None:
        one, other = heart("h", "2026-01-02T10:00:00Z"), heart("h", "2026-01-02T11:00:00Z")
        new = heart("new", "2026-01-02T12:00:00Z")
        with store.write() as unit:
            theirs = unit.wearables.add_source(a_source(ben))
            first = unit.wearables.add_raw(watch, "UTC", NOON, records(one, other))
            second = unit.wearables.add_raw(watch, "UTC", NOON, records(other, new, one))
            third = unit.wearables.add_raw(theirs, "UTC", NOON, records(other))
            assert unit.wearables.add_raw(watch, "UTC", NOON, records(one)) == []
        assert [(each.dedupe_key, json.loads(each.payload)) for _, each in [*first, *second, *third]] == [
            ("h", one),
            ("new", new),
            ("h", other),
        ]
        assert len({raw_id for raw_id, _ in [*first, *second, *third]}) == 3
        assert statuses(store, ada) == {"h": "processed", "new": "processed"}

    def test_of_many_records_those_with_new_keys_are_kept_with_all_that_they_say(
        self, store: Store, ada: int, watch: Source
    ) -> None:
        told = [heart(f"h{n % 233}", f"2026-01-02T10:{n // 60:02}:{n % 60:02}Z", 50 + n) for n in range(250)]
        kept(store, watch, *told[100:120])
        with store.write() as unit:
            added = unit.wearables.add_raw(watch, "UTC", NOON, records(*told))
            said = [(raw, one.content) for raw, one in added if isinstance(one.content, HeartRate)]
            unit.wearables.add_heart_rates(ada, watch.id, said)
        expected = [*told[:100], *told[120:233]]
        assert [json.loads(one.payload) for _, one in added] == expected
        with store.read() as unit:
            rows = unit.wearables.raw_page(ada, RawFilter(), Page(None))
            counts = unit.wearables.heart_counts(ada, DAY, DAY)
        assert {row.id: json.loads(row.payload) for row in rows}.items() >= {
            raw: json.loads(one.payload) for raw, one in added
        }.items()
        assert sorted(counts) == [(DAY, watch.id, one["fields"]["bpm"], 1) for one in expected]

    def test_a_status_is_replaced_for_the_owner_alone(
        self, store: Store, ada: int, ben: int, watch: Source
    ) -> None:
        (raw_id,) = kept(store, watch, heart("h", "2026-01-02T10:00:00Z"))
        with store.write() as unit:
            unit.wearables.set_status(ben, {raw_id: "skipped"})
        assert statuses(store, ada) == {"h": "processed"}
        with store.write() as unit:
            unit.wearables.set_status(ada, {raw_id: "skipped"})
        assert statuses(store, ada) == {"h": "skipped"}

    def test_a_page_of_raw_records_ends_where_they_are_long(
        self, store: Store, ada: int, watch: Source
    ) -> None:
        note = "x" * (MOST_PAYLOAD // 10)
        kept(store, watch, *(heart(f"h{n}", "2026-01-02T23:30:00Z", note=note) for n in range(12)))
        with store.read() as unit:
            page = unit.wearables.raw_page(ada, RawFilter(), Page(11))
            assert [row.dedupe_key for row in page] == [f"h{n}" for n in range(11, 1, -1)]
            rest = unit.wearables.raw_page(ada, RawFilter(), Page(11, 10))
            assert [row.dedupe_key for row in rest] == ["h1", "h0"]
            assert unit.wearables.raw_count(ada, RawFilter()) == 12

    def test_a_record_that_is_read_again_has_its_first_status_and_its_day_anew(
        self, store: Store, ada: int, ben: int, watch: Source
    ) -> None:
        (raw_id,) = kept(store, watch, heart("h", "2026-01-02T23:30:00Z"))
        (renewed,) = read([heart("h", "2026-01-02T23:30:00Z")], "Europe/Berlin").records
        with store.write() as unit:
            unit.wearables.set_status(ada, {raw_id: "skipped"})
            unit.wearables.renew_raw(ben, [(raw_id, renewed)])
            assert not unit.wearables.raw_page(ada, RawFilter(day=NEXT), Page())
            assert unit.wearables.raw_count(ada, RawFilter(day=NEXT)) == 0
            unit.wearables.renew_raw(ada, [(raw_id, renewed)])
            assert len(unit.wearables.raw_page(ada, RawFilter(day=NEXT), Page())) == 1
            assert unit.wearables.raw_count(ada, RawFilter(day=NEXT)) == 1
            assert unit.wearables.raw_count(ada, RawFilter(type="steps")) == 0
        assert statuses(store, ada) == {"h": "processed"}

    def test_records_are_read_again_part_by_part(
        self, store: Store, ada: int, ben: int, watch: Source
    ) -> None:
        told = [
            steps("late", "2026-01-02T12:00:00Z"),
            steps("early", "1960-01-02T10:00:00Z"),
            heart("twin 1", "2026-01-02T11:00:00Z"),
            heart("twin 2", "2026-01-02T11:00:00Z"),
            record("a", "other", "2026-01-02T12:00:00Z"),
        ]
        kept(store, watch, *told)
        with store.read() as unit:
            after = None
            seen: list[StoredRecord] = []
            while part := unit.wearables.raw_after(ada, watch.id, after, 2):
                after = part[-1]
                seen += part
            assert unit.wearables.raw_after(ben, watch.id, None, 2) == []
        assert [one.dedupe_key for one in seen] == ["other", "twin 1", "twin 2", "early", "late"]
        assert (json.loads(seen[4].payload), seen[4].tz, seen[4].type) == (told[0], "UTC", "steps")

    def test_samples_are_counted_by_day_source_and_rate(
        self, store: Store, ada: int, ben: int, watch: Source
    ) -> None:
        told = [
            SAMPLE,
            SAMPLE._replace(variability_ms=1.5),
            SAMPLE._replace(bpm=61),
            SAMPLE._replace(day=NEXT),
        ]
        raw_ids = kept(store, watch, *[heart(f"h{number}", "2026-01-02T10:00:00Z") for number in range(4)])
        with store.write() as unit:
            unit.wearables.add_heart_rates(ada, watch.id, list(zip(raw_ids, told, strict=True)))
        with store.read() as unit:
            assert sorted(unit.wearables.heart_counts(ada, DAY, DAY)) == [
                (DAY, watch.id, 60, 2),
                (DAY, watch.id, 61, 1),
            ]
            assert list(unit.wearables.heart_counts(ada, NEXT, NEXT)) == [(NEXT, watch.id, 60, 1)]
            assert list(unit.wearables.variabilities(ada, DAY, NEXT)) == [(DAY, watch.id, 1.5)]
            assert list(unit.wearables.heart_counts(ben, DAY, NEXT)) == []
            assert unit.wearables.touched_by(ada, watch.id) == Touched(heart=frozenset([DAY, NEXT]))

    def test_pieces_are_found_by_day_and_by_time(self, store: Store, ada: int, watch: Source) -> None:
        ends = [(0, 10), (10, 20), (15, 15), (20, 20), (20, 30)]
        pieces = [StepPiece(start, end, DAY, start, 1.5, None, 2.5) for start, end in ends]
        (raw_id,) = kept(store, watch, steps("s", "2026-01-02T10:00:00Z"))
        with store.write() as unit:
            for piece in pieces[:4]:
                (raw_id,) = [
                    raw
                    for raw, _ in unit.wearables.add_raw(
                        watch, "UTC", NOON, records(steps(f"{piece}", "2026-01-02T10:00:00Z"))
                    )
                ]
                unit.wearables.add_steps(ada, watch.id, [(raw_id, piece)])
            unit.wearables.add_steps(ada, watch.id, [(raw_id, pieces[4]._replace(day=NEXT, start=21))])
        with store.read() as unit:
            assert sorted(unit.wearables.steps(ada, DAY, DAY)) == [(watch.id, piece) for piece in pieces[:4]]
            assert [piece.day for _, piece in unit.wearables.steps(ada, NEXT, NEXT)] == [NEXT]
            crossing = unit.wearables.steps_crossing(ada, DAY, NEXT, 10, 20)
            assert sorted(piece[:2] for _, piece in crossing) == [(10, 20), (15, 15)]
            assert unit.wearables.steps_crossing(ada, NEXT, NEXT, 0, 21) == []
            assert unit.wearables.touched_by(ada, watch.id) == Touched(steps={DAY: (0, 21), NEXT: (21, 30)})

    def test_a_span_holds_the_instants_of_pieces_without_length(
        self, store: Store, ada: int, watch: Source
    ) -> None:
        (raw_id,) = kept(store, watch, steps("s", "2026-01-02T10:00:00Z"))
        instant = StepPiece(15, 15, DAY, 1, None, None, None)
        with store.write() as unit:
            unit.wearables.add_steps(ada, watch.id, [(raw_id, instant)])
            touched = unit.wearables.touched_by(ada, watch.id)
            assert touched == Touched(steps={DAY: (15, 16)})
            crossing = unit.wearables.steps_crossing(ada, DAY, DAY, *touched.steps[DAY])
            assert crossing == [(watch.id, instant)]
            assert unit.wearables.remove_canonical(ada, [raw_id]) == touched

    def test_samples_with_either_kind_of_confidence_are_kept(
        self, store: Store, ada: int, watch: Source
    ) -> None:
        raw_ids = kept(store, watch, *[heart(f"h{number}", "2026-01-02T10:00:00Z") for number in range(4)])
        told = [SAMPLE._replace(confidence=one) for one in ("high", 0.5, "1", None)]
        with store.write() as unit:
            unit.wearables.add_heart_rates(ada, watch.id, list(zip(raw_ids, told, strict=True)))
            assert list(unit.wearables.heart_counts(ada, DAY, DAY)) == [(DAY, watch.id, 60, 4)]

    def test_sessions_are_found_by_day_and_by_time(
        self, store: Store, ada: int, ben: int, watch: Source
    ) -> None:
        (raw_id,) = kept(store, watch, sleep("night", "2026-01-01T23:00:00Z", "2026-01-02T06:00:00Z"))
        with store.write() as unit:
            unit.wearables.add_sessions(ada, watch.id, [(raw_id, NIGHT)])
        with store.read() as unit:
            assert unit.wearables.sessions(ada, DAY, DAY) == [(watch.id, NIGHT)]
            assert unit.wearables.sessions(ada, NEXT, NEXT) == []
            assert unit.wearables.sessions(ben, DAY, DAY) == []
            assert list(unit.wearables.session_days_crossing(ada, 0, 101)) == [DAY]
            assert list(unit.wearables.session_days_crossing(ada, 199, 300)) == [DAY]
            assert list(unit.wearables.session_days_crossing(ada, 0, 100)) == []
            assert list(unit.wearables.session_days_crossing(ada, 200, 300)) == []

    def test_stages_wait_until_their_session_is_there_and_when_it_goes(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            watch = unit.wearables.add_source(a_source(ada))
            ring = unit.wearables.add_source(a_source(ada, "ring", priority=1))
        (night,) = kept(store, watch, sleep("night", "2026-01-01T23:00:00Z", "2026-01-02T06:00:00Z"))
        alone = stage("alone", "2026-01-02T01:00:00Z", "2026-01-02T02:00:00Z", "night")
        (stray,) = kept(store, ring, alone)
        inner, outer = (
            SleepStage(110, 120, "night", "deep", "in"),
            SleepStage(105, 110, "night", "rem", "alone"),
        )
        with store.write() as unit:
            unit.wearables.add_stages(ada, [(night, inner), (stray, outer)])
            assert unit.wearables.attach_stages(ada, ["night", "unknown"]) == set()
            assert list(unit.wearables.stages(ada, "night")) == []
            unit.wearables.add_sessions(ada, watch.id, [(night, NIGHT)])
            assert unit.wearables.attach_stages(ben, ["night"]) == set()
            assert unit.wearables.attach_stages(ada, ["night"]) == {night, stray}
            assert unit.wearables.attach_stages(ada, ["night"]) == set()
            assert list(unit.wearables.stages(ada, "night")) == [outer, inner]
        assert statuses(store, ada) == {"night": "processed", "alone": "processed"}
        with rolled_back(store) as unit:
            assert unit.wearables.remove_canonical(ada, [night]) == Touched(sleep={DAY: (100, 200)})
            assert list(unit.wearables.stages(ada, "night")) == []
            rows = unit.wearables.raw_page(ada, RawFilter(), Page())
            assert {row.dedupe_key: row.status for row in rows} == {"night": "processed", "alone": "waiting"}
        with store.write() as unit:
            unit.wearables.delete_source(ada, watch.id)
        assert statuses(store, ada) == {"alone": "waiting"}

    def test_what_was_made_of_some_records_is_forgotten(
        self, store: Store, ada: int, ben: int, watch: Source
    ) -> None:
        first, second = kept(
            store, watch, heart("a", "2026-01-02T10:00:00Z"), heart("b", "2026-01-02T10:00:00Z")
        )
        with store.write() as unit:
            unit.wearables.add_heart_rates(ada, watch.id, [(first, SAMPLE), (second, SAMPLE)])
            assert unit.wearables.remove_canonical(ben, [first, second]) == Touched()
            assert unit.wearables.remove_canonical(ada, [first]) == Touched(heart=frozenset([DAY]))
            assert list(unit.wearables.heart_counts(ada, DAY, DAY)) == [(DAY, watch.id, 60, 1)]
            assert unit.wearables.remove_canonical(ada, [second]) == Touched(heart=frozenset([DAY]))
            assert list(unit.wearables.heart_counts(ada, DAY, DAY)) == []
            assert unit.wearables.remove_canonical(ada, [first, second]) == Touched()
        assert statuses(store, ada) == {"a": "processed", "b": "processed"}

    def test_a_deleted_source_takes_its_records_with_it(self, store: Store, ada: int, watch: Source) -> None:
        with store.write() as unit:
            other = unit.wearables.add_source(a_source(ada, "other", priority=1))
        (first,) = kept(store, watch, heart("a", "2026-01-02T10:00:00Z"))
        (second,) = kept(store, other, heart("b", "2026-01-02T10:00:00Z"))
        with store.write() as unit:
            unit.wearables.add_heart_rates(ada, watch.id, [(first, SAMPLE)])
            unit.wearables.add_heart_rates(ada, other.id, [(second, SAMPLE)])
            unit.wearables.delete_source(ada, watch.id)
            assert unit.wearables.sources(ada) == [other]
            assert list(unit.wearables.heart_counts(ada, DAY, DAY)) == [(DAY, other.id, 60, 1)]
        assert statuses(store, ada) == {"b": "processed"}
        assert len(kept(store, other, heart("a", "2026-01-02T10:00:00Z"))) == 1

    def test_parts_of_days_are_replaced_one_by_one(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            kept = unit.wearables
            kept.replace_heart(ada, DAY, NEXT, [(OVER_ALL, DAY, HEART), (3, NEXT, HEART)])
            kept.replace_steps(ada, DAY, DAY, [(OVER_ALL, DAY, STEPS), (3, DAY, STEPS)])
            kept.replace_sleep(ada, NEXT, NEXT, [(OVER_ALL, NEXT, SLEEP)])
            assert kept.aggregates(ada, OVER_ALL, DAY, NEXT) == [
                DailyAggregate(DAY, steps=STEPS, heart=HEART),
                DailyAggregate(NEXT, sleep=SLEEP),
            ]
            assert kept.aggregates(ada, 3, DAY, NEXT) == [
                DailyAggregate(DAY, steps=STEPS),
                DailyAggregate(NEXT, heart=HEART),
            ]
            assert kept.aggregates(ada, OVER_ALL, NEXT, NEXT) == [DailyAggregate(NEXT, sleep=SLEEP)]
            assert kept.aggregates(ben, OVER_ALL, DAY, NEXT) == []

    def test_a_day_that_has_lost_all_its_parts_is_gone(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            kept = unit.wearables
            kept.replace_heart(ada, DAY, DAY, [(OVER_ALL, DAY, HEART), (3, DAY, HEART)])
            kept.replace_steps(ada, DAY, DAY, [(OVER_ALL, DAY, STEPS)])
            kept.replace_heart(ada, DAY, DAY, [])
            assert kept.aggregates(ada, OVER_ALL, DAY, DAY) == [DailyAggregate(DAY, steps=STEPS)]
            assert kept.aggregates(ada, 3, DAY, DAY) == []
            kept.replace_steps(ada, NEXT, NEXT, [])
            kept.replace_steps(ada, DAY, NEXT, [])
            assert kept.aggregates(ada, OVER_ALL, DAY, DAY) == []

    def test_a_deleted_users_wearables_are_gone(
        self, store: Store, ada: int, ben: int, watch: Source
    ) -> None:
        del ben
        (first,) = kept(store, watch, heart("a", "2026-01-02T10:00:00Z"))
        with store.write() as unit:
            unit.wearables.add_heart_rates(ada, watch.id, [(first, SAMPLE)])
            unit.wearables.replace_heart(ada, DAY, DAY, [(OVER_ALL, DAY, HEART)])
            unit.wearables.set_totals(ada, Totals(1, 1, 1, NOON))
            unit.wearables.set_ingest_errors(ada, [IngestError("h", "bad", NOON)])
            unit.users.delete(ada)
            assert unit.wearables.sources(ada) == []
            assert unit.wearables.totals(ada) == Totals()
            assert list(unit.wearables.ingest_errors(ada)) == []
            assert list(unit.wearables.heart_counts(ada, DAY, DAY)) == []
            assert unit.wearables.aggregates(ada, OVER_ALL, DAY, DAY) == []
        assert statuses(store, ada) == {}
