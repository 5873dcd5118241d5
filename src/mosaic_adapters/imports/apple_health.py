"""Apple Health's `export.xml`, alone or in its archive."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from mosaic_adapters.imports.apple_records import AppleRecords
from mosaic_adapters.imports.archives import Archive, archive_in
from mosaic_adapters.imports.xml_stream import parse
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import Item
from mosaic_core.imports.ports import XML, ZIP, FileReader, Sample, TrackerFile

_MEMBER = re.compile(r"(?:^|/)(?:apple_health_export/[^/]+|export)\.xml$", re.IGNORECASE)
"""The document has a name in the person's language, its folder has not."""

_HEAD = 2**16
_ROOT = re.compile(r"<(?:!DOCTYPE )?HealthData\b")


class AppleHealth(FileReader):
    """Reads Apple Health's exports."""

    format = "apple-health"
    about = "Apple Health: export.zip, or the export.xml in it"
    kinds = (XML, ZIP)

    def recognises(self, sample: Sample) -> bool:
        """Return whether it is Apple's document, or an archive with one."""
        if sample.kind == ZIP:
            return any(map(_MEMBER.search, sample.members))
        return _ROOT.search(sample.head) is not None

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield the records in the order of the document, then the nights, then what is left out."""
        records = AppleRecords(file.zone)
        with _document(file) as stream:
            for _ in parse(stream, records.started, records.ended, file.breathe):
                yield from records.found()
        yield from records.rest()


@contextmanager
def _document(file: TrackerFile) -> Iterator[IO[bytes]]:
    if file.sample.kind == XML:
        yield file.stream
        return
    with archive_in(file) as archive, archive.open(_member(archive)) as stream:
        yield stream


def _member(archive: Archive) -> str:
    """Return the name of the document, beside which there is another one for doctors."""
    for name in filter(_MEMBER.search, archive.members):
        with archive.open(name) as stream:
            if _ROOT.search(stream.read(_HEAD).decode("utf-8", "replace")):
                return name
    raise InvalidInput("The archive has no document of Apple Health")
