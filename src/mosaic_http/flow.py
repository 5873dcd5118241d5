"""What a request's cycle is given of its connection, in the place of what uvicorn gives it."""

import asyncio
from collections.abc import Callable, Collection

from uvicorn.protocols.http.flow_control import FlowControl


class Outlet:
    """What a request's cycle needs of the transport: it writes, and closes in the right way.

    The head of an answer and the body behind it go out at once: what is written waits for what follows it
    in the same turn of the event loop. Two small packets cost the system nearly twice as much as one.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, close: Callable[[], None]
    ) -> None:
        self.is_closing = transport.is_closing
        self._write = transport.write
        self._loop = loop
        self._close = close
        self._held = b""

    def write(self, data: bytes) -> None:
        """Write the data with what was held back, or hold it back."""
        if self._held:
            self._write(self._held + data)
            self._held = b""
        else:
            self._held = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what is held back."""
        if self._held and not self.is_closing():
            self._write(self._held)
        self._held = b""

    def close(self) -> None:
        """Close behind what was written."""
        self.flush()
        self._close()


class Flow(FlowControl):
    """uvicorn's, but nothing more is read while requests wait for the answers to those before them.

    uvicorn reads on after each answer, and whenever a request asks for more of its body.
    """

    def __init__(self, transport: asyncio.Transport, waiting: Collection[object]) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Read on, unless requests wait."""
        if self.read_paused and not self._waiting:
            super().resume_reading()
