"""Pictures without end as one answer: each takes the place of the one before it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mosaic_core.errors import MosaicError

T = TypeVar("T")

MEDIA_TYPE = "multipart/x-mixed-replace; boundary=frame"
NOT_STORED = {"Cache-Control": "no-store"}

_BETWEEN = b"--frame\r\n"
"""It follows each picture at once, for that is when a browser shows it."""

Stopped = Callable[[int], Awaitable[None]]
"""Called at the end with how many pictures were sent."""


class MovingPictures(Response):
    """Sends pictures until the client leaves, the server stops, or there are no more."""

    def __init__(self, first: bytes, more: AsyncGenerator[bytes, None], stopped: Stopped) -> None:
        super().__init__(b"", 200, NOT_STORED, MEDIA_TYPE)
        self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        self._first = first
        self._more = more
        self._stopped = stopped
        self._sent = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them; for HEAD, the headers."""
        scope["mosaic.endless_since"] = time.perf_counter()
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            if scope["method"] != "HEAD":
                with suppress(ClientDisconnect, MosaicError):
                    await while_there(receive, self._send_all(send))
            await send({"type": "http.response.body"})
        finally:
            await self._more.aclose()
            await self._stopped(self._sent)

    async def _send_all(self, send: Send) -> None:
        await self._send_picture(send, self._first, _BETWEEN)
        self._first = b""
        async for picture in self._more:
            await self._send_picture(send, picture)

    async def _send_picture(self, send: Send, picture: bytes, before: bytes = b"") -> None:
        head = b"%bContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (before, len(picture))
        body = b"".join((head, picture, b"\r\n", _BETWEEN))
        await send({"type": "http.response.body", "body": body, "more_body": True})
        self._sent += 1


async def while_there(receive: Receive, work: Awaitable[T]) -> T:
    """Return what the work returns; cancel it if the client leaves before, and raise ClientDisconnect."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        leaving.result()  # raises what was wrong with the body, if anything was
        raise ClientDisconnect
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
