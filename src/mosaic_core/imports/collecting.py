"""What a file holds, put aside: entries, pauses and wearable records go to places of their own."""

from collections.abc import Iterable, Iterator, Sequence

from attrs import define, field, frozen

from mosaic_core.entries.csv import CsvRow
from mosaic_core.entries.importing import MOST_SKIPPED, CsvImport
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import (
    FileEntry,
    FilePause,
    FileRecord,
    FileSkip,
    FileWanted,
    Item,
    Origin,
    RecordSkip,
)
from mosaic_core.validators import require_written_day
from mosaic_core.wearables.large import MOST_TOLD, StagedBatch
from mosaic_core.wearables.records import RecordReader
from mosaic_core.wearables.service import WearableService

MOST_PAUSED_DAYS = MOST_SKIPPED
"""They are compared while all other writers wait, and stay in memory until then."""

MOST_SOURCES = 50
"""Each source's records are staged apart, in a file of their own."""

_AT_ONCE = 500
_CHARACTERS_AT_ONCE = 2**20


@frozen
class FileImport:
    """A file that has been read and not yet written. The caller closes it.

    `batches` have the wearable records, a batch for each source. `records_skipped` counts those that no
    batch has, `record_skips` tells of the first.
    """

    format: str
    wanted: FileWanted
    rows: CsvImport
    pauses: Sequence[FilePause]
    batches: Sequence[StagedBatch]
    records_skipped: int
    record_skips: Sequence[RecordSkip]

    @property
    def amount(self) -> int:
        """How many rows are to be written at once."""
        return len(self.rows.activities) + self.rows.entries + len(self.pauses)

    def close(self) -> None:
        """Discard what was read."""
        self.rows.close()
        for batch in self.batches:
            batch.close()


@define
class _Source:
    """The records of one source on their way into its batch."""

    batch: StagedBatch
    reader: RecordReader
    waiting: list[FileRecord] = field(factory=list)
    size: int = 0
    done: int = 0

    def add(self, record: FileRecord) -> list[RecordSkip]:
        """Take a record; return those that turned out to be none, once there is enough to look at."""
        self.waiting.append(record)
        self.size += len(record.payload)
        if len(self.waiting) < _AT_ONCE and self.size < _CHARACTERS_AT_ONCE:
            return []
        return self.flushed()

    def flushed(self) -> list[RecordSkip]:
        """Stage what waits; return what is no record, or cannot be processed.

        Unlike a device, who has a file can bring it in again once a later version knows more.
        """
        reading = self.reader.read([one.payload for one in self.waiting], self.done).processable()
        self.batch.add(reading)
        refused = [(self.waiting[one.index - self.done], one.reason) for one in reading.errors]
        self.done += len(self.waiting)
        self.waiting, self.size = [], 0
        return [RecordSkip(record.row, reason, 1, record.part) for record, reason in refused]


@define
class Collected:
    """Takes the items of a file apart."""

    wearables: WearableService
    pauses: list[FilePause] = field(factory=list)
    sources: dict[Origin, _Source] = field(factory=dict)
    records_skipped: int = 0
    record_skips: list[RecordSkip] = field(factory=list)

    def rows(self, items: Iterable[Item]) -> Iterator[CsvRow]:
        """Yield the rows among the items, and keep the rest."""
        for item in items:
            if isinstance(item, FileRecord):
                self._add_record(item)
            elif isinstance(item, RecordSkip):
                self._skip([item])
            elif isinstance(item, FileEntry):
                yield _on_a_written_day(item)
            elif not isinstance(item, FilePause):
                yield item
            elif len(self.pauses) < MOST_PAUSED_DAYS:
                self.pauses.append(item)
            else:
                reason = f"there are more than {MOST_PAUSED_DAYS} days to be paused"
                yield FileSkip(item.row, item.date.isoformat(), item.activity, reason, item.part)
        for source in self.sources.values():
            self._skip(source.flushed())

    def close(self) -> None:
        """Discard the records."""
        for source in self.sources.values():
            source.batch.close()

    def whole(self, format_: str, wanted: FileWanted, rows: CsvImport) -> FileImport:
        """Return the whole file."""
        batches = [source.batch for source in self.sources.values()]
        return FileImport(
            format_, wanted, rows, self.pauses, batches, self.records_skipped, self.record_skips
        )

    def _add_record(self, record: FileRecord) -> None:
        source = self.sources.get(record.origin)
        if source is None:
            if len(self.sources) == MOST_SOURCES:
                reason = f"the file has more than {MOST_SOURCES} sources of records"
                self._skip([RecordSkip(record.row, reason, 1, record.part)])
                return
            source = _Source(self.wearables.stage(record.origin, ()), self.wearables.reader(record.origin))
            self.sources[record.origin] = source
        self._skip(source.add(record))

    def _skip(self, skips: Iterable[RecordSkip]) -> None:
        for skip in skips:
            self.records_skipped += skip.count
            if len(self.record_skips) < MOST_TOLD:
                self.record_skips.append(skip)


def _on_a_written_day(entry: FileEntry) -> FileEntry | FileSkip:
    """Return the entry, or, if nothing may be written on its day, why it is skipped."""
    try:
        require_written_day("date", entry.date)
    except InvalidInput as error:
        return FileSkip(entry.row, entry.date.isoformat(), entry.activity, error.message, entry.part)
    return entry
