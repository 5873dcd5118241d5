"""Reading a backup. Nothing of it is believed before it has been checked."""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, TypeVar, cast

import msgspec
from attrs import astuple

from mosaic_adapters.backups.age import AgeReader, is_encrypted
from mosaic_adapters.backups.decoding import decoding
from mosaic_adapters.backups.limits import (
    LARGEST_MANIFEST,
    LONGEST_ROW,
    NAMES,
    require_bounds,
    table_member,
)
from mosaic_adapters.backups.rows import structuring
from mosaic_adapters.backups.seal import require_seal
from mosaic_core.backups.files import FORMAT, MANIFEST, Manifest
from mosaic_core.backups.model import TABLES, LastIds, Table
from mosaic_core.backups.ports import Archive
from mosaic_core.backups.upgrades import UPGRADES, Upgrade
from mosaic_core.errors import LockedBackup, MosaicError, NewerBackup, UnusableBackup

R = TypeVar("R")

_BLOCK = 2**18
_LARGEST_ID = 2**53
"""Every program that reads JSON can tell such ids apart; a store still has as many more to give."""


def nobody_watches(_: int) -> None:
    """Take no notice of how many bytes were read."""


class BackupReader(Archive):
    """An open backup. Seal, bounds and manifest are checked at once, the rows as they are read."""

    def __init__(
        self,
        file: BinaryIO,
        passphrase: str | None = None,
        *,
        seen: Callable[[int], None] = nobody_watches,
        upgrades: Sequence[Upgrade] = UPGRADES,
    ) -> None:
        """Check the file; `seen` is told how many bytes were read, again and again.

        Raises UnusableBackup, NewerBackup or LockedBackup.
        """
        plain = _plain(file, passphrase)
        size = plain.seek(0, os.SEEK_END)
        self._seen = seen
        require_seal(plain, size, seen)
        with _judged():
            self._packed = zipfile.ZipFile(plain)
            require_bounds(self._packed.infolist(), size)
            self.manifest = self._read_manifest(len(upgrades) + 1)
        self._members = {one.name: one for one in self.manifest.members}
        self._upgrades = upgrades[self.manifest.schema - 1 :]
        self._require_members()

    def rows(self, table: Table[R]) -> Iterator[R]:
        """Yield the rows of the table. Raises UnusableBackup at a row that is none, or at the end."""
        made = decoding(table, self._upgrades).made
        for some in self._judged_rows(table):
            yield from made(some)

    def count(self, table: Table[R]) -> int:
        """Return how many rows the table says that it has."""
        member = self._members.get(table_member(table.name))
        return member.rows or 0 if member else 0

    def last_ids(self) -> LastIds:
        """Return the highest ids that were ever given."""
        return self.manifest.last_ids

    def verify(self) -> None:
        """Read everything. Raises UnusableBackup unless every hash, every count and every row is right."""
        tables = {table_member(table.name): table for table in TABLES}
        for name in self._members:
            if name in tables:
                for _ in self._judged_rows(tables[name]):
                    pass
            else:
                for _ in self.blocks(name):
                    pass

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield the content of a member. Raises UnusableBackup at its end if it is not what it says."""
        member = self._members[name]
        digest, size = hashlib.sha256(), 0
        with _judged(), self._packed.open(name) as content:
            while block := content.read(_BLOCK):
                digest.update(block)
                size += len(block)
                self._seen(len(block))
                yield block
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            raise UnusableBackup(f"The member {name} is not what it was")

    def _judged_rows(self, table: Table[Any]) -> Iterator[list[Any]]:
        """Yield what stands for rows, some at a time (see Decoding). Raises UnusableBackup as `rows` does."""
        name, count = table_member(table.name), 0
        if name not in self._members:
            return
        with _judged():
            judged = decoding(table, self._upgrades).judged
            for lines in self._lines(name):
                some = judged(lines)
                count += len(some)
                yield some
        if count != self._members[name].rows:
            raise UnusableBackup(f"The table {table.name} has {count} rows, but not as many as it says")

    def _lines(self, name: str) -> Iterator[bytes]:
        """Yield whole lines of the member, some at a time."""
        left = b""
        for block in self.blocks(name):
            whole, end, left = (left + block).rpartition(b"\n")
            if len(left) > LONGEST_ROW:
                raise UnusableBackup(f"A row of {name} has no end")
            yield whole + end
        if left:
            raise UnusableBackup(f"The last row of {name} has no end")

    def _read_manifest(self, schema: int) -> Manifest:
        if self._packed.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
            raise UnusableBackup("The manifest is too large to be one")
        stated = msgspec.json.decode(self._packed.read(MANIFEST), type=dict[str, object])
        for name, known in (("format", FORMAT), ("schema", schema)):
            told = stated[name]
            if not isinstance(told, int) or told < 1:
                raise UnusableBackup(f"The manifest's {name} is no number")
            if told > known:
                raise NewerBackup(
                    f"The backup was made by a newer version of Mosaic: its {name} is {told}, "
                    f"and this version knows up to {known}"
                )
        manifest = structuring(Manifest)(stated)
        if not all(0 <= one <= _LARGEST_ID for one in astuple(manifest.last_ids)):
            raise UnusableBackup("The manifest's last ids are none that a store gives")
        return manifest

    def _require_members(self) -> None:
        names = [info.filename for info in self._packed.infolist() if info.filename != MANIFEST]
        if sorted(names) != sorted(one.name for one in self.manifest.members):
            raise UnusableBackup("The manifest tells of other members than there are")
        if strange := set(names) - NAMES:
            raise UnusableBackup(f"There is a member that no backup has: {min(strange)}")
        tables = {table_member(table.name) for table in TABLES}
        if not self._upgrades and (missing := tables - set(names)):
            raise UnusableBackup(f"There is no member {min(missing)}")


def _plain(file: BinaryIO, passphrase: str | None) -> BinaryIO:
    """Return the ZIP that the file holds, decrypted if need be."""
    if not is_encrypted(file):
        return file
    if passphrase is None:
        raise LockedBackup("The backup is encrypted, and MOSAIC_BACKUP_PASSPHRASE_FILE names no passphrase")
    return cast("BinaryIO", io.BufferedReader(AgeReader(file, passphrase), _BLOCK))


@contextmanager
def _judged() -> Iterator[None]:
    """Whatever goes wrong because of what the file says makes it unusable."""
    try:
        yield
    except (MosaicError, OSError, MemoryError):
        raise
    except Exception as error:  # what was made up can raise anything
        raise UnusableBackup("The file is no sound backup of Mosaic") from error
