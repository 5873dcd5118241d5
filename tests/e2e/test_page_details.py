"""What the page does in single places, in a real browser."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support_browser import MODULES, PASSWORD, Visitor, a_context, losing
from support_measured import send_day
from support_server import Client, Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Route

SESSION = "BroadcastChannel('mosaic-session')"
"""Where tabs tell each other of logins."""

MESSAGES_STAY = """
const begin = setTimeout;
setTimeout = (work, ms, ...given) => begin(work, ms === 6_000 ? 600_000 : ms, ...given);
"""
"""Lets what the page says stay there, so that a busy machine has the time to answer it."""

DISK_IS_SLOW = """
Object.defineProperty(IDBTransaction.prototype, "oncomplete", {
  set(listener) { if (this.mode === "readonly") this.addEventListener("complete", listener); },
});
"""
"""Lets nothing that the page keeps get to the disk."""

DISK_IS_BUSY = f"""async () => {{
  {MODULES}
  const {{transact}} = await load("storage.js");
  const busy = (until, begun) => transact("outbox", "readwrite", async (store, wait) => {{
    do await wait(store.count()); while (begun(), !window[until]);
  }});
  busy("isRead", () => {{}});
  const told = new BroadcastChannel("mosaic-outbox");
  await new Promise((heard) => {{
    told.onmessage = heard;
    new BroadcastChannel("mosaic-outbox").postMessage("changed");
  }});
  window.isReadBefore = new Promise((begun) => busy("isWritten", begun));
}}"""
"""Lets the page read what waits, of now, only with `isRead`, and write no more before `isWritten`."""

HABITS = {
    "Walk": {},
    "Sweets": {"activity_type": "negative", "target": {"kind": "at_most", "value": 2}, "unit": "pcs"},
}


@pytest.fixture(scope="module")
def mosaic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all."""
    with serving(tmp_path_factory.mktemp("mosaic"), rate_limits="off") as started:
        yield started
        started.stop()


@pytest.fixture
def ada(mosaic: Server, request: pytest.FixtureRequest) -> Client:
    """Somebody with two habits, by the interface for programs."""
    person = mosaic.anyone.registered(request.node.name[:80])
    for name, more in HABITS.items():
        add_activity(person, name, **more)
    return person


@pytest.fixture
def at_the_page(browser: "Browser", mosaic: Server, ada: Client) -> Iterator[Visitor]:
    """The same at the page, on a phone."""
    yield from visiting(browser, mosaic, ada, "en-GB")


@pytest.fixture
def at_the_czech_page(browser: "Browser", mosaic: Server, ada: Client) -> Iterator[Visitor]:
    """The same in Czech."""
    yield from visiting(browser, mosaic, ada, "cs-CZ")


def visiting(browser: "Browser", mosaic: Server, person: Client, locale: str) -> Iterator[Visitor]:
    """Have somebody log in; at the end, want that their browser did not complain."""
    with a_context(browser, locale=locale) as context:
        visitor = Visitor(context.new_page(), f"http://127.0.0.1:{mosaic.port}")
        visitor.open("today")
        log_in(visitor, person.name)
        visitor.page.get_by_role("heading", name="Walk").wait_for()
        yield visitor
        assert visitor.errors == []


def log_in(visitor: Visitor, name: str) -> None:
    """Log in, in any language."""
    visitor.page.locator("[name=username]").fill(name)
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.page.locator("form button.primary").click()


def add_activity(person: Client, name: str, **more: object) -> int:
    """Add an activity; return its id."""
    said = {"name": name, "category": "Health", "frequency_per_day": 1, "frequency_per_week": 7, **more}
    return int(person.post("/add_activity", said).went(201).json["activity"]["id"])


def refusing(status: int, code: str, wait: int, **details: object) -> Callable[["Route"], None]:
    """Return what refuses in place of Mosaic, for so many seconds."""
    body = json.dumps({"error": {"code": code, "message": "as the server says", "details": details}})
    headers = {"X-Request-ID": "1", "Retry-After": str(wait)}

    def handle(route: "Route") -> None:
        route.fulfill(status=status, content_type="application/json", body=body, headers=headers)

    return handle


def theirs(route: "Route") -> None:
    """Answer as to somebody who has no records."""
    route.fulfill(content_type="application/json", headers={"X-Request-ID": "1"}, body="[]")


def today() -> date:
    return datetime.now(UTC).date()


def end_other_sessions(person: Client) -> None:
    """Log somebody out everywhere but here."""
    for one in person.get("/sessions").went(200).json:
        if not one["current"]:
            person.delete(f"/sessions/{one['id']}").went(200)


def values(person: Client) -> dict[str, float]:
    """Return what stands in the store for today, by activity."""
    told = person.get(f"/entries?start_date={today()}&end_date={today()}").went(200).json
    return {one["activity"]: one["value"] for one in told}


def test_the_page_is_painted_before_anything_else_of_it_has_come(browser: "Browser", mosaic: Server) -> None:
    with a_context(browser) as context:
        page = context.new_page()
        page.route("**/app/**", lambda _: None)
        page.goto(f"http://127.0.0.1:{mosaic.port}/app", wait_until="commit")
        painted = page.evaluate(
            """() => new Promise((resolve) => {
              setTimeout(resolve, 60_000, "not at all");
              new PerformanceObserver((seen) => {
                const bar = getComputedStyle(document.querySelector("header.bar"));
                if (seen.getEntriesByName("first-contentful-paint").length) resolve(bar.position);
              }).observe({type: "paint", buffered: true});
            })"""
        )
        assert painted == "sticky"
        page.unroute_all(behavior="ignoreErrors")


def test_long_lists_are_shown_in_full(at_the_page: Visitor, ada: Client) -> None:
    for number in range(30):
        add_activity(ada, f"Habit {number}")
    at_the_page.page.reload()
    at_the_page.page.locator(".habit").nth(31).wait_for()
    at_the_page.open("history")
    at_the_page.page.locator(".year-card").nth(31).wait_for()


def test_a_habit_renamed_elsewhere_is_marked_though_another_has_its_old_name(
    at_the_page: Visitor, ada: Client
) -> None:
    (walk,) = [one["id"] for one in ada.get("/activities").json if one["name"] == "Walk"]
    ada.ask("PUT", f"/activities/{walk}", {"name": "Stroll"}).went(200)
    other = add_activity(ada, "Walk")
    ada.add_entry("Walk", f"{today()}", value=3).went(201)
    at_the_page.mark("Walk")
    at_the_page.all_is_sent()
    assert values(ada) == {"Walk": 3, "Stroll": 1}
    at_the_page.open(f"history/{other}")
    at_the_page.page.get_by_role("button", name="done, 3").wait_for()


def test_a_closed_day_is_opened_again(at_the_page: Visitor, ada: Client) -> None:
    page = at_the_page.page
    page.add_init_script(MESSAGES_STAY)
    page.reload()
    at_the_page.mark("Walk")
    page.get_by_role("button", name="Close the day").click()
    page.get_by_role("button", name="Close it").click()
    page.get_by_text(re.compile("1 zero entered")).wait_for()
    at_the_page.all_is_sent()
    assert values(ada) == {"Walk": 1, "Sweets": 0}
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Close the day").wait_for()
    at_the_page.all_is_sent()
    assert values(ada) == {"Walk": 1}


def test_a_day_over_the_limit_is_told_in_the_history(at_the_page: Visitor, ada: Client) -> None:
    page = at_the_page.page
    (sweets,) = [one["id"] for one in ada.get("/activities").json if one["name"] == "Sweets"]
    ada.add_entry("Sweets", f"{today()}", value=5).went(201)
    at_the_page.open("history")
    page.get_by_role("img", name="Sweets: done on 0 days, over the limit on 1 day").wait_for()
    assert page.locator(".heat-cross").count() == 1
    at_the_page.open(f"history/{sweets}")
    day = page.get_by_role("button", name="over the limit, 5 pcs")
    day.locator("svg").wait_for()
    assert at_the_page.violations() == []


def test_what_goes_wrong_is_told_in_the_language_of_the_page(at_the_czech_page: Visitor) -> None:
    page = at_the_czech_page.page
    at_the_czech_page.open("activities")
    page.get_by_role("button", name="Nová aktivita").click()
    page.get_by_label("Název").fill("walk")
    page.get_by_label("Kategorie").fill("Zdraví")
    save = page.get_by_role("button", name="Uložit")
    save.click()
    page.get_by_text("Aktivita tohoto názvu už existuje.").wait_for()
    page.route("**/add_activity", refusing(429, "too_many_requests", 120))
    save.click()
    page.get_by_text("Zkuste to prosím znovu za 2 minuty.").wait_for()
    page.unroute_all()
    for code, ours in (
        ("another_code", "To se nepovedlo."),
        ("invalid_input", "Něco v tom není v pořádku."),
    ):
        page.unroute_all()
        page.route("**/add_activity", refusing(400, code, 1))
        save.click()
        page.get_by_role("alert").get_by_text(ours).wait_for()
        assert page.get_by_role("alert").locator("[lang=en]").inner_text() == "as the server says."
    page.unroute_all()
    page.route("**/add_activity", refusing(503, "service_unavailable", 1))
    save.click()
    page.get_by_text("Mosaic to teď nezvládne. Zkuste to prosím znovu za 1 sekundu.").wait_for()
    assert page.get_by_role("alert").locator("[lang=en]").count() == 0
    at_the_czech_page.open("account")
    page.get_by_label("Nové heslo").fill(PASSWORD)
    page.get_by_label("Současné heslo").fill(PASSWORD)
    page.route("**/user", lambda route: route.abort())
    page.get_by_role("button", name="Změnit heslo").click()
    page.get_by_text("Mosaic není dostupný.", exact=True).wait_for()


def test_keys_reach_what_was_just_opened_though_the_browser_is_too_busy_to_paint(
    at_the_page: Visitor,
) -> None:
    page = at_the_page.page
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    page.get_by_role("button", name="Note of Walk").press("Enter")
    page.keyboard.type("by the river")
    assert page.get_by_label("Note", exact=True).input_value() == "by the river"
    page.keyboard.press("Escape")
    page.get_by_label("Note", exact=True).wait_for(state="detached")
    at_the_page.has_focus(page.get_by_role("button", name="Note of Walk"))
    page.get_by_role("button", name="Close the day").press("Enter")
    at_the_page.has_focus(page.get_by_role("dialog").get_by_role("button", name="Cancel"))
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    at_the_page.has_focus(page.get_by_role("button", name="Close the day"))


def test_two_activities_become_one_once_it_is_confirmed(at_the_page: Visitor, ada: Client) -> None:
    page, day = at_the_page.page, f"{today()}"
    typo = add_activity(ada, "Wlak")
    ada.patch(f"/activities/{typo}/deactivate").went(200)
    ada.add_entry("Walk", day, value=1, note="to work").went(201)
    ada.add_entry("Wlak", day, value=2, note="home").went(201)
    ada.add_entry("Wlak", "2026-01-02", value=5).went(201)
    at_the_page.open("activities")
    assert page.get_by_role("button", name="Merge Sweets with another one").count() == 0
    page.get_by_role("button", name="Merge Wlak with another one").press("Enter")
    dialog = page.get_by_role("dialog", name="Merge “Wlak”")
    into = dialog.get_by_label("Into which activity")
    assert into.locator("option").all_inner_texts() == ["Please choose", "Walk"]
    into.select_option("Walk")
    dialog.get_by_label("Keep the entry of the activity that stays").check()
    dialog.get_by_role("button", name="Continue").press("Enter")
    dialog.get_by_text("All entries of “Wlak” move to “Walk”, and “Wlak” is then gone.").wait_for()
    dialog.get_by_text("the one of “Walk” stays, and the one of “Wlak” is lost").wait_for()
    assert at_the_page.violations() == []
    dialog.get_by_role("button", name="Back").press("Enter")
    assert dialog.get_by_label("Into which activity").input_value() != ""
    dialog.get_by_label("Add up the numbers, and put the notes together").check()
    assert at_the_page.violations() == []
    dialog.get_by_role("button", name="Continue").press("Enter")
    assert values(ada) == {"Walk": 1, "Wlak": 2}
    dialog.get_by_role("button", name="Merge").press("Enter")
    page.get_by_text("1 entry moved to “Walk”. On 1 day both had one.").wait_for()
    page.get_by_role("link", name="Wlak").wait_for(state="detached")
    at_the_page.has_focus(page.locator("#main"))
    told = ada.get("/entries?activity=Walk").json
    assert [(one["date"], one["value"], one["note"]) for one in told] == [
        (day, 3, "to work; home"),
        ("2026-01-02", 5, ""),
    ]


def test_a_merge_whose_answer_was_lost_is_asked_for_again(at_the_page: Visitor, ada: Client) -> None:
    page = at_the_page.page
    add_activity(ada, "Wlak")
    ada.add_entry("Wlak", "2026-01-02", value=5).went(201)
    at_the_page.open("activities")
    merge = confirming(at_the_page, "Wlak", "Walk")
    page.route("**/merge", losing)
    merge.click()
    page.get_by_role("alert").get_by_text("Mosaic could not be reached.").wait_for()
    page.unroute_all()
    merge.click()
    page.get_by_text("1 entry moved to “Walk”.").wait_for()
    page.get_by_role("dialog").wait_for(state="detached")


def test_an_activity_merged_elsewhere_meanwhile_is_not_listed_any_more(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    typo = add_activity(ada, "Wlak")
    (walk,) = (one["id"] for one in ada.get("/activities").json if one["name"] == "Walk")
    at_the_page.open("activities")
    merge = confirming(at_the_page, "Wlak", "Walk")
    ada.post(f"/activities/{typo}/merge", {"into": walk}).went(200)
    merge.click()
    page.get_by_role("alert").get_by_text("It is no longer there.").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Wlak").wait_for(state="detached")


def test_an_activity_whose_entries_wait_to_be_sent_is_not_merged(at_the_page: Visitor, ada: Client) -> None:
    page = at_the_page.page
    add_activity(ada, "Wlak")
    at_the_page.open("activities")
    page.get_by_role("heading", name="Wlak").wait_for()
    at_the_page.open("today")
    page.get_by_role("heading", name="Wlak").wait_for()
    page.route("**/add_entry", lambda route: route.abort())
    at_the_page.mark("Wlak")
    at_the_page.all_is_stored(1)
    at_the_page.open("activities")
    merge = confirming(at_the_page, "Wlak", "Walk")
    merge.click()
    page.get_by_role("alert").get_by_text("Changes of “Wlak” have not reached Mosaic yet.").wait_for()
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    at_the_page.all_is_sent()
    merge.click()
    page.get_by_text("1 entry moved to “Walk”.").wait_for()
    assert values(ada) == {"Walk": 1}


def confirming(visitor: Visitor, name: str, into: str) -> "Locator":
    """Choose to merge an activity into another one; return the button that does it."""
    visitor.page.get_by_role("button", name=f"Merge {name} with another one").click()
    dialog = visitor.page.get_by_role("dialog", name=f"Merge “{name}”")
    dialog.get_by_label("Into which activity").select_option(into)
    dialog.get_by_role("button", name="Continue").click()
    return dialog.get_by_role("button", name="Merge")


def test_a_file_too_many_is_told_when_it_is_read_and_tried_again(
    at_the_page: Visitor, tmp_path: Path
) -> None:
    page = at_the_page.page
    table = tmp_path / "habits.csv"
    table.write_text("date,activity,value\n2026-01-02,Juggling,1\n")
    at_the_page.open("import")
    page.route("**/imports", refusing(429, "too_many_requests", 180, limit=5))
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_text("Mosaic reads 5 files within a few minutes").wait_for()
    page.get_by_text("It reads the next one in 3 minutes.").wait_for()
    page.unroute_all()
    page.get_by_role("button", name="Try habits.csv again").click()
    page.get_by_text("This would happen").wait_for()


def test_whoever_comes_back_while_another_day_opens_sees_that_day(at_the_page: Visitor) -> None:
    page = at_the_page.page
    at_the_page.open("statistics")
    figure = page.get_by_text("Active days", exact=True)
    figure.wait_for()
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    at_the_page.open(f"statistics/{today() - timedelta(days=1)}")
    figure.wait_for(state="detached")
    page.evaluate("dispatchEvent(new Event('focus'))")  # before the browser paints and asks
    page.clock.resume()
    figure.wait_for()


def test_what_is_told_while_a_page_opens_is_shown_there(at_the_page: Visitor) -> None:
    page, held = at_the_page.page, list["Route"]()
    page.evaluate(DISK_IS_SLOW)
    page.route("**/history?**", lambda route: held.append(route))  # noqa: PLW0108  # playwright marks it
    with page.expect_request("**/history?**"):
        at_the_page.open("history")
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    page.get_by_role("link", name="Walk").click()
    page.get_by_role("heading", name="Walk").wait_for()
    for route in held:
        with page.expect_response(route.request.url):
            route.continue_()
    page.clock.resume()
    page.get_by_role("combobox").wait_for()


def test_a_tap_stays_in_sight_while_the_disk_is_busy(at_the_page: Visitor, ada: Client) -> None:
    page = at_the_page.page
    page.evaluate(DISK_IS_BUSY)
    at_the_page.mark("Walk")
    page.evaluate("() => { window.isRead = true; return window.isReadBefore; }")
    page.get_by_role("button", name="Note of Walk").click()
    page.get_by_label("Note", exact=True).fill("by the river")
    page.get_by_role("button", name="Save").click()
    page.evaluate("() => { window.isWritten = true; }")
    page.get_by_label("Note", exact=True).wait_for(state="detached")
    at_the_page.all_is_sent()
    assert values(ada) == {"Walk": 1}


def test_what_was_sent_stays_in_sight_until_the_server_tells_of_it(at_the_page: Visitor, ada: Client) -> None:
    page = at_the_page.page
    page.route("**/agenda?*", lambda route: route.abort())
    at_the_page.mark("Walk")
    at_the_page.all_is_sent()
    page.get_by_text("This is what was there last").wait_for()
    page.get_by_role("button", name="Walk: done").wait_for()
    page.unroute_all()
    ada.add_entry("Walk", today().isoformat(), value=0).went(200)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_role("button", name="Walk: to do").wait_for()


def test_the_same_is_asked_for_by_one_question_at_a_time(at_the_page: Visitor) -> None:
    page, held = at_the_page.page, list["Route"]()
    page.route("**/agenda?*", lambda route: held.append(route))  # noqa: PLW0108  # playwright marks it
    page.evaluate(
        """() => {
          const tabs = new BroadcastChannel("mosaic-answers");
          for (let time = 0; time < 4; time += 1) tabs.postMessage("changed");
        }"""
    )
    at_the_page.waits_for(lambda: len(held) == 1)
    held[0].continue_()
    at_the_page.waits_for(lambda: len(held) == 2)
    with page.expect_response("**/agenda?*"):
        held[1].continue_()
    assert len(held) == 2


def test_a_name_from_right_to_left_does_not_turn_the_sentence_round(
    at_the_page: Visitor, ada: Client
) -> None:
    page, name = at_the_page.page, "\u05e7\u05e8\u05d9\u05d0\u05d4 5"
    add_activity(ada, name, unit="pages", target={"kind": "at_least", "value": 20})
    page.reload()
    page.get_by_role("button", name=f"\u2068{name}\u2069: 1 more").click()
    said = page.get_by_text("1 pages")
    said.wait_for()
    assert said.text_content() == f"\u2068{name}\u2069: 1 pages"


def test_a_days_records_are_brought_up_to_date_with_the_rest(at_the_page: Visitor, ada: Client) -> None:
    page = at_the_page.page
    send_day(ada, today(), device="phone")
    at_the_page.open("body/day")
    page.locator(".card", has_text="1,234").get_by_text("As a table").click()
    page.get_by_role("row", name="20 234", exact=True).wait_for()
    page.get_by_role("button", name="Delete HealthConnect · watch").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("row", name="20 0", exact=True).wait_for()


def test_a_tab_goes_on_though_the_one_that_began_a_login_was_closed(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    page.clock.install()
    with page.context.new_page() as other:
        other.goto(f"{at_the_page.url}/app")
        other.evaluate(f"new {SESSION}.postMessage('begins')")
        at_the_page.has_status("elsewhere")
    at_the_page.mark("Walk")
    page.get_by_role("link", name="1 change waits").wait_for()
    page.clock.fast_forward(60_000)
    page.get_by_role("link", name="1 change waits").wait_for(state="detached")
    at_the_page.all_is_sent()
    assert values(ada) == {"Walk": 1}


def test_what_another_person_is_told_while_they_log_in_is_not_shown_to_who_is_here(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    send_day(ada, today(), device="phone")
    at_the_page.open("body/day")
    page.locator(".card", has_text="1,234").get_by_text("As a table").click()
    page.get_by_role("row", name="20 234", exact=True).wait_for()
    page.evaluate(
        """() => {
          const main = document.getElementById("main");
          const rows = main.getElementsByTagName("tr");
          const isShown = () => [...rows].some((row) => row.textContent === "20234");
          window.wasShown = isShown();
          new MutationObserver(() => (window.wasShown &&= isShown()))
            .observe(main, {childList: true, characterData: true, subtree: true});
        }"""
    )
    with page.context.new_page() as other:
        other.goto(f"{at_the_page.url}/app")
        other.evaluate(f"new {SESSION}.postMessage('begins')")
        at_the_page.has_status("elsewhere")
        page.route("**/wearable/raw?*", theirs)
        with page.expect_response("**/wearable/raw?type=steps*"):
            other.evaluate("new BroadcastChannel('mosaic-answers').postMessage('changed')")
        page.unroute_all(behavior="wait")
        with page.expect_response("**/wearable/raw?type=steps*"):
            other.evaluate(f"new {SESSION}.postMessage('done')")
    page.get_by_role("row", name="20 234", exact=True).wait_for()
    assert page.evaluate("window.wasShown")


def test_whoever_logs_in_in_another_tab_finds_what_they_typed_in_this_one(
    at_the_page: Visitor, ada: Client
) -> None:
    page = at_the_page.page
    at_the_page.open("account")
    page.get_by_text("Make a token").click()
    page.get_by_label("What it is for").fill("Phone")
    end_other_sessions(ada)
    page.get_by_role("button", name="Make token").click()
    page.get_by_text("Your session has ended. What you see").wait_for()
    other = Visitor(page.context.new_page(), at_the_page.url)
    other.open("today")
    other.page.get_by_role("button", name="Log in again to send").click()
    other.page.get_by_label("Password").fill(PASSWORD)
    with page.expect_response("**/app/session"):
        other.page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_text("Your session has ended. What you see").wait_for(state="detached")
    assert page.get_by_label("What it is for").input_value() == "Phone"
    page.get_by_role("button", name="Make token").click()
    page.get_by_role("dialog").get_by_label("Token").wait_for()
    assert [one["name"] for one in ada.get("/tokens").json] == ["Phone"]
