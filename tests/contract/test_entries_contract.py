"""What every store promises about entries."""

import datetime as dt
from typing import Any

import pytest
from attrs import evolve

from mosaic_core.activities.model import NEGATIVE
from mosaic_core.entries.model import Entry, EntryFilter, ListedEntry, Place, TodayRow
from mosaic_core.errors import Conflict
from mosaic_core.paging import Page
from mosaic_core.store import Store
from support import TODAY, an_activity, an_entry, days_ago

ALL = Page(None)
Listed = list[tuple[int, str, int | None]]


def add(store: Store, *entries: Entry) -> None:
    with store.write() as unit:
        unit.entries.add_many(entries)


def listed(
    store: Store,
    user_id: int,
    *,
    shared: bool = False,
    page: Page = ALL,
    **wanted: Any,  # noqa: ANN401  # any field of the filter
) -> Listed:
    """Return of each entry how many days ago it was, its activity and its owner."""
    with store.read() as unit:
        rows = unit.entries.page(user_id, EntryFilter(**wanted), page, shared=shared)
    return [((TODAY - row.date).days, row.activity, row.user_id) for row in rows]


def today(store: Store, user_id: int, *, shared: bool = False, day: dt.date = TODAY) -> list[TodayRow]:
    with store.read() as unit:
        return list(unit.entries.today(user_id, day, ALL, shared=shared))


def test_an_entry_comes_back_as_it_was_added(store: Store, ada: int) -> None:
    given = an_entry(
        ada,
        "Läufe im Wald 🌲",
        dt.date(2024, 2, 29),
        value=0.1 + 0.2,
        note="it's 50% 'quoted'; -- \n",
        description="slow",
        activity_category="Sport",
        activity_goal=1 / 3,
        activity_type=NEGATIVE,
    )
    add(store, given)
    with store.read() as unit:
        assert unit.entries.get(1) == evolve(given, id=1)


@pytest.mark.parametrize("value", [0.0, -1.5, 1e308, -1e308, 5e-324, 1e16 + 2, 2**53 + 0.0])
def test_values_keep_every_digit(store: Store, ada: int, value: float) -> None:
    add(store, an_entry(ada, value=value))
    with store.read() as unit:
        kept = unit.entries.get(1)
    assert kept is not None
    assert kept.value == value


@pytest.mark.parametrize("day", [dt.date(1900, 1, 1), dt.date(2200, 12, 31)])
def test_the_first_and_the_last_day_have_entries_like_any_other(store: Store, ada: int, day: dt.date) -> None:
    with store.write() as unit:
        unit.activities.add(an_activity(ada))
    add(store, an_entry(ada, day=day))
    assert [row.entry_id for row in today(store, ada, day=day)] == [1]
    with store.read() as unit:
        assert [row.date for row in unit.entries.every(ada, ALL, shared=False)] == [day]
        assert [one.day for one in unit.days.summaries(ada, day, day)] == [day]


def test_new_entries_get_new_ids_in_the_given_order(store: Store, ada: int) -> None:
    add(store, an_entry(ada, "b", id=77), an_entry(ada, "a"), an_entry(None, "c"))
    with store.read() as unit:
        kept = [unit.entries.get(number) for number in (1, 2, 3)]
        assert unit.entries.get(77) is None
    assert [entry and entry.activity for entry in kept] == ["b", "a", "c"]


def test_adding_no_entries_is_no_error(store: Store, ada: int) -> None:
    add(store)
    with store.write() as unit:
        unit.entries.update_many([])
        assert unit.entries.count(ada, shared=True) == 0


def test_nothing_is_found_by_an_unknown_id(store: Store, ada: int) -> None:
    with store.read() as unit:
        assert unit.entries.get(ada) is None
        assert unit.entries.get(-1) is None
        assert unit.entries.get(2**62) is None


@pytest.mark.parametrize("other", ["Running", "rUNNING"])
def test_a_place_is_taken_in_any_case(store: Store, ada: int, other: str) -> None:
    add(store, an_entry(ada, "Running"))
    with pytest.raises(Conflict), store.write() as unit:
        unit.entries.add_many([an_entry(ada, "Reading"), an_entry(ada, other)])
    assert listed(store, ada) == [(0, "Running", ada)]


def test_a_place_is_taken_by_an_entry_added_along_with_it(store: Store, ada: int) -> None:
    with pytest.raises(Conflict), store.write() as unit:
        unit.entries.add_many([an_entry(ada), an_entry(ada)])
    with pytest.raises(Conflict), store.write() as unit:
        unit.entries.add_many([an_entry(None), an_entry(None)])
    assert listed(store, ada, shared=True) == []


def test_other_owners_days_and_activities_are_other_places(store: Store, ada: int, ben: int) -> None:
    add(store, *[an_entry(owner) for owner in (ada, ben, None)])
    add(store, an_entry(ada, day=days_ago(1)), an_entry(ada, "Reading"))
    assert listed(store, ada, shared=True) == [
        (0, "Reading", ada),
        (0, "Running", ada),
        (0, "Running", None),
        (1, "Running", ada),
    ]


@pytest.mark.parametrize("spread", [1, 100], ids=["few", "many"])
def test_ids_tell_which_places_are_taken(store: Store, ada: int, ben: int, spread: int) -> None:
    add(
        store,
        an_entry(ada, "Straße"),
        an_entry(ada, "Run", days_ago(3)),
        an_entry(None, "Run"),
        an_entry(ben, "x"),
    )
    others: list[Place] = [(days_ago(number), "absent") for number in range(spread)]
    taken: dict[int | None, dict[Place, int]] = {
        ada: {(TODAY, "strasse"): 1, (days_ago(3), "run"): 2},
        None: {(TODAY, "run"): 3},
        ben: {(TODAY, "x"): 4},
    }
    places = [place for owned in taken.values() for place in owned]
    with store.read() as unit:
        assert {owner: dict(unit.entries.ids(owner, [*places, *others])) for owner in taken} == taken
        assert unit.entries.ids(ada, []) == {}


def test_a_list_goes_from_the_newest_day_then_by_activity_regardless_of_case(store: Store, ada: int) -> None:
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
        add(store, an_entry(ada, name, days_ago(ago)))
    assert [row[:2] for row in listed(store, ada)] == [
        (0, "Run"), (0, "run 2"), (0, "yoga"), (0, "Zen"), (0, "Éclair"), (1, "b"), (2, "a"), (400, "old"),
    ]  # fmt: skip


def test_with_shared_ones_the_users_own_come_first_at_one_place(store: Store, ada: int, ben: int) -> None:
    for owner in (None, ben, ada):
        add(store, an_entry(owner, "Run"), an_entry(owner, "Run", days_ago(1)))
    add(store, an_entry(None, "Alone", days_ago(2)), an_entry(None, "a", days_ago(1)))
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
    store: Store, ada: int, *, shared: bool
) -> None:
    for ago in range(4):
        add(store, an_entry(ada, "b", days_ago(ago)), an_entry(None, "a", days_ago(ago)))
    whole = listed(store, ada, shared=shared)
    assert len(whole) == (8 if shared else 4)
    for page in (Page(3, 0), Page(3, 2), Page(100, 1), Page(2, 50), Page(None, 3)):
        end = None if page.limit is None else page.offset + page.limit
        assert listed(store, ada, shared=shared, page=page) == whole[page.offset : end]
        with store.read() as unit:
            rows = list(unit.entries.every(ada, page, shared=shared))
        assert [((TODAY - row.date).days, row.activity, row.user_id) for row in rows] == whole[
            page.offset : end
        ]
    with store.read() as unit:
        assert unit.entries.count(ada, shared=shared) == len(whole)


def test_a_filter_by_days_includes_both(store: Store, ada: int) -> None:
    for ago in range(5):
        add(store, an_entry(ada, day=days_ago(ago)))
    assert [row[0] for row in listed(store, ada, first=days_ago(3), last=days_ago(1))] == [1, 2, 3]
    assert [row[0] for row in listed(store, ada, first=days_ago(1))] == [0, 1]
    assert [row[0] for row in listed(store, ada, last=days_ago(4))] == [4]
    assert listed(store, ada, first=days_ago(1), last=days_ago(3)) == []


def test_a_filter_by_activity_fits_any_case_and_the_whole_name(store: Store, ada: int) -> None:
    add(store, an_entry(ada, "Straße"), an_entry(ada, "Straße 2"), an_entry(None, "strasse", days_ago(1)))
    assert listed(store, ada, activity="STRASSE") == [(0, "Straße", ada)]
    assert listed(store, ada, activity="STRASSE", shared=True) == [(0, "Straße", ada), (1, "strasse", None)]
    assert listed(store, ada, activity="stra%") == []


def test_a_filter_by_category_fits_the_joined_category_in_any_case(store: Store, ada: int) -> None:
    with store.write() as unit:
        unit.activities.add(an_activity(ada, "Run", category="Straßenlauf"))
        unit.activities.add(an_activity(ada, "Read", category="Learning"))
    add(
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
    store: Store, ada: int, ben: int
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
    add(store, an_entry(ada, "Run", **before), an_entry(ada, "gone", days_ago(1), **before))
    with store.read() as unit:
        rows = list(unit.entries.page(ada, EntryFilter(), ALL, shared=True))
        assert rows == list(unit.entries.every(ada, ALL, shared=True))
    joined = ListedEntry(
        id=1,
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
    )
    alone = evolve(
        joined, id=2, date=days_ago(1), activity="gone", category="Old", goal=2.0, activity_description="then"
    )
    assert rows == [joined, alone]


def test_a_shared_entry_is_joined_with_the_shared_activity(store: Store, ada: int) -> None:
    with store.write() as unit:
        unit.activities.add(an_activity(ada, "Run", category="Own"))
        unit.activities.add(an_activity(None, "Run", category="Shared"))
        unit.entries.add_many([an_entry(None, "run"), an_entry(ada, "run")])
        rows = unit.entries.page(ada, EntryFilter(), ALL, shared=True)
    assert [(row.user_id, row.category) for row in rows] == [(ada, "Own"), (None, "Shared")]


def test_today_tells_activities_by_name_with_the_days_entries(store: Store, ada: int, ben: int) -> None:
    with store.write() as unit:
        run = unit.activities.add(an_activity(ada, "run", description="slow", goal=2.0))
        read = unit.activities.add(an_activity(ada, "Read", category="Learning"))
        unit.activities.add(an_activity(ben, "Alien"))
        unit.activities.add(an_activity(None, "Common"))
    add(
        store,
        an_entry(ada, "Run", value=3.0, note="n", activity_goal=1.5),
        an_entry(ada, "read", days_ago(1)),
        an_entry(ben, "read"),
        an_entry(None, "read"),
        an_entry(ada, "unknown"),
    )
    assert today(store, ada) == [
        TodayRow(read.id, "Read", "Learning", "positive", "", 1, None, 1.0, None, None, None, None),
        TodayRow(run.id, "run", "Health", "positive", "slow", 1, None, 2.0, 1, 3.0, "n", 1.5),
    ]


def test_today_tells_what_was_active_on_that_day(store: Store, ada: int) -> None:
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


def test_a_negative_activitys_goals_are_0_today(store: Store, ada: int) -> None:
    with store.write() as unit:
        for name in ("Smoke", "Swear"):
            unit.activities.add(an_activity(ada, name, activity_type=NEGATIVE, goal=5.0))
        unit.entries.add_many([an_entry(ada, "Smoke", activity_goal=4.0)])
    assert [(row.goal, row.entry_id, row.activity_goal) for row in today(store, ada)] == [
        (0.0, 1, 0.0),
        (0.0, None, None),
    ]


def test_today_tells_shared_activities_unless_the_user_has_one_of_that_name(
    store: Store, ada: int, ben: int
) -> None:
    with store.write() as unit:
        for owner, name in (
            (ada, "Run"),
            (None, "RUN"),
            (None, "Water"),
            (None, "Off"),
            (None, "mop"),
            (ben, "b"),
        ):
            unit.activities.add(an_activity(owner, name))
        unit.activities.add(an_activity(ada, "OFF", active=0, deactivated_at=days_ago(1)))
        unit.activities.add(an_activity(None, "Gone", active=0, deactivated_at=days_ago(1)))
    assert [row.name for row in today(store, ada, shared=True)] == ["mop", "Run", "Water"]
    assert [row.name for row in today(store, ada)] == ["Run"]


def test_with_shared_ones_today_shows_the_users_entry_else_the_shared_one(store: Store, ada: int) -> None:
    with store.write() as unit:
        for owner, name in ((ada, "Run"), (ada, "Read"), (None, "Water"), (None, "Wash")):
            unit.activities.add(an_activity(owner, name))
        for name in ("run", "water", "wash"):
            unit.entries.add_many([an_entry(None, name, note="shared")])
        for name in ("Wash",):
            unit.entries.add_many([an_entry(ada, name, note="own")])
    assert [(row.name, row.note) for row in today(store, ada, shared=True)] == [
        ("Read", None), ("Run", "shared"), ("Wash", "own"), ("Water", "shared"),
    ]  # fmt: skip
    assert [(row.name, row.note) for row in today(store, ada)] == [("Read", None), ("Run", None)]


@pytest.mark.parametrize("shared", [False, True])
def test_a_page_of_today_is_a_part_of_it(store: Store, ada: int, *, shared: bool) -> None:
    with store.write() as unit:
        for name in "dbca":
            unit.activities.add(an_activity(ada, name))
    with store.read() as unit:
        for page, names in ((Page(2, 1), "bc"), (Page(2, 3), "d"), (Page(2, 4), ""), (Page(None, 2), "cd")):
            rows = unit.entries.today(ada, TODAY, page, shared=shared)
            assert "".join(row.name for row in rows) == names


def test_an_update_replaces_all_but_the_day(store: Store, ada: int) -> None:
    add(store, an_entry(ada), an_entry(ada, "Other"))
    after = an_entry(
        ada,
        "Jogging",
        id=1,
        value=4.5,
        note="new",
        description="d",
        activity_category="c",
        activity_goal=3.0,
        activity_type=NEGATIVE,
    )
    with store.write() as unit:
        unit.entries.update_many([after])
        assert unit.entries.get(1) == after
        assert unit.entries.ids(ada, [(TODAY, "running"), (TODAY, "jogging")]) == {(TODAY, "jogging"): 1}
    assert [row[1] for row in listed(store, ada)] == ["Jogging", "Other"]


def test_an_update_may_give_a_shared_entry_to_a_user(store: Store, ada: int) -> None:
    add(store, an_entry(None, value=1.0))
    with store.write() as unit:
        unit.entries.update_many([an_entry(ada, id=1, value=2.0)])
    assert listed(store, ada) == [(0, "Running", ada)]
    assert listed(store, ada, shared=True) == [(0, "Running", ada)]
    with store.read() as unit:
        assert unit.entries.ids(None, [(TODAY, "running")]) == {}
        assert [day.value for day in unit.days.summaries(ada, TODAY, TODAY)] == [2.0]


def test_an_update_to_a_taken_place_is_refused(store: Store, ada: int) -> None:
    add(store, an_entry(ada), an_entry(ada, "Reading"), an_entry(None))
    for entry in (an_entry(ada, "READING", id=1), an_entry(ada, id=3)):
        with pytest.raises(Conflict), store.write() as unit:
            unit.entries.update_many([entry])
    assert listed(store, ada, shared=True) == [(0, "Reading", ada), (0, "Running", ada), (0, "Running", None)]


def test_an_update_or_deletion_of_an_unknown_entry_changes_nothing(store: Store, ada: int) -> None:
    add(store, an_entry(ada))
    with store.write() as unit:
        unit.entries.update_many([an_entry(ada, "Ghost", id=99)])
        unit.entries.delete(99)
    assert listed(store, ada) == [(0, "Running", ada)]


def test_a_deleted_entry_is_gone_and_its_place_free(store: Store, ada: int) -> None:
    add(store, an_entry(ada), an_entry(ada, "Reading"))
    with store.write() as unit:
        unit.entries.delete(1)
        assert unit.entries.get(1) is None
    assert listed(store, ada) == [(0, "Reading", ada)]
    add(store, an_entry(ada))
    with store.read() as unit:
        assert unit.entries.ids(ada, [(TODAY, "running")]) == {(TODAY, "running"): 3}


def test_an_entrys_id_is_never_given_twice(store: Store, ada: int) -> None:
    add(store, an_entry(ada))
    with store.write() as unit:
        unit.entries.delete(1)
    add(store, an_entry(ada))
    with store.read() as unit:
        assert unit.entries.get(1) is None
        assert unit.entries.get(2) is not None


def test_carrying_writes_name_and_snapshot_into_the_owners_entries_in_any_case(
    store: Store, ada: int, ben: int
) -> None:
    add(store, an_entry(ada, "Run", note="n", value=2.0), an_entry(ada, "RUN", days_ago(9)))
    others = [an_entry(ada, "Other"), an_entry(ben, "Run"), an_entry(None, "Run")]
    add(store, *others)
    activity = an_activity(ada, "Jog", category="Sport", goal=0.5, description="slow", activity_type=NEGATIVE)
    snapshot: dict[str, Any] = {
        "activity": "Jog",
        "activity_category": "Sport",
        "activity_goal": 0.5,
        "description": "slow",
        "activity_type": NEGATIVE,
    }
    with store.write() as unit:
        unit.entries.carry(ada, "rUn", activity)
        unit.entries.carry(ada, "never had entries", activity)
    with store.read() as unit:
        assert unit.entries.get(1) == an_entry(ada, id=1, note="n", value=2.0, **snapshot)
        assert unit.entries.get(2) == an_entry(ada, id=2, day=days_ago(9), **snapshot)
        for number, other in enumerate(others, 3):
            assert unit.entries.get(number) == evolve(other, id=number)
        assert unit.entries.ids(ada, [(TODAY, "jog"), (TODAY, "run")]) == {(TODAY, "jog"): 1}


def test_carrying_reaches_shared_entries_alone_where_no_owner_is_given(store: Store, ada: int) -> None:
    add(store, an_entry(None, "Run"), an_entry(ada, "Run"))
    with store.write() as unit:
        unit.entries.carry(None, "Run", an_activity(None, "Jog"))
    assert listed(store, ada, shared=True) == [(0, "Jog", None), (0, "Run", ada)]


def test_carrying_may_change_the_case_of_the_name(store: Store, ada: int) -> None:
    add(store, an_entry(ada, "run"))
    with store.write() as unit:
        unit.entries.carry(ada, "run", an_activity(ada, "RUN"))
    assert listed(store, ada) == [(0, "RUN", ada)]


def test_carrying_that_would_give_a_day_two_entries_of_one_name_is_refused(store: Store, ada: int) -> None:
    add(store, an_entry(ada, "Run", days_ago(1)), an_entry(ada, "Run"), an_entry(ada, "jog"))
    with pytest.raises(Conflict), store.write() as unit:
        unit.entries.carry(ada, "Run", an_activity(ada, "Jog"))
    assert [row[:2] for row in listed(store, ada)] == [(0, "jog"), (0, "Run"), (1, "Run")]


def test_many_entries_are_kept_as_one_by_one(store: Store, ada: int) -> None:
    many = [an_entry(ada, f"a{number}", days_ago(ago)) for ago in range(40) for number in range(5)]
    add(store, *many)
    with store.write() as unit:
        unit.entries.update_many(
            [evolve(entry, id=number, value=2.0) for number, entry in enumerate(many, 1)]
        )
        assert unit.entries.count(ada, shared=False) == 200
        assert {entry.value for entry in unit.entries.every(ada, ALL, shared=False)} == {2.0}
        assert unit.entries.ids(ada, [(one.date, one.activity) for one in many]) == {
            (one.date, one.activity): number for number, one in enumerate(many, 1)
        }
