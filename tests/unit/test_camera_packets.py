"""What comes over RTP becomes what a decoder reads."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_adapters.streams.jpegs import Jpegs
from mosaic_adapters.streams.rtp import Packet, read
from mosaic_adapters.streams.sdp import Video, first_video
from mosaic_adapters.streams.unpacking import unpacker
from mosaic_core.errors import CameraUnreachable
from support_cameras import gray_scan, is_jpeg

START = b"\0\0\0\1"
H264 = Video("h264", 96, "", ())
H265 = Video("h265", 96, "", ())
JPEG = Video("jpeg", 26, "", ())


def stream(video: Video, *payloads: bytes) -> bytes:
    """Return the stream that the payloads make, the last of which ends a picture."""
    unpack = unpacker(video)
    last = len(payloads) - 1
    return b"".join(unpack.take(Packet(96, number == last, one)) for number, one in enumerate(payloads))


@given(
    units=st.lists(st.tuples(st.integers(1, 23), st.binary(min_size=2, max_size=40)), min_size=1, max_size=5),
    size=st.integers(1, 20),
)
def test_h264_units_come_whole_in_pieces_or_together(units: list[tuple[int, bytes]], size: int) -> None:
    whole = [bytes([0x60 | kind]) + body for kind, body in units]
    expected = b"".join(START + unit for unit in whole)
    pieces = [
        bytes([0x60 | 28, (begin == 0) << 7 | (begin + size >= len(body)) << 6 | kind])
        + body[begin : begin + size]
        for kind, body in units
        for begin in range(0, len(body), size)
    ]
    together = bytes([0x60 | 24]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in whole)
    assert stream(H264, *whole) == stream(H264, *pieces) == stream(H264, together) == expected


@given(
    units=st.lists(st.tuples(st.integers(0, 40), st.binary(min_size=2, max_size=40)), min_size=1, max_size=5),
    size=st.integers(1, 20),
)
def test_h265_units_come_whole_in_pieces_or_together(units: list[tuple[int, bytes]], size: int) -> None:
    whole = [bytes([kind << 1, 1]) + body for kind, body in units]
    expected = b"".join(START + unit for unit in whole)
    pieces = [
        bytes([49 << 1, 1, (begin == 0) << 7 | (begin + size >= len(body)) << 6 | kind])
        + body[begin : begin + size]
        for kind, body in units
        for begin in range(0, len(body), size)
    ]
    together = bytes([48 << 1, 1]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in whole)
    assert stream(H265, *whole) == stream(H265, *pieces) == stream(H265, together) == expected


@given(
    video=st.sampled_from([H264, H265, JPEG]),
    payloads=st.lists(st.binary(min_size=1, max_size=60), max_size=8),
)
def test_no_payload_does_harm(video: Video, payloads: list[bytes]) -> None:
    stream(video, *payloads)


def test_pieces_without_their_beginning_and_unknown_kinds_are_passed_over() -> None:
    assert stream(H264, b"\x7c\x45end", b"\x7c\x85", b"\x7d??", b"\x00") == b""
    assert stream(H265, bytes([49 << 1, 1, 0x41]) + b"end", bytes([50 << 1, 1, 0, 0])) == b""
    assert stream(H264, b"\x78\x00\x02ab\x00\x00", b"\x78\x00\x09ab") == START + b"ab"


def test_parameter_sets_come_before_all_else() -> None:
    assert (
        stream(Video("h264", 96, "", (b"sps", b"pps")), b"\x65ab")
        == START + b"sps" + START + b"pps" + START + b"\x65ab"
    )


def jpeg_piece(offset: int, data: bytes, *, kind: int = 1, quality: int = 50, extra: bytes = b"") -> bytes:
    return b"\0" + offset.to_bytes(3, "big") + bytes([kind, quality, 2, 2]) + extra + data


def test_a_jpeg_comes_in_pieces_and_is_given_out_whole() -> None:
    scan = gray_scan(5)
    whole = stream(JPEG, jpeg_piece(0, scan))
    assert is_jpeg(whole)
    assert stream(JPEG, jpeg_piece(0, scan[:3]), jpeg_piece(3, scan[3:])) == whole
    assert stream(JPEG, jpeg_piece(0, scan[:3]), jpeg_piece(4, scan[4:])) == b""
    assert stream(JPEG, jpeg_piece(3, scan[3:])) == b""
    assert stream(JPEG, jpeg_piece(0, b"")) == b""
    assert (
        stream(JPEG, jpeg_piece(0, scan, quality=1)) != stream(JPEG, jpeg_piece(0, scan, quality=99)) != whole
    )


def test_a_jpeg_may_bring_tables_and_restart_intervals() -> None:
    tables = bytes(range(1, 129))
    extra = b"\0\0" + len(tables).to_bytes(2, "big") + tables
    picture = stream(JPEG, jpeg_piece(0, b"scan", quality=255, extra=extra))
    assert tables[:64] in picture
    assert tables[64:] in picture
    one = b"\0\0" + (64).to_bytes(2, "big") + tables[:64]
    assert stream(JPEG, jpeg_piece(0, b"scan", quality=255, extra=one)).count(tables[:64]) == 2
    assert stream(JPEG, jpeg_piece(0, b"scan", quality=255, extra=b"\0\0\0\0")) == b""
    picture = stream(
        JPEG,
        jpeg_piece(0, b"scan", kind=65, extra=b"\0\x07\xff\xff"),
        jpeg_piece(4, b"more", kind=65, extra=b"\0\x07\xff\xff"),
    )
    assert b"\xff\xdd\0\x04\0\x07" in picture
    assert picture.endswith(b"scanmore\xff\xd9")
    assert stream(JPEG, jpeg_piece(0, b"scan", kind=2)) == b""


def test_a_packet_has_a_head_of_several_lengths() -> None:
    plain = bytes([0x80, 0x80 | 96, *range(10)])
    assert read(plain + b"payload") == Packet(96, True, b"payload")
    assert read(bytes([0x82, 96]) + plain[2:] + b"sourcesrpayload"[:8] + b"payload") == Packet(
        96, False, b"payload"
    )
    assert read(bytes([0x90, 96]) + plain[2:] + b"xx\0\1four" + b"payload") == Packet(96, False, b"payload")
    assert read(bytes([0xA0, 96]) + plain[2:] + b"payload\0\0\3") == Packet(96, False, b"payload")
    for data in (b"", plain, bytes([0x40]) + plain[1:] + b"x", bytes([0xA0, 96]) + plain[2:] + b"a\xff"):
        assert read(data) is None


def test_a_description_tells_the_first_picture_that_is_understood() -> None:
    sets = ",".join(b64encode(one).decode() for one in (b"sps", b"pps"))
    text = f"""v=0
m=audio 0 RTP/AVP 0
a=control:sound
m=video 0 RTP/AVP 33
a=rtpmap:33 MP2T/90000
m=video 0 RTP/AVP 97 96 x
a=rtpmap:97 VP8/90000
a=rtpmap:96 h264/90000
a=fmtp:96 packetization-mode=1; sprop-parameter-sets={sets}
a=control:trackID=1
a=nothing
"""
    assert first_video(text) == Video("h264", 96, "trackID=1", (b"sps", b"pps"))
    assert first_video(text.replace(sets, "no base64!")).sets == ()
    assert first_video("m=video 0 RTP/AVP 26") == Video("jpeg", 26, "", ())
    for none in ("", "m=video", "m=audio 0 RTP/AVP 96\na=rtpmap:96 H264/90000"):
        with pytest.raises(CameraUnreachable):
            first_video(none)


@st.composite
def pictures(draw: st.DrawFn) -> bytes:
    """Return what has the outside of a JPEG; its segments may hold marks."""
    segments = draw(st.lists(st.binary(max_size=20), max_size=3))
    scan = draw(st.binary(max_size=40)).replace(b"\xff", b"\xff\0")
    inside = b"".join(b"\xff\xe0" + (len(one) + 2).to_bytes(2, "big") + one for one in segments)
    return b"\xff\xd8" + inside + b"\xff\xda\0\x04\xff\xd9" + scan + b"\xff\xd9"


@given(expected=st.lists(pictures(), max_size=4), size=st.integers(1, 30))
def test_pictures_are_cut_where_they_end_however_they_come(expected: list[bytes], size: int) -> None:
    data = b"".join(expected)
    jpegs = Jpegs()
    assert [
        one for begin in range(0, len(data), size) for one in jpegs.take(data[begin : begin + size])
    ] == expected


@pytest.mark.parametrize(
    "data", [b"no", b"\xff\xd8no no", b"\xff\xd8\xff\xe0\0\2no no", b"\xff\xd8\xff\xda\0\2" + b"x" * 99]
)
def test_what_is_no_picture_or_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(CameraUnreachable):
        Jpegs(90).take(data)
