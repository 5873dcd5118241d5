"""Entries, the Today sheet and the CSV import over HTTP."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO

import msgspec
from starlette.responses import Response

from mosaic_core.entries.importing import CsvImport, ImportDetail, ImportService
from mosaic_core.entries.model import AddEntry, EntryFilter, TodayRow
from mosaic_core.entries.service import FinalizeDay
from mosaic_core.errors import MosaicError, ServiceUnavailable
from mosaic_core.idempotency.model import Answer
from mosaic_http.call import Call, answered, json_response, say
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation
from mosaic_http.uploads import digest, lines, uploaded_file


async def list_entries(call: Call) -> Response:
    """Show the caller's entries."""
    wanted = EntryFilter(
        first=call.day("start_date"),
        last=call.day("end_date"),
        activity=call.query.get("activity"),
        category=call.query.get("category"),
    )
    page = call.page(100, 500)
    entries = await call.mosaic.lanes.read(lambda: call.mosaic.entries.page(call.caller, wanted, page))
    return json_response(encode(entries))


async def add_entry(call: Call) -> Response:
    """Write what was done on a day."""
    said = await call.command(AddEntry)

    def work() -> Answer:
        if call.mosaic.entries.add(call.caller, said):
            return say("Entry added", 201)
        return say("Entry updated")

    return await call.write(work)


async def delete_entry(call: Call) -> Response:
    """Delete an entry."""
    entry_id = call.path_id()
    await call.mosaic.lanes.write(lambda: call.mosaic.entries.delete(call.caller, entry_id))
    return answered(say("Entry deleted"))


async def today(call: Call) -> Response:
    """Show the Today sheet."""
    day, page = call.day(), call.page(200, 500)
    sheet = await call.mosaic.lanes.read(
        lambda: call.mosaic.entries.today(call.caller, day, page, today_json)
    )
    return json_response(sheet)


async def finalize_day(call: Call) -> Response:
    """Add the day's missing entries."""
    wanted = await call.command(FinalizeDay)

    def work() -> Answer:
        done = call.mosaic.entries.finalize(call.caller, wanted.date)
        return say(f"{done.created} missing entries added for {done.day.isoformat()}", created=done.created)

    return await call.write(work)


async def import_csv(call: Call) -> Response:
    """Bring in a CSV file: read it in the pool, write it in the writer's turn."""
    filename = ""
    try:
        async with uploaded_file(call.request) as upload:
            filename = upload.name
            fingerprint, read = await call.mosaic.lanes.heavy(lambda: _read(call.mosaic.imports, upload.file))
    except MosaicError as error:
        reason = error.message
        await call.mosaic.lanes.write(lambda: call.mosaic.imports.refuse(call.caller, reason, filename))
        raise
    try:
        return await call.write(lambda: _imported(call, read, filename), fingerprint.encode())
    finally:
        with suppress(ServiceUnavailable):  # a server that stops forgets the rows anyway
            await call.mosaic.lanes.heavy(read.close)


def _read(imports: ImportService, file: BinaryIO) -> tuple[str, CsvImport]:
    """Return what tells the file's bytes from others, and what it says."""
    fingerprint = digest(file)
    return fingerprint, imports.read(lines(file))


def _imported(call: Call, read: CsvImport, filename: str) -> Answer:
    summary = call.mosaic.imports.write(call.caller, read, filename)
    return say(
        f"{summary.created} entries created, {summary.updated} updated, {summary.skipped} rows skipped",
        summary={
            "created": summary.created,
            "updated": summary.updated,
            "skipped": summary.skipped,
            "details": _details(summary.details),
        },
    )


def today_json(rows: Sequence[TodayRow]) -> bytes:
    """Return the Today sheet as JSON."""
    return encode(rows)


def _details(details: Sequence[ImportDetail]) -> msgspec.Raw:
    """Return the details as JSON, made one by one: there may be very many."""
    return msgspec.Raw(b"[" + b",".join(encode(_detail(detail)) for detail in details) + b"]")


def _detail(detail: ImportDetail) -> dict[str, str | int]:
    shown: dict[str, str | int] = {
        "row": detail.row,
        "date": detail.date,
        "activity": detail.activity,
        "status": detail.status,
    }
    if detail.reason is not None:
        shown["reason"] = detail.reason
    return shown


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/today": {"GET": Operation(today)},
    "/add_entry": {"POST": Operation(add_entry, limit="add_entry")},
    "/entries": {"GET": Operation(list_entries)},
    "/entries/{id:int}": {"DELETE": Operation(delete_entry, limit="delete_entry")},
    "/finalize_day": {"POST": Operation(finalize_day, limit="finalize_day")},
    "/import_csv": {"POST": Operation(import_csv, limit="import_csv", upload=True)},
}
