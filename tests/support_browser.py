"""A person with a browser: Debian's Chromium without its windows, driven by playwright."""

import gzip
import itertools
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field

from support_server import patiently

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, Route

LAUNCH: dict[str, Any] = {
    "executable_path": shutil.which("chromium-headless-shell"),  # half of the work of one that has windows
    "args": ["--no-sandbox"],
}
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
PASSWORD = "correct horse battery"

PATIENCE_MS = 60_000
"""No test waits for as long unless something is wrong, but busy machines are slow."""

_AXE = Path(__file__).parent / "data/axe.min.js.gz"
MODULES = 'const load = (name) => import(new URL(name, document.querySelector("script[type=module]").src));'
"""How to get at a module of the page."""

_WAITING = f"""async () => {{
  {MODULES}
  const [{{outbox}}, {{transact}}] = [await load("outbox.js"), await load("storage.js")];
  const stored = await transact("outbox", "readonly", (store, wait) => wait(store.count()));
  return [outbox.get().length, stored];
}}"""
"""How many changes wait to be sent, as the page shows it, and on disk."""

_IS_KEPT = f"""async (path) => {{
  {MODULES}
  const [{{session}}, {{kept}}] = [await load("session.js"), await load("storage.js")];
  return (await kept("answers", [session.get().user.id, path])) !== undefined;
}}"""
"""Whether the answer to a path is on disk, to be read without a network."""

_STATUS = f"""async () => {{
  {MODULES}
  return (await load("session.js")).session.get().status;
}}"""
"""What the page thinks of its session."""

_EXPECTED = "Failed to load resource|blocked by Playwright"
_ALL_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_OF_COLOURS = ("color-contrast",)


@contextmanager
def playing() -> Iterator["Playwright"]:
    """Drive browsers until the `with` block ends."""
    if LAUNCH["executable_path"] is None:
        pytest.skip("the browser is missing (Debian: chromium-headless-shell)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is missing (pip: playwright)")
    with sync_api.sync_playwright() as playwright:
        yield playwright


@define(eq=False)
class Visitor:
    """Somebody at the page of a server; what their browser complains about is kept."""

    page: "Page"
    url: str
    complaints: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        self.page.set_default_timeout(PATIENCE_MS)

    @property
    def errors(self) -> list[str]:
        """Tell what the browser complained about, but for what the test did to it."""
        return [one for one in self.complaints if not re.search(_EXPECTED, one)]

    def open(self, place: str = "") -> None:
        """Open a page of the page, as a person who types its address."""
        self.page.goto(f"{self.url}/app#/{place}")

    def make_account(self, name: str) -> None:
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Make account").click()
        self.page.get_by_role("heading", name="First habits").wait_for()

    def log_in(self, name: str) -> None:
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.get_by_role("navigation").wait_for()

    def mark(self, habit: str) -> None:
        """Tap a habit of the day that is shown."""
        self.page.locator(".habit", has=self.page.get_by_role("heading", name=habit)).locator(".mark").click()

    def has_focus(self, place: "Locator") -> None:
        """Wait until that has the focus."""
        place.and_(self.page.locator(":focus")).wait_for()

    def has_value(self, field: "Locator", value: str) -> None:
        """Wait until that stands in the field."""
        from playwright.sync_api import expect  # noqa: PLC0415  # it may be missing, and then nobody is here

        expect(field).to_have_value(value, timeout=PATIENCE_MS)

    def all_is_sent(self) -> None:
        """Wait until nothing waits to be sent, nor is about to."""
        self._wait_for([0, 0], _WAITING)

    def all_is_stored(self, count: int) -> None:
        """Wait until so many changes wait to be sent and are on disk."""
        self._wait_for([count, count], _WAITING)

    def keeps(self, path: str) -> None:
        """Wait until what the server told of the path can be read without a network."""
        self._wait_for(True, _IS_KEPT, path)

    def has_status(self, status: str) -> None:
        """Wait until the page thinks so of its session."""
        self._wait_for(status, _STATUS)

    def waits_for(self, is_so: Callable[[], bool]) -> None:
        """Wait until that is so, while the browser goes on."""
        for _ in patiently():
            self.page.evaluate("null")
            if is_so():
                return
        raise AssertionError(self.page.content())

    def _wait_for(self, wanted: object, script: str, given: object = None) -> None:
        for _ in patiently():
            if self.page.evaluate(script, given) == wanted:
                return
        raise AssertionError(self.page.content())

    def violations(self, *, colours_only: bool = False) -> list[str]:
        """Return what axe-core finds wrong with what is shown, or with its colours alone."""
        self.page.evaluate(gzip.decompress(_AXE.read_bytes()).decode())
        found = self.page.evaluate(
            "(runOnly) => axe.run(document, {runOnly, resultTypes: ['violations']})",
            [*(_OF_COLOURS if colours_only else _ALL_RULES)],
        )
        return [
            f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]


def losing(route: "Route") -> None:
    """Let a request reach the server, and cut the connection before its answer."""
    route.fetch()
    route.abort("connectionreset")


def now_and_then(handler: Callable[["Route"], None], *, every: int) -> Callable[["Route"], None]:
    """Return what does that to the first of so many requests, and leaves the others alone."""
    count = itertools.count()

    def handle(route: "Route") -> None:
        if next(count) % every:
            route.continue_()
        else:
            handler(route)

    return handle


def a_context(browser: "Browser", **given: Any) -> "BrowserContext":  # noqa: ANN401  # any option
    """Return a fresh profile, without service workers unless they are asked for."""
    options: dict[str, Any] = {"locale": "en-GB", "viewport": PHONE, "service_workers": "block", **given}
    return browser.new_context(**options)


def kill_browser(profile: Path) -> None:
    """End the browser of a profile as a loss of power would."""
    wanted = f"--user-data-dir={profile}".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            if wanted in (folder / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
