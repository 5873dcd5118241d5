"""uvicorn's HTTP protocol, with limits on the head of a request and failures in the one shape."""

import asyncio
import secrets
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mosaic_http.codec import encode

_HEAD_SECONDS = 20.0
_HEAD_BYTES = 64 * 1024


class LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose request line and headers come too slowly, are too large, or never come."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # what uvicorn passes
        super().__init__(*args, **kwargs)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start waiting for a head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._head_is_there()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; refuse a head that goes on for too long."""
        was_waiting = self._head_timer is not None
        super().data_received(data)
        if was_waiting and self._head_timer is not None:
            self._head_size += len(data)
            if self._head_size > _HEAD_BYTES:
                self.send_400_response("The request's head is too large")

    def on_message_begin(self) -> None:
        """Start waiting for the head of the next request on this connection."""
        super().on_message_begin()
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """Wait no longer."""
        self._head_is_there()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, and close."""
        self._head_is_there()
        body = encode({"error": {"code": "bad_request", "message": msg, "details": {}}})
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {secrets.token_hex(8)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _await_head(self) -> None:
        self._head_size = 0
        self._head_timer = self.loop.call_later(_HEAD_SECONDS, self._give_up)

    def _head_is_there(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        self.transport.close()
