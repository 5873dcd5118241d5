"""Entries: logging days and looking at them."""

import datetime as dt
from typing import Any

import pytest
from attrs import evolve

from mosaic_core.activities.model import NEGATIVE, NewActivity
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caller import Caller
from mosaic_core.entries.model import AddEntry, Entry, EntryFilter
from mosaic_core.entries.service import FinalizeDay
from mosaic_core.errors import InvalidInput, NotFound
from mosaic_core.paging import Page
from support import AUDITOR, TODAY, FixedClock, an_activity, an_entry, days_ago

ALL = Page(None)


def said(activity: str = "Running", value: float = 0.0, day: dt.date = TODAY, note: str = "") -> AddEntry:
    return AddEntry(date=day, activity=activity, value=value, note=note)


def add_entries(mosaic: Mosaic, *given: Entry) -> None:
    with mosaic.store.write() as unit:
        unit.entries.add_many(given)


def add_activities(mosaic: Mosaic, owner: int | None, *names: str, **given: Any) -> None:  # noqa: ANN401  # any field
    with mosaic.store.write() as unit:
        for name in names:
            unit.activities.add(an_activity(owner, name, **given))


def sheet(mosaic: Mosaic, caller: Caller, day: dt.date | None = TODAY) -> list[tuple[str, float | None]]:
    return [(row.name, row.value) for row in mosaic.entries.today(caller, day, ALL)]


def kept(mosaic: Mosaic, caller: Caller, **wanted: Any) -> list[tuple[str, float]]:  # noqa: ANN401  # any filter
    return [
        (row.activity, row.value) for row in mosaic.entries.page(caller, EntryFilter(**wanted), ALL).items
    ]


def events(mosaic: Mosaic, event_type: str) -> list[tuple[int | None, str, dict[str, Any]]]:
    rows = mosaic.audit.page(AUDITOR, AuditFilter(event_type=event_type), ALL).items
    return [(row.user_id, row.level, dict(row.context)) for row in rows]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("activity", ""),
        ("activity", "  "),
        ("activity", "x" * 121),
        ("note", "x" * 101),
        ("value", float("nan")),
        ("value", float("inf")),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused(field: str, value: object) -> None:
    good: dict[str, Any] = {"date": TODAY, "activity": "Running"}
    with pytest.raises(InvalidInput, match=f"^{field} "):
        AddEntry(**{**good, field: value})


def test_an_entry_says_0_and_nothing_by_default() -> None:
    given = AddEntry(date=TODAY, activity=" Running ")
    assert (given.activity, given.value, given.note) == ("Running", 0.0, "")


@pytest.mark.parametrize(
    "word", ["all", "All Activities", "all_activities", " ALL CATEGORIES ", "all_categories"]
)
def test_words_for_all_mean_no_filter(word: str) -> None:
    assert EntryFilter(activity=word, category=word) == EntryFilter()


def test_a_filter_finds_names_in_any_case_and_within_white_space(mosaic: Mosaic, ada: Caller) -> None:
    add_entries(
        mosaic, an_entry(ada.user_id, "Straße"), an_entry(ada.user_id, "Other", activity_category="Café")
    )
    assert kept(mosaic, ada, activity=" STRASSE ") == [("Straße", 1.0)]
    assert kept(mosaic, ada, category=" CAFÉ ") == [("Other", 1.0)]
    assert kept(mosaic, ada, first=TODAY, last=TODAY, activity="all") == [("Other", 1.0), ("Straße", 1.0)]


def test_administrators_see_shared_entries_and_others_do_not(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    add_entries(mosaic, an_entry(None, "Shared"), an_entry(ada.user_id, "Hers"), an_entry(ben.user_id, "His"))
    assert kept(mosaic, ada) == [("Hers", 1.0), ("Shared", 1.0)]
    assert kept(mosaic, ben) == [("His", 1.0)]


def test_an_added_entry_is_new_and_a_repeated_one_replaces_what_was_there(
    mosaic: Mosaic, ada: Caller
) -> None:
    assert mosaic.entries.add(ada, said(value=1.0, note="first")).is_new
    assert not mosaic.entries.add(ada, said("RUNNING", value=2.0)).is_new
    (row,) = mosaic.entries.page(ada, EntryFilter(), ALL).items
    assert (row.activity, row.value, row.note) == ("Running", 2.0, "")


def test_an_administrator_deletes_any_entry_and_others_their_own(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    add_entries(
        mosaic,
        *[an_entry(owner, day=days_ago(ago)) for owner in (ada.user_id, ben.user_id, None) for ago in (0, 1)],
    )
    for entry_id in (1, 5, 99):
        with pytest.raises(NotFound):
            mosaic.entries.delete(ben, entry_id)
    mosaic.entries.delete(ben, 3)
    for entry_id in (1, 4, 5):
        mosaic.entries.delete(ada, entry_id)
    assert (len(kept(mosaic, ada)), kept(mosaic, ben)) == (2, [])
    assert events(mosaic, "entry.delete")[-1] == (ben.user_id, "info", {"entry_id": 3})
    assert events(mosaic, "entry.delete_missing")[-1] == (ben.user_id, "warning", {"entry_id": 1})
    assert len(events(mosaic, "entry.delete_missing")) == 3


def test_today_is_the_callers_today_where_no_day_is_given(
    mosaic: Mosaic, clock: FixedClock, ada: Caller
) -> None:
    clock.instant = dt.datetime(2024, 6, 1, 23, 30, tzinfo=dt.UTC)
    tomorrow = dt.date(2024, 6, 2)
    mosaic.entries.add(ada, said(value=1.0, day=TODAY))
    mosaic.entries.add(ada, said(value=2.0, day=tomorrow))
    there = evolve(ada, timezone="Asia/Tokyo")
    assert (sheet(mosaic, ada, None), sheet(mosaic, there, None)) == ([("Running", 1.0)], [("Running", 2.0)])
    assert sheet(mosaic, ada, tomorrow) == [("Running", 2.0)]
    clock.advance(hours=1)
    assert sheet(mosaic, ada, None) == [("Running", 2.0)]


def test_today_is_told_by_pages(mosaic: Mosaic, ada: Caller) -> None:
    def names(page: Page) -> list[str]:
        return [row.name for row in mosaic.entries.today(ada, TODAY, page)]

    add_activities(mosaic, ada.user_id, "a", "b", "c")
    assert names(ALL) == ["a", "b", "c"]
    assert names(Page(1, 1)) == ["b"]
    assert names(Page(1, 0)) == ["a"]


def test_an_entry_of_one_user_leaves_what_others_are_told(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    mosaic.entries.add(ada, said(value=1.0))
    mosaic.entries.add(ben, said(value=2.0))
    assert (sheet(mosaic, ada), sheet(mosaic, ben)) == ([("Running", 1.0)], [("Running", 2.0)])
    mosaic.entries.add(ben, said(value=3.0))
    assert (sheet(mosaic, ada), sheet(mosaic, ben)) == ([("Running", 1.0)], [("Running", 3.0)])


def test_statistics_follow_an_entry_at_once(mosaic: Mosaic, ada: Caller) -> None:
    def completion() -> float:
        return mosaic.stats.progress(ada, TODAY).goal_completion_today

    add_activities(mosaic, ada.user_id, "Running", goal=4.0)
    assert completion() == 0.0
    mosaic.entries.add(ada, said(value=1.0))
    assert completion() == 25.0
    mosaic.entries.delete(ada, 1)
    assert completion() == 0.0


def test_a_deleted_shared_entry_is_gone_from_every_administrators_sheet(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    mosaic.accounts.set_admin("ben", is_admin=True)
    ben = mosaic.sessions.caller("ben")
    add_activities(mosaic, None, "Water")
    add_entries(mosaic, an_entry(None, "Water"))
    assert sheet(mosaic, ben) == [("Water", 1.0)]
    mosaic.entries.delete(ada, 1)
    assert sheet(mosaic, ben) == [("Water", None)]


def test_a_shared_entry_taken_over_is_gone_from_every_administrators_sheet(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    add_activities(mosaic, None, "Water")
    add_entries(mosaic, an_entry(None, "Water"))
    assert sheet(mosaic, ada) == [("Water", 1.0)]
    assert not mosaic.entries.add(ben, said("water", 2.0)).is_new
    assert sheet(mosaic, ada) == [("Water", None)]


def test_finalizing_adds_a_0_for_each_activity_active_that_day_without_entry(
    mosaic: Mosaic, ada: Caller
) -> None:
    add_activities(mosaic, ada.user_id, "Done", "Open", description="d", goal=2.0)
    add_activities(mosaic, ada.user_id, "Smoking", activity_type=NEGATIVE, goal=0.0)
    add_activities(mosaic, ada.user_id, "Off", active=0, deactivated_at=TODAY)
    mosaic.entries.add(ada, said("done", 3.0))
    done = mosaic.entries.finalize(ada, None)
    assert (done.day, done.created) == (TODAY, 2)
    assert kept(mosaic, ada) == [("Done", 3.0), ("Open", 0.0), ("Smoking", 0.0)]
    with mosaic.store.read() as unit:
        assert unit.entries.get(2) == an_entry(
            ada.user_id, "Open", id=2, value=0.0, description="d", activity_goal=2.0
        )
        assert unit.entries.get(3) == an_entry(
            ada.user_id, "Smoking", id=3, value=0.0, activity_goal=0.0, activity_type=NEGATIVE
        )
    assert events(mosaic, "day.finalize") == [(ada.user_id, "info", {"date": "2024-06-01", "created": 2})]


def test_finalizing_again_adds_nothing(mosaic: Mosaic, ada: Caller) -> None:
    add_activities(mosaic, ada.user_id, "Open")
    assert mosaic.entries.finalize(ada, days_ago(1)).created == 1
    assert mosaic.entries.finalize(ada, days_ago(1)).created == 0
    assert sheet(mosaic, ada, days_ago(1)) == [("Open", 0.0)]


def test_an_administrator_finalizes_shared_activities_for_themselves(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    mosaic.activities.add(
        ada, NewActivity(name="Water", category="c", frequency_per_day=1, frequency_per_week=7, shared=True)
    )
    assert mosaic.entries.finalize(ben, TODAY).created == 0
    assert mosaic.entries.finalize(ada, TODAY).created == 1
    (row,) = mosaic.entries.page(ada, EntryFilter(), ALL).items
    assert (row.user_id, row.activity) == (ada.user_id, "Water")


def test_a_day_to_finalize_is_todays_by_default() -> None:
    assert FinalizeDay().date is None
    assert FinalizeDay(date=TODAY).date == TODAY
