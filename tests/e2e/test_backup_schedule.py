"""A server makes backups by itself: once, whatever the number of workers, and again whatever happened."""

import datetime as dt
import json
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from mosaic_adapters.backups.folder import BackupFolder
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.audit.model import AuditFilter
from mosaic_core.backups.model import ENTRIES
from mosaic_core.entries.model import Entry
from mosaic_core.testing import an_entry, days_ago
from support_server import Client, Server, fill, patiently, serving, with_ada

_ENTRIES = 50_000


def with_an_account(folder: Path, entries: int = 0) -> Path:
    """Make a database with an administrator, and many entries; return it."""
    path = with_ada(folder)
    chance = random.Random(7)  # noqa: S311  # notes that do not pack well
    store = SqliteStore(path)
    with store.write() as unit:
        user_id = unit.users.every()[0].id
        for first in range(0, entries, 10_000):
            numbers = range(first, first + 10_000)
            unit.entries.add_many([an_old_entry(user_id, number, chance) for number in numbers])
    store.close()
    return path


@pytest.fixture(scope="module")
def many_entries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with an administrator and many entries, to be copied."""
    return with_an_account(tmp_path_factory.mktemp("many"), _ENTRIES)


@pytest.fixture
def large(many_entries: Path, tmp_path: Path) -> Path:
    """The same in the folder of the test."""
    path = tmp_path / "data" / "mosaic.db"
    path.parent.mkdir()
    shutil.copyfile(many_entries, path)
    return path


def an_old_entry(user_id: int, number: int, chance: random.Random) -> Entry:
    note = chance.randbytes(40).hex()
    return an_entry(user_id, f"Activity {number % 50}", days_ago(number // 50), note=note)


def let_it_be_due(path: Path) -> None:
    """Let the last run be two days ago."""
    store = SqliteStore(path)
    with store.write() as unit:
        last_run = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
        unit.backups.keep_plan(evolve(unit.backups.plan(), last_run=last_run))
    store.close()


def status(admin: Client) -> dict[str, Any]:
    shown: dict[str, Any] = admin.get("/backup/status").went(200).json
    return shown


def backed_up(admin: Client) -> dict[str, Any]:
    """Return the status once a backup is there and no run is under way."""
    for _ in patiently():
        shown = status(admin)
        if shown["backups"] and shown["next_run"] > dt.datetime.now(dt.UTC).isoformat():
            return shown
    raise AssertionError(status(admin))


def runs(admin: Client, event_type: str = "backup.run") -> int:
    total: int = admin.get(f"/logs/activity?event_type={event_type}").went(200).json["total"]
    return total


def unfinished(server: Server) -> list[Path]:
    return list((server.data / "backups").glob(".backup-*"))


def test_of_several_workers_one_makes_the_backup_that_was_missed(tmp_path: Path) -> None:
    path = with_an_account(tmp_path)
    let_it_be_due(path)
    with serving(tmp_path, workers=2) as server:
        admin = server.anyone.logged_in("ada")
        shown = backed_up(admin)
        assert (shown["enabled"], shown["last_error"]) == (True, None)
        assert server.stop() == 0
        assert "Traceback" not in server.log
    folder = BackupFolder(path.parent / "backups", lambda: None)
    (made,) = folder.every()
    with folder.archive(made.filename) as backup:
        backup.verify()
    store = SqliteStore(path)
    with store.read() as unit:
        assert unit.audit.count(AuditFilter(event_type="backup.run")) == 1
        latest = unit.backups.run()
        assert latest is not None
        assert (latest.number, latest.is_over) == (1, True)
    store.close()


def test_while_one_worker_makes_a_backup_every_worker_refuses_another(tmp_path: Path, large: Path) -> None:
    with serving(tmp_path, workers=2) as server, ThreadPoolExecutor(1) as pool:
        assert server.data == large.parent
        admin = server.anyone.logged_in("ada")
        refused = 0
        for _ in patiently():  # again, if the first was made before the second was asked for
            first = pool.submit(admin.post, "/backup/run")
            for _ in patiently():
                if unfinished(server) or first.done():
                    break
            while not first.done():
                answer = admin.post("/backup/run")
                if answer.status == 409:
                    refused += 1
                    answer.failed(409, "conflict")
                admin.add_entry("meanwhile", value=refused)
            first.result().went(200)
            if refused:
                break
        assert refused
        assert runs(admin) == len(status(admin)["backups"])


def test_a_backup_that_was_killed_is_made_again_and_no_half_of_it_is_listed(
    tmp_path: Path, large: Path
) -> None:
    let_it_be_due(large)
    with serving(tmp_path) as server:
        for _ in patiently():
            if unfinished(server):
                break
        server.kill()
        assert unfinished(server)
        server.start()
        admin = server.anyone.logged_in("ada")
        assert status(admin)["backups"] == []
        assert status(admin)["last_error"] is None
        (made,) = backed_up(admin)["backups"]
        assert runs(admin) == 1
        assert unfinished(server) == []
    with BackupFolder(large.parent / "backups", lambda: None).archive(made["filename"]) as backup:
        assert backup.count(ENTRIES) == _ENTRIES


def test_a_server_that_stops_in_the_middle_of_a_backup_leaves_nothing_of_it(
    tmp_path: Path, large: Path
) -> None:
    let_it_be_due(large)
    with serving(tmp_path) as server:
        for _ in patiently():
            if unfinished(server):
                break
        assert server.stop() == 0
        assert unfinished(server) == []
        server.start()
        admin = server.anyone.logged_in("ada")
        backed_up(admin)
        assert (runs(admin), runs(admin, "backup.run_failed")) == (1, 0)


def test_a_full_disk_is_told_and_the_next_backup_is_made(tmp_path: Path, small_disk: Path) -> None:
    path = with_an_account(tmp_path)
    let_it_be_due(path)
    place = small_disk / "backups"
    place.mkdir()
    ballast = fill(small_disk)
    with serving(tmp_path, workers=2, backup_dir=str(place)) as server:
        admin = server.anyone.logged_in("ada")
        for _ in patiently():
            if status(admin)["last_error"]:
                break
        shown = status(admin)
        assert "no room" in shown["last_error"]
        assert str(tmp_path) not in json.dumps(shown)
        assert shown["backups"] == []
        assert [file.name for file in place.iterdir() if file.name != ".lock"] == []
        admin.post("/backup/run").failed(507, "storage_full")
        admin.add_entry("Running").went(201)
        ballast.unlink()
        server.stop()
        let_it_be_due(path)
        server.start()
        shown = backed_up(server.anyone.logged_in("ada"))
        assert shown["last_error"] is None
