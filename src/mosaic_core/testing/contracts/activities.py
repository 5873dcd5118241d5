"""What every store promises about activities."""

import datetime as dt

import pytest
from attrs import evolve

from mosaic_core.activities.model import NEGATIVE
from mosaic_core.entries.model import EntryFilter
from mosaic_core.errors import Conflict, Taken
from mosaic_core.paging import Page
from mosaic_core.schedules.model import AtLeast, AtMost, Daily, Every, Schedule, Times, Weekdays
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import UNKNOWN, StoreFixtures, write_entries
from mosaic_core.testing.factories import TODAY, an_activity, an_entry

ALL = Page(None)


def names(
    store: Store, user_id: int, page: Page = ALL, *, shared: bool = False, inactive: bool = True
) -> list[str]:
    with store.read() as unit:
        rows = unit.activities.page(user_id, page, shared=shared, inactive=inactive)
        if page == ALL:
            assert unit.activities.count(user_id, shared=shared, inactive=inactive) == len(rows)
    return [one.name for one in rows]


class ActivityRepositoryContract(StoreFixtures):
    """What every store promises about activities."""

    def test_an_activity_comes_back_as_it_was_added(self, store: Store, ada: int) -> None:
        given = an_activity(
            ada,
            "Läufe im Wald 🌲",
            category="Gesundheit",
            activity_type=NEGATIVE,
            goal=0.1 + 0.2,
            description="it's 50% 'quoted'; -- \n",
            active=0,
            frequency_per_day=3,
            frequency_per_week=5,
            deactivated_at=dt.date(2024, 2, 29),
            schedule=Weekdays(days=("sun", "mon")),
            target=AtLeast(value=0.1 + 0.2),
            unit="Höhenmeter",
        )
        with store.write() as unit:
            kept = unit.activities.add(given)
        assert kept == evolve(given, id=kept.id)
        with store.read() as unit:
            assert unit.activities.get(kept.id) == kept

    def test_the_id_given_with_a_new_activity_does_not_count(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            assert unit.activities.add(an_activity(ada, id=UNKNOWN)).id != UNKNOWN
            assert unit.activities.get(UNKNOWN) is None

    def test_nothing_is_found_by_an_unknown_id_or_name(self, store: Store, ada: int) -> None:
        with store.read() as unit:
            assert unit.activities.get(-1) is None
            assert unit.activities.get(UNKNOWN) is None
            assert unit.activities.find(ada, "Running") is None
            assert unit.activities.find(None, "Running") is None
            assert list(unit.activities.owned(ada)) == []

    @pytest.mark.parametrize(
        ("name", "other"),
        [("Running", "rUNNING"), ("Straße", "STRASSE"), ("ÉLAN", "élan"), ("Élan", "E\u0301lan")],
    )
    def test_a_name_is_found_and_taken_in_any_case(
        self, store: Store, ada: int, name: str, other: str
    ) -> None:
        with store.write() as unit:
            kept = unit.activities.add(an_activity(ada, name))
            assert unit.activities.find(ada, other) == kept
            with pytest.raises(Conflict) as caught, store.write():
                unit.activities.add(an_activity(ada, other))
            assert caught.value.taken is Taken.ACTIVITY_NAME
            assert list(unit.activities.owned(ada)) == [kept]

    def test_owners_do_not_take_names_from_each_other(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            kept = [unit.activities.add(an_activity(owner)) for owner in (ada, ben, None)]
            assert [unit.activities.find(owner, "running") for owner in (ada, ben, None)] == kept
            with pytest.raises(Conflict), store.write():
                unit.activities.add(an_activity(None, "RUNNING"))

    def test_an_owners_activities_come_by_name_regardless_of_case(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            for name in ("yoga", "Éclair", "Run", "bike", "Zen", "run 2"):
                unit.activities.add(an_activity(ada, name, active=0, deactivated_at=TODAY))
            unit.activities.add(an_activity(ben, "Alien"))
            unit.activities.add(an_activity(None, "Common"))
            assert [one.name for one in unit.activities.owned(ada)] == [
                "bike",
                "Run",
                "run 2",
                "yoga",
                "Zen",
                "Éclair",
            ]
            assert [one.name for one in unit.activities.owned(None)] == ["Common"]

    def test_the_goals_of_a_day_are_those_of_positive_activities_that_are_active_then(
        self, store: Store, ada: int, ben: int
    ) -> None:
        yesterday, tomorrow = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "Running", goal=0.1 + 0.2))
            unit.activities.add(an_activity(ada, "Smoking", activity_type=NEGATIVE, goal=4.0))
            for day in (yesterday, TODAY, tomorrow, None):
                name, category = f"Until {day}", str(day or "")
                unit.activities.add(an_activity(ada, name, category=category, active=0, deactivated_at=day))
            unit.activities.add(an_activity(ben, "Alien", goal=16.0))
            unit.activities.add(an_activity(None, "Common", category="", goal=32.0))
        with store.read() as unit:
            goals = sorted(unit.activities.goals(ada, TODAY))
            assert goals == [(str(tomorrow), 1.0), ("Health", 0.1 + 0.2)]
            assert list(unit.activities.goals(None, TODAY)) == [("", 32.0)]

    def test_a_list_has_active_ones_first_then_goes_by_category_then_by_name(
        self, store: Store, ada: int
    ) -> None:
        with store.write() as unit:
            for name, category, active in (
                ("a", "alpha", 0),
                ("d", "beta", 1),
                ("C", "beta", 1),
                ("b", "Beta", 1),
                ("Z", "alpha", 1),
                ("y", "alpha", 1),
                ("e", "", 1),
            ):
                unit.activities.add(
                    an_activity(
                        ada, name, category=category, active=active, deactivated_at=None if active else TODAY
                    )
                )
        assert names(store, ada) == ["e", "y", "Z", "b", "C", "d", "a"]
        assert names(store, ada, inactive=False) == ["e", "y", "Z", "b", "C", "d"]

    def test_shared_activities_are_listed_on_demand_after_the_users_own_of_that_name(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            for owner, name in ((None, "run"), (None, "Walk"), (ada, "Run"), (ada, "Yoga"), (ben, "Alien")):
                unit.activities.add(an_activity(owner, name))
        assert names(store, ada) == ["Run", "Yoga"]
        assert names(store, ada, shared=True) == ["Run", "run", "Walk", "Yoga"]
        with store.read() as unit:
            assert unit.activities.count(ada, shared=False) == 2
            assert unit.activities.count(ada, shared=True) == 4

    def test_inactive_activities_are_counted_too(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "On"))
            unit.activities.add(an_activity(ada, "Off", active=0, deactivated_at=TODAY))
            assert unit.activities.count(ada, shared=False) == 2

    def test_pages_are_parts_of_the_list(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            for name in "abcde":
                unit.activities.add(an_activity(ada, name))
        assert names(store, ada, Page(2, 0)) == ["a", "b"]
        assert names(store, ada, Page(2, 4)) == ["e"]
        assert names(store, ada, Page(2, 5)) == []
        assert names(store, ada, Page(None, 3)) == ["d", "e"]

    def test_an_update_replaces_every_field(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            before = unit.activities.add(an_activity(ada))
            other = unit.activities.add(an_activity(ada, "Other"))
            after = evolve(
                before,
                name="Jogging",
                category="Sport",
                activity_type=NEGATIVE,
                goal=2.5,
                description="slow",
                active=0,
                frequency_per_day=2,
                frequency_per_week=3,
                deactivated_at=TODAY,
                schedule=Times(times=3, per=10, from_=TODAY),
                target=AtMost(value=-1.5),
                unit="km",
            )
            unit.activities.update(after)
            assert unit.activities.get(before.id) == after
            assert unit.activities.find(ada, "jogging") == after
            assert unit.activities.find(ada, "running") is None
            assert unit.activities.get(other.id) == other
            assert unit.activities.count(ada, shared=False) == 2

    @pytest.mark.parametrize(
        "schedule",
        [
            Daily(),
            Weekdays(days=("wed",)),
            Every(days=2),
            Every(days=366, from_=dt.date(1900, 1, 1)),
            Times(times=1, per="week"),
            Times(times=28, per="month"),
            Times(times=366, per=366),
        ],
        ids=repr,
    )
    def test_every_schedule_is_kept_and_can_be_taken_away_again(
        self, store: Store, ada: int, schedule: Schedule
    ) -> None:
        with store.write() as unit:
            kept = unit.activities.add(an_activity(ada, schedule=schedule, target=AtLeast(value=1)))
            assert unit.activities.get(kept.id) == kept
            assert list(unit.activities.owned(ada)) == [kept]
            assert list(unit.activities.page(ada, ALL, shared=False, inactive=False)) == [kept]
            without = evolve(kept, schedule=None, target=None, unit="")
            unit.activities.update(without)
            assert unit.activities.find(ada, kept.name) == without

    def test_a_name_may_change_its_case_but_not_become_anothers(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            running = unit.activities.add(an_activity(ada, "Running"))
            unit.activities.add(an_activity(ada, "Walking"))
            unit.activities.update(evolve(running, name="RUNNING"))
            with pytest.raises(Conflict) as caught, store.write():
                unit.activities.update(evolve(running, name="walking"))
            assert caught.value.taken is Taken.ACTIVITY_NAME
            assert [one.name for one in unit.activities.owned(ada)] == ["RUNNING", "Walking"]

    def test_an_update_or_deletion_of_an_unknown_activity_changes_nothing(
        self, store: Store, ada: int
    ) -> None:
        with store.write() as unit:
            kept = unit.activities.add(an_activity(ada))
            unit.activities.update(an_activity(ada, "Ghost", id=UNKNOWN))
            unit.activities.delete(UNKNOWN)
            assert list(unit.activities.owned(ada)) == [kept]

    def test_a_deleted_activity_leaves_its_entries(self, store: Store, ada: int) -> None:
        write_entries(store, an_entry(ada))
        with store.write() as unit:
            activity = unit.activities.add(an_activity(ada))
            unit.activities.delete(activity.id)
        with store.read() as unit:
            assert unit.activities.get(activity.id) is None
            assert unit.activities.find(ada, "Running") is None
            assert unit.entries.count(ada, EntryFilter(), shared=False) == 1

    def test_a_new_activitys_id_is_above_all_that_were_given_before(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            first = unit.activities.add(an_activity(ada))
            unit.activities.delete(first.id)
        with store.write() as unit:
            assert unit.activities.add(an_activity(ada)).id > first.id
