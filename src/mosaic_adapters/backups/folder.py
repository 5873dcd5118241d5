"""The folder in which backups lie."""

import datetime as dt
import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from mosaic_adapters.backups.age import AgeWriter
from mosaic_adapters.backups.reading import BackupReader, nobody_watches
from mosaic_adapters.backups.writing import write_backup
from mosaic_adapters.syncing import sync
from mosaic_core.backups.files import Backup, file_name, made_at, newest_first
from mosaic_core.backups.ports import Archive, BackupFiles, Contents
from mosaic_core.errors import (
    Conflict,
    LockedBackup,
    NotFound,
    ServiceUnavailable,
    StorageFull,
    Taken,
    UnusableBackup,
)

_OWNER_ALONE = 0o600
_LOCK = ".lock"
_UNFINISHED = ".part"
_BLOCK = 2**18
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class BackupFolder(BackupFiles):
    """Backups in a folder, which is made if it is absent.

    A backup is written under another name, made durable, read back as a whole, and only then gets its own
    name: whatever is called like a backup once was a sound one. With a passphrase, new ones are encrypted.
    """

    def __init__(self, path: Path, passphrase: Callable[[], str | None]) -> None:
        self._path = path
        self._passphrase = passphrase
        self._hashes: dict[tuple[str, int, int, int], str] = {}

    def make(
        self,
        archive: Archive,
        created_at: dt.datetime,
        seen: Callable[[int], None] = nobody_watches,
    ) -> Backup:
        """Make a backup, and return it once it is sound and durable."""
        with _explained(), self._alone():
            name = file_name(created_at, os.listdir(self._path))  # noqa: PTH208  # names
            unfinished = self._path / f".{name}{_UNFINISHED}"
            try:
                self._write(unfinished, archive, created_at)
                with self._opened(unfinished, seen) as written:
                    written.verify()
                unfinished.rename(self._path / name)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
            sync(self._path)
            return self._backup(name, created_at.replace(microsecond=0))

    def is_busy(self) -> bool:
        """Return whether somebody is making a backup."""
        try:
            with _explained(), self._alone():
                return False
        except Conflict:
            return True
        except (StorageFull, ServiceUnavailable):
            return False  # whoever makes one will be told why that cannot be

    def is_sound(self, filename: str) -> bool:
        """Return whether the backup's seal and manifest are right: everything else is so then."""
        try:
            with self.archive(filename):
                return True
        except LockedBackup:
            return True
        except UnusableBackup:
            return False

    def verify(self, filename: str, seen: Callable[[int], None] = nobody_watches) -> int:
        """Read all of the backup, check it, and return how many rows it has."""
        with self._reading(filename, seen) as reader:
            reader.verify()
            return reader.manifest.rows

    def every(self) -> Sequence[Backup]:
        """Return the backups, newest first."""
        found = []
        with _explained(), suppress(FileNotFoundError):
            for name in os.listdir(self._path):  # noqa: PTH208  # names
                created_at = made_at(name)
                if created_at is not None and _is_plain(self._path / name):
                    with suppress(FileNotFoundError):  # another process has just deleted it
                        found.append(self._backup(name, created_at))
        return newest_first(found)

    def delete(self, filename: str) -> None:
        """Delete the backup."""
        with _explained():
            self.path(filename).unlink(missing_ok=True)

    @contextmanager
    def contents(self, filename: str) -> Iterator[Contents]:
        """Open the backup's file as it is."""
        with _explained(), _unless_deleted(), self._there(filename).open("rb") as file:
            blocks = iter(partial(file.read, _BLOCK), b"")
            yield Contents(os.fstat(file.fileno()).st_size, blocks)

    @contextmanager
    def archive(self, filename: str) -> Iterator[BackupReader]:
        """Open what is in the backup."""
        with self._reading(filename) as reader:
            yield reader

    @contextmanager
    def _reading(self, filename: str, seen: Callable[[int], None] = nobody_watches) -> Iterator[BackupReader]:
        with _explained(), _unless_deleted(), self._opened(self._there(filename), seen) as reader:
            yield reader

    def _there(self, filename: str) -> Path:
        path = self.path(filename)
        if not _is_plain(path):
            raise NotFound("There is no such backup")
        return path

    def path(self, filename: str) -> Path:
        """Return where the backup lies. Raises NotFound if no backup can be called so."""
        if made_at(filename) is None:
            raise NotFound("There is no such backup")
        return self._path / filename

    @contextmanager
    def opened(self, path: Path, seen: Callable[[int], None] = nobody_watches) -> Iterator[BackupReader]:
        """Open any backup; see BackupReader."""
        with _explained(), self._opened(path, seen) as reader:
            yield reader

    @contextmanager
    def _opened(self, path: Path, seen: Callable[[int], None] = nobody_watches) -> Iterator[BackupReader]:
        with path.open("rb") as file:
            yield BackupReader(file, self._passphrase(), seen=seen)

    def _write(self, path: Path, archive: Archive, created_at: dt.datetime) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, _OWNER_ALONE)
            passphrase = self._passphrase()
            if passphrase is None:
                write_backup(file, archive, created_at, self._path)
            else:
                encrypted = AgeWriter(file, passphrase)
                write_backup(encrypted, archive, created_at, self._path)
                encrypted.finish()
            file.flush()
            os.fsync(descriptor)

    def _backup(self, name: str, created_at: dt.datetime) -> Backup:
        path = self._path / name
        found = path.stat()
        known = (name, found.st_ino, found.st_size, found.st_mtime_ns)
        if known not in self._hashes:
            with path.open("rb") as file:
                self._hashes[known] = hashlib.file_digest(file, "sha256").hexdigest()
        return Backup(name, found.st_size, created_at, self._hashes[known])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep all others from making a backup here; what earlier ones left unfinished is deleted.

        The lock ends with the process, however that ends.
        """
        import fcntl  # noqa: PLC0415  # not there on every system, and nothing else needs it

        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path / _LOCK, os.O_RDWR | os.O_CREAT, _OWNER_ALONE)
        with os.fdopen(descriptor, "wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(Taken.BACKUP) from None
            for left in self._path.glob(f".backup-*{_UNFINISHED}"):
                left.unlink()
            yield


def _is_plain(path: Path) -> bool:
    """Return whether a file lies there, and no link to one."""
    return path.is_file() and not path.is_symlink()


@contextmanager
def _unless_deleted() -> Iterator[None]:
    """Raise NotFound for a backup that went after it was looked at: old ones are deleted at any time."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound("There is no such backup") from None


@contextmanager
def _explained() -> Iterator[None]:
    """Raise Mosaic's errors for the system's."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull("There is no room for the backup; nothing was changed") from error
        raise ServiceUnavailable(f"The backups cannot be read or written: {error.strerror}") from error
