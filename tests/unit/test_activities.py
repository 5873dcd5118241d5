"""Activities: what a person means to do."""

import datetime as dt
from typing import Any

import pytest
from attrs import evolve

from mosaic_core.activities.model import NEGATIVE, POSITIVE, Activity, ActivityChange, NewActivity
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caller import Caller
from mosaic_core.entries.model import AddEntry, Entry, EntryFilter, ListedEntry
from mosaic_core.errors import Conflict, Forbidden, InvalidInput, InvalidState, NotFound
from mosaic_core.paging import Page
from support import AUDITOR, TODAY, FixedClock, an_activity, an_entry, days_ago

ALL = Page(None)


def new(name: str = "Running", **given: Any) -> NewActivity:  # noqa: ANN401  # any field
    return NewActivity(
        **{"name": name, "category": "Health", "frequency_per_day": 1, "frequency_per_week": 7, **given}
    )


def every(mosaic: Mosaic, caller: Caller) -> list[Activity]:
    return list(mosaic.activities.page(caller, ALL, inactive=True).items)


def only(mosaic: Mosaic, caller: Caller) -> Activity:
    (activity,) = every(mosaic, caller)
    return activity


def entries(mosaic: Mosaic, caller: Caller) -> list[ListedEntry]:
    return list(mosaic.entries.page(caller, EntryFilter(), ALL).items)


def add_entries(mosaic: Mosaic, *given: Entry) -> None:
    with mosaic.store.write() as unit:
        unit.entries.add_many(given)


def events(mosaic: Mosaic, *, level: str | None = None) -> list[tuple[str, dict[str, Any]]]:
    """Return type and context of the audit rows about activities, oldest first."""
    rows = mosaic.audit.page(AUDITOR, AuditFilter(level=level), ALL).items
    return [
        (row.event_type, dict(row.context))
        for row in reversed(rows)
        if row.event_type.startswith("activity.")
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 121),
        ("category", "x" * 81),
        ("name", "\u200b\u3164\u0301"),
        ("name", "bell\x07"),
        ("category", "bell\x07"),
        ("description", "a\vb"),
        ("description", "x" * 181),
        ("frequency_per_day", 0),
        ("frequency_per_day", 4),
        ("frequency_per_week", 0),
        ("frequency_per_week", 8),
        ("goal", -0.1),
        ("goal", float("nan")),
        ("goal", float("inf")),
        ("activity_type", "neutral"),
    ],
)
def test_an_activity_or_a_change_that_breaks_a_rule_is_refused(field: str, value: object) -> None:
    given: dict[str, Any] = {field: value}
    with pytest.raises(InvalidInput, match=f"^{field} "):
        new(**given)
    with pytest.raises(InvalidInput, match=f"^{field} "):
        ActivityChange(**given)


def test_white_space_around_names_and_categories_is_taken_off() -> None:
    given = new(" Running ", category="\tHealth\n")
    assert (given.name, given.category) == ("Running", "Health")
    change = ActivityChange(name=" Jogging ", category=" Sport ")
    assert (change.name, change.category) == ("Jogging", "Sport")


@pytest.mark.parametrize(
    ("given", "goal"),
    [
        ({}, 1.0),
        ({"frequency_per_day": 3, "frequency_per_week": 7}, 3.0),
        ({"frequency_per_day": 2, "frequency_per_week": 3}, 6 / 7),
        ({"goal": 2.5}, 2.5),
        ({"goal": 0.0}, 0.0),
        ({"goal": 2.5, "activity_type": NEGATIVE}, 0.0),
        ({"activity_type": NEGATIVE}, 0.0),
    ],
)
def test_a_goal_is_the_given_one_else_what_the_frequencies_amount_to_and_0_if_negative(
    mosaic: Mosaic, ada: Caller, given: dict[str, Any], goal: float
) -> None:
    assert mosaic.activities.add(ada, new(**given)).is_new
    assert only(mosaic, ada).goal == goal


def test_an_added_activity_is_active_and_its_adders(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.activities.add(ada, new(description="slow"))
    assert only(mosaic, ada) == an_activity(ada.user_id, id=1, description="slow")
    assert events(mosaic) == [("activity.create", {"activity_id": 1, "name": "Running"})]


def test_a_taken_name_is_refused_in_any_case_and_noted(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    mosaic.activities.add(ada, new("Straße"))
    mosaic.activities.add(ben, new("Straße"))
    with pytest.raises(Conflict):
        mosaic.activities.add(ada, new("STRASSE", category="Other"))
    assert only(mosaic, ada).category == "Health"
    assert events(mosaic, level="warning") == [("activity.create_failed", {"name": "STRASSE"})]


def test_an_overwrite_takes_all_that_was_said_and_activates(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.activities.add(ada, new(description="slow", goal=9.0))
    mosaic.activities.deactivate(ada, 1)
    add_entries(mosaic, an_entry(ada.user_id, "running", days_ago(3)))
    again = new("RUNNING", category="Sport", frequency_per_day=2)
    assert not mosaic.activities.add(ada, again, overwrite=True).is_new
    after = an_activity(ada.user_id, "RUNNING", id=1, category="Sport", goal=2.0, frequency_per_day=2)
    assert only(mosaic, ada) == after
    (entry,) = entries(mosaic, ada)
    assert (entry.activity, entry.activity_category, entry.activity_goal) == ("RUNNING", "Sport", 2.0)
    assert events(mosaic)[-1] == ("activity.update", {"activity_id": 1, "name": "RUNNING"})


def test_an_overwrite_of_nothing_adds(mosaic: Mosaic, ada: Caller) -> None:
    assert mosaic.activities.add(ada, new(), overwrite=True).is_new
    assert only(mosaic, ada).name == "Running"


def test_only_administrators_make_shared_activities(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    with pytest.raises(Forbidden):
        mosaic.activities.add(ben, new(shared=True))
    mosaic.activities.add(ada, new(shared=True))
    mosaic.activities.add(ada, new())
    assert [one.user_id for one in every(mosaic, ada)] == [ada.user_id, None]
    assert every(mosaic, ben) == []


def test_a_list_tells_active_ones_and_inactive_ones_on_demand(mosaic: Mosaic, ada: Caller) -> None:
    for name in "abc":
        mosaic.activities.add(ada, new(name))
    mosaic.activities.deactivate(ada, 1)
    assert [one.name for one in mosaic.activities.page(ada, Page()).items] == ["b", "c"]
    assert [one.name for one in mosaic.activities.page(ada, Page(2, 1), inactive=True).items] == ["c", "a"]


def test_a_change_is_carried_into_the_owners_entries(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    mosaic.activities.add(ben, new())
    add_entries(
        mosaic, *[an_entry(owner, "RUNNING", days_ago(1)) for owner in (ada.user_id, ben.user_id, None)]
    )
    change = ActivityChange(
        name="Jogging", category="Sport", goal=0.5, description="slow", activity_type=POSITIVE
    )
    mosaic.activities.update(ben, 1, change)
    (entry,) = entries(mosaic, ben)
    assert entry == evolve(
        entry,
        activity="Jogging",
        activity_category="Sport",
        activity_goal=0.5,
        activity_type=POSITIVE,
        description="slow",
        category="Sport",
        goal=0.5,
        activity_description="slow",
    )
    assert [one.activity for one in entries(mosaic, ada)] == ["RUNNING", "RUNNING"]
    fields = ["name", "category", "goal", "description", "activity_type"]
    assert events(mosaic)[-1] == ("activity.update", {"activity_id": 1, "name": "Jogging", "fields": fields})


@pytest.mark.parametrize(
    ("before", "change", "goal"),
    [
        ({"goal": 5.0}, {"name": "Other"}, 5.0),
        ({"goal": 5.0}, {"goal": 0.0}, 0.0),
        ({"goal": 5.0}, {"frequency_per_day": 2, "frequency_per_week": 7}, 2.0),
        ({"goal": 5.0}, {"frequency_per_day": 2, "frequency_per_week": 7, "goal": 4.0}, 4.0),
        ({"goal": 5.0}, {"activity_type": NEGATIVE}, 0.0),
        ({"goal": 5.0}, {"activity_type": NEGATIVE, "goal": 3.0}, 0.0),
        ({"activity_type": NEGATIVE}, {"goal": 3.0}, 0.0),
        ({"activity_type": NEGATIVE, "frequency_per_day": 3}, {"activity_type": POSITIVE}, 3.0),
        ({"activity_type": NEGATIVE}, {"activity_type": POSITIVE, "goal": 0.25}, 0.25),
        ({"goal": 5.0}, {"activity_type": POSITIVE}, 5.0),
    ],
)
def test_new_frequencies_recompute_the_goal_unless_one_is_given(
    mosaic: Mosaic, ada: Caller, before: dict[str, Any], change: dict[str, Any], goal: float
) -> None:
    mosaic.activities.add(ada, new(**before))
    mosaic.activities.update(ada, 1, ActivityChange(**change))
    assert only(mosaic, ada).goal == goal


def test_a_change_needs_something_and_both_frequencies() -> None:
    with pytest.raises(InvalidInput, match="Nothing"):
        ActivityChange()
    with pytest.raises(InvalidInput, match="together"):
        ActivityChange(frequency_per_day=1)
    with pytest.raises(InvalidInput, match="together"):
        ActivityChange(frequency_per_week=1, name="Other")
    with pytest.raises(InvalidInput, match=r"^frequency_per_day "):
        ActivityChange(frequency_per_day=4, frequency_per_week=1)


def test_a_rename_to_a_taken_name_is_refused_and_changes_nothing(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.activities.add(ada, new("a"))
    mosaic.activities.add(ada, new("b"))
    with pytest.raises(Conflict):
        mosaic.activities.update(ada, 1, ActivityChange(name="B", category="Other"))
    assert [(one.name, one.category) for one in every(mosaic, ada)] == [("a", "Health"), ("b", "Health")]


def test_a_rename_that_gives_a_day_two_entries_of_one_name_is_refused(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.activities.add(ada, new("a"))
    add_entries(mosaic, an_entry(ada.user_id, "a"), an_entry(ada.user_id, "Gone"))
    with pytest.raises(Conflict):
        mosaic.activities.update(ada, 1, ActivityChange(name="gone"))
    assert only(mosaic, ada).name == "a"
    assert [one.activity for one in entries(mosaic, ada)] == ["a", "Gone"]


def test_a_rename_may_change_the_case_alone(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.activities.add(ada, new("a"))
    add_entries(mosaic, an_entry(ada.user_id, "a"))
    mosaic.activities.update(ada, 1, ActivityChange(name="A"))
    assert (only(mosaic, ada).name, entries(mosaic, ada)[0].activity) == ("A", "A")


def test_deactivation_keeps_the_callers_local_date(mosaic: Mosaic, clock: FixedClock, ada: Caller) -> None:
    clock.instant = dt.datetime(2024, 6, 1, 23, 30, tzinfo=dt.UTC)
    mosaic.activities.add(ada, new())
    mosaic.activities.deactivate(evolve(ada, timezone="Asia/Tokyo"), 1)
    assert only(mosaic, ada) == an_activity(ada.user_id, id=1, active=0, deactivated_at=dt.date(2024, 6, 2))


def test_switching_off_and_on_again_may_be_repeated(mosaic: Mosaic, clock: FixedClock, ada: Caller) -> None:
    mosaic.activities.add(ada, new())
    for _ in range(2):
        mosaic.activities.deactivate(ada, 1)
        clock.advance(days=1)
    assert (only(mosaic, ada).active, only(mosaic, ada).deactivated_at) == (0, TODAY)
    for _ in range(2):
        mosaic.activities.activate(ada, 1)
    assert (only(mosaic, ada).active, only(mosaic, ada).deactivated_at) == (1, None)
    assert [event for event, _ in events(mosaic)] == [
        "activity.create",
        "activity.deactivate",
        "activity.activate",
    ]


def test_an_activity_counts_until_the_day_before_its_deactivation(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.activities.add(ada, new())
    mosaic.activities.deactivate(ada, 1)
    activity = only(mosaic, ada)
    assert [activity.active_on(days_ago(ago)) for ago in (1, 0, -1)] == [True, False, False]
    assert an_activity(1).active_on(TODAY)
    assert not an_activity(1, active=0).active_on(TODAY)


def test_only_an_inactive_activity_is_deleted_and_its_entries_stay(mosaic: Mosaic, ada: Caller) -> None:
    mosaic.activities.add(ada, new())
    mosaic.entries.add(ada, AddEntry(date=TODAY, activity="Running", value=1.0))
    with pytest.raises(InvalidState):
        mosaic.activities.delete(ada, 1)
    mosaic.activities.deactivate(ada, 1)
    mosaic.activities.delete(ada, 1)
    assert every(mosaic, ada) == []
    assert [(one.activity, one.category) for one in entries(mosaic, ada)] == [("Running", "Health")]
    assert events(mosaic)[-1] == ("activity.delete", {"activity_id": 1, "name": "Running"})


def test_what_is_not_ones_own_is_not_found(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    mosaic.activities.add(ada, new(shared=True))
    mosaic.activities.add(ada, new())
    change = ActivityChange(name="Mine")
    for activity_id in (1, 2, 3):
        for use_case in (mosaic.activities.activate, mosaic.activities.deactivate, mosaic.activities.delete):
            with pytest.raises(NotFound):
                use_case(ben, activity_id)
        with pytest.raises(NotFound):
            mosaic.activities.update(ben, activity_id, change)


def test_an_administrator_changes_any_activity_by_id(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    mosaic.activities.add(ben, new())
    mosaic.activities.add(ada, new(shared=True))
    for activity_id in (1, 2):
        mosaic.activities.update(ada, activity_id, ActivityChange(name="Jogging"))
        mosaic.activities.deactivate(ada, activity_id)
    assert only(mosaic, ben) == an_activity(ben.user_id, "Jogging", id=1, active=0, deactivated_at=TODAY)
    mosaic.activities.delete(ada, 1)
    assert every(mosaic, ben) == []


def test_todays_sheet_shows_a_change_at_once_to_everybody_who_sees_the_activity(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    def sheet(caller: Caller) -> list[str]:
        return [row.name for row in mosaic.entries.today(caller, TODAY, ALL)]

    mosaic.accounts.set_admin("ben", is_admin=True)
    ben = mosaic.sessions.caller("ben")
    assert (sheet(ada), sheet(ben)) == ([], [])
    mosaic.activities.add(ada, new("Own"))
    mosaic.activities.add(ada, new("Shared", shared=True))
    assert (sheet(ada), sheet(ben)) == (["Own", "Shared"], ["Shared"])
    mosaic.activities.update(ben, 1, ActivityChange(name="A"))
    mosaic.activities.update(ben, 2, ActivityChange(name="B"))
    assert (sheet(ada), sheet(ben)) == (["A", "B"], ["B"])
    mosaic.activities.deactivate(ben, 2)
    assert (sheet(ada), sheet(ben)) == (["A"], [])
