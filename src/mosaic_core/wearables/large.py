"""Batches that are too large for one transaction.

All other writers would wait for it, for seconds. So the records are staged, and taken over in parts, a
transaction each, between which others write. The parts follow type and time, so that each touches few days,
whatever order the batch has: what a day amounts to is computed from all its records, and a batch that jumps
between years would have all of them computed again in every part.

Canonical rows and aggregates are a function of the set of records, and a record that came before is a
duplicate. So rows and aggregates agree after each part, a batch that broke off is sent again as it is, and
both have the same effect as one transaction.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import define, field

from mosaic_core.wearables.model import EtlReport, IngestReport, Origin
from mosaic_core.wearables.ports import RecordStaging
from mosaic_core.wearables.records import Reading, RecordError, RecordReader
from mosaic_core.wearables.rows import Record

MOST_RECORDS = 10_000
MOST_CHARACTERS = 2**22
"""A batch up to both limits is one transaction, which takes a few tenths of a second."""

MOST_TOLD = 10_000
"""So many errors of each kind a report names: answers are sent, and kept for replays."""

_PART_RECORDS = 2_000
_PART_CHARACTERS = 2**20
_READ_AT_ONCE = 500

Pause = Callable[[], object]
"""Called again and again while records are read, so that what is more urgent goes first."""


@define(eq=False)
class StagedBatch:
    """A large batch that was read, and what has become of it so far. Whoever staged it closes it.

    `repeated` counts the records under keys that had come before in the batch. Until its first part is asked
    for it can be pickled, for another process of the store's.
    """

    origin: Origin
    _staging: RecordStaging
    repeated: int = 0
    _accepted: int = 0
    _duplicates: int = 0
    _refused: int = 0
    _processed: int = 0
    _skipped: int = 0
    _errors: list[RecordError] = field(factory=list)
    _etl_errors: list[RecordError] = field(factory=list)
    _days: set[dt.date] = field(factory=set)
    _records: Iterator[Record] | None = None

    def fill(self, texts: Iterable[str], reader: RecordReader) -> None:
        """Stage the records, each a JSON text. Raises StorageFull if there is no room."""
        some: list[str] = []
        done = size = 0
        for text in texts:
            some.append(text)
            size += len(text)
            if len(some) == _READ_AT_ONCE or size > _PART_CHARACTERS:
                self.add(reader.read(some, done))
                done, size, some = done + len(some), 0, []
        self.add(reader.read(some, done))

    def next_part(self) -> Sequence[Record]:
        """Return the records of the next part; none at the end."""
        if self._records is None:
            self._records = self._staging.records()
        part: list[Record] = []
        size = 0
        for record in self._records:
            part.append(record)
            size += len(record.payload)
            if len(part) == _PART_RECORDS or size > _PART_CHARACTERS:
                break
        return part

    def took(self, part: IngestReport) -> None:
        """Note what became of a part."""
        self._accepted += part.accepted
        self._duplicates += part.duplicates
        self._processed += part.etl.processed
        self._skipped += part.etl.skipped
        self._etl_errors += part.etl.errors[: MOST_TOLD - len(self._etl_errors)]
        self._days |= part.etl.days

    def report(self) -> IngestReport:
        """Return what became of the batch."""
        told = sorted(self._etl_errors, key=lambda one: one.index)
        etl = EtlReport(self._processed, self._skipped, told, frozenset(self._days))
        duplicates = self._duplicates + self.repeated
        return IngestReport(self._accepted, duplicates, self._errors, etl, self._refused)

    def close(self) -> None:
        """Forget the records."""
        self._records = None  # they end before what they come from
        self._staging.close()

    def add(self, reading: Reading) -> None:
        """Stage records that were read. Raises StorageFull if there is no room."""
        self.repeated += len(reading.records) - self._staging.add(reading.records)
        self._refused += len(reading.errors)
        self._errors += reading.errors[: MOST_TOLD - len(self._errors)]
