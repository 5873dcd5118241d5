"""What stores promise that outlive their closing or are used by several processes."""

from collections.abc import Callable
from functools import partial

import pytest

from mosaic_core.caching import CacheKey, CacheScope
from mosaic_core.entries.model import EntryFilter
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import StoreFixtures, usernames, write_entries
from mosaic_core.testing.contracts.isolation import count_up, generation
from mosaic_core.testing.contracts.keeping import KeepingCache
from mosaic_core.testing.contracts.threads import in_threads
from mosaic_core.testing.factories import TODAY, a_user, an_entry
from mosaic_core.views import Views


class SeveralStoresContract(StoreFixtures):
    """What stores promise that outlive their closing or are used by several processes.

    Set what holds of the store, and override `open_again` then.
    """

    reopens = False
    """Whether what was committed is still there when the store is closed and opened again."""

    several_processes = False
    """Whether several processes may use the data at once."""

    @pytest.fixture
    def open_again(self) -> Callable[[], Store]:
        """Return what opens one more store over the data of `store`, to be closed after the test."""
        raise NotImplementedError("override the fixture `open_again`")

    @pytest.fixture
    def reopen(self, request: pytest.FixtureRequest) -> Callable[[], Store]:
        """Return `open_again`, if the store outlives its closing."""
        if not self.reopens:
            pytest.skip("this store does not outlive its closing")
        again: Callable[[], Store] = request.getfixturevalue("open_again")
        return again

    @pytest.fixture
    def other(self, request: pytest.FixtureRequest, store: Store) -> Store:  # noqa: ARG002  # it is first
        """Return a second store over the data of `store`, as another process would open it."""
        if not self.several_processes:
            pytest.skip("this store belongs to one process")
        again: Callable[[], Store] = request.getfixturevalue("open_again")
        return again()

    def test_what_was_committed_is_there_after_the_store_is_opened_again(
        self, store: Store, ada: int, reopen: Callable[[], Store]
    ) -> None:
        (entry_id,) = write_entries(store, an_entry(ada))
        store.close()
        again = reopen()
        assert usernames(again) == ["Ada"]
        with again.read() as unit:
            assert unit.entries.get(entry_id) == an_entry(ada, id=entry_id)
            assert [one.value for one in unit.summaries.summaries(ada, TODAY, TODAY)] == [1.0]

    def test_a_deleted_users_id_is_not_given_again_after_the_store_is_opened_again(
        self, store: Store, ben: int, reopen: Callable[[], Store]
    ) -> None:
        with store.write() as unit:
            unit.users.delete(ben)
        store.close()
        with reopen().write() as unit:
            assert unit.users.add(a_user("cleo")).id > ben

    def test_a_commit_is_seen_by_the_other_process(self, store: Store, ada: int, other: Store) -> None:
        (entry_id,) = write_entries(other, an_entry(ada))
        with store.read() as unit:
            assert unit.entries.get(entry_id) is not None

    def test_a_commit_of_another_process_raises_what_is_told_of_elsewhere(
        self, store: Store, other: Store
    ) -> None:
        for name in ("one", "two"):
            before = store.elsewhere(), other.elsewhere()
            with other.write() as unit:
                unit.users.add(a_user(name))
            assert store.elsewhere() > before[0]
            assert other.elsewhere() >= before[1]

    def test_each_commit_gives_a_state_of_its_own_that_all_processes_agree_on(
        self, store: Store, other: Store
    ) -> None:
        stores = [store, other, store]
        told: list[str] = []
        for number, writer in enumerate(stores):
            with writer.write() as unit:
                unit.users.add(a_user(f"person{number}"))
            for each in (store, other):
                each.elsewhere()
                told.append(each.state())
        assert told[::2] == told[1::2]
        assert set(told) == {""} or len(set(told)) == len(stores)

    def test_a_commit_of_another_process_between_two_of_our_own_counts(
        self, store: Store, other: Store
    ) -> None:
        before = store.elsewhere()
        for writer, name in ((store, "one"), (other, "two"), (store, "three")):
            with writer.write() as unit:
                unit.users.add(a_user(name))
        assert store.elsewhere() > before

    def test_no_view_is_stale_after_a_commit_of_another_process(
        self, store: Store, ada: int, other: Store
    ) -> None:
        views = [Views(store, KeepingCache()), Views(other, KeepingCache())]
        key = CacheKey("today", CacheScope(ada, is_admin=False))

        def told(of: Store) -> int:
            with of.read() as unit:
                return unit.entries.count(ada, EntryFilter(), shared=False)

        stores = [store, other]
        for number in range(6):
            counts = [
                view.get(key, 60, partial(told, each)) for view, each in zip(views, stores, strict=True)
            ]
            assert counts == [number, number]
            writing = number % 2
            with stores[writing].write() as unit:
                unit.entries.add_many([an_entry(ada, f"a{number}")])
                unit.pending.touch(ada, (TODAY,))
                views[writing].days_changed(unit, ada)

    def test_writers_of_several_processes_lose_nothing(self, store: Store, ada: int, other: Store) -> None:
        in_threads(*[partial(count_up, each, ada, 10) for each in (store, other, store, other)])
        assert generation(store, ada) == generation(other, ada) == 40
