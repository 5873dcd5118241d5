"""Activities over HTTP."""

from typing import Any

import pytest

from support_http import Client, Serve

NEW = {"name": "Running", "category": "Health", "frequency_per_day": 2, "frequency_per_week": 7}


def test_an_added_activity_is_listed_with_exactly_the_promised_fields(ada: Client) -> None:
    reply = ada.post("/add_activity", NEW).went(201)
    activity = {
        "id": 1,
        "user_id": 1,
        "name": "Running",
        "category": "Health",
        "activity_type": "positive",
        "goal": 2.0,
        "description": "",
        "active": 1,
        "frequency_per_day": 2,
        "frequency_per_week": 7,
        "deactivated_at": None,
        "schedule": {"kind": "daily"},
        "target": None,
        "unit": "",
    }
    assert set(reply.json) == {"message", "activity"}
    assert reply.json["activity"] == activity
    assert ada.get("/activities").went(200).json == [activity]
    assert ada.get("/activities/1").went(200).json == activity


@pytest.mark.parametrize(
    ("said", "goal"),
    [
        ({}, 2.0),
        ({"frequency_per_week": 3}, 6 / 7),
        ({"goal": 0}, 0.0),
        ({"goal": 12.5}, 12.5),
        ({"activity_type": "negative"}, 0.0),
        ({"activity_type": "negative", "goal": 5}, 0.0),
    ],
)
def test_the_goal_is_the_given_one_else_follows_from_the_frequencies_and_is_0_if_negative(
    ada: Client, said: dict[str, object], goal: float
) -> None:
    ada.post("/add_activity", {**NEW, **said}).went(201)
    assert ada.activity()["goal"] == goal


@pytest.mark.parametrize(
    "said",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "n" * 121},
        {"name": 5},
        {"name": None},
        {"name": "nul\0"},
        {"category": ""},
        {"category": "c" * 81},
        {"category": None},
        {"description": "d" * 181},
        {"description": None},
        {"frequency_per_day": 0},
        {"frequency_per_day": 4},
        {"frequency_per_day": "1"},
        {"frequency_per_day": True},
        {"frequency_per_day": 1.9},
        {"frequency_per_day": None},
        {"frequency_per_day": 10**30},
        {"frequency_per_week": 0},
        {"frequency_per_week": 8},
        {"goal": -0.1},
        {"goal": "1"},
        {"goal": True},
        {"goal": None},
        {"goal": []},
        {"activity_type": "neutral"},
        {"activity_type": None},
        {"shared": 1},
        {"shared": "false"},
        {"shared": None},
        {"active": 1},
        {"user_id": 2},
    ],
)
def test_adding_refuses_a_wrong_field(ada: Client, said: dict[str, object]) -> None:
    ada.post("/add_activity", {**NEW, **said}).failed("invalid_input")
    assert ada.get("/activities?all=true").json == []


@pytest.mark.parametrize(
    "said",
    [{"name": "n" * 120}, {"category": "ç" * 80}, {"description": "d" * 180}, {"frequency_per_day": 3}],
)
def test_adding_takes_values_at_their_bounds(ada: Client, said: dict[str, Any]) -> None:
    ada.post("/add_activity", {**NEW, **said}).went(201)
    (name, value) = next(iter(said.items()))
    assert ada.get("/activities").json[0][name] == value


def test_what_is_missing_is_named(ada: Client) -> None:
    reply = ada.post("/add_activity", {"name": "Running"}).failed("invalid_input")
    assert reply.message == "Missing required field(s): category, frequency_per_day, frequency_per_week"
    assert reply.details["fields"] == ["category", "frequency_per_day", "frequency_per_week"]


@pytest.mark.parametrize("name", ["Running", "RUNNING", " running "])
def test_a_name_that_is_taken_in_any_case_is_a_conflict(ada: Client, name: str) -> None:
    ada.add_activity().went(201)
    ada.add_activity(name).failed("conflict")
    assert len(ada.get("/activities").json) == 1


def test_overwriting_updates_and_reactivates_the_existing_activity(ada: Client) -> None:
    ada.add_activity(goal=3, description="old").went(201)
    ada.add_entry(value=1).went(201)
    ada.patch("/activities/1/deactivate").went(200)
    said = {**NEW, "name": "RUNNING", "category": "Sport"}
    reply = ada.post("/add_activity", said, {"X-Overwrite-Existing": "1"}).went(200)
    assert set(reply.json) == {"message", "activity", "overwrite"}
    assert reply.json["activity"] == ada.activity("RUNNING")
    assert reply.json["overwrite"] is True
    activity = ada.activity("RUNNING")
    assert (activity["id"], activity["active"], activity["deactivated_at"]) == (1, 1, None)
    assert (activity["category"], activity["description"], activity["goal"]) == ("Sport", "", 2.0)
    entry = ada.get("/entries").json[0]
    assert (entry["activity"], entry["activity_category"], entry["activity_goal"]) == (
        "RUNNING",
        "Sport",
        2.0,
    )


def test_overwriting_where_nothing_is_simply_adds(ada: Client) -> None:
    reply = ada.post("/add_activity", NEW, {"X-Overwrite-Existing": "1"}).went(201)
    assert "overwrite" not in reply.json


def test_a_header_that_does_not_ask_to_overwrite_leaves_the_conflict(ada: Client) -> None:
    ada.post("/add_activity", NEW).went(201)
    ada.post("/add_activity", NEW, {"X-Overwrite-Existing": "0"}).failed("conflict")


def test_activities_are_listed_active_first_then_by_category_then_by_name(ada: Client) -> None:
    for name, category in [("b", "B"), ("z", "A"), ("a", "B"), ("y", "A"), ("off", "A")]:
        ada.add_activity(name, category=category).went(201)
    ada.patch(f"/activities/{ada.activity('off')['id']}/deactivate").went(200)
    assert [one["name"] for one in ada.get("/activities?all=true").json] == ["y", "z", "a", "b", "off"]
    assert [one["name"] for one in ada.get("/activities").json] == ["y", "z", "a", "b"]
    assert [one["name"] for one in ada.get("/activities?all=false").json] == ["y", "z", "a", "b"]


def test_a_change_is_carried_into_the_existing_entries(ada: Client) -> None:
    ada.post("/add_activity", NEW).went(201)
    ada.add_entry(value=1).went(201)
    change = {"name": "Jogging", "category": "Sport", "goal": 4, "description": "slowly"}
    assert set(ada.put("/activities/1", change).went(200).json) == {"message"}
    entry = ada.get("/entries").json[0]
    assert entry["activity"] == "Jogging"
    assert (entry["activity_category"], entry["category"]) == ("Sport", "Sport")
    assert (entry["activity_goal"], entry["goal"]) == (4.0, 4.0)
    assert (entry["description"], entry["activity_description"]) == ("slowly", "slowly")


@pytest.mark.parametrize(
    ("change", "goal"),
    [
        ({"frequency_per_day": 1, "frequency_per_week": 7}, 1.0),
        ({"frequency_per_day": 1, "frequency_per_week": 7, "goal": 9}, 9.0),
        ({"goal": 0.5}, 0.5),
        ({"activity_type": "negative"}, 0.0),
        ({"activity_type": "negative", "goal": 3}, 0.0),
        ({"name": "Jogging"}, 2.0),
    ],
)
def test_new_frequencies_recompute_the_goal_unless_one_is_given(
    ada: Client, change: dict[str, object], goal: float
) -> None:
    ada.post("/add_activity", NEW).went(201)
    ada.put("/activities/1", change).went(200)
    assert ada.get("/activities").json[0]["goal"] == goal


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"frequency_per_day": 1},
        {"frequency_per_week": 1},
        {"frequency_per_day": 1, "frequency_per_week": 8},
        {"name": ""},
        {"name": None},
        {"category": "\x1b[2J"},
        {"name": "\u3164"},
        {"goal": -1},
        {"goal": None},
        {"goal": "1"},
        {"description": "d" * 181},
        {"activity_type": "other"},
        {"active": 0},
        {"id": 7},
    ],
)
def test_updating_refuses_nothing_given_and_wrong_fields(ada: Client, change: dict[str, object]) -> None:
    ada.post("/add_activity", NEW).went(201)
    before = ada.get("/activities").json
    ada.put("/activities/1", change).failed("invalid_input")
    assert ada.get("/activities").json == before


def test_a_rename_to_another_activitys_name_is_a_conflict(ada: Client) -> None:
    ada.add_activity("Running").went(201)
    ada.add_activity("Reading").went(201)
    ada.put("/activities/1", {"name": "READING"}).failed("conflict")
    ada.put("/activities/1", {"name": "RUNNING"}).went(200)


def test_a_rename_that_would_give_one_day_two_entries_of_one_name_is_a_conflict(ada: Client) -> None:
    ada.add_activity("Running").went(201)
    ada.add_entry("Running", value=1).went(201)
    ada.add_entry("Old", value=2).went(201)
    old = ada.activity("Old")["id"]
    ada.patch(f"/activities/{old}/deactivate").went(200)
    ada.delete(f"/activities/{old}").went(200)
    ada.put("/activities/1", {"name": "old", "category": "Changed"}).failed("conflict")
    assert ada.activity("Running")["category"] == "Health"
    assert {entry["activity"] for entry in ada.get("/entries").json} == {"Running", "Old"}


def test_deactivating_keeps_the_local_date_and_repeating_changes_nothing(ada: Client) -> None:
    ada.patch("/user", {"timezone": "Pacific/Kiritimati"}).went(200)
    ada.add_activity().went(201)
    assert set(ada.patch("/activities/1/deactivate").went(200).json) == {"message"}
    activity = ada.activity()
    assert (activity["active"], activity["deactivated_at"]) == (0, "2024-06-02")
    ada.world.clock.advance(days=0.01)
    ada.patch("/activities/1/deactivate").went(200)
    assert ada.activity() == activity


def test_activating_makes_an_activity_count_again_and_repeating_is_no_error(ada: Client) -> None:
    ada.add_activity().went(201)
    before = ada.activity()
    ada.patch("/activities/1/activate").went(200)
    ada.patch("/activities/1/deactivate").went(200)
    ada.patch("/activities/1/activate").went(200)
    ada.patch("/activities/1/activate").went(200)
    assert ada.activity() == before


def test_an_active_activity_cannot_be_deleted(ada: Client) -> None:
    ada.add_activity().went(201)
    ada.delete("/activities/1").failed("invalid_state")


def test_deleting_an_inactive_activity_leaves_its_entries_with_their_snapshot(ada: Client) -> None:
    ada.add_activity(goal=2.5, description="outside").went(201)
    ada.add_entry(value=1).went(201)
    ada.patch("/activities/1/deactivate").went(200)
    assert set(ada.delete("/activities/1").went(200).json) == {"message"}
    ada.delete("/activities/1").failed("not_found")
    entry = ada.get("/entries?category=Health").json[0]
    assert (entry["category"], entry["goal"], entry["activity_description"]) == ("Health", 2.5, "outside")


def test_only_an_administrator_makes_a_shared_activity(ada: Client, ben: Client) -> None:
    ben.add_activity(shared=True).failed("forbidden")
    ada.add_activity(shared=True).went(201)
    ada.add_activity().went(201)
    assert sorted(str(one["user_id"]) for one in ada.get("/activities").json) == ["1", "None"]


@pytest.mark.parametrize(
    "target", ["/activities/99", "/activities/0", f"/activities/{2**63}", f"/activities/{10**30}"]
)
@pytest.mark.parametrize(
    ("method", "tail", "said"),
    [
        ("PUT", "", {"goal": 1}),
        ("PATCH", "/activate", {}),
        ("PATCH", "/deactivate", {}),
        ("DELETE", "", {}),
    ],
)
def test_an_id_that_is_nobodys_is_not_found(
    ada: Client, method: str, target: str, tail: str, said: dict[str, object]
) -> None:
    ada.ask(method, target + tail, said).failed("not_found")


@pytest.mark.parametrize("text", ["-1", "x", "1.0", "%31x", " 1", "1e3", "٣"])
def test_an_id_that_is_no_number_is_an_unknown_path(ada: Client, text: str) -> None:
    ada.put(f"/activities/{text}", {"goal": 1}).failed("not_found")


def test_one_activity_too_many_is_refused_on_every_way_in(serve: Serve) -> None:
    ada = serve(max_activities=2).person()
    ada.add_activity("One").went(201)
    ada.add_entry("Two").went(201)
    for refused in (ada.add_activity("Three"), ada.add_entry("Three")):
        assert refused.failed("invalid_state").details == {"max_activities": 2}
    summary = ada.upload("date,activity,value\n2024-06-01,one,1\n2024-06-01,Three,3\n").json["summary"]
    assert (summary["created"], summary["skipped"]) == (1, 1)
    assert summary["details"][1]["reason"] == '"Three" would be one activity too many: there may be 2'
    ada.add_activity("Two", shared=True).went(201)
