"""Wearables in memory."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft, part
from mosaic_adapters.memory.wearable_tables import (
    KeptRecord,
    StageRow,
    Wearables,
    order,
    touched,
    without_stages,
)
from mosaic_core.paging import Page
from mosaic_core.wearables.model import (
    DailyAggregate,
    HeartDay,
    IngestError,
    RawFilter,
    SleepDay,
    Source,
    StepsDay,
    StoredRecord,
    Totals,
    page_end,
)
from mosaic_core.wearables.ports import WearableRepository
from mosaic_core.wearables.rows import (
    PROCESSED,
    WAITING,
    HeartRate,
    Record,
    SleepSession,
    SleepStage,
    StepPiece,
    Touched,
)


@frozen
class MemoryWearables(WearableRepository):
    """Keeps wearables in a draft."""

    draft: Draft

    def sources(self, user_id: int) -> Sequence[Source]:
        """Return the user's sources by priority."""
        return sorted(self._of(user_id).sources.values(), key=lambda one: (one.priority, one.id))

    def add_source(self, source: Source) -> Source:
        """Add a source under a new id."""
        kept = evolve(source, id=self.draft.state.last_source + 1)
        self.draft.change(last_source=kept.id)
        self._change(source.user_id, sources={**self._of(source.user_id).sources, kept.id: kept})
        return kept

    def update_sources(self, user_id: int, sources: Sequence[Source]) -> None:
        """Replace the sources."""
        known = self._of(user_id).sources
        self._change(user_id, sources={**known, **{one.id: one for one in sources if one.id in known}})

    def delete_source(self, user_id: int, source_id: int) -> None:
        """Delete the source and all that came from it, except the aggregates."""
        gone = [kept for kept in self._of(user_id).raw.values() if kept.source_id == source_id]
        self.remove_canonical(user_id, [kept.id for kept in gone])
        mine = self._of(user_id)
        raw, keys = mine.raw, set(mine.dedupe_keys)
        for kept in gone:
            raw = raw.drop(kept.id)
            keys.remove(kept.record.dedupe_key)
        sources = {number: one for number, one in mine.sources.items() if number != source_id}
        self._change(user_id, sources=sources, raw=raw, dedupe_keys=keys)

    def totals(self, user_id: int) -> Totals:
        """Return the user's totals."""
        return self._of(user_id).totals

    def set_totals(self, user_id: int, totals: Totals) -> None:
        """Replace the user's totals."""
        self._change(user_id, totals=totals)

    def ingest_errors(self, user_id: int) -> Sequence[IngestError]:
        """Return the user's errors."""
        return list(self._of(user_id).errors)

    def set_ingest_errors(self, user_id: int, errors: Sequence[IngestError]) -> None:
        """Replace the user's errors."""
        self._change(user_id, errors=tuple(errors))

    def add_raw(
        self, source: Source, tz: str, received_at: dt.datetime, records: Sequence[Record]
    ) -> Sequence[tuple[int, Record]]:
        """Add the records with new keys."""
        mine = self._of(source.user_id)
        raw, keys, last = mine.raw, set(mine.dedupe_keys), self.draft.state.last_raw
        added = []
        for record in records:
            if record.dedupe_key not in keys:
                last += 1
                keys.add(record.dedupe_key)
                raw = raw.put(last, KeptRecord(last, source.id, tz, record.status, received_at, record))
                added.append((last, record))
        self.draft.change(last_raw=last)
        self._change(source.user_id, raw=raw, dedupe_keys=keys)
        return added

    def raw_page(self, user_id: int, wanted: RawFilter, page: Page) -> Sequence[StoredRecord]:
        """Return the records that match, latest start first."""
        rows = self._matching(user_id, wanted)
        rows.sort(key=lambda kept: (kept.record.at, kept.id), reverse=True)
        return page_end(kept.stored() for kept in part(rows, page))

    def raw_count(self, user_id: int, wanted: RawFilter) -> int:
        """Return how many records match."""
        return len(self._matching(user_id, wanted))

    def raw_after(
        self, user_id: int, source_id: int, after: StoredRecord | None, limit: int
    ) -> Sequence[StoredRecord]:
        """Return the next records of the source by type, start and id."""
        rows = [kept.stored() for kept in self._of(user_id).raw.values() if kept.source_id == source_id]
        rows = [row for row in rows if after is None or order(row) > order(after)]
        return sorted(rows, key=order)[:limit]

    def set_status(self, user_id: int, statuses: Mapping[int, str]) -> None:
        """Replace the statuses."""
        raw = self._of(user_id).raw
        for raw_id, status in statuses.items():
            kept = raw.get(raw_id)
            if kept is not None:
                raw = raw.put(raw_id, evolve(kept, status=status))
        self._change(user_id, raw=raw)

    def renew_raw(self, user_id: int, kept: Sequence[tuple[int, Record]]) -> None:
        """Replace the statuses and the days."""
        raw = self._of(user_id).raw
        for raw_id, record in kept:
            known = raw.get(raw_id)
            if known is not None:
                raw = raw.put(raw_id, evolve(known, record=record, status=record.status))
        self._change(user_id, raw=raw)

    def add_heart_rates(self, user_id: int, source_id: int, rows: Sequence[tuple[int, HeartRate]]) -> None:
        """Add samples."""
        self._change(user_id, heart=self._of(user_id).heart.plus(source_id, rows))

    def add_steps(self, user_id: int, source_id: int, rows: Sequence[tuple[int, StepPiece]]) -> None:
        """Add pieces."""
        self._change(user_id, steps=self._of(user_id).steps.plus(source_id, rows))

    def add_sessions(self, user_id: int, source_id: int, rows: Sequence[tuple[int, SleepSession]]) -> None:
        """Add sessions."""
        mine = self._of(user_id)
        ids = {session.dedupe_key: raw_id for raw_id, session in rows}
        self._change(user_id, sleep=mine.sleep.plus(source_id, rows), session_ids={**mine.session_ids, **ids})

    def add_stages(self, user_id: int, rows: Sequence[tuple[int, SleepStage]]) -> None:
        """Add stages, all of them waiting."""
        new: defaultdict[str, list[StageRow]] = defaultdict(list)
        for raw_id, stage in rows:
            new[stage.session_key].append(StageRow(raw_id, None, stage))
        known = self._of(user_id).stages
        self._change(
            user_id, stages={**known, **{key: (*known.get(key, ()), *some) for key, some in new.items()}}
        )

    def attach_stages(self, user_id: int, session_keys: Iterable[str]) -> AbstractSet[int]:
        """Attach waiting stages to their sessions."""
        mine = self._of(user_id)
        stages = dict(mine.stages)
        attached: set[int] = set()
        for key in session_keys:
            if key in mine.session_ids and key in stages:
                attached.update(row.raw_id for row in stages[key] if row.session_id is None)
                stages[key] = tuple(evolve(row, session_id=mine.session_ids[key]) for row in stages[key])
        self._change(user_id, stages=stages)
        self.set_status(user_id, dict.fromkeys(attached, PROCESSED))
        return attached

    def remove_canonical(self, user_id: int, raw_ids: Sequence[int]) -> Touched:
        """Delete what was made of the records."""
        mine, gone = self._of(user_id), set(raw_ids)
        heart, steps, sleep = (
            mine.heart.of_records(gone),
            mine.steps.of_records(gone),
            mine.sleep.of_records(gone),
        )
        stages, detached = without_stages(mine.stages, gone)
        self._change(
            user_id,
            heart=mine.heart.minus(heart),
            steps=mine.steps.minus(steps),
            sleep=mine.sleep.minus(sleep),
            stages=stages,
            session_ids={key: raw_id for key, raw_id in mine.session_ids.items() if raw_id not in gone},
        )
        self.set_status(user_id, dict.fromkeys(detached, WAITING))
        return touched(heart, steps, sleep)

    def touched_by(self, user_id: int, source_id: int) -> Touched:
        """Return what the rows of the source touch."""
        mine = self._of(user_id)
        return touched(
            mine.heart.of_source(source_id),
            mine.steps.of_source(source_id),
            mine.sleep.of_source(source_id),
        )

    def heart_counts(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, int, int]]:
        """Return how many samples there are by day, source and rate."""
        rows = self._of(user_id).heart.between(first, last)
        counts = Counter((one.row.day, one.source_id, one.row.bpm) for one in rows)
        return [(*sampled, count) for sampled, count in counts.items()]

    def variabilities(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, float]]:
        """Return the variabilities by day and source."""
        return [
            (one.row.day, one.source_id, one.row.variability_ms)
            for one in self._of(user_id).heart.between(first, last)
            if one.row.variability_ms is not None
        ]

    def steps(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, StepPiece]]:
        """Return the pieces of the days."""
        return [(one.source_id, one.row) for one in self._of(user_id).steps.between(first, last)]

    def steps_crossing(
        self, user_id: int, first: dt.date, last: dt.date, start: int, end: int
    ) -> Sequence[tuple[int, StepPiece]]:
        """Return the pieces of the days that overlap the interval."""
        return [
            (source_id, row)
            for source_id, row in self.steps(user_id, first, last)
            if row.start < end and (row.end > start or row.start >= start)
        ]

    def sessions(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, SleepSession]]:
        """Return the sessions that end on the days."""
        return [(one.source_id, one.row) for one in self._of(user_id).sleep.between(first, last)]

    def session_days_crossing(self, user_id: int, start: int, end: int) -> Sequence[dt.date]:
        """Return the days of the sessions that overlap the interval."""
        sessions = [one.row for one in self._of(user_id).sleep.every()]
        return list({one.day for one in sessions if one.start < end and one.end > start})

    def stages(self, user_id: int, session_key: str) -> Sequence[SleepStage]:
        """Return the stages of the session."""
        rows = self._of(user_id).stages.get(session_key, ())
        stages = [row.stage for row in rows if row.session_id is not None]
        return sorted(stages, key=lambda stage: (stage.start, stage.dedupe_key))

    def replace_heart(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, HeartDay]]
    ) -> None:
        """Replace the heart parts of the days."""
        self._replace(user_id, "heart", (first, last), rows)

    def replace_steps(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, StepsDay]]
    ) -> None:
        """Replace the steps parts of the days."""
        self._replace(user_id, "steps", (first, last), rows)

    def replace_sleep(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, SleepDay]]
    ) -> None:
        """Replace the sleep parts of the days."""
        self._replace(user_id, "sleep", (first, last), rows)

    def aggregates(
        self, user_id: int, source_id: int, first: dt.date, last: dt.date
    ) -> Sequence[DailyAggregate]:
        """Return the days of the source, oldest first."""
        days = self._of(user_id).aggregates.items(first.toordinal(), last.toordinal())
        return [by_source[source_id] for _, by_source in days if source_id in by_source]

    def _replace(
        self,
        user_id: int,
        name: str,
        days: tuple[dt.date, dt.date],
        rows: Sequence[tuple[int, dt.date, Any]],
    ) -> None:
        kept = self._of(user_id).aggregates
        nothing: dict[str, Any] = {name: None}
        after = {
            number: {source_id: evolve(one, **nothing) for source_id, one in by_source.items()}
            for number, by_source in kept.items(days[0].toordinal(), days[1].toordinal())
        }
        for source_id, day, told in rows:
            by_source = after.setdefault(day.toordinal(), {})
            by_source[source_id] = evolve(by_source.get(source_id, DailyAggregate(day)), **{name: told})
        for number, by_source in after.items():
            left = {
                source_id: one for source_id, one in by_source.items() if one.steps or one.sleep or one.heart
            }
            kept = kept.put(number, left) if left else kept.drop(number)
        self._change(user_id, aggregates=kept)

    def _matching(self, user_id: int, wanted: RawFilter) -> list[KeptRecord]:
        return [
            kept
            for kept in self._of(user_id).raw.values()
            if wanted.type in {None, kept.record.type} and wanted.day in {None, kept.record.day}
        ]

    def _of(self, user_id: int) -> Wearables:
        return self.draft.state.owner(user_id).wearables

    def _change(self, user_id: int, **tables: Any) -> None:  # noqa: ANN401  # any table
        state = self.draft.state
        owner = state.owner(user_id)
        changed_owner = evolve(owner, wearables=evolve(owner.wearables, **tables))
        self.draft.change(owners=state.owners_with(user_id, changed_owner))
