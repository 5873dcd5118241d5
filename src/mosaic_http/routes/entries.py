"""Entries, the Today sheet and the CSV import over HTTP."""

from collections.abc import Mapping
from functools import partial
from typing import BinaryIO

from mosaic_core.caching import CacheKey
from mosaic_core.entries.importing import CsvImport, ImportDetail
from mosaic_core.entries.model import AddEntry, EntryFilter
from mosaic_core.entries.service import FinalizeDay
from mosaic_core.errors import MosaicError
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.views import TODAY, TODAY_SECONDS
from mosaic_http.answers import listed, say, show
from mosaic_http.brief import is_much, lane_of_file
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation
from mosaic_http.pages import lane_of_page
from mosaic_http.replays import most_listed
from mosaic_http.uploads import digest, lines, uploaded_file


def list_entries(call: Call) -> Answer:
    """Show the caller's entries."""
    query = call.query
    wanted = EntryFilter(
        first=query.day("start_date"),
        last=query.day("end_date"),
        activity=query.text("activity"),
        category=query.text("category"),
    )
    return show(call.mosaic.entries.page(call.caller, wanted, query.page(100, 500)))


def _lane_of_list(call: Call) -> Lane:
    """Return where to read entries: no index knows the category of their activities."""
    return lane_of_page(call) if call.query.text("category") is None else Lane.LONG_READ


def add_entry(call: Call, said: AddEntry) -> Answer:
    """Write what was done on a day."""
    if call.mosaic.entries.add(call.caller, said):
        return say("Entry added", 201)
    return say("Entry updated")


def delete_entry(call: Call) -> Answer:
    """Delete an entry."""
    call.mosaic.entries.delete(call.caller, call.path_id())
    return say("Entry deleted")


def today(call: Call) -> Answer:
    """Show the Today sheet."""
    mosaic, caller = call.mosaic, call.caller
    day, page = call.query.day() or mosaic.entries.today_of(caller), call.query.page(200, 500)
    key = CacheKey(TODAY, caller.scope, ("json", day.isoformat(), str(page.limit), str(page.offset)))
    sheet = mosaic.views.get(key, TODAY_SECONDS, lambda: encode(mosaic.entries.today(caller, day, page)))
    return Answer(200, sheet)


def finalize_day(call: Call, wanted: FinalizeDay) -> Answer:
    """Add the day's missing entries."""
    done = call.mosaic.entries.finalize(call.caller, wanted.date)
    return say(f"{done.created} missing entries added for {done.day.isoformat()}", created=done.created)


async def read_csv(call: Call) -> tuple[CsvImport, str]:
    """Return the uploaded file, read and staged, and its name; one of no use is noted in the audit."""
    filename = ""
    try:
        async with uploaded_file(call.request) as upload:
            filename = upload.name
            fingerprint, read = await call.run(lane_of_file(upload.file), partial(_read, call, upload.file))
    except MosaicError as error:
        reason = error.message
        await call.run(Lane.WRITE, lambda: call.mosaic.imports.refuse(call.caller, reason, filename))
        raise
    call.fingerprint = fingerprint.encode()
    call.writes_much = is_much(len(read.activities) + read.entries)
    call.cleanups.append(read.close)
    return read, filename


def _read(call: Call, file: BinaryIO) -> tuple[str, CsvImport]:
    """Return what tells the file's bytes from others, and what it says."""
    fingerprint = digest(file)
    imports = call.mosaic.imports
    read = imports.read(lines(file, call.services.pace.breathe), call.caller)
    return fingerprint, imports.sum_up(call.caller, read)


def import_csv(call: Call, uploaded: tuple[CsvImport, str]) -> Answer:
    """Bring in a CSV file."""
    read, filename = uploaded
    summary = call.mosaic.imports.write(call.caller, read, filename)
    details, left_out = listed(map(_detail, summary.details), most_listed(call))
    told: dict[str, object] = {
        "created": summary.created,
        "updated": summary.updated,
        "skipped": summary.skipped,
        "details": details,
    }
    if left_out:
        told["details_left_out"] = left_out
    return say(
        f"{summary.created} entries created, {summary.updated} updated, {summary.skipped} rows skipped",
        summary=told,
    )


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
    "/today": {"GET": Operation(today, lane=Lane.READ)},
    "/add_entry": {"POST": Operation(add_entry, lane=Lane.WRITE, takes=AddEntry, limit="add_entry")},
    "/entries": {"GET": Operation(list_entries, lane=_lane_of_list)},
    "/entries/{id:int}": {"DELETE": Operation(delete_entry, lane=Lane.WRITE, limit="delete_entry")},
    "/finalize_day": {
        "POST": Operation(finalize_day, lane=Lane.WRITE, takes=FinalizeDay, limit="finalize_day"),
    },
    "/import_csv": {
        "POST": Operation(import_csv, lane=Lane.WRITE, prepare=read_csv, limit="import_csv", upload=True),
    },
}
