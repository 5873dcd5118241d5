"""What every store promises about values of wearables: any that the rules allow comes back as it was kept."""

import datetime as dt
from collections import Counter

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.paging import Page
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.testing import wearable_strategies as strategies
from mosaic_core.testing.contracts.fixtures import StoreFixtures
from mosaic_core.testing.contracts.values import some
from mosaic_core.testing.factories import NOON, TODAY, a_source, a_user, rolled_back
from mosaic_core.testing.strategies import zones
from mosaic_core.testing.wearable_records import read, record
from mosaic_core.wearables.model import (
    OVER_ALL,
    DailyAggregate,
    HeartDay,
    RawFilter,
    SleepDay,
    Source,
    StepsDay,
    StoredRecord,
)
from mosaic_core.wearables.rows import HeartRate, Record, SleepSession, StepPiece


def watch_in(unit: UnitOfWork) -> Source:
    """Add a user and a source of theirs."""
    return unit.wearables.add_source(a_source(unit.users.add(a_user()).id))


def raw_in(unit: UnitOfWork, watch: Source) -> int:
    """Add a raw record of the source; return its id."""
    ((raw_id, _),) = unit.wearables.add_raw(
        watch, "UTC", NOON, read([record("other", "key", "2024-06-01T10:00:00Z")]).records
    )
    return raw_id


class WearableValueContract(StoreFixtures):
    """What every store promises about values of wearables."""

    @some
    @given(data=st.data())
    def test_any_source_any_totals_and_any_errors_come_back_as_they_were_kept(
        self, store: Store, data: st.DataObject
    ) -> None:
        with rolled_back(store) as unit:
            user_id = unit.users.add(a_user()).id
            source = data.draw(strategies.sources(user_id))
            kept = unit.wearables.add_source(source)
            assert kept == evolve(source, id=kept.id)
            changed = evolve(data.draw(strategies.sources(user_id)), id=kept.id)
            changed = evolve(changed, source_app=kept.source_app, device_id=kept.device_id)
            unit.wearables.update_sources(user_id, [changed])
            assert unit.wearables.sources(user_id) == [changed]
            totals = data.draw(strategies.totals)
            unit.wearables.set_totals(user_id, totals)
            assert unit.wearables.totals(user_id) == totals
            errors = data.draw(st.lists(strategies.ingest_errors, max_size=3))
            unit.wearables.set_ingest_errors(user_id, errors)
            assert list(unit.wearables.ingest_errors(user_id)) == errors

    @some
    @given(told=strategies.raw_records, zone=zones)
    def test_any_record_comes_back_as_it_came(self, store: Store, told: Record, zone: str) -> None:
        with rolled_back(store) as unit:
            watch = watch_in(unit)
            ((raw_id, added),) = unit.wearables.add_raw(watch, zone, NOON, [told])
            assert added == told
            stored = StoredRecord(
                raw_id, told.dedupe_key, told.type, told.status, told.at, zone, NOON, told.payload
            )
            assert unit.wearables.raw_page(watch.user_id, RawFilter(day=told.day), Page()) == [stored]
            assert unit.wearables.raw_page(watch.user_id, RawFilter(type=told.type), Page()) == [stored]
            assert unit.wearables.raw_after(watch.user_id, watch.id, None, 9) == [stored]

    @some
    @given(piece=strategies.step_pieces, session=strategies.sleep_sessions, data=st.data())
    def test_any_piece_session_and_stage_comes_back_as_it_was_added(
        self, store: Store, piece: StepPiece, session: SleepSession, data: st.DataObject
    ) -> None:
        stage = data.draw(strategies.sleep_stages(session.dedupe_key))
        with rolled_back(store) as unit:
            watch = watch_in(unit)
            raw_id = raw_in(unit, watch)
            user_id = watch.user_id
            unit.wearables.add_steps(user_id, watch.id, [(raw_id, piece)])
            unit.wearables.add_sessions(user_id, watch.id, [(raw_id, session)])
            unit.wearables.add_stages(user_id, [(raw_id, stage)])
            assert unit.wearables.attach_stages(user_id, [session.dedupe_key]) == {raw_id}
            assert unit.wearables.steps(user_id, piece.day, piece.day) == [(watch.id, piece)]
            assert unit.wearables.steps_crossing(user_id, piece.day, piece.day, piece.start, piece.until) == [
                (watch.id, piece)
            ]
            assert unit.wearables.sessions(user_id, session.day, session.day) == [(watch.id, session)]
            assert unit.wearables.session_days_crossing(user_id, session.start, session.end) == [session.day]
            assert unit.wearables.stages(user_id, session.dedupe_key) == [stage]

    @some
    @given(rates=st.lists(strategies.heart_rates, min_size=1, max_size=4))
    def test_any_sample_is_counted_on_its_day(self, store: Store, rates: list[HeartRate]) -> None:
        with rolled_back(store) as unit:
            watch = watch_in(unit)
            records = [
                record("heart_rate", f"key {number}", "2024-06-01T10:00:00Z") for number in range(len(rates))
            ]
            kept = unit.wearables.add_raw(watch, "UTC", NOON, read(records).records)
            rows = [(raw_id, rate) for (raw_id, _), rate in zip(kept, rates, strict=True)]
            unit.wearables.add_heart_rates(watch.user_id, watch.id, rows)
            every = (watch.user_id, dt.date.min, dt.date.max)
            counted = {(day, bpm): number for day, _, bpm, number in unit.wearables.heart_counts(*every)}
            assert counted == Counter((one.day, one.bpm) for one in rates)
            varied = sorted((day, value) for day, _, value in unit.wearables.variabilities(*every))
            assert varied == sorted(
                (one.day, one.variability_ms) for one in rates if one.variability_ms is not None
            )

    @some
    @given(heart=strategies.heart_days, steps=strategies.steps_days, sleep=strategies.sleep_days)
    def test_any_aggregate_comes_back_as_it_was_put(
        self, store: Store, heart: HeartDay, steps: StepsDay, sleep: SleepDay
    ) -> None:
        with rolled_back(store) as unit:
            user_id = watch_in(unit).user_id
            unit.wearables.replace_heart(user_id, TODAY, TODAY, [(OVER_ALL, TODAY, heart)])
            unit.wearables.replace_steps(user_id, TODAY, TODAY, [(OVER_ALL, TODAY, steps)])
            unit.wearables.replace_sleep(user_id, TODAY, TODAY, [(OVER_ALL, TODAY, sleep)])
            assert unit.wearables.aggregates(user_id, OVER_ALL, TODAY, TODAY) == [
                DailyAggregate(TODAY, steps, sleep, heart)
            ]
