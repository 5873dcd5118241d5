"""What surrounds every request: its id, limits on its body, and its line in the log."""

import asyncio
import time
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mosaic_http.errors import PayloadTooLarge, RequestTimeout
from mosaic_http.request_ids import given_id, request_ids
from mosaic_http.traffic import Traffic


class RequestLog(Protocol):
    """Takes one line for each request."""

    def info(self, event: str, **fields: Any) -> None:  # noqa: ANN401  # any JSON
        """Log a request that went as it should."""
        ...

    def error(self, event: str, **fields: Any) -> None:  # noqa: ANN401  # any JSON
        """Log a request at which the server failed."""
        ...


class Guard:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, *, log: RequestLog, traffic: Traffic, body_timeout: float) -> None:
        self._app = app
        self._log = log
        self._traffic = traffic
        self._body_timeout = body_timeout
        self._new_id = request_ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = given_id(scope) or next(self._new_id)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if "status" in message:
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send(message)

        try:
            await self._app(scope, _Body(scope, receive, self._body_timeout).receive, send_with_id)
        except asyncio.CancelledError:
            scope["mosaic.note"] = "cut off: the server stops"
            raise
        finally:
            ended = time.perf_counter()
            answered = scope.get("mosaic.endless_since", ended)
            self._traffic.count(scope.get("mosaic.path", ""), scope["method"], status, answered - started)
            self._write_line(scope, request_id, status, ended - started)

    def _write_line(self, scope: Scope, request_id: bytes, status: int, seconds: float) -> None:
        fields = {
            "id": request_id.decode("ascii"),
            "method": scope["method"],
            "route": scope.get("mosaic.path", ""),
            "status": status,
            "duration_ms": round(seconds * 1000, 3),
            "user": scope.get("mosaic.user"),
        }
        if "mosaic.note" in scope:
            fields["note"] = scope["mosaic.note"]
        if "mosaic.failure" in scope:
            self._log.error("request", **fields, failure=scope["mosaic.failure"])
        else:
            self._log.info("request", **fields)


class _Body:
    """Reads a request's body within its size and its time."""

    def __init__(self, scope: Scope, receive: Receive, seconds: float) -> None:
        self._scope = scope
        self._receive = receive
        self._seconds = seconds
        self._deadline: float | None = None
        self._size = 0
        self._is_whole = False

    async def receive(self) -> Message:
        """Return the next message. Raises PayloadTooLarge or RequestTimeout past a limit."""
        if self._is_whole:
            return await self._receive()
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._seconds
            self._check_size(_announced_size(self._scope))
        message = await self._in_time()
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            self._is_whole = not message.get("more_body", False)
            self._check_size(self._size)
        return message

    def _check_size(self, size: int) -> None:
        limit = self._scope["mosaic.body_limit"]
        if size > limit:
            raise PayloadTooLarge("The body is larger than its limit", {"limit_bytes": limit})

    async def _in_time(self) -> Message:
        if "mosaic.has_come" in self._scope:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            raise RequestTimeout("The body came too slowly") from None


def _announced_size(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value)
    return 0
