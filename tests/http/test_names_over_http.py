"""Names that people type, over HTTP and over every store."""

from urllib.parse import quote

import pytest

from mosaic_core.accounts.model import Credentials
from support import a_user, an_activity
from support_http import PASSWORD, Client, World

COMPOSED = "Café"
DECOMPOSED = "Cafe\u0301"
EMOJI = "👨\u200d👩\u200d👧 ❤\ufe0f שלום"


def register(world: World, username: str) -> int:
    return world.anyone.post("/register", {"username": username, "password": PASSWORD}).status


def test_an_activity_is_one_in_any_composition_and_kept_composed(ada: Client) -> None:
    ada.add_activity(DECOMPOSED, category=DECOMPOSED, description=f" {DECOMPOSED} ").went(201)
    ada.add_activity(COMPOSED.upper()).failed("conflict")
    for at, spelling in enumerate((COMPOSED, DECOMPOSED, DECOMPOSED.upper())):
        ada.add_entry(spelling, f"2024-06-0{at + 1}", note=DECOMPOSED).went(201)
    activity = ada.activity(COMPOSED)
    assert (activity["category"], activity["description"]) == (COMPOSED, COMPOSED)
    rows = ada.get("/entries").json
    assert {(one["activity"], one["note"], one["category"]) for one in rows} == {(COMPOSED,) * 3}
    for spelling in (COMPOSED, DECOMPOSED, DECOMPOSED.upper()):
        assert len(ada.get(f"/entries?activity={quote(spelling)}").json) == 3
        assert len(ada.get(f"/entries?category={quote(spelling)}").json) == 3
    assert [one["name"] for one in ada.get("/today").json] == [COMPOSED]


def test_an_import_finds_an_activity_and_a_duplicate_in_any_composition(ada: Client) -> None:
    ada.add_activity(COMPOSED).went(201)
    told = ada.upload(f"date,activity\n2024-06-01,{DECOMPOSED}\n2024-06-01,{COMPOSED}\n").went(200).json
    assert [one.get("reason") for one in told["summary"]["details"]] == [None, "duplicate_in_file"]
    assert len(ada.get("/activities").json) == 1


def test_a_user_is_one_in_any_composition(world: World, ada: Client) -> None:
    assert register(world, "ren" + DECOMPOSED) == 201
    assert register(world, ("ren" + COMPOSED).upper()) == 409
    for spelling in ("ren" + DECOMPOSED, "REN" + COMPOSED):
        world.anyone.logged_in(spelling)
    assert ada.get("/users").json[1]["username"] == "ren" + COMPOSED


@pytest.mark.parametrize(
    "username",
    [
        "a\x1b[2Jx",
        "al\u200bice",
        "al\u202eice",
        "al\u2028ice",
        "al\u3000ice",
        "al\u3164ice",
        "al\ufe0fice",
        "al\u0378ice",
        "al\ue000ice",
        "\u0301\u0301\u0301",
        "\u115f\u115f\u115f",
    ],
)
def test_a_username_that_does_not_show_what_it_is_is_refused(world: World, username: str) -> None:
    refused = world.anyone.post("/register", {"username": username, "password": PASSWORD})
    assert refused.failed("invalid_input").details == {"field": "username"}


@pytest.mark.parametrize("username", ["josé", "Дмитрий", "שלום", "ผู้ใช้", "🏃🏃🏃", "o'neil-2"])
def test_a_username_of_any_script_is_taken(world: World, username: str) -> None:
    assert register(world, username) == 201


def test_texts_of_one_line_take_no_control_characters(ada: Client) -> None:
    ada.add_activity("Running").went(201)
    for field in ("name", "category", "description"):
        ada.put("/activities/1", {field: "a\x1b[2J"}).failed("invalid_input")
        ada.post("/add_activity", {"frequency_per_day": 1, "frequency_per_week": 1, "name": "n",
                                   "category": "c", field: "a\x07b"}).failed("invalid_input")  # fmt: skip
    ada.add_entry("Running", note="a\vb").failed("invalid_input")
    assert ada.add_entry("a\tb").failed("invalid_input").details == {"field": "activity"}
    assert ada.add_entry("\u3164").failed("invalid_input").details == {"field": "activity"}
    ada.patch("/user", {"display_name": "a\x1bb"}).failed("invalid_input")
    ada.patch("/user", {"display_name": "\u200b"}).failed("invalid_input")
    told = ada.upload('date,activity,note\n2024-06-01,"a\tb",\n2024-06-01,a,"b\x07"\n').went(200).json
    assert [one["reason"] for one in told["summary"]["details"]] == [
        'activity must not contain control characters: "a?b"',
        'note must not contain control characters: "b?"',
    ]


def test_emoji_and_text_from_right_to_left_come_back_as_they_were(ada: Client) -> None:
    ada.add_entry(EMOJI, note=EMOJI).went(201)
    ada.patch("/user", {"display_name": EMOJI}).went(200)
    entry = ada.get("/entries").json[0]
    assert (entry["activity"], entry["note"]) == (EMOJI, EMOJI)
    assert ada.get("/user").json["display_name"] == EMOJI


def test_notes_and_descriptions_of_several_lines_come_back_from_an_export_as_they_were(
    world: World, ada: Client
) -> None:
    said = "first\r\nsecond\n\tthird"
    ada.add_activity("Running", description=said).went(201)
    ada.add_entry("Running", note=said).went(201)
    ben = world.person("ben")
    told = ben.upload(ada.get("/export/csv").text).went(200).json
    assert told["summary"]["skipped"] == 0
    assert (ben.activity()["description"], ben.get("/entries").json[0]["note"]) == (said, said)


def test_notes_and_descriptions_are_trimmed_and_a_category_may_be_emptied(ada: Client) -> None:
    ada.add_activity("Running", description="  far ").went(201)
    ada.add_entry("Running", note=" wet\n").went(201)
    assert (ada.activity()["description"], ada.get("/entries").json[0]["note"]) == ("far", "wet")
    ada.put("/activities/1", {"category": " ", "description": " near "}).went(200)
    assert (ada.activity()["category"], ada.activity()["description"]) == ("", "near")


def test_an_account_whose_name_would_be_refused_today_keeps_working(world: World, ada: Client) -> None:
    name = "a\x1b[2J \u200b" + DECOMPOSED
    hashed = world.mosaic.accounts.passwords.hash(PASSWORD)
    with world.mosaic.store.write() as unit:
        unit.users.add(a_user(name, password_hash=hashed))
    for spelling in (name, name.replace(DECOMPOSED, COMPOSED)):
        world.anyone.logged_in(spelling).patch("/user", {"timezone": "Europe/Berlin"}).went(200)
    world.mosaic.accounts.set_password(name, "another password")
    world.anyone.logged_in(name, "another password")
    assert ada.get("/users").json[0]["username"] == name


def test_an_activity_whose_name_would_be_refused_today_keeps_working(world: World, ada: Client) -> None:
    name = "two\nlines\u0301"
    with world.mosaic.store.write() as unit:
        unit.activities.add(an_activity(ada.id, name))
    ada.add_entry(name).went(201)
    ada.put("/activities/1", {"goal": 3}).went(200)
    assert (ada.get("/entries").json[0]["activity"], len(ada.get("/activities").json)) == (name, 1)


def test_failed_logins_are_counted_for_a_name_in_any_composition(world: World) -> None:
    sessions = world.mosaic.sessions
    for at in range(11):
        attempt = sessions.begin_login((COMPOSED, DECOMPOSED)[at % 2], "here")
        sessions.check_login(Credentials(username=COMPOSED, password="wrong"), attempt)
        sessions.end_login(attempt)
    assert sessions.seconds_left(sessions.begin_login(DECOMPOSED.upper(), "here")) > 0
