"""Rules over HTTP, and from a watch to a streak."""

from typing import Any

import pytest

from support import days_ago
from support_http import Client, Serve, World
from wearable_records import steps

NEW = {"activity": "Running", "metric": "steps", "fill": "check", "at_least": 8000, "from": "2024-05-01"}


@pytest.fixture
def ada(world: World) -> Client:
    person = world.person("ada")
    person.add_activity("Running").went(201)
    return person


def add(person: Client, **said: object) -> dict[str, Any]:
    told: dict[str, Any] = person.post("/rules", {**NEW, **said}).went(201).json
    return told


def walk(person: Client, counts: dict[int, int], device: str = "watch") -> None:
    """Tell of steps around the noons of days, by how many days ago they are."""
    records = [
        steps(f"{device} {ago} {count}", f"{days_ago(ago)}T12:00:00", f"{days_ago(ago)}T13:00:00", count)
        for ago, count in counts.items()
    ]
    batch = {"source_app": "App", "device_id": device, "tz": "UTC", "records": records}
    person.post("/ingest/wearable/batch", batch).went(201)


def entries(person: Client) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = person.get("/entries").went(200).json
    return told


def said(person: Client) -> list[tuple[str, float, str]]:
    return [(one["date"], one["value"], one["origin"]) for one in entries(person)]


def test_thirty_days_of_steps_become_a_streak(ada: Client) -> None:
    number = ada.activity("Running")["id"]
    add(ada)
    walk(ada, {ago: 8000 + ago if ago != 20 else 7999 for ago in range(1, 31)})
    (item,) = ada.get("/agenda").went(200).json["items"]
    assert (item["state"], item["streak"]) == ("open", {"current": 19, "longest": 19, "unit": "days"})
    walk(ada, {0: 9000})
    (item,) = ada.get("/agenda").went(200).json["items"]
    assert (item["state"], item["streak"]["current"]) == ("done", 20)
    assert (item["value"], item["origin"]) == (1, "rule")
    told = ada.get(f"/activities/{number}/history?from={days_ago(30)}").went(200).json
    assert told["begin"] == days_ago(30).isoformat()
    assert [one["state"] for one in told["days"]] == ["done"] * 10 + ["missed"] + ["done"] * 20
    assert told["streak"] == {"current": 20, "longest": 20, "unit": "days"}
    assert told["rate"]["30"] == round(29 / 30, 3)
    assert ada.get("/stats/progress").went(200).json["current_streak"] == 20
    (row,) = ada.get("/today").went(200).json
    assert (row["value"], row["entry_id"]) == (1, item["entry_id"])


def test_a_rule_is_told_as_it_was_added(ada: Client) -> None:
    number = ada.activity("Running")["id"]
    rule = ada.post("/rules", {**NEW, "activity": " rUNNING "}).went(201).json
    assert rule == {**NEW, "id": 1, "activity_id": number, "enabled": True}
    listed = ada.get("/rules").went(200)
    assert (listed.json, listed.header("x-total-count")) == ([rule], "1")


def test_what_is_left_out_is_no_bound_and_today(ada: Client) -> None:
    rule = ada.post("/rules", {"activity": "Running", "metric": "hr_avg", "fill": "value"}).went(201).json
    assert (rule["at_least"], rule["from"], rule["enabled"]) == (None, "2024-06-01", True)


def test_entries_tell_their_origin(ada: Client) -> None:
    add(ada, fill="value")
    walk(ada, {0: 100, 1: 200, 2: 300})
    mine = ada.add_entry(day=days_ago(1).isoformat(), value=5).went(200).json["entry"]
    assert mine["origin"] == "person"
    ada.upload(f"date,activity,value\n{days_ago(2)},Running,7\n".encode()).went(200)
    days = [days_ago(ago).isoformat() for ago in range(3)]
    assert said(ada) == [(days[0], 100, "rule"), (days[1], 5, "person"), (days[2], 7, "import")]
    number = entries(ada)[0]["id"]
    assert ada.get(f"/entries/{number}").went(200).json["origin"] == "rule"
    assert ada.patch(f"/entries/{number}", {"note": "far"}).went(200).json["entry"]["origin"] == "person"
    origins = {day: ada.get(f"/agenda?date={day}").json["items"][0]["origin"] for day in days}
    assert origins == dict(zip(days, ["person", "person", "import"], strict=True))
    empty = ada.get(f"/agenda?date={days_ago(3)}").json["items"][0]
    assert (empty["entry_id"], empty["origin"]) == (None, None)


def test_a_deleted_entry_makes_room_for_the_rules(ada: Client) -> None:
    add(ada, fill="value")
    ada.add_entry(value=5).went(201)
    walk(ada, {0: 100})
    ada.delete(f"/entries/{entries(ada)[0]['id']}").went(200)
    assert said(ada) == [("2024-06-01", 100, "rule")]


def test_ranks_and_sources_change_what_a_rule_filled_in(ada: Client) -> None:
    add(ada, fill="value")
    walk(ada, {0: 100}, "watch")
    walk(ada, {0: 300, 1: 50}, "ring")
    sources = {one["device_id"]: one["id"] for one in ada.get("/wearable/sources").json}
    assert [value for _, value, _ in said(ada)] == [100, 50]
    ada.patch(f"/wearable/sources/{sources['ring']}", {"priority": 0}).went(200)
    assert [value for _, value, _ in said(ada)] == [300, 50]
    ada.delete(f"/wearable/sources/{sources['ring']}").went(200)
    assert [value for _, value, _ in said(ada)] == [100]


@pytest.mark.parametrize(
    "said",
    [
        {"metric": "floors"}, {"metric": None}, {"fill": "sum"}, {"fill": 1}, {"at_least": None},
        {"at_least": -1}, {"at_least": "8000"}, {"at_least": True}, {"from": "tomorrow"}, {"from": None},
        {"from": "1899-12-31"}, {"activity": ""}, {"activity": 5}, {"activity": "x" * 121},
        {"enabled": True}, {"activity_id": 1}, {"from_": "2024-06-01"},
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_and_nothing_is_added(ada: Client, said: dict[str, object]) -> None:
    ada.post("/rules", {**NEW, **said}).failed("invalid_input")
    assert ada.get("/rules").json == []


def test_what_is_missing_or_wrong_is_named(ada: Client) -> None:
    missing = {"fields": ["activity", "metric", "fill"]}
    assert ada.post("/rules", {}).failed("invalid_input").details == missing
    bound = {key: value for key, value in NEW.items() if key != "at_least"}
    assert ada.post("/rules", bound).failed("invalid_input").details == {"field": "at_least"}
    early = ada.post("/rules", {**NEW, "from": "1899-01-01"}).failed("invalid_input")
    assert (early.message, early.details) == (
        "from must lie in the years 1900 to 2200", {"field": "from"}
    )  # fmt: skip


def test_an_activity_has_one_rule_and_must_be_there(ada: Client) -> None:
    rule = add(ada)
    ada.post("/rules", {**NEW, "metric": "calories"}).failed("conflict")
    ada.post("/rules", {**NEW, "activity": "Nothing"}).failed("not_found")
    assert ada.get("/rules").json == [rule]


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"at_least": 0},
        {"fill": "value"},
        {"from": "2024-06-02"},
        {"enabled": True, "at_least": 1.5, "fill": "check", "from": "1900-01-01"},
    ],
)
def test_a_change_changes_what_it_says_and_nothing_else(ada: Client, change: dict[str, object]) -> None:
    rule = add(ada)
    changed = ada.patch(f"/rules/{rule['id']}", change).went(200).json
    assert changed == {**rule, **change}
    assert ada.get("/rules").json == [changed]


@pytest.mark.parametrize(
    "change",
    [
        {}, {"enabled": None}, {"enabled": 1}, {"at_least": None}, {"at_least": -1}, {"fill": "sum"},
        {"from": None}, {"from": "2201-01-01"}, {"metric": "calories"}, {"activity": "Reading"},
    ],
)  # fmt: skip
def test_a_wrong_change_is_refused_and_changes_nothing(ada: Client, change: dict[str, object]) -> None:
    rule = add(ada)
    ada.patch(f"/rules/{rule['id']}", change).failed("invalid_input")
    assert ada.get("/rules").json == [rule]


def test_a_rule_is_its_owners_alone(world: World, ada: Client) -> None:
    ben = world.person("ben")
    rule = add(ada)
    assert ben.get("/rules").json == []
    ben.post("/rules", NEW).failed("not_found")
    ben.patch(f"/rules/{rule['id']}", {"enabled": False}).failed("not_found")
    ben.delete(f"/rules/{rule['id']}").failed("not_found")
    assert ada.get("/rules").json == [rule]


def test_a_deleted_rule_leaves_its_entries_to_the_person(ada: Client) -> None:
    rule = add(ada, fill="value")
    walk(ada, {0: 100})
    assert ada.delete(f"/rules/{rule['id']}").went(200).json == {"message": "Rule 1 deleted"}
    ada.delete(f"/rules/{rule['id']}").failed("not_found")
    walk(ada, {1: 100})
    assert (ada.get("/rules").json, said(ada)) == ([], [("2024-06-01", 100, "person")])


def test_a_rule_moves_when_its_activity_is_merged_and_goes_with_it(ada: Client) -> None:
    rule = add(ada)
    target = ada.add_activity("Walking").went(201).json["activity"]["id"]
    ada.post(f"/activities/{rule['activity_id']}/merge", {"into": target}).went(200)
    assert ada.get("/rules").json == [{**rule, "activity_id": target, "activity": "Walking"}]
    ada.patch(f"/activities/{target}/deactivate").went(200)
    ada.delete(f"/activities/{target}").went(200)
    assert ada.get("/rules").json == []


def test_an_idempotency_key_adds_one_rule(ada: Client) -> None:
    first, again = (ada.post("/rules", NEW, {"Idempotency-Key": "once"}).went(201) for _ in range(2))
    assert (first.json, again.header("idempotency-replayed")) == (again.json, "true")


def test_changes_of_rules_are_limited(serve: Serve) -> None:
    ada = serve(rate_limits={"rule": (3, 60)}).person("ada")
    ada.add_activity("Running").went(201)
    rule = add(ada)
    ada.patch(f"/rules/{rule['id']}", {"enabled": False}).went(200)
    ada.delete(f"/rules/{rule['id']}").went(200)
    ada.post("/rules", NEW).failed("too_many_requests")
    ada.get("/rules").went(200)


def test_exports_have_the_columns_that_they_had(ada: Client) -> None:
    add(ada, fill="value")
    walk(ada, {0: 100})
    (row,) = ada.get("/export/json").went(200).json["entries"]
    assert "origin" not in row
    assert row["value"] == 100
    assert "origin" not in ada.get("/export/csv").went(200).text
