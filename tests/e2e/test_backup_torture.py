"""Killing backups, and filling the disk under them, while people write."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from mosaic_adapters.backups.folder import BackupFolder
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.backups.copying import take_all
from support_commands import fork
from support_server import MOSAIC, Client, environment, fill, run, serving, with_ada

ROUNDS = int(os.environ.get("MOSAIC_TORTURE_ROUNDS", "2"))
WRITERS = 3
OLD_ENTRIES = 2_000
DAYS = 28


def write_until(ended: threading.Event, person: Client) -> None:
    number = 0
    while not ended.is_set():
        number += 1
        day, activity = f"2026-01-{1 + number % DAYS:02}", f"slot {number % 200}"
        person.add_entry(activity, day, value=number)


@contextmanager
def people_writing(persons: list[Client]) -> Iterator[None]:
    ended = threading.Event()
    threads = [threading.Thread(target=write_until, args=(ended, person)) for person in persons]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_kill_9_at_any_moment_leaves_only_backups_that_restore(tmp_path: Path) -> None:
    chance = random.SystemRandom()
    folder = BackupFolder(tmp_path / "data" / "backups", lambda: None)
    with serving(tmp_path) as server, ExitStack() as stack:
        persons = [server.anyone.registered(f"writer{number}") for number in range(WRITERS)]
        rows = "".join(f"2025-12-31,old {number},{number}\n" for number in range(OLD_ENTRIES))
        (tmp_path / "old.csv").write_text(f"date,activity,value\n{rows}")
        assert run(tmp_path, "import", "csv", "old.csv", "--user", "writer0").returncode == 0
        stack.enter_context(people_writing(persons))
        started = time.monotonic()
        assert run(tmp_path, "backup", "run", backup_keep="10000").returncode == 0
        whole = time.monotonic() - started
        finished = {one.filename for one in folder.every()}
        for number in range(ROUNDS):
            killed = kill_backup(tmp_path, chance.uniform(0.3, 1.0) * whole)
            now = {one.filename for one in folder.every()}
            assert finished <= now
            for name in now - finished:
                require_restorable(folder, name, tmp_path / f"restored {number}.db")
            sys.stdout.write(f"round {number + 1}: {'killed' if killed else 'done'}, {len(now)} backups\n")
            finished = now
        assert run(tmp_path, "backup", "run", backup_keep="10000").returncode == 0
        assert [file.name for file in (tmp_path / "data" / "backups").glob("*.part")] == []


def kill_backup(folder: Path, seconds: float) -> bool:
    """Begin a backup and kill it after that time; return whether it had not ended."""
    variables = environment(folder, backup_keep="10000")
    with Path(os.devnull).open("r+b") as nothing:
        process = fork(["backup", "run"], folder, variables, [nothing] * 3)
    try:
        process.wait(seconds)
    except TimeoutError:
        process.kill()
    return process.wait() != 0


def require_restorable(folder: BackupFolder, name: str, path: Path) -> None:
    """Want a backup that verifies, and restores to a database in which everything agrees."""
    with folder.opened(folder.path(name)) as source:
        source.verify()
        store = SqliteStore(path)
        with store.write() as unit:
            take_all(source, unit)
        store.close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        orphans = """SELECT count(*) FROM entries LEFT JOIN activities
                     ON activities.user_id = entries.user_id AND name_key = activity_key
                     WHERE activities.id IS NULL"""
        assert database.execute(orphans).fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM entries").fetchone()[0] >= OLD_ENTRIES
    path.unlink()


def test_a_full_disk_leaves_no_file_and_the_old_backups(tmp_path: Path, small_disk: Path) -> None:
    place = {"backup_dir": str(small_disk / "backups")}
    with serving(tmp_path) as server:
        person = server.anyone.registered("person")
        for number in range(50):
            person.add_entry(f"Activity {number}", value=number, note=str(number) * 40)
        assert run(tmp_path, "backup", "run", **place).returncode == 0
        before = [(file.name, file.read_bytes()) for file in (small_disk / "backups").glob("backup-*")]
        ballast = fill(small_disk)
        failed = run(tmp_path, "backup", "run", **place)
        assert (failed.returncode, failed.stdout) == (9, "")
        assert failed.stderr == "Error: There is no room for the backup; nothing was changed\n"
        assert {file.name for file in (small_disk / "backups").iterdir()} == {".lock", before[0][0]}
        assert [
            (file.name, file.read_bytes()) for file in (small_disk / "backups").glob("backup-*")
        ] == before
        person.add_entry("Later", value=1).went(201)
        ballast.unlink()
        assert run(tmp_path, "backup", "run", **place).returncode == 0
        events = [one["event_type"] for one in person.get("/logs/activity").json["items"]]
        assert [one for one in events if one.startswith("backup.")] == [
            "backup.run",
            "backup.run_failed",
            "backup.run",
        ]


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_disk_that_fails_leaves_no_file(tmp_path: Path, call: str) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("making a disk fail needs the command strace")
    with_ada(tmp_path)
    faulty = [strace, "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:error=EIO"]
    failed = subprocess.run(
        [*faulty, MOSAIC, "backup", "run"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 7, failed.stderr
    assert failed.stderr.startswith("Error: The backups cannot be read or written: Input/output error\n")
    assert [file.name for file in (tmp_path / "data" / "backups").iterdir()] == [".lock"]
    assert run(tmp_path, "backup", "run").returncode == 0
