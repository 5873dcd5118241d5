"""What every store promises about the summed-up days."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from mosaic_core.activities.model import NEGATIVE, POSITIVE
from mosaic_core.entries.model import Entry
from mosaic_core.paging import Page
from mosaic_core.stats.model import CategoryDay, DaySummary
from mosaic_core.stats.summary import positive_entries, summarise
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.testing.contracts.fixtures import StoreFixtures, add_entries, write_entries
from mosaic_core.testing.factories import TODAY, an_activity, an_entry, days_ago, rolled_back

FIRST, LAST = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


def entries_of(unit: UnitOfWork, user_id: int) -> list[Entry]:
    rows = unit.entries.every(user_id, Page(None), shared=False)
    found = [unit.entries.get(row.id) for row in rows]
    return [entry for entry in found if entry is not None]


def expected(unit: UnitOfWork, user_id: int) -> list[DaySummary]:
    """Sum up the user's entries anew."""
    entries = entries_of(unit, user_id)
    days = sorted({entry.date for entry in entries})
    found = [summarise(day, positive_entries([one for one in entries if one.date == day])) for day in days]
    return [summary for summary in found if summary is not None]


def told_values(unit: UnitOfWork, user_id: int, last: dt.date) -> dict[dt.date, float]:
    """Return the days whose value is not 0."""
    daily = unit.summaries.values(user_id, last)
    assert not daily.values or daily.first + dt.timedelta(days=len(daily.values) - 1) == last
    return {
        daily.first + dt.timedelta(days=number): value for number, value in enumerate(daily.values) if value
    }


def assert_agrees(store: Store, *user_ids: int) -> None:
    """Require that the days tell what the entries say."""
    with store.read() as unit:
        for user_id in user_ids:
            summaries = expected(unit, user_id)
            assert list(unit.summaries.summaries(user_id, FIRST, LAST)) == summaries
            assert told_values(unit, user_id, LAST) == {one.day: one.value for one in summaries if one.value}


def a_summary(day: dt.date, value: float) -> DaySummary:
    return DaySummary(day, value, (CategoryDay("Health", 1, value, 1.0, 1, 0, ("Running",)),))


class SummaryRepositoryContract(StoreFixtures):
    """What every store promises about the summed-up days."""

    def test_a_day_is_summed_up_by_category_from_its_positive_entries(self, store: Store, ada: int) -> None:
        write_entries(
            store,
            an_entry(ada, "Run", value=0.1),
            an_entry(ada, "bike", value=0.2, activity_goal=2.0),
            an_entry(ada, "Swim", value=0.3),
            an_entry(ada, "Read", activity_category="", value=0.0, activity_goal=0.5),
            an_entry(ada, "Smoke", activity_type=NEGATIVE, value=9.0),
        )
        with store.read() as unit:
            assert list(unit.summaries.summaries(ada, TODAY, TODAY)) == [
                DaySummary(
                    TODAY,
                    0.6,
                    (
                        CategoryDay("Health", 3, 0.6, 4.0, 3, 0, ("Run", "Swim", "bike")),
                        CategoryDay("Other", 1, 0.0, 0.5, 0, 1, ("Read",)),
                    ),
                )
            ]

    def test_sums_are_exact_in_whatever_order_entries_came(self, store: Store, ada: int, ben: int) -> None:
        values: Sequence[float] = [1e16, 1.0, -1e16, 0.1, 0.2]
        write_entries(
            store, *[an_entry(ada, f"a{number}", value=value) for number, value in enumerate(values)]
        )
        for number, value in enumerate(reversed(values)):
            write_entries(store, an_entry(ben, f"a{number}", value=value))
        with store.read() as unit:
            sums = [told_values(unit, owner, TODAY) for owner in (ada, ben)]
        assert sums == [{TODAY: 1.3}, {TODAY: 1.3}]

    def test_summaries_are_of_both_days_and_all_between_oldest_first(self, store: Store, ada: int) -> None:
        write_entries(store, *[an_entry(ada, day=days_ago(ago)) for ago in (0, 4, 1, 3)])
        with store.read() as unit:
            told = unit.summaries.summaries(ada, days_ago(3), days_ago(1))
            assert [one.day for one in told] == [days_ago(3), days_ago(1)]
            assert list(unit.summaries.summaries(ada, days_ago(1), days_ago(3))) == []

    def test_days_hold_the_users_own_entries_alone(self, store: Store, ada: int, ben: int) -> None:
        write_entries(store, an_entry(ben), an_entry(None))
        with store.read() as unit:
            assert list(unit.summaries.summaries(ada, FIRST, LAST)) == []
            assert told_values(unit, ada, TODAY) == {}

    def test_values_reach_without_gaps_from_before_the_first_entry_to_the_asked_day(
        self, store: Store, ada: int
    ) -> None:
        first = dt.date(2022, 12, 31)
        write_entries(
            store, an_entry(ada, day=first, value=2.0), an_entry(ada, day=dt.date(2024, 2, 29), value=3.0)
        )
        for last in (first, dt.date(2023, 1, 1), dt.date(2024, 2, 29), dt.date(2024, 12, 31), TODAY):
            with store.read() as unit:
                daily = unit.summaries.values(ada, last)
                assert daily.first <= first
                assert told_values(unit, ada, last) == {
                    day: value for day, value in ((first, 2.0), (dt.date(2024, 2, 29), 3.0)) if day <= last
                }

    def test_values_before_the_first_entry_are_0_or_none(self, store: Store, ada: int) -> None:
        write_entries(store, an_entry(ada))
        with store.read() as unit:
            assert told_values(unit, ada, days_ago(1)) == {}
            assert told_values(unit, ada, days_ago(1000)) == {}

    def test_a_negative_sum_is_told_as_it_is(self, store: Store, ada: int) -> None:
        write_entries(store, an_entry(ada, value=-2.5))
        with store.read() as unit:
            assert told_values(unit, ada, TODAY) == {TODAY: -2.5}

    def test_a_summary_takes_the_place_of_the_days_earlier_one_and_none_removes_it(
        self, store: Store, ada: int
    ) -> None:
        days = [days_ago(400), days_ago(1), TODAY]
        with store.write() as unit:
            unit.summaries.replace(ada, {day: a_summary(day, 1.0) for day in days})
            unit.summaries.replace(ada, {days[0]: None, TODAY: a_summary(TODAY, 2.0), days_ago(7): None})
            unit.summaries.replace(ada, {})
        with store.read() as unit:
            assert list(unit.summaries.summaries(ada, FIRST, LAST)) == [
                a_summary(days[1], 1.0),
                a_summary(TODAY, 2.0),
            ]
            assert told_values(unit, ada, LAST) == {days[1]: 1.0, TODAY: 2.0}

    def test_nothing_is_kept_of_a_user_who_is_gone(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            unit.users.delete(ben)
            unit.summaries.replace(ben, {TODAY: a_summary(TODAY, 1.0), days_ago(1): None})
            assert not unit.summaries.summaries(ben, FIRST, LAST)
        with store.read() as unit:
            assert not unit.summaries.summaries(ben, FIRST, LAST)
            assert told_values(unit, ben, TODAY) == {}
            assert told_values(unit, ada, TODAY) == {}

    def test_a_user_may_go_in_the_transaction_that_touched_their_days(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            add_entries(unit, an_entry(ada), an_entry(ben))
            unit.users.delete(ben)
        assert_agrees(store, ada, ben)

    def test_days_agree_with_entries_after_every_kind_of_change(
        self, store: Store, ada: int, ben: int
    ) -> None:
        names_and_days = [(name, days_ago(ago)) for name in "ab" for ago in (0, 1, 200)]
        write_entries(
            store, *[an_entry(owner, *place) for owner in (ada, ben, None) for place in names_and_days]
        )
        assert_agrees(store, ada, ben)
        with store.write() as unit:
            changed = [evolve(entry, value=7.0) for entry in entries_of(unit, ada)[:3]]
            unit.entries.update_many(changed)
            unit.pending.touch(ada, [entry.date for entry in changed])
        assert_agrees(store, ada, ben)
        for owner, name, kind in ((ben, "c", POSITIVE), (ada, "a", NEGATIVE)):
            with store.write() as unit:
                activity = an_activity(owner, name, category="New", goal=3.0, activity_type=kind)
                unit.pending.touch(owner, unit.entries.carry(owner, "A", activity))
            assert_agrees(store, ada, ben)
        with store.write() as unit:
            for entry in entries_of(unit, ada):
                unit.entries.delete(entry.id)
                unit.pending.touch(ada, (entry.date,))
        assert_agrees(store, ada, ben)
        write_entries(store, an_entry(ada, "again", days_ago(200)))
        assert_agrees(store, ada, ben)

    def test_days_are_as_before_after_a_failed_write(self, store: Store, ada: int) -> None:
        write_entries(store, an_entry(ada))
        with rolled_back(store) as unit:
            add_entries(unit, an_entry(ada, "Reading", value=5.0))
            with store.read() as nested:
                assert told_values(nested, ada, TODAY) == {TODAY: 6.0}
        assert_agrees(store, ada)
