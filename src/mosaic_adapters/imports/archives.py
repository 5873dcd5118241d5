"""ZIP files, judged by their directory before anything is unpacked. No member becomes a file by its name."""

import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, BinaryIO

from attrs import frozen

from mosaic_core.errors import InvalidInput
from mosaic_core.imports.ports import TrackerFile

MAGICS = (b"PK\x03\x04", b"PK\x05\x06")

MOST_MEMBERS = 20_000
MOST_BYTES = 2**35
MOST_TO_ONE = 300
"""Health data packs 50 to 1; beyond 300 to 1 there is nothing but emptiness."""

SMALL = 2**20
"""What unpacks to so little may be packed in any ratio."""

LARGEST_DIRECTORY = 2**22
LONGEST_NAME = 1_024

_ENCRYPTED = 0x1
_PACKED_AS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 2**16


@frozen
class Archive:
    """A ZIP file whose members can be read as streams, and their sizes by name."""

    members: Mapping[str, int]
    _file: zipfile.ZipFile

    def open(self, name: str) -> IO[bytes]:
        """Open a member for reading."""
        return self._file.open(name)


@contextmanager
def archive_in(file: TrackerFile) -> Iterator[Archive]:
    """Open the archive that the file is."""
    with opened(file.stream) as found:
        yield found


@contextmanager
def opened(stream: BinaryIO) -> Iterator[Archive]:
    """Open the archive. Raises InvalidInput if it is none, or beyond what such an archive may be."""
    size = stream.seek(0, 2)
    _require_small_directory(stream, size)
    with zipfile.ZipFile(stream) as found:
        infos = found.infolist()
        _require_bounds(infos, size)
        yield Archive({one.filename: one.file_size for one in infos if not one.is_dir()}, found)


def _require_small_directory(stream: BinaryIO, size: int) -> None:
    """Raise InvalidInput if there is no directory, or a large one: it would be in memory as a whole."""
    stream.seek(max(size - _END_SIZE - _LONGEST_COMMENT, 0))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise InvalidInput("The archive has no end: it is cut, or no ZIP")
    members, directory = struct.unpack_from("<HL", tail, at + 10)
    if members > MOST_MEMBERS or directory > LARGEST_DIRECTORY:
        raise InvalidInput(f"The archive has more than {MOST_MEMBERS} members")


def _require_bounds(infos: list[zipfile.ZipInfo], size: int) -> None:
    if len(infos) > MOST_MEMBERS:
        raise InvalidInput(f"The archive has more than {MOST_MEMBERS} members")
    for info in infos:
        _require_plain(info)
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if packed > size:
        raise InvalidInput("Members of the archive overlap")
    if not all(0 <= info.header_offset < size for info in infos):
        raise InvalidInput("The archive is damaged: a member lies outside of it")
    if unpacked > MOST_BYTES or any(map(_is_bomb, infos)):
        raise InvalidInput(f"The archive would unpack to {unpacked} bytes, too much for its {size}")


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > SMALL and info.file_size > info.compress_size * MOST_TO_ONE


def _require_plain(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = name.split("/")
    if (
        not 0 < len(name) <= LONGEST_NAME
        or "\\" in name
        or ".." in parts
        or name.startswith("/")
        or "\0" in name
    ):
        raise InvalidInput("A member of the archive has a name that leads nowhere, or elsewhere")
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise InvalidInput("A member of the archive is no plain file")
    if info.flag_bits & _ENCRYPTED:
        raise InvalidInput("The archive is encrypted; unpack it and pack it again without a password")
    if info.compress_type not in _PACKED_AS:
        raise InvalidInput(
            "The archive is packed in a way that is not understood; pack it again as a usual ZIP"
        )
