"""A day that starts later than its date: until then it is still yesterday, wherever today is asked."""

import datetime as dt

import pytest

from support_http import Client, Serve

BERLIN = "Europe/Berlin"
LATE = dt.datetime(2024, 6, 2, 0, 59, tzinfo=dt.UTC)
"""2:59 in Berlin."""


@pytest.fixture
def ada(serve: Serve) -> Client:
    """Somebody whose login outlasts these tests."""
    return serve(jwt_exp_minutes=60 * 24 * 7).person("ada")


def today_of(person: Client) -> set[str]:
    """Return what the calls without a date take for today."""
    person.add_activity().went(201)
    told = {person.post("/finalize_day", {}).went(200).json["message"].split()[-1]}
    (entry,) = person.get("/entries").json
    told.add(entry["date"])
    (row,) = person.get("/today").json
    assert row["entry_id"] == entry["id"]
    told.add(person.get("/wearable/day").json["date"])
    told.add(person.get("/wearable/trends").json["values"][-1]["date"])
    person.patch("/activities/1/deactivate").went(200)
    told.add(person.activity()["deactivated_at"])
    return told


@pytest.mark.parametrize(
    ("minutes", "day_start", "day"),
    [(0, "03:00", "2024-06-01"), (1, "03:00", "2024-06-02"), (0, "00:00", "2024-06-02")],
)
def test_at_2_59_it_is_yesterday_and_at_3_00_today(
    ada: Client, minutes: int, day_start: str, day: str
) -> None:
    told = ada.patch("/user", {"timezone": BERLIN, "day_start": day_start}).went(200).json["user"]
    assert told["day_start"] == ada.get("/user").json["day_start"] == day_start
    ada.world.clock.instant = LATE + dt.timedelta(minutes=minutes)
    assert today_of(ada) == {day}


def test_statistics_are_as_of_the_day_that_has_started(ada: Client) -> None:
    ada.add_activity().went(201)
    for day in ("2024-05-31", "2024-06-01"):
        ada.add_entry(day=day, value=1).went(201)
    ada.patch("/user", {"timezone": BERLIN, "day_start": "03:00"}).went(200)
    ada.world.clock.instant = LATE
    ada.patch("/user", {"day_start": "03:00"}).went(200)
    assert ada.get("/stats/progress").json == ada.get("/stats/progress?date=2024-06-01").json
    assert ada.get("/stats/progress").json["goal_completion_today"] == 100.0
    ada.world.clock.instant = LATE + dt.timedelta(minutes=1)
    assert ada.get("/stats/progress").json["goal_completion_today"] == 0.0


def test_a_changed_start_counts_at_once_and_starts_of_others_do_not(ada: Client) -> None:
    ben = ada.world.person("ben")
    ada.world.clock.instant = LATE
    for person in (ada, ben):
        person.patch("/user", {"timezone": BERLIN}).went(200)
        person.add_activity().went(201)
        person.add_entry(day="2024-06-02", value=7).went(201)
        assert person.get("/today").json[0]["value"] == 7.0
    ada.patch("/user", {"day_start": "03:00"}).went(200)
    assert [person.get("/today").json[0]["value"] for person in (ada, ben)] == [None, 7.0]
    ada.patch("/user", {"day_start": "02:59"}).went(200)
    assert ada.get("/today").json[0]["value"] == 7.0


def test_whoever_moves_from_auckland_to_los_angeles_lives_a_day_twice(ada: Client) -> None:
    ada.patch("/user", {"timezone": "Pacific/Auckland", "day_start": "03:00"}).went(200)
    ada.world.clock.instant = dt.datetime(2024, 6, 1, 16, 0, tzinfo=dt.UTC)  # 4:00 on 06-02 in Auckland
    ada.add_activity().went(201)
    assert ada.post("/finalize_day", {}).json["message"].endswith("2024-06-02")
    ada.patch("/user", {"timezone": "America/Los_Angeles"}).went(200)  # 9:00 on 06-01
    assert ada.get("/today").json[0]["entry_id"] is None
    assert ada.post("/finalize_day", {}).json["message"].endswith("2024-06-01")
    assert [one["date"] for one in ada.get("/entries").json] == ["2024-06-02", "2024-06-01"]
    ada.world.clock.instant = dt.datetime(2024, 6, 2, 9, 59, tzinfo=dt.UTC)  # 2:59 on 06-02
    assert ada.post("/finalize_day", {}).json == {
        "message": "0 missing entries added for 2024-06-01",
        "created": 0,
    }
    ada.world.clock.instant = dt.datetime(2024, 6, 2, 10, 0, tzinfo=dt.UTC)
    assert ada.get("/today").json[0]["entry_id"] is not None
    assert ada.post("/finalize_day", {}).json["created"] == 0


def test_an_idempotency_key_tells_starts_apart(ada: Client) -> None:
    key = {"Idempotency-Key": "k"}
    first = ada.ask("PATCH", "/user", {"day_start": "03:00"}, headers=key).went(200)
    assert ada.ask("PATCH", "/user", {"day_start": "03:00"}, headers=key).went(200).json == first.json
    ada.ask("PATCH", "/user", {"day_start": "04:00"}, headers=key).failed("idempotency_mismatch")
