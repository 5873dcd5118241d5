"""The pipeline: raw records become canonical rows, canonical rows become daily aggregates."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

from attrs import Factory, frozen

from mosaic_core.wearables.daily import (
    added,
    counted,
    heart_day,
    shares_by_day,
    sleep_day,
    steps_day,
    whole,
)
from mosaic_core.wearables.model import OVER_ALL, EtlReport, SleepDay
from mosaic_core.wearables.nights import linked_nights
from mosaic_core.wearables.ports import WearableRepository
from mosaic_core.wearables.records import RecordError
from mosaic_core.wearables.rows import (
    SKIPPED,
    HeartRate,
    Record,
    Sleep,
    SleepSession,
    SleepStage,
    StepPiece,
    Steps,
    Touched,
)
from mosaic_core.wearables.spans import Span, between, runs, span_of

_MOST_DAYS_APART = 2
"""At one instant, the local days of two time zones are at most so many days apart."""

K = TypeVar("K")
V = TypeVar("V")


@frozen
class WearableETL:
    """The pipeline of one user, over what the repository holds.

    Canonical rows and aggregates depend on the set of records and the ranks of the sources alone.
    """

    repository: WearableRepository
    user_id: int

    def process(self, source_id: int, kept: Sequence[tuple[int, Record]]) -> EtlReport:
        """Process new raw records of the source, and compute again the days that they touch.

        A stage whose session has not come yet waits for it: it counts neither as processed nor as skipped.
        """
        rows, attached = self._add(source_id, kept)
        errors = [
            RecordError(record.batch_index, record.dedupe_key, record.reason)
            for _, record in kept
            if record.content is None
        ]
        waiting = sum(raw_id not in attached for raw_id in rows.lone_stages)
        return EtlReport(
            processed=len(kept) - len(errors) - waiting,
            skipped=len(errors),
            errors=errors,
            days=self.refresh(rows.touched()),
        )

    def process_again(
        self, source_id: int, raw_ids: Sequence[int], kept: Sequence[tuple[int, Record]]
    ) -> AbstractSet[dt.date]:
        """Delete what was made of records of the source, process them anew, and compute their days again.

        `kept` has what they say now; records that are not among it are skipped. Return the days.
        """
        touched = self.repository.remove_canonical(self.user_id, raw_ids)
        self.repository.set_status(self.user_id, dict.fromkeys(raw_ids, SKIPPED))
        self.repository.renew_raw(self.user_id, kept)
        rows, _ = self._add(source_id, kept)
        return self.refresh(touched.and_also(rows.touched()))

    def refresh(self, touched: Touched) -> AbstractSet[dt.date]:
        """Compute the touched days again, and those that depend on them; return them all."""
        ranks = [source.id for source in self.repository.sources(self.user_id)]
        days = set(touched.heart)
        for first, last in runs(touched.heart):
            self._refresh_heart(first, last)
        for first, last in runs(self._days_near(touched.steps)):
            self._refresh_steps(first, last, ranks)
            days.update(between(first, last))
        days.update(self._refresh_sleep(touched.sleep, ranks))
        return days

    def _add(self, source_id: int, kept: Sequence[tuple[int, Record]]) -> tuple["_Rows", AbstractSet[int]]:
        """Keep the canonical rows; return them and the raw ids of the stages that found their sessions."""
        rows = _Rows.of(kept)
        self.repository.add_heart_rates(self.user_id, source_id, rows.heart)
        self.repository.add_steps(self.user_id, source_id, rows.steps)
        self.repository.add_sessions(self.user_id, source_id, rows.sessions)
        self.repository.add_stages(self.user_id, rows.stages)
        return rows, self.repository.attach_stages(self.user_id, rows.session_keys())

    def _refresh_heart(self, first: dt.date, last: dt.date) -> None:
        counts: defaultdict[tuple[int, dt.date], dict[int, int]] = defaultdict(dict)
        for day, source_id, bpm, count in self.repository.heart_counts(self.user_id, first, last):
            counts[source_id, day][bpm] = count
        told: defaultdict[tuple[int, dt.date], list[float]] = defaultdict(list)
        for day, source_id, variability in self.repository.variabilities(self.user_id, first, last):
            told[source_id, day].append(variability)
            told[OVER_ALL, day].append(variability)
        by_day = _grouped((day, one) for (_, day), one in counts.items())
        over_all = {(OVER_ALL, day): added(some) for day, some in by_day.items()}
        rows = [(*key, heart_day(one, told[key])) for key, one in {**counts, **over_all}.items()]
        self.repository.replace_heart(self.user_id, first, last, rows)

    def _days_near(self, spans: Mapping[dt.date, Span]) -> AbstractSet[dt.date]:
        """Return the days, and those on which records of other time zones share time with theirs."""
        days = set(spans)
        for first, last in runs(spans):
            days.update(piece.day for _, piece in self._near(first, last, span_of(spans, (first, last))))
        return days

    def _near(self, first: dt.date, last: dt.date, span: Span) -> list[tuple[int, StepPiece]]:
        """Return the pieces that share time with the span and belong to days shortly before or after."""
        apart, one = dt.timedelta(days=_MOST_DAYS_APART), dt.timedelta(days=1)
        before = self.repository.steps_crossing(self.user_id, first - apart, first - one, *span)
        after = self.repository.steps_crossing(self.user_id, last + one, last + apart, *span)
        return [*before, *after]

    def _refresh_steps(self, first: dt.date, last: dt.date, ranks: Sequence[int]) -> None:
        own = self.repository.steps(self.user_id, first, last)
        by_source_and_day = _grouped(((source_id, piece.day), piece) for source_id, piece in own)
        rows = [(*key, steps_day(whole(pieces))) for key, pieces in by_source_and_day.items()]
        if own:
            starts, ends = [piece.start for _, piece in own], [piece.until for _, piece in own]
            near = self._near(first, last, (min(starts), max(ends)))
            by_source = _grouped([*own, *near])
            shares = shares_by_day(by_source.get(source_id, ()) for source_id in ranks)
            rows += [(OVER_ALL, day, steps_day(some)) for day, some in shares.items() if first <= day <= last]
        self.repository.replace_steps(self.user_id, first, last, rows)

    def _refresh_sleep(self, touched: Mapping[dt.date, Span], ranks: Sequence[int]) -> AbstractSet[dt.date]:
        """Compute the nights again, and all that overlapping sessions link to them; return their days."""
        rank_of = {source_id: rank for rank, source_id in enumerate(ranks)}
        days: set[dt.date] = set()
        for nights in linked_nights(self.repository, self.user_id, touched):
            self.repository.replace_sleep(self.user_id, *nights.days, _sleep_rows(nights.sessions, rank_of))
            days.update(between(*nights.days))
        return days


@frozen
class _Rows:
    """Canonical rows by kind, each with the id of its raw record.

    `lone_stages` has the raw ids of stages that are records of their own.
    """

    heart: list[tuple[int, HeartRate]] = Factory(list)
    steps: list[tuple[int, StepPiece]] = Factory(list)
    sessions: list[tuple[int, SleepSession]] = Factory(list)
    stages: list[tuple[int, SleepStage]] = Factory(list)
    lone_stages: list[int] = Factory(list)

    @classmethod
    def of(cls, kept: Iterable[tuple[int, Record]]) -> "_Rows":
        rows = cls()
        for raw_id, record in kept:
            content = record.content
            if isinstance(content, HeartRate):
                rows.heart.append((raw_id, content))
            elif isinstance(content, Steps):
                rows.steps.extend((raw_id, piece) for piece in content.pieces)
            elif isinstance(content, Sleep):
                rows.sessions.append((raw_id, content.session))
                rows.stages.extend((raw_id, stage) for stage in content.stages)
            elif isinstance(content, SleepStage):
                rows.stages.append((raw_id, content))
                rows.lone_stages.append(raw_id)
        return rows

    def session_keys(self) -> AbstractSet[str]:
        """Return the keys of these sessions and of those that the stages belong to."""
        return {one.dedupe_key for _, one in self.sessions} | {one.session_key for _, one in self.stages}

    def touched(self) -> Touched:
        return Touched.by(
            [row for _, row in self.heart], [row for _, row in self.steps], [row for _, row in self.sessions]
        )


def _sleep_rows(
    sessions: Sequence[tuple[int, SleepSession]], ranks: Mapping[int, int]
) -> list[tuple[int, dt.date, SleepDay]]:
    chosen = [(OVER_ALL, one) for one in counted((ranks[source_id], one) for source_id, one in sessions)]
    for source_id, own in _grouped(sessions).items():
        chosen += [(source_id, one) for one in counted((0, one) for one in own)]
    by_source_and_day = _grouped(((source_id, one.day), one) for source_id, one in chosen)
    return [(*key, sleep_day(some)) for key, some in by_source_and_day.items()]


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: defaultdict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
