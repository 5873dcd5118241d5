"""What a backup's ZIP may be like, judged from its directory before anything is unpacked."""

import stat
import zipfile

from mosaic_core.backups.files import MANIFEST, PEOPLES_ACTIVITIES, PEOPLES_ENTRIES
from mosaic_core.backups.model import TABLES
from mosaic_core.errors import UnusableBackup

MOST_MEMBERS = 100
MOST_BYTES = 2**40
MOST_TO_ONE = 1_100
"""Deflate packs at most 1,032 bytes into one; whatever claims more lies or has members that overlap."""

LONGEST_ROW = 2**28
LARGEST_MANIFEST = 2**20

_ENCRYPTED = 0x1
_PACKED_AS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def table_member(table: str) -> str:
    """Return the name of a table's member."""
    return f"{table}.jsonl"


NAMES = frozenset(
    {MANIFEST, PEOPLES_ENTRIES, PEOPLES_ACTIVITIES, *(table_member(one.name) for one in TABLES)}
)


def require_bounds(infos: list[zipfile.ZipInfo], size: int) -> None:
    """Raise UnusableBackup unless the members of the ZIP of that size are what those of a backup are like."""
    if len(infos) > MOST_MEMBERS:
        raise UnusableBackup(f"The file has {len(infos)} members, which is no backup of Mosaic")
    names = [info.filename for info in infos]
    if len(names) != len(set(names)):
        raise UnusableBackup("The file has two members of one name")
    for info in infos:
        _require_plain(info)
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MOST_BYTES or unpacked > size * MOST_TO_ONE:
        raise UnusableBackup(f"The file would unpack to {unpacked} bytes, which is too much for its size")


def _require_plain(info: zipfile.ZipInfo) -> None:
    name = info.filename
    if name.startswith("/") or "\\" in name or "/" in name or ".." in name or info.orig_filename != name:
        raise UnusableBackup("A member of the file has a name that leads elsewhere")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise UnusableBackup(f"The member {name} is no plain file")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _PACKED_AS:
        raise UnusableBackup(f"The member {name} is packed in a way that no backup is")
