"""Importing files of other trackers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import BinaryIO, NoReturn, TypeVar

from attrs import evolve, frozen

from mosaic_core.activities.service import require_room
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.entries.csv import CsvRow
from mosaic_core.entries.importing import (
    MOST_SHOWN,
    ImportDetail,
    ImportService,
    Planned,
    context,
    planned_activities,
)
from mosaic_core.entries.model import Place
from mosaic_core.entries.upsert import EntryUpsert, MergedStaging
from mosaic_core.imports.collecting import Collected, FileImport
from mosaic_core.imports.model import (
    FileActivity,
    FileEntry,
    FilePause,
    FileSkip,
    FileSummary,
    FileWanted,
    RecordSkip,
)
from mosaic_core.imports.pausing import Paused, pause_days
from mosaic_core.imports.ports import Breathe, TrackerFiles
from mosaic_core.policy import Policy
from mosaic_core.schedules.pauses import MOST_PAUSES
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.texts import name_key
from mosaic_core.views import Views
from mosaic_core.wearables.large import StagedBatch
from mosaic_core.wearables.model import IngestReport
from mosaic_core.wearables.rows import Record
from mosaic_core.wearables.service import WearableService

T = TypeVar("T")

KEPT = "there is another value already, which only an import that overwrites replaces"
NO_ROOM_FOR_PAUSE = f"there may be {MOST_PAUSES} pauses, and the newest days come first"

_AT_ONCE = 64
"""So many places are looked up at a time: stores look up few places one by one, without reading others."""


class _Undone(Exception):
    """Rolls a transaction back, and brings out what was found in it."""

    def __init__(self, found: object) -> None:
        super().__init__()
        self.found = found


@frozen
class FileImportService:
    """The use cases of importing a file: `read` it, `take` the records of each batch, then `write` the rest.

    Records go first, in parts between which others write, as those of a large wearable batch do: one that
    was taken before is a duplicate, so that a file that breaks off is imported again as it is. Everything
    else is one transaction.
    """

    store: Store
    clock: Clock
    views: Views
    audit: AuditTrail
    policy: Policy
    csv: ImportService
    wearables: WearableService
    files: TrackerFiles

    @property
    def formats(self) -> Sequence[str]:
        """The names of the formats that are read."""
        return self.files.formats

    def read(
        self, caller: Caller, stream: BinaryIO, wanted: FileWanted, breathe: Breathe = lambda: None
    ) -> FileImport:
        """Read a whole file for the caller, without writing anything, in little memory.

        Raises InvalidInput if it is of no known format, cannot be read, or is more than an import can take;
        StorageFull if there is no room for what is put aside.
        """
        collected = Collected(self.wearables)
        try:
            with self.files.opened(stream, caller.timezone, wanted.format, breathe) as (format_, items):
                rows = self.csv.stage(collected.rows(items), caller)
        except BaseException:
            collected.close()
            raise
        read = collected.whole(format_, wanted, evolve(rows, keeps=not wanted.overwrite))
        try:
            return evolve(read, rows=self.csv.sum_up(caller, read.rows))
        except BaseException:
            read.close()
            raise

    def refuse(self, caller: Caller, reason: str, filename: str = "") -> None:
        """Note that a file was refused."""
        told = context(filename, 0, 0, 0)
        self.audit.note_apart("import.file_failed", reason, caller.user_id, "warning", **told)

    def take(
        self, caller: Caller, read: FileImport, batch: StagedBatch, part: Sequence[Record]
    ) -> IngestReport:
        """Keep and process the new records of a part in one transaction; return what became of them."""
        return self._done(read.wanted, lambda: self.wearables.ingest_part(caller, batch, part))

    def write(self, caller: Caller, read: FileImport, filename: str = "") -> FileSummary:
        """Write what was read, in one transaction; return what became of the file.

        Missing activities are made; a known one takes what it lacks. An entry that says otherwise stays as it
        is, and so do the activities, unless the import overwrites. Raises InvalidState if there would be more
        activities than there may be.
        """
        return self._done(read.wanted, lambda: self._write(caller, read, filename))

    def _done(self, wanted: FileWanted, use_case: Callable[[], T]) -> T:
        """Return what the use case returns; of a dry run, undo all that it did."""
        if not wanted.dry_run:
            return use_case()
        try:
            self._undo(use_case)
        except _Undone as undone:
            found: T = undone.found  # type: ignore[assignment]  # what the use case returned
            return found

    def _undo(self, use_case: Callable[[], object]) -> NoReturn:
        with self.store.write():
            raise _Undone(use_case())

    def _write(self, caller: Caller, read: FileImport, filename: str) -> FileSummary:
        owner, rows = caller.user_id, read.rows
        with self.store.write() as unit:
            planned = planned_activities(unit, owner, rows, caller.today(self.clock.now()))
            made = sum(one.is_made for one in planned.values())
            require_room(unit, owner, made, self.policy.max_activities)
            activities = {key: one.settled(unit) for key, one in planned.items()}
            there = _taken(unit, owner, [row.place for row in rows.rows if isinstance(row, FileEntry)])
            upsert = EntryUpsert(unit, self.views, owner, self.policy.max_activities)
            merged = upsert.merge_staged(
                rows.staging, activities, rows.foreseen, overwrite=read.wanted.overwrite
            )
            paused = pause_days(unit, self.views, owner, [one.place for one in read.pauses], activities)
            reports = [self.wearables.end_ingest(caller, batch) for batch in read.batches]
            summary = FileSummary(
                format=read.format,
                dry_run=read.wanted.dry_run,
                activities_created=made,
                activities_updated=sum(one.is_changed for one in planned.values()),
                created=merged.created,
                updated=merged.updated,
                skipped=rows.skipped + len(merged.kept) + len(paused.refused),
                paused=len(paused.new),
                accepted=sum(report.accepted for report in reports),
                duplicates=sum(report.duplicates for report in reports),
                records_skipped=read.records_skipped,
            )
            self._note(unit, owner, summary, filename)
        return evolve(summary, details=_Fates(planned, there, merged, paused).of(read))

    def _note(self, unit: UnitOfWork, owner: int, summary: FileSummary, filename: str) -> None:
        told = context(filename, summary.created, summary.updated, summary.skipped)
        self.audit.note(
            unit,
            "import.file",
            "File imported",
            owner,
            **told,
            format=summary.format,
            accepted=summary.accepted,
        )


def _taken(unit: UnitOfWork, owner: int, places: Sequence[Place]) -> Collection[Place]:
    """Return those of the places where the owner has an entry."""
    taken: set[Place] = set()
    for start in range(0, len(places), _AT_ONCE):
        taken.update(unit.entries.ids(owner, places[start : start + _AT_ONCE]))
    return taken


class _Fates:
    """Says what became of each row."""

    def __init__(
        self,
        planned: Mapping[str, Planned],
        there: Collection[Place],
        merged: MergedStaging,
        paused: Paused,
    ) -> None:
        self._planned = planned
        self._there = there
        self._differing = {(one.date, name_key(one.activity)) for one in merged.differing}.union(merged.given)
        self._kept = {(one.date, name_key(one.activity)) for one in merged.kept}
        self._paused = paused

    def of(self, read: FileImport) -> Sequence[ImportDetail]:
        """Return what became of the rows, the days to be paused and the wearable records."""
        rows = map(self._of_row, read.rows.rows)
        return [*rows, *self._of_pauses(read.pauses), *map(_of_records, read.record_skips)]

    def _of_row(self, row: CsvRow) -> ImportDetail:
        if isinstance(row, FileSkip):
            return ImportDetail(row.row, row.date, row.activity, "skipped", row.reason, row.part)
        if isinstance(row, FileActivity):
            return ImportDetail(row.row, "", row.name, self._of_activity(row.name), None, row.part)
        status, reason = self._of_entry(row.place)
        return ImportDetail(row.row, row.date.isoformat(), row.activity, status, reason, row.part)

    def _of_pauses(self, pauses: Sequence[FilePause]) -> Sequence[ImportDetail]:
        """Return what became of those days that found no room, and of the first of the others."""
        refused = [one for one in pauses if one.place in self._paused.refused]
        rest = (one for one in pauses if one.place not in self._paused.refused)
        told = chain(refused, (one for one, _ in zip(rest, range(MOST_SHOWN), strict=False)))
        return [self._of_pause(one) for one in told]

    def _of_activity(self, name: str) -> str:
        planned = self._planned[name_key(name)]
        if planned.is_made:
            return "created"
        return "updated" if planned.is_changed else "unchanged"

    def _of_entry(self, place: Place) -> tuple[str, str | None]:
        if place in self._kept:
            return "skipped", KEPT
        if place in self._differing:
            return "updated", None
        return ("unchanged" if place in self._there else "created"), None

    def _of_pause(self, pause: FilePause) -> ImportDetail:
        status, reason = "unchanged", None
        if pause.place in self._paused.refused:
            status, reason = "skipped", NO_ROOM_FOR_PAUSE
        elif pause.place in self._paused.new:
            status = "paused"
        return ImportDetail(pause.row, pause.date.isoformat(), pause.activity, status, reason, pause.part)


def _of_records(skip: RecordSkip) -> ImportDetail:
    return ImportDetail(skip.row, "", "", "skipped", skip.reason, skip.part)
