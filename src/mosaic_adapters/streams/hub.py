"""All cameras that are watched through this process."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial

from mosaic_adapters.streams.feed import Feed
from mosaic_adapters.streams.ffmpeg import Ffmpeg
from mosaic_adapters.streams.names import Names
from mosaic_adapters.streams.pictures import pictures
from mosaic_core.errors import CameraTimeout, ServiceUnavailable
from mosaic_core.streams.model import Camera, StreamCounts
from mosaic_core.streams.ports import Cameras


class CameraHub(Cameras):
    """One connection and one ffmpeg for each camera that is watched, however many watch it.

    Each server process has a hub of its own: with several workers a camera may be opened once by each, and
    each counts its `most` cameras by itself.
    """

    def __init__(self, ffmpeg: Ffmpeg, most: int, patience: float) -> None:
        """Open at most so many cameras at once, and wait so many seconds for a picture."""
        self._ffmpeg = ffmpeg
        self._most = most
        self._patience = patience
        self._names = Names()
        self._feeds: dict[Camera, Feed] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._frames = 0
        self._restarts = 0
        self._is_closed = False

    async def addresses(self, host: str) -> Sequence[str]:
        """Return the addresses of the host. Raises CameraTimeout if the look-up takes too long."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._names.addresses(host)
        except TimeoutError:
            raise CameraTimeout("The camera's host could not be looked up in time") from None

    async def watch(self, camera: Camera) -> AsyncGenerator[bytes, None]:
        """Yield the camera's pictures."""
        feed = self._feeds.get(camera) or self._begin(camera)
        async with aclosing(feed.watch()) as watched:
            async for picture in watched:
                yield picture

    def counts(self) -> StreamCounts:
        """Return what this process has streamed."""
        feeds = self._feeds.values()
        return StreamCounts(
            cameras=len(feeds),
            viewers=sum(one.viewers for one in feeds),
            frames=self._frames + sum(one.frames for one in feeds),
            restarts=self._restarts + sum(one.restarts for one in feeds),
        )

    async def close(self) -> None:
        """End all feeds."""
        self._is_closed = True
        for feed in [*self._feeds.values()]:
            feed.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._names.close()

    def _begin(self, camera: Camera) -> Feed:
        if self._is_closed:
            raise ServiceUnavailable("The server is stopping", {"retry_after": 10})
        if len(self._feeds) >= self._most:
            self._end_unwatched()
        if len(self._feeds) >= self._most:
            raise ServiceUnavailable("All places for cameras are taken", {"retry_after": 10})
        look = partial(pictures, camera, self._ffmpeg, self._patience)
        feed = Feed(look, self._patience, partial(self._forget, camera))
        self._feeds[camera] = feed
        self._tasks.add(feed.task)
        feed.task.add_done_callback(self._tasks.discard)
        return feed

    def _end_unwatched(self) -> None:
        unwatched = next((feed for feed in self._feeds.values() if not feed.viewers), None)
        if unwatched is not None:
            unwatched.end()

    def _forget(self, camera: Camera, feed: Feed) -> None:
        if self._feeds.get(camera) is feed:
            del self._feeds[camera]
            self._frames += feed.frames
            self._restarts += feed.restarts
