"""What the wearables need from a store."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from mosaic_core.paging import Page
from mosaic_core.wearables.model import (
    DailyAggregate,
    HeartDay,
    RawFilter,
    SleepDay,
    Source,
    StepsDay,
    StoredRecord,
    Totals,
)
from mosaic_core.wearables.rows import HeartRate, Record, SleepSession, SleepStage, StepPiece, Touched


class SourceRepository(Protocol):
    """Keeps sources: at most one per user, app and device."""

    def sources(self, user_id: int) -> Sequence[Source]:
        """Return the user's sources by priority, then id."""
        ...

    def add_source(self, source: Source) -> Source:
        """Keep a new source and return it with its new id; the given id does not count."""
        ...

    def update_sources(self, user_id: int, sources: Sequence[Source]) -> None:
        """Replace those of the user's sources, by id."""
        ...

    def delete_source(self, user_id: int, source_id: int) -> None:
        """Forget the source, its raw records and their canonical rows; the aggregates stay as they are.

        Stages of other sources whose session goes wait for it again.
        """
        ...

    def totals(self, user_id: int) -> Totals:
        """Return the user's totals; without an ingest, the counts are 0."""
        ...

    def set_totals(self, user_id: int, totals: Totals) -> None:
        """Replace the user's totals."""
        ...


class RawRepository(Protocol):
    """Keeps the records as they came, at most one per user and dedupe key."""

    def add_raw(
        self, source: Source, tz: str, received_at: dt.datetime, records: Sequence[Record]
    ) -> Sequence[tuple[int, Record]]:
        """Keep those records whose keys the user has not yet, with their first status; return them with ids.

        Of several under one key the first is kept. The order stays.
        """
        ...

    def raw_page(self, user_id: int, wanted: RawFilter, page: Page) -> Sequence[StoredRecord]:
        """Return the user's records that fit the filter, latest start first, then latest id.

        The filter names a type by its main name.
        """
        ...

    def raw_after(
        self, user_id: int, source_id: int, after: StoredRecord | None, limit: int
    ) -> Sequence[StoredRecord]:
        """Return up to `limit` records of the source behind `after`, by type, start and id."""
        ...

    def set_status(self, user_id: int, statuses: Mapping[int, str]) -> None:
        """Replace the statuses of those of the user's records, by id."""
        ...

    def renew_raw(self, user_id: int, kept: Sequence[tuple[int, Record]]) -> None:
        """Replace, for those of the user's records, by id, the type, the first status and the local day."""
        ...


class CanonicalRepository(Protocol):
    """Keeps what the pipeline makes of records. A row comes with the id of its raw record."""

    def add_heart_rates(self, user_id: int, source_id: int, rows: Sequence[tuple[int, HeartRate]]) -> None:
        """Keep the samples."""
        ...

    def add_steps(self, user_id: int, source_id: int, rows: Sequence[tuple[int, StepPiece]]) -> None:
        """Keep the pieces."""
        ...

    def add_sessions(self, user_id: int, source_id: int, rows: Sequence[tuple[int, SleepSession]]) -> None:
        """Keep the sessions."""
        ...

    def add_stages(self, user_id: int, rows: Sequence[tuple[int, SleepStage]]) -> None:
        """Keep the stages; each waits until it is attached."""
        ...

    def attach_stages(self, user_id: int, session_keys: Iterable[str]) -> AbstractSet[int]:
        """Attach the user's waiting stages to those of the sessions that are there.

        Return the ids of the raw records that the stages come from; those that waited become processed.
        """
        ...

    def remove_canonical(self, user_id: int, raw_ids: Sequence[int]) -> Touched:
        """Forget what was made of those of the user's records; return what that touches.

        Their raw records must still have the days that they had when the rows were made. Stages of other
        records whose session goes wait for it again.
        """
        ...

    def touched_by(self, user_id: int, source_id: int) -> Touched:
        """Return what the canonical rows of the source touch."""
        ...

    def heart_counts(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, int, int]]:
        """Return for each day from `first` to `last`, source id and rate how many samples there are."""
        ...

    def variabilities(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, float]]:
        """Return day, source id and variability of the samples from `first` to `last` that tell one."""
        ...

    def steps(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, StepPiece]]:
        """Return the pieces from `first` to `last`, each with the id of its source."""
        ...

    def steps_crossing(
        self, user_id: int, first: dt.date, last: dt.date, start: int, end: int
    ) -> Sequence[tuple[int, StepPiece]]:
        """Return those of `steps` that overlap the interval or, having no length, lie in it."""
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
    """Keeps what the days amount to, by source; OVER_ALL stands for all sources.

    A day of a source that has lost all its parts is gone.
    """

    def replace_heart(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, HeartDay]]
    ) -> None:
        """Make the rows (source id, day, part) the only heart parts from `first` to `last`."""
        ...

    def replace_steps(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, StepsDay]]
    ) -> None:
        """Make the rows (source id, day, part) the only steps parts from `first` to `last`."""
        ...

    def replace_sleep(
        self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[tuple[int, dt.date, SleepDay]]
    ) -> None:
        """Make the rows (source id, day, part) the only sleep parts from `first` to `last`."""
        ...

    def aggregates(
        self, user_id: int, source_id: int, first: dt.date, last: dt.date
    ) -> Sequence[DailyAggregate]:
        """Return the days from `first` to `last` that have an aggregate of the source, oldest first."""
        ...


class WearableRepository(SourceRepository, RawRepository, CanonicalRepository, AggregateRepository, Protocol):
    """All that the wearables keep."""
