"""What every store promises about transactions in one thread."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from attrs import evolve

from mosaic_core.audit.model import AuditFilter
from mosaic_core.entries.model import EntryFilter
from mosaic_core.errors import Conflict, ReadOnly, ServiceUnavailable, TakesLong, Unauthorized
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.testing.contracts.fixtures import UNKNOWN, StoreFixtures, add_entries, usernames
from mosaic_core.testing.factories import (
    TODAY,
    AbortError,
    a_record,
    a_source,
    a_user,
    an_activity,
    an_entry,
    an_event,
    rolled_back,
)


def write_everywhere(unit: UnitOfWork, owner: int) -> None:
    """Write one row through every repository."""
    unit.users.add(a_user("new"))
    unit.users.revoke(owner, "token", 2_000_000_000)
    unit.activities.add(an_activity(owner))
    add_entries(unit, an_entry(owner))
    unit.wearables.add_source(a_source(owner))
    unit.audit.add(an_event())
    unit.idempotency.put(a_record(owner))


def rows_everywhere(unit: UnitOfWork, owner: int) -> list[int]:
    """Return how many rows each repository has."""
    return [
        unit.users.count(),
        int(unit.users.is_revoked("token")),
        unit.activities.count(owner, shared=True),
        unit.entries.count(owner, EntryFilter(), shared=True),
        len(unit.summaries.summaries(owner, TODAY, TODAY)),
        len(unit.wearables.sources(owner)),
        unit.audit.count(AuditFilter()),
        int(unit.idempotency.find(owner, "key") is not None),
    ]


class TransactionContract(StoreFixtures):
    """What every store promises about transactions in one thread."""

    def test_what_a_write_did_is_seen_by_the_next_read(self, store: Store) -> None:
        with store.write() as unit:
            unit.users.add(a_user("Ada"))
        assert usernames(store) == ["Ada"]

    def test_a_hurry_can_be_opened_again(self, store: Store) -> None:
        hurry = store.hurried()
        for _ in range(2):
            with hurry, store.read() as unit:
                assert unit.users.count() == 0

    def test_a_thread_in_a_hurry_reads_what_is_short_and_writes_as_ever(self, store: Store) -> None:
        with store.hurried():
            with store.write() as unit:
                ada = unit.users.add(a_user("Ada"))
                with store.read() as inside:
                    assert inside.users.get(ada.id) == ada
            assert usernames(store) == ["Ada"]
        assert usernames(store) == ["Ada"]

    def test_a_look_sees_what_is_committed_and_takes_no_changes(self, store: Store, ada: int) -> None:
        with store.look() as unit:
            assert [user.id for user in unit.users.every()] == [ada]
        with pytest.raises(ReadOnly), store.look() as unit:
            unit.users.add(a_user("Ben"))
        with store.write() as unit:
            ben = unit.users.add(a_user("Ben"))
            with store.look() as inside:
                assert inside.users.get(ben.id) == ben

    def test_a_thread_that_was_told_what_others_committed_reads_and_writes_as_ever(
        self, store: Store
    ) -> None:
        with store.told(store.elsewhere()):
            assert usernames(store) == []
            with store.write() as unit:
                unit.users.add(a_user("Ada"))
        assert usernames(store) == ["Ada"]

    def test_what_is_awaited_reads_what_is_committed_or_is_left_to_a_thread(
        self, store: Store, ada: int
    ) -> None:
        elsewhere = store.elsewhere()

        def read() -> tuple[int, int]:
            with store.look() as unit:
                user = unit.users.get(ada)
            return user.id if user else 0, store.elsewhere()

        async def awaited() -> tuple[int, int]:
            return await store.awaited(read, elsewhere, _at_once)

        with suppress(TakesLong):
            assert asyncio.run(awaited()) == (ada, elsewhere)

    def test_nothing_is_written_on_an_event_loop(self, store: Store) -> None:
        def write() -> None:
            with store.write() as unit:
                unit.users.add(a_user("Ada"))

        async def awaited() -> None:
            await store.awaited(write, 0, _at_once)

        with pytest.raises(TakesLong):
            asyncio.run(awaited())
        assert usernames(store) == []

    def test_an_error_of_what_is_awaited_is_raised(self, store: Store) -> None:
        def fail() -> None:
            raise ValueError("mine")

        async def awaited() -> None:
            await store.awaited(fail, 0, _at_once)

        with pytest.raises((ValueError, TakesLong)):
            asyncio.run(awaited())

    def test_a_write_sees_its_own_changes(self, store: Store) -> None:
        with store.write() as unit:
            ada = unit.users.add(a_user("Ada"))
            assert unit.users.get(ada.id) == ada

    def test_one_unit_of_work_reaches_every_repository(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            write_everywhere(unit, ada)
        with store.read() as unit:
            assert rows_everywhere(unit, ada) == [2, 1, 1, 1, 1, 1, 1, 1]

    def test_an_exception_undoes_everything_in_every_repository(self, store: Store, ada: int) -> None:
        with rolled_back(store) as unit:
            write_everywhere(unit, ada)
        with store.read() as unit:
            assert rows_everywhere(unit, ada) == [1, 0, 0, 0, 0, 0, 0, 0]

    def test_an_exception_undoes_a_nested_write_in_every_repository(self, store: Store, ada: int) -> None:
        with store.write():
            with rolled_back(store) as inner:
                write_everywhere(inner, ada)
            with store.read() as unit:
                assert rows_everywhere(unit, ada) == [1, 0, 0, 0, 0, 0, 0, 0]
        with store.read() as unit:
            assert rows_everywhere(unit, ada) == [1, 0, 0, 0, 0, 0, 0, 0]

    def test_an_exception_passes_through_the_write_that_it_ends(self, store: Store) -> None:
        with pytest.raises(AbortError), store.write():
            raise AbortError
        with store.write(), pytest.raises(AbortError), store.write():
            raise AbortError

    def test_an_interrupt_undoes_a_write_and_a_nested_one_as_an_error_does(self, store: Store) -> None:
        with store.write() as outer:
            outer.users.add(a_user("Ada"))
            with suppress(KeyboardInterrupt), store.write() as inner:
                inner.users.add(a_user("ben"))
                raise KeyboardInterrupt
        with suppress(KeyboardInterrupt), store.write() as unit:
            unit.users.add(a_user("cleo"))
            raise KeyboardInterrupt
        assert usernames(store) == ["Ada"]

    def test_replacing_what_is_not_there_changes_nothing(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.users.update(a_user("ben", id=UNKNOWN))
            unit.activities.update(an_activity(ada, id=UNKNOWN))
            unit.entries.update_many([an_entry(ada, id=UNKNOWN)])
            unit.wearables.update_sources(ada, [a_source(ada, id=UNKNOWN)])
        with store.read() as unit:
            assert rows_everywhere(unit, ada) == [1, 0, 0, 0, 0, 0, 0, 0]

    def test_deleting_what_is_not_there_changes_nothing(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.users.delete(UNKNOWN)
            unit.activities.delete(UNKNOWN)
            unit.entries.delete(UNKNOWN)
            unit.wearables.delete_source(ada, UNKNOWN)
        with store.read() as unit:
            assert rows_everywhere(unit, ada) == [1, 0, 0, 0, 0, 0, 0, 0]

    def test_a_closed_store_says_at_once_that_it_serves_nobody(self, store: Store) -> None:
        store.close()
        asked: list[Callable[[], object]] = [
            lambda: store.read().__enter__(),
            lambda: store.write().__enter__(),
            store.stage,
            store.elsewhere,
            store.check,
        ]
        for ask in asked:
            with pytest.raises(ServiceUnavailable, match="closed"):
                ask()
        store.close()

    def test_after_a_rolled_back_write_new_ids_are_still_above_the_old_ones(
        self, store: Store, ada: int
    ) -> None:
        with store.write() as unit:
            activity = unit.activities.add(an_activity(ada)).id
            (entry,) = add_entries(unit, an_entry(ada))
        with rolled_back(store) as unit:
            unit.users.add(a_user("ben"))
            unit.activities.add(an_activity(ada, "Other"))
            add_entries(unit, an_entry(ada, "Other"))
        with store.write() as unit:
            assert unit.users.add(a_user("cleo")).id > ada
            assert unit.activities.add(an_activity(ada, "Other")).id > activity
            assert add_entries(unit, an_entry(ada, "Other")) > [entry]

    def test_a_nested_write_that_fails_is_undone_alone(self, store: Store) -> None:
        with store.write() as outer:
            ada = outer.users.add(a_user("Ada"))
            with rolled_back(store) as inner:
                inner.users.add(a_user("ben"))
            assert outer.users.add(a_user("cleo")).id > ada.id
        assert usernames(store) == ["Ada", "cleo"]

    def test_a_nested_write_that_ends_well_shares_the_fate_of_the_outer_one(self, store: Store) -> None:
        with rolled_back(store), store.write() as inner:
            inner.users.add(a_user("ben"))
        assert usernames(store) == []

    def test_nested_writes_undo_layer_by_layer(self, store: Store) -> None:
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

    def test_what_belongs_to_a_user_who_is_gone_cannot_be_written(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            unit.users.delete(ben)
        writes: list[Callable[[UnitOfWork], object]] = [
            lambda unit: unit.users.revoke(ben, "token", 2_000_000_000),
            lambda unit: unit.activities.add(an_activity(ben)),
            lambda unit: unit.entries.add_many([an_entry(ada), an_entry(ben)]),
            lambda unit: unit.wearables.add_source(a_source(ben)),
            lambda unit: unit.idempotency.put(a_record(ben)),
        ]
        for write in writes:
            with pytest.raises(Unauthorized), store.write() as unit:
                write(unit)
        with store.read() as unit:
            assert rows_everywhere(unit, ada) == [1, 0, 0, 0, 0, 0, 0, 0]

    def test_a_read_inside_a_write_sees_what_was_written_so_far(self, store: Store) -> None:
        with store.write() as unit:
            unit.users.add(a_user("Ada"))
            assert usernames(store) == ["Ada"]
            with store.write() as inner:
                inner.users.add(a_user("ben"))
                assert usernames(store) == ["Ada", "ben"]
            unit.users.add(a_user("cleo"))
            assert usernames(store) == ["Ada", "ben", "cleo"]

    def test_a_read_inside_a_read_is_a_snapshot_too(self, store: Store, ada: int) -> None:
        with store.read() as outer, store.read() as inner:
            assert outer.users.get(ada) == inner.users.get(ada)

    def test_writing_through_a_read_is_refused_and_changes_nothing(self, store: Store, ada: int) -> None:
        writes: list[Callable[[UnitOfWork], object]] = [
            lambda unit: unit.users.add(a_user("new")),
            lambda unit: unit.activities.add(an_activity(ada)),
            lambda unit: unit.entries.add_many([an_entry(ada)]),
            lambda unit: unit.wearables.add_source(a_source(ada)),
            lambda unit: unit.audit.add(an_event()),
            lambda unit: unit.idempotency.put(a_record(ada)),
        ]
        for write in writes:
            with pytest.raises(ReadOnly), store.read() as unit:
                write(unit)
        with store.read() as unit:
            assert rows_everywhere(unit, ada) == [1, 0, 0, 0, 0, 0, 0, 0]

    def test_writing_through_a_read_inside_a_write_is_refused_and_leaves_the_write_as_it_was(
        self, store: Store, ada: int
    ) -> None:
        with store.write() as outer:
            outer.users.add(a_user("ben"))
            with pytest.raises(ReadOnly), store.read() as unit:
                unit.users.add(a_user("sneaky"))
            with pytest.raises(ReadOnly), store.read() as unit:
                unit.entries.add_many([an_entry(ada)])
            assert outer.users.find("sneaky") is None
            outer.users.add(a_user("cleo"))
        assert usernames(store) == ["Ada", "ben", "cleo"]
        with store.read() as unit:
            assert unit.entries.count(ada, EntryFilter(), shared=True) == 0

    def test_a_write_goes_on_while_a_read_inside_it_is_open(self, store: Store) -> None:
        with store.write() as outer:
            ada = outer.users.add(a_user("Ada"))
            with store.read() as unit:
                assert unit.users.get(ada.id) == ada
                outer.users.add(a_user("ben"))
                with store.write() as inner:
                    inner.users.add(a_user("cleo"))
                assert unit.users.get(ada.id) == ada
            outer.users.update(evolve(ada, display_name="Countess"))
        assert usernames(store) == ["Ada", "ben", "cleo"]
        with store.read() as unit:
            assert unit.users.get(ada.id) == evolve(ada, display_name="Countess")

    def test_a_store_goes_on_after_an_exception_in_a_read(self, store: Store) -> None:
        with pytest.raises(AbortError), store.read():
            raise AbortError
        with store.write() as unit:
            unit.users.add(a_user("Ada"))
            with pytest.raises(AbortError), store.read():
                raise AbortError
        assert usernames(store) == ["Ada"]

    def test_a_sound_store_passes_its_check(self, store: Store, ada: int) -> None:
        store.check()
        assert ada

    def test_what_is_told_of_commits_elsewhere_never_shrinks(self, store: Store) -> None:
        told = [store.elsewhere()]
        for name in ("Ada", "ben"):
            with rolled_back(store) as unit:
                unit.users.add(a_user(name))
            told.append(store.elsewhere())
            with store.write() as unit:
                unit.users.add(a_user(name))
            told.append(store.elsewhere())
        assert told == sorted(told)


async def _at_once() -> None:
    """Have one's turn."""
