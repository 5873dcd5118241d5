"""What every store promises to several threads."""

import threading
from functools import partial

from attrs import evolve

from mosaic_core.entries.model import EntryFilter
from mosaic_core.errors import Conflict
from mosaic_core.paging import Page
from mosaic_core.store import Store, UnitOfWork, run_again
from mosaic_core.testing.contracts.fixtures import StoreFixtures, usernames, write_entries
from mosaic_core.testing.contracts.threads import WAIT, in_threads
from mosaic_core.testing.factories import a_user, an_activity, an_entry

ALL = Page(None)


def count_up(store: Store, user_id: int, turns: int) -> None:
    """Raise the user's token generation by one, so many times, each in a write of its own."""

    def once() -> None:
        with store.write() as unit:
            user = unit.users.get(user_id)
            assert user is not None
            unit.users.update(evolve(user, token_generation=user.token_generation + 1))

    for _ in range(turns):
        run_again(once)


def generation(store: Store, user_id: int) -> int:
    """Return the user's token generation."""
    with store.read() as unit:
        user = unit.users.get(user_id)
    assert user is not None
    return user.token_generation


class IsolationContract(StoreFixtures):
    """What every store promises to several threads."""

    def test_an_open_read_keeps_its_snapshot_while_others_write(self, store: Store, ada: int) -> None:
        def write() -> None:
            with store.write() as unit:
                unit.users.add(a_user("ben"))
            write_entries(store, an_entry(ada))

        with store.read() as unit:
            before = unit.users.count(), unit.entries.count(ada, EntryFilter(), shared=False)
            rows = unit.entries.every(ada, ALL, shared=False)
            in_threads(write)
            assert (unit.users.count(), unit.entries.count(ada, EntryFilter(), shared=False)) == before
            assert list(rows) == []
        assert usernames(store) == ["Ada", "ben"]

    def test_a_read_neither_waits_for_a_writer_nor_sees_what_it_has_not_committed(self, store: Store) -> None:
        written, looked = threading.Event(), threading.Event()

        def write() -> None:
            with store.write() as unit:
                unit.users.add(a_user("Ada"))
                written.set()
                assert looked.wait(WAIT)

        def look() -> None:
            assert written.wait(WAIT)
            try:
                assert usernames(store) == []
            finally:
                looked.set()

        in_threads(write, look)
        assert usernames(store) == ["Ada"]

    def test_a_reading_unit_may_be_opened_used_and_closed_in_three_threads(
        self, store: Store, ada: int
    ) -> None:
        write_entries(store, *[an_entry(ada, f"a{number}") for number in range(20)])
        opened = store.read()
        units: list[UnitOfWork] = []
        rows: list[str] = []
        in_threads(lambda: units.append(opened.__enter__()))
        entries = iter(units[0].entries.every(ada, ALL, shared=False))
        rows.append(next(entries).activity)
        in_threads(lambda: rows.extend(row.activity for row in entries))
        in_threads(lambda: opened.__exit__(None, None, None))
        assert rows == sorted(f"a{number}" for number in range(20))

    def test_a_reading_unit_that_was_handed_on_leaves_the_threads_to_write(
        self, store: Store, ada: int
    ) -> None:
        opened = store.read()
        unit = opened.__enter__()
        assert unit.entries.count(ada, EntryFilter(), shared=False) == 0

        def write_and_close() -> None:
            write_entries(store, an_entry(ada))
            assert unit.entries.count(ada, EntryFilter(), shared=False) == 0
            opened.__exit__(None, None, None)

        in_threads(write_and_close)
        write_entries(store, an_entry(ada, "Other"))
        with store.read() as after:
            assert after.entries.count(ada, EntryFilter(), shared=False) == 2

    def test_a_write_that_begins_while_another_is_under_way_sees_what_that_one_commits(
        self, store: Store, ada: int
    ) -> None:
        writing, begun = threading.Event(), threading.Event()

        def first() -> None:
            with store.write() as unit:
                user = unit.users.get(ada)
                assert user is not None
                writing.set()
                assert begun.wait(WAIT)
                unit.users.update(evolve(user, token_generation=user.token_generation + 1))

        def second() -> None:
            assert writing.wait(WAIT)
            begun.set()
            count_up(store, ada, 1)

        in_threads(partial(run_again, first), second)
        assert generation(store, ada) == 2

    def test_racing_writers_lose_nothing(self, store: Store, ada: int) -> None:
        def work(number: int) -> None:
            for turn in range(10):
                count_up(store, ada, 1)
                run_again(partial(add_activity, f"{number}-{turn}"))

        def add_activity(name: str) -> None:
            with store.write() as unit:
                unit.activities.add(an_activity(ada, name))

        in_threads(*[partial(work, number) for number in range(6)])
        assert generation(store, ada) == 60
        with store.read() as unit:
            ids = [one.id for one in unit.activities.owned(ada)]
        assert len(set(ids)) == 60

    def test_of_racing_writers_of_one_name_one_wins(self, store: Store) -> None:
        lost: list[str] = []

        def add(name: str) -> None:
            with store.write() as unit:
                unit.users.add(a_user(name))

        def register(name: str) -> None:
            try:
                run_again(partial(add, name))
            except Conflict:
                lost.append(name)

        in_threads(*[partial(register, name) for name in ("ada", "Ada", "ADA", "adA", "aDA", "ADa")])
        assert [name.casefold() for name in usernames(store)] == ["ada"]
        assert len(lost) == 5

    def test_readers_racing_a_writer_never_see_half_a_write(self, store: Store) -> None:
        halves: list[int] = []

        def write() -> None:
            for turn in range(20):
                with store.write() as unit:
                    unit.users.add(a_user(f"left{turn}"))
                    unit.users.add(a_user(f"right{turn}"))

        def look() -> None:
            for _ in range(20):
                with store.read() as unit:
                    halves.append(unit.users.count() % 2)

        in_threads(write, look, look)
        assert not any(halves)

    def test_closing_a_store_leaves_a_transaction_that_is_under_way_alone(self, store: Store) -> None:
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

        in_threads(write, close)
