"""Entries, the Today sheet and finalizing a day over HTTP."""

import datetime as dt
from urllib.parse import quote

import pytest

from support_http import Client, Serve, World

ENTRY_FIELDS = {
    "id",
    "user_id",
    "date",
    "activity",
    "value",
    "note",
    "description",
    "activity_category",
    "activity_goal",
    "activity_type",
    "category",
    "goal",
    "activity_description",
    "origin",
}
TODAY_FIELDS = {
    "activity_id",
    "name",
    "category",
    "activity_type",
    "description",
    "active",
    "deactivated_at",
    "goal",
    "entry_id",
    "value",
    "note",
    "activity_goal",
}


def test_an_entry_is_added_with_201_and_updated_with_200(ada: Client) -> None:
    ada.add_activity(description="outside", goal=2).went(201)
    assert set(ada.add_entry(value=0.5, note="wet").went(201).json) == {"message", "entry"}
    updated = ada.add_entry("RUNNING", value=1).went(200).json
    assert set(updated) == {"message", "entry"}
    assert updated["entry"] == ada.get("/entries/1").went(200).json
    assert updated["entry"].items() <= ada.get("/entries").json[0].items()
    assert ada.get("/entries").went(200).json == [
        {
            "id": 1,
            "user_id": 1,
            "date": "2024-06-01",
            "activity": "Running",
            "value": 1.0,
            "note": "",
            "description": "outside",
            "activity_category": "Health",
            "activity_goal": 2.0,
            "activity_type": "positive",
            "category": "Health",
            "goal": 2.0,
            "activity_description": "outside",
            "origin": "person",
        }
    ]


def test_value_and_note_that_are_left_out_replace_what_was_there(ada: Client) -> None:
    ada.add_entry(value=3, note="there").went(201)
    ada.add_entry().went(200)
    entry = ada.get("/entries").json[0]
    assert (entry["value"], entry["note"]) == (0.0, "")


def test_an_unknown_activity_is_created(ada: Client) -> None:
    ada.add_entry("Juggling", value=1).went(201)
    activity = ada.activity("Juggling")
    assert (activity["category"], activity["activity_type"], activity["goal"]) == ("", "positive", 0.0)
    assert (activity["frequency_per_day"], activity["frequency_per_week"]) == (1, 1)


@pytest.mark.parametrize(
    "said",
    [
        {"date": "2024-02-30"},
        {"date": "2024-6-1"},
        {"date": "1899-12-31"},
        {"date": "2201-01-01"},
        {"date": "20240601"},
        {"date": "2024-06-01T00:00:00"},
        {"date": "\u0662\u0660\u0662\u0664-06-01"},
        {"date": ""},
        {"date": 20240601},
        {"date": None},
        {"activity": ""},
        {"activity": "  "},
        {"activity": "a" * 121},
        {"activity": "nul\0"},
        {"activity": None},
        {"value": "1"},
        {"value": True},
        {"value": None},
        {"value": [1]},
        {"note": "n" * 101},
        {"note": "nul\0"},
        {"note": None},
        {"note": 1},
        {"user_id": 2},
        {"category": "Health"},
    ],
)
def test_adding_refuses_a_wrong_field(ada: Client, said: dict[str, object]) -> None:
    ada.post("/add_entry", {"date": "2024-06-01", "activity": "Running", **said}).failed("invalid_input")
    assert ada.get("/entries").json == []
    assert ada.get("/activities").json == []


@pytest.mark.parametrize(
    "said",
    [
        {"date": "1900-01-01"},
        {"date": "2200-12-31"},
        {"date": "2024-02-29"},
        {"activity": "a" * 120},
        {"activity": "日本語 🏃‍♀️"},
        {"value": -1.5},
        {"value": 1e308},
        {"value": 5e-324},
        {"note": "n" * 100},
        {"note": "line \u2028 break and 'quotes' \"too\""},
    ],
)
def test_adding_takes_values_at_their_bounds_and_gives_them_back(
    ada: Client, said: dict[str, object]
) -> None:
    ada.post("/add_entry", {"date": "2024-06-01", "activity": "Running", **said}).went(201)
    (name, value) = next(iter(said.items()))
    assert ada.get("/entries").json[0][name] == value


def test_what_is_missing_is_named(ada: Client) -> None:
    assert (
        ada.post("/add_entry", {}).failed("invalid_input").message
        == "Missing required field(s): date, activity"
    )


def test_entries_are_listed_newest_day_first_then_by_activity(ada: Client) -> None:
    for activity, day in [("b", "2024-05-30"), ("a", "2024-06-01"), ("c", "2024-06-01"), ("a", "2024-05-30")]:
        ada.add_entry(activity, day).went(201)
    listed = [(one["date"], one["activity"]) for one in ada.get("/entries").json]
    assert listed == [("2024-06-01", "a"), ("2024-06-01", "c"), ("2024-05-30", "a"), ("2024-05-30", "b")]


@pytest.mark.parametrize(
    ("query", "activities"),
    [
        ("start_date=2024-05-30", "bcd"),
        ("end_date=2024-05-30", "ab"),
        ("start_date=2024-05-30&end_date=2024-05-31", "bc"),
        ("start_date=2024-06-02&end_date=2024-05-01", ""),
        ("activity=B", "b"),
        ("activity=nothing", ""),
        ("category=Odd", "ac"),
        ("category=odd%20", "ac"),
        ("activity=all", "abcd"),
        ("activity=All%20Activities", "abcd"),
        ("activity=all_activities&category=all_categories", "abcd"),
        ("category=All%20categories", "abcd"),
        ("activity=&category=&start_date=", "abcd"),
        ("activity=a&category=Even", ""),
        ("api_key=1&_=1717243200", "abcd"),
    ],
)
def test_entries_are_filtered(ada: Client, query: str, activities: str) -> None:
    for at, name in enumerate("abcd"):
        ada.add_activity(name, category="Even" if at % 2 else "Odd").went(201)
        ada.add_entry(name, (dt.date(2024, 5, 29) + dt.timedelta(at)).isoformat()).went(201)
    assert "".join(sorted(one["activity"] for one in ada.get(f"/entries?{query}").json)) == activities


def test_every_listed_entry_has_exactly_the_promised_fields(ada: Client) -> None:
    ada.add_entry().went(201)
    assert set(ada.get("/entries").json[0]) == ENTRY_FIELDS


@pytest.mark.parametrize(
    "query",
    [
        "start_date=yesterday",
        "end_date=2024-02-30",
        "start_date=2024-6-1",
        "end_date=2024-06-01%00",
        "start_date=0000-01-01",
        "limit=0",
        "limit=-1",
        "limit=1.5",
        "limit=x",
        "limit=all",
        "limit=%2B5",
        "limit=1_0",
        "limit=٣",
        "offset=-1",
        "offset=x",
        "activity=%ff",
        "&".join(f"a{n}=1" for n in range(101)),
    ],
)
def test_a_wrong_query_is_told(ada: Client, query: str) -> None:
    ada.get(f"/entries?{quote(query, safe='=&%')}").failed("invalid_query")


def test_an_entry_is_deleted(ada: Client) -> None:
    ada.add_entry().went(201)
    assert set(ada.delete("/entries/1").went(200).json) == {"message"}
    assert ada.get("/entries").json == []
    ada.delete("/entries/1").failed("not_found")


@pytest.mark.parametrize("number", [0, 99, 2**63 - 1, 2**63, 2**64, 10**30])
def test_an_entry_id_that_is_nobodys_is_not_found(ada: Client, number: int) -> None:
    ada.delete(f"/entries/{number}").failed("not_found")


def test_an_id_of_thousands_of_digits_is_not_found(ada: Client) -> None:
    ada.delete(f"/entries/{'9' * 5000}").failed("not_found")


def test_today_shows_each_active_activity_with_its_entry_or_nulls(ada: Client) -> None:
    ada.add_activity("Running", goal=2).went(201)
    ada.add_activity("Biting nails", activity_type="negative").went(201)
    ada.add_entry("Running", value=1.5, note="wet").went(201)
    assert ada.get("/today").went(200).json == [
        {
            "activity_id": 2,
            "name": "Biting nails",
            "category": "Health",
            "activity_type": "negative",
            "description": "",
            "active": 1,
            "deactivated_at": None,
            "goal": 0.0,
            "entry_id": None,
            "value": None,
            "note": None,
            "activity_goal": None,
        },
        {
            "activity_id": 1,
            "name": "Running",
            "category": "Health",
            "activity_type": "positive",
            "description": "",
            "active": 1,
            "deactivated_at": None,
            "goal": 2.0,
            "entry_id": 1,
            "value": 1.5,
            "note": "wet",
            "activity_goal": 2.0,
        },
    ]


def test_a_negative_activitys_goals_are_0_on_today(ada: Client) -> None:
    ada.add_activity(goal=2).went(201)
    ada.add_entry(value=1).went(201)
    ada.put("/activities/1", {"activity_type": "negative"}).went(200)
    row = ada.get("/today").json[0]
    assert (row["goal"], row["activity_goal"]) == (0.0, 0.0)


def test_an_activity_shows_on_days_before_its_deactivation_and_not_from_then_on(ada: Client) -> None:
    ada.add_activity().went(201)
    ada.patch("/activities/1/deactivate").went(200)
    row = ada.get("/today?date=2024-05-31").json[0]
    assert set(row) == TODAY_FIELDS
    assert (row["active"], row["deactivated_at"]) == (0, "2024-06-01")
    assert ada.get("/today?date=2024-06-01").json == []
    assert ada.get("/today?date=2024-06-02").json == []


@pytest.mark.parametrize(
    "day", ["2024-02-30", "today", "2024-6-1", "0000-12-31", "10000-01-01", "%00", "2024-06-01Z"]
)
@pytest.mark.parametrize("target", ["/today", "/stats/progress"])
def test_a_wrong_date_is_told(ada: Client, target: str, day: str) -> None:
    ada.get(f"{target}?date={day}").failed("invalid_query")


def test_today_is_never_stale_after_a_write(ada: Client) -> None:
    ada.add_activity().went(201)
    seen = [ada.get("/today").json[0]["value"]]
    for value in (1, 2):
        ada.add_entry(value=value)
        seen.append(ada.get("/today").json[0]["value"])
    ada.delete("/entries/1").went(200)
    seen.append(ada.get("/today").json[0]["value"])
    assert seen == [None, 1.0, 2.0, None]
    ada.put("/activities/1", {"name": "Jogging"}).went(200)
    assert ada.get("/today").json[0]["name"] == "Jogging"
    ada.patch("/activities/1/deactivate").went(200)
    assert ada.get("/today").json == []


def test_finalizing_adds_a_zero_for_each_missing_entry_of_that_day(ada: Client) -> None:
    for name in ("a", "b", "c"):
        ada.add_activity(name).went(201)
    ada.add_entry("a", "2026-01-02", value=4).went(201)
    reply = ada.post("/finalize_day", {"date": "2026-01-02"}).went(200)
    assert reply.json == {"message": "2 missing entries added for 2026-01-02", "created": 2}
    assert sorted((one["activity"], one["value"]) for one in ada.get("/entries").json) == [
        ("a", 4.0),
        ("b", 0.0),
        ("c", 0.0),
    ]
    again = ada.post("/finalize_day", {"date": "2026-01-02"}).went(200)
    assert again.json == {"message": "0 missing entries added for 2026-01-02", "created": 0}


@pytest.mark.parametrize("said", [{"date": "2024-02-30"}, {"date": None}, {"date": 1}, {"day": "2024-06-01"}])
def test_finalizing_refuses_a_wrong_field(ada: Client, said: dict[str, object]) -> None:
    ada.post("/finalize_day", said).failed("invalid_input")


def test_of_many_who_add_one_entry_at_once_one_adds_and_the_others_update(ada: Client) -> None:
    said = [{"date": "2024-06-01", "activity": "Running", "value": n} for n in range(40)]
    replies = ada.world.together(ada.asking("POST", "/add_entry", one) for one in said)
    assert sorted(reply.status for reply in replies) == [200] * 39 + [201]
    assert len(ada.get("/entries").json) == len(ada.get("/activities").json) == 1


def test_the_servers_time_zone_is_that_of_users_without_one(serve: Serve) -> None:
    ada = serve(timezone="Pacific/Kiritimati").person("ada")
    ada.add_activity().went(201)
    assert "2024-06-02" in ada.post("/finalize_day", {}).json["message"]
    ada.patch("/activities/1/deactivate").went(200)
    assert ada.activity()["deactivated_at"] == "2024-06-02"


def test_two_users_finalize_different_dates_at_one_instant(world: World) -> None:
    days = []
    for name, zone in [("kiri", "Pacific/Kiritimati"), ("pago", "Pacific/Pago_Pago")]:
        person = world.person(name)
        person.patch("/user", {"timezone": zone}).went(200)
        person.add_activity().went(201)
        world.clock.instant = dt.datetime(2024, 6, 1, 10, 30, tzinfo=dt.UTC)
        person.post("/finalize_day", {}).went(200)
        days.append(person.get("/entries").json[0]["date"])
        assert person.get("/today").json[0]["entry_id"] is not None
    assert days == ["2024-06-02", "2024-05-31"]


def test_today_follows_the_users_midnight_and_a_changed_time_zone_at_once(ada: Client) -> None:
    ada.patch("/user", {"timezone": "Pacific/Kiritimati"}).went(200)
    ada.add_activity().went(201)
    ada.add_entry(day="2024-06-02", value=7).went(201)
    assert ada.get("/today").json[0]["value"] == 7.0
    ada.patch("/user", {"timezone": "UTC"}).went(200)
    assert ada.get("/today").json[0]["value"] is None
    ada.world.clock.advance(hours=12)
    assert ada.world.anyone.logged_in("ada").get("/today").json[0]["value"] == 7.0
