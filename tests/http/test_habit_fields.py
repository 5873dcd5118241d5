"""Schedule, target and unit of an activity over HTTP."""

from typing import Any

import pytest

from support_http import Client

NEW = {"name": "Running", "category": "Health", "frequency_per_day": 1, "frequency_per_week": 3}
THREE_A_WEEK = {"kind": "times", "times": 3, "per": "week"}
SCHEDULES: list[dict[str, Any]] = [
    {"kind": "daily"},
    {"kind": "weekdays", "days": ["mon", "wed"]},
    {"kind": "weekdays", "days": ["sun", "sat", "fri", "thu", "wed", "tue", "mon"]},
    {"kind": "every", "days": 3},
    {"kind": "every", "days": 366, "from": "2026-01-01"},
    {"kind": "times", "times": 7, "per": "week"},
    {"kind": "times", "times": 28, "per": "month"},
    {"kind": "times", "times": 10, "per": 10},
    {"kind": "times", "times": 2, "per": 10, "from": "1900-01-01"},
]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"schedule": "daily"}, "schedule"),
    ({"schedule": []}, "schedule"),
    ({"schedule": {}}, "schedule.kind"),
    ({"schedule": {"kind": "yearly"}}, "schedule.kind"),
    ({"schedule": {"kind": "weekdays", "days": []}}, "schedule.days"),
    ({"schedule": {"kind": "weekdays", "days": ["mon", "mon"]}}, "schedule.days"),
    ({"schedule": {"kind": "weekdays", "days": ["Monday"]}}, "schedule.days"),
    ({"schedule": {"kind": "weekdays", "days": [1]}}, "schedule.days[0]"),
    ({"schedule": {"kind": "weekdays", "days": "mon"}}, "schedule.days"),
    ({"schedule": {"kind": "every", "days": 1}}, "schedule.days"),
    ({"schedule": {"kind": "every", "days": 367}}, "schedule.days"),
    ({"schedule": {"kind": "every", "days": 2, "from": "2026-02-30"}}, "schedule.from"),
    ({"schedule": {"kind": "every", "days": 2, "from": "2201-01-01"}}, "schedule.from"),
    ({"schedule": {"kind": "every", "days": 2, "from": None}}, "schedule.from"),
    ({"schedule": {"kind": "times", "times": 0, "per": "week"}}, "schedule.times"),
    ({"schedule": {"kind": "times", "times": 8, "per": "week"}}, "schedule.times"),
    ({"schedule": {"kind": "times", "times": 29, "per": "month"}}, "schedule.times"),
    ({"schedule": {"kind": "times", "times": 3, "per": 2}}, "schedule.times"),
    ({"schedule": {"kind": "times", "times": True, "per": "week"}}, "schedule.times"),
    ({"schedule": {"kind": "times", "times": 1, "per": "year"}}, "schedule.per"),
    ({"schedule": {"kind": "times", "times": 1, "per": 367}}, "schedule.per"),
    ({"schedule": {"kind": "times", "times": 1, "per": ["week"]}}, "schedule.per"),
    ({"schedule": {"kind": "times", "times": 1, "per": "week", "from": "2026-01-01"}}, "schedule.from"),
    ({"target": 5}, "target"),
    ({"target": {"kind": "exactly", "value": 1}}, "target.kind"),
    ({"target": {"kind": "at_least", "value": "5"}}, "target.value"),
    ({"target": {"kind": "at_most", "value": None}}, "target.value"),
    ({"target": {"kind": "at_most", "value": 10**400}}, "target.value"),
    ({"unit": None}, "unit"),
    ({"unit": "u" * 21}, "unit"),
    ({"unit": 5}, "unit"),
    ({"unit": "k\nm"}, "unit"),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_a_schedule_is_told_as_it_was_said(ada: Client, schedule: dict[str, Any]) -> None:
    added = ada.post("/add_activity", {**NEW, "schedule": schedule}).went(201)
    assert added.json["activity"]["schedule"] == schedule
    assert ada.get("/activities").json[0]["schedule"] == schedule
    told = ada.get("/activities/1").json
    assert told["schedule"] == schedule
    ada.put("/activities/1", {"schedule": told["schedule"]}).went(200)
    assert ada.get("/activities/1").json == told


@pytest.mark.parametrize("kind", ["at_least", "at_most"])
@pytest.mark.parametrize("value", [5, 0, -1.5])
def test_a_target_and_a_unit_are_told_as_they_were_said(ada: Client, kind: str, value: float) -> None:
    target = {"kind": kind, "value": value}
    ada.post("/add_activity", {**NEW, "target": target, "unit": " km "}).went(201)
    told = ada.get("/activities/1").json
    assert (told["target"], told["unit"]) == (target, "km")


@pytest.mark.parametrize(("per_week", "schedule"), [(7, {"kind": "daily"}), (3, THREE_A_WEEK)])
def test_without_a_schedule_the_frequency_is_told_as_one(
    ada: Client, per_week: int, schedule: dict[str, Any]
) -> None:
    ada.post("/add_activity", {**NEW, "frequency_per_week": per_week, "schedule": None}).went(201)
    assert ada.activity()["schedule"] == schedule
    ada.put("/activities/1", {"frequency_per_day": 1, "frequency_per_week": 1}).went(200)
    assert ada.activity()["schedule"] == {"kind": "times", "times": 1, "per": "week"}


def test_null_takes_away_and_what_is_left_out_stays(ada: Client) -> None:
    habit = {"schedule": SCHEDULES[1], "target": {"kind": "at_least", "value": 5.0}, "unit": "km"}
    ada.post("/add_activity", {**NEW, **habit}).went(201)
    ada.put("/activities/1", {"description": "outside"}).went(200)
    assert ada.activity().items() >= habit.items()
    ada.put("/activities/1", {"schedule": None}).went(200)
    assert ada.activity().items() >= {**habit, "schedule": THREE_A_WEEK}.items()
    ada.put("/activities/1", {"target": None}).went(200)
    ada.put("/activities/1", {"unit": ""}).went(200)
    assert ada.activity().items() >= {"schedule": THREE_A_WEEK, "target": None, "unit": ""}.items()


def test_an_overwrite_keeps_of_the_habit_what_is_not_said(ada: Client) -> None:
    habit = {"schedule": SCHEDULES[1], "target": {"kind": "at_least", "value": 5.0}, "unit": "km"}
    ada.post("/add_activity", {**NEW, **habit}).went(201)
    over = {"X-Overwrite-Existing": "1"}
    told = ada.post("/add_activity", {**NEW, "category": "Sport"}, over).went(200).json["activity"]
    assert told == ada.activity()
    assert told.items() >= {**habit, "category": "Sport"}.items()
    ada.post("/add_activity", {**NEW, "target": None, "unit": "mi"}, over).went(200)
    assert ada.activity().items() >= {**habit, "target": None, "unit": "mi"}.items()


@pytest.mark.parametrize(("said", "field"), WRONG, ids=str)
def test_what_is_wrong_is_named_by_its_path_and_changes_nothing(
    ada: Client, said: dict[str, Any], field: str
) -> None:
    ada.add_activity().went(201)
    before = ada.get("/activities").json
    for reply in (
        ada.put("/activities/1", {"name": "Jogging", **said}),
        ada.post("/add_activity", {**NEW, "name": "New", **said}),
    ):
        failed = reply.failed("invalid_input")
        assert failed.details["field"] == field
        assert failed.message.startswith(f"{field} ")
    assert ada.get("/activities?all=true").json == before


@pytest.mark.parametrize(
    ("said", "message", "field"),
    [
        ({"schedule": {"kind": "daily", "days": 1}}, "Extra inputs are not permitted", "schedule.days"),
        ({"schedule": {"kind": "every"}}, "Missing required field(s): schedule.days", "schedule.days"),
        (
            {"schedule": {"kind": "every", "days": 2, "from_": "2026-01-01"}},
            "Extra inputs are not permitted",
            "schedule.from_",
        ),
        ({"target": {"kind": "at_least"}}, "Missing required field(s): target.value", "target.value"),
    ],
)
def test_what_is_unknown_or_missing_is_listed_by_its_path(
    ada: Client, said: dict[str, Any], message: str, field: str
) -> None:
    failed = ada.post("/add_activity", {**NEW, **said}).failed("invalid_input")
    assert (failed.message, failed.details["fields"]) == (message, [field])


def test_merging_keeps_the_habit_of_the_activity_that_stays(ada: Client) -> None:
    ada.post("/add_activity", {**NEW, "name": "Runing", "schedule": SCHEDULES[3], "unit": "m"}).went(201)
    ada.post("/add_activity", {**NEW, "schedule": SCHEDULES[1], "unit": "km"}).went(201)
    ada.post("/activities/1/merge", {"into": 2}).went(200)
    assert ada.activity().items() >= {"schedule": SCHEDULES[1], "unit": "km"}.items()


def test_an_export_brings_schedule_target_and_unit_to_another_account(ada: Client, ben: Client) -> None:
    target = {"kind": "at_most", "value": 2.5}
    ada.post("/add_activity", {**NEW, "schedule": SCHEDULES[1], "target": target, "unit": "=km"}).went(201)
    ada.post("/add_activity", {**NEW, "name": "Plain"}).went(201)
    exported = ada.get("/export/csv").text
    (plain,) = [line for line in exported.splitlines() if "Plain" in line]
    assert plain.endswith(",1,3,,,,")
    assert [one["schedule"] for one in ada.get("/export/json").json["activities"]] == [None, SCHEDULES[1]]
    ben.upload(exported).went(200)
    for name in ("Running", "Plain"):
        mine, theirs = ada.activity(name), ben.activity(name)
        assert all(mine[one] == theirs[one] for one in ("schedule", "target", "unit"))


def test_a_file_without_the_columns_leaves_the_habit_as_it_is(ada: Client) -> None:
    ada.post("/add_activity", {**NEW, "schedule": SCHEDULES[1], "unit": "km"}).went(201)
    before = ada.activity()
    ada.upload("dataset,name,category\r\nactivities,Running,Sport\r\n").went(200)
    assert ada.activity() == {**before, "category": "Sport"}
