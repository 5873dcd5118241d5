"""Texts that all who ask for them share: as they are, and compressed."""

import gzip
from collections.abc import Callable
from typing import Self

from attrs import define, field, frozen


@frozen
class Published:
    """A text as it is, and compressed."""

    plain: bytes
    packed: bytes

    @classmethod
    def of(cls, plain: bytes) -> Self:
        """Return the text, compressed too."""
        return cls(plain, gzip.compress(plain, mtime=0))

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """Return a text that is there in its compressed form."""
        return cls(gzip.decompress(packed), packed)


@define
class MadeOnce:
    """A text that is made when it is first asked for."""

    write: Callable[[], bytes]
    made: Published | None = field(init=False, default=None)

    def make(self) -> Published:
        """Return the text."""
        if self.made is None:
            self.made = Published.of(self.write())
        return self.made
