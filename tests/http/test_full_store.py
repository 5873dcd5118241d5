"""A store without room, over HTTP."""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mosaic_adapters.sqlite.database import SqliteStore
from support_http import Client, Reply, World, settings_for

MANY = "date,activity,value\n" + "".join(f"2024-06-01,Activity {number},1\n" for number in range(10_000))


@pytest.fixture
def world(folder: Path) -> Iterator[World]:
    made = World(settings_for("sqlite", folder, max_activities=10_000))
    yield made
    made.close()


@pytest.fixture
def ada(world: World) -> Client:
    return world.person("ada")


def limit(world: World, pages: int) -> None:
    """Let the database grow to so many pages, or, with less than it has, no more."""
    store = world.mosaic.store
    assert isinstance(store, SqliteStore)
    store._writer.execute(f"PRAGMA max_page_count = {pages}")  # noqa: SLF001  # the one honest way to have no room


def logged_out_without_room(world: World, client: Client) -> tuple[Client, Reply]:
    """Log in and out until that needs room; return who was logged out then, and the answer."""
    limit(world, 1)
    while "durable" not in (reply := client.post("/logout").went(200)).json:
        client = client.logged_in("ada")
    return client, reply


def test_an_import_that_is_larger_than_the_room_changes_nothing(world: World, ada: Client) -> None:
    limit(world, 200)
    assert ada.upload(MANY).failed("storage_full").message == (
        "There is no room left to write; nothing was changed"
    )
    assert ada.get("/entries").went(200).json == []
    limit(world, 2**30)
    ada.upload(MANY).went(200)


def test_a_logout_without_room_ends_the_session_and_says_what_is_not_durable(
    world: World, ada: Client
) -> None:
    again = ada.logged_in("ada")
    ended, said = logged_out_without_room(world, ada)
    assert said.json["message"] == "Logged out"
    assert said.json["durable"] is False
    assert "mosaic_session=" in (said.header("set-cookie") or "")
    ended.get("/user").failed("unauthorized")
    limit(world, 2**30)
    assert [row["current"] for row in again.get("/sessions").went(200).json].count(True) == 1
    world.mosaic.tidy()
    with world.mosaic.store.read() as unit:
        living = {one.token_id for one in unit.sessions.of(ada.id)}
        assert not any(unit.users.is_revoked(token_id) for token_id in living)
    assert again.post("/logout").went(200).json == {"message": "Logged out"}
    ended.get("/user").failed("unauthorized")


def test_a_login_without_room_works_and_is_listed_once_there_is_some(world: World, ada: Client) -> None:
    logged_out_without_room(world, ada.logged_in("ada"))
    phone = ada.logged_in("ada")
    phone.get("/user").went(200)
    assert not any(row["current"] for row in phone.get("/sessions").went(200).json)
    limit(world, 2**30)
    world.mosaic.sessions.write_uses()
    assert any(row["current"] for row in phone.get("/sessions").went(200).json)


def test_an_upload_that_no_temporary_folder_takes_is_answered_as_such(
    ada: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "nowhere"))
    ada.upload(MANY + " " * 2**20).failed("storage_full")
    ada.upload("date,activity,value\n2024-06-01,Running,1\n").went(200)


@pytest.fixture(params=[2**19, 2**24], ids=["a part does not fit", "the end does not fit"])
def _no_room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have temporary files on a disk that is found full after so many bytes, by whatever writes them."""
    opened = partial(Path("/dev/full").open, "w+b", request.param)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: opened())


@pytest.mark.usefixtures("_no_room")
@pytest.mark.parametrize("path", ["/add_entry", "/ingest/wearable/batch"])
def test_a_large_body_that_the_temporary_folder_cannot_take_is_answered_as_such(
    ada: Client, path: str
) -> None:
    sent = {"Content-Type": "application/json"}
    ada.ask("POST", path, body=[b" " * 2**16] * 16, headers=sent).failed("storage_full")


@pytest.mark.usefixtures("_no_room")
def test_exports_that_the_temporary_folder_cannot_take_keep_no_place(ada: Client) -> None:
    ada.upload(MANY).went(200)
    for _ in range(8):
        ada.get("/export/json?limit=all").failed("storage_full")
