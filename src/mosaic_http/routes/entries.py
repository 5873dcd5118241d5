"""Entries, the Today sheet and the CSV import over HTTP."""

import datetime as dt
from collections.abc import Mapping
from typing import NotRequired, TypedDict

from mosaic_core.app import Mosaic
from mosaic_core.caching import CacheKey
from mosaic_core.caller import Caller
from mosaic_core.entries.importing import CsvImport
from mosaic_core.entries.model import (
    AddEntry,
    Entry,
    EntryChange,
    EntryFilter,
    ListedEntry,
    Meeting,
    TodayRow,
)
from mosaic_core.entries.service import FinalizeDay
from mosaic_core.errors import Conflict, InvalidInput, InvalidState, MosaicError, NotFound
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.paging import Page
from mosaic_core.views import TODAY, TODAY_SECONDS
from mosaic_http import heavy
from mosaic_http.answers import Message, listed, row_told, say, show, show_part
from mosaic_http.brief import is_much, lane_of_file
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.errors import MissingFile
from mosaic_http.operation import TOTAL, Form, Operation, Reply
from mosaic_http.pages import lane_of_page
from mosaic_http.parameters import day, paging, text
from mosaic_http.replays import most_listed
from mosaic_http.uploads import uploaded_file

_PAGE = paging(100, 500)
_FIRST = day("start_date", "The first day", also=("from", "start", "since", "date"))
_LAST = day("end_date", "The last day", also=("to", "end", "until"))
_ACTIVITY = text("activity", "Only entries of this activity; `all` is no filter", "Running", also=("name",))
_CATEGORY = text("category", "Only entries of this category; `all` is no filter", "Health")

_DAY = day()
_SHEET = paging(200, 500)
_WHOLE = Page(None)

_CSV = Form(
    "A table with a header; `date` and `activity` at least",
    ("text/csv",),
    "date,activity,value,note\n2026-01-02,Running,0.8,5 km\n",
)


class Written(TypedDict):
    """The entry as it is now.

    Where it made its activity, `did_you_mean` is the name of another one that was perhaps meant.
    """

    message: str
    entry: Entry
    activity_created: NotRequired[bool]
    did_you_mean: NotRequired[str | None]


class ChangedEntry(TypedDict):
    """The entry as it is now."""

    message: str
    entry: Entry


class Finalized(TypedDict):
    """What was missing is there now."""

    message: str
    created: int


class RowFate(TypedDict):
    """What became of one row of a file; `row` is the line on which it begins."""

    row: int
    date: str
    activity: str
    status: str
    reason: NotRequired[str]


class ImportTold(TypedDict):
    """What became of a file. Where details were left out of an answer that is kept, their number is told."""

    created: int
    updated: int
    skipped: int
    details: list[RowFate]
    details_left_out: NotRequired[int]


class Imported(TypedDict):
    """A file was brought in."""

    message: str
    summary: ImportTold


def list_entries(call: Call) -> Answer:
    """Show the caller's entries.

    The newest day comes first, then by activity. Both days are included.
    """
    query = call.query
    wanted = EntryFilter(
        first=query.get(_FIRST),
        last=query.get(_LAST),
        activity=query.get(_ACTIVITY),
        category=query.get(_CATEGORY),
    )
    return show_part(call, call.mosaic.entries.page(call.caller, wanted, query.page(_PAGE)))


def _lane_of_list(call: Call) -> Lane:
    """Return where to read entries: no index knows the category of their activities."""
    return lane_of_page(call) if call.query.get(_CATEGORY) is None else Lane.LONG_READ


def add_entry(call: Call, said: AddEntry) -> Answer:
    """Write what was done on a day.

    A second one for that day and activity replaces the first, its value and its note. An activity that
    nobody described is made.
    """
    written = call.mosaic.entries.add(call.caller, said)
    message, status = ("Entry added", 201) if written.is_new else ("Entry updated", 200)
    if not written.made_activity:
        return say(message, status, entry=written.entry)
    return say(message, status, entry=written.entry, activity_created=True, did_you_mean=written.similar)


def _meeting(call: Call, said: AddEntry) -> Meeting:
    return Meeting(call.caller.user_id, said.activity, said.date)


def show_entry(call: Call) -> Answer:
    """Show one entry."""
    return show(call.mosaic.entries.get(call.caller, call.path_id()))


def change_entry(call: Call, change: EntryChange) -> Answer:
    """Change the day, the value or the note of an entry.

    What is not given stays as it is.
    """
    return say("Entry updated", entry=call.mosaic.entries.change(call.caller, call.path_id(), change))


def delete_entry(call: Call) -> Answer:
    """Delete an entry."""
    call.mosaic.entries.delete(call.caller, call.path_id())
    return say("Entry deleted")


def today(call: Call) -> Answer:
    """Show the Today sheet.

    The activities that are active on the day, by name, each with its entry if there is one.
    """
    mosaic, caller = call.mosaic, call.caller
    query = call.query
    day, page = query.get(_DAY) or mosaic.entries.today_of(caller), query.page(_SHEET)
    key = CacheKey(TODAY, caller.scope, ("json", day.isoformat(), str(page.limit), str(page.offset)))
    sheet, call.total = mosaic.views.get(key, TODAY_SECONDS, lambda: _sheet(mosaic, caller, day, page))
    return Answer(200, sheet)


def _sheet(mosaic: Mosaic, caller: Caller, day: dt.date, page: Page) -> tuple[bytes, int]:
    """Return the page as JSON and the length of the whole sheet."""
    rows = mosaic.entries.today(caller, day, _WHOLE)
    return encode(page.of(rows)), len(rows)


def finalize_day(call: Call, wanted: FinalizeDay) -> Answer:
    """Add the day's missing entries.

    Each activity that is active on the day and has no entry gets one of the value 0. Without a `date`, the
    day is the caller's today.
    """
    done = call.mosaic.entries.finalize(call.caller, wanted.date)
    return say(f"{done.created} missing entries added for {done.day.isoformat()}", created=done.created)


async def read_csv(call: Call) -> tuple[CsvImport, str]:
    """Return the uploaded file, read and staged, and its name; one of no use is noted in the audit."""
    filename = ""
    try:
        async with uploaded_file(call.request) as upload:
            filename = upload.name
            lane = lane_of_file(upload.file)
            fingerprint, read = await call.read(lane, heavy.read_csv, upload.file, call.caller)
    except MosaicError as error:
        reason = error.message
        await call.run(Lane.WRITE, lambda: call.mosaic.imports.refuse(call.caller, reason, filename))
        raise
    call.fingerprint = fingerprint.encode()
    call.writes_much = is_much(len(read.activities) + read.entries)
    call.cleanups.append(read.close)
    return read, filename


def import_csv(call: Call, uploaded: tuple[CsvImport, str]) -> Answer:
    """Bring in a CSV file.

    It has a header with `date` and `activity` at least; a bad row is skipped, with its reason. All other
    rows land in one transaction.
    """
    read, filename = uploaded
    summary = call.mosaic.imports.write(call.caller, read, filename)
    details, left_out = listed(map(row_told, summary.details), most_listed(call))
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


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/today": {
        "GET": Operation(
            today,
            lane=Lane.READ,
            query=(_DAY, _SHEET),
            answers={200: Reply(list[TodayRow], headers=(TOTAL,))},
        ),
    },
    "/add_entry": {
        "POST": Operation(
            add_entry,
            lane=Lane.WRITE,
            takes=AddEntry,
            meets=_meeting,
            limit="add_entry",
            answers={201: Reply(Written, "The entry is new"), 200: Reply(Written, "The entry was there")},
            errors=(InvalidState,),
        ),
    },
    "/entries": {
        "GET": Operation(
            list_entries,
            lane=_lane_of_list,
            query=(_FIRST, _LAST, _ACTIVITY, _CATEGORY, _PAGE),
            answers={200: Reply(list[ListedEntry], headers=(TOTAL,))},
        ),
    },
    "/entries/{id:int}": {
        "GET": Operation(show_entry, lane=Lane.READ, answers={200: Reply(Entry)}, errors=(NotFound,)),
        "PATCH": Operation(
            change_entry,
            lane=Lane.WRITE,
            takes=EntryChange,
            limit="add_entry",
            answers={200: Reply(ChangedEntry)},
            errors=(NotFound, Conflict),
        ),
        "DELETE": Operation(
            delete_entry,
            lane=Lane.WRITE,
            limit="delete_entry",
            answers={200: Reply(Message)},
            errors=(NotFound,),
        ),
    },
    "/finalize_day": {
        "POST": Operation(
            finalize_day,
            lane=Lane.WRITE,
            takes=FinalizeDay,
            limit="finalize_day",
            answers={200: Reply(Finalized)},
        ),
    },
    "/import_csv": {
        "POST": Operation(
            import_csv,
            lane=Lane.WRITE,
            prepare=read_csv,
            body=_CSV,
            limit="import_csv",
            upload=True,
            answers={200: Reply(Imported)},
            errors=(MissingFile, InvalidInput, InvalidState),
        ),
    },
}
