"""Writing a backup: one ZIP, member after member, in a memory that stays the same however much there is."""

import datetime as dt
import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from attrs import Factory, frozen

from mosaic_adapters.backups.limits import table_member
from mosaic_adapters.backups.rows import batches, encode, encode_lines, encoded
from mosaic_adapters.backups.seal import PLACEHOLDER, SealedWriter, Writes
from mosaic_adapters.release import VERSION
from mosaic_core.backups import model
from mosaic_core.backups.files import (
    FORMAT,
    MANIFEST,
    PEOPLES_ACTIVITIES,
    PEOPLES_ENTRIES,
    Manifest,
    Member,
)
from mosaic_core.backups.model import TABLES
from mosaic_core.backups.people import ENTRIES_HEADER, Usernames, entries_lines, peoples_activities
from mosaic_core.backups.ports import Archive
from mosaic_core.backups.upgrades import SCHEMA
from mosaic_core.entries.model import Entry

_LEVEL = 6
_IN_MEMORY = 4 * 2**20
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""What a ZIP can say of times begins here."""


def write_backup(target: Writes, archive: Archive, created_at: dt.datetime, scratch: Path) -> None:
    """Write everything that the archive gives to `target`.

    Large parts wait for their turn in files without a name in the folder `scratch`.
    """
    sealed = SealedWriter(target)
    packed = zipfile.ZipFile(cast("IO[bytes]", sealed), "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
    with closing(packed):
        writer = _Writer(packed, max(created_at.timetuple()[:6], _EARLIEST))
        writer.write_tables(archive, scratch)
        manifest = Manifest(
            format=FORMAT,
            schema=SCHEMA,
            version=VERSION,
            created_at=created_at,
            last_ids=archive.last_ids(),
            members=writer.members,
        )
        writer.write(MANIFEST, iter([(0, encode(manifest))]))
        packed.comment = PLACEHOLDER
    sealed.seal()


@frozen
class _Writer:
    """Adds members to a ZIP, and remembers what they are like."""

    packed: zipfile.ZipFile
    time: tuple[int, ...]
    members: list[Member] = Factory(list)

    def write_tables(self, archive: Archive, scratch: Path) -> None:
        """Write each table, and what is for people."""
        usernames: Usernames = {user.id: user.username for user in archive.rows(model.USERS)}
        with SpooledTemporaryFile(_IN_MEMORY, dir=str(scratch)) as spool:
            for table in TABLES:
                rows: Iterator[Any] = archive.rows(table)
                is_for_people = table is model.ENTRIES
                lines = _also_for_people(rows, usernames, spool) if is_for_people else encoded(rows)
                self.write(table_member(table.name), lines, is_table=True)
            spool.seek(0)
            self.write(PEOPLES_ENTRIES, ((0, block) for block in iter(lambda: spool.read(2**18), b"")))
        activities = peoples_activities(archive.rows(model.ACTIVITIES), usernames)
        self.write(PEOPLES_ACTIVITIES, ((0, piece.encode()) for piece in activities))

    def write(self, name: str, pieces: Iterable[tuple[int, bytes]], *, is_table: bool = False) -> None:
        """Write a member of pieces, each with the number of its rows."""
        info = zipfile.ZipInfo(name, cast("Any", self.time))
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o100600 << 16
        digest, size, rows = hashlib.sha256(), 0, 0
        with self.packed.open(info, "w", force_zip64=True) as member:
            for count, piece in pieces:
                member.write(piece)
                digest.update(piece)
                size, rows = size + len(piece), rows + count
        self.members.append(Member(name, size, digest.hexdigest(), rows if is_table else None))


def _also_for_people(
    entries: Iterator[Entry], usernames: Usernames, spool: SpooledTemporaryFile[bytes]
) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of the entries, which are read but once: what is for people goes to the spool."""
    spool.write(ENTRIES_HEADER.encode())
    for some in batches(entries):
        spool.write(entries_lines(some, usernames).encode())
        yield len(some), encode_lines(some)
