"""Imports of other trackers' files over HTTP."""

from collections.abc import Mapping
from functools import partial
from typing import BinaryIO, NotRequired, TypedDict

from mosaic_core.errors import InvalidInput, InvalidState, MosaicError, ServiceUnavailable, StorageFull
from mosaic_core.idempotency.model import Answer
from mosaic_core.imports.collecting import FileImport
from mosaic_core.imports.model import FileSummary, FileWanted
from mosaic_core.lanes import Lane
from mosaic_http import heavy
from mosaic_http.answers import listed, row_told
from mosaic_http.brief import is_much, lane_of_file
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.errors import MissingFile
from mosaic_http.operation import Form, Operation, Reply
from mosaic_http.parameters import flag, text
from mosaic_http.replays import kept_answer, most_listed
from mosaic_http.uploads import Upload, uploaded_file

_FORMAT = text("format", "The file's format; without it, its content tells", "loop-db")
_DRY_RUN = flag("dry_run", "Change nothing, and say what the import would do")
_OVERWRITE = flag("overwrite", "Replace values that a person gave, and what an activity has")

_FILE = Form(
    "A file that another tracker exported, or an export of Mosaic's",
    ("application/octet-stream", "application/zip", "application/json", "text/csv", "application/xml"),
    "HabitName,HabitDescription,HabitCategory,CalendarDate,Value,CommentText\nRunning,,,2026-01-02,1,\n",
    (_FORMAT, _DRY_RUN, _OVERWRITE),
)

_ZIP, _SQLITE = b"PK", b"SQLite format 3\0"
"""The first bytes of what may hold far more than it is: what is packed, or tables that are read together."""


class ActivitiesTold(TypedDict):
    """How many activities were made, and how many of those that there were have changed."""

    created: int
    updated: int


class EntriesTold(TypedDict):
    """How many entries are new, how many have changed, and how many rows were not taken."""

    created: int
    updated: int
    skipped: int


class WearablesTold(TypedDict):
    """How many wearable records are new, how many were there before, and how many were not taken."""

    accepted: int
    duplicates: int
    skipped: int


class FileRowFate(TypedDict):
    """What became of one row of a file: `row` is its number in that `part` of the file, or its line."""

    part: NotRequired[str]
    row: int
    date: str
    activity: str
    status: str
    reason: NotRequired[str]


class FileTold(TypedDict):
    """What became of a file. Where details were left out of an answer that is kept, their number is told."""

    format: str
    dry_run: bool
    activities: ActivitiesTold
    entries: EntriesTold
    wearables: WearablesTold
    details: list[FileRowFate]
    details_left_out: NotRequired[int]


async def read_file(call: Call) -> tuple[FileImport, str]:
    """Return the uploaded file, read and staged, and its name; its wearable records are taken over."""
    filename = ""
    try:
        async with uploaded_file(call.request, _FILE.fields) as upload:
            filename = upload.name
            wanted = _wanted(upload)
            lane = _lane(upload.file)
            fingerprint, read = await call.read(lane, heavy.read_file, upload.file, call.caller, wanted)
    except MosaicError as error:
        reason = error.message
        await call.run(Lane.WRITE, lambda: call.mosaic.files.refuse(call.caller, reason, filename))
        raise
    call.fingerprint = f"{fingerprint}\n{wanted!r}".encode()
    call.cleanups.append(read.close)
    try:
        if read.batches and await call.run(Lane.READ, partial(kept_answer, call)) is None:
            await _take_parts(call, read, lane)
    except BaseException:
        read.close()
        raise
    call.writes_much = is_much(read.amount)
    return read, filename


def import_file(call: Call, uploaded: tuple[FileImport, str]) -> Answer:
    """Bring in a file of another tracker.

    What it is its content tells. Rows that are damaged or foreign are skipped, each with its reason; all
    others land in one transaction. The same file again changes nothing, and values that a person gave stay,
    unless it is to `overwrite` them.
    """
    read, filename = uploaded
    summary = call.mosaic.files.write(call.caller, read, filename)
    details, left_out = listed(map(row_told, summary.details), most_listed(call))
    told: dict[str, object] = {**_counts(summary), "details": details}
    if left_out:
        told["details_left_out"] = left_out
    return Answer(200 if summary.dry_run else 201, encode(told))


def _wanted(upload: Upload) -> FileWanted:
    return FileWanted(
        format=upload.field(_FORMAT), dry_run=upload.field(_DRY_RUN), overwrite=upload.field(_OVERWRITE)
    )


def _lane(file: BinaryIO) -> Lane:
    """Return where to read the file, which is open at its beginning and stays so."""
    is_dense = file.read(len(_SQLITE)).startswith((_ZIP, _SQLITE))
    lane = lane_of_file(file)
    return Lane.HEAVY if is_dense else lane


async def _take_parts(call: Call, read: FileImport, lane: Lane) -> None:
    """Take the wearable records over, part by part: other writes go in between."""
    accepted = 0
    try:
        for batch in read.batches:
            while part := await call.run(lane, batch.next_part):
                take = partial(call.mosaic.files.take, call.caller, read, batch, part)
                report = await call.run(Lane.WRITE, take)
                batch.took(report)
                accepted += report.accepted
    except (StorageFull, ServiceUnavailable) as error:
        raise type(error)(
            f"The import broke off after {accepted} records; import the file again", error.details
        ) from error


def _counts(summary: FileSummary) -> dict[str, object]:
    return {
        "format": summary.format,
        "dry_run": summary.dry_run,
        "activities": {"created": summary.activities_created, "updated": summary.activities_updated},
        "entries": {"created": summary.created, "updated": summary.updated, "skipped": summary.skipped},
        "wearables": {
            "accepted": summary.accepted,
            "duplicates": summary.duplicates,
            "skipped": summary.records_skipped,
        },
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/imports": {
        "POST": Operation(
            import_file,
            lane=Lane.WRITE,
            prepare=read_file,
            body=_FILE,
            limit="import_csv",
            upload=True,
            answers={201: Reply(FileTold, "The file was brought in"), 200: Reply(FileTold, "A dry run")},
            errors=(MissingFile, InvalidInput, InvalidState),
        ),
    },
}
