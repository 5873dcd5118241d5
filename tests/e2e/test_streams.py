"""Cameras through the real server: one ffmpeg for all viewers, and none that outlives them."""

import http.client
import os
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from http.client import HTTPResponse
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support_cameras import (
    PASSWORD,
    USERNAME,
    Conversation,
    RealCameras,
    Scripted,
    asked,
    camera,
    ffmpegs,
    parts,
    plays,
    real_cameras,
    require_ffmpeg,
)
from support_server import PATIENCE, Client, Server, Start, children, connected, patiently, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["camera"]

VIEWERS = 20
PICTURES = 5


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCameras]:
    with real_cameras(tmp_path_factory.mktemp("cameras")) as serving:
        yield serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it running; its people may open what is on this machine."""
    require_ffmpeg()
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, is_measured=True, stream_allowed_hosts="127.0.0.1") as started:
        yield started
        started.stop()


@pytest.fixture
def ada(server: Server, request: pytest.FixtureRequest) -> Client:
    """Somebody who watches, when nobody else does any more."""
    gone(streaming(server))
    return server.anyone.registered(request.node.name[:80])


def open_files(pid: int) -> set[str]:
    """Return what the process has open."""
    return {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()}


@contextmanager
def opened(client: Client, target: str) -> Iterator[HTTPResponse]:
    """Open a stream; whoever leaves the block leaves the stream."""
    with closing(http.client.HTTPConnection("127.0.0.1", client.port, timeout=PATIENCE)) as connection:
        connection.request("GET", target, headers=dict(client.headers))
        response = connection.getresponse()
        assert response.status == 200, response.read()
        assert response.headers["Cache-Control"] == "no-store"
        with closing(response):
            yield response


def watching(client: Client, url: str, **more: str) -> AbstractContextManager[HTTPResponse]:
    return opened(client, f"/api/stream-proxy?{asked(url, **more)}")


def streaming(server: Server) -> list[int]:
    """Return the server's ffmpegs."""
    return ffmpegs(server.pid, *children(server.pid))


def gone(pids: list[int]) -> None:
    """Want the processes to end."""
    for _ in patiently():
        if not set(pids) & set(ffmpegs()):
            return
    raise AssertionError(pids)


def test_one_or_twenty_viewers_share_one_ffmpeg_and_get_whole_pictures(
    server: Server, ada: Client, cameras: RealCameras
) -> None:
    counts = []
    with watching(ada, cameras.url()) as first:
        shown = parts(first)
        next(shown)
        alone = streaming(server)
        assert len(alone) == 1

        def watch() -> None:
            with watching(ada, cameras.url()) as response:
                counts.append(len([*islice(parts(response), PICTURES)]))

        threads = [threading.Thread(target=watch) for _ in range(VIEWERS - 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        next(shown)
        assert streaming(server) == alone
    assert counts == [PICTURES] * (VIEWERS - 1)
    gone(alone)


def close(_: Server, viewer: socket.socket) -> None:
    viewer.close()


def reset(_: Server, viewer: socket.socket) -> None:
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    viewer.close()


def terminate(server: Server, _: socket.socket) -> None:
    end(server, signal.SIGTERM)


def interrupt(server: Server, _: socket.socket) -> None:
    end(server, signal.SIGINT)


def end(server: Server, number: int) -> None:
    if server.process is not None:
        assert server.stop(number) == 0


def kill(server: Server, _: socket.socket) -> None:
    server.kill()


@pytest.mark.parametrize("leave", [close, reset])
def test_no_ffmpeg_outlives_the_last_viewer(
    server: Server, ada: Client, camera: Scripted, leave: Callable[[Server, socket.socket], None]
) -> None:
    outlives_nothing(server, ada, camera, leave)


@pytest.mark.parametrize("leave", [terminate, interrupt, kill])
def test_no_ffmpeg_outlives_the_server(
    start: Start, camera: Scripted, leave: Callable[[Server, socket.socket], None]
) -> None:
    require_ffmpeg()
    server = start()
    ada = server.anyone.registered("ada")
    outlives_nothing(server, ada, camera, leave)
    if leave is terminate:
        again = server.start().anyone.logged_in("ada")
        rows = again.get("/logs/activity?event_type=stream.stop").went(200).json
        assert [set(row["context"]) for row in rows["items"]] == [{"host", "path", "seconds", "frames"}] * 2


def outlives_nothing(
    server: Server, ada: Client, camera: Scripted, leave: Callable[[Server, socket.socket], None]
) -> None:
    """Let two watch, stop one ffmpeg by a signal, and want both to be gone after the viewers have left."""
    viewers = []
    for one in (camera(plays), camera(plays)):
        target = f"/api/stream-proxy?{asked(one.url())}"
        viewer = connected(
            server.port,
            f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.token}\r\n\r\n".encode(),
        )
        while b"image/jpeg" not in viewer.recv(2**12):
            pass
        viewers.append(viewer)
    running = streaming(server)
    assert len(running) == 2
    os.kill(running[0], signal.SIGSTOP)
    for viewer in viewers:
        leave(server, viewer)
    gone(running)
    for viewer in viewers:
        viewer.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_pictures_go_on_after_ffmpeg_was_killed_or_stopped(
    start: Start, camera: Scripted, number: signal.Signals
) -> None:
    require_ffmpeg()
    server = start(**({"stream_timeout": "10"} if number is signal.SIGSTOP else {}))
    ada = server.anyone.registered("ada")
    with watching(ada, camera(plays).url()) as response:
        shown = parts(response)
        first = next(running[0] for _ in shown if (running := streaming(server)))
        os.kill(first, number)
        for _ in shown:
            if streaming(server) not in ([], [first]):
                break
        assert first not in ffmpegs()
        assert len(streaming(server)) == 1


def test_a_camera_that_drops_out_is_tried_again_while_somebody_watches(ada: Client, camera: Scripted) -> None:
    def shows_a_little(one: Conversation) -> None:
        one.agree()
        one.show(5)

    def sends_elsewhere(one: Conversation) -> None:
        one.answer("302 Found", "Location: rtsp://127.0.0.1:1/")
        one.wait()

    one = camera(shows_a_little, sends_elsewhere, plays)
    with watching(ada, one.url()) as response:
        for _ in parts(response):
            if len(one.conversations) == 3:
                break


def test_a_camera_that_refuses_by_now_ends_the_stream(ada: Client, camera: Scripted) -> None:
    def shows_a_little(one: Conversation) -> None:
        one.agree()
        one.show(5)

    def forbids(one: Conversation) -> None:
        one.answer("401 Unauthorized")
        one.wait()

    one = camera(shows_a_little, forbids)
    with watching(ada, one.url()) as response:
        assert response.read().endswith(b"--frame\r\n")
    assert len(one.conversations) == 2


def test_nothing_of_a_camera_is_seen_of_its_ffmpeg_nor_kept(start: Start, cameras: RealCameras) -> None:
    server = start(log_level="debug", jwt_secret="s" * 40)
    ada = server.anyone.registered("ada")
    wanted = {"url": cameras.url("/locked") + "?key=Elster-5521", "username": USERNAME, "password": PASSWORD}
    ticket = ada.post("/api/stream-ticket", wanted).went(200).json["ticket"]
    with opened(server.anyone, f"/api/stream-proxy?ticket={ticket}") as response:
        next(parts(response))
        (running,) = streaming(server)
        process = Path(f"/proc/{running}")
        assert (process / "environ").read_bytes() == b"LC_ALL=C\0"
        seen = (process / "cmdline").read_bytes()
        assert len(open_files(running)) == 3, "its input, its output and its errors, and no connection"
    assert b"127.0.0.1" not in seen
    server.stop()
    secrets = [PASSWORD, PASSWORD[:9], USERNAME, "Elster-5521", ticket, ada.token]
    for file in (one for one in server.folder.rglob("*") if one.is_file()):
        for secret in secrets:
            assert secret.encode() not in file.read_bytes(), (file, secret)


def test_a_ticket_of_one_worker_opens_a_camera_once_at_any(start: Start, camera: Scripted) -> None:
    require_ffmpeg()
    server = start(workers=2)
    ada, url = server.anyone.registered("ada"), camera(plays).url()
    tickets = [ada.post("/api/stream-ticket", {"url": url}).went(200).json["ticket"] for _ in range(4)]
    statuses: list[int] = []

    def snap(ticket: str) -> None:
        statuses.append(server.anyone.get(f"/api/stream-snapshot?ticket={ticket}").status)

    threads = [threading.Thread(target=snap, args=(ticket,)) for ticket in tickets * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 4 + [401] * 12


def test_what_follows_on_the_connection_and_a_head_request_do_no_harm(
    server: Server, ada: Client, camera: Scripted
) -> None:
    target = f"/api/stream-proxy?{asked(camera(plays).url())}"
    head = ada.ask("HEAD", target).went(200)
    assert head.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"
    assert head.body == b""
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.token}\r\n\r\n".encode()
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)) as client:
        client.sendall(request + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        for _ in range(5):
            assert client.recv(2**16)
        running = streaming(server)
        assert len(running) == 1
    gone(running)


def test_a_browser_shows_moving_pictures_by_a_ticket(
    server: Server, ada: Client, cameras: RealCameras, browser: "Browser"
) -> None:
    ticket = ada.post("/api/stream-ticket", {"url": cameras.url()}).went(200).json["ticket"]
    page = browser.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"http://127.0.0.1:{server.port}/")
    page.set_content(f'<img src="/api/stream-proxy?ticket={ticket}">', wait_until="commit")
    assert any(page.evaluate("document.images[0].naturalWidth") == 160 for _ in patiently())
    seen = set[bytes]()
    for _ in patiently():
        seen.add(page.locator("img").screenshot())
        if len(seen) > 2:
            break
    page.close()
    assert len(seen) > 2
