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

    def write_whole(self, data: bytes) -> None:
        """Write data behind which nothing more comes for now."""
        self._held += data
        self.flush()

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

    uvicorn reads on after each answer, and whenever a request asks for more of its body. While the connection
    is held, it reads nothing either.
    """

    def __init__(self, transport: asyncio.Transport, waiting: Collection[object]) -> None:
        super().__init__(transport)
        self._waiting = waiting
        self._is_held = False

    def resume_reading(self) -> None:
        """Read on, unless requests wait."""
        if self.read_paused and not self._waiting:
            self.read_paused = False
            self._read_on()

    def hold(self) -> None:
        """Read nothing, whatever else is said."""
        self._is_held = True
        self._transport.pause_reading()

    def release(self) -> None:
        """End the hold."""
        self._is_held = False
        self._read_on()

    def _read_on(self) -> None:
        if not self.read_paused and not self._is_held:
            self._transport.resume_reading()
