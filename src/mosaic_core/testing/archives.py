"""Archives for tests: rows that were made up, and the strategy that makes them."""

import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from attrs import Factory, evolve, frozen
from hypothesis import strategies as st

from mosaic_core.accounts.model import RevokedToken
from mosaic_core.backups import model
from mosaic_core.backups.model import TABLES, LastIds, Table
from mosaic_core.backups.ports import Archive
from mosaic_core.testing import strategies
from mosaic_core.texts import name_key
from mosaic_core.wearables.model import HeartDay, SleepDay, Source, StepsDay
from mosaic_core.wearables.rows import PROCESSED, SKIPPED, WAITING

R = TypeVar("R")


@frozen
class HeldArchive(Archive):
    """An archive in plain lists; tables that are not named are empty."""

    tables: Mapping[str, Sequence[Any]]
    last: LastIds = Factory(LastIds)

    def rows(self, table: Table[R]) -> Iterator[R]:
        """Yield the rows as they are listed."""
        return iter(cast("Sequence[R]", self.tables.get(table.name, ())))

    def count(self, table: Table[R]) -> int:
        """Return how many there are."""
        return len(self.tables.get(table.name, ()))

    def last_ids(self) -> LastIds:
        """Return the given ids."""
        return self.last


def held(archive: Archive) -> HeldArchive:
    """Return all that the archive gives; rows without ids in an order of their own."""
    return HeldArchive(
        {table.name: _in_order(list(archive.rows(table))) for table in TABLES}, archive.last_ids()
    )


def _in_order(rows: list[Any]) -> list[Any]:
    return rows if rows and hasattr(rows[0], "id") else sorted(rows, key=repr)


_bodies = st.text(string.ascii_letters + 'öß€🌲 "\\\n', max_size=40)
_keys = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
_counts = st.integers(0, 2**40)
_instants = st.integers(-(2**50), 2**50)
_some = st.none() | strategies.any_goal


@st.composite
def archives(draw: st.DrawFn) -> HeldArchive:
    """Return an archive that a store could have given: any values, rows that refer to each other."""
    numbers = iter(range(1, 10**6))
    users = [
        evolve(user, id=next(numbers) * 3)
        for user in draw(
            st.lists(strategies.users(), max_size=3, unique_by=lambda one: name_key(one.username))
        )
    ]
    owners = [None, *(user.id for user in users)]
    activities = [one for owner in owners for one in _activities(draw, owner)]
    entries = [one for owner in owners for one in _entries(draw, owner)]
    activities = _numbered(activities)
    tables: dict[str, list[Any]] = {
        model.USERS.name: users,
        model.ACTIVITIES.name: activities,
        model.ENTRIES.name: _numbered(entries),
        model.AUDIT_EVENTS.name: _numbered(draw(st.lists(strategies.audit_events(7), max_size=3))),
        model.BACKUP_PLAN.name: draw(st.lists(strategies.backup_plans, max_size=1)),
    }
    ids = [one.id for one in activities]
    for user in users:
        tables.setdefault(model.PAUSES.name, []).extend(_pauses(draw, user.id, ids, next(numbers)))
        own = [one.id for one in activities if one.user_id == user.id]
        tables.setdefault(model.RULES.name, []).extend(_rules(draw, user.id, own, next(numbers)))
        for name, rows in _owned(draw, user.id, next(numbers)).items():
            tables.setdefault(name, []).extend(rows)
    return HeldArchive(tables, LastIds(*draw(st.tuples(*[st.integers(2_000, 2**40)] * 9))))


def _numbered(rows: Sequence[Any]) -> list[Any]:
    return [evolve(row, id=number * 2 + 5) for number, row in enumerate(rows)]


def _activities(draw: st.DrawFn, owner: int | None) -> list[Any]:
    return draw(st.lists(strategies.activities(owner), max_size=3, unique_by=lambda one: name_key(one.name)))


def _entries(draw: st.DrawFn, owner: int | None) -> list[Any]:
    return draw(
        st.lists(
            strategies.entries(owner), max_size=4, unique_by=lambda one: (one.date, name_key(one.activity))
        )
    )


def _webhooks(draw: st.DrawFn, user_id: int, number: int) -> list[Any]:
    drawn = draw(st.lists(strategies.webhooks(user_id), max_size=2))
    return [evolve(webhook, id=number * 10 + index) for index, webhook in enumerate(drawn)]


def _pauses(draw: st.DrawFn, user_id: int, activities: Sequence[int], number: int) -> list[Any]:
    drawn = draw(st.lists(strategies.pauses(user_id, activities), max_size=2))
    return [evolve(pause, id=number * 10 + index) for index, pause in enumerate(drawn)]


def _rules(draw: st.DrawFn, user_id: int, activities: Sequence[int], number: int) -> list[Any]:
    ruled = activities[: draw(st.integers(0, 2))]
    drawn = [draw(strategies.rules(user_id, activity_id)) for activity_id in ruled]
    return [evolve(rule, id=number * 10 + index) for index, rule in enumerate(drawn)]


def _tokens(draw: st.DrawFn, user_id: int) -> list[Any]:
    return draw(st.lists(strategies.tokens(user_id), max_size=2, unique_by=lambda one: one.hash))


def _owned(draw: st.DrawFn, user_id: int, number: int) -> dict[str, list[Any]]:
    """Return what one user has beside activities and entries: a source, and a record of each kind."""
    source_id, first = number * 5, number * 100
    day, instant = draw(strategies.any_day), draw(strategies.any_instant)
    return {
        model.REVOKED_TOKENS.name: [RevokedToken(f"token {number}", user_id, draw(_counts))],
        model.TOKENS.name: [
            evolve(token, id=number * 10 + index)
            for index, token in enumerate(_tokens(draw, user_id))
        ],
        model.WEBHOOKS.name: _webhooks(draw, user_id, number),
        model.IDEMPOTENCY.name: [draw(strategies.idempotency_records(user_id))],
        model.WEARABLE_SOURCES.name: [
            Source(source_id, user_id, draw(_bodies), draw(_keys), draw(_bodies), 0, 4, instant)
        ],
        model.WEARABLE_TOTALS.name: [
            model.UserTotals(user_id, draw(_counts), draw(_counts), 1, draw(st.none() | st.just(instant)))
        ],
        model.WEARABLE_ERRORS.name: [
            model.IngestErrorRow(user_id, index, draw(st.none() | _keys), draw(_bodies), instant)
            for index in range(draw(st.integers(0, 2)))
        ],
        model.WEARABLE_RAW.name: [
            model.RawRow(
                first + index, user_id, source_id, f"key {index}", kind, status, "UTC", day,
                draw(_instants), instant, draw(_bodies),
            )
            for index, (kind, status) in enumerate(
                [("heart_rate", PROCESSED), ("steps", PROCESSED), ("sleep_session", PROCESSED),
                 ("sleep_stage", WAITING), ("unknown", SKIPPED)]
            )
        ],
        **_canonical(draw, user_id, source_id, first),
    }  # fmt: skip


def _canonical(draw: st.DrawFn, user_id: int, source_id: int, first: int) -> dict[str, list[Any]]:
    day, start, end = draw(strategies.any_day), draw(_instants), draw(_instants)
    confidence = draw(st.none() | strategies.any_goal | st.sampled_from(["high", "0.5", ""]))
    stages = [(None, "another"), (first + 2, "key 2")]
    return {
        model.HEART_RATES.name: [
            model.HeartRateRow(first, user_id, source_id, start, day, 60, draw(_some), confidence)
        ],
        model.STEPS.name: [
            model.StepsRow(
                first + 1,
                user_id,
                source_id,
                start,
                end,
                day,
                draw(_counts),
                *draw(st.tuples(_some, _some, _some)),
            )
        ],
        model.SLEEP_SESSIONS.name: [
            model.SleepSessionRow(
                first + 2,
                user_id,
                source_id,
                start,
                end,
                day,
                "key 2",
                60.5,
                draw(_some),
                draw(_some),
                "night",
            )
        ],
        model.SLEEP_STAGES.name: [
            model.SleepStageRow(
                first + 3, user_id, session_id, start, end, key, draw(_bodies), f"stage {key}"
            )
            for session_id, key in stages
        ],
        model.AGGREGATES.name: [
            model.AggregateRow(user_id, of, day, steps, sleep, heart)
            for of in (0, source_id)
            for steps, sleep, heart in [
                draw(
                    st.sampled_from(
                        [
                            (StepsDay(5, None, 0.5), None, None),
                            (None, SleepDay(3600.5, 1, 90.25), HeartDay(40, 90, 60.5, 44, None)),
                            (StepsDay(5, 1.5, None), SleepDay(60.0, 2, None), HeartDay(1, 2, 1.5, 1, 0.1)),
                        ]
                    )
                )
            ]
        ],
    }
