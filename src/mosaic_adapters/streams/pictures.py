"""One look at a camera: connected, decoded, cut into pictures."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager

from mosaic_adapters.streams.ffmpeg import Ffmpeg
from mosaic_adapters.streams.jpegs import Jpegs
from mosaic_adapters.streams.rtsp import Player, playing
from mosaic_adapters.streams.unpacking import unpacker
from mosaic_core.errors import CameraTimeout, CameraUnreachable
from mosaic_core.streams.model import Camera

_READ = 64 * 2**10
_SHORTEST_SECONDS = 1 / 60
"""No eye sees more pictures, and each is sent to all viewers."""


async def pictures(camera: Camera, ffmpeg: Ffmpeg, patience: float) -> AsyncGenerator[bytes, None]:
    """Yield the camera's pictures until something goes wrong, which it then raises.

    CameraTimeout where the first picture, and then each further one, takes more than `patience` seconds;
    CameraUnauthorized; CameraUnreachable, also when the camera or ffmpeg ends.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    async with AsyncExitStack() as stack:
        async with _in_time(deadline):
            player = await stack.enter_async_context(playing(camera))
            process = await stack.enter_async_context(ffmpeg.decoding(player.video.codec))
        pump = await stack.enter_async_context(_running(_pump(player, process)))
        jpegs = Jpegs()
        while data := await _read(process, deadline):
            if found := jpegs.take(data):
                deadline = clock() + patience
                yield found[-1]
                await asyncio.sleep(_SHORTEST_SECONDS)
        raise await _trouble(pump)


@asynccontextmanager
async def _in_time(deadline: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise CameraTimeout("The camera has sent no picture in time") from None


@asynccontextmanager
async def _running(work: Coroutine[None, None, None]) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _pump(player: Player, process: asyncio.subprocess.Process) -> None:
    """Hand ffmpeg what the camera sends, no faster than it takes it; end its input when there is no more."""
    assert process.stdin is not None  # noqa: S101  # a pipe
    unpack = unpacker(player.video)
    try:
        async for packet in player.packets():
            process.stdin.write(unpack.take(packet))
            await process.stdin.drain()
    finally:
        process.stdin.close()


async def _read(process: asyncio.subprocess.Process, deadline: float) -> bytes:
    assert process.stdout is not None  # noqa: S101  # a pipe
    async with _in_time(deadline):
        return await process.stdout.read(_READ)


async def _trouble(pump: "asyncio.Task[None]") -> CameraUnreachable:
    """Return why there are no more pictures: the camera has ended, or else ffmpeg has."""
    pump.cancel()
    (trouble,) = await asyncio.gather(pump, return_exceptions=True)
    if isinstance(trouble, CameraUnreachable):
        return trouble
    return CameraUnreachable("ffmpeg could not read what the camera sends")
