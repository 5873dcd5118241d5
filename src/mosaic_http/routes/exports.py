"""Exports over HTTP."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice

from starlette.responses import Response, StreamingResponse

from mosaic_core.entries.csv import csv_export
from mosaic_core.entries.export import Export
from mosaic_core.ports import Lanes, Page
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation

_ROWS = 500
"""So many rows are encoded at a time."""

Chunks = Callable[[Export], Iterator[bytes]]


async def export_json(call: Call) -> Response:
    """Give the caller's data as JSON."""
    return await _export(call, "json", "application/json", json_chunks)


async def export_csv(call: Call) -> Response:
    """Give the caller's data as CSV."""
    return await _export(call, "csv", "text/csv; charset=utf-8", csv_chunks)


def json_chunks(export: Export) -> Iterator[bytes]:
    """Yield the export as one JSON object, piece by piece."""
    yield b'{"entries":['
    separator = b""
    while rows := list(islice(export.entries, _ROWS)):
        yield separator + encode(rows)[1:-1]
        separator = b","
    page = {"limit": export.page.limit or "all", "offset": export.page.offset}
    meta = {
        "entries": {**page, "total": export.total_entries},
        "activities": {**page, "total": export.total_activities},
    }
    yield b'],"activities":' + encode(export.activities) + b',"meta":' + encode(meta) + b"}"


def csv_chunks(export: Export) -> Iterator[bytes]:
    """Yield the export as CSV, piece by piece."""
    for text in csv_export(export.entries, export.activities):
        yield text.encode()


async def _export(call: Call, kind: str, media_type: str, chunks: Chunks) -> Response:
    """Answer a page at once; stream everything from the pool, so that it delays nobody."""
    page = call.page(500, 2000, all_allowed=True)
    opened = call.mosaic.exports.open(call.caller, page)
    name = f"mosaic-export-{call.mosaic.clock.now():%Y%m%d-%H%M%S}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if page.limit is not None:
        body, more = await call.mosaic.lanes.read(lambda: _whole(opened, chunks))
        return Response(body, 200, headers | more, media_type)
    stream = _Stream(call.mosaic.lanes, opened, chunks)
    more = await stream.start()
    return StreamingResponse(stream.chunks(), 200, headers | more, media_type)


def _whole(opened: AbstractContextManager[Export], chunks: Chunks) -> tuple[bytes, dict[str, str]]:
    with opened as export:
        return b"".join(chunks(export)), _headers(export)


class _Stream:
    """An export that stays open while a client reads it."""

    def __init__(self, lanes: Lanes, opened: AbstractContextManager[Export], chunks: Chunks) -> None:
        self._lanes = lanes
        self._opened = opened
        self._chunks = chunks
        self._pieces: Iterator[bytes] = iter(())

    async def start(self) -> dict[str, str]:
        """Open the export and return the headers that tell its size."""
        export = await self._lanes.heavy(self._opened.__enter__)
        self._pieces = self._chunks(export)
        return _headers(export)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the pieces; close the export at the end or when the client leaves."""
        try:
            while (piece := await self._lanes.heavy(lambda: next(self._pieces, None))) is not None:
                yield piece
        finally:
            self._opened.__exit__(None, None, None)


def _headers(export: Export) -> dict[str, str]:
    page: Page = export.page
    return {
        "X-Limit": "all" if page.limit is None else str(page.limit),
        "X-Offset": str(page.offset),
        "X-Total-Entries": str(export.total_entries),
        "X-Total-Activities": str(export.total_activities),
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/export/json": {"GET": Operation(export_json)},
    "/export/csv": {"GET": Operation(export_csv)},
}
