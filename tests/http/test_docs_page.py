"""The page that shows the OpenAPI document."""

import gzip
import re
from hashlib import sha256
from pathlib import Path

import pytest

from support_http import Client, World


def test_the_page_may_load_nothing_from_elsewhere_and_has_no_script_in_it(world: World) -> None:
    page = world.anyone.get("/docs").went(200)
    policy = page.header("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?:|//", page.text)
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page.text) == ["", ""]
    assert "style=" not in page.text


def test_everything_that_the_page_names_is_there(world: World) -> None:
    page = world.anyone.get("/docs").text
    for name in re.findall(r'(?:href|src)="([^"]+)"', page):
        if name != "data:,":
            found = world.anyone.get(f"/{name}").went(200)
            assert found.header("x-content-type-options") == "nosniff"
    world.anyone.get("/docs/VENDORED.md").failed("not_found")


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip, br", True), ("br;q=1, gzip;q=0.5", True), ("gzip;q=0", False), ("", False)],
)
def test_the_files_come_compressed_to_those_who_take_that(
    world: World,
    accepted: str,
    packed: bool,  # noqa: FBT001
) -> None:
    for target in ("/docs/swagger-ui.css", "/openapi.json", "/docs"):
        reply = world.anyone.get(target, {"Accept-Encoding": accepted}).went(200)
        assert (reply.header("content-encoding") == "gzip") == packed
        assert reply.body.startswith(b"\x1f\x8b") == packed
        assert reply.header("content-length") == str(len(reply.body))


def test_what_was_vendored_is_what_was_noted() -> None:
    folder = Path(__file__).parents[2] / "src/mosaic_http/docs_page"
    noted = dict(
        re.findall(
            r"^\| `(.+?)` \| \d+ \| `([0-9a-f]{64})` \|$", (folder / "VENDORED.md").read_text(), re.MULTILINE
        )
    )
    kept = {path.stem: sha256(gzip.decompress(path.read_bytes())).hexdigest() for path in folder.glob("*.gz")}
    assert kept == noted


def test_no_answer_needs_an_account(ada: Client) -> None:
    for target in ("/openapi.json", "/docs", "/docs/page.js"):
        assert ada.world.anyone.get(target).went(200).body == ada.get(target).went(200).body
