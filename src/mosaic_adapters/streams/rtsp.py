"""A camera that plays: Mosaic itself speaks RTSP with it, over one connection to an address that was judged.

ffmpeg follows redirects to any host, and shows addresses and passwords in the list of processes and in what
it prints. So it gets no address and no password, and opens no connection: it decodes what Mosaic hands it.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from mosaic_adapters.streams.challenges import Login
from mosaic_adapters.streams.rtp import Packet, read
from mosaic_adapters.streams.rtsp_messages import LONGEST_LINE, Frame, Message, read_next
from mosaic_adapters.streams.sdp import Video, first_video
from mosaic_core.errors import CameraUnauthorized, CameraUnreachable
from mosaic_core.streams.model import Camera

_CHANNEL = re.compile(r"interleaved=(\d{1,3})\b")
_SESSION = re.compile(r"([^\s;]{1,256})(?:\s*;\s*timeout=(\d{1,5}))?")
_DEFAULT_TIMEOUT = 60
_SHORTEST_TIMEOUT = 10
_CLOSING_SECONDS = 0.5


@asynccontextmanager
async def playing(camera: Camera) -> AsyncIterator["Player"]:
    """Open the first of the camera's addresses that answers, and let it play while the block runs.

    Raises CameraUnauthorized or CameraUnreachable.
    """
    reader, writer = await _connected(camera)
    player = Player(camera, reader, writer)
    try:
        await player.start()
        yield player
    except (OSError, ssl.SSLError):
        raise CameraUnreachable("The connection to the camera broke") from None
    finally:
        await player.stop()


class Player:
    """The connection to one camera, and what it plays."""

    video: Video

    def __init__(self, camera: Camera, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._url = _url(camera)
        self._login = Login(camera.username, camera.password)
        self._reader = reader
        self._writer = writer
        self._number = 0
        self._session = ""
        self._channel = 0
        self._timeout = _DEFAULT_TIMEOUT
        self._next_sign = 0.0

    async def start(self) -> None:
        """Ask the camera what it has, and to play its picture."""
        told = await self._ask("DESCRIBE", self._url, Accept="application/sdp")
        self.video = first_video(told.body.decode("utf-8", "replace"))
        base = self._base(told)
        track = self._controlled(base, self.video.control)
        await self._set_up(track)
        await self._ask("PLAY", base, Range="npt=0.000-")
        self._expect_sign()

    async def packets(self) -> AsyncGenerator[Packet, None]:
        """Yield the picture's packets as they come."""
        while True:
            heard = await self._next()
            if isinstance(heard, Message):
                if heard.status == 401:
                    self._login.take(heard.all_headers("www-authenticate"))
                continue
            packet = read(heard.data) if heard.channel == self._channel else None
            if packet is not None and packet.payload_type == self.video.payload_type:
                yield packet
            if asyncio.get_running_loop().time() > self._next_sign:
                self._send("OPTIONS", self._url)
                self._expect_sign()

    async def stop(self) -> None:
        """Say goodbye, if the camera still listens, and hang up."""
        if self._session:
            self._send("TEARDOWN", self._url)
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()

    async def _set_up(self, track: str) -> None:
        told = await self._ask("SETUP", track, Transport="RTP/AVP/TCP;unicast;interleaved=0-1")
        channel = _CHANNEL.search(told.header("transport"))
        session = _SESSION.match(told.header("session"))
        if channel is None or session is None:
            raise CameraUnreachable("The camera does not send its picture over the connection")
        self._channel, self._session = int(channel[1]), session[1]
        self._timeout = max(int(session[2] or _DEFAULT_TIMEOUT), _SHORTEST_TIMEOUT)

    async def _ask(self, method: str, url: str, **headers: str) -> Message:
        """Return the camera's answer if it agrees; prove who asks, if it wants that."""
        self._send(method, url, **headers)
        answer = await self._answer()
        if answer.status == 401 and self._login.take(answer.all_headers("www-authenticate")):
            self._send(method, url, **headers)
            answer = await self._answer()
        if answer.status in {401, 403}:
            raise CameraUnauthorized("The camera refuses the credentials")
        if 300 <= answer.status < 400:
            raise CameraUnreachable("The camera sends its viewers elsewhere, which is not followed")
        if answer.status != 200:
            raise CameraUnreachable(f"The camera answers {method} with {answer.status}")
        return answer

    async def _answer(self) -> Message:
        await self._writer.drain()
        while not isinstance(heard := await self._next(), Message) or heard.method:
            pass
        return heard

    async def _next(self) -> Frame | Message:
        heard = await read_next(self._reader)
        if isinstance(heard, Message) and heard.method == "REDIRECT":
            raise CameraUnreachable("The camera sends its viewers elsewhere, which is not followed")
        return heard

    def _send(self, method: str, url: str, **headers: str) -> None:
        self._number += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._number}", "User-Agent: Mosaic"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self._session:
            lines.append(f"Session: {self._session}")
        proof = self._login.header(method, url)
        if proof is not None:
            lines.append(f"Authorization: {proof}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode())

    def _expect_sign(self) -> None:
        """Plan the next sign of life, without which a camera ends the session."""
        self._next_sign = asyncio.get_running_loop().time() + self._timeout / 2

    def _base(self, told: Message) -> str:
        """Return the address that controls are told relative to, always at the camera that was asked."""
        base = told.header("content-base") or told.header("content-location")
        return self._here(base) if "://" in base else self._url

    def _controlled(self, base: str, control: str) -> str:
        if control in {"", "*"}:
            return base
        if "://" in control:
            return self._here(control)
        return base + ("" if base.endswith("/") else "/") + control.lstrip("/")

    def _here(self, url: str) -> str:
        """Return an address that the camera gave, with the host that it was asked under.

        Behind a router cameras give others, which are not contacted, whatever they are.
        """
        path = re.sub(r"^[^/]*//[^/?]*", "", url)
        own = re.match(r"\w+://[^/]*", self._url)
        assert own is not None  # noqa: S101  # made here
        if re.search(r"[\x00-\x20\x7f-\uffff]", path):
            raise CameraUnreachable("The camera gives an address that is none")
        return own[0] + path


def _url(camera: Camera) -> str:
    host = f"[{camera.host}]" if ":" in camera.host else camera.host
    return f"{camera.scheme}://{host}:{camera.port}{camera.target}"


async def _connected(camera: Camera) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    secured = _unverified() if camera.scheme == "rtsps" else None
    for address in camera.addresses:
        try:
            return await asyncio.open_connection(
                address,
                camera.port,
                limit=LONGEST_LINE,
                ssl=secured,
                server_hostname=camera.host if secured else None,
            )
        except (OSError, ssl.SSLError):
            continue
    raise CameraUnreachable("Nobody answers at the camera's address")


def _unverified() -> ssl.SSLContext:
    """Return a context that takes any certificate: cameras sign their own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
