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

    uvicorn reads on after each answer, and whenever a request asks for more of its body.
    """

    def __init__(self, transport: asyncio.Transport, waiting: Collection[object]) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Read on, unless requests wait."""
        if self.read_paused and not self._waiting:
            super().resume_reading()
