"""The use cases of wearables: ingesting records, and showing days, trends, sources and raw records."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import evolve, field, frozen

from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.paging import Page, Part
from mosaic_core.rules.filling import RuleFilling
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.tally import Counted, NoTally, Tally
from mosaic_core.validators import require_plain_date
from mosaic_core.views import Views
from mosaic_core.wearables.etl import WearableETL
from mosaic_core.wearables.ingest_errors import keep_errors
from mosaic_core.wearables.large import Pause, StagedBatch
from mosaic_core.wearables.model import (
    MOST_PAYLOAD,
    OVER_ALL,
    Batch,
    DailyAggregate,
    EtlReport,
    IngestReport,
    Origin,
    RawFilter,
    RawRecord,
    ReprocessProgress,
    Source,
    SourceChange,
    StoredRecord,
    Summary,
    Totals,
)
from mosaic_core.wearables.pictures import DayPicture, picture
from mosaic_core.wearables.records import Decode, Reading, RecordReader, main_name, read_records
from mosaic_core.wearables.rows import Record, Touched
from mosaic_core.wearables.sources import new_source, reranked, source_by_id, source_of
from mosaic_core.wearables.trends import Trend, TrendWanted, trend
from mosaic_core.wearables.zones import utc

_CHUNK = 5_000
"""So many records are processed again in one transaction: others write in between."""


@frozen
class WearableService:
    """The use cases of wearables. A source and what it sent is its user's alone.

    Whatever changes what days amount to has the caller's rules fill them, in the same transaction.
    """

    store: Store
    clock: Clock
    views: Views
    audit: AuditTrail
    decode: Decode
    tally: Tally = field(factory=NoTally)

    def read(self, batch: Batch) -> Reading:
        """Read the records of a batch. This needs no store, so that it may run beside other writers."""
        return read_records(batch.records, batch.tz, self.decode)

    def ingest(self, caller: Caller, origin: Origin, reading: Reading) -> IngestReport:
        """Keep and process the new records of a batch in one transaction; `reading` is what `read` returned.

        A record whose dedupe key the caller has used already is a duplicate and changes nothing.
        """
        now = self.clock.now()
        with self.store.write() as unit:
            report = self._ingested(unit, caller, origin, reading, now)
            self._count(unit, caller, now, report.accepted, report.duplicates, report.refused)
            keep_errors(unit.wearables, caller.user_id, now, [*report.errors, *report.etl.errors])
            self._note_ingest(unit, caller, origin, report)
        return report

    def reader(self, origin: Origin) -> RecordReader:
        """Return a reader of the origin's records."""
        return RecordReader(origin.tz, self.decode)

    def stage(self, origin: Origin, texts: Iterable[str], pause: Pause = lambda: None) -> StagedBatch:
        """Put the records of a large batch aside, each a JSON text, to be ingested in parts (see large.py).

        `pause` is called before each. Whoever stages a batch closes it. The store is not written to.
        """
        batch = StagedBatch(origin, self.store.stage_records())
        try:
            batch.fill(_paused(texts, pause), self.reader(origin))
        except BaseException:
            batch.close()
            raise
        return batch

    def ingest_part(self, caller: Caller, batch: StagedBatch, part: Sequence[Record]) -> IngestReport:
        """Keep and process the new records of a part in one transaction; return what became of them."""
        now = self.clock.now()
        with self.store.write() as unit:
            report = self._ingested(unit, caller, batch.origin, Reading(part, ()), now)
            self._count(unit, caller, now, report.accepted, report.duplicates, 0)
            keep_errors(unit.wearables, caller.user_id, now, report.etl.errors)
        return report

    def end_ingest(self, caller: Caller, batch: StagedBatch) -> IngestReport:
        """Count what no part did, the records that never came into one; return what became of the batch."""
        now = self.clock.now()
        report = batch.report()
        with self.store.write() as unit:
            self._count(unit, caller, now, 0, batch.repeated, report.refused)
            keep_errors(unit.wearables, caller.user_id, now, report.errors)
            self._note_ingest(unit, caller, batch.origin, report)
        return report

    def day(self, caller: Caller, day: dt.date | None) -> DayPicture:
        """Return how a day looks over all sources; None is the caller's today."""
        asked = day or self._today(caller)
        require_plain_date("date", asked)
        with self.store.read() as unit:
            found = unit.wearables.aggregates(caller.user_id, OVER_ALL, asked, asked)
        return picture(found[0] if found else DailyAggregate(asked))

    def trend(self, caller: Caller, wanted: TrendWanted) -> Trend:
        """Return one metric for every day of a window, over all sources."""
        first, last = wanted.days(self._today(caller))
        with self.store.read() as unit:
            found = unit.wearables.aggregates(caller.user_id, OVER_ALL, first, last)
        return trend(wanted.metric, first, last, found)

    def sources(self, caller: Caller) -> Sequence[Source]:
        """Return the caller's sources, the highest rank first."""
        with self.store.read() as unit:
            return unit.wearables.sources(caller.user_id)

    def change_source(self, caller: Caller, source_id: int, change: SourceChange) -> Source:
        """Rename a source or change its rank; its days are computed again. Raises NotFound."""
        with self.store.write() as unit:
            repository = unit.wearables
            sources = repository.sources(caller.user_id)
            source = source_by_id(sources, source_id)
            if change.display_name is not None:
                source = evolve(source, display_name=change.display_name)
            priority = source.priority if change.priority is None else change.priority
            repository.update_sources(caller.user_id, reranked(sources, source, priority))
            if priority != source.priority:
                touched = repository.touched_by(caller.user_id, source_id)
                touched = evolve(touched, heart=frozenset())
                self._refresh(unit, caller.user_id, touched)
            self._note_source(unit, caller, "Wearable source changed", source)
        return evolve(source, priority=priority)

    def delete_source(self, caller: Caller, source_id: int) -> None:
        """Delete a source and all its records; its days are computed again. Raises NotFound."""
        with self.store.write() as unit:
            repository = unit.wearables
            source = source_by_id(repository.sources(caller.user_id), source_id)
            touched = repository.touched_by(caller.user_id, source_id)
            repository.delete_source(caller.user_id, source_id)
            self._refresh(unit, caller.user_id, touched)
            self._note_source(unit, caller, "Wearable source deleted", source)

    def summary(self, caller: Caller) -> Summary:
        """Return the counts over all ingests of the caller, their newest errors, and the caller's sources."""
        with self.store.read() as unit:
            totals = unit.wearables.totals(caller.user_id)
            errors = unit.wearables.ingest_errors(caller.user_id)
            sources = unit.wearables.sources(caller.user_id)
        return Summary(
            accepted=totals.accepted,
            duplicates=totals.duplicates,
            error_count=totals.errors,
            errors=errors,
            last_run=totals.last_run,
            sources=sources,
        )

    def raw(self, caller: Caller, wanted: RawFilter, page: Page) -> Part[RawRecord]:
        """Return the caller's records as they came, latest start first; a type may go by any name.

        The page is shorter than it may be where the payloads have more than MOST_PAYLOAD characters.
        """
        if wanted.type is not None:
            wanted = evolve(wanted, type=main_name(wanted.type))
        with self.store.read() as unit:
            rows = unit.wearables.raw_page(caller.user_id, wanted, page)
            if sum(len(row.payload) for row in rows) < MOST_PAYLOAD:
                found = page.part(rows, lambda: unit.wearables.raw_count(caller.user_id, wanted))
            else:
                found = Part(rows, unit.wearables.raw_count(caller.user_id, wanted))
        return Part([_as_it_came(row, self.decode(row.payload)) for row in found.items], found.total)

    def reprocess(self, user_id: int) -> Iterator[ReprocessProgress]:
        """Run the pipeline again over all raw records of a user, in parts; yield the progress after each.

        Each part is a transaction of its own, so that rows and aggregates agree whenever this is interrupted.
        """
        with self.store.read() as unit:
            sources = unit.wearables.sources(user_id)
        progress = ReprocessProgress(0, sum(source.records for source in sources))
        for source in sources:
            after = None
            while stored := self._reprocess_part(source, after):
                after = stored[-1]
                progress = evolve(progress, done=progress.done + len(stored))
                yield progress

    def _reprocess_part(self, source: Source, after: StoredRecord | None) -> Sequence[StoredRecord]:
        with self.store.write() as unit:
            stored = unit.wearables.raw_after(source.user_id, source.id, after, _CHUNK)
            etl = WearableETL(unit.wearables, source.user_id)
            days = etl.process_again(source.id, [one.id for one in stored], self._read_again(stored))
            RuleFilling(unit, self.views).days(source.user_id, days)
        return stored

    def _read_again(self, stored: Sequence[StoredRecord]) -> list[tuple[int, Record]]:
        by_zone: defaultdict[str, list[StoredRecord]] = defaultdict(list)
        for one in stored:
            by_zone[one.tz].append(one)
        return [
            (some[record.batch_index].id, record)
            for tz, some in by_zone.items()
            for record in read_records([one.payload for one in some], tz, self.decode).records
        ]

    def _ingested(
        self, unit: UnitOfWork, caller: Caller, origin: Origin, reading: Reading, now: dt.datetime
    ) -> IngestReport:
        refused = len(reading.errors)
        if not reading.records:
            return IngestReport(0, 0, reading.errors, EtlReport(), refused)
        repository = unit.wearables
        sources = repository.sources(caller.user_id)
        source = source_of(sources, origin)
        if source is None:
            source = repository.add_source(new_source(caller.user_id, sources, origin, now))
        kept = repository.add_raw(source, origin.tz, now, reading.records)
        synced = evolve(source, records=source.records + len(kept), last_synced_at=now)
        repository.update_sources(caller.user_id, [synced])
        report = WearableETL(repository, caller.user_id).process(source.id, kept)
        RuleFilling(unit, self.views).days(caller.user_id, report.days)
        return IngestReport(len(kept), len(reading.records) - len(kept), reading.errors, report, refused)

    def _refresh(self, unit: UnitOfWork, user_id: int, touched: Touched) -> None:
        days = WearableETL(unit.wearables, user_id).refresh(touched)
        RuleFilling(unit, self.views).days(user_id, days)

    def _today(self, caller: Caller) -> dt.date:
        return caller.today(self.clock.now())

    def _count(  # what is counted
        self, unit: UnitOfWork, caller: Caller, now: dt.datetime, accepted: int, duplicates: int, errors: int
    ) -> None:
        known = unit.wearables.totals(caller.user_id)
        totals = Totals(
            accepted=known.accepted + accepted,
            duplicates=known.duplicates + duplicates,
            errors=known.errors + errors,
            last_run=now,
        )
        unit.wearables.set_totals(caller.user_id, totals)
        amounts = {
            Counted.RECORDS_ACCEPTED: accepted,
            Counted.RECORDS_REPEATED: duplicates,
            Counted.RECORDS_REFUSED: errors,
        }
        for counted, amount in amounts.items():
            unit.pending.after_commit(partial(self.tally.add, counted, amount))

    def _note_ingest(self, unit: UnitOfWork, caller: Caller, origin: Origin, report: IngestReport) -> None:
        self.audit.note(
            unit,
            "wearable.ingest",
            "Wearable batch ingested",
            caller.user_id,
            source_app=origin.source_app,
            device_id=origin.device_id,
            accepted=report.accepted,
            duplicates=report.duplicates,
            errors=report.refused,
        )

    def _note_source(self, unit: UnitOfWork, caller: Caller, message: str, source: Source) -> None:
        self.audit.note(
            unit,
            "wearable.source",
            message,
            caller.user_id,
            source_id=source.id,
            source_app=source.source_app,
            device_id=source.device_id,
        )


def _paused(texts: Iterable[str], pause: Pause) -> Iterator[str]:
    for text in texts:
        pause()
        yield text


def _as_it_came(row: StoredRecord, payload: Mapping[str, Any]) -> RawRecord:
    return RawRecord(
        id=row.id,
        dedupe_key=row.dedupe_key,
        type=payload["type"],
        status=row.status,
        collected_at_utc=utc(row.at),
        received_at_utc=row.received_at,
        payload=payload,
    )
