"""Making one activity of two, and changing parts of an entry."""

import datetime as dt
from typing import Any

import pytest

from mosaic_core.activities.model import NEGATIVE
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caller import Caller
from mosaic_core.entries.merging import ADD, KEEP, REPLACE, MergeActivity, Merged
from mosaic_core.entries.model import AddEntry, Entry, EntryChange, EntryFilter
from mosaic_core.errors import Conflict, InvalidInput, NotFound
from mosaic_core.paging import Page
from support import AUDITOR, TODAY, an_activity, days_ago, registered

ALL = Page(None)


def add(mosaic: Mosaic, caller: Caller, name: str, value: float, ago: int = 0, note: str = "") -> Entry:
    said = AddEntry(date=days_ago(ago), activity=name, value=value, note=note)
    return mosaic.entries.add(caller, said).entry


def activities(mosaic: Mosaic, caller: Caller) -> dict[str, int]:
    return {one.name: one.id for one in mosaic.activities.page(caller, ALL, inactive=True).items}


def kept(mosaic: Mosaic, caller: Caller) -> list[tuple[str, dt.date, float, str]]:
    rows = mosaic.entries.page(caller, EntryFilter(), ALL).items
    return [(row.activity, row.date, row.value, row.note) for row in rows]


def merge(mosaic: Mosaic, caller: Caller, source: str, target: str, **wanted: Any) -> Merged:  # noqa: ANN401  # any field
    ids = activities(mosaic, caller)
    return mosaic.entries.merge(caller, ids[source], MergeActivity(into=ids[target], **wanted))


def test_entries_move_with_the_targets_name_and_snapshot(mosaic: Mosaic, ada: Caller) -> None:
    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(ada.user_id, "Running", category="Sport", goal=3.0))
    add(mosaic, ada, "Runing", 1.0, 1, "wet")
    assert merge(mosaic, ada, "Runing", "Running") == Merged(1, 0)
    (entry,) = mosaic.entries.page(ada, EntryFilter(), ALL).items
    assert (entry.activity, entry.value, entry.note) == ("Running", 1.0, "wet")
    assert (entry.activity_category, entry.activity_goal) == ("Sport", 3.0)
    assert set(activities(mosaic, ada)) == {"Running"}


@pytest.mark.parametrize(
    ("on_conflict", "value", "note"), [(ADD, 3.0, "a; b"), (KEEP, 1.0, "a"), (REPLACE, 2.0, "b")]
)
def test_what_meets_on_one_day_is_added_up_kept_or_replaced(
    mosaic: Mosaic, ada: Caller, on_conflict: str, value: float, note: str
) -> None:
    target = add(mosaic, ada, "Running", 1.0, note="a")
    add(mosaic, ada, "Runing", 2.0, note="b")
    add(mosaic, ada, "Runing", 5.0, 1)
    assert merge(mosaic, ada, "Runing", "Running", on_conflict=on_conflict) == Merged(1, 1)
    assert kept(mosaic, ada) == [("Running", TODAY, value, note), ("Running", days_ago(1), 5.0, "")]
    assert mosaic.entries.get(ada, target.id).value == value


@pytest.mark.parametrize(
    ("there", "coming", "both"),
    [("", "b", "b"), ("a", "", "a"), ("a", "a", "a"), ("a" * 60, "b" * 60, "a" * 60 + "; " + "b" * 38)],
)
def test_notes_that_meet_are_put_together_as_far_as_they_fit(
    mosaic: Mosaic, ada: Caller, there: str, coming: str, both: str
) -> None:
    add(mosaic, ada, "Running", 1.0, note=there)
    add(mosaic, ada, "Runing", 1.0, note=coming)
    merge(mosaic, ada, "Runing", "Running")
    assert kept(mosaic, ada) == [("Running", TODAY, 2.0, both)]


def test_statistics_and_sheets_see_a_merge_at_once(mosaic: Mosaic, ada: Caller) -> None:
    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(ada.user_id, "Running", goal=2.0))
    add(mosaic, ada, "Running", 0.5)
    add(mosaic, ada, "Runing", 1.0)
    assert mosaic.stats.progress(ada, TODAY).goal_completion_today == 75.0
    merge(mosaic, ada, "Runing", "Running", on_conflict=KEEP)
    assert mosaic.stats.progress(ada, TODAY).goal_completion_today == 25.0
    assert [(row.name, row.value) for row in mosaic.entries.today(ada, TODAY, ALL)] == [("Running", 0.5)]


def test_with_a_shared_activity_go_the_entries_of_those_who_have_used_it(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    cleo, dan = registered(mosaic, "cleo"), registered(mosaic, "dan")
    with mosaic.store.write() as unit:
        source = unit.activities.add(an_activity(None, "Watr"))
        target = unit.activities.add(an_activity(None, "Water", category="Health", goal=8.0))
        unit.activities.add(an_activity(cleo.user_id, "Water", category="My own", goal=2.0))
        unit.activities.add(an_activity(dan.user_id, "Watr", category="Only mine"))
    for caller in (ben, cleo, dan):
        add(mosaic, caller, "Watr", 1.0)
        add(mosaic, caller, "Watr", 2.0, 1)
    add(mosaic, ben, "Water", 4.0, 1)
    mosaic.stats.progress(ben, TODAY)
    merged = mosaic.entries.merge(ada, source.id, MergeActivity(into=target.id))
    assert merged == Merged(moved=3, merged=1)
    snapshots = {
        caller.username: [
            (row.activity, row.value, row.activity_category, row.activity_goal)
            for row in mosaic.entries.page(caller, EntryFilter(), ALL).items
        ]
        for caller in (ben, cleo, dan)
    }
    assert snapshots == {
        "ben": [("Water", 1.0, "Health", 8.0), ("Water", 6.0, "Health", 8.0)],
        "cleo": [("Water", 1.0, "My own", 2.0), ("Water", 2.0, "My own", 2.0)],
        "dan": [("Watr", 1.0, "Only mine", 1.0), ("Watr", 2.0, "Only mine", 1.0)],
    }
    (consistency,) = mosaic.stats.progress(ben, TODAY).top_consistent_activities_by_category
    assert [one.name for one in consistency.activities] == ["Water"]


def test_entries_of_people_whose_own_target_is_of_another_type_stay(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    with mosaic.store.write() as unit:
        source, target = (unit.activities.add(an_activity(None, name)) for name in ("Cofee", "Coffee"))
        unit.activities.add(an_activity(ben.user_id, "Coffee", activity_type=NEGATIVE))
    add(mosaic, ben, "Cofee", 1.0)
    assert mosaic.entries.merge(ada, source.id, MergeActivity(into=target.id)) == Merged(0, 0)
    assert [row[0] for row in kept(mosaic, ben)] == ["Cofee"]


def test_a_merge_is_audited(mosaic: Mosaic, ada: Caller) -> None:
    add(mosaic, ada, "Running", 0.5)
    add(mosaic, ada, "Runing", 1.0)
    merge(mosaic, ada, "Runing", "Running")
    (event,) = mosaic.audit.page(AUDITOR, AuditFilter(event_type="activity.merge"), ALL).items
    assert event.context == {
        "activity_id": 2, "name": "Runing", "into_id": 1, "into": "Running", "on_conflict": "add",
        "moved": 0, "merged": 1,
    }  # fmt: skip


def test_what_does_not_fit_is_refused_and_nothing_changes(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(ada.user_id, "Sugar", activity_type=NEGATIVE))
        unit.activities.add(an_activity(None, "Shared"))
    add(mosaic, ada, "Running", 1e308)
    add(mosaic, ada, "Runing", 1e308)
    before = kept(mosaic, ada)
    for target in ("Runing", "Sugar", "Shared"):
        with pytest.raises(InvalidInput):
            merge(mosaic, ada, "Runing", target)
    with pytest.raises(InvalidInput, match="add up"):
        merge(mosaic, ada, "Runing", "Running")
    ids = activities(mosaic, ada)
    with pytest.raises(NotFound):
        mosaic.entries.merge(ben, ids["Runing"], MergeActivity(into=ids["Running"]))
    with pytest.raises(NotFound):
        mosaic.entries.merge(ada, ids["Runing"], MergeActivity(into=999))
    with pytest.raises(InvalidInput):
        MergeActivity(into=1, on_conflict="both")
    assert kept(mosaic, ada) == before


def test_an_entry_that_makes_its_activity_says_which_was_perhaps_meant(mosaic: Mosaic, ada: Caller) -> None:
    first = mosaic.entries.add(ada, AddEntry(date=TODAY, activity="Running"))
    assert (first.is_new, first.made_activity, first.similar) == (True, True, None)
    second = mosaic.entries.add(ada, AddEntry(date=TODAY, activity="Runing"))
    assert (second.made_activity, second.similar) == (True, "Running")
    third = mosaic.entries.add(ada, AddEntry(date=TODAY, activity="RUNNING"))
    assert (third.is_new, third.made_activity, third.similar) == (False, False, None)


def test_a_change_leaves_what_is_not_given(mosaic: Mosaic, ada: Caller) -> None:
    entry = add(mosaic, ada, "Running", 2.0, note="wet")
    assert mosaic.entries.change(ada, entry.id, EntryChange(note=" dry ")).note == "dry"
    assert mosaic.entries.change(ada, entry.id, EntryChange(date=days_ago(3))).date == days_ago(3)
    assert kept(mosaic, ada) == [("Running", days_ago(3), 2.0, "dry")]
    assert mosaic.stats.progress(ada, TODAY).positive_vs_negative.positive == 1
    events = mosaic.audit.page(AUDITOR, AuditFilter(event_type="entry.update"), ALL).items
    assert [event.context["fields"] for event in events] == [["date"], ["note"]]


def test_a_change_is_refused_where_the_day_is_taken_or_the_entry_is_anothers(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    entry = add(mosaic, ben, "Running", 2.0)
    add(mosaic, ben, "Running", 1.0, 1)
    with pytest.raises(Conflict):
        mosaic.entries.change(ben, entry.id, EntryChange(date=days_ago(1)))
    assert mosaic.entries.change(ada, entry.id, EntryChange(value=4.0)).value == 4.0  # an administrator
    theirs = add(mosaic, ada, "Running", 1.0)
    for act in (mosaic.entries.get, mosaic.entries.delete):
        with pytest.raises(NotFound):
            act(ben, theirs.id)
    with pytest.raises(NotFound):
        mosaic.entries.change(ben, theirs.id, EntryChange(value=0.0))
    with pytest.raises(NotFound):
        mosaic.activities.get(ben, theirs.id + 100)
    with pytest.raises(InvalidInput):
        EntryChange()
