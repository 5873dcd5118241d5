"""The wearable tables of an archive in memory."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from attrs import astuple, evolve

from mosaic_adapters.memory.state import Draft, State
from mosaic_adapters.memory.wearable_tables import DayRows, KeptRecord, Row, StageRow, Wearables
from mosaic_core.backups import model
from mosaic_core.backups.model import (
    AggregateRow,
    HeartRateRow,
    IngestErrorRow,
    RawRow,
    SleepSessionRow,
    SleepStageRow,
    StepsRow,
    UserTotals,
)
from mosaic_core.wearables.model import DailyAggregate, IngestError, Source, Totals
from mosaic_core.wearables.rows import HeartRate, Record, SleepSession, SleepStage, StepPiece

R = TypeVar("R")

Added = Callable[[Draft, list[Any]], None]
Of = Callable[[int, Wearables], Iterator[R]]


def _by_user(of: Of[R], state: State) -> Iterator[R]:
    """Yield what every user has."""
    for user_id, owner in state.owners.items():
        yield from of(user_id, owner.wearables)


def _sources(state: State) -> list[Source]:
    return sorted(_by_user(lambda _, mine: iter(mine.sources.values()), state), key=lambda one: one.id)


def _totals(user_id: int, mine: Wearables) -> Iterator[UserTotals]:
    if mine.totals != Totals():
        yield UserTotals(user_id, *astuple(mine.totals))


def _errors(user_id: int, mine: Wearables) -> Iterator[IngestErrorRow]:
    for number, one in enumerate(mine.errors):
        yield IngestErrorRow(user_id, number, *astuple(one))


def _raw(state: State) -> list[RawRow]:
    return sorted(_by_user(_raw_of, state), key=lambda one: one.id)


def _raw_of(user_id: int, mine: Wearables) -> Iterator[RawRow]:
    for kept in mine.raw.values():
        one = kept.record
        yield RawRow(
            kept.id,
            user_id,
            kept.source_id,
            one.dedupe_key,
            one.type,
            kept.status,
            kept.tz,
            one.day,
            one.at,
            kept.received_at,
            one.payload,
        )


def _heart_rates(user_id: int, mine: Wearables) -> Iterator[HeartRateRow]:
    for one in mine.heart.every():
        yield HeartRateRow(one.raw_id, user_id, one.source_id, *one.row)


def _steps(user_id: int, mine: Wearables) -> Iterator[StepsRow]:
    for one in mine.steps.every():
        yield StepsRow(one.raw_id, user_id, one.source_id, *one.row)


def _sessions(user_id: int, mine: Wearables) -> Iterator[SleepSessionRow]:
    for one in mine.sleep.every():
        yield SleepSessionRow(one.raw_id, user_id, one.source_id, *one.row)


def _stages(user_id: int, mine: Wearables) -> Iterator[SleepStageRow]:
    for rows in mine.stages.values():
        for one in rows:
            yield SleepStageRow(one.raw_id, user_id, one.session_id, *one.stage)


def _aggregates(user_id: int, mine: Wearables) -> Iterator[AggregateRow]:
    for by_source in mine.aggregates.values():
        for source_id, one in by_source.items():
            yield AggregateRow(user_id, source_id, one.day, one.steps, one.sleep, one.heart)


def _add(draft: Draft, rows: list[Any], change: Callable[[Wearables, list[Any]], Wearables]) -> None:
    """Change what each user has by their rows."""
    by_user: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_user[row.user_id].append(row)
    for user_id, some in by_user.items():
        owner = draft.state.owner(user_id)
        after = evolve(owner, wearables=change(owner.wearables, some))
        draft.change(owners=draft.state.owners_with(user_id, after))


def _add_sources(draft: Draft, rows: list[Source]) -> None:
    _add(draft, rows, lambda mine, some: evolve(mine, sources={one.id: one for one in some}))
    draft.change(last_source=max([draft.state.last_source, *(one.id for one in rows)]))


def _add_totals(draft: Draft, rows: list[UserTotals]) -> None:
    _add(draft, rows, lambda mine, some: evolve(mine, totals=Totals(*astuple(some[0])[1:])))


def _with_errors(mine: Wearables, rows: list[IngestErrorRow]) -> Wearables:
    errors = {one.number: IngestError(*astuple(one)[2:]) for one in rows}
    if len(errors) != len(rows):
        raise KeyError("an error's number is there twice")
    return evolve(mine, errors=tuple(errors[number] for number in sorted(errors)))


def _add_raw(draft: Draft, rows: list[RawRow]) -> None:
    _add(draft, rows, _with_raw)
    highest = (kept.id for owner in draft.state.owners.values() for kept in owner.wearables.raw.values())
    draft.change(last_raw=max(draft.state.last_raw, max(highest, default=0)))


def _with_raw(mine: Wearables, rows: list[RawRow]) -> Wearables:
    raw = mine.raw
    for one in rows:
        if one.source_id not in mine.sources:
            raise KeyError("a source is missing")
        record = Record(0, one.dedupe_key, one.type, one.at, one.day, one.payload, None)
        raw = raw.put(one.id, KeptRecord(one.id, one.source_id, one.tz, one.status, one.received_at, record))
    return evolve(mine, raw=raw, dedupe_keys=frozenset(one.dedupe_key for one in rows))


def _day_rows(rows: list[Any], kind: Callable[..., Any]) -> DayRows[Any]:
    """Return the rows by day; the last fields of each are those of `kind`."""
    by_day: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for one in rows:
        by_day[one.day.toordinal()].append(
            Row(one.raw_id, one.source_id, kind(*astuple(one, recurse=False)[3:]))
        )
    days: DayRows[Any] = DayRows()
    kept = days.days
    for number, some in by_day.items():
        kept = kept.put(number, tuple(some))
    return DayRows(kept)


def _with_sessions(mine: Wearables, rows: list[SleepSessionRow]) -> Wearables:
    ids = {one.dedupe_key: one.raw_id for one in rows}
    return evolve(mine, sleep=_day_rows(rows, SleepSession), session_ids=ids)


def _with_stages(mine: Wearables, rows: list[SleepStageRow]) -> Wearables:
    stages: defaultdict[str, tuple[StageRow, ...]] = defaultdict(tuple)
    for one in rows:
        stage = SleepStage(one.start, one.end, one.session_key, one.stage, one.dedupe_key)
        stages[one.session_key] += (StageRow(one.raw_id, one.session_id, stage),)
    return evolve(mine, stages=dict(stages))


def _with_aggregates(mine: Wearables, rows: list[AggregateRow]) -> Wearables:
    by_day: defaultdict[dt.date, dict[int, DailyAggregate]] = defaultdict(dict)
    for one in rows:
        by_day[one.day][one.source_id] = DailyAggregate(one.day, one.steps, one.sleep, one.heart)
    aggregates = mine.aggregates
    for day, by_source in by_day.items():
        aggregates = aggregates.put(day.toordinal(), by_source)
    return evolve(mine, aggregates=aggregates)


ROWS: Mapping[str, Callable[[State], Iterable[Any]]] = {
    model.WEARABLE_SOURCES.name: _sources,
    model.WEARABLE_TOTALS.name: partial(_by_user, _totals),
    model.WEARABLE_ERRORS.name: partial(_by_user, _errors),
    model.WEARABLE_RAW.name: _raw,
    model.HEART_RATES.name: partial(_by_user, _heart_rates),
    model.STEPS.name: partial(_by_user, _steps),
    model.SLEEP_SESSIONS.name: partial(_by_user, _sessions),
    model.SLEEP_STAGES.name: partial(_by_user, _stages),
    model.AGGREGATES.name: partial(_by_user, _aggregates),
}

ADD: Mapping[str, Added] = {
    model.WEARABLE_SOURCES.name: _add_sources,
    model.WEARABLE_TOTALS.name: _add_totals,
    model.WEARABLE_ERRORS.name: partial(_add, change=_with_errors),
    model.WEARABLE_RAW.name: _add_raw,
    model.HEART_RATES.name: partial(
        _add, change=lambda mine, some: evolve(mine, heart=_day_rows(some, HeartRate))
    ),
    model.STEPS.name: partial(_add, change=lambda mine, some: evolve(mine, steps=_day_rows(some, StepPiece))),
    model.SLEEP_SESSIONS.name: partial(_add, change=_with_sessions),
    model.SLEEP_STAGES.name: partial(_add, change=_with_stages),
    model.AGGREGATES.name: partial(_add, change=_with_aggregates),
}
