"""What a camera says in RTSP (RFC 2326): answers, requests of its own, and packets between them."""

import asyncio
import re
from collections.abc import Sequence

from attrs import frozen

from mosaic_core.errors import CameraUnreachable

LONGEST_LINE = 8 * 2**10
_MOST_HEADERS = 64
_LARGEST_BODY = 64 * 2**10
"""Descriptions have one or two kilobytes."""

_STATUS = re.compile(r"RTSP/1\.\d (\d{3})(?: .*)?")
_REQUEST = re.compile(r"([A-Z_]{1,32}) \S+ RTSP/1\.\d")

NO_RTSP = "What answers there does not speak RTSP"


@frozen
class Frame:
    """Data of a channel."""

    channel: int
    data: bytes


@frozen
class Message:
    """An answer with its status, or a request of the camera's, which has status 0 and its method."""

    status: int
    method: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of that name, in lower case, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")

    def all_headers(self, name: str) -> list[str]:
        """Return all headers of that name."""
        return [value for key, value in self.headers if key == name]


async def read_next(reader: asyncio.StreamReader) -> Frame | Message:
    """Return what comes next. Raises CameraUnreachable if it is no RTSP, is too large, or nothing comes."""
    try:
        first = await reader.readexactly(1)
        if first != b"$":
            return await _message(reader, first)
        head = await reader.readexactly(3)
        return Frame(head[0], await reader.readexactly(int.from_bytes(head[1:], "big")))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        is_over = isinstance(error, asyncio.IncompleteReadError)
        raise CameraUnreachable("The camera has hung up" if is_over else NO_RTSP) from None
    except OSError:
        raise CameraUnreachable("The connection to the camera broke") from None


async def _message(reader: asyncio.StreamReader, first: bytes) -> Message:
    line = await _line(reader, first)
    status, request = _STATUS.fullmatch(line), _REQUEST.fullmatch(line)
    if status is None and request is None:
        raise CameraUnreachable(NO_RTSP)
    headers: list[tuple[str, str]] = []
    while line := await _line(reader):
        name, colon, value = line.partition(":")
        if not colon or len(headers) == _MOST_HEADERS:
            raise CameraUnreachable(NO_RTSP)
        headers.append((name.strip().lower(), value.strip()))
    told = Message(int(status[1]) if status else 0, request[1] if request else "", headers, b"")
    size = told.header("content-length") or "0"
    if not re.fullmatch(r"\d{1,6}", size, re.ASCII) or int(size) > _LARGEST_BODY:
        raise CameraUnreachable(NO_RTSP)
    return Message(told.status, told.method, headers, await reader.readexactly(int(size)))


async def _line(reader: asyncio.StreamReader, begun: bytes = b"") -> str:
    while begun in {b"", b"\r", b"\r\n", b"\n"} and begun != b"":  # empty lines between messages
        begun = await reader.readexactly(1)
    line = begun + await reader.readuntil(b"\n")
    return line.decode("utf-8", "replace").rstrip("\r\n")
