"""Databases of the first versions open, and everything in them is told as those versions told it.

Each `database-*.zip` has a database that the version of that commit made over HTTP, and what it then
answered. The first that served was c817538, the first that landed 6ac2411; those between made schemas of
their own under the number 2.
"""

import csv
import json
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.sqlite.first_schemas import FIRST_SCHEMAS
from mosaic_adapters.sqlite.migrations import MIGRATIONS, take
from mosaic_core.errors import ServiceUnavailable
from support_folders import a_folder
from support_http import Client, World, settings_for

FOLDER = Path(__file__).parents[1] / "data"
COMMITS = ("c817538", "49d2fcc", "1b62121", "6ac2411")


@pytest.fixture
def folder() -> Iterator[Path]:
    with a_folder() as made:
        yield made


@pytest.fixture(params=COMMITS)
def told(request: pytest.FixtureRequest, folder: Path) -> dict[str, dict[str, Any]]:
    """What the old version answered to whom, by the path; its database is in the folder."""
    with zipfile.ZipFile(FOLDER / f"database-{request.param}.zip") as archive:
        archive.extract("mosaic.db", folder)
        text = archive.read("told.json").decode()
    answers: dict[str, dict[str, Any]] = json.loads(unicodedata.normalize("NFC", text))
    return answers


@pytest.fixture
def world(told: object, folder: Path) -> Iterator[World]:  # noqa: ARG001  # the database comes first
    world = World(settings_for("sqlite", folder, timezone="Europe/Berlin"))
    yield world
    world.close()


def shown(client: Client, path: str) -> Any:  # noqa: ANN401  # any JSON
    text = unicodedata.normalize("NFC", client.get(path).went(200).text)  # the audit keeps what was typed
    return text if path.startswith("/export/csv") else json.loads(text)


def lost(old: Any, new: Any, where: str) -> Iterator[str]:  # noqa: ANN401  # any JSON
    """Yield where what was told before is told no more; what is told beside it does not matter."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name, value in old.items():
            yield from lost(value, new.get(name), f"{where} {name}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for one, other in zip(old, new, strict=True):
            yield from lost(one, other, where)
    elif old != new:
        yield f"{where}: {old!r}, now {new!r}"


def tables(export: str) -> list[list[dict[str, str]]]:
    return [list(csv.DictReader(StringIO(table))) for table in export.split("\r\n\r\n")]


def test_all_that_a_first_version_told_is_told_again(told: dict[str, dict[str, Any]], world: World) -> None:
    for username, answers in told.items():
        client = world.anyone.logged_in(username)
        for path, answer in answers.items():
            now = shown(client, path)
            if path == "/wearable/summary":  # the number of errors has another name
                now = {**now, "errors": now["error_count"]}
            if path.startswith("/logs/"):  # the logins of this test
                now = {**now, "items": now["items"][: len(answer["items"])], "total": answer["total"]}
            if path.startswith("/export/csv"):  # with more columns
                answer, now = tables(answer), tables(now)  # noqa: PLW2901  # the same in another form
            assert list(lost(answer, now, f"{username} {path}")) == []


@pytest.mark.usefixtures("told")
def test_a_first_database_goes_on_like_any_other(world: World) -> None:
    ada = world.anyone.logged_in("ada")
    before = int(ada.get("/entries?limit=1").header("x-total-count") or 0)
    ada.add_entry("Run", "2026-02-01", value=2).went(201)
    ada.delete(f"/entries/{ada.get('/entries?limit=500').json[-1]['id']}").went(200)
    ada.add_entry("Run", "2026-02-02", value=2).went(201)
    reply = ada.get("/entries?limit=500").went(200)
    assert (reply.header("x-total-count"), len(reply.json)) == (str(before + 1), before + 1)
    record = {
        "type": "heart_rate",
        "start": "2026-02-01T10:00:00Z",
        "fields": {"bpm": 77},
        "dedupe_key": "new",
    }
    batch = {"source_app": "Watch", "device_id": "w1", "tz": "UTC", "records": [record]}
    assert ada.post("/ingest/wearable/batch", batch).went(201).json["etl"]["processed"] == 1


@pytest.mark.usefixtures("told", "world")
def test_a_first_database_is_as_sound_as_a_new_one(folder: Path) -> None:
    SqliteStore(folder / "new.db").close()
    with (
        closing(sqlite3.connect(folder / "mosaic.db")) as old,
        closing(sqlite3.connect(folder / "new.db")) as new,
    ):
        assert old.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert old.execute("PRAGMA foreign_key_check").fetchall() == []
        names = "SELECT type, name, tbl_name FROM sqlite_master ORDER BY name"
        assert old.execute(names).fetchall() == new.execute(names).fetchall()
        assert old.execute("SELECT owner, total FROM entry_totals ORDER BY owner").fetchall() == (
            old.execute("SELECT user_id, count(*) FROM entries GROUP BY user_id ORDER BY user_id").fetchall()
        )


def made_by_a_first_version(path: Path, version: int, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for steps in (*MIGRATIONS[:version], statements):
            take(connection, steps)
        connection.execute(f"PRAGMA user_version = {version}")


@pytest.mark.parametrize(
    ("version", "statements"),
    [(version, statements) for version, schemas in FIRST_SCHEMAS.items() for statements in schemas],
)
def test_each_first_schema_opens_with_shared_entries_and_without_any_row(
    folder: Path, version: int, statements: tuple[str, ...]
) -> None:
    empty, path = folder / "empty.db", folder / "mosaic.db"
    made_by_a_first_version(empty, version, *statements)
    SqliteStore(empty).close()
    entry = "INSERT INTO entries VALUES (NULL, {}, '2026-01-02', 'Run', 'run', 1, '', '', '', 1, 'positive')"
    ada = "INSERT INTO users VALUES (1, 'ada', 'ada', 'Ada', 'x', 0, NULL, 0, '2026-01-01')"
    made_by_a_first_version(path, version, *statements, ada, entry.format(1), entry.format("NULL"))
    for _ in range(2):
        SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        totals = connection.execute("SELECT owner, total FROM entry_totals ORDER BY owner").fetchall()
    assert totals == [(0, 1), (1, 1)]


def test_a_first_schema_that_was_changed_by_hand_is_refused(folder: Path) -> None:
    path = folder / "mosaic.db"
    made_by_a_first_version(path, 2, *FIRST_SCHEMAS[2][1], "DROP TABLE idempotency")
    before = path.read_bytes()
    with pytest.raises(ServiceUnavailable, match="changed by hand"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_later_schemas_without_what_the_first_lacked_are_refused(folder: Path) -> None:
    path = folder / "mosaic.db"
    made_by_a_first_version(path, 3, "DROP TABLE entry_totals")
    with pytest.raises(ServiceUnavailable, match="the table entry_totals is missing"):
        SqliteStore(path)
