"""What a transaction owes before and after its commit, and use cases that run again."""

import datetime as dt
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.errors import ReadOnly, SerializationFailure
from mosaic_core.stats.model import DaySummary
from mosaic_core.store import Store, run_again
from support import TODAY, AbortError, a_user, an_entry, days_ago, rolled_back


@pytest.fixture
def store() -> Store:
    made = MemoryStore()
    with made.write() as unit:
        unit.users.add(a_user())
    return made


def summed(store: Store) -> list[dt.date]:
    with store.read() as unit:
        return [one.day for one in unit.summaries.summaries(1, dt.date.min, dt.date.max)]


def test_touched_days_are_summed_up_before_the_commit(store: Store) -> None:
    with store.write() as unit:
        unit.entries.add_many([an_entry(1), an_entry(1, day=days_ago(3))])
        unit.pending.touch(1, [TODAY])
        unit.pending.touch(None, [days_ago(3)])
    assert summed(store) == [TODAY]


def test_more_days_than_are_read_at_once_are_all_summed_up(store: Store) -> None:
    days = [days_ago(number) for number in range(1_000)]
    with store.write() as unit:
        unit.entries.add_many([an_entry(1, day=day) for day in days])
        unit.pending.touch(1, days)
    assert summed(store) == sorted(days)


def test_what_a_savepoint_settled_is_summed_up_again_when_it_is_undone(store: Store) -> None:
    with store.write() as unit:
        unit.entries.add_many([an_entry(1)])
        unit.pending.touch(1, [TODAY])
        with rolled_back(store) as inner:
            inner.entries.add_many([an_entry(1, day=days_ago(1))])
            inner.pending.touch(1, [days_ago(1)])
            assert summed(store) == [days_ago(1), TODAY]
        assert summed(store) == [TODAY]
    assert summed(store) == [TODAY]


FORESEEN = DaySummary(TODAY, 5.0, ())


def values(store: Store) -> list[float]:
    with store.read() as unit:
        return [one.value for one in unit.summaries.summaries(1, dt.date.min, dt.date.max)]


def test_what_a_day_is_known_to_amount_to_is_not_summed_up_again(store: Store) -> None:
    with store.write() as unit:
        unit.entries.add_many([an_entry(1), an_entry(1, day=days_ago(1))])
        unit.pending.touch(1, [TODAY, days_ago(1)], {TODAY: FORESEEN})
    assert values(store) == [1.0, 5.0]


def test_a_later_touch_takes_back_what_a_day_was_known_to_amount_to_unless_it_is_undone(store: Store) -> None:
    with store.write() as unit:
        unit.entries.add_many([an_entry(1)])
        unit.pending.touch(1, [TODAY], {TODAY: FORESEEN})
        with rolled_back(store) as inner:
            inner.pending.touch(1, [TODAY])
        assert values(store) == [5.0]
        unit.pending.touch(1, [TODAY])
    assert values(store) == [1.0]
    with store.write() as unit:
        unit.pending.touch(1, [TODAY])
        with rolled_back(store) as inner:
            inner.pending.touch(1, [TODAY], {TODAY: FORESEEN})
    assert values(store) == [1.0]


def test_summed_up_days_are_not_changed_through_a_read_inside_a_write(store: Store) -> None:
    with store.write() as unit:
        unit.entries.add_many([an_entry(1)])
        unit.pending.touch(1, [TODAY])
        with pytest.raises(ReadOnly), store.read() as inside:
            inside.summaries.replace(1, {TODAY: FORESEEN})
    assert values(store) == [1.0]


def test_an_action_that_fails_after_a_commit_fails_nothing_and_stops_no_other(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []
    with caplog.at_level(logging.ERROR), store.write() as unit:
        unit.users.add(a_user("ben"))
        unit.pending.after_commit(lambda: ran.append("first"))
        unit.pending.after_commit(lambda: int("no number"))
        unit.pending.after_commit(lambda: ran.append("last"))
    assert ran == ["first", "last"]
    assert "an action after a commit failed" in caplog.text
    with store.read() as unit:
        assert unit.users.find("ben") is not None


def losing(times: int) -> Callable[[], int]:
    """Return a use case that loses its race so many times."""
    left = [times]

    def use_case() -> int:
        if left[0]:
            left[0] -= 1
            raise SerializationFailure("Lost")
        return 7

    return use_case


def test_a_use_case_that_loses_a_race_is_run_again() -> None:
    assert run_again(losing(4)) == 7


def test_a_use_case_that_loses_every_race_fails() -> None:
    with pytest.raises(SerializationFailure):
        run_again(losing(5))


def test_equal_actions_are_run_once_and_what_was_undone_is_not(store: Store) -> None:
    ran: list[str] = []
    action = partial(ran.append, "again")
    with store.write() as unit:
        for _ in range(3):
            unit.pending.after_commit(action)
        with suppress(AbortError), store.write() as part:
            part.pending.after_commit(partial(ran.append, "undone"))
            raise AbortError
        unit.pending.after_commit(partial(ran.append, "last"))
    assert ran == ["again", "last"]
