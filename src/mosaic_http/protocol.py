"""uvicorn's HTTP protocol, with limits on slow and endless clients and failures in the one shape."""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mosaic_http.codec import encode
from mosaic_http.connections import Connections
from mosaic_http.ending import Ending
from mosaic_http.flow import Flow, Outlet
from mosaic_http.received import Received
from mosaic_http.request_ids import lone_id

_HEAD_BYTES = 64 * 1024
_TRAILER_BYTES = 32 * 1024
"""Half a head: nobody reads trailers, and those that are in use (checksums, signatures) are short."""


class _Refused(Exception):
    """The parser found nothing wrong, but such a request is not taken."""


class LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose clients keep the server waiting, and tells each client what it may know.

    Within `patience` seconds a request line and its headers must have come, and 16 KiB of what could not be
    sent at once must have been taken. A request's body has limits elsewhere; here its trailers have one.

    Some requests of one connection may wait for each other. What follows them, at most one read, is parsed
    when they have had their turns, so that one connection takes neither much memory nor long turns.

    An answer that is sent before the whole body has come closes the connection lingeringly, so that a client
    that is still sending sees it. What is no HTTP is refused after the answers to all that came before it.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401  # what uvicorn passes
        patience: float,
        connections: Connections,
        **kwargs: Any,  # noqa: ANN401  # the same
    ) -> None:
        super().__init__(*args, **kwargs)
        self._patience = patience
        self._open_ones = connections
        self._ending: Ending
        self._outlet: Outlet
        self._head_timer: asyncio.TimerHandle | None = None
        self._received = Received()
        self._head_size = 0
        self._body_size = 0
        self._is_in_head = False
        self._is_in_body = False
        self._is_upgrade = False
        self._is_deaf = False
        self._may_stay = True
        self._trailers_size = 0
        self._size_since_body = 0
        self._unanswered = 0
        self._running: RequestResponseCycle | None = None
        self._idle_since = self.loop.time()
        self._refusal: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start waiting for a head, if there is a place for one more connection."""
        super().connection_made(transport)
        self.flow = Flow(transport, self.pipeline)
        self._ending = Ending(transport, self.loop, self._patience)
        self._outlet = Outlet(transport, self.loop, self._end_answer)
        if self._open_ones.enter(self, self.client[0] if self.client else ""):
            self._await_head()
        else:
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._open_ones.exit(self)
        self._received.clear()
        self._stop_awaiting_head()
        self._ending.forget()
        super().connection_lost(exc)
        if self._running is not None:  # uvicorn tells the request that came last, which may wait behind it
            self._running.disconnected = True
            self._running.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Take what came; refuse a head that goes on for too long, and whatever else leads to no request."""
        if self._is_deaf:
            self._ending.throw_away(len(data))
            return
        self._unset_keepalive_if_required()
        self._received.add(data)
        self._parse()

    def on_message_begin(self) -> None:
        """Begin the head of the next request on this connection."""
        super().on_message_begin()
        self._is_in_head = True
        self._head_size = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. A trailer, which the parser tells in the same way, counts for its size alone."""
        if self._is_in_head:
            super().on_header(name, value)
            return
        self._trailers_size += len(name) + len(value)
        if self._trailers_size > _TRAILER_BYTES:
            raise _Refused("The request's trailers are too large")

    def on_headers_complete(self) -> None:
        """Start the request, unless it wants to speak something else than HTTP/1.1 afterwards."""
        self._is_in_head = False
        self._stop_awaiting_head()
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise _Refused("This server is no proxy")
            self._is_upgrade = True
            return
        super().on_headers_complete()
        self._unanswered += 1
        self._is_in_body = True
        self._trailers_size = self._size_since_body = 0
        self.cycle.transport = self._outlet  # type: ignore[assignment]  # has what a cycle uses
        self._may_stay, self.cycle.keep_alive = self.cycle.keep_alive, False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._size_since_body = 0
        self._body_size += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Let the connection stay open after the answer, now that the whole body has come."""
        if self._is_upgrade:
            return  # the body is still to come
        self._is_in_body = False
        if not self.cycle.response_started:
            self.cycle.keep_alive = self._may_stay
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, or refuse what came after the last one."""
        self._outlet.flush()
        self._answered()
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._is_deaf:
            self._unset_keepalive_if_required()
            self._refuse_in_turn()
            return
        if self.flow.read_paused:
            self._parse()
            self.flow.resume_reading()
        if self._is_in_head and self._unanswered == 0:
            self._unset_keepalive_if_required()
            self._await_head()

    def timeout_keep_alive_handler(self) -> None:
        """Close the idle connection; an answer that still waits there must be taken."""
        if not self.transport.is_closing():
            self._ending.close()

    def idle_since(self) -> float | None:
        """Return since when all is answered and on its way to the client; None if it is not."""
        is_idle = self._unanswered == 0 and self.transport.get_write_buffer_size() == 0
        return self._idle_since if is_idle and not self.transport.is_closing() else None

    def leave(self) -> None:
        """Close the idle connection, in favour of another."""
        self._ending.close()

    def shutdown(self) -> None:
        """Close when the running request is answered, and in the middle of an answer without end."""
        self._may_stay = False
        if self._ending.is_lingering:
            self._ending.close()
        else:
            super().shutdown()
            if self._running is not None and "mosaic.endless_since" in self._running.scope:
                self._ending.close()

    def pause_writing(self) -> None:
        """Watch that the client takes what it asked for."""
        super().pause_writing()
        self._ending.watch()

    def resume_writing(self) -> None:
        """Stop watching."""
        self._ending.stop_watching()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, and close."""
        body = encode({"error": {"code": "bad_request", "message": msg, "details": {}}})
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {lone_id()}\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self._linger()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401  # as in uvicorn
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _parse(self) -> None:
        """Parse what came, piece by piece, until requests wait or it leads to no request."""
        try:
            while self._received.has_more and not self.pipeline and not self._is_deaf:
                piece = self._received.piece()
                self._size_since_body += len(piece)
                self._body_size = 0
                self._received.skip(self._feed(piece))
                self._judge(len(piece) - self._body_size)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(str(cause) if isinstance(cause, _Refused) else "Invalid HTTP request received.")

    def _feed(self, data: bytes | memoryview) -> int:
        """Parse up to the end of a head that asks for an upgrade; return how far that is.

        The parser takes for granted that an upgrade happens, and that no body follows. So it gets the head
        again, without the wish.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._is_upgrade = False
            self.parser.feed_data(self._head_without_upgrade())
            size: int = upgrade.args[0]
            return size
        return len(data)

    def _judge(self, size: int) -> None:
        """Look at where the last piece has led to: in a head, `size` bytes of it belong to that.

        They may be a few more, of requests before it: those that lie within the first bytes of a piece.
        """
        if self._is_in_head:
            self._head_size += size
            if self._head_size > _HEAD_BYTES:
                self._refuse("The request's head is too large")
        elif self._is_in_body and self._size_since_body > _TRAILER_BYTES:
            self._refuse("The request's trailers are too large")
        if self._unanswered == 0 and not self._is_deaf:
            self._await_head()

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode("ascii")
        headers = [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join(
            [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version), *headers, b"", b""]
        )

    def _refuse(self, message: str) -> None:
        """Take nothing more from this client, and tell it so once all that came before is answered."""
        self._is_deaf = True
        self._received.clear()
        self._stop_awaiting_head()
        if self._is_in_body:
            if self.cycle.response_started:
                return  # this answer ends the connection
            self._abandon()
        self._refusal = message
        self._refuse_in_turn()

    def _abandon(self) -> None:
        """Give up the request whose body cannot be read."""
        self._answered()
        if self.pipeline and self.pipeline[0][0] is self.cycle:
            self.pipeline.popleft()
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _answered(self) -> None:
        self._unanswered -= 1
        if self._unanswered == 0:
            self._idle_since = self.loop.time()

    def _refuse_in_turn(self) -> None:
        if self._refusal is not None and self._unanswered == 0 and not self._ending.is_lingering:
            self.send_400_response(self._refusal)

    def _end_answer(self) -> None:
        if self.transport.is_closing():
            return  # the client has left
        if self._is_in_body:
            self._linger()
        else:
            self._ending.close()

    def _linger(self) -> None:
        self._is_deaf = True
        self._received.clear()
        self._unanswered -= len(self.pipeline)
        self.pipeline.clear()
        if self.cycle is not None:
            self.cycle.body.clear()
        self.flow.resume_reading()
        self._ending.linger()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._patience, self._stop_waiting)

    def _stop_awaiting_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_waiting(self) -> None:
        self._head_timer = None
        self._ending.close()
