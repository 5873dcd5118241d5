"""Exports over HTTP."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice, starmap
from operator import attrgetter

import msgspec
from starlette.responses import Response

from mosaic_core.activities.model import Activity
from mosaic_core.entries.csv import csv_export
from mosaic_core.entries.export import Export
from mosaic_core.lanes import Lane
from mosaic_core.paging import Page
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation
from mosaic_http.pieces import OpenPieces, Pieces, PiecewiseResponse

_ROWS = 500
"""So many rows are encoded at a time."""


class EntryRow(msgspec.Struct):
    """An entry in a JSON export: named like the columns of a CSV export."""

    entry_id: int
    date: dt.date
    activity: str
    entry_description: str
    value: float
    note: str
    activity_category: str
    activity_goal: float
    activity_type: str


class ActivityRow(msgspec.Struct):
    """An activity in a JSON export: named like the columns of a CSV export, `active` a truth value."""

    activity_id: int
    name: str
    category: str
    activity_type: str
    goal: float
    activity_description: str
    active: bool
    frequency_per_day: int
    frequency_per_week: int
    deactivated_at: dt.date | None


# Rows are made by the hundred: taking all values at once is twice as fast as one by one.
values_of_entry = attrgetter(
    "id", "date", "activity", "description", "value", "note", "activity_category", "activity_goal",
    "activity_type",
)  # fmt: skip

Chunks = Callable[[Export], Pieces]


async def open_stream(chunks: Chunks, call: Call) -> OpenPieces | None:
    """Open an export of everything, which is read in pieces, so that it delays nobody; None for a page."""
    page = _page(call)
    if page.limit is not None:
        return None
    opened = call.mosaic.exports.open(call.caller, page)
    export = await call.run(Lane.HEAVY, opened.__enter__)
    return OpenPieces(call.mosaic.lanes, opened, chunks(export), _headers(export))


def export_json(call: Call, stream: OpenPieces | None) -> Response:
    """Export the caller's data as JSON."""
    return _answer(call, stream, "json", "application/json", json_chunks)


def export_csv(call: Call, stream: OpenPieces | None) -> Response:
    """Export the caller's data as CSV."""
    return _answer(call, stream, "csv", "text/csv; charset=utf-8", csv_chunks)


def json_chunks(export: Export) -> Pieces:
    """Yield the export as one JSON object, piece by piece."""
    yield b'{"entries":['
    yield from listed(starmap(EntryRow, map(values_of_entry, export.entries)))
    page = {"limit": export.page.limit or "all", "offset": export.page.offset}
    meta = {
        "entries": {**page, "total": export.total_entries},
        "activities": {**page, "total": export.total_activities},
    }
    activities = [activity_row(activity) for activity in export.activities]
    yield b'],"activities":' + encode(activities) + b',"meta":' + encode(meta) + b"}"


def listed(rows: Iterator[object]) -> Pieces:
    """Yield the rows as the inside of a JSON list, some hundred at a time."""
    separator = b""
    while some := list(islice(rows, _ROWS)):
        yield separator + encode(some)[1:-1]
        separator = b","


def activity_row(activity: Activity) -> ActivityRow:
    """Return the row of an activity."""
    return ActivityRow(
        activity_id=activity.id,
        name=activity.name,
        category=activity.category,
        activity_type=activity.activity_type,
        goal=activity.goal,
        activity_description=activity.description,
        active=bool(activity.active),
        frequency_per_day=activity.frequency_per_day,
        frequency_per_week=activity.frequency_per_week,
        deactivated_at=activity.deactivated_at,
    )


def csv_chunks(export: Export) -> Pieces:
    """Yield the export as CSV, piece by piece."""
    for text in csv_export(export.entries, export.activities):
        yield text.encode()


def _page(call: Call) -> Page:
    return call.query.page(500, 2000, all_allowed=True)


def _answer(call: Call, stream: OpenPieces | None, kind: str, media_type: str, chunks: Chunks) -> Response:
    """Answer with everything as a stream, or with a page at once."""
    name = f"mosaic-export-{call.mosaic.clock.now():%Y%m%d-%H%M%S}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if stream is not None:
        return PiecewiseResponse(stream, headers, media_type)
    with call.mosaic.exports.open(call.caller, _page(call)) as export:
        return Response(b"".join(chunks(export)), 200, headers | _headers(export), media_type)


def _headers(export: Export) -> dict[str, str]:
    page: Page = export.page
    return {
        "X-Limit": "all" if page.limit is None else str(page.limit),
        "X-Offset": str(page.offset),
        "X-Total-Entries": str(export.total_entries),
        "X-Total-Activities": str(export.total_activities),
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/export/json": {
        "GET": Operation(export_json, lane=Lane.READ, prepare=partial(open_stream, json_chunks)),
    },
    "/export/csv": {
        "GET": Operation(export_csv, lane=Lane.READ, prepare=partial(open_stream, csv_chunks)),
    },
}
