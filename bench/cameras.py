"""What one more viewer of a camera costs the server, and whether ffmpeg does the same for one as for many.

The camera is GStreamer's RTSP server with 640 by 480 points and 15 pictures a second.
"""

import selectors
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import server
from server import BenchError, Client, Server

VIEWERS = 20
SECONDS = 4.0
LEAST_PICTURES = 50
CAMERA = Path(__file__).parents[1] / "tests" / "rtsp_camera.py"
SYSTEM_PYTHON = "/usr/bin/python3"


class Cost(NamedTuple):
    """The share of a core that one more viewer takes, and ffmpeg's work for many beside that for one."""

    viewer: float
    ffmpeg: float


class Cameras:
    """A server, a camera, and people who watch it."""

    def __init__(self, running: Server, token: str, url: str) -> None:
        self._running = running
        self._request = (
            f"GET /api/stream-proxy?url={quote(url, safe='')} HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        ).encode()
        self._seen = 0

    def measure(self) -> Cost:
        """Let one watch, and then so many more."""
        with self._watching(1):
            own, ffmpeg = self._busy(1)
            with self._watching(VIEWERS):
                own_for_many, ffmpeg_for_many = self._busy(VIEWERS + 1)
        return Cost((own_for_many - own) / VIEWERS, ffmpeg_for_many / ffmpeg)

    def _busy(self, number: int) -> tuple[float, float]:
        """Return the shares of a core that the server and ffmpeg take for so many viewers."""
        time.sleep(1)  # those who have come are shown their first pictures
        own, together = self._running.own_processor_time(), self._running.processor_time()
        self._seen = 0
        time.sleep(SECONDS)
        if self._seen < number * LEAST_PICTURES:
            raise BenchError(f"{number} viewers have seen {self._seen} pictures")
        own = self._running.own_processor_time() - own
        together = self._running.processor_time() - together
        return own / SECONDS, (together - own) / SECONDS

    @contextmanager
    def _watching(self, number: int) -> Iterator[None]:
        ended = threading.Event()
        with ExitStack() as stack, selectors.DefaultSelector() as selector:
            for _ in range(number):
                viewer = stack.enter_context(socket.create_connection((server.HOST, self._running.port)))
                viewer.sendall(self._request)
                if b"200 OK" not in viewer.recv(2**16):
                    raise BenchError("the camera is not shown")
                selector.register(viewer, selectors.EVENT_READ)
            reading = threading.Thread(target=self._read_all, args=(selector, ended))
            reading.start()
            try:
                yield
            finally:
                ended.set()
                reading.join()

    def _read_all(self, selector: selectors.BaseSelector, ended: threading.Event) -> None:
        while not ended.is_set():
            for key, _ in selector.select(0.1):
                data: bytes = key.fileobj.recv(2**20)  # type: ignore[union-attr]  # a socket
                self._seen += data.count(b"--frame")


@contextmanager
def watched(folder: Path) -> Iterator[Cameras]:
    """Serve a camera and its viewers. Raises BenchError where there is no GStreamer or no ffmpeg."""
    port = server.free_port()
    command = [SYSTEM_PYTHON, str(CAMERA), str(port)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as camera,
        server.mosaic(folder) as running,
    ):
        try:
            if camera.stdout is None or camera.stdout.readline() != b"ready\n":
                raise BenchError("GStreamer's RTSP server is missing; .ci/run lists its packages")
            person = Client(running.port).account("viewer")
            yield Cameras(running, person.token, f"rtsp://{server.HOST}:{port}/large")
        finally:
            camera.kill()
