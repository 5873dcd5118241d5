"""What a request's cycle is given of its connection, in the place of what uvicorn gives it."""

import asyncio
from collections.abc import Callable, Collection

from attrs import frozen
from uvicorn.protocols.http.flow_control import FlowControl


@frozen
class Outlet:
    """What a request's cycle needs of the transport: it writes straight away, and closes in the right way."""

    write: Callable[[bytes], None]
    is_closing: Callable[[], bool]
    close: Callable[[], None]


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
