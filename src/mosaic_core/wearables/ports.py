"""What wearables need from a store."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

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
)
from mosaic_core.wearables.rows import HeartRate, Record, SleepSession, SleepStage, StepPiece, Touched


class SourceRepository(Protocol):
    """Keeps sources, at most one per user, app and device, and what became of a user's ingests."""

    def sources(self, user_id: int) -> Sequence[Source]:
        """Return the user's sources by priority, then id."""
        ...

    def add_source(self, source: Source) -> Source:
        """Add a source and return it with its new id; the given id is ignored."""
        ...

    def update_sources(self, user_id: int, sources: Sequence[Source]) -> None:
        """Replace those of the user's sources that have the ids of these."""
        ...

    def delete_source(self, user_id: int, source_id: int) -> None:
        """Delete the source, its raw records and their canonical rows, but not its aggregates.

        Stages of other sources that lose their session wait for it again.
        """
        ...

    def totals(self, user_id: int) -> Totals:
        """Return the user's totals; before the first ingest, all counts are 0."""
        ...

    def set_totals(self, user_id: int, totals: Totals) -> None:
        """Replace the user's totals."""
        ...

    def ingest_errors(self, user_id: int) -> Sequence[IngestError]:
        """Return the user's errors in the order in which they were set; none before that."""
        ...

    def set_ingest_errors(self, user_id: int, errors: Sequence[IngestError]) -> None:
        """Replace all errors of the user."""
        ...


class RecordStaging(Protocol):
    """A place outside any transaction for the records of a large batch, at most one per dedupe key.

    Filling it delays no writer. It is gone when it is closed, or with the process. One thread at a time may
    use it; it may move between threads, and once it is filled, pickled into another process of the store's.
    It is filled first and read then, once.
    """

    def add(self, records: Sequence[Record]) -> int:
        """Keep the records whose keys have not come before; return how many there were.

        Raises StorageFull if there is no room.
        """
        ...

    def records(self) -> Iterator[Record]:
        """Yield the records by type, start and index in the batch."""
        ...

    def close(self) -> None:
        """Forget the records. Closing again does nothing."""
        ...


class RawRepository(Protocol):
    """Keeps the records as they came, at most one per user and dedupe key."""

    def add_raw(
        self, source: Source, tz: str, received_at: dt.datetime, records: Sequence[Record]
    ) -> Sequence[tuple[int, Record]]:
        """Add the records whose dedupe keys are new to the user, with their first status.

        Of several records with one key the first is added. Return those added with their new ids, in order.
        """
        ...

    def raw_page(self, user_id: int, wanted: RawFilter, page: Page) -> Sequence[StoredRecord]:
        """Return the user's records that match the filter, latest start first, then highest id.

        The filter has the main name of a type. The page ends early where `page_end` says so.
        """
        ...

    def raw_count(self, user_id: int, wanted: RawFilter) -> int:
        """Return how many records `raw_page` would list without a limit."""
        ...

    def raw_after(
        self, user_id: int, source_id: int, after: StoredRecord | None, limit: int
    ) -> Sequence[StoredRecord]:
        """Return the first `limit` records of the source after `after`, ordered by type, start and id."""
        ...

    def set_status(self, user_id: int, statuses: Mapping[int, str]) -> None:
        """Set the statuses of the user's records, by id. Ids of other users' records are ignored."""
        ...

    def renew_raw(self, user_id: int, kept: Sequence[tuple[int, Record]]) -> None:
        """Set type, first status and local day of the user's records to those of these, by id."""
        ...


class CanonicalRepository(Protocol):
    """Keeps what the pipeline makes of records. Rows come with the ids of their raw records."""

    def add_heart_rates(self, user_id: int, source_id: int, rows: Sequence[tuple[int, HeartRate]]) -> None:
        """Add samples."""
        ...

    def add_steps(self, user_id: int, source_id: int, rows: Sequence[tuple[int, StepPiece]]) -> None:
        """Add pieces."""
        ...

    def add_sessions(self, user_id: int, source_id: int, rows: Sequence[tuple[int, SleepSession]]) -> None:
        """Add sessions."""
        ...

    def add_stages(self, user_id: int, rows: Sequence[tuple[int, SleepStage]]) -> None:
        """Add stages; each waits until it is attached."""
        ...

    def attach_stages(self, user_id: int, session_keys: Iterable[str]) -> AbstractSet[int]:
        """Attach the user's waiting stages to their sessions, as far as these are there.

        The raw records of the stages become processed. Return their ids.
        """
        ...

    def remove_canonical(self, user_id: int, raw_ids: Sequence[int]) -> Touched:
        """Delete what was made of the user's records with these ids; return what that touches.

        The raw records must still have the days that they had when the rows were made. Stages of other
        records that lose their session wait for it again.
        """
        ...

    def touched_by(self, user_id: int, source_id: int) -> Touched:
        """Return what the canonical rows of the source touch."""
        ...

    def heart_counts(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, int, int]]:
        """Return the number of samples for each day from `first` to `last`, source id and rate."""
        ...

    def variabilities(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, float]]:
        """Return day, source id and variability of the samples from `first` to `last` that have one."""
        ...

    def steps(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, StepPiece]]:
        """Return the pieces of the days from `first` to `last`, each with its source's id."""
        ...

    def steps_crossing(
        self, user_id: int, first: dt.date, last: dt.date, start: int, end: int
    ) -> Sequence[tuple[int, StepPiece]]:
        """Return those of `steps` that overlap the interval, or lie in it and have no length."""
        ...

    def sessions(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, SleepSession]]:
        """Return the sessions that end on the days from `first` to `last`, each with its source's id."""
        ...

    def session_days_crossing(self, user_id: int, start: int, end: int) -> Sequence[dt.date]:
        """Return the days of the sessions that overlap the interval, each once."""
        ...

    def stages(self, user_id: int, session_key: str) -> Sequence[SleepStage]:
        """Return the stages attached to the session, by start, then dedupe key."""
        ...


class AggregateRepository(Protocol):
    """Keeps what days amount to, by source; OVER_ALL stands for all sources.

    A day of a source that has lost all its parts no longer exists.
    """

    def replace_heart(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, HeartDay]]
    ) -> None:
        """Replace the heart parts of all days from `first` to `last` by these (source id, day, part)."""
        ...

    def replace_steps(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, StepsDay]]
    ) -> None:
        """Replace the steps parts of all days from `first` to `last` by these (source id, day, part)."""
        ...

    def replace_sleep(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, SleepDay]]
    ) -> None:
        """Replace the sleep parts of all days from `first` to `last` by these (source id, day, part)."""
        ...

    def aggregates(
        self, user_id: int, source_id: int, first: dt.date, last: dt.date
    ) -> Sequence[DailyAggregate]:
        """Return the days from `first` to `last` that have an aggregate of the source, oldest first."""
        ...


class WearableRepository(SourceRepository, RawRepository, CanonicalRepository, AggregateRepository, Protocol):
    """All wearable tables of a store."""
