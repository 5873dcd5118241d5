"""RTP packets become what a decoder reads: H.264 (RFC 6184), H.265 (RFC 7798), JPEG (RFC 2435)."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from mosaic_adapters.streams.rtp import Packet
from mosaic_adapters.streams.rtp_jpeg import Jpeg
from mosaic_adapters.streams.sdp import Video

_START = b"\x00\x00\x00\x01"


class Unpacker(Protocol):
    """Makes a stream of packets; keeps no more than a picture, and skips what it does not understand."""

    def take(self, packet: Packet) -> bytes:
        """Return what the packet adds to the stream."""
        ...


def unpacker(video: Video) -> Unpacker:
    """Return what understands the track's packets."""
    if video.codec == "jpeg":
        return Jpeg()
    return _H264(video.sets) if video.codec == "h264" else _H265(video.sets)


class _Units:
    """Puts a start code before each unit; units in pieces go on as they come."""

    def __init__(self, sets: Sequence[bytes]) -> None:
        self._ahead = b"".join(_START + one for one in sets)
        self._is_open = False

    def _out(self, data: bytes) -> bytes:
        ahead, self._ahead = self._ahead, b""
        return ahead + data

    def _piece(self, head: bytes, mark: int, body: bytes) -> bytes:
        """Return a piece of a unit; `mark` has the bits for its first and its last piece."""
        if mark & 0x80:
            self._is_open = True
            body = _START + head + body
        elif not self._is_open:
            return b""  # its beginning never came
        if mark & 0x40:
            self._is_open = False
        return self._out(body)

    def _several(self, data: bytes) -> bytes:
        return self._out(b"".join(_START + unit for unit in _parts(data)))


class _H264(_Units):
    def take(self, packet: Packet) -> bytes:
        data = packet.payload
        kind = data[0] & 0x1F
        if 1 <= kind <= 23:
            return self._out(_START + data)
        if kind == 24:
            return self._several(data[1:])
        if kind == 28 and len(data) > 2:
            return self._piece(bytes([data[0] & 0xE0 | data[1] & 0x1F]), data[1], data[2:])
        return b""


class _H265(_Units):
    def take(self, packet: Packet) -> bytes:
        data = packet.payload
        kind = data[0] >> 1 & 0x3F
        if len(data) < 4 or kind > 49:
            return b""
        if kind == 48:
            return self._several(data[2:])
        if kind == 49:
            head = bytes([data[0] & 0x81 | (data[2] & 0x3F) << 1, data[1]])
            return self._piece(head, data[2], data[3:])
        return self._out(_START + data)


def _parts(data: bytes) -> Iterator[bytes]:
    """Yield the parts of the data, each of which has its length before it."""
    position = 0
    while position + 2 < len(data):
        end = position + 2 + int.from_bytes(data[position : position + 2], "big")
        if end == position + 2 or end > len(data):
            return
        yield data[position + 2 : end]
        position = end
