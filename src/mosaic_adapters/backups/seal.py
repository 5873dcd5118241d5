"""The seal at the end of a backup: the SHA-256 of every byte before it.

It stands in the ZIP's comment, which programs that unpack ZIPs pass over. So no byte of a file can change
unnoticed, whether it is data, a header of the ZIP, or something between them or behind them.
"""

import hashlib
from collections.abc import Callable
from typing import BinaryIO, Protocol

from mosaic_core.errors import UnusableBackup

_WORD = b"mosaic-backup sha256:"
_BLOCK = 2**20

PLACEHOLDER = _WORD + b"-" * 64
"""The comment before the seal is known."""


class Writes(Protocol):
    """Something that bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Write all of the bytes."""
        ...


class SealedWriter:
    """Passes on what is written, but for the last bytes, in whose place comes the seal."""

    def __init__(self, target: Writes) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self._held = b""

    def write(self, data: bytes) -> int:
        """Take the bytes."""
        whole = self._held + data
        ready, self._held = whole[: -len(PLACEHOLDER)], whole[-len(PLACEHOLDER) :]
        self._hash.update(ready)
        self._target.write(ready)
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is held back is written by `seal`."""

    def seal(self) -> None:
        """Write the seal in place of the placeholder, which must have been written last."""
        self._target.write(_WORD + self._hash.hexdigest().encode())


def require_seal(file: BinaryIO, size: int, seen: Callable[[int], None]) -> None:
    """Read the whole file of that size; raise UnusableBackup unless it is as it was sealed.

    `seen` is told how many bytes were read, again and again.
    """
    digest = hashlib.sha256()
    left = size - len(PLACEHOLDER)
    file.seek(0)
    while left > 0:
        block = file.read(min(_BLOCK, left))
        if not block:
            break
        digest.update(block)
        left -= len(block)
        seen(len(block))
    if left or file.read() != _WORD + digest.hexdigest().encode():
        raise UnusableBackup("The file is damaged, or is no backup of Mosaic")
