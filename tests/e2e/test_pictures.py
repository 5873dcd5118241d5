"""A person brings years along from another tracker, and looks at every page of the page.

With MOSAIC_PICTURES the pictures are kept in that folder, to be looked at by eye.
"""

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support_browser import DESK, PHONE, Visitor, a_context
from support_measured import send_day
from support_server import Client, Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PLACES = (
    "today",
    "history",
    "history/1",
    "statistics",
    "activities",
    "pauses",
    "body/day",
    "body/year",
    "import",
    "account",
    "administration/users",
    "administration/backups",
    "administration/health",
    "outbox",
    "settings",
)
LOOKS: dict[str, dict[str, Any]] = {
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
    "desk-light": {"viewport": DESK, "color_scheme": "light"},
}
if "MOSAIC_PICTURES" in os.environ:
    LOOKS |= {
        "phone-light": {"viewport": PHONE, "color_scheme": "light"},
        "desk-dark": {"viewport": DESK, "color_scheme": "dark"},
    }
BROUGHT = Path(__file__).parents[3] / "shared" / "data" / "loop-habits.csv"
"""The history of a real person, which lies beside the project."""


@pytest.fixture(scope="module")
def mosaic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("mosaic"), rate_limits="off") as started:
        yield started
        started.stop()


@pytest.fixture(scope="module")
def ada(mosaic: Server) -> Client:
    """The administrator, who has 40 days of four kinds of habits, a pause and a day of a watch."""
    client = mosaic.anyone.registered("ada")
    today = dt.datetime.now(dt.UTC).date()
    kinds: dict[str, dict[str, Any]] = {
        "Walk": {},
        "Drink water": {"unit": "glasses", "target": {"kind": "at_least", "value": 8}},
        "No alcohol": {"activity_type": "negative"},
        "Gym": {"schedule": {"kind": "times", "times": 3, "per": "week"}},
    }
    for number, (name, more) in enumerate(kinds.items()):
        said = {"name": name, "category": "Health", "frequency_per_day": 1, "frequency_per_week": 7, **more}
        habit = client.post("/add_activity", said).went(201).json["activity"]
        days = [today - dt.timedelta(days=back) for back in range(40) if (7 * back + number) % 5]
        for day in days:
            value = 6 + day.day % 4 if name == "Drink water" else 1
            client.post("/add_entry", {"date": f"{day}", "activity": name, "value": value}).went(201)
    client.post("/pauses", {"from": f"{today}", "to": f"{today}", "activity_id": habit["id"]}).went(201)
    send_day(client, today)
    client.post("/backup/run").went(200)
    return client


def a_brought_file(folder: Path) -> Path:
    """Return a table of another tracker: a real person's, or a made one where that is missing."""
    if BROUGHT.exists():
        return BROUGHT
    made = folder / "habits.csv"
    days = [dt.date(2016, 1, 1) + dt.timedelta(days=number) for number in range(60)]
    rows = [f"{day},Wake up early,{day.day % 3 and 1},,,Habits,0.4286,1,3" for day in days]
    head = "date,activity,value,note,description,category,goal,frequency_per_day,frequency_per_week"
    made.write_text("\n".join([head, *rows]))
    return made


def test_years_of_another_tracker_are_seen_in_the_heat_map(
    browser: "Browser", mosaic: Server, ada: Client, tmp_path: Path
) -> None:
    assert ada.name == "ada"  # the first account looks after the server, so hers is there before
    client = mosaic.anyone.registered("mover")
    with a_context(browser, viewport=DESK) as context:
        visitor = Visitor(context.new_page(), f"http://127.0.0.1:{mosaic.port}")
        page = visitor.page
        visitor.open("import")
        visitor.log_in(client.name)
        page.locator("input[type=file]").set_input_files(a_brought_file(tmp_path))
        page.get_by_role("button", name="Import now").click()
        page.get_by_role("status").get_by_text("Imported").wait_for()
        visitor.open("history")
        page.get_by_role("link", name="Wake up early").first.click()
        page.get_by_role("combobox").select_option("2016")
        entries = client.get("/entries?limit=500&activity=Wake%20up%20early").json
        done = sum(one["value"] > 0 for one in entries)
        page.get_by_role("img", name=f"Wake up early: done on {done} days").wait_for()
        assert visitor.errors == []


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_is_wider_than_its_window_or_makes_the_browser_complain(
    browser: "Browser", mosaic: Server, ada: Client, look: str, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("MOSAIC_PICTURES") or tmp_path)
    with a_context(browser, **LOOKS[look]) as context:
        visitor = Visitor(context.new_page(), f"http://127.0.0.1:{mosaic.port}")
        visitor.open("settings")
        visitor.log_in(ada.name)
        for place in PLACES:
            visitor.open(place)
            visitor.page.get_by_role("heading", level=1).wait_for()
            visitor.page.locator(".waiting").first.wait_for(state="detached")
            visitor.page.screenshot(path=folder / f"{look}-{place.replace('/', '-')}.png", full_page=True)
            assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        assert visitor.errors == []
