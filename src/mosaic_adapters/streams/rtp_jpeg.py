"""JPEG over RTP (RFC 2435): packets carry no more of a JPEG's head than is needed to write it anew."""

from mosaic_adapters.streams.rtp import Packet

_LARGEST = 2**21
"""The offset of a packet has 24 bits; no camera comes near this."""

_LUMINANCE = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29,
    40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98,
    103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip
_CHROMINANCE = (
    17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, *[99] * 48,
)  # fmt: skip
"""The tables of Annex K of the JPEG standard in the order of the zigzag, for quality 50."""

_CODES = bytes.fromhex(
    "00 00010501010101010100000000000000 000102030405060708090a0b"
    "10 00020103030204030505040400 00017d"
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435"
    "363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798"
    "999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4"
    "f5f6f7f8f9fa"
    "01 00030101010101010101010000000000 000102030405060708090a0b"
    "11 00020102040403040705040400 010277"
    "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a"
    "35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a9293949596"
    "9798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4"
    "f5f6f7f8f9fa"
)
"""The four Huffman tables of Annex K, which all JPEGs over RTP have."""


class Jpeg:
    """Collects the pieces of one picture at a time, and gives it out whole."""

    def __init__(self) -> None:
        self._head = b""
        self._scan = bytearray()

    def take(self, packet: Packet) -> bytes:
        """Return the picture if the packet is its last one."""
        data = packet.payload
        if len(data) < 9:
            return b""
        if int.from_bytes(data[1:4], "big") == 0:
            self._begin(data)
        elif self._head and int.from_bytes(data[1:4], "big") == len(self._scan) < _LARGEST:
            self._scan += data[8 + 4 * (data[4] >= 64) :]
        else:
            self._head = b""  # a piece is missing
        if not packet.is_last or not self._head:
            return b""
        picture = self._head + self._scan + b"\xff\xd9"
        self._head = b""
        return picture

    def _begin(self, data: bytes) -> None:
        self._head = b""
        kind, quality, width, height = data[4:8]
        position = 8
        interval = b""
        if kind >= 64:
            interval, position = data[8:10], 12
        tables = _tables(quality)
        if quality >= 128:
            size = int.from_bytes(data[position + 2 : position + 4], "big")
            tables, position = data[position + 4 : position + 4 + size], position + 4 + size
        if kind & 0x3F <= 1 and len(tables) in {64, 128} and width and height:
            self._head = _head(kind & 0x3F, width * 8, height * 8, tables, interval)
            self._scan = bytearray(data[position:])


def _tables(quality: int) -> bytes:
    """Return both tables for a quality of 1 to 99 (RFC 2435, 4.2)."""
    bounded = min(max(quality, 1), 99)
    factor = 5000 // bounded if bounded < 50 else 200 - 2 * bounded
    return bytes(min(max((one * factor + 50) // 100, 1), 255) for one in (*_LUMINANCE, *_CHROMINANCE))


def _head(kind: int, width: int, height: int, tables: bytes, interval: bytes) -> bytes:
    """Return all of a JPEG that comes before its scan."""
    both = (tables[:64], tables[64:] or tables[:64])
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    frame = b"\x08" + size + bytes([3, 1, 0x22 if kind else 0x21, 0, 2, 0x11, 1, 3, 0x11, 1])
    parts = [b"\xff\xd8", *(_segment(0xDB, bytes([number]) + one) for number, one in enumerate(both))]
    if interval:
        parts.append(_segment(0xDD, interval))
    parts += [_segment(0xC0, frame), _segment(0xC4, _CODES)]
    parts.append(_segment(0xDA, bytes([3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0])))
    return b"".join(parts)


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body
