"""Answers with rows, single rows, changes in part, merges, and how long lists are, over HTTP."""

import pytest

from support_http import Client

MISSING = "There is no"


def test_an_entry_that_makes_its_activity_says_so_and_what_was_perhaps_meant(ada: Client) -> None:
    ada.add_activity().went(201)
    assert "activity_created" not in ada.add_entry("running").went(201).json
    told = ada.add_entry("Runing").went(201).json
    assert (told["activity_created"], told["did_you_mean"]) == (True, "Running")
    assert ada.add_entry("Piano").went(201).json["did_you_mean"] is None


def test_an_entry_is_changed_in_part(ada: Client) -> None:
    entry = ada.add_entry(value=2, note="wet").went(201).json["entry"]
    path = f"/entries/{entry['id']}"
    reply = ada.patch(path, {"note": "dry"}).went(200)
    assert set(reply.json) == {"message", "entry"}
    assert reply.json["entry"] == {**entry, "note": "dry"} == ada.get(path).went(200).json
    ada.patch(path, {"date": "2024-05-01", "value": 0}).went(200)
    assert ada.get(path).json == {**entry, "note": "dry", "date": "2024-05-01", "value": 0}


@pytest.mark.parametrize(
    "wrong",
    [{}, {"value": None}, {"note": None}, {"date": None}, {"value": "1"}, {"activity": "Other"},
     {"date": "1899-12-31"}, {"note": "x" * 101}],
)  # fmt: skip
def test_a_wrong_change_changes_nothing(ada: Client, wrong: dict[str, object]) -> None:
    entry = ada.add_entry(value=2, note="wet").went(201).json["entry"]
    path = f"/entries/{entry['id']}"
    assert ada.patch(path, wrong).went(400).json["error"]["code"] == "invalid_input"
    assert ada.get(path).json == entry


def test_an_entry_does_not_move_to_a_day_that_is_taken(ada: Client) -> None:
    entry = ada.add_entry(value=2).went(201).json["entry"]
    ada.post("/add_entry", {"date": "2024-05-01", "activity": "Running"}).went(201)
    reply = ada.patch(f"/entries/{entry['id']}", {"date": "2024-05-01"}).went(409)
    assert reply.json["error"]["code"] == "conflict"


def test_rows_of_others_are_not_found(ada: Client, ben: Client) -> None:
    ada.add_entry().went(201)
    for path in ("/entries/1", "/activities/1", "/entries/999", "/activities/999"):
        assert ben.get(path).went(404).json["error"]["message"].startswith(MISSING)
    ben.patch("/entries/1", {"value": 5}).went(404)
    ben.post("/activities/1/merge", {"into": 1}).went(404)


def test_a_typo_is_repaired_by_a_merge(ada: Client) -> None:
    ada.add_activity().went(201)
    ada.add_entry("Running", value=1).went(201)
    ada.add_entry("Runing", value=2).went(201)
    reply = ada.post("/activities/2/merge", {"into": 1}).went(200)
    assert set(reply.json) == {"message", "moved", "merged"}
    assert (reply.json["moved"], reply.json["merged"]) == (0, 1)
    assert [(row["activity"], row["value"]) for row in ada.get("/entries").json] == [("Running", 3.0)]
    ada.get("/activities/2").went(404)
    wrong = ada.post("/activities/1/merge", {"into": 1}).went(400).json["error"]
    assert (wrong["code"], wrong["details"]) == ("invalid_input", {"field": "into"})


def test_lists_tell_how_long_they_are(ada: Client) -> None:
    for day in (1, 2, 3):
        ada.post("/add_entry", {"date": f"2024-05-0{day}", "activity": "Running", "value": day}).went(201)
    ada.add_activity("Reading", category="Learning").went(201)
    for target, total in {
        "/entries": 3,
        "/entries?limit=2": 3,
        "/entries?limit=1&offset=9": 3,
        "/entries?limit=1&start_date=2024-05-02": 2,
        "/entries?limit=1&activity=RUNNING&end_date=2024-05-02": 2,
        "/entries?limit=1&category=learning": 0,
        "/entries?limit=1&offset=1&category=none": 0,
        "/activities?limit=1": 2,
        "/today?limit=1": 2,
        "/users": 1,
        "/wearable/sources": 0,
        "/wearable/raw": 0,
        "/logs/activity?limit=1&event_type=activity.create": 1,
    }.items():
        assert ada.get(target).went(200).header("x-total-count") == str(total), target
    ada.patch("/activities/2/deactivate").went(200)
    assert ada.get("/activities?limit=1").header("x-total-count") == "1"
    assert ada.get("/activities?limit=1&all=true").header("x-total-count") == "2"
    assert ada.get("/user").header("x-total-count") is None
