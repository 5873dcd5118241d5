"""Many watch one camera."""

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Coroutine
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from mosaic_adapters.streams import feed as feeds
from mosaic_adapters.streams.feed import VIEWERS_PER_CAMERA, Feed
from mosaic_adapters.streams.ffmpeg import Ffmpeg, _launched
from mosaic_adapters.streams.hub import CameraHub
from mosaic_adapters.streams.names import Names
from mosaic_adapters.streams.rtsp_messages import Frame, read_next
from mosaic_core.errors import (
    CameraTimeout,
    CameraUnauthorized,
    CameraUnreachable,
    MosaicError,
    ServiceUnavailable,
)
from mosaic_core.streams.model import Camera, StreamCounts

CAMERA = Camera(scheme="rtsp", addresses=("127.0.0.1",), port=9, target="/", host="localhost")


class Source:
    """Shows what a test puts into it; an error is raised."""

    def __init__(self, patience: float = 30) -> None:
        self.coming: asyncio.Queue[bytes | MosaicError] = asyncio.Queue()
        self.looks = 0
        self.feed = Feed(self.pictures, patience, lambda _: None)

    async def pictures(self) -> AsyncGenerator[bytes, None]:
        self.looks += 1
        while True:
            next_one = await self.coming.get()
            if isinstance(next_one, MosaicError):
                raise next_one
            yield next_one

    async def show(self, *pictures: bytes | MosaicError) -> None:
        """Show these, and let everybody look who is waiting."""
        for picture in pictures:
            self.coming.put_nowait(picture)
        for _ in range(9):
            await asyncio.sleep(0)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_a_slow_viewer_misses_pictures_and_delays_nobody() -> None:
    async def watching() -> None:
        source = Source()
        slow, quick = source.feed.watch(), source.feed.watch()
        first = [asyncio.ensure_future(anext(one)) for one in (slow, quick)]
        await source.show(b"1")
        assert [await one for one in first] == [b"1", b"1"]
        for picture in (b"2", b"3", b"4"):
            await source.show(picture)
            assert await anext(quick) == picture
        assert await anext(slow) == b"4"
        await slow.aclose()
        assert source.feed.viewers == 1
        await quick.aclose()

    run(watching())


def test_so_many_may_watch_one_camera_and_no_more() -> None:
    async def watching() -> None:
        source = Source()
        await source.show(b"1")
        viewers = [source.feed.watch() for _ in range(VIEWERS_PER_CAMERA)]
        assert [await anext(one) for one in viewers] == [b"1"] * VIEWERS_PER_CAMERA
        with pytest.raises(ServiceUnavailable):
            await anext(source.feed.watch())
        for one in viewers:
            await one.aclose()

    run(watching())


def test_pauses_grow_while_a_camera_fails_and_start_anew_after_a_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def recorded(seconds: float) -> None:
        if seconds:
            pauses.append(seconds)
        await sleep(0)

    async def watching() -> None:
        source = Source()
        viewer = source.feed.watch()
        first = asyncio.ensure_future(anext(viewer))
        await source.show(b"1")
        await first
        failure = CameraUnreachable("gone")
        await source.show(failure, failure, CameraTimeout("silent"), *[failure] * 6, b"2", failure, b"3")
        assert await anext(viewer) == b"3"
        assert source.looks == source.feed.restarts + 1 == 11
        await viewer.aclose()

    monkeypatch.setattr(asyncio, "sleep", recorded)
    run(watching())
    assert pauses == [1, 2, 4, 8, 15, 30, 30, 30, 30, 1]


def test_a_camera_that_was_never_seen_is_not_tried_again_and_one_that_refuses_neither() -> None:
    async def watching() -> None:
        for before in ((), (b"1",)):
            source = Source()
            viewer = source.feed.watch()
            first = asyncio.ensure_future(anext(viewer))
            await source.show(*before or [CameraUnauthorized("no")])
            if before:
                assert await first == b"1"
                first = asyncio.ensure_future(anext(viewer))
                await source.show(CameraUnauthorized("no"))
            with pytest.raises(CameraUnauthorized):
                await first
            assert source.looks == 1

    run(watching())


def test_who_comes_while_a_camera_is_away_waits_for_it_and_not_for_ever() -> None:
    async def watching() -> None:
        source = Source(patience=0.01)
        await source.show(b"1", CameraUnreachable("gone"))
        with pytest.raises(CameraTimeout):
            await anext(source.feed.watch())
        source.feed.end()

    run(watching())


def test_a_feed_ends_after_a_while_without_viewers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def watching() -> None:
        source = Source()
        await source.show(b"1")
        viewer = source.feed.watch()
        await anext(viewer)
        await viewer.aclose()
        with pytest.raises(asyncio.CancelledError):
            await source.feed.task

    monkeypatch.setattr(feeds, "_GRACE_SECONDS", 0.01)
    run(watching())


def test_a_fault_is_logged_by_its_kind_and_ends_the_stream(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> AsyncGenerator[bytes, None]:
        raise ValueError("rtsp://Meise:Specht@host/")
        yield b""

    async def watching() -> None:
        with pytest.raises(ServiceUnavailable):
            await anext(Feed(fails, 30, lambda _: None).watch())

    run(watching())
    assert "ValueError" in caplog.text
    assert "Specht" not in caplog.text


def test_a_closed_hub_ends_what_is_watched_and_begins_nothing() -> None:
    async def watching() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        silent = evolve(CAMERA, port=listener.getsockname()[1])
        hub = CameraHub(Ffmpeg(None), 1, 30)
        waiting = asyncio.ensure_future(anext(hub.watch(silent)))
        await asyncio.sleep(0)
        assert hub.counts() == StreamCounts(cameras=1, viewers=1)
        with pytest.raises(ServiceUnavailable):
            await anext(hub.watch(CAMERA))
        await hub.close()
        with pytest.raises(ServiceUnavailable):
            await waiting
        with pytest.raises(ServiceUnavailable):
            await anext(hub.watch(CAMERA))
        assert hub.counts().cameras == 0
        listener.close()

    run(watching())


def test_a_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(_: Names, host: str) -> list[str]:
        await asyncio.Event().wait()
        return [host]

    async def asking() -> None:
        hub = CameraHub(Ffmpeg(None), 1, 0.01)
        with pytest.raises(CameraTimeout):
            await hub.addresses("host")
        await hub.close()

    monkeypatch.setattr(Names, "addresses", hangs)
    run(asking())


def test_ffmpeg_is_the_one_that_is_named_or_on_the_path_or_bundled(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path_factory.mktemp("programs") / "ffmpeg"
    monkeypatch.setenv("PATH", str(program.parent))
    bundled = pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is missing").get_ffmpeg_exe()
    assert Ffmpeg(None).found() == bundled
    program.write_text("")
    program.chmod(0o700)
    assert Ffmpeg(None).found() == str(program)
    assert Ffmpeg(sys.executable).found() == sys.executable
    program.unlink()
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    for missing in (None, str(program)):
        with pytest.raises(CameraUnreachable):
            Ffmpeg(missing).found()


def test_an_imageio_ffmpeg_without_a_program_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is missing")

    def fails() -> str:
        raise RuntimeError

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", fails)
    with pytest.raises(CameraUnreachable):
        Ffmpeg(None).found()


def test_a_program_that_cannot_be_run_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("no program")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "platform", "darwin")

    async def starting() -> None:
        with pytest.raises(CameraUnreachable):
            async with Ffmpeg(str(program)).decoding("h264"):
                raise AssertionError

    run(starting())


def test_elsewhere_ffmpeg_is_started_straight_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert _launched(["ffmpeg"]) == ["ffmpeg"]


def heard(data: bytes) -> Any:  # noqa: ANN401  # a frame or a message
    async def reading() -> Any:  # noqa: ANN401  # the same
        reader = asyncio.StreamReader(limit=2**13)
        reader.feed_data(data)
        reader.feed_eof()
        return await read_next(reader)

    return asyncio.run(reading())


def test_messages_and_frames_are_told_apart() -> None:
    assert heard(b"$\x01\0\x03abcrest") == Frame(1, b"abc")
    message = heard(b"\r\n\nRTSP/1.0 200 OK\r\nA: b: c\r\na:d\r\nContent-Length: 3\r\n\r\nabcrest")
    assert (message.status, message.method, message.body) == (200, "", b"abc")
    assert message.header("a") == "b: c"
    assert message.all_headers("a") == ["b: c", "d"]
    assert heard(b"REDIRECT rtsp://x/ RTSP/1.0\n\n").method == "REDIRECT"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\r\n", b"$", b"$\0\0\5abc", b"x" * 2**14, b"RTSP/1.0 200 OK\r\n", b"RTSP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n", b"RTSP/1.0 200 OK\r\nno header\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"a: b\r\n" * 65 + b"\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 65537\r\n\r\n", b"RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_rtsp_is_refused(data: bytes) -> None:
    with pytest.raises(CameraUnreachable):
        heard(data)
