"""Pauses over HTTP."""

from typing import Any

import pytest

from mosaic_core.schedules.pauses import MOST_PAUSES, NewPause
from support_http import Client, Serve, World

NEW = {"from": "2024-06-01", "to": "2024-06-07", "activity_id": None, "reason": "Holidays"}


def add(person: Client, **said: object) -> dict[str, Any]:
    told: dict[str, Any] = person.post("/pauses", {"from": "2024-06-01", **said}).went(201).json
    return told


def test_a_pause_is_told_as_it_was_added(ada: Client) -> None:
    pause = ada.post("/pauses", NEW).went(201).json
    assert pause == {"id": 1, **NEW}
    listed = ada.get("/pauses").went(200)
    assert (listed.json, listed.header("x-total-count")) == ([pause], "1")


def test_what_is_left_out_is_until_further_notice_and_everything(ada: Client) -> None:
    assert add(ada) == {"id": 1, "from": "2024-06-01", "to": None, "activity_id": None, "reason": ""}


def test_pauses_come_by_their_first_day(ada: Client) -> None:
    days = ["2024-06-03", "2024-06-01", "2024-06-02", "2024-06-01"]
    ids = [add(ada, **{"from": day})["id"] for day in days]
    assert [one["id"] for one in ada.get("/pauses").json] == [ids[1], ids[3], ids[2], ids[0]]


@pytest.mark.parametrize(
    "said",
    [
        {"from": None}, {"from": "tomorrow"}, {"from": "1899-12-31"}, {"from": "2201-01-01"}, {"from": 5},
        {"to": "2024-05-31"}, {"to": "2024-02-30"}, {"to": 1}, {"activity_id": 0}, {"activity_id": "1"},
        {"activity_id": True}, {"activity_id": 1.5}, {"activity_id": 2**63}, {"reason": "r" * 121},
        {"reason": None}, {"reason": "two\nlines"}, {"until": "2024-06-02"}, {"from_": "2024-06-01"},
        {"id": 5},
    ],
)  # fmt: skip
def test_a_wrong_pause_is_refused_and_nothing_is_added(ada: Client, said: dict[str, object]) -> None:
    ada.post("/pauses", {**NEW, **said}).failed("invalid_input")
    assert ada.get("/pauses").json == []


def test_a_field_that_is_wrong_is_named(ada: Client) -> None:
    assert ada.post("/pauses", {}).failed("invalid_input").details == {"fields": ["from"]}
    assert ada.post("/pauses", {"from": "1800-01-01"}).failed("invalid_input").details == {"field": "from"}
    assert ada.post("/pauses", {"from": "2024-06-02", "to": "2024-06-01"}).details == {"field": "to"}


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ({"from": "2024-05-01"}, {"from": "2024-05-01"}),
        ({"to": "2024-06-01"}, {"to": "2024-06-01"}),
        ({"to": None}, {"to": None}),
        ({"activity_id": None}, {"activity_id": None}),
        ({"reason": " "}, {"reason": ""}),
        (
            {"from": "2024-07-01", "to": None, "reason": "Flu"},
            {"from": "2024-07-01", "to": None, "reason": "Flu"},
        ),
    ],
)
def test_a_change_changes_what_it_says_and_nothing_else(
    ada: Client, said: dict[str, object], after: dict[str, object]
) -> None:
    number = ada.add_activity().went(201).json["activity"]["id"]
    pause = add(ada, to="2024-06-07", activity_id=number, reason="Holidays")
    changed = ada.patch(f"/pauses/{pause['id']}", said).went(200).json
    assert changed == {**pause, **after}
    assert ada.get("/pauses").json == [changed]


@pytest.mark.parametrize(
    "said", [{}, {"from": None}, {"reason": None}, {"to": "2024-05-31"}, {"from": "2024-06-08"}, {"x": 1}]
)
def test_a_wrong_change_is_refused_and_changes_nothing(ada: Client, said: dict[str, object]) -> None:
    pause = add(ada, to="2024-06-07")
    ada.patch(f"/pauses/{pause['id']}", said).failed("invalid_input")
    assert ada.get("/pauses").json == [pause]


def test_a_pause_may_name_an_activity_that_its_user_sees(ada: Client, ben: Client) -> None:
    bens = ben.add_activity().went(201).json["activity"]["id"]
    shared = ada.add_activity("Shared", shared=True).went(201).json["activity"]["id"]
    assert add(ben, activity_id=bens)["activity_id"] == bens
    assert add(ada, activity_id=shared)["activity_id"] == shared
    ada.post("/pauses", {**NEW, "activity_id": bens}).failed("not_found")
    ben.post("/pauses", {**NEW, "activity_id": shared}).failed("not_found")
    pause = add(ben)
    ben.patch(f"/pauses/{pause['id']}", {"activity_id": shared}).failed("not_found")
    assert ben.get("/pauses").json[1] == pause


def test_a_pause_is_its_owners_alone(ada: Client, ben: Client) -> None:
    pause = add(ben)
    assert ada.get("/pauses").json == []
    ada.patch(f"/pauses/{pause['id']}", {"reason": "mine"}).failed("not_found")
    ada.delete(f"/pauses/{pause['id']}").failed("not_found")
    assert ben.get("/pauses").json == [pause]


def test_a_deleted_pause_is_gone(ada: Client) -> None:
    pause = add(ada)
    assert ada.delete(f"/pauses/{pause['id']}").went(200).json == {"message": "Pause 1 deleted"}
    assert ada.get("/pauses").json == []
    ada.delete(f"/pauses/{pause['id']}").failed("not_found")


def test_the_pauses_of_an_activity_go_with_it_and_move_when_it_is_merged(ada: Client) -> None:
    ids = [ada.add_activity(name).went(201).json["activity"]["id"] for name in "ab"]
    pause = add(ada, activity_id=ids[0])
    ada.post(f"/activities/{ids[0]}/merge", {"into": ids[1]}).went(200)
    assert ada.get("/pauses").json == [{**pause, "activity_id": ids[1]}]
    ada.patch(f"/activities/{ids[1]}/deactivate").went(200)
    ada.delete(f"/activities/{ids[1]}").went(200)
    assert ada.get("/pauses").json == []


def test_each_change_is_audited(world: World, ada: Client) -> None:
    pause = add(ada, to="2024-06-07")
    ada.patch(f"/pauses/{pause['id']}", {"to": None}).went(200)
    ada.delete(f"/pauses/{pause['id']}").went(200)
    told = [one for one in world.audit() if one["event_type"].startswith("pause.")]
    context = {"pause_id": 1, "activity_id": None, "from": "2024-06-01"}
    assert [(one["event_type"], one["context"]) for one in told] == [
        ("pause.create", {**context, "to": "2024-06-07"}),
        ("pause.update", {**context, "to": None}),
        ("pause.delete", {**context, "to": None}),
    ]
    assert {one["user_id"] for one in told} == {ada.id}


def test_an_idempotency_key_adds_one_pause(ada: Client) -> None:
    first, again = (ada.post("/pauses", NEW, {"Idempotency-Key": "once"}).went(201) for _ in range(2))
    assert (first.json, again.header("idempotency-replayed")) == (again.json, "true")
    assert len(ada.get("/pauses").json) == 1


def test_changes_of_pauses_are_limited(serve: Serve) -> None:
    ada = serve(rate_limits={"pause": (3, 60)}).person("ada")
    pause = add(ada)
    ada.patch(f"/pauses/{pause['id']}", {"to": None}).went(200)
    ada.delete(f"/pauses/{pause['id']}").went(200)
    ada.post("/pauses", NEW).failed("too_many_requests")
    ada.get("/pauses").went(200)


def test_there_are_only_so_many_pauses(world: World, ada: Client) -> None:
    caller = world.mosaic.sessions.caller("ada")
    with world.mosaic.store.write():
        for _ in range(MOST_PAUSES):
            world.mosaic.pauses.add(caller, NewPause(from_=world.clock.now().date()))
    assert ada.post("/pauses", NEW).failed("invalid_state").details == {"max_pauses": MOST_PAUSES}


def test_a_pause_that_is_added_and_taken_away_leaves_no_trace(ada: Client) -> None:
    ada.add_activity().went(201)
    for day in range(1, 30, 2):
        ada.add_entry(day=f"2024-05-{day:02}", value=1).went(201)
    before = ada.get("/agenda").json, ada.get("/activities/1/history").json
    pause = add(ada, **{"from": "2024-05-10"})
    assert ada.get("/agenda").json != before[0]
    ada.delete(f"/pauses/{pause['id']}").went(200)
    assert (ada.get("/agenda").json, ada.get("/activities/1/history").json) == before
