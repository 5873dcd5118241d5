"""Exports of everything: each is written at once, and sent at the pace of its reader.

So what a slow reader holds is a file, not a snapshot of the store nor a thread, and what the status has
promised can be kept: nothing that may be refused, run out or change is needed any more.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import BinaryIO, Protocol, TypeVar, cast

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from mosaic_adapters.discarding import discard
from mosaic_core.lanes import Lane
from mosaic_http.call import Call
from mosaic_http.leaving import unless_left
from mosaic_http.temporary import NO_ROOM_FOR_EXPORT, room

T = TypeVar("T")

IsGivenUp = Callable[[], bool]

_IN_MEMORY = 128 * 2**10
"""A few hundred rows. What is larger goes into a temporary file of the system, as uploads do: where the disk
of the database is full, people can still save what they have."""

_PIECE = 64 * 2**10
"""As much as waits for a client on its connection. Reading it back takes some microseconds."""

_SLOWEST = 4 * 2**10
_GRACE_SECONDS = 60.0
"""A client gets a minute, and a second for every 4 KiB: half of what a telephone modem took. Beyond that it
only keeps others from exporting. One that takes nothing at all is dropped earlier, by the protocol."""


class SentFile(Protocol):
    """An open file that can be sent, and its size in bytes."""

    size: int

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield what is in it."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class ExportFile(SentFile):
    """A file that one thread writes and the event loop sends. It has no name, and ends with its last user."""

    def __init__(self, when_closed: Callable[[], None]) -> None:
        """Make an empty file; `when_closed` is called by `close`."""
        self.size = 0
        self._file = cast("BinaryIO", SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115  # `close` closes it
        self._writing = Lock()
        self._is_given_up = False
        self._is_closed = False
        self._when_closed = when_closed

    def write(self, pieces: Iterable[bytes]) -> None:
        """Write the pieces, all unless the file is given up. Raises StorageFull if there is no room."""

        def write(file: BinaryIO, is_given_up: IsGivenUp) -> None:
            for piece in pieces:
                if is_given_up():
                    break
                file.write(piece)

        self.fill(write)

    def fill(self, write: Callable[[BinaryIO, IsGivenUp], T]) -> T:
        """Have the file written; return what `write` returns, which may look whether it is given up.

        Raises StorageFull if there is no room.
        """
        try:
            with self._writing, room(NO_ROOM_FOR_EXPORT):
                result = write(self._file, lambda: self._is_given_up)
                self.size = self._file.seek(0, os.SEEK_END)
                self._file.seek(0)
                return result
        finally:
            if self._is_closed:
                discard(self._file)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what was written; between two pieces others get their turn, however fast the client reads."""
        while piece := self._file.read(_PIECE):
            yield piece
            await asyncio.sleep(0)

    def give_up(self) -> None:
        """Let the thread that writes end with the next piece."""
        self._is_given_up = True

    def close(self) -> None:
        """Close the file, at the latest when the thread that writes has ended. Again it does nothing."""
        if self._is_closed:
            return
        self._is_given_up = self._is_closed = True
        if self._writing.acquire(blocking=False):
            discard(self._file)
            self._writing.release()
        self._when_closed()


async def written(
    call: Call, write: Callable[[ExportFile], T], lane: Lane = Lane.HEAVY
) -> tuple[ExportFile, T]:
    """Return a file once `write` has filled it in the lane, and what that returned.

    Raises ServiceUnavailable when the caller, or all together, have too many open. Nothing is left behind if
    the client leaves.
    """
    places, user_id = call.services.exports, call.caller.user_id
    places.take(user_id)
    file = ExportFile(lambda: places.give_back(user_id))
    try:
        return file, await unless_left(call.receive, call.run(lane, lambda: write(file)), file.give_up)
    except BaseException:
        file.close()
        raise


class FileResponse(StreamingResponse):
    """Sends a file, and closes it however that ends."""

    def __init__(
        self, file: SentFile, headers: dict[str, str], media_type: str, grace: float = _GRACE_SECONDS
    ) -> None:
        super().__init__(file.pieces(), 200, {**headers, "Content-Length": str(file.size)}, media_type)
        self._file = file
        self._seconds = grace + file.size / _SLOWEST

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; for HEAD, its headers. A client that takes too long is left in the middle."""
        try:
            if scope["method"] == "HEAD":
                self.body_iterator = _nothing()
            async with asyncio.timeout(self._seconds):
                await super().__call__(scope, receive, send)
        except TimeoutError:
            scope["mosaic.note"] = "client too slow"
        finally:
            self._file.close()


async def _nothing() -> AsyncIterator[bytes]:
    for _ in range(0):
        yield b""
