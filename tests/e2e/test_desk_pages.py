"""The pages for what wearables measured, for files, accounts and administration, in a real browser."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support_browser import DESK, PASSWORD, Visitor, a_context
from support_measured import send_day
from support_server import Client, Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

TODAY = dt.datetime.now(dt.UTC).date()
HOSTILE = '<img src=x onerror="alert(1)"> שלום 👩‍👩‍👧 ' + "x" * 70
SMALL_PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}

PLACES = {
    "body/day": "1,234",
    "body/week": "Sleep stages",
    "body/month": "1,234",
    "body/year": "1,234",
    "import": "Drop a file here",
    "account": "Where you are logged in",
    "administration/users": "ada, number 1",
    "administration/backups": "Back up now",
    "administration/health": "Requests since the start",
    "administration/audit": "auth.register",
    "administration/log": "Process",
    "administration/cameras": "Address of the camera",
}
"""The places of the pages, and what is shown at each once its data is there."""


@pytest.fixture(scope="module")
def mosaic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server below a root path; ada looks after it."""
    folder = tmp_path_factory.mktemp("mosaic")
    with serving(folder, root_path="/below", rate_limits="off") as started:
        send_day(started.anyone.registered("ada"), TODAY)
        yield started
        started.stop()


@contextmanager
def visiting(browser: "Browser", mosaic: Server, name: str, **look: Any) -> Iterator[Visitor]:  # noqa: ANN401  # any option
    """Have somebody log in at the page; at the end, want that their browser did not complain."""
    with a_context(browser, **look) as context:
        visitor = Visitor(context.new_page(), f"http://127.0.0.1:{mosaic.port}/below")
        visitor.open("settings")
        visitor.log_in(name)
        yield visitor
        assert visitor.errors == []


@pytest.fixture(scope="module")
def ada(browser: "Browser", mosaic: Server) -> Iterator[Visitor]:
    """The administrator at a desk."""
    with visiting(browser, mosaic, "ada", viewport=DESK, locale="en-US") as visitor:
        yield visitor


@pytest.fixture(scope="module")
def bobs(mosaic: Server) -> Client:
    """Somebody else's account, by the interface for programs."""
    client = mosaic.anyone.registered("bob")
    client.patch("/user", {"display_name": HOSTILE}).went(200)
    client.post("/tokens", {"name": HOSTILE[:80], "scopes": ["read"]}).went(201)
    send_day(client, TODAY, device=HOSTILE)
    return client


@pytest.fixture(scope="module")
def bob(browser: "Browser", mosaic: Server, bobs: Client) -> Iterator[Visitor]:
    """The same at the page, on a small phone at night."""
    with visiting(browser, mosaic, bobs.name, **SMALL_PHONE) as visitor:
        yield visitor


@pytest.fixture
def person(mosaic: Server, request: pytest.FixtureRequest) -> Client:
    """Somebody with an account of their own, by the interface for programs."""
    return mosaic.anyone.registered(request.node.name[:80])


@pytest.fixture
def guest(browser: "Browser", mosaic: Server, person: Client) -> Iterator[Visitor]:
    """The same at the page, on a phone."""
    with visiting(browser, mosaic, person.name) as visitor:
        yield visitor


def is_sound(visitor: Visitor) -> None:
    """Want a page that axe-core finds nothing wrong with, and that is not wider than its window."""
    page = visitor.page
    page.locator(".waiting").first.wait_for(state="detached")
    assert visitor.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def card(visitor: Visitor, heading: str) -> "Locator":
    """Return the part of the page that has this heading."""
    page = visitor.page
    return page.locator(".card", has=page.get_by_role("heading", name=heading, exact=True))


@pytest.mark.parametrize(("place", "text"), PLACES.items())
def test_each_place_shows_an_administrator_its_data_accessibly(ada: Visitor, place: str, text: str) -> None:
    ada.open(place)
    ada.page.get_by_text(text).first.wait_for()
    is_sound(ada)


@pytest.mark.parametrize("place", ["body/day", "account"])
def test_what_people_write_is_shown_as_text_on_a_small_phone(bob: Visitor, place: str) -> None:
    bob.open(place)
    bob.page.get_by_text(HOSTILE[:80]).first.wait_for()
    is_sound(bob)
    assert bob.page.locator("img").count() == 0


def test_administration_is_not_there_for_others(bob: Visitor) -> None:
    bob.open("administration/users")
    bob.page.wait_for_url("**/app#/today")
    assert bob.page.get_by_role("link", name="Administration").count() == 0


def test_the_source_that_is_moved_up_counts(bob: Visitor, bobs: Client) -> None:
    bob.open("body/day")
    bob.page.get_by_role("button", name="Move HealthConnect · watch up").click()
    first = card(bob, "Sources").get_by_role("listitem").first
    first.get_by_text("HealthConnect · watch").wait_for()
    ranks = {one["device_id"]: one["priority"] for one in bobs.get("/wearable/sources").json}
    assert ranks == {"watch": 0, HOSTILE: 1}


def test_the_stages_of_a_night_are_told_in_words_too(bob: Visitor) -> None:
    bob.open("body/day")
    sleep = card(bob, "Sleep")
    sleep.get_by_text("4 h 0 min").wait_for()
    assert re.sub(r"\s+", " ", sleep.locator("dl").inner_text()) == "Light 2 h 0 min 33% Deep 4 h 0 min 67%"


def test_a_chart_is_a_table_too(bob: Visitor) -> None:
    bob.open("body/day")
    steps = card(bob, "Steps")
    steps.get_by_text("As a table").click()
    steps.get_by_role("row", name="20 234", exact=True).wait_for()
    rows = steps.get_by_role("row").all_inner_texts()
    assert [re.split(r"\s+", one) for one in rows[7:9]] == [["6", "100"], ["7", "100"]]
    assert rows[21].split() == ["20", "234"]


def test_without_measurements_the_body_says_where_they_come_from(guest: Visitor) -> None:
    guest.open("body/week")
    guest.page.get_by_text("Nothing has sent measurements yet").wait_for()
    guest.page.get_by_text("Nothing was recorded then").first.wait_for()
    is_sound(guest)


def test_a_table_from_elsewhere_is_imported_and_its_bad_rows_are_told(
    bob: Visitor, bobs: Client, tmp_path: Path
) -> None:
    table = tmp_path / "old.csv"
    table.write_text(f"date,activity,value\n2026-01-02,Reading,1\nsoon,{HOSTILE},1\n", "utf-8")
    bob.open("import")
    bob.page.locator("input[type=file]").set_input_files(table)
    bob.page.get_by_role("button", name="Import now").click()
    bob.page.get_by_role("status").get_by_text("Imported").wait_for()
    bob.page.get_by_text("1 row is left out").click()
    bob.page.get_by_text("Row 3 · soon").wait_for()
    is_sound(bob)
    bob.page.get_by_role("button", name="Choose another file").click()
    (entry,) = bobs.get("/entries?activity=Reading").json
    assert (entry["date"], entry["value"]) == ("2026-01-02", 1)


def test_what_a_file_would_do_is_shown_before_it_is_done(bob: Visitor, bobs: Client, tmp_path: Path) -> None:
    if bobs.post("/imports", {}).status == 404:
        pytest.skip("this Mosaic imports tables alone")
    table = tmp_path / "habits.csv"
    table.write_text("date,activity,value\n2026-01-02,Juggling,1\n2026-01-03,Juggling,1\n", "utf-8")
    bob.open("import")
    bob.page.locator("input[type=file]").set_input_files(table)
    bob.page.get_by_role("status").get_by_text("This would happen").wait_for()
    bob.page.get_by_text("2 new").wait_for()
    is_sound(bob)
    assert bobs.get("/entries?activity=Juggling").json == []
    bob.page.get_by_role("button", name="Import now").click()
    bob.page.get_by_role("status").get_by_text("Imported").wait_for()
    assert len(bobs.get("/entries?activity=Juggling").json) == 2


def test_a_habit_is_filled_in_by_a_rule(bob: Visitor, bobs: Client) -> None:
    if bobs.get("/rules").status == 404:
        pytest.skip("this Mosaic has no rules")
    habit = {"name": "Walking", "category": "Health", "frequency_per_day": 1, "frequency_per_week": 7}
    bobs.post("/add_activity", habit).went(201)
    bob.open("body/day")
    rules = card(bob, "Rules")
    rules.get_by_text("Add a rule").click()
    rules.get_by_label("Habit").select_option("Walking")
    rules.get_by_label("High enough from").fill("1000")
    rules.get_by_role("button", name="Add rule").click()
    rules.get_by_role("listitem").get_by_text("Steps: done from 1,000").wait_for()
    is_sound(bob)
    (entry,) = bobs.get("/entries?activity=Walking").json
    assert (entry["value"], entry["origin"]) == (1, "rule")


def test_everything_is_exported_to_a_file(bob: Visitor, bobs: Client) -> None:
    bobs.add_entry("Writing").went(201)
    bob.open("import")
    with bob.page.expect_download() as waited:
        bob.page.get_by_role("link", name="Everything as JSON").click()
    told = json.loads(Path(waited.value.path()).read_text("utf-8"))
    assert "Writing" in [one["activity"] for one in told["entries"]]


def test_a_new_day_begins_when_the_person_says(bob: Visitor, bobs: Client) -> None:
    bob.open("account")
    bob.page.get_by_label("Time zone").fill("Europe/Prague")
    bob.page.get_by_label("A new day begins at").fill("04:00")
    card(bob, "About you").get_by_role("button", name="Save").click()
    bob.page.get_by_text("Saved.").wait_for()
    told = bobs.get("/user").json
    assert (told["timezone"], told["day_start"]) == ("Europe/Prague", "04:00")


def test_a_password_changes_with_the_current_one_alone(
    guest: Visitor, person: Client, mosaic: Server
) -> None:
    guest.open("account")
    guest.page.get_by_label("New password").fill("another horse")
    guest.page.get_by_label("Current password").fill("wrong")
    guest.page.get_by_role("button", name="Change password").click()
    guest.page.get_by_text("That is not the current password.").wait_for()
    guest.page.get_by_label("Current password").fill(PASSWORD)
    guest.page.get_by_role("button", name="Change password").click()
    guest.page.get_by_text("Your password is changed.").wait_for()
    person.get("/user").failed(401, "unauthorized")
    mosaic.anyone.logged_in(person.name, "another horse")


def test_a_login_elsewhere_is_ended(guest: Visitor, person: Client) -> None:
    guest.open("account")
    card(guest, "Where you are logged in").get_by_role("button", name="Log out").click()
    guest.page.get_by_role("dialog").get_by_role("button", name="Log out").click()
    guest.page.get_by_role("dialog").wait_for(state="detached")
    person.get("/user").failed(401, "unauthorized")


def test_a_token_is_shown_once_and_opens_what_was_ticked(bob: Visitor, mosaic: Server) -> None:
    bob.open("account")
    bob.page.get_by_text("Make a token").click()
    bob.page.get_by_label("What it is for").fill("Phone")
    bob.page.get_by_role("button", name="Make token").click()
    dialog = bob.page.get_by_role("dialog")
    token = dialog.get_by_label("Token").input_value()
    assert bob.violations() == []
    dialog.get_by_role("button", name="I have it").click()
    card(bob, "Access tokens").get_by_text("Phone", exact=True).wait_for()
    assert token not in bob.page.content()
    bearer = Client(mosaic.port, {"Authorization": f"Bearer {token}"})
    bearer.get("/user").went(200)
    bearer.add_entry("Reading").failed(403, "forbidden")


def test_a_webhook_that_does_not_answer_is_told(ada: Visitor) -> None:
    ada.open("account")
    ada.page.get_by_text("Add a webhook").click()
    ada.page.get_by_label("Address").fill("http://127.0.0.1:9/hook")
    ada.page.get_by_role("button", name="Add webhook").click()
    ada.page.get_by_role("dialog").get_by_role("button", name="I have it").click()
    ada.page.get_by_role("button", name="Test http://127.0.0.1:9/hook").click()
    card(ada, "Webhooks").get_by_role("alert").get_by_text("The test did not arrive").wait_for()
    is_sound(ada)
    ada.page.get_by_role("button", name="Delete http://127.0.0.1:9/hook").click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    ada.page.get_by_text("127.0.0.1:9").first.wait_for(state="detached")


def test_an_account_goes_when_its_name_is_typed(guest: Visitor, person: Client, mosaic: Server) -> None:
    guest.open("account")
    guest.page.get_by_role("button", name="Delete account").click()
    dialog = guest.page.get_by_role("dialog")
    assert dialog.get_by_role("button", name="Delete everything").is_disabled()
    dialog.get_by_label("Type your user name").fill(person.name)
    dialog.get_by_role("button", name="Delete everything").click()
    guest.page.get_by_role("heading", name="Log in").wait_for()
    mosaic.anyone.post("/login", {"username": person.name, "password": PASSWORD}).failed(
        401, "invalid_credentials"
    )


def test_an_administrator_makes_a_backup_and_takes_it_along(ada: Visitor) -> None:
    ada.open("administration/backups")
    ada.page.get_by_role("button", name="Back up now").click()
    link = ada.page.get_by_role("link", name="ZIP").first
    link.wait_for()
    is_sound(ada)
    with ada.page.expect_download() as waited:
        link.click()
    assert Path(waited.value.path()).read_bytes().startswith(b"PK")


def test_an_administrator_has_a_backup_checked_by_keyboard(ada: Visitor, mosaic: Server) -> None:
    name = mosaic.anyone.logged_in("ada").post("/backup/run").went(200).json["backup"]["zip"]
    ada.open("administration/backups")
    ada.page.reload()  # it may be open there, from before that backup
    row = ada.page.get_by_role("listitem").filter(has=ada.page.get_by_role("link", name=f"ZIP {name}"))
    check = row.get_by_role("button", name=f"Check {name}")
    check.press("Enter")
    row.get_by_role("status").get_by_text(re.compile(r"^It is sound: \d+ rows")).wait_for()
    is_sound(ada)
    flip_a_bit(mosaic.data / "backups" / name)
    check.press("Enter")
    told = row.get_by_role("status")
    told.get_by_text("It is damaged, or is no backup of Mosaic").wait_for()
    is_sound(ada)
    ada.has_focus(check)


def test_a_check_is_given_up_when_nobody_waits_for_it(ada: Visitor, mosaic: Server) -> None:
    name = mosaic.anyone.logged_in("ada").post("/backup/run").went(200).json["backup"]["zip"]
    ada.open("administration/backups")
    ada.page.reload()
    path = f"**/backup/verify/{name}"
    ada.page.route(path, lambda _: None)  # nobody answers
    with ada.page.expect_request(path):
        ada.page.get_by_role("button", name=f"Check {name}").click()
    with ada.page.expect_event("requestfailed", lambda request: name in request.url):
        ada.page.get_by_role("link", name="Today").click()
    ada.page.unroute(path)


def flip_a_bit(file: Path) -> None:
    """Damage a file in its middle."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_an_administrator_sets_how_often_there_are_backups(ada: Visitor, mosaic: Server) -> None:
    ada.open("administration/backups")
    ada.page.get_by_label("Every so many hours").fill("1.5")
    ada.page.get_by_label("How many are kept").fill("5")
    ada.page.get_by_role("button", name="Save").click()
    ada.page.get_by_text("Saved.").wait_for()
    told = mosaic.anyone.logged_in("ada").get("/backup/status").json
    assert (told["enabled"], told["interval_minutes"], told["keep"]) == (True, 90, 5)


def test_an_administrator_finds_events_of_one_kind(ada: Visitor, mosaic: Server) -> None:
    habit = {"name": HOSTILE, "category": "Odd", "frequency_per_day": 1, "frequency_per_week": 7}
    mosaic.anyone.logged_in("ada").post("/add_activity", habit).went(201)
    ada.open("administration/audit")
    ada.page.get_by_text("Only some of them").click()
    ada.page.get_by_label("Event", exact=True).fill("activity.create")
    ada.page.get_by_label("From").fill(str(TODAY))
    ada.page.get_by_role("button", name="Show").click()
    ada.page.get_by_text(HOSTILE[:80]).first.wait_for()
    assert {*ada.page.locator(".list strong").all_inner_texts()} == {"activity.create"}


def test_an_administrator_deletes_somebody_after_a_question(ada: Visitor, person: Client) -> None:
    ada.open("administration/users")
    ada.page.get_by_role("button", name=f"Delete {person.name}").click()
    assert ada.violations() == []
    ada.page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    ada.page.get_by_role("dialog").wait_for(state="detached")
    person.get("/user").failed(401, "unauthorized")


def test_a_camera_that_shows_nothing_says_why(ada: Visitor) -> None:
    ada.open("administration/cameras")
    ada.page.get_by_label("Address of the camera").fill("rtsp://127.0.0.1:9/live")
    ada.page.get_by_role("button", name="Show").click()
    ada.page.get_by_role("alert").wait_for()
    assert "camera" in ada.page.get_by_role("alert").inner_text().lower()
