"""Whose rows a person sees and changes."""

import pytest

from support_http import Client


@pytest.fixture
def carl(ada: Client, ben: Client) -> Client:  # noqa: ARG001  # the others come first
    return ada.world.person("carl")


def test_two_users_with_an_activity_of_one_name_see_only_their_own(ben: Client, carl: Client) -> None:
    for person, value in [(ben, 1.0), (carl, 2.0)]:
        person.add_activity("Running", goal=value).went(201)
        person.add_entry("Running", value=value).went(201)
    for person, value in [(ben, 1.0), (carl, 2.0)]:
        assert [(one["user_id"], one["goal"]) for one in person.get("/activities").json] == [
            (person.id, value)
        ]
        assert [(one["user_id"], one["value"]) for one in person.get("/entries").json] == [(person.id, value)]
        assert [one["value"] for one in person.get("/today").json] == [value]
        assert person.get("/export/json").json["meta"]["entries"]["total"] == 1
        assert person.get("/stats/progress").json["positive_vs_negative"]["positive"] == 1


def test_finalizing_ones_day_takes_nothing_of_the_others(ben: Client, carl: Client) -> None:
    ben.add_activity().went(201)
    carl.add_activity().went(201)
    carl.add_entry(value=3).went(201)
    assert ben.post("/finalize_day", {}).json["created"] == 1
    assert [one["value"] for one in carl.get("/entries").json] == [3.0]
    assert [one["value"] for one in ben.get("/entries").json] == [0.0]


def test_anothers_rows_are_not_found(ben: Client, carl: Client) -> None:
    ben.add_activity().went(201)
    ben.add_entry(value=1).went(201)
    activity = f"/activities/{ben.activity()['id']}"
    entry = f"/entries/{ben.get('/entries').json[0]['id']}"
    carl.put(activity, {"goal": 3}).failed("not_found")
    carl.patch(f"{activity}/deactivate").failed("not_found")
    carl.patch(f"{activity}/activate").failed("not_found")
    carl.delete(activity).failed("not_found")
    carl.delete(entry).failed("not_found")
    assert len(ben.get("/entries").json) == len(ben.get("/activities").json) == 1


def test_what_is_anothers_is_answered_like_what_is_not_there(ben: Client, carl: Client) -> None:
    ben.add_entry().went(201)
    others = carl.delete("/entries/1").failed("not_found").text.replace("1", "N")
    absent = carl.delete("/entries/9").failed("not_found").text.replace("9", "N")
    assert others == absent


def test_an_administrator_sees_shared_rows_and_nobody_elses(ada: Client, ben: Client) -> None:
    ada.add_activity("Shared", shared=True).went(201)
    ben.add_activity("Bens").went(201)
    ben.add_entry("Bens").went(201)
    assert [one["name"] for one in ada.get("/activities").json] == ["Shared"]
    assert [one["name"] for one in ada.get("/today").json] == ["Shared"]
    assert ada.get("/entries").json == []
    assert [one["name"] for one in ben.get("/activities").json] == ["Bens"]
    assert [one["name"] for one in ben.get("/today").json] == ["Bens"]


def test_an_administrator_changes_any_row_by_id(ada: Client, ben: Client) -> None:
    ben.add_activity().went(201)
    ben.add_entry(value=1).went(201)
    ada.put("/activities/1", {"name": "Jogging"}).went(200)
    assert ben.get("/entries").json[0]["activity"] == "Jogging"
    assert ben.get("/today").json[0]["name"] == "Jogging"
    ada.delete("/entries/1").went(200)
    assert ben.get("/today").json[0]["value"] is None
    ada.patch("/activities/1/deactivate").went(200)
    assert ben.get("/today").json == []
    ada.delete("/activities/1").went(200)
    assert ben.get("/activities?all=true").json == []


def test_an_entry_of_a_shared_activity_takes_its_snapshot_and_makes_no_activity(
    ada: Client, ben: Client
) -> None:
    ada.add_activity("Stretching", category="Body", goal=2, description="slow", shared=True).went(201)
    ben.add_entry("stretching", value=1).went(201)
    entry = ben.get("/entries").json[0]
    assert (entry["activity"], entry["user_id"]) == ("Stretching", ben.id)
    assert (entry["activity_category"], entry["activity_goal"], entry["description"]) == ("Body", 2.0, "slow")
    assert ben.get("/activities").json == []


def test_a_shared_entry_is_taken_over_by_whoever_writes_it(ada: Client, ben: Client) -> None:
    world = ada.world
    read = world.mosaic.imports.read(["date,activity,value\n", "2024-06-01,Running,5\n"])
    world.mosaic.imports.write(None, read)
    assert [(one["user_id"], one["value"]) for one in ada.get("/entries").json] == [(None, 5.0)]
    assert ada.get("/today").json[0]["value"] == 5.0
    assert ben.get("/entries").json == []
    ben.add_entry("running", value=7).went(200)
    assert [(one["user_id"], one["value"]) for one in ben.get("/entries").json] == [(ben.id, 7.0)]
    assert ada.get("/entries").json == []
    assert ada.get("/today").json[0]["value"] is None


def test_an_administrators_statistics_hold_only_their_own_rows(ada: Client) -> None:
    read = ada.world.mosaic.imports.read(["date,activity,value\n", "2024-06-01,Running,5\n"])
    ada.world.mosaic.imports.write(None, read)
    ada.add_activity("Shared", shared=True, goal=1).went(201)
    stats = ada.get("/stats/progress").json
    assert stats["positive_vs_negative"]["positive"] == 0
    assert stats["avg_goal_fulfillment_by_category"] == []


def test_administrators_rights_are_no_part_of_a_cached_view(ada: Client, ben: Client) -> None:
    ada.add_activity("Shared", shared=True).went(201)
    assert ben.get("/today").json == []
    ada.world.mosaic.accounts.set_admin("ben", is_admin=True)
    assert [one["name"] for one in ben.get("/today").json] == ["Shared"]
    ada.world.mosaic.accounts.set_admin("ben", is_admin=False)
    assert ben.get("/today").json == []


def test_a_deleted_users_shared_rows_stay(ada: Client, ben: Client) -> None:
    ada.world.mosaic.accounts.set_admin("ben", is_admin=True)
    ben.add_activity("Shared", shared=True).went(201)
    ben.delete("/user").went(200)
    assert [one["name"] for one in ada.get("/activities").json] == ["Shared"]
