"""Who reads which file."""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from mosaic_adapters.imports.formats import READERS
from mosaic_adapters.imports.looking import looked_at
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import Item
from mosaic_core.imports.ports import Breathe, FileReader, Sample, TrackerFile, TrackerFiles

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    UnicodeError,
    NotImplementedError,
    RecursionError,
    OverflowError,
)
"""What libraries raise where a file is not what it says it is."""


class TrackerFileReaders(TrackerFiles):
    """All readers, each for its format."""

    def __init__(self, readers: Sequence[FileReader] = READERS) -> None:
        self._readers = {reader.format: reader for reader in readers}

    @property
    def formats(self) -> Sequence[str]:
        """The names of the formats."""
        return tuple(self._readers)

    @contextmanager
    def opened(
        self, stream: BinaryIO, zone: str, wanted: str | None, breathe: Breathe
    ) -> Iterator[tuple[str, Iterator[Item]]]:
        """Give the format of a file and what it holds."""
        if wanted is not None and wanted not in self._readers:
            raise InvalidInput(f"There is no format {wanted[:40]!r}; {self._known}", self._details)
        with ExitStack() as stack:
            with _damage_told():
                stream, sample = looked_at(stream, breathe, stack)
            reader = self._reader(wanted, sample)
            yield reader.format, _items(reader, TrackerFile(stream, sample, zone, breathe))

    def _reader(self, wanted: str | None, sample: Sample) -> FileReader:
        fitting = [one for one in self._readers.values() if sample.kind in one.kinds]
        if wanted is not None:
            if self._readers[wanted] not in fitting:
                raise InvalidInput(f"The file cannot be one of {wanted}; {self._known}", self._details)
            return self._readers[wanted]
        for reader in fitting:
            if reader.recognises(sample):
                return reader
        raise InvalidInput(f"The file is of no known format; {self._known}", self._details)

    @property
    def _known(self) -> str:
        return f"the formats are {', '.join(self._readers)}"

    @property
    def _details(self) -> dict[str, Sequence[str]]:
        return {"formats": self.formats}


def _items(reader: FileReader, file: TrackerFile) -> Iterator[Item]:
    with _damage_told():
        yield from reader.items(file)


@contextmanager
def _damage_told() -> Iterator[None]:
    """Raise InvalidInput where a library finds the file damaged."""
    try:
        yield
    except _DAMAGE as error:
        raise InvalidInput("The file is damaged; nothing was changed") from error
