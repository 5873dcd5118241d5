"""The agenda and histories over HTTP."""

import datetime as dt
from contextlib import closing
from typing import Any

import pytest

from support_http import Client, Serve, World
from worked_examples import EXAMPLES, Example, Seen, noon


def item(person: Client, name: str = "Running", date: str = "") -> dict[str, Any]:
    """Return an activity's item of the agenda."""
    told = person.get(f"/agenda?date={date}" if date else "/agenda").went(200).json
    found: dict[str, Any] = next(one for one in told["items"] if one["name"] == name)
    return found


def history(person: Client, query: str = "", name: str = "Running") -> dict[str, Any]:
    """Return an activity's history."""
    told: dict[str, Any] = (
        person.get(f"/activities/{person.activity(name)['id']}/history{query}").went(200).json
    )
    return told


def at(world: World, when: dt.datetime) -> None:
    """Let it be that instant."""
    world.clock.instant = when


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_a_worked_example_is_told_exactly(world: World, example: Example) -> None:
    at(world, noon(example.seen[0].on))
    ada = world.person("ada")
    ada.add_activity(**example.activity).went(201)
    for day, value in example.values.items():
        ada.add_entry(day=f"2026-{day}", value=value).went(201)
    for first, last in example.pauses:
        ada.post("/pauses", {"from": f"2026-{first}", "to": f"2026-{last}"}).went(201)
    for seen in example.seen:
        at(world, noon(seen.on))
        require_told(world.anyone.logged_in("ada"), seen)


def require_told(person: Client, seen: Seen) -> None:
    today = item(person)
    told = history(person)
    assert item(person, date=f"2026-{seen.on}") == today
    streak = {key: told["streak"][key] for key in ("current", "longest")}
    assert streak == {"current": seen.current, "longest": seen.longest}
    assert (told["strength"], told["rate"]["30"]) == (seen.strength, seen.rate)
    strengths = {one["date"][5:]: one["strength"] for one in told["strengths"]}
    assert {day: strengths[day] for day in seen.strengths} == seen.strengths
    states = {one["date"][5:]: one["state"] for one in told["days"]}
    assert {day: states[day] for day in seen.states} == seen.states
    assert (today["streak"], today["strength"], today["state"]) == (
        told["streak"], told["strength"], states[seen.on]
    )  # fmt: skip
    assert told["to"] == f"2026-{seen.on}"
    for day, state in states.items():
        if state == "done":
            assert item(person, date=f"2026-{day}")["state"] == "done"


def test_an_agenda_has_exactly_the_promised_fields(ada: Client) -> None:
    ada.add_activity(unit="km", target={"kind": "at_least", "value": 5}).went(201)
    entry = ada.add_entry(value=2.5, note="slow").went(201).json["entry"]
    assert ada.get("/agenda").went(200).json == {
        "date": "2024-06-01",
        "items": [
            {
                "activity_id": 1,
                "name": "Running",
                "category": "Health",
                "activity_type": "positive",
                "unit": "km",
                "schedule": {"kind": "daily"},
                "target": {"kind": "at_least", "value": 5.0},
                "state": "open",
                "due": True,
                "value": 2.5,
                "note": "slow",
                "entry_id": entry["id"],
                "done": 0,
                "needed": 1,
                "streak": {"current": 0, "longest": 0, "unit": "days"},
                "strength": 0.0,
                "origin": "person",
            }
        ],
    }


def test_a_history_has_exactly_the_promised_fields(ada: Client) -> None:
    ada.add_activity().went(201)
    ada.add_entry(day="2024-05-31", value=1).went(201)
    assert history(ada, "?from=2024-05-30&to=2024-06-02") == {
        "activity_id": 1,
        "name": "Running",
        "begin": "2024-05-31",
        "from": "2024-05-30",
        "to": "2024-06-02",
        "days": [
            {"date": "2024-05-30", "value": None, "state": None},
            {"date": "2024-05-31", "value": 1.0, "state": "done"},
            {"date": "2024-06-01", "value": None, "state": "open"},
            {"date": "2024-06-02", "value": None, "state": None},
        ],
        "streak": {"current": 1, "longest": 1, "unit": "days"},
        "strength": 0.052,
        "rate": {"30": 1.0, "90": 1.0, "365": 1.0},
        "strengths": [{"date": "2024-05-31", "strength": 0.052}],
    }


def test_without_days_a_history_is_of_the_last_365(ada: Client) -> None:
    ada.add_activity().went(201)
    told = history(ada)
    assert (told["from"], told["to"], len(told["days"]), told["begin"]) == (
        "2023-06-03",
        "2024-06-01",
        365,
        None,
    )
    assert history(ada, "?to=2024-03-01")["from"] == "2023-03-03"
    assert history(ada, "?from=2024-05-31")["to"] == "2024-06-01"
    assert len(history(ada, "?from=2014-05-26")["days"]) == 3660


@pytest.mark.parametrize(
    "query",
    [
        "from=2024-06-02", "from=2014-05-25", "from=2024-05-02&to=2024-05-01", "to=yesterday",
        "from=2024-13-01", "date=2024-06-01", "limit=5",
    ],
)  # fmt: skip
def test_days_that_no_history_has_are_refused(ada: Client, query: str) -> None:
    ada.add_activity().went(201)
    ada.get(f"/activities/1/history?{query}").failed("invalid_query")


def test_what_is_due_comes_first_then_what_is_done_then_the_rest_each_by_name(ada: Client) -> None:
    for name in ("éclair", "Zoo", "b", "A", "due", "Due 2", "rest"):
        ada.add_activity(name).went(201)
    for name in ("Zoo", "b", "A"):
        ada.add_entry(name, value=1).went(201)
    for name in ("due", "Due 2"):
        ada.add_entry(name, "2024-05-30", value=1).went(201)
    names = [one["name"] for one in ada.get("/agenda").went(200).json["items"]]
    assert names == ["due", "Due 2", "A", "b", "Zoo", "rest", "éclair"]


def test_the_agenda_has_the_activities_that_were_active_on_the_day(ada: Client) -> None:
    ada.add_activity().went(201)
    ada.patch("/activities/1/deactivate").went(200)
    assert ada.get("/agenda").went(200).json["items"] == []
    assert item(ada, date="2024-05-31")["state"] is None


def test_a_past_day_tells_what_the_agenda_said_on_that_day(world: World, ada: Client) -> None:
    ada.add_activity(schedule={"kind": "times", "times": 2, "per": 5}).went(201)
    told = {}
    for number in range(12):
        day = dt.date(2024, 6, 1) + dt.timedelta(days=number)
        at(world, dt.datetime.combine(day, dt.time(9), dt.UTC))
        ada = world.anyone.logged_in("ada")
        if number % 4 != 1:
            ada.add_entry(day=day.isoformat(), value=number % 3).went(201)
        told[day] = ada.get("/agenda").went(200).json
    for day, then in told.items():
        assert ada.get(f"/agenda?date={day}").went(200).json == then


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31", "2200-12-31", "1900-01-01"])
def test_any_day_can_be_looked_at(ada: Client, date: str) -> None:
    ada.add_activity().went(201)
    ada.add_entry(day="1900-01-01", value=1).went(201)
    assert item(ada, date=date)["state"] == {"0001-01-01": None, "1900-01-01": "done"}.get(date, "open")
    assert item(ada)["strength"] == 0.0


@pytest.mark.parametrize("date", ["today", "2024-02-30", "24-01-01"])
def test_a_wrong_day_is_refused(ada: Client, date: str) -> None:
    ada.get(f"/agenda?date={date}").failed("invalid_query")


def test_every_change_shows_at_once_in_the_agenda_and_the_history(ada: Client) -> None:
    ada.add_activity().went(201)
    seen: list[Any] = []

    def changed() -> None:
        """Require that both tell something new."""
        now = ada.get("/agenda").went(200).json["items"], ada.get("/activities/1/history").went(200).json
        assert not seen or seen[-1][0] != now[0]
        assert not seen or seen[-1][1] != now[1]
        seen.append(now)

    changed()
    entry = ada.add_entry(day="2024-05-20", value=1).went(201).json["entry"]
    changed()
    pause = ada.post("/pauses", {"from": "2024-05-25"}).went(201).json
    changed()
    ada.patch(f"/pauses/{pause['id']}", {"from": "2024-05-22"}).went(200)
    changed()
    ada.delete(f"/pauses/{pause['id']}").went(200)
    changed()
    ada.put("/activities/1", {"schedule": {"kind": "times", "times": 1, "per": "week"}}).went(200)
    changed()
    ada.post("/finalize_day", {}).went(200)
    changed()
    ada.upload("date,activity,value\n2024-05-29,Running,1\n").went(200)
    changed()
    ada.patch(f"/entries/{entry['id']}", {"date": "2024-05-01"}).went(200)
    changed()
    ada.add_activity("Jogging").went(201)
    ada.add_entry("Jogging", "2024-05-15", value=1).went(201)
    ada.post(f"/activities/{ada.activity('Jogging')['id']}/merge", {"into": 1}).went(200)
    changed()
    ada.put("/activities/1", {"name": "Walking"}).went(200)
    changed()


def test_a_new_time_zone_shows_at_once(world: World, ada: Client) -> None:
    at(world, dt.datetime(2024, 6, 1, 11, 30, tzinfo=dt.UTC))
    ada = world.anyone.logged_in("ada")
    ada.add_activity().went(201)
    dates = []
    for zone in ("Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"):
        ada.patch("/user", {"timezone": zone}).went(200)
        dates.append((ada.get("/agenda").went(200).json["date"], history(ada)["to"]))
    assert dates == [(day, day) for day in ("2024-06-01", "2024-06-01", "2024-06-01", "2024-06-02")]


def test_nobody_sees_the_habits_of_others(ada: Client, ben: Client) -> None:
    ben.add_activity().went(201)
    ben.add_entry(value=1).went(201)
    number = ben.activity()["id"]
    assert ada.get("/agenda").went(200).json["items"] == []
    ada.get(f"/activities/{number}/history").failed("not_found")
    ada.get("/activities/99/history").failed("not_found")
    ben.get(f"/activities/{number}/history").went(200)


def test_an_administrator_sees_shared_activities_and_where_they_have_no_entry_the_shared_one(
    world: World, ada: Client, ben: Client
) -> None:
    ada.add_activity("Shared", shared=True).went(201)
    ada.add_activity("Own").went(201)
    ada.get("/agenda").went(200)
    imports = world.mosaic.imports
    rows = [f"2024-05-{day},{name},1\n" for day in (29, 30, 31) for name in ("Shared", "own")]
    with closing(imports.read(["date,activity,value\n", *rows], None)) as read:
        imports.write(None, read)
    ada.add_entry("own", "2024-05-30", value=0).went(200)
    assert item(ada, "Shared")["streak"]["current"] == 3
    assert item(ada, "Own")["streak"] == {"current": 1, "longest": 1, "unit": "days"}
    assert history(ada, name="Shared")["begin"] == "2024-05-29"
    assert ben.get("/agenda").went(200).json["items"] == []
    number = ada.activity("Shared")["id"]
    ada.post("/pauses", {"from": "2024-05-31", "activity_id": number}).went(201)
    ben.post("/pauses", {"from": "2024-05-31", "activity_id": number}).failed("not_found")


def test_the_agenda_after_a_large_import_is_kept_in_parts(serve: Serve) -> None:
    """The first look computes everything in a thread; later ones go on from what was kept of it."""
    world = serve()
    ada = world.person("ada")
    first = dt.date(2021, 1, 1)
    days = [first + dt.timedelta(days=number) for number in range(1247)]
    names = [f"Habit {number}" for number in range(12)]
    rows = [f"{day},{name},{(day.toordinal() + len(name)) % 5}\n" for day in days for name in names]
    ada.upload("".join(["date,activity,value\n", *rows])).went(200)
    told = ada.get("/agenda").went(200).json
    caller = world.mosaic.sessions.caller("ada")
    with world.mosaic.store.read() as unit:
        kept = unit.pasts.at(caller.user_id, dt.date(2024, 5, 31))
    assert {one.through for one in kept.values()} == {dt.date(2024, 5, 31)}
    assert len(kept) == len(names)
    ada.add_activity("Another").went(201)
    again = ada.get("/agenda").went(200).json
    assert [one for one in again["items"] if one["name"] != "Another"] == told["items"]
