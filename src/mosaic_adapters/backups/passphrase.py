"""The passphrase of backups, which lies in a file of its own."""

import stat
from pathlib import Path

from mosaic_adapters.settings import variable
from mosaic_core.errors import LockedBackup

_LEAST = 12
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_passphrase(path: Path) -> str:
    """Return the first line of the file.

    Raises LockedBackup if the file cannot be read, others than its owner may read it, or the passphrase has
    fewer than 12 characters.
    """
    name = variable("backup_passphrase_file")
    try:
        with path.open(encoding="utf-8") as file:
            mode = path.stat().st_mode
            passphrase = file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise LockedBackup(f"{name} must name a readable file of text") from None
    if mode & _OTHERS:
        raise LockedBackup(f"{name} names a file that others may read: chmod 600 it")
    if len(passphrase) < _LEAST:
        raise LockedBackup(f"{name} names a file whose first line has fewer than {_LEAST} characters")
    return passphrase
