"""One camera that is watched: the newest picture, and all who wait for the next one."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable

from mosaic_core.errors import (
    CameraTimeout,
    CameraUnreachable,
    MosaicError,
    ServiceUnavailable,
)

VIEWERS_PER_CAMERA = 32
"""A family with all its screens. Each holds a picture and what waits on its connection."""

_GRACE_SECONDS = 2.0
"""A page that is loaded again finds its camera still running. With the time that ffmpeg has for its end, all
is gone within five seconds."""

_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)

Pictures = Callable[[], AsyncGenerator[bytes, None]]


_log = logging.getLogger("mosaic.streams")


class Feed:
    """Looks at a camera as long as somebody watches, and again after a pause when it drops out.

    Viewers take the newest picture when they are ready for one, so that a slow one misses some, and there is
    never more than one picture for all.
    """

    def __init__(self, pictures: Pictures, patience: float, over: Callable[["Feed"], None]) -> None:
        """Begin; `over` is called once, when nobody may join any more."""
        self.viewers = 0
        self.frames = 0
        self.restarts = 0
        self._pictures = pictures
        self._patience = patience
        self._over = over
        self._picture = b""
        self._waiting: set[asyncio.Future[None]] = set()
        self._error: MosaicError | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.task = asyncio.create_task(self._look_again_and_again())
        self.task.add_done_callback(self._ended)

    async def watch(self) -> AsyncGenerator[bytes, None]:
        """Yield the pictures, as the port Cameras says."""
        if self.viewers >= VIEWERS_PER_CAMERA:
            raise ServiceUnavailable("Too many watch this camera", {"retry_after": 5})
        self._enter()
        try:
            seen = 0
            try:
                async with asyncio.timeout(self._patience):
                    await self._newer_than(seen)
            except TimeoutError:
                raise CameraTimeout("The camera has sent no picture in time") from None
            while True:
                seen = self.frames
                yield self._picture
                await self._newer_than(seen)
        finally:
            self._leave()

    def end(self) -> None:
        """Let it end; nobody may join any more."""
        self._over(self)
        self.task.cancel()

    def _enter(self) -> None:
        self.viewers += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _leave(self) -> None:
        self.viewers -= 1
        if self.viewers == 0 and not self.task.done():
            self._timer = asyncio.get_running_loop().call_later(_GRACE_SECONDS, self.end)

    async def _newer_than(self, seen: int) -> None:
        """Wait until there is a picture that is newer than that one. Raises what ended the feed."""
        while self.frames == seen or not self._picture:
            if self._error is not None:
                raise self._error
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            try:
                await waiting
            finally:
                self._waiting.discard(waiting)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """Tell all viewers why there is nothing more to see."""
        trouble = None if task.cancelled() else task.exception()
        if not isinstance(trouble, MosaicError):
            if trouble is not None:
                _log.error("a stream has failed: %s", type(trouble).__name__)
            trouble = ServiceUnavailable("The stream was ended", {"retry_after": 10})
        self._error, self._picture = trouble, b""
        self._over(self)
        self._wake()

    async def _look_again_and_again(self) -> None:
        """Look at the camera; whoever was seen once is tried again, but for one that refuses by now."""
        failures = 0
        while True:
            before = self.frames
            try:
                await self._look()
            except (CameraTimeout, CameraUnreachable):
                if not self.frames:
                    raise
            self._picture = b""
            failures = 0 if self.frames > before else failures + 1
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
            self.restarts += 1

    async def _look(self) -> None:
        async for picture in self._pictures():
            self._picture = picture
            self.frames += 1
            self._wake()

    def _wake(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
