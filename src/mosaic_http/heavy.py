"""What computes for long, as functions that another process can run (see helpers.py).

Each takes the use cases, what to call between small pieces of work, and an open file. What it takes besides
and what it returns can be pickled.
"""

from collections.abc import Mapping
from typing import Any, BinaryIO

from attrs import field, frozen

from mosaic_adapters.text_lines import lines
from mosaic_core.caller import Caller
from mosaic_core.entries.importing import CsvImport
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.collecting import FileImport
from mosaic_core.imports.model import FileWanted
from mosaic_core.paging import Page
from mosaic_core.use_cases import UseCases
from mosaic_core.wearables.large import Pause, StagedBatch
from mosaic_core.wearables.model import PHONE_APP, Batch, Origin, some_records
from mosaic_core.wearables.records import Reading
from mosaic_http.batches import outline, records_from
from mosaic_http.codec import structure
from mosaic_http.export_texts import Chunks, export_headers
from mosaic_http.temporary import NO_ROOM_FOR_EXPORT, room
from mosaic_http.uploads import digest

ReadBatch = tuple[Origin, Reading] | StagedBatch

_UNREAD = [""]
"""Stands for the records of a large batch, which are read from the file."""


@frozen(kw_only=True)
class PhoneBatch:
    """The envelope of a phone's own client."""

    readings: list[str] = field(validator=some_records)


def read_csv(mosaic: UseCases, pause: Pause, file: BinaryIO, caller: Caller) -> tuple[str, CsvImport]:
    """Return what tells the file's bytes from others, and what it says, staged and summed up."""
    fingerprint = digest(file)
    read = mosaic.imports.read(lines(file, pause), caller)
    return fingerprint, mosaic.imports.sum_up(caller, read)


def read_file(
    mosaic: UseCases, pause: Pause, file: BinaryIO, caller: Caller, wanted: FileWanted
) -> tuple[str, FileImport]:
    """Return what tells the file's bytes from others, and what it holds, staged and summed up."""
    fingerprint = digest(file)
    return fingerprint, mosaic.files.read(caller, file, wanted, pause)


def read_batch(
    mosaic: UseCases, pause: Pause, file: BinaryIO, caller: Caller, device: str | None
) -> ReadBatch:
    """Return whose batch it is and what it says, or, if it is too large for one transaction, it staged."""
    found = outline(file, pause)
    large = {name: start for name, start in found.starts.items() if name not in found.texts}
    around = {**found.members, **found.texts, **dict.fromkeys(large, _UNREAD)}
    batch = _batch(around, caller, device)
    if not large:
        return batch.origin, mosaic.wearables.read(batch)
    (start,) = large.values()  # with two lists there would be no batch
    return mosaic.wearables.stage(batch.origin, records_from(file, start, pause), pause)


def write_export(
    mosaic: UseCases, pause: Pause, file: BinaryIO, chunks: Chunks, caller: Caller, page: Page
) -> Mapping[str, str]:
    """Write an export into the file; return its headers. Raises StorageFull if there is no room."""
    with mosaic.exports.open(caller, page) as export, room(NO_ROOM_FOR_EXPORT):
        for piece in chunks(export):
            pause()
            file.write(piece)
        file.flush()
        return export_headers(export)


def _batch(body: dict[str, Any], caller: Caller, device: str | None) -> Batch:
    if "readings" not in body:
        return structure(body, Batch)
    said = structure(body, PhoneBatch)
    if device is None:
        raise InvalidInput("Missing required field(s): X-Device-Id", {"fields": ["X-Device-Id"]})
    return Batch(source_app=PHONE_APP, device_id=device, tz=caller.timezone, records=said.readings)
