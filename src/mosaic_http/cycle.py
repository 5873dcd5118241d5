"""uvicorn's cycle of a request and its answer, which takes an answer that is all there in one message."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from mosaic_http.flow import Outlet

WHOLE_ANSWER = "mosaic.whole_answer"
"""An extension of ASGI, and the type of its one message: `status`, `headers` and the whole `body`.

For headers that Mosaic makes itself, one of them the length of the body: they are not looked through. Most
answers are such, and head and body in two messages take three times as long.
"""

EXTENSIONS: Mapping[str, Mapping[str, Any]] = {WHOLE_ANSWER: {}}


class Cycle(RequestResponseCycle):
    """A request and its answer, over an `Outlet`."""

    transport: Outlet  # type: ignore[assignment]  # has what uvicorn's cycle uses of a transport

    def run_asgi(self, app: Any) -> Coroutine[Any, Any, None]:  # noqa: ANN401  # as in uvicorn
        """Have the request answered; an answer that is cut off, as the server stops, ends its connection."""

        async def until_cancelled(*request: Any) -> None:  # noqa: ANN401  # as above
            try:
                await app(*request)
            except asyncio.CancelledError:  # the server has waited as long as it may
                self.transport.close()
                self.disconnected = True

        return super().run_asgi(until_cancelled)

    async def send(self, message: Any) -> None:  # noqa: ANN401  # as in uvicorn
        """Send a part of the answer, or the whole."""
        if message["type"] != WHOLE_ANSWER:
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_started:
            raise RuntimeError("An answer has begun already")
        self.response_started = self.response_complete = True
        self.transport.write_whole(self._written(message))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _written(self, message: Any) -> bytes:  # noqa: ANN401  # as above
        lines = [*map(b": ".join, (*self.default_headers, *message["headers"]))]
        if not self.keep_alive:
            lines.append(b"connection: close")
        head = b"%b%b\r\n\r\n" % (STATUS_LINE[message["status"]], b"\r\n".join(lines))
        return head if self.scope["method"] == "HEAD" else head + message["body"]
