"""RTP packets (RFC 3550)."""

from attrs import frozen


@frozen
class Packet:
    """What a packet brings. `is_last` marks the last one of a picture."""

    payload_type: int
    is_last: bool
    payload: bytes


def read(data: bytes) -> Packet | None:
    """Return the packet in the bytes, None if there is none with a payload (RFC 3550, 5.1)."""
    if len(data) < 12 or data[0] >> 6 != 2:
        return None
    begin, end = 12 + 4 * (data[0] & 0x0F), len(data)
    if data[0] & 0x10:
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    if data[0] & 0x20:
        end -= data[-1]
    if begin >= end:
        return None
    return Packet(data[1] & 0x7F, bool(data[1] & 0x80), data[begin:end])
