"""One user's wearables in the memory store, as one immutable value."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

from attrs import evolve, field, frozen

from mosaic_adapters.memory.trie import Trie
from mosaic_core.wearables.model import DailyAggregate, IngestError, Source, StoredRecord, Totals
from mosaic_core.wearables.rows import HeartRate, Record, SleepSession, SleepStage, StepPiece, Touched

R = TypeVar("R", HeartRate, StepPiece, SleepSession)


@frozen
class KeptRecord:
    """A raw record."""

    id: int
    source_id: int
    tz: str
    status: str
    received_at: dt.datetime
    record: Record

    def stored(self) -> StoredRecord:
        """Return it as the repository shows it."""
        return StoredRecord(
            id=self.id,
            dedupe_key=self.record.dedupe_key,
            type=self.record.type,
            status=self.status,
            at=self.record.at,
            tz=self.tz,
            received_at=self.received_at,
            payload=self.record.payload,
        )


def order(stored: StoredRecord) -> tuple[str, int, int]:
    """Return the key that orders records that are read again."""
    return stored.type, stored.at, stored.id


@frozen
class Row(Generic[R]):
    """A canonical row, and which raw record and source it comes from."""

    raw_id: int
    source_id: int
    row: R


@frozen
class DayRows(Generic[R]):
    """Canonical rows by the ordinal of their local day."""

    days: Trie[tuple[Row[R], ...]] = field(factory=Trie)

    def between(self, first: dt.date, last: dt.date) -> Iterator[Row[R]]:
        """Yield the rows of the days from `first` to `last`."""
        for _, rows in self.days.items(first.toordinal(), last.toordinal()):
            yield from rows

    def every(self) -> Iterator[Row[R]]:
        """Yield all rows."""
        return self.between(dt.date.min, dt.date.max)

    def of_records(self, raw_ids: AbstractSet[int]) -> list[Row[R]]:
        """Return the rows of the raw records."""
        return [row for row in self.every() if row.raw_id in raw_ids]

    def of_source(self, source_id: int) -> list[Row[R]]:
        """Return the rows of the source."""
        return [row for row in self.every() if row.source_id == source_id]

    def plus(self, source_id: int, rows: Iterable[tuple[int, R]]) -> "DayRows[R]":
        """Return these rows and more of the source, each with the id of its raw record."""
        by_day: defaultdict[int, list[Row[R]]] = defaultdict(list)
        for raw_id, row in rows:
            by_day[row.day.toordinal()].append(Row(raw_id, source_id, row))
        days: Trie[tuple[Row[R], ...]] = self.days
        for number, more in by_day.items():
            days = days.put(number, (days.get(number) or ()) + tuple(more))
        return DayRows(days)

    def minus(self, rows: Iterable[Row[R]]) -> "DayRows[R]":
        """Return these rows without those of the raw records that the given rows come from."""
        gone: defaultdict[int, set[int]] = defaultdict(set)
        for row in rows:
            gone[row.row.day.toordinal()].add(row.raw_id)
        days = self.days
        for number, raw_ids in gone.items():
            rest = tuple(row for row in days.get(number) or () if row.raw_id not in raw_ids)
            days = days.put(number, rest) if rest else days.drop(number)
        return DayRows(days)


@frozen
class StageRow:
    """A stage, the raw record it comes from, and that of its session; without that it waits."""

    raw_id: int
    session_id: int | None
    stage: SleepStage


@frozen
class Wearables:
    """The tables of one user.

    Raw records are found by id, stages by session key, session ids by dedupe key, aggregates by day ordinal.
    A batch that adds to a set or a mapping copies it as a whole, once; a `Trie` takes changes one by one.
    """

    sources: Mapping[int, Source] = field(factory=dict)
    totals: Totals = field(factory=Totals)
    errors: Sequence[IngestError] = ()
    raw: Trie[KeptRecord] = field(factory=Trie)
    dedupe_keys: AbstractSet[str] = frozenset()
    heart: DayRows[HeartRate] = field(factory=DayRows)
    steps: DayRows[StepPiece] = field(factory=DayRows)
    sleep: DayRows[SleepSession] = field(factory=DayRows)
    stages: Mapping[str, tuple[StageRow, ...]] = field(factory=dict)
    session_ids: Mapping[str, int] = field(factory=dict)
    aggregates: Trie[Mapping[int, DailyAggregate]] = field(factory=Trie)


def touched(
    heart: Iterable[Row[HeartRate]], steps: Iterable[Row[StepPiece]], sleep: Iterable[Row[SleepSession]]
) -> Touched:
    """Return what the rows touch."""
    return Touched.by([one.row for one in heart], [one.row for one in steps], [one.row for one in sleep])


def without_stages(
    stages: Mapping[str, tuple[StageRow, ...]], gone: AbstractSet[int]
) -> tuple[dict[str, tuple[StageRow, ...]], list[int]]:
    """Return the stages without those of the records, and the ids of records whose session goes."""
    rest = {key: tuple(row for row in rows if row.raw_id not in gone) for key, rows in stages.items()}
    detached = [row.raw_id for rows in rest.values() for row in rows if row.session_id in gone]
    waiting = {
        key: tuple(evolve(row, session_id=None) if row.session_id in gone else row for row in rows)
        for key, rows in rest.items()
        if rows
    }
    return waiting, detached
