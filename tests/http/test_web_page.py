"""The web page: its files, how they are kept and who may have them."""

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin
from weakref import ref

import pytest

from mosaic_http.errors import STATUS
from mosaic_http.web_page import INDEX, MEDIA_TYPES, modules_of, page_file, version
from support_http import Client, Serve, World

FOLDER = Path(__file__).parents[2] / "src/mosaic_http/page"
KIB = 1024


def named(page: str) -> list[str]:
    """Return what the page names."""
    return re.findall(r'(?:href|src)="(app/[^"]+)"', page)


def listed(world: World) -> list[str]:
    """Return the names of all files of the version."""
    names: list[str] = world.anyone.get(f"/app/{version()}/files.json").went(200).json
    return names


def texts(end: str) -> Iterator[tuple[str, str]]:
    """Yield our own files of the page that end so, and their names."""
    for path in sorted(FOLDER.rglob(f"*{end}")):
        if path.parent.name != "vendor":
            yield path.relative_to(FOLDER).as_posix(), path.read_text()


def test_a_browser_that_asks_for_mosaic_is_led_to_the_page_and_a_program_is_told_that_it_runs(
    world: World,
) -> None:
    led = world.anyone.get("/", {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}).went(303)
    assert urljoin("http://host/", led.header("location") or "") == "http://host/app"
    for accepted in ("application/json", "*/*", ""):
        told = world.anyone.get("/", {"Accept": accepted}).went(200)
        assert told.json["message"] == "Mosaic is running"
        assert told.header("vary") == led.header("vary") == "Accept"


def test_below_a_root_path_a_browser_is_led_below_it(serve: Serve) -> None:
    world = serve(root_path="/mosaic")
    for path in ("/mosaic", "/mosaic/", "/"):
        assert world.anyone.get(path, {"Accept": "text/html"}).went(303).header("location") == "/mosaic/app"
    page = world.anyone.get("/mosaic/app").went(200)
    for name in named(page.text):
        world.anyone.get(f"/mosaic/{name}").went(200)


def test_the_page_takes_nothing_from_elsewhere_and_of_what_stands_in_it_its_own_style_alone(
    world: World,
) -> None:
    page = world.anyone.get("/app").went(200)
    policy = page.header("content-security-policy") or ""
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}' 'self';" in policy
    assert not re.search(r"https?:|//", page.text)
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page.text) == [""]
    assert "style=" not in page.text
    assert page.header("referrer-policy") == "no-referrer"
    assert page.header("x-content-type-options") == "nosniff"


def test_everything_that_the_page_names_is_there_and_kept_for_ever(world: World) -> None:
    names = named(world.anyone.get("/app").text)
    assert f"app/{version()}/main.js" in names
    for name in names:
        found = world.anyone.get(f"/{name}").went(200)
        assert found.header("cache-control") == "public, max-age=31536000, immutable"
        assert found.header("content-type") == MEDIA_TYPES[name.rpartition(".")[2]]


def test_a_browser_paints_the_page_before_it_has_asked_for_anything_else(world: World) -> None:
    head, _, body = world.anyone.get("/app").text.partition("<body>")
    assert not re.findall(r'<script|rel="(?:stylesheet|modulepreload|preload)"', head)
    shown, _, rest = body.partition('<link rel="stylesheet"')
    assert ">Mosaic<" in shown
    assert not re.findall("<script|<link|<img", shown)
    preloaded = re.findall(rf'rel="modulepreload" href="app/{version()}/([^"]+)"', rest)
    assert preloaded == modules_of("main.js")


def test_the_list_for_the_service_worker_names_all_files_of_the_version(world: World) -> None:
    names = listed(world)
    assert {"main.js", "texts/cs.js", "vendor/uplot.css", "icons/icon-192.png"} <= {*names}
    assert not {INDEX, "service-worker.js", "jsconfig.json", "README.md"} & {*names}
    assert not [name for name in names if name.endswith(".d.ts")]
    for name in names:
        world.anyone.get(f"/app/{version()}/{name}").went(200)


@pytest.mark.parametrize(
    "name", ["jsconfig.json", "README.md", "styles/base.css", "../web_page.py", "vendor/preact.LICENSE", ""]
)
def test_nothing_else_is_sent(world: World, name: str) -> None:
    world.anyone.get(f"/app/{version()}/{name}").failed("not_found")
    world.anyone.get(f"/app/{name}").failed("not_found")


def test_the_name_of_a_file_that_is_not_there_is_not_remembered() -> None:
    class Name(str):
        """A text that tells when it has gone."""

        __slots__ = ("__weakref__",)

    name = Name("elsewhere.js")
    held = ref(name)
    assert page_file(name) is None
    del name
    assert held() is None


def test_a_file_of_another_version_is_not_there(world: World) -> None:
    world.anyone.get("/app/0123456789ab/main.js").failed("not_found")


def test_what_a_browser_has_is_not_sent_again(world: World) -> None:
    for target in ("/app", "/app/service-worker.js", f"/app/{version()}/main.js"):
        first = world.anyone.get(target).went(200)
        again = world.anyone.get(target, {"If-None-Match": first.header("etag") or ""}).went(304)
        assert again.body == b""
        assert again.header("etag") == first.header("etag")
        assert world.anyone.get(target, {"If-None-Match": 'W/"another"'}).went(200).body == first.body


def test_the_page_and_its_service_worker_are_asked_for_each_time_and_name_the_version(world: World) -> None:
    for target in ("/app", "/app/service-worker.js"):
        found = world.anyone.get(target).went(200)
        assert found.header("cache-control") == "no-cache"
        assert version() in found.text
        assert "{{" not in found.text
    assert world.anyone.get("/app/service-worker.js").header("service-worker-allowed") == "../app"


@pytest.mark.parametrize(("accepted", "packed"), [("gzip, br", True), ("gzip;q=0", False), ("", False)])
def test_files_come_compressed_to_those_who_take_that(
    world: World,
    accepted: str,
    packed: bool,  # noqa: FBT001
) -> None:
    for target in ("/app", f"/app/{version()}/styles/daily.css"):
        reply = world.anyone.get(target, {"Accept-Encoding": accepted}).went(200)
        assert (reply.header("content-encoding") == "gzip") == packed
        assert reply.body.startswith(b"\x1f\x8b") == packed


def test_all_files_together_are_smaller_than_150_kib_compressed(world: World) -> None:
    asked = {"Accept-Encoding": "gzip"}
    targets = ["/app", "/app/service-worker.js", *(f"/app/{version()}/{name}" for name in listed(world))]
    assert sum(len(world.anyone.get(target, asked).body) for target in targets) < 150 * KIB


def test_scripts_of_ours_are_sent_without_comments_and_with_each_line_in_its_place(world: World) -> None:
    for name in ("shell.js", "pages/body/charts.js"):
        sent = world.anyone.get(f"/app/{version()}/{name}").went(200).text.splitlines()
        kept = (FOLDER / name).read_text().splitlines()
        assert len(sent) == len(kept)
        assert all(line in {"", source} for line, source in zip(sent, kept, strict=True))
        assert not [line for line in sent if line.lstrip().startswith(("//", "/**", "*"))]


def test_the_page_starts_with_all_modules_that_others_import_at_once_and_no_further_ones() -> None:
    started = modules_of("main.js")
    assert len(set(started)) == len(started)
    assert {"vendor/preact.js", "vendor/hooks.js", "pages/today.js", "texts/en.js"} <= {*started}
    assert not {"vendor/uplot.js", "texts/cs.js", "pages/history.js"} & {*started}


def test_every_module_that_is_imported_is_there() -> None:
    for name, text in texts(".js"):
        for path in re.findall(r'(?:from |import\()"(\.[^"]+)"', text):
            assert (FOLDER / name).parent.joinpath(path).resolve().is_file(), (name, path)


def test_no_file_of_ours_makes_html_of_texts_or_keeps_a_token() -> None:
    for name, text in (*texts(".js"), *texts(".html")):
        assert not re.search(
            r"innerHTML|dangerously|document\.write|\beval\(|new Function|\bon\w+=\"", text
        ), name
        assert not re.search(r"access_token|sessionStorage|document\.cookie", text), name
    assert {name for name, text in texts(".js") if "localStorage" in text} == {"texts.js", "theme.js"}


def test_every_language_has_every_text_with_the_same_values_and_no_other() -> None:
    tables = {name: table(text) for name, text in texts(".js") if name.startswith("texts/")}
    english = tables.pop("texts/en.js")
    assert tables
    for name, other in tables.items():
        assert other.keys() == english.keys(), name
        for key, values in other.items():
            assert values == english[key], (name, key)


def table(text: str) -> dict[str, set[str]]:
    """Return the values that each text of a table wants, by its key."""
    rows = re.findall(r'^  "?([\w.-]+)"?: ("(?:[^"\n])*"|\{[^}]*(?:\{\w+\}[^}]*)*\}),$', text, re.MULTILINE)
    return {key: set(re.findall(r"(?<=\{)\w+(?=\})", said)) for key, said in rows}


def test_every_text_that_is_shown_is_in_the_tables() -> None:
    known = table((FOLDER / "texts/en.js").read_text()).keys()
    for name, text in texts(".js"):
        for key in re.findall(r'\bt\("([^"]+)"', text):
            assert key in known, (name, key)


def test_every_refusal_has_a_text_and_the_servers_words_follow_it_as_a_sentence_of_their_own() -> None:
    for name, text in texts(".js"):
        if not name.startswith("texts/"):
            continue
        assert {f"error.{code}" for code in STATUS} <= table(text).keys(), name
        told = re.findall(r'^  "(error\.[\w.]+)": "(.*)",$', text, re.MULTILINE)
        for key, said in told:
            ours, words, rest = said.partition("{message}")
            assert not words or (rest == "" and re.fullmatch(r"(.+[.!?] )?", ours)), (name, key)
        assert not [
            key for key in table(text) if {"error", "message"} & table(text)[key] and key not in dict(told)
        ]


def test_what_was_vendored_is_what_was_noted() -> None:
    noted = dict(
        re.findall(
            r"\| `([^`]+)` \| `([0-9a-f]{64})` \|$", (FOLDER / "vendor/VENDORED.md").read_text(), re.MULTILINE
        )
    )
    kept = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in (FOLDER / "vendor").iterdir()
        if path.suffix in {".js", ".css"}
    }
    assert kept == noted


def test_the_tool_of_the_tests_is_what_was_noted() -> None:
    folder = Path(__file__).parents[1] / "data"
    kept = gzip.decompress((folder / "axe.min.js.gz").read_bytes())
    assert sha256(kept).hexdigest() in (folder / "axe.md").read_text()


def test_the_manifest_names_icons_that_are_there_and_starts_the_page() -> None:
    found = page_file("manifest.webmanifest")
    assert found is not None
    manifest = json.loads(found.content.plain)
    assert all(page_file(icon["src"]) for icon in manifest["icons"])
    place = f"http://host/mosaic/app/{version()}/manifest.webmanifest"
    assert urljoin(place, manifest["start_url"]) == "http://host/mosaic/app"


def test_the_page_is_sent_without_the_api_key_and_its_session_is_not(serve: Serve) -> None:
    world = serve(api_key="a key")
    world.anyone.get("/app").went(200)
    world.anyone.get(f"/app/{version()}/main.js").went(200)
    world.anyone.get("/app/greeting").went(200)
    world.anyone.get("/app/session").failed("unauthorized")


def test_the_greeting_says_whether_this_is_the_first_visit(world: World) -> None:
    assert world.anyone.get("/app/greeting").json == {"first_account": True, "registration_open": True}
    world.person()
    assert world.anyone.get("/app/greeting").json == {"first_account": False, "registration_open": True}


def test_the_greeting_says_that_registration_is_closed(serve: Serve) -> None:
    world = serve(registration="closed")
    assert world.anyone.get("/app/greeting").json == {"first_account": True, "registration_open": False}


def test_a_page_that_was_loaded_again_is_told_whose_session_it_is_and_may_write_again(ada: Client) -> None:
    world = ada.world
    said = {"username": "ada", "password": "correct horse battery", "cookie": True}
    login = world.anyone.post("/login", said).went(200)
    cookie = (login.header("set-cookie") or "").partition(";")[0]
    session = world.anyone.get("/app/session", {"Cookie": cookie}).went(200)
    assert session.header("cache-control") == "private, no-cache"
    assert session.header("vary") == "Authorization, Cookie"
    told = session.json
    assert told["user"] == ada.get("/user").json
    assert told["csrf_token"] == login.json["csrf_token"]
    assert told["expires_in"] == login.json["expires_in"]
    world.clock.advance(seconds=60)
    assert world.anyone.get("/app/session", {"Cookie": cookie}).json["expires_in"] == told["expires_in"] - 60
    entry = {"date": "2026-01-02", "activity": "Running", "value": 1}
    world.anyone.post("/add_entry", entry, {"Cookie": cookie}).failed("invalid_csrf")
    proof = {"Cookie": cookie, "X-CSRF-Token": told["csrf_token"]}
    world.anyone.post("/add_entry", entry, proof).went(201)


def test_a_personal_access_token_has_no_session_of_a_page(ada: Client) -> None:
    token = ada.post("/tokens", {"name": "script", "scopes": ["read", "write"]}).went(201).json["token"]
    ada.world.anyone.get("/app/session", {"Authorization": f"Bearer {token}"}).failed("forbidden")
