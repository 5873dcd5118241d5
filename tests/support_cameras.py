"""Cameras for tests: real RTSP servers, and ones that say what a test wants; all are on this machine."""

import importlib.util
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import lru_cache
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import quote

import pytest
from attrs import frozen

from mosaic_adapters.streams.ffmpeg import Ffmpeg
from rtsp_camera import PASSWORD, USERNAME
from support_server import patiently

__all__ = ["PASSWORD", "USERNAME"]

SYSTEM_PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("rtsp_camera.py")
GSTREAMER = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
    " gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
)
_WANTED = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('Gst', '1.0');"
    "from gi.repository import Gst, GstRtspServer; Gst.init(None);"
    "assert all(map(Gst.ElementFactory.find, ('x264enc', 'x265enc', 'rtph264pay', 'jpegenc')))"
)


@frozen
class RealCameras:
    """GStreamer's RTSP server; see rtsp_camera.py for its paths."""

    port: int

    def url(self, path: str = "/h264", *, basic: bool = False, secure: bool = False) -> str:
        scheme = "rtsps" if secure else "rtsp"
        return f"{scheme}://127.0.0.1:{self.port + basic + 2 * secure}{path}"


@contextmanager
def real_cameras(folder: Path) -> Iterator[RealCameras]:
    """Serve test pictures until the block ends; skip the test where that is not possible."""
    if not Path(SYSTEM_PYTHON).exists() or _fails(SYSTEM_PYTHON, "-c", _WANTED):
        pytest.skip(f"GStreamer's RTSP server is missing (Debian: {GSTREAMER})")
    require_ffmpeg()
    port = free_ports(3)
    command = [SYSTEM_PYTHON, str(SCRIPT), str(port), str(certificate(folder))]
    with (
        (folder / "cameras").open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as serving,
    ):
        assert serving.stdout is not None
        try:
            assert serving.stdout.readline() == b"ready\n", (folder / "cameras").read_text()
            yield RealCameras(port)
        finally:
            serving.kill()


def require_ffmpeg() -> str:
    """Return where ffmpeg is; skip the test if there is none."""
    if shutil.which("ffmpeg") is None and importlib.util.find_spec("imageio_ffmpeg") is None:
        pytest.skip("ffmpeg is missing (Debian: ffmpeg; pip: imageio-ffmpeg)")
    return Ffmpeg(None).found()


def certificate(folder: Path) -> Path:
    """Write a certificate that a camera has signed itself, and its key, into one file; return its path."""
    import datetime as dt  # noqa: PLC0415  # few tests need these

    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "camera")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "camera.pem"
    pem, pkcs8, plain = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, pkcs8, plain))
    return path


class Conversation:
    """What one client of a scripted camera says, and what it is told."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.heard = b""
        self._file = connection.makefile("rb")

    def request(self) -> tuple[str, str]:
        """Return the method and number of the next request; raise OSError when there is none."""
        first, number = b"", "0"
        while line := self._file.readline(2**16):
            self.heard += line
            first = first or line
            if line.lower().startswith(b"cseq:"):
                number = line[5:].strip().decode()
            if line == b"\r\n":
                return first.split()[0].decode(), number
        raise ConnectionError

    def say(self, text: str | bytes) -> None:
        self.connection.sendall(text if isinstance(text, bytes) else text.encode())

    def answer(self, status: str, *headers: str, body: str = "") -> str:
        """Answer the next request; return its method."""
        method, number = self.request()
        lines = [f"RTSP/1.0 {status}", f"CSeq: {number}", *headers]
        if body:
            lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        self.say("\r\n".join([*lines, "", body]))
        return method

    def agree(self, *, sdp: str = "", base: str = "") -> None:
        """Agree to describe, to set up and to play."""
        self.answer("200 OK", *([f"Content-Base: {base}"] if base else []), body=sdp or JPEG_SDP)
        self.answer("200 OK", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 7;timeout=20")
        self.answer("200 OK", "Session: 7")

    def show(self, pictures: int, seconds: float = 0.02) -> None:
        """Send so many pictures over RTP."""
        for number in range(pictures):
            self.say(jpeg_packet(number))
            time.sleep(seconds)

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self._file.close()
        self.connection.close()

    def reset(self) -> None:
        """Break the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._file.close()
        self.connection.close()

    def wait(self) -> None:
        """Wait until the client has left."""
        while self._file.read(2**12):
            pass


Script = Callable[[Conversation], object]


class ScriptedCamera:
    """Listens, and has the same conversation with each client, or with each its own."""

    def __init__(self, *scripts: Script, host: str = "127.0.0.1") -> None:
        """Follow one script after the other, one for each client, and the last for all others."""
        self.conversations: list[Conversation] = []
        self._scripts = scripts
        self._listener = socket.create_server((host, 0))
        self._host = host
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, path: str = "/live", credentials: str = "", host: str = "") -> str:
        return f"rtsp://{credentials}{host or self._host}:{self.port}{path}"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self.conversations:
            with suppress(OSError):
                one.connection.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                one = Conversation(connection)
                script = self._scripts[min(len(self.conversations), len(self._scripts) - 1)]
                self.conversations.append(one)
                threading.Thread(target=_follow, args=(script, one), daemon=True).start()


def _follow(script: Script, one: Conversation) -> None:
    with suppress(OSError), closing(one):
        script(one)


@contextmanager
def scripted(*scripts: Script, host: str = "127.0.0.1") -> Iterator[ScriptedCamera]:
    camera = ScriptedCamera(*scripts, host=host)
    try:
        yield camera
    finally:
        camera.close()


Scripted = Callable[..., ScriptedCamera]


@pytest.fixture
def camera() -> Iterator[Scripted]:
    """Make scripted cameras, which end with the test."""
    with ExitStack() as stack:
        yield lambda *scripts, host="127.0.0.1": stack.enter_context(scripted(*scripts, host=host))


def plays(one: Conversation) -> None:
    """Be a camera that shows pictures without end."""
    one.agree()
    one.show(10**6)


JPEG_SDP = "v=0\r\ns=camera\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n"
H264_SDP = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"


def jpeg_packet(number: int) -> bytes:
    """Return a picture of 16 by 16 points as one packet on channel 0; pictures differ in brightness."""
    scan = gray_scan(number)
    head = struct.pack("!BBHII", 0x80, 0x80 | 26, number & 0xFFFF, number * 6000 & 0xFFFFFFFF, 7)
    payload = bytes([0, 0, 0, 0, 1, 50, 2, 2]) + scan
    return frame(0, head + payload)


def frame(channel: int, data: bytes) -> bytes:
    return b"$" + bytes([channel]) + len(data).to_bytes(2, "big") + data


@lru_cache
def gray_scan(number: int) -> bytes:
    """Return the scan of a JPEG of 16 by 16 points in one shade: DC differences alone, by the usual codes."""
    size_codes = {0: "00", 1: "010", 2: "011", 3: "100", 4: "101", 5: "110"}
    level = number % 16
    bits = ""
    for first in (level, 0, 0, 0):
        size = first.bit_length()
        bits += size_codes[size] + (f"{first:b}" if size else "") + "1010"
    bits += ("00" + "00") * 2
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")


def asked(url: str, **more: str) -> str:
    """Return the query that asks for a camera."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in {"url": url, **more}.items())


def parts(response: HTTPResponse) -> Iterator[bytes]:
    """Yield the pictures of an answer, each with its right length between its boundaries."""
    assert response.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"
    while True:
        assert response.readline() == b"--frame\r\n"
        assert response.readline() == b"Content-Type: image/jpeg\r\n"
        name, size = response.readline().split()
        assert name == b"Content-Length:"
        assert response.readline() == b"\r\n"
        picture = response.read(int(size))
        assert is_jpeg(picture)
        assert response.readline() == b"\r\n"
        yield picture


def is_jpeg(data: bytes) -> bool:
    """Return whether the bytes are one whole JPEG: its marks are nowhere but at both ends."""
    return data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9") and data.count(b"\xff\xd9") == 1


def free_ports(number: int) -> int:
    """Return the first of so many ports in a row that nobody has."""
    for _ in patiently():
        with ExitStack() as stack, suppress(OSError):
            first = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            for port in range(first + 1, first + number):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return int(first)
    raise AssertionError


def ffmpegs(*under: int) -> list[int]:
    """Return the processes that are ffmpeg, or about to be, and were started by one of these processes."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"pipe:1" in command.split(b"\0") and (not under or parent in under):
                found.append(int(folder.name))
    return found


def _fails(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0
