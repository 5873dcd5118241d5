"""ffmpeg: decodes what a camera sends and makes JPEGs of it."""

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

from mosaic_core.errors import CameraUnreachable

_READ = 64 * 2**10
_KEPT = 2**10
"""So much of what ffmpeg says is kept: its last words are those that count."""
_TERM_SECONDS = 1.0
_MISSING = "There is no ffmpeg on the server"

_MOST_PIXELS = 2**24
"""More than cameras have. ffmpeg keeps up to seventeen such pictures: less than 450 MB."""

_INPUT = {
    "h264": ("-framerate", "25", "-f", "h264"),
    "h265": ("-framerate", "25", "-f", "hevc"),
    "jpeg": ("-framerate", "25", "-f", "mjpeg"),
}
_BEFORE = (
    "-hide_banner", "-nostats", "-loglevel", "error",
    "-protocol_whitelist", "pipe", "-threads", "1", "-fflags", "nobuffer", "-flags", "low_delay",
    "-max_pixels", str(_MOST_PIXELS), "-analyzeduration", "1", "-probesize", "32768", "-fpsprobesize", "0",
)  # fmt: skip
_AFTER = (
    "-i", "pipe:0", "-map", "0:v:0", "-vf", "setpts=N/(25*TB)", "-r", "25",
    "-c:v", "mjpeg", "-threads", "1", "-q:v", "5", "-pix_fmt", "yuvj420p",
    "-flush_packets", "1", "-f", "mjpeg", "pipe:1",
)  # fmt: skip
"""Pictures come when they come: counted as 25 a second, none is dropped or doubled to keep a rate."""

_LAUNCH = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]): os._exit(1)
os.nice(5)
os.closerange(3, 65536)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Becomes ffmpeg, after it has asked to be killed when the server dies: a stopped process sees no end of its
input. It keeps nothing open but that, its output and its errors, and comes after what answers requests. It is
a program because what runs between fork and exec in a process with threads may hang."""

_log = logging.getLogger("mosaic.streams")


class Ffmpeg:
    """The program, wherever it is."""

    def __init__(self, program: str | None) -> None:
        """Take that program, or if it is None the one on the PATH, or the one that imageio-ffmpeg has."""
        self._program = program

    @asynccontextmanager
    async def decoding(self, codec: str) -> AsyncIterator["asyncio.subprocess.Process"]:
        """Run it for a codec while the block runs; afterwards it is gone for certain.

        It reads the stream from its input and writes JPEGs to its output. Raises CameraUnreachable if it
        cannot be started.
        """
        command = [self.found(), *_BEFORE, *_INPUT[codec], *_AFTER]
        try:
            process = await asyncio.create_subprocess_exec(
                *_launched(command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_READ,
                env={"LC_ALL": "C"},
                start_new_session=True,
            )
        except OSError:
            raise CameraUnreachable(_MISSING) from None
        assert process.stderr is not None  # noqa: S101  # a pipe
        said = asyncio.create_task(_last_words(process.stderr))
        try:
            yield process
        finally:
            await _surely(_ended(process, said))

    def found(self) -> str:
        """Return where the program is. Raises CameraUnreachable if there is none."""
        program = self._program or shutil.which("ffmpeg") or _bundled()
        found = shutil.which(program) if program else None
        if found is None:
            raise CameraUnreachable(_MISSING)
        return os.path.abspath(found)  # noqa: PTH100  # a link is not resolved: some programs look at their name


def _bundled() -> str | None:
    try:
        from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]  # noqa: PLC0415  # an extra
    except ImportError:
        return None
    with suppress(RuntimeError):
        return str(get_ffmpeg_exe())
    return None


def _launched(command: list[str]) -> list[str]:
    if sys.platform != "linux":
        return command
    return [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *command]


async def _surely(work: Coroutine[None, None, None]) -> None:
    """Wait for the end of the work even if that is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


async def _ended(process: "asyncio.subprocess.Process", said: "asyncio.Task[bytes]") -> None:
    """End the whole process group, stopped or not, and wait for the process."""
    assert process.stdin is not None  # noqa: S101  # a pipe
    assert process.stdout is not None  # noqa: S101  # the same
    process.stdin.close()
    _signal(process, signal.SIGTERM)
    rest = asyncio.create_task(_last_words(process.stdout))  # a pipe that nobody reads would stay open
    try:
        async with asyncio.timeout(_TERM_SECONDS):
            await process.wait()
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await process.wait()
    await asyncio.wait({rest, said}, timeout=_TERM_SECONDS)
    rest.cancel()
    said.cancel()
    with suppress(asyncio.CancelledError):
        if words := (await said).decode("utf-8", "replace"):
            _log.info("ffmpeg: %s", "".join(one if one.isprintable() else " " for one in words))


def _signal(process: "asyncio.subprocess.Process", number: int) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


async def _last_words(pipe: asyncio.StreamReader) -> bytes:
    """Read all that comes; return the end of it."""
    kept = b""
    with suppress(asyncio.CancelledError):
        while data := await pipe.read(_READ):
            kept = (kept + data)[-_KEPT:]
    return kept
