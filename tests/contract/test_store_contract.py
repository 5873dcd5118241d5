"""What every store promises about transactions."""

import threading
from collections.abc import Callable

import pytest
from attrs import evolve

from mosaic_core.audit.model import AuditFilter
from mosaic_core.errors import Conflict, MosaicError
from mosaic_core.paging import Page
from mosaic_core.store import Store, UnitOfWork
from support import AbortError, a_user, an_activity, an_entry, rolled_back

WAIT = 20.0
"""Seconds after which a test gives up on a thread."""


def usernames(store: Store) -> list[str]:
    with store.read() as unit:
        return [user.username for user in unit.users.every()]


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run the work in threads that start together; fail as the first that failed did."""
    start = threading.Barrier(count)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            start.wait(WAIT)
            work(number)
        except BaseException as error:  # noqa: BLE001  # told to the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    if failures:
        raise failures[0]


def test_what_a_write_did_is_seen_by_the_next_read(store: Store) -> None:
    with store.write() as unit:
        unit.users.add(a_user("Ada"))
    assert usernames(store) == ["Ada"]


def test_a_write_sees_its_own_changes(store: Store) -> None:
    with store.write() as unit:
        ada = unit.users.add(a_user("Ada"))
        assert unit.users.get(ada.id) == ada


def test_an_exception_undoes_everything_in_every_repository(store: Store, ada: int) -> None:
    with rolled_back(store) as unit:
        unit.users.add(a_user("ben"))
        unit.users.revoke(ada, "token", 2_000_000_000)
        unit.activities.add(an_activity(ada))
        unit.entries.add_many([an_entry(ada)])
    with store.read() as unit:
        assert unit.users.count() == 1
        assert not unit.users.is_revoked("token")
        assert unit.activities.count(ada, shared=True) == 0
        assert unit.entries.count(ada, shared=True) == 0
        assert not any(unit.days.values(ada, an_entry(ada).date).values)


def test_an_exception_passes_through_the_write_that_it_ends(store: Store) -> None:
    with pytest.raises(AbortError), store.write():
        raise AbortError
    with store.write(), pytest.raises(AbortError), store.write():
        raise AbortError


def test_a_rolled_back_write_gives_its_ids_back(store: Store, ada: int) -> None:
    with rolled_back(store) as unit:
        unit.users.add(a_user("ben"))
        unit.activities.add(an_activity(ada))
        unit.entries.add_many([an_entry(ada)])
    with store.write() as unit:
        assert unit.users.add(a_user("cleo")).id == ada + 1
        assert unit.activities.add(an_activity(ada)).id == 1
        unit.entries.add_many([an_entry(ada)])
        assert unit.entries.get(1) is not None


def test_a_nested_write_that_fails_is_undone_alone(store: Store) -> None:
    with store.write() as outer:
        outer.users.add(a_user("Ada"))
        with rolled_back(store) as inner:
            inner.users.add(a_user("ben"))
        cleo = outer.users.add(a_user("cleo"))
        assert cleo.id == 2
    assert usernames(store) == ["Ada", "cleo"]


def test_a_nested_write_that_ends_well_shares_the_fate_of_the_outer_one(store: Store) -> None:
    with rolled_back(store), store.write() as inner:
        inner.users.add(a_user("ben"))
    assert usernames(store) == []


def test_nested_writes_undo_layer_by_layer(store: Store) -> None:
    with store.write() as outer:
        outer.users.add(a_user("one"))
        with rolled_back(store) as middle:
            middle.users.add(a_user("two"))
            with store.write() as inner:
                inner.users.add(a_user("three"))
            with pytest.raises(Conflict), store.write() as inner:
                inner.users.add(a_user("ONE"))
        with store.write() as middle:
            middle.users.add(a_user("four"))
    assert usernames(store) == ["four", "one"]


def test_days_follow_a_nested_write_that_fails(store: Store, ada: int) -> None:
    entry = an_entry(ada)
    with store.write() as outer:
        outer.entries.add_many([entry])
        with rolled_back(store) as inner:
            inner.entries.add_many([evolve(entry, activity="Reading", value=5.0)])
            assert inner.days.values(ada, entry.date).values[-1] == 6.0
        assert outer.days.values(ada, entry.date).values[-1] == 1.0
    with store.read() as unit:
        assert unit.days.values(ada, entry.date).values[-1] == 1.0


def test_a_read_inside_a_write_sees_what_was_written_so_far(store: Store) -> None:
    with store.write() as unit:
        unit.users.add(a_user("Ada"))
        assert usernames(store) == ["Ada"]
        with store.write() as inner:
            inner.users.add(a_user("ben"))
            assert usernames(store) == ["Ada", "ben"]


def test_a_read_inside_a_read_is_a_snapshot_too(store: Store, ada: int) -> None:
    with store.read() as outer, store.read() as inner:
        assert outer.users.get(ada) == inner.users.get(ada)


def test_writing_through_a_read_is_an_error_and_changes_nothing(store: Store) -> None:
    with pytest.raises((MosaicError, RuntimeError)), store.read() as unit:
        unit.users.add(a_user("Ada"))
    assert usernames(store) == []


def test_a_store_goes_on_after_an_exception_in_a_read(store: Store) -> None:
    with pytest.raises(AbortError), store.read():
        raise AbortError
    with store.write() as unit:
        unit.users.add(a_user("Ada"))
    assert usernames(store) == ["Ada"]


def test_an_open_read_keeps_its_snapshot_while_others_write(store: Store, ada: int) -> None:
    def write() -> None:
        with store.write() as unit:
            unit.users.add(a_user("ben"))
            unit.entries.add_many([an_entry(ada)])

    with store.read() as unit:
        before = unit.users.count(), unit.entries.count(ada, shared=False)
        rows = unit.entries.every(ada, Page(None), shared=False)
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(WAIT)
        assert (unit.users.count(), unit.entries.count(ada, shared=False)) == before
        assert list(rows) == []
    assert usernames(store) == ["Ada", "ben"]


def test_a_read_neither_waits_for_a_writer_nor_sees_what_it_has_not_committed(store: Store) -> None:
    written, looked = threading.Event(), threading.Event()

    def write() -> None:
        with store.write() as unit:
            unit.users.add(a_user("Ada"))
            written.set()
            assert looked.wait(WAIT)

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(WAIT)
    assert usernames(store) == []
    looked.set()
    writer.join(WAIT)
    assert usernames(store) == ["Ada"]


def test_racing_writers_lose_nothing(store: Store, ada: int) -> None:
    def count_up(number: int) -> None:
        for turn in range(10):
            with store.write() as unit:
                user = unit.users.get(ada)
                assert user is not None
                unit.users.update(evolve(user, token_generation=user.token_generation + 1))
                unit.activities.add(an_activity(ada, f"{number}-{turn}"))

    in_threads(6, count_up)
    with store.read() as unit:
        user = unit.users.get(ada)
        assert user is not None
        assert user.token_generation == 60
        assert sorted(one.id for one in unit.activities.owned(ada)) == list(range(1, 61))


def test_of_racing_writers_of_one_name_one_wins(store: Store) -> None:
    lost: list[int] = []

    def register(number: int) -> None:
        try:
            with store.write() as unit:
                unit.users.add(a_user("Ada"))
        except Conflict:
            lost.append(number)

    in_threads(6, register)
    assert usernames(store) == ["Ada"]
    assert len(lost) == 5


def test_readers_racing_a_writer_never_see_half_a_write(store: Store) -> None:
    halves: list[int] = []

    def work(number: int) -> None:
        for turn in range(20):
            if number == 0:
                with store.write() as unit:
                    unit.users.add(a_user(f"left{turn}"))
                    unit.users.add(a_user(f"right{turn}"))
            else:
                with store.read() as unit:
                    halves.append(unit.users.count() % 2)

    in_threads(3, work)
    assert not any(halves)


def test_actions_run_after_the_commit_in_the_order_they_were_given(store: Store) -> None:
    told: list[tuple[str, list[str]]] = []
    with store.write() as unit:
        unit.after_commit(lambda: told.append(("first", usernames(store))))
        with store.write() as inner:
            inner.after_commit(lambda: told.append(("second", usernames(store))))
            inner.users.add(a_user("Ada"))
        assert told == []
    assert told == [("first", ["Ada"]), ("second", ["Ada"])]


def test_actions_run_once(store: Store) -> None:
    told: list[str] = []
    with store.write() as unit:
        unit.after_commit(lambda: told.append("once"))
    with store.write() as unit:
        unit.users.add(a_user("Ada"))
    assert told == ["once"]


def test_actions_of_a_rolled_back_write_never_run(store: Store) -> None:
    told: list[str] = []
    with rolled_back(store) as unit:
        unit.after_commit(lambda: told.append("outer"))
    with store.write() as unit:
        unit.users.add(a_user("Ada"))
    assert told == []


def test_actions_of_a_rolled_back_nested_write_never_run(store: Store) -> None:
    told: list[str] = []
    with store.write() as unit:
        unit.after_commit(lambda: told.append("before"))
        with rolled_back(store) as inner:
            inner.after_commit(lambda: told.append("undone"))
        unit.after_commit(lambda: told.append("after"))
    assert told == ["before", "after"]


def test_an_action_may_write(store: Store) -> None:
    def write() -> None:
        with store.write() as unit:
            unit.users.add(a_user("ben"))

    with store.write() as unit:
        unit.users.add(a_user("Ada"))
        unit.after_commit(write)
    assert usernames(store) == ["Ada", "ben"]


def test_a_sound_store_passes_its_check(store: Store) -> None:
    store.check()


def test_one_unit_of_work_reaches_every_repository(store: Store, ada: int) -> None:
    def look(unit: UnitOfWork) -> list[int]:
        return [
            unit.users.count(),
            unit.activities.count(ada, shared=True),
            unit.entries.count(ada, shared=True),
            unit.audit.count(AuditFilter()),
            len(unit.days.summaries(ada, an_entry(ada).date, an_entry(ada).date)),
            0 if unit.idempotency.find(ada, "key") is None else 1,
        ]

    with store.write() as unit:
        assert look(unit) == [1, 0, 0, 0, 0, 0]
    with store.read() as unit:
        assert look(unit) == [1, 0, 0, 0, 0, 0]


def test_closing_a_store_leaves_a_transaction_that_is_under_way_alone(store: Store) -> None:
    writing, closed = threading.Event(), threading.Event()

    def write() -> None:
        with store.write() as unit:
            unit.users.add(a_user("Ada"))
            writing.set()
            assert closed.wait(WAIT)
            unit.users.add(a_user("ben"))

    def close() -> None:
        assert writing.wait(WAIT)
        store.close()
        closed.set()

    in_threads(2, lambda number: [write, close][number]())
