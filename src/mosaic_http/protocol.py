"""uvicorn's HTTP protocol, with limits on slow and endless clients and failures in the one shape."""

import asyncio
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mosaic_http.codec import encode
from mosaic_http.connections import Connections
from mosaic_http.cycle import EXTENSIONS, Cycle
from mosaic_http.ending import Ending
from mosaic_http.flow import Flow, Outlet
from mosaic_http.received import Received
from mosaic_http.request_ids import lone_id
from mosaic_http.rounds import PART, REQUEST, Rounds

_HEAD_BYTES = 64 * 1024
_TRAILER_BYTES = 32 * 1024
"""Half a head: nobody reads trailers, and those that are in use (checksums, signatures) are short."""


class _Refused(Exception):
    """The parser found nothing wrong, but such a request is not taken."""


class LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose clients keep the server waiting, and tells each client what it may know.

    Within `patience` seconds a request line and its headers must have come, and 16 KiB of what could not be
    sent at once must have been taken. A request's body has limits elsewhere; here its trailers have one.

    Some requests of one connection may wait for each other, and then for their turns among those of others.
    What follows them, at most one read, is parsed behind them, so that one connection takes neither much
    memory nor long turns.

    An answer that is sent before the whole body has come closes the connection lingeringly, so that a client
    that is still sending sees it. What is no HTTP is refused after the answers to all that came before it.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401  # what uvicorn passes
        patience: float,
        connections: Connections,
        rounds: Rounds,
        **kwargs: Any,  # noqa: ANN401  # the same
    ) -> None:
        super().__init__(*args, **kwargs)
        self._patience = patience
        self._open_ones = connections
        self._rounds = rounds
        self._party = ""
        self._ending: Ending
        self._outlet: Outlet
        self._reading: Flow
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
        self._refusal: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start waiting for a head, if there is a place for one more connection."""
        super().connection_made(transport)
        self._reading = self.flow = Flow(transport, self.pipeline)
        self._ending = Ending(transport, self.loop, self._patience)
        self._outlet = Outlet(transport, self.loop, self._end_answer)
        if self._open_ones.enter(self, self.client[0] if self.client else ""):
            self._party = self._open_ones.party(self)
            self._await_head()
        else:
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer, and let go of what leads back here: the connection is not left to be looked for."""
        self._open_ones.exit(self)
        self._received.clear()
        self._stop_awaiting_head()
        self._ending.forget()
        self._unset_keepalive_if_required()  # uvicorn does so unless the client broke the connection off
        super().connection_lost(exc)
        if self._running is not None:  # uvicorn tells the request that came last, which may wait behind it
            self._running.disconnected = True
            self._running.message_event.set()
        self._running = self.cycle = None  # type: ignore[assignment]  # as before the first request
        self.pipeline.clear()
        del self._outlet

    def data_received(self, data: bytes) -> None:
        """Take what came; refuse a head that goes on for too long, and whatever else leads to no request."""
        kind = PART if self._is_in_body or self._is_deaf else REQUEST
        if self._is_deaf:
            self._ending.throw_away(len(data))
        else:
            self._unset_keepalive_if_required()
            self._received.add(data)
        if self._rounds.admits(self, self._party, kind, len(data)):
            self._parse()
        else:
            self._reading.hold()

    def go_on(self) -> bool:
        """Start or parse what waited for its turn, unless the client has left."""
        if self.transport.is_closing():
            return False
        self._unset_keepalive_if_required()
        self._reading.release()
        if self.pipeline and self._running is not None and self._running.response_complete:
            self._start_asgi_task(*self.pipeline.pop())
            self._parse_behind()
        else:
            self._parse()
        return True

    def on_message_begin(self) -> None:
        """Begin the head of the next request on this connection."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._is_in_head = True
        self._head_size = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. A trailer, which the parser tells in the same way, counts for its size alone."""
        if self._is_in_head:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))
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
        version = self.parser.get_http_version()
        self.cycle = self._new_cycle(version)
        self._may_stay = version != "1.0" and self.parser.should_keep_alive()
        self._unanswered += 1
        self._is_in_body = True
        self._trailers_size = self._size_since_body = 0
        if self._rounds.is_crowded:
            self.scope["mosaic.is_crowded"] = True  # type: ignore[typeddict-unknown-key]  # Mosaic's own
        if self._unanswered == 1:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

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
        cycle = self.cycle
        if not cycle.response_started:
            cycle.keep_alive = self._may_stay
        if not cycle.response_complete:
            cycle.scope["mosaic.has_come"] = True  # type: ignore[typeddict-unknown-key]  # nobody waits for more
            cycle.more_body = False
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Go on with the next request, or refuse what came after the last one."""
        self._outlet.flush()
        self._answered()
        if self.pipeline and self._must_wait():
            self.server_state.total_requests += 1
            self._reading.hold()
            return
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._is_deaf:
            self._unset_keepalive_if_required()
            self._refuse_in_turn()
            return
        self._parse_behind()
        if self._unanswered == 0 and (self._is_in_head or self._received.has_more):
            self._unset_keepalive_if_required()
        if self._unanswered == 0 and self._is_in_head:
            self._await_head()

    def timeout_keep_alive_handler(self) -> None:
        """Close the idle connection; an answer that still waits there must be taken."""
        if not self.transport.is_closing():
            self._ending.close()

    def is_idle(self) -> bool:
        """Return whether all is answered and on its way to the client, and nothing more has come."""
        has_more = self._unanswered > 0 or self._received.has_more
        return not has_more and not self.transport.get_write_buffer_size() and not self.transport.is_closing()

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

    def _new_cycle(self, version: str) -> Cycle:
        """Return the cycle of the request whose head is there; answering it now closes the connection."""
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        self.scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "method": self.parser.get_method().decode("ascii"),
            "root_path": "",
            "path": unquote(path) if "%" in path else path,
            "raw_path": url.path,
            "query_string": url.query or b"",
            "headers": self.headers,
            "state": self.app_state.copy(),
            "extensions": EXTENSIONS,  # type: ignore[typeddict-item]  # uvicorn knows no such one
        }
        return Cycle(
            scope=self.scope,
            transport=self._outlet,  # type: ignore[arg-type]  # has what a cycle uses
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=False,
            on_response=self.on_response_complete,
        )

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401  # as in uvicorn
        self._running = cycle
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _parse(self) -> None:
        """Parse what came, piece by piece, until requests wait or it leads to no request."""
        try:
            while self._received.has_more and not self.pipeline and not self._is_deaf:
                piece = self._received.piece()
                size = len(piece)
                self._size_since_body += size
                self._body_size = 0
                try:
                    self.parser.feed_data(piece)
                except httptools.HttpParserUpgrade as upgrade:
                    self._received.skip(self._fed_again(upgrade))
                else:
                    self._received.skip(size)
                self._judge(size - self._body_size)
        except httptools.HttpParserError as error:
            self._refuse(_told(error))

    def _must_wait(self) -> bool:
        """Return whether the turn of the next request has not come."""
        return not self.transport.is_closing() and not self._rounds.admits(self, self._party, REQUEST, 0)

    def _parse_behind(self) -> None:
        """Parse what came behind requests that waited for each other, and read on."""
        if self.flow.read_paused:
            self._parse()
            self.flow.resume_reading()

    def _fed_again(self, upgrade: httptools.HttpParserUpgrade) -> int:
        """Parse a head that asks for an upgrade, without the wish; return where it ends.

        The parser takes for granted that an upgrade happens, and that no body follows.
        """
        self._is_upgrade = False
        self.parser.feed_data(self._head_without_upgrade())
        size: int = upgrade.args[0]
        return size

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
            self._open_ones.rest(self)

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


def _told(error: httptools.HttpParserError) -> str:
    """Return what the client is told, and keep no cause where its traceback leads back to."""
    cause = error.__context__
    return str(cause) if isinstance(cause, _Refused) else "Invalid HTTP request received."
