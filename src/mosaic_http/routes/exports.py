"""Exports over HTTP."""

from collections.abc import Mapping
from functools import partial
from typing import BinaryIO, Literal, TypedDict

from starlette.responses import Response

from mosaic_core.errors import StorageFull, TooManyRequests
from mosaic_core.lanes import Lane
from mosaic_core.paging import Page
from mosaic_http.brief import lane_of_rows
from mosaic_http.call import Call
from mosaic_http.export_files import ExportFile, FileResponse, IsGivenUp, written
from mosaic_http.export_texts import (
    ActivityRow,
    Chunks,
    EntryRow,
    csv_chunks,
    export_headers,
    json_chunks,
)
from mosaic_http.heavy import write_export
from mosaic_http.operation import ATTACHMENT, Header, Operation, Reply
from mosaic_http.pages import lane_of_page
from mosaic_http.parameters import paging_or_all

_SHORT = 500
_PAGE = paging_or_all(2000)

_COUNT = {"type": "integer", "minimum": 0}
_TOLD = (
    ATTACHMENT,
    Header("X-Limit", "How many rows of each kind at most; `all`: all", {"type": "string"}, "all"),
    Header("X-Offset", "How many rows were passed over", _COUNT, 0),
    Header("X-Total-Entries", "How many entries there are", _COUNT, 12),
    Header("X-Total-Activities", "How many activities there are", _COUNT, 3),
)


class ExportedPage(TypedDict):
    """Which part of a table an export has, and how many rows the table has."""

    limit: int | Literal["all"]
    offset: int
    total: int


class ExportedPages(TypedDict):
    """Which parts an export has."""

    entries: ExportedPage
    activities: ExportedPage


class Exported(TypedDict):
    """Entries and activities, named like the columns of the CSV export."""

    entries: list[EntryRow]
    activities: list[ActivityRow]
    meta: ExportedPages


Written = tuple[ExportFile, Mapping[str, str]]


async def write_all(chunks: Chunks, call: Call) -> Written | None:
    """Write an export of everything, and return it with its headers; None for a page."""
    page = _page(call)
    if page.limit is not None:
        return None

    number = await call.run(Lane.READ, partial(call.mosaic.exports.count, call.caller))
    lane = lane_of_rows(number)

    def write(file: BinaryIO, is_given_up: IsGivenUp) -> Mapping[str, str]:
        asked = (chunks, call.caller, page)
        return call.helpers(lane).do(write_export, file, *asked, is_given_up=is_given_up)

    return await written(call, lambda file: file.fill(write), lane)


def export_json(call: Call, written: Written | None) -> Response:
    """Export the caller's data as JSON: everything, or a page where a `limit` is given."""
    return _answer(call, written, "json", "application/json", json_chunks)


def export_csv(call: Call, written: Written | None) -> Response:
    """Export the caller's data as CSV.

    A table of entries, an empty line, a table of activities: everything, or a page where a `limit` is given.
    A text that a spreadsheet would take for a formula gets a leading apostrophe.
    """
    return _answer(call, written, "csv", "text/csv; charset=utf-8", csv_chunks)


def _page(call: Call) -> Page:
    return call.query.page(_PAGE)


def _lane(call: Call) -> Lane | None:
    """Return where to read a page; what is written already needs no lane."""
    limit = _page(call).limit
    if limit is None:
        return None
    return lane_of_page(call) if limit <= _SHORT else Lane.LONG_READ


def _answer(call: Call, written: Written | None, kind: str, media_type: str, chunks: Chunks) -> Response:
    """Answer with everything, which is written already, or with a page."""
    name = f"mosaic-export-{call.mosaic.clock.now():%Y%m%d-%H%M%S}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if written is not None:
        file, told = written
        return FileResponse(file, {**headers, **told}, media_type)
    with call.mosaic.exports.open(call.caller, _page(call)) as export:
        return Response(b"".join(chunks(export)), 200, headers | export_headers(export), media_type)


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/export/json": {
        "GET": Operation(
            export_json,
            lane=_lane,
            prepare=partial(write_all, json_chunks),
            query=(_PAGE,),
            answers={200: Reply(Exported, headers=_TOLD)},
            errors=(TooManyRequests, StorageFull),
        ),
    },
    "/export/csv": {
        "GET": Operation(
            export_csv,
            lane=_lane,
            prepare=partial(write_all, csv_chunks),
            query=(_PAGE,),
            answers={200: Reply(str, "Both tables", media=("text/csv; charset=utf-8",), headers=_TOLD)},
            errors=(TooManyRequests, StorageFull),
        ),
    },
}
