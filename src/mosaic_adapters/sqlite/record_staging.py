"""A temporary file that the records of a large batch are staged in."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from mosaic_adapters.sqlite.errors import translated
from mosaic_adapters.sqlite.staging import StagingFile
from mosaic_adapters.staged_contents import content_bytes, content_from
from mosaic_core.wearables.ports import RecordStaging
from mosaic_core.wearables.rows import Record

_STAGED = """CREATE TABLE staged (
    number INTEGER PRIMARY KEY,
    dedupe_key TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    day TEXT NOT NULL,
    payload TEXT NOT NULL,
    content BLOB,
    reason TEXT NOT NULL
)"""
_ORDER = "CREATE INDEX IF NOT EXISTS staged_in_order ON staged (type, at)"
"""Without it, the payloads themselves would be sorted, and be in memory for that."""

_IN_ORDER = """
    SELECT number, dedupe_key, type, at, day, payload, content, reason FROM staged
    ORDER BY type, at, number"""
_AT_ONCE = 100
"""So many rows go into one statement: rows that go in one by one give the interpreter away with each."""


class SqliteRecordStaging(StagingFile, RecordStaging):
    """The staged records, with what each says: it is read once, whoever writes it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _STAGED)

    def add(self, records: Sequence[Record]) -> int:
        """Keep the records whose keys are new."""
        with translated():
            return sum(self._add(records[at : at + _AT_ONCE]) for at in range(0, len(records), _AT_ONCE))

    def records(self) -> Iterator[Record]:
        """Yield the records in order."""
        with translated():
            self._end_filling()
            for row in self._connection.execute(_IN_ORDER):
                yield _record(row)

    def _end_filling(self) -> None:
        if self._is_filling:
            self._connection.execute(_ORDER)
        super()._end_filling()

    def _add(self, records: Sequence[Record]) -> int:
        values = [
            (
                one.batch_index,
                one.dedupe_key,
                one.type,
                one.at,
                one.day.isoformat(),
                one.payload,
                content_bytes(one.content),
                one.reason,
            )
            for one in records
        ]
        return self._connection.execute(_insert(len(values)), tuple(chain.from_iterable(values))).rowcount


@lru_cache(maxsize=8)
def _insert(rows: int) -> str:
    values = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * rows)
    return f"INSERT OR IGNORE INTO staged VALUES {values}"  # noqa: S608  # question marks


def _record(row: tuple[Any, ...]) -> Record:
    number, key, kind, at, day, payload, said, reason = row
    return Record(
        number, key, kind, at, dt.date.fromisoformat(day), payload, content_from(kind, said), reason
    )
