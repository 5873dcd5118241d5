"""Backing up: beside JSON, CSV and zipfile with nothing around them, and the memory that it takes.

Times are processor time: the disk takes what it takes.

Run as a program, it makes one backup of a database and prints what memory that took, in MiB.
"""

import csv
import datetime as dt
import io
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import orjson

import history
from mosaic_adapters.backups.folder import BackupFolder
from mosaic_adapters.sqlite import SqliteStore
from mosaic_core import Mosaic
from mosaic_core.accounts.model import User
from mosaic_core.activities.model import Activity
from mosaic_core.backups.copying import take_all
from mosaic_core.backups.model import ACTIVITIES, ENTRIES, USERS, LastIds, Table
from mosaic_core.backups.ports import Archive
from mosaic_core.entries.model import Entry
from mosaic_core.policy import Policy
from setting import Bench

R = TypeVar("R")

LARGE = 1_000_000
_LEVEL = 6
_COLUMNS = "id, user_id, day, activity, value, note, description, category, goal, activity_type"


class Backups:
    """A store with the two years, and the ways of backing it up."""

    def __init__(self, folder: Path, last_day: dt.date) -> None:
        folder.mkdir()
        self.folder = folder
        self.store = filled(folder / "mosaic.db", last_day, len(history.ACTIVITIES), history.TWO_YEARS)
        files = BackupFolder(folder / "backups", lambda: None)
        self.mosaic = Mosaic.over(self.store, backup_files=files, policy=Policy(backup_keep=1))

    def floor(self) -> float:
        """Return the seconds for rows to JSON and CSV in a ZIP that is synced."""
        return _spent(self._floor)

    def zipped(self) -> float:
        """Return the seconds in which zipfile alone packs the bytes of a backup."""
        (newest,) = self.mosaic.backups.files.every()
        with zipfile.ZipFile(self.folder / "backups" / newest.filename) as backup:
            members = {name: backup.read(name) for name in backup.namelist()}
        return _spent(lambda: pack(self.folder / "zipped.zip", members))

    def ours(self) -> float:
        """Return the seconds for a backup, read back as a whole."""
        return _spent(self.mosaic.backups.run)

    def _floor(self) -> None:
        with self.store.read() as unit:
            rows = unit.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY id").fetchall()
        names = _COLUMNS.split(", ")
        text = io.StringIO(newline="")
        csv.writer(text).writerows([names, *rows])
        lines = b"\n".join([orjson.dumps(dict(zip(names, row, strict=True))) for row in rows])
        pack(self.folder / "floor.zip", {"entries.jsonl": lines, "entries.csv": text.getvalue().encode()})


def _spent(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def pack(path: Path, members: dict[str, bytes]) -> None:
    """Write the members as a ZIP, and make it durable."""
    with path.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as packed:
            for name, content in members.items():
                packed.writestr(name, content)
        file.flush()
        os.fsync(file.fileno())


def filled(path: Path, last_day: dt.date, activities: int, days: int) -> SqliteStore:
    """Return a new store with a person who has an entry for each activity and day."""
    store = SqliteStore(path)
    with store.write() as unit:
        take_all(_History(last_day, activities, days), unit)
    return store


class _History(Archive):
    """A person with activities, and entries that are made as they are taken."""

    def __init__(self, last_day: dt.date, activities: int, days: int) -> None:
        self._of = (last_day, activities, days)

    def rows(self, table: Table[R]) -> Iterator[R]:
        made: dict[str, Iterator[Any]] = {
            USERS.name: iter([User(1, "person", "person", "hash", True, None, 0, dt.datetime.now(dt.UTC))]),
            ACTIVITIES.name: _activities(*self._of),
            ENTRIES.name: _entries(*self._of),
        }
        return made.get(table.name, iter(()))

    def count(self, table: Table[R]) -> int:
        return sum(1 for _ in self.rows(table))

    def last_ids(self) -> LastIds:
        return LastIds()


def _activities(last_day: dt.date, activities: int, _: int) -> Iterator[Activity]:
    for number, row in enumerate(history.many_rows(last_day, activities, 1), 1):
        yield Activity(
            number, 1, row.activity, row.category, "positive", 1.0, history.DESCRIPTION, 1, 1, 7, None
        )


def _entries(last_day: dt.date, activities: int, days: int) -> Iterator[Entry]:
    for number, row in enumerate(history.many_rows(last_day, activities, days), 1):
        day = dt.date.fromisoformat(row.date)
        told = (row.activity, row.value, row.note, row.description, row.category, row.goal)
        yield Entry(number, 1, day, *told, "positive", "person")


def memory(bench: Bench) -> float:
    """Return the MiB that backing up a million entries adds to a process."""
    path = bench.folder / "large.db"
    filled(path, bench.last_day, 100, LARGE // 100).close()
    done = subprocess.run([sys.executable, __file__, path], check=True, capture_output=True, text=True)
    return float(done.stdout)


def _added(path: Path) -> float:
    files = BackupFolder(path.parent / "large", lambda: None)
    with Mosaic.over(SqliteStore(path), backup_files=files, policy=Policy(backup_keep=1)) as mosaic:
        mosaic.backups.files.every()
        before = _memory("VmRSS")
        mosaic.backups.run()
        return _memory("VmHWM") - before


def _memory(name: str) -> float:
    """Return a figure of this process, in MiB."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    print(_added(Path(sys.argv[1])))
