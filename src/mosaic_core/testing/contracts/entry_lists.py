"""What every store promises about entries."""

import datetime as dt
from typing import Any

import pytest
from attrs import evolve

from mosaic_core.activities.model import NEGATIVE
from mosaic_core.entries.model import PERSON, EntryFilter, ListedEntry, TodayRow
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import StoreFixtures, write_entries
from mosaic_core.testing.factories import TODAY, an_activity, an_entry, days_ago

ALL = Page(None)
Listed = list[tuple[int, str, int | None]]


def listed(
    store: Store,
    user_id: int,
    *,
    shared: bool = False,
    page: Page = ALL,
    **wanted: Any,  # noqa: ANN401  # any field of the filter
) -> Listed:
    """Return of each entry how many days ago it was, its activity and its owner; all are counted right."""
    fitting = EntryFilter(**wanted)
    with store.read() as unit:
        rows = unit.entries.page(user_id, fitting, page, shared=shared)
        if page == ALL:
            assert unit.entries.count(user_id, fitting, shared=shared) == len(rows)
    return [((TODAY - row.date).days, row.activity, row.user_id) for row in rows]


def today(store: Store, user_id: int, day: dt.date = TODAY) -> list[TodayRow]:
    with store.read() as unit:
        return list(unit.entries.today(user_id, day, ALL))


class EntryListContract(StoreFixtures):
    """What every store promises about lists of entries and the Today sheet."""

    def test_a_list_goes_from_the_newest_day_then_by_activity_regardless_of_case(
        self, store: Store, ada: int
    ) -> None:
        for ago, name in (
            (1, "b"),
            (0, "Zen"),
            (0, "yoga"),
            (2, "a"),
            (0, "Éclair"),
            (400, "old"),
            (0, "run 2"),
            (0, "Run"),
        ):
            write_entries(store, an_entry(ada, name, days_ago(ago)))
        today = [(0, name) for name in ("Run", "run 2", "yoga", "Zen", "Éclair")]
        assert [row[:2] for row in listed(store, ada)] == [*today, (1, "b"), (2, "a"), (400, "old")]

    def test_with_shared_ones_the_users_own_come_first_at_one_place(
        self, store: Store, ada: int, ben: int
    ) -> None:
        for owner in (None, ben, ada):
            write_entries(store, an_entry(owner, "Run"), an_entry(owner, "Run", days_ago(1)))
        write_entries(store, an_entry(None, "Alone", days_ago(2)), an_entry(None, "a", days_ago(1)))
        assert listed(store, ada, shared=True) == [
            (0, "Run", ada),
            (0, "Run", None),
            (1, "a", None),
            (1, "Run", ada),
            (1, "Run", None),
            (2, "Alone", None),
        ]
        assert listed(store, ada) == [(0, "Run", ada), (1, "Run", ada)]

    @pytest.mark.parametrize("shared", [False, True])
    def test_pages_are_parts_of_the_list_and_every_yields_the_same(
        self, store: Store, ada: int, *, shared: bool
    ) -> None:
        for ago in range(4):
            write_entries(store, an_entry(ada, "b", days_ago(ago)), an_entry(None, "a", days_ago(ago)))
        whole = listed(store, ada, shared=shared)
        assert len(whole) == (8 if shared else 4)
        for page in (Page(3, 0), Page(3, 2), Page(100, 1), Page(2, 50), Page(None, 3)):
            end = None if page.limit is None else page.offset + page.limit
            assert listed(store, ada, shared=shared, page=page) == whole[page.offset : end]
            with store.read() as unit:
                rows = list(unit.entries.every(ada, page, shared=shared))
                assert rows == [unit.entries.get(row.id) for row in rows]
            assert [((TODAY - row.date).days, row.activity, row.user_id) for row in rows] == whole[
                page.offset : end
            ]
        with store.read() as unit:
            assert unit.entries.count(ada, EntryFilter(), shared=shared) == len(whole)

    def test_a_filter_by_days_includes_both(self, store: Store, ada: int) -> None:
        for ago in range(5):
            write_entries(store, an_entry(ada, day=days_ago(ago)))
        assert [row[0] for row in listed(store, ada, first=days_ago(3), last=days_ago(1))] == [1, 2, 3]
        assert [row[0] for row in listed(store, ada, first=days_ago(1))] == [0, 1]
        assert [row[0] for row in listed(store, ada, last=days_ago(4))] == [4]
        assert listed(store, ada, first=days_ago(1), last=days_ago(3)) == []

    def test_a_filter_by_activity_fits_any_case_and_the_whole_name(self, store: Store, ada: int) -> None:
        write_entries(
            store, an_entry(ada, "Straße"), an_entry(ada, "Straße 2"), an_entry(None, "strasse", days_ago(1))
        )
        assert listed(store, ada, activity="STRASSE") == [(0, "Straße", ada)]
        assert listed(store, ada, activity="STRASSE", shared=True) == [
            (0, "Straße", ada),
            (1, "strasse", None),
        ]
        assert listed(store, ada, activity="stra%") == []

    def test_a_filter_by_category_fits_the_joined_category_in_any_case(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "Run", category="Straßenlauf"))
            unit.activities.add(an_activity(ada, "Read", category="Learning"))
        write_entries(
            store,
            an_entry(ada, "run", activity_category="Learning"),
            an_entry(ada, "READ", activity_category="Straßenlauf"),
            an_entry(ada, "Gone", activity_category="straßenlauf"),
            an_entry(ada, "Nothing", activity_category=""),
        )
        assert [row[1] for row in listed(store, ada, category="STRASSENLAUF")] == ["Gone", "run"]
        assert [row[1] for row in listed(store, ada, category="")] == ["Nothing"]
        assert [row[1] for row in listed(store, ada, category="learning", activity="read")] == ["READ"]

    def test_an_entry_is_joined_with_its_owners_activity_else_with_its_own_snapshot(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "RUN", category="New", goal=9.0, description="now"))
            unit.activities.add(an_activity(ben, "Gone", category="Ben's", goal=8.0, description="not hers"))
            unit.activities.add(
                an_activity(None, "Gone", category="Shared", goal=7.0, description="not hers either")
            )
        before: dict[str, Any] = {
            "activity_category": "Old",
            "activity_goal": 2.0,
            "description": "then",
            "note": "n",
            "value": 3.0,
        }
        first, second = write_entries(
            store, an_entry(ada, "Run", **before), an_entry(ada, "gone", days_ago(1), **before)
        )
        with store.read() as unit:
            rows = list(unit.entries.page(ada, EntryFilter(), ALL, shared=True))
        joined = ListedEntry(
            id=first,
            user_id=ada,
            date=TODAY,
            activity="Run",
            value=3.0,
            note="n",
            description="then",
            activity_category="Old",
            activity_goal=2.0,
            activity_type="positive",
            category="New",
            goal=9.0,
            activity_description="now",
            origin=PERSON,
        )
        alone = evolve(
            joined,
            id=second,
            date=days_ago(1),
            activity="gone",
            category="Old",
            goal=2.0,
            activity_description="then",
        )
        assert rows == [joined, alone]

    def test_a_shared_entry_is_joined_with_the_shared_activity(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "Run", category="Own"))
            unit.activities.add(an_activity(None, "Run", category="Shared"))
            unit.entries.add_many([an_entry(None, "run"), an_entry(ada, "run")])
            rows = unit.entries.page(ada, EntryFilter(), ALL, shared=True)
        assert [(row.user_id, row.category) for row in rows] == [(ada, "Own"), (None, "Shared")]

    def test_today_tells_activities_by_name_with_the_days_entries(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            run = unit.activities.add(an_activity(ada, "run", description="slow", goal=2.0))
            read = unit.activities.add(an_activity(ada, "Read", category="Learning"))
            unit.activities.add(an_activity(ben, "Alien"))
            unit.activities.add(an_activity(None, "Common"))
        entry_id, *_ = write_entries(
            store,
            an_entry(ada, "Run", value=3.0, note="n", activity_goal=1.5),
            an_entry(ada, "read", days_ago(1)),
            an_entry(ben, "read"),
            an_entry(None, "read"),
            an_entry(ada, "unknown"),
        )
        assert today(store, ada) == [
            TodayRow(read.id, "Read", "Learning", "positive", "", 1, None, 1.0, None, None, None, None),
            TodayRow(run.id, "run", "Health", "positive", "slow", 1, None, 2.0, entry_id, 3.0, "n", 1.5),
        ]

    def test_today_tells_what_was_active_on_that_day(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "active"))
            for ago in (-1, 0, 1):
                unit.activities.add(an_activity(ada, f"off {ago}", active=0, deactivated_at=days_ago(ago)))
            unit.activities.add(an_activity(ada, "off", active=0))
        rows = today(store, ada)
        assert [(row.name, row.active, row.deactivated_at) for row in rows] == [
            ("active", 1, None),
            ("off -1", 0, days_ago(-1)),
        ]

    def test_today_tells_goals_as_they_are_stored(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "Smoke", activity_type=NEGATIVE, goal=5.0))
        write_entries(store, an_entry(ada, "Smoke", activity_goal=4.0))
        assert [(row.goal, row.activity_goal) for row in today(store, ada)] == [(5.0, 4.0)]

    def test_a_days_entries_come_by_activity_regardless_of_case(
        self, store: Store, ada: int, ben: int
    ) -> None:
        names = ["yoga", "Éclair", "Run", "run 2", "Zen"]
        write_entries(store, *[an_entry(owner, name) for owner in (ada, None) for name in names])
        write_entries(store, an_entry(ada, "other", days_ago(1)), an_entry(ben, "alien"))
        with store.read() as unit:
            for owner in (ada, None):
                rows = unit.entries.on(owner, TODAY)
                assert [row.activity for row in rows] == ["Run", "run 2", "yoga", "Zen", "Éclair"]
                assert {row.user_id for row in rows} == {owner}
                assert rows[0] == unit.entries.get(rows[0].id)
            assert not unit.entries.on(ada, days_ago(2))

    def test_positive_entries_are_told_by_day(self, store: Store, ada: int, ben: int) -> None:
        write_entries(
            store,
            an_entry(ada, "Run", value=0.5, activity_category="Sport", activity_goal=2.0),
            an_entry(ada, "Read", value=0.0, activity_category=""),
            an_entry(ada, "Smoke", activity_type=NEGATIVE),
            an_entry(ada, "Run", days_ago(3), value=-1.0),
            an_entry(ada, "Run", days_ago(4)),
            an_entry(ben, "Swim"),
            an_entry(None, "Swim"),
        )
        with store.read() as unit:
            found = unit.entries.positive(ada, [days_ago(3), days_ago(2), TODAY])
            assert sorted(found.get(TODAY, ())) == [("", "Read", 0.0, 1.0), ("Sport", "Run", 0.5, 2.0)]
            assert list(found.get(days_ago(3), ())) == [("Health", "Run", -1.0, 1.0)]
            assert not found.get(days_ago(2))
            assert days_ago(4) not in found

    def test_a_page_of_today_is_a_part_of_it(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            for name in "dbca":
                unit.activities.add(an_activity(ada, name))
        with store.read() as unit:
            for page, names in (
                (Page(2, 1), "bc"),
                (Page(2, 3), "d"),
                (Page(2, 4), ""),
                (Page(None, 2), "cd"),
            ):
                rows = unit.entries.today(ada, TODAY, page)
                assert "".join(row.name for row in rows) == names
