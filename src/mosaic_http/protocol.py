"""uvicorn's HTTP protocol, with limits on slow and endless clients and failures in the one shape."""

import asyncio
import socket
import struct
import sys
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mosaic_http.codec import encode
from mosaic_http.request_ids import lone_id

_HEAD_BYTES = 64 * 1024
_LEAST_TAKEN = 16 * 1024
_FORGET = struct.pack("ii", 1, 0)

if sys.platform == "linux":
    from fcntl import ioctl
    from termios import TIOCOUTQ

    def _held(connection: socket.socket) -> int:
        """Return how many bytes the system holds that the client has not confirmed."""
        try:
            return int.from_bytes(ioctl(connection.fileno(), TIOCOUTQ, bytes(4)), sys.byteorder)
        except (OSError, ValueError):
            return 0  # closed by now

else:

    def _held(_: socket.socket) -> int:
        """Return 0: other systems do not tell."""
        return 0


class LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose clients keep the server waiting.

    Within `patience` seconds a request line and its headers must have come, and 16 KiB of what could not be
    sent at once must have been taken. A request's body has limits elsewhere.
    """

    def __init__(self, *args: Any, patience: float, **kwargs: Any) -> None:  # noqa: ANN401  # what uvicorn passes
        super().__init__(*args, **kwargs)
        self._patience = patience
        self._is_in_head = False
        self._head_size = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._taking_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start waiting for a head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_awaiting_head()
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; refuse a head that goes on for too long, and whatever else leads to no request."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._is_in_head:
            self._await_head()
            self._head_size += len(data)
            if self._head_size > _HEAD_BYTES:
                self.send_400_response("The request's head is too large")
        elif self._is_between_requests():
            self._await_head()

    def on_message_begin(self) -> None:
        """Begin the head of the next request on this connection."""
        super().on_message_begin()
        self._is_in_head = True
        self._head_size = 0

    def on_headers_complete(self) -> None:
        """Wait no longer."""
        self._is_in_head = False
        self._stop_awaiting_head()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, or watch that the client takes the last answer."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch()

    def timeout_keep_alive_handler(self) -> None:
        """Close the idle connection; an answer that still waits there must be taken."""
        if not self.transport.is_closing():
            super().timeout_keep_alive_handler()
            self._watch()

    def pause_writing(self) -> None:
        """Watch that the client takes what it asked for."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Stop watching."""
        self._stop_watching()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, and close."""
        body = encode({"error": {"code": "bad_request", "message": msg, "details": {}}})
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {lone_id()}\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self._close()

    def _is_between_requests(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._patience, self._close)

    def _stop_awaiting_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _close(self) -> None:
        self._stop_awaiting_head()
        self.transport.close()
        self._watch()

    def _watch(self) -> None:
        """Drop the connection if the client takes too little of what waits for it now."""
        self._stop_watching()
        self._taking_timer = self.loop.call_later(self._patience, self._judge, self._untaken())

    def _judge(self, untaken_before: int) -> None:
        if untaken_before - self._untaken() < _LEAST_TAKEN:
            self._drop()
        else:
            self._watch()

    def _untaken(self) -> int:
        """Return how many bytes wait for the client, here and in the system."""
        return self.transport.get_write_buffer_size() + _held(self.transport.get_extra_info("socket"))

    def _drop(self) -> None:
        """Close at once; the system, too, forgets what it could not deliver."""
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _FORGET)
        self.transport.abort()

    def _stop_watching(self) -> None:
        if self._taking_timer is not None:
            self._taking_timer.cancel()
            self._taking_timer = None
