"""Staged records for stores that need not spare memory: a dictionary."""

from collections.abc import Iterator, Sequence

from mosaic_core.wearables.ports import RecordStaging
from mosaic_core.wearables.rows import Record


class PlainRecordStaging(RecordStaging):
    """The staged records by dedupe key."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def add(self, records: Sequence[Record]) -> int:
        """Keep the records whose keys are new."""
        before = len(self._records)
        for record in records:
            self._records.setdefault(record.dedupe_key, record)
        return len(self._records) - before

    def records(self) -> Iterator[Record]:
        """Yield the records in order."""
        return iter(sorted(self._records.values(), key=lambda one: (one.type, one.at, one.batch_index)))

    def close(self) -> None:
        """Forget the records."""
        self._records.clear()
