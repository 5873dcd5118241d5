"""What a backup is called and what its manifest says."""

import datetime as dt
import re
from collections.abc import Collection, Sequence

from attrs import frozen

from mosaic_core.backups.model import LastIds

FORMAT = 1
"""How a backup's file is laid out."""

MANIFEST = "manifest.json"
PEOPLES_ENTRIES = "entries.csv"
PEOPLES_ACTIVITIES = "activities.csv"

_NAME = re.compile(r"backup-(\d{8}-\d{6})(?:-\d{1,6})?\.zip", re.ASCII)
_STAMP = "%Y%m%d-%H%M%S"


@frozen
class Member:
    """A part of a backup: its size in bytes and its SHA-256 before it is compressed; tables have rows."""

    name: str
    size: int
    sha256: str
    rows: int | None


@frozen
class Manifest:
    """What a backup says of itself. `version` is the program's that made it."""

    format: int
    schema: int
    version: str
    created_at: dt.datetime
    last_ids: LastIds
    members: list[Member]

    @property
    def rows(self) -> int:
        """Return how many rows there are in all."""
        return sum(one.rows or 0 for one in self.members)


@frozen
class Backup:
    """A backup as it lies in its folder; the SHA-256 is the whole file's."""

    filename: str
    size_bytes: int
    created_at: dt.datetime
    sha256: str


def file_name(created_at: dt.datetime, taken: Collection[str]) -> str:
    """Return the name of a backup made at that time, which none of the taken ones is."""
    stem = f"backup-{created_at.astimezone(dt.UTC):{_STAMP}}"
    name, number = f"{stem}.zip", 2
    while name in taken:
        name, number = f"{stem}-{number}.zip", number + 1
    return name


def made_at(filename: str) -> dt.datetime | None:
    """Return when the backup of that name was made; None if no backup is called so."""
    match = _NAME.fullmatch(filename)
    try:
        return match and dt.datetime.strptime(match[1], _STAMP).replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def newest_first(backups: Sequence[Backup]) -> Sequence[Backup]:
    """Return the backups in order; of several made in one second the one with the highest number first."""
    return sorted(backups, key=lambda one: (one.created_at, len(one.filename), one.filename), reverse=True)
