"""What every store promises about what a transaction owes: days to sum up, and actions after the commit."""

import datetime as dt

from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import StoreFixtures, add_entries, usernames
from mosaic_core.testing.contracts.threads import in_threads
from mosaic_core.testing.factories import TODAY, AbortError, a_user, an_entry, days_ago, rolled_back


def sums(store: Store, user_id: int, *days: dt.date) -> list[float | None]:
    """Return what each of the days (today, if none is given) amounts to, None where it has no summary."""
    days = days or (TODAY,)
    with store.read() as unit:
        told = {one.day: one.value for one in unit.summaries.summaries(user_id, min(days), max(days))}
    return [told.get(day) for day in days]


class PendingContract(StoreFixtures):
    """What every store promises about what a transaction owes."""

    def test_touched_days_are_summed_up_before_the_commit(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            add_entries(
                unit,
                an_entry(ada, value=2.0),
                an_entry(ada, "Other", value=0.5),
                an_entry(ada, day=days_ago(400), value=3.0),
                an_entry(ben, value=7.0),
                an_entry(None, value=9.0),
            )
        assert sums(store, ada, TODAY, days_ago(400), days_ago(1)) == [2.5, 3.0, None]
        assert sums(store, ben) == [7.0]

    def test_a_day_that_has_lost_its_entries_has_no_summary(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            (entry_id,) = add_entries(unit, an_entry(ada))
        with store.write() as unit:
            unit.entries.delete(entry_id)
            unit.pending.touch(ada, (TODAY,))
        assert sums(store, ada) == [None]

    def test_touched_days_are_summed_up_before_a_read_inside_the_write(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            add_entries(unit, an_entry(ada, value=2.0))
            assert sums(store, ada) == [2.0]
            (other,) = add_entries(unit, an_entry(ada, "Other", value=3.0))
            assert sums(store, ada) == [5.0]
            unit.entries.delete(other)
            unit.pending.touch(ada, (TODAY,))
        assert sums(store, ada) == [2.0]

    def test_days_follow_a_nested_write_that_fails(self, store: Store, ada: int) -> None:
        with store.write() as outer:
            add_entries(outer, an_entry(ada))
            with rolled_back(store) as inner:
                add_entries(inner, an_entry(ada, "Reading", value=5.0))
            assert sums(store, ada) == [1.0]
        assert sums(store, ada) == [1.0]

    def test_days_that_a_read_had_summed_up_are_restored_after_a_nested_write_that_fails(
        self, store: Store, ada: int
    ) -> None:
        with store.write() as outer:
            add_entries(outer, an_entry(ada))
            with rolled_back(store) as inner:
                add_entries(inner, an_entry(ada, "Reading", value=5.0))
                add_entries(inner, an_entry(ada, day=days_ago(1)))
                assert sums(store, ada, TODAY, days_ago(1)) == [6.0, 1.0]
            assert sums(store, ada, TODAY, days_ago(1)) == [1.0, None]
        assert sums(store, ada, TODAY, days_ago(1)) == [1.0, None]

    def test_days_touched_before_a_nested_write_are_summed_up_though_a_read_inside_it_was_undone(
        self, store: Store, ada: int
    ) -> None:
        with store.write() as outer:
            add_entries(outer, an_entry(ada, value=2.0))
            with rolled_back(store):
                assert sums(store, ada) == [2.0]
        assert sums(store, ada) == [2.0]

    def test_nothing_of_a_rolled_back_write_is_left_to_be_summed_up(self, store: Store, ada: int) -> None:
        with rolled_back(store) as unit:
            add_entries(unit, an_entry(ada))
            assert sums(store, ada) == [1.0]
        assert sums(store, ada) == [None]
        with store.write() as unit:
            add_entries(unit, an_entry(ada, day=days_ago(1)))
        assert sums(store, ada, TODAY, days_ago(1)) == [None, 1.0]

    def test_actions_run_after_the_commit_in_the_order_they_were_given(self, store: Store) -> None:
        told: list[tuple[str, list[str]]] = []
        with store.write() as unit:
            unit.pending.after_commit(lambda: told.append(("first", usernames(store))))
            with store.write() as inner:
                inner.pending.after_commit(lambda: told.append(("second", usernames(store))))
                inner.users.add(a_user("Ada"))
            assert told == []
        assert told == [("first", ["Ada"]), ("second", ["Ada"])]

    def test_when_actions_run_other_threads_see_what_was_committed(self, store: Store) -> None:
        told: list[str] = []

        def look() -> None:
            in_threads(lambda: told.extend(usernames(store)))

        with store.write() as unit:
            unit.users.add(a_user("Ada"))
            unit.pending.after_commit(look)
        assert told == ["Ada"]

    def test_actions_run_once(self, store: Store) -> None:
        told: list[str] = []
        with store.write() as unit:
            unit.pending.after_commit(lambda: told.append("once"))
        with store.write() as unit:
            unit.users.add(a_user("Ada"))
        assert told == ["once"]

    def test_actions_of_a_rolled_back_write_never_run(self, store: Store) -> None:
        told: list[str] = []
        with rolled_back(store) as unit:
            unit.pending.after_commit(lambda: told.append("outer"))
        with store.write() as unit:
            unit.users.add(a_user("Ada"))
        assert told == []

    def test_actions_of_a_rolled_back_nested_write_never_run(self, store: Store) -> None:
        told: list[str] = []
        with store.write() as unit:
            unit.pending.after_commit(lambda: told.append("before"))
            with rolled_back(store) as inner:
                inner.pending.after_commit(lambda: told.append("undone"))
            unit.pending.after_commit(lambda: told.append("after"))
        assert told == ["before", "after"]

    def test_an_action_may_write(self, store: Store) -> None:
        def write() -> None:
            with store.write() as unit:
                unit.users.add(a_user("ben"))

        with store.write() as unit:
            unit.users.add(a_user("Ada"))
            unit.pending.after_commit(write)
        assert usernames(store) == ["Ada", "ben"]

    def test_an_action_that_raises_fails_nothing_and_those_after_it_still_run(self, store: Store) -> None:
        told: list[str] = []

        def fail() -> None:
            raise AbortError

        with store.write() as unit:
            unit.users.add(a_user("Ada"))
            unit.pending.after_commit(fail)
            unit.pending.after_commit(lambda: told.append("after"))
        assert told == ["after"]
        with store.write() as unit:
            unit.users.add(a_user("ben"))
        assert usernames(store) == ["Ada", "ben"]
