"""Exports over HTTP."""

from collections.abc import Mapping
from functools import partial

from starlette.responses import Response

from mosaic_core.entries.export import Export
from mosaic_core.lanes import Lane
from mosaic_core.paging import Page
from mosaic_http.brief import lane_of_rows
from mosaic_http.call import Call
from mosaic_http.endpoint import Operation
from mosaic_http.export_files import ExportFile, FileResponse, written
from mosaic_http.export_texts import Chunks, csv_chunks, json_chunks
from mosaic_http.pages import lane_of_page

_SHORT = 500

Written = tuple[ExportFile, dict[str, str]]


async def write_all(chunks: Chunks, call: Call) -> Written | None:
    """Write an export of everything, and return it with its headers; None for a page."""
    page = _page(call)
    if page.limit is not None:
        return None

    def write(file: ExportFile) -> dict[str, str]:
        with call.mosaic.exports.open(call.caller, page) as export:
            file.write(chunks(export))
            return _headers(export)

    number = await call.run(Lane.READ, partial(call.mosaic.exports.count, call.caller))
    return await written(call, write, lane_of_rows(number))


def export_json(call: Call, written: Written | None) -> Response:
    """Export the caller's data as JSON."""
    return _answer(call, written, "json", "application/json", json_chunks)


def export_csv(call: Call, written: Written | None) -> Response:
    """Export the caller's data as CSV."""
    return _answer(call, written, "csv", "text/csv; charset=utf-8", csv_chunks)


def _page(call: Call) -> Page:
    return call.query.page(500, 2000, all_allowed=True)


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
        return FileResponse(file, headers | told, media_type)
    with call.mosaic.exports.open(call.caller, _page(call)) as export:
        return Response(b"".join(chunks(export)), 200, headers | _headers(export), media_type)


def _headers(export: Export) -> dict[str, str]:
    page = export.page
    return {
        "X-Limit": "all" if page.limit is None else str(page.limit),
        "X-Offset": str(page.offset),
        "X-Total-Entries": str(export.total_entries),
        "X-Total-Activities": str(export.total_activities),
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/export/json": {"GET": Operation(export_json, lane=_lane, prepare=partial(write_all, json_chunks))},
    "/export/csv": {"GET": Operation(export_csv, lane=_lane, prepare=partial(write_all, csv_chunks))},
}
