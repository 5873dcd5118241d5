"""The web page as people use it: in a real browser, with a network that fails."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support_browser import (
    DESK,
    LAUNCH,
    PASSWORD,
    PATIENCE_MS,
    Visitor,
    a_context,
    kill_browser,
    losing,
    now_and_then,
)
from support_server import Client, Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright, Route

HABITS = ("Walk", "Drink water", "No alcohol", "Read")
OF_MANY_MS = 5 * PATIENCE_MS
"""For changes that are sent one after the other, each with questions before it, and some again."""
PAGES = ("today", "history", "history/1", "statistics", "activities", "pauses", "start", "outbox", "settings")


@pytest.fixture(scope="module")
def mosaic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server below a root path, for all tests but the first day's."""
    with serving(tmp_path_factory.mktemp("mosaic"), root_path="/below") as started:
        yield started
        started.stop()


@pytest.fixture
def ada(mosaic: Server, request: pytest.FixtureRequest) -> Client:
    """Somebody with four habits, by the interface for programs."""
    person = mosaic.anyone.registered(request.node.name[:80])
    for name, more in zip(HABITS, ({}, {"unit": "glasses"}, {"activity_type": "negative"}, {}), strict=True):
        said = {"name": name, "category": "Health", "frequency_per_day": 1, "frequency_per_week": 7, **more}
        person.post("/add_activity", said).went(201)
    return person


@pytest.fixture
def at_the_page(browser: "Browser", mosaic: Server, ada: Client) -> Iterator[Visitor]:
    """The same, logged in at the page on a phone."""
    with a_context(browser) as context:
        visitor = Visitor(context.new_page(), f"http://127.0.0.1:{mosaic.port}/below")
        visitor.open("today")
        visitor.log_in(ada.name)
        visitor.page.get_by_role("heading", name="Walk").wait_for()
        yield visitor
        assert visitor.errors == []


def log_in_again(visitor: Visitor) -> None:
    """Log in where the page asks for it."""
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Log in", exact=True).click()
    visitor.page.get_by_role("dialog").wait_for(state="detached")


def telling(status: int, kind: str, body: str) -> Callable[["Route"], None]:
    """Return what answers in place of Mosaic."""

    def handle(route: "Route") -> None:
        route.fulfill(status=status, content_type=kind, body=body, headers={"X-Request-ID": "1"})

    return handle


def activity_named(person: Client, name: str) -> int:
    """Return the id of somebody's activity."""
    (found,) = [one["id"] for one in person.get("/activities").went(200).json if one["name"] == name]
    return int(found)


def today() -> date:
    return datetime.now(UTC).date()


def entries(person: Client) -> dict[tuple[str, str], tuple[float, str]]:
    """Return what stands in the store, by day and activity."""
    told = person.get("/entries?limit=500").went(200).json
    found = {(one["date"], one["activity"]): (one["value"], one["note"]) for one in told}
    assert len(found) == len(told)
    return found


def test_a_first_day_and_the_week_before_it(browser: "Browser", tmp_path: Path) -> None:
    with serving(tmp_path) as server, a_context(browser) as context:
        visitor = Visitor(context.new_page(), f"http://127.0.0.1:{server.port}")
        page = visitor.page
        page.goto(f"{visitor.url}/")
        page.get_by_role("heading", name="Welcome to Mosaic").wait_for()
        visitor.make_account("ada")
        for name in HABITS[:3]:
            page.get_by_role("checkbox", name=name).check()
        page.get_by_role("button", name="Add 3 habits").click()
        page.get_by_role("heading", name="Today").wait_for()
        ada = server.anyone.logged_in("ada")
        goals = {one["name"]: one["goal"] for one in ada.get("/activities").json}
        assert goals == {"Walk": 1, "Drink water": 8, "No alcohol": 0}
        for _ in range(7):
            visitor.mark("Walk")
            page.get_by_role("button", name="Drink water: 1 more").click()
            page.get_by_label("Drink water: number glasses").fill("8,5")
            page.get_by_label("Drink water: number glasses").press("Enter")
            page.get_by_role("link", name="The day before").click()
            page.wait_for_url(re.compile("/today/"))
            page.locator(".habit.is-done").first.wait_for(state="detached")
        page.get_by_role("link", name="Back to today").click()
        page.get_by_role("button", name="No alcohol: not begun").click()
        page.get_by_role("button", name="Undo").click()
        visitor.all_is_sent()
        week = [(today() - timedelta(days=back)).isoformat() for back in range(7)]
        assert entries(ada) == {
            **{(day, "Walk"): (1.0, "") for day in week},
            **{(day, "Drink water"): (8.5, "") for day in week},
        }
        page.get_by_text("7 days in a row").first.wait_for()
        page.get_by_role("link", name="Walk").click()
        page.get_by_role("img", name="Walk: done on 7 days").wait_for()
        assert visitor.errors == []


def test_twenty_entries_made_without_a_network_are_each_there_once_whatever_breaks(
    playwright: "Playwright", mosaic: Server, ada: Client, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    given: dict[str, Any] = {**LAUNCH, "locale": "en-GB"}
    days = [(today() - timedelta(days=back)).isoformat() for back in range(5)]
    context = playwright.chromium.launch_persistent_context(profile, **given)
    visitor = Visitor(context.new_page(), f"http://127.0.0.1:{mosaic.port}/below")
    visitor.open("today")
    visitor.log_in(ada.name)
    visitor.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    for day in days:
        visitor.open(f"today/{day}")
        visitor.page.get_by_role("heading", name="Walk").wait_for()
    visitor.open("pauses")
    visitor.page.get_by_text("No pauses so far.").wait_for()
    for path in ("pauses", *(f"agenda?date={day}" for day in days)):
        visitor.keeps(path)
    context.set_offline(True)
    visitor.page.reload()
    for day in days:
        visitor.open(f"today/{day}")
        for name in HABITS:
            visitor.mark(name)
        visitor.page.locator(".habit.is-done").nth(3).wait_for()
    visitor.open("pauses")
    visitor.page.get_by_role("button", name="New pause").click()
    visitor.page.get_by_role("button", name="Save").click()
    visitor.page.get_by_text("21 changes wait").wait_for()
    visitor.all_is_stored(21)
    kill_browser(profile)
    with suppress(Exception):  # playwright says in many ways that its browser is gone
        context.close()

    with playwright.chromium.launch_persistent_context(profile, **given) as context:
        context.route(re.compile("/(add_entry|pauses)$"), now_and_then(losing, every=3))
        visitor = Visitor(context.new_page(), f"http://127.0.0.1:{mosaic.port}/below")
        visitor.open("outbox")
        ended = visitor.page.get_by_role("button", name="Log in again to send")
        visitor.page.get_by_text("Nothing waits").or_(ended).first.wait_for(timeout=OF_MANY_MS)
        if ended.count():  # the cookie was not on disk yet
            ended.click()
            visitor.page.get_by_text("21 changes wait here").wait_for()
            log_in_again(visitor)
        visitor.page.get_by_text("Nothing waits").wait_for(timeout=OF_MANY_MS)
    values = dict.fromkeys(HABITS, 1.0) | {"No alcohol": 0.0}
    assert entries(ada) == {(day, name): (values[name], "") for day in days for name in HABITS}
    assert len(ada.get("/pauses").json) == 1


def test_what_another_device_changed_meanwhile_is_told_and_not_overwritten(
    at_the_page: Visitor, ada: Client
) -> None:
    page, day = at_the_page.page, today().isoformat()
    page.context.set_offline(True)
    at_the_page.mark("Walk")
    page.get_by_text("1 change waits").wait_for()
    ada.add_entry("Walk", day, value=3, note="on another device").went(201)
    page.context.set_offline(False)
    page.get_by_text("1 change needs you").click()
    page.get_by_text("3 (on another device)").wait_for()
    assert entries(ada) == {(day, "Walk"): (3.0, "on another device")}
    page.get_by_role("button", name="Overwrite with mine").click()
    at_the_page.all_is_sent()
    assert entries(ada) == {(day, "Walk"): (1.0, "")}


def test_a_refusal_is_told_and_what_was_refused_stays_until_it_is_given_up(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    page.get_by_role("button", name="Note of Walk").click()
    page.get_by_label("Note", exact=True).evaluate("(field) => field.removeAttribute('maxlength')")
    page.get_by_label("Note", exact=True).fill("long " * 2_000)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("1 change needs you").click()
    page.get_by_text("Mosaic refused it").wait_for()
    page.reload()
    page.get_by_role("button", name="Give this change up").click()
    page.get_by_text("Nothing waits").wait_for()
    assert entries(ada) == {}


def test_texts_of_any_kind_are_shown_as_texts(at_the_page: Visitor, ada: Client) -> None:
    names = (
        "<img src=x onerror=document.title='run'>",
        "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
        "W" * 120,
        "👩‍👩‍👧‍👦🏳️‍🌈" * 6,
    )
    for name in names:
        ada.add_entry(name, today().isoformat(), value=1, note=name[:100]).went(201)
    page = at_the_page.page
    page.reload()
    for place in ("today", "activities", "history", "statistics"):
        at_the_page.open(place)
        for name in names if place != "statistics" else names[:1]:
            page.get_by_text(name, exact=True).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
    assert page.locator("main img").count() == 0
    assert "run" not in page.title()


def test_what_gets_into_the_page_all_the_same_is_not_run(at_the_page: Visitor) -> None:
    refused = at_the_page.page.evaluate(
        """() => new Promise((resolve) => {
          const refused = [];
          document.addEventListener("securitypolicyviolation", (event) => {
            refused.push(event.effectiveDirective);
            if (refused.length === 4) resolve(refused.sort());
          });
          const script = document.createElement("script");
          script.textContent = "window.hasRun = true";
          const image = document.createElement("img");
          image.setAttribute("onload", "window.hasRun = true");
          image.setAttribute("style", "color: red");
          image.src = "https://example.org/picture.png";
          document.body.append(script, image);
        })"""
    )
    assert refused == ["img-src", "script-src-attr", "script-src-elem", "style-src-attr"]
    assert at_the_page.page.evaluate("'hasRun' in window") is False
    at_the_page.complaints.clear()


def test_nobody_is_shown_what_another_person_has_seen_in_the_same_browser(
    at_the_page: Visitor, mosaic: Server, ada: Client
) -> None:
    page = at_the_page.page
    ben = mosaic.anyone.registered(f"{ada.name[:70]}-ben")
    at_the_page.open("settings")
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("dialog").get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="Log in").wait_for()
    at_the_page.log_in(ben.name)
    at_the_page.open("today")
    page.get_by_text("There is nothing to keep up yet.").wait_for()
    page.context.set_offline(True)
    at_the_page.open(f"today/{today() - timedelta(days=1)}")
    page.get_by_text("this was not looked at before").wait_for()
    page.context.set_offline(False)
    assert page.get_by_text("Walk").count() == 0


def test_a_day_is_done_by_keyboard_alone(at_the_page: Visitor, ada: Client) -> None:
    page = at_the_page.page

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.getAttribute('aria-label')") == name:
                return
        raise AssertionError(name)

    tab_to("Drink water: number glasses")
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    tab_to("Walk: not begun")
    page.keyboard.press("Space")
    tab_to("Note of Walk")
    page.keyboard.press("Enter")
    at_the_page.has_focus(page.get_by_label("Note", exact=True))
    page.keyboard.type("by the river")
    page.keyboard.press("Enter")
    at_the_page.has_focus(page.get_by_role("button", name="Note of Walk"))
    page.keyboard.press("Enter")
    at_the_page.has_focus(page.get_by_label("Note", exact=True))
    page.keyboard.press("Escape")
    page.get_by_label("Note", exact=True).wait_for(state="detached")
    at_the_page.all_is_sent()
    day = today().isoformat()
    assert entries(ada) == {(day, "Drink water"): (6.0, ""), (day, "Walk"): (1.0, "by the river")}


def test_a_number_in_a_field_reads_back_as_it_is_and_an_unclear_one_is_refused(
    at_the_page: Visitor, ada: Client
) -> None:
    page, day = at_the_page.page, today().isoformat()
    ada.add_entry("Drink water", day, value=1500.0625).went(201)
    page.reload()
    field = page.get_by_label("Drink water: number glasses")
    at_the_page.has_value(field, "1500.0625")
    for unclear in ("1,501", "1,234,567", "0x10", "abc", "1e400", "0.12345678901234567890"):
        field.fill(unclear)
        field.press("Enter")
        page.get_by_text("Please type a number like 1500.5.").wait_for()
        assert field.get_attribute("aria-invalid") == "true"
        assert field.input_value() == unclear
    page.get_by_role("button", name="Note of Drink water").click()
    page.get_by_label("Note", exact=True).fill("by hand")
    page.get_by_role("button", name="Save").click()
    at_the_page.all_is_sent()
    assert entries(ada) == {(day, "Drink water"): (1500.0625, "by hand")}


def test_numbers_are_read_as_they_are_written_in_each_language(browser: "Browser", mosaic: Server) -> None:
    read: dict[str, tuple[Any, ...]] = {
        "en-GB": (1500.5, 1.5, 0.125, 1500, None, None, 1e300, 0.1 + 0.2, None),
        "cs-CZ": (1500.5, 1.5, 0.125, 1500, None, 1.501, 1e300, 0.1 + 0.2, None),
    }
    typed = [
        "1500.5",
        "1,5",
        "0,125",
        "1 500",
        "",
        "1,501",
        "1e+300",
        "0.30000000000000004",
        "9007199254740993",
    ]
    for locale, expected in read.items():
        with a_context(browser, locale=locale) as context:
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{mosaic.port}/below/app")
            page.locator("h1").wait_for()
            found = page.evaluate(
                """async (typed) => {
                  const main = document.querySelector("script[type=module]").src;
                  const {readNumber, writeNumber, plus} = await import(new URL("numbers.js", main));
                  const kept = [0, -2.5, 11858, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2];
                  const lost = kept.filter((one) => readNumber(writeNumber(one)) !== one);
                  const sums = [plus(0.7, 1), plus(1.1, -1), plus(1e21, 1)];
                  return {read: typed.map(readNumber), lost, sums};
                }""",
                typed,
            )
            assert found == {"read": [*expected], "lost": [], "sums": [1.7, 0.1, 1e21]}, locale


def test_a_day_put_right_keeps_its_note_and_one_whose_note_is_unknown_waits(
    at_the_page: Visitor, ada: Client
) -> None:
    page, day = at_the_page.page, today().isoformat()
    ada.add_entry("Drink water", day, value=1234.5678, note="from the well").went(201)
    (habit,) = [one["id"] for one in ada.get("/activities").json if one["name"] == "Drink water"]
    page.route(re.compile("/entries[?]"), lambda route: route.abort())
    at_the_page.open(f"history/{habit}")
    page.get_by_role("button", name=re.compile("1,234.568 glasses")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The note of this day could not be looked at.").wait_for()
    assert dialog.get_by_role("button", name="Save").is_disabled()
    page.unroute(re.compile("/entries[?]"))
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name=re.compile("1,234.568 glasses")).click()
    dialog.get_by_label("How much").fill("1235.5")
    dialog.get_by_role("button", name="Save").click()
    at_the_page.all_is_sent()
    assert entries(ada) == {(day, "Drink water"): (1235.5, "from the well")}
    page.get_by_role("button", name=re.compile("1,235.5 glasses")).click()
    dialog.get_by_label("Note").fill("from the spring")
    dialog.get_by_role("button", name="Save").click()
    at_the_page.all_is_sent()
    assert entries(ada) == {(day, "Drink water"): (1235.5, "from the spring")}


def test_a_note_alone_does_not_say_that_a_limit_was_kept(at_the_page: Visitor, ada: Client) -> None:
    page, day = at_the_page.page, today().isoformat()
    page.get_by_role("button", name="Note of No alcohol").click()
    page.get_by_label("Note", exact=True).fill("a party")
    page.get_by_label("Note", exact=True).press("Enter")
    page.get_by_text("Please type a number like 1500.5.").wait_for()
    assert entries(ada) == {}
    page.get_by_label("How much", exact=True).fill("3")
    page.get_by_label("How much", exact=True).press("Enter")
    page.get_by_text("over: 3 of at most 0").wait_for()
    page.get_by_role("button", name="No alcohol: over the limit").wait_for()
    at_the_page.all_is_sent()
    assert entries(ada) == {(day, "No alcohol"): (3.0, "a party")}


def test_a_day_with_pauses_says_how_many_habits_rest(at_the_page: Visitor, ada: Client) -> None:
    yesterday = (today() - timedelta(days=1)).isoformat()
    for habit in ada.get("/activities").json:
        ada.add_entry(habit["name"], yesterday, value=1).went(201)
        if habit["name"] != "Walk":
            ada.post("/pauses", {"from": today().isoformat(), "activity_id": habit["id"]}).went(201)
    at_the_page.page.reload()
    at_the_page.page.get_by_role("img", name="0 of 1 done, 3 paused").wait_for()
    at_the_page.mark("Walk")
    at_the_page.page.get_by_role("img", name="All done, 3 paused").wait_for()
    at_the_page.all_is_sent()


def test_the_calendar_steps_back_month_by_month_into_years_before_the_first_entry(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    (habit,) = [one["id"] for one in ada.get("/activities").json if one["name"] == "Walk"]
    at_the_page.open(f"history/{habit}")
    month = today().replace(day=1)
    for _ in range(26):
        page.get_by_role("heading", name=f"{month:%B %Y}").wait_for()
        page.get_by_role("button", name="The month before").click()
        month = (month - timedelta(days=1)).replace(day=1)
    assert page.get_by_label("Which year").input_value() == str(month.year)


def test_whoever_deletes_something_finds_the_focus_on_the_page(at_the_page: Visitor, ada: Client) -> None:
    page = at_the_page.page
    ada.post("/pauses", {"from": today().isoformat()}).went(201)
    at_the_page.open("pauses")
    page.get_by_role("button", name=re.compile("^Delete: ")).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("No pauses so far.").wait_for()
    at_the_page.has_focus(page.locator("#main"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: "Browser", mosaic: Server, ada: Client, scheme: str) -> None:
    habits = {one["name"]: one["id"] for one in ada.get("/activities").json}
    for back in range(40):
        ada.add_entry("Walk", (today() - timedelta(days=back)).isoformat(), value=back % 3, note="a note")
    ada.post("/pauses", {"from": today().isoformat(), "activity_id": habits["Drink water"]}).went(201)
    with a_context(browser, viewport=DESK, color_scheme=scheme, reduced_motion="reduce") as context:
        visitor = Visitor(context.new_page(), f"http://127.0.0.1:{mosaic.port}/below")
        visitor.open("today")
        visitor.page.get_by_role("heading", name="Log in").wait_for()
        looked = partial(visitor.violations, colours_only=scheme == "dark")
        found = {"login": looked()}
        visitor.log_in(ada.name)
        for place in PAGES:
            visitor.open(place.replace("/1", f"/{habits['Walk']}"))
            visitor.page.get_by_role("heading", level=1).wait_for()
            visitor.page.locator(".waiting").first.wait_for(state="detached")
            found[place] = looked()
        visitor.open("activities")
        visitor.page.get_by_role("button", name="New activity").click()
        visitor.page.get_by_label("When", exact=True).select_option("weekdays")
        found["new activity"] = looked()
        assert {place: wrong for place, wrong in found.items() if wrong} == {}
        assert visitor.errors == []


def test_what_a_network_or_a_proxy_answers_in_mosaics_place_counts_for_nothing(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    page.route(re.compile("/below/(?!app)"), telling(200, "text/html", "<h1>Welcome to our hotel</h1>"))
    at_the_page.mark("Walk")
    page.get_by_text("1 change waits").wait_for()
    at_the_page.open("pauses")
    page.get_by_text("this was not looked at before").wait_for()
    at_the_page.open("today")
    page.get_by_text("This is what was there last").wait_for()
    page.get_by_role("button", name="Walk: done").wait_for()
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    at_the_page.all_is_sent()
    assert entries(ada) == {(today().isoformat(), "Walk"): (1.0, "")}


@pytest.mark.parametrize("status", [429, 503, 504])
def test_a_server_that_cannot_answer_now_ends_no_session(at_the_page: Visitor, status: int) -> None:
    page = at_the_page.page
    page.route("**/app/session", telling(status, "application/json", "{}"))
    with page.expect_response("**/app/session"):
        page.reload()
    page.get_by_role("heading", name="Walk").wait_for()
    assert page.get_by_text("session has ended").count() == 0


def test_a_server_that_hangs_keeps_nobody_from_what_is_kept(at_the_page: Visitor) -> None:
    page = at_the_page.page
    page.add_init_script("AbortSignal.timeout = () => new AbortController().signal")
    page.route(re.compile("/below/(?!app$|app/[^s])"), lambda _: None)
    page.reload()
    page.get_by_role("heading", name="Walk").wait_for()
    at_the_page.mark("Walk")
    page.get_by_role("button", name="Walk: done").wait_for()
    page.unroute_all()


def test_an_open_page_shows_what_another_device_did_once_somebody_comes_back_to_it(
    at_the_page: Visitor, ada: Client
) -> None:
    ada.add_entry("Walk", today().isoformat(), value=1).went(201)
    at_the_page.page.evaluate("const now = Date.now; Date.now = () => now() + 10_000")
    at_the_page.page.evaluate("dispatchEvent(new Event('focus'))")
    at_the_page.page.get_by_role("button", name="Walk: done").wait_for()


def test_an_open_page_shows_what_another_tab_did(at_the_page: Visitor) -> None:
    other = Visitor(at_the_page.page.context.new_page(), at_the_page.url)
    other.open("today")
    other.mark("Walk")
    at_the_page.page.get_by_role("button", name="Walk: done").wait_for()
    at_the_page.page.get_by_text("1 day in a row").wait_for()


def test_what_another_device_changed_is_not_overwritten_from_a_page_that_does_not_show_it(
    at_the_page: Visitor, ada: Client
) -> None:
    page, day = at_the_page.page, today().isoformat()
    ada.add_entry("Walk", day, value=3, note="elsewhere").went(201)
    at_the_page.mark("Walk")
    page.get_by_text("1 change needs you").wait_for()
    page.get_by_role("button", name="Drink water: 1 more").click()
    at_the_page.page.locator(".habit", has_text="Drink water").locator(".waits").wait_for(state="detached")
    ada.add_entry("Drink water", day, value=1, note="from the well").went(200)
    page.get_by_role("button", name="Drink water: 1 more").click()
    page.get_by_text("from the well").wait_for()
    assert entries(ada) == {(day, "Walk"): (3.0, "elsewhere"), (day, "Drink water"): (2.0, "from the well")}


def test_a_habit_renamed_elsewhere_is_marked_under_its_new_name_and_one_that_is_gone_is_not_made_anew(
    at_the_page: Visitor, ada: Client
) -> None:
    walk, read = activity_named(ada, "Walk"), activity_named(ada, "Read")
    ada.ask("PUT", f"/activities/{walk}", {"name": "Stroll"}).went(200)
    ada.patch(f"/activities/{read}/deactivate").went(200)
    ada.delete(f"/activities/{read}").went(200)
    at_the_page.mark("Walk")
    at_the_page.mark("Read")
    at_the_page.page.get_by_text("1 change needs you").click()
    at_the_page.page.get_by_text("The habit is no longer there").wait_for()
    assert entries(ada) == {(today().isoformat(), "Stroll"): (1.0, "")}
    assert {one["name"] for one in ada.get("/activities").json} == {"Stroll", "Drink water", "No alcohol"}


def test_a_session_that_has_ended_leaves_what_was_there_and_sends_after_a_login(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    at_the_page.open("pauses")
    page.get_by_role("button", name="New pause").click()
    page.get_by_label("Reason").fill("Illness")
    for one in ada.get("/sessions").went(200).json:
        if not one["current"]:
            ada.delete(f"/sessions/{one['id']}").went(200)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Not now").click()
    page.get_by_text("Illness", exact=True).wait_for()
    at_the_page.open("today")
    at_the_page.mark("Walk")
    page.get_by_role("button", name="Log in again to send").click()
    log_in_again(at_the_page)
    at_the_page.all_is_sent()
    assert entries(ada) == {(today().isoformat(), "Walk"): (1.0, "")}
    assert [one["reason"] for one in ada.get("/pauses").json] == ["Illness"]


def test_habits_of_a_first_choice_that_are_there_already_keep_no_other_from_being_added(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    ada.post(
        "/add_activity",
        {"name": "Meditate", "category": "Mind", "frequency_per_day": 1, "frequency_per_week": 7},
    ).went(201)
    at_the_page.open("start")
    for name in ("Meditate", "Tidy up"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Add 2 habits").click()
    page.get_by_text("You have these already: Meditate").wait_for()
    page.get_by_role("heading", name="Tidy up").wait_for()


def test_what_is_archived_without_a_network_is_shown_as_archived(at_the_page: Visitor) -> None:
    page = at_the_page.page
    at_the_page.open("activities")
    page.get_by_role("button", name="Archive Walk").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Archive Walk").click()
    page.get_by_role("button", name="Bring back Walk").wait_for()
    at_the_page.open("today")
    page.get_by_role("heading", name="Read").wait_for()
    assert page.get_by_role("heading", name="Walk").count() == 0
    page.context.set_offline(False)


def test_what_is_held_up_by_a_server_that_has_enough_is_told_while_online(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    page.route("**/add_entry", telling(429, "application/json", "{}"))
    at_the_page.mark("Walk")
    page.get_by_text("1 change waits").wait_for()
    page.unroute("**/add_entry")
    at_the_page.all_is_sent()
    assert entries(ada) == {(today().isoformat(), "Walk"): (1.0, "")}
