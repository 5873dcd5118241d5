"""The conversation with one camera."""

import asyncio
from collections.abc import Callable

import pytest

from mosaic_adapters.streams import rtsp
from mosaic_adapters.streams.rtsp import playing
from mosaic_core.errors import CameraUnauthorized, CameraUnreachable
from mosaic_core.streams.model import Camera
from support_cameras import JPEG_SDP, Conversation, Scripted, ScriptedCamera, camera, frame, jpeg_packet

__all__ = ["camera"]


def at(one: ScriptedCamera, **more: str) -> Camera:
    given = {"target": "/live?x=1", "host": "camera.example", **more}
    return Camera(scheme="rtsp", addresses=("127.0.0.99", "127.0.0.1"), port=one.port, **given)


def packets(one: Camera, number: int) -> int:
    """Return how many of so many packets come."""

    async def taken() -> int:
        async with playing(one) as player:
            found = player.packets()
            for _ in range(number):
                assert (await anext(found)).payload_type == 26
            await found.aclose()
            return number

    return asyncio.run(taken())


def test_the_next_address_is_tried_and_the_name_is_what_the_camera_is_asked_by(camera: Scripted) -> None:
    def shows(one: Conversation) -> None:
        one.agree(base="no address")
        one.show(2)
        one.answer("200 OK")

    asked = camera(shows)
    assert packets(at(asked), 2) == 2
    (heard,) = (one.heard.decode() for one in asked.conversations)
    url = f"rtsp://camera.example:{asked.port}/live?x=1"
    assert heard.startswith(f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n")
    assert f"SETUP {url}/track1 RTSP/1.0" in heard
    assert f"PLAY {url} RTSP/1.0" in heard
    assert "Authorization" not in heard


def test_signs_of_life_go_with_the_newest_proof(camera: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtsp, "_SHORTEST_TIMEOUT", 0)
    on_its_channel = b"$\x04" + jpeg_packet(1)[2:]

    def renews(one: Conversation) -> None:
        one.answer("401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="first"')
        one.say(frame(0, b"early") + b"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        one.answer("200 OK", body=JPEG_SDP)
        one.answer("200 OK", "Transport: RTP/AVP/TCP;interleaved=4-5", "Session: 7 ; timeout=0")
        one.answer("200 OK")
        one.say(frame(0, b"another channel") + frame(4, b"no packet") + on_its_channel)
        one.say("SET_PARAMETER rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        while b'nonce="second"' not in one.heard:
            challenge = 'WWW-Authenticate: Digest realm="r", nonce="second"'
            assert one.answer("401 Unauthorized", challenge) == "OPTIONS"
            one.say(on_its_channel)
        one.wait()

    asked = camera(renews)

    async def watching() -> None:
        async with playing(at(asked, username="a", password="b")) as player:
            async for packet in player.packets():
                assert packet.payload_type == 26
                if b'nonce="second"' in asked.conversations[0].heard:
                    break

    asyncio.run(watching())


@pytest.mark.parametrize("control", ["*", "", "/track", "rtsp://[::9]:1/track?a"])
def test_a_track_is_asked_for_at_the_camera_itself(camera: Scripted, control: str) -> None:
    def shows(one: Conversation) -> None:
        one.agree(sdp=JPEG_SDP.replace("track1", control), base="rtsp://10.0.0.1/base/")
        one.show(1)

    asked = camera(shows)
    packets(at(asked), 1)
    expected = {"*": "/base/", "": "/base/", "/track": "/base/track"}.get(control, "/track?a")
    assert (
        f"SETUP rtsp://camera.example:{asked.port}{expected} RTSP/1.0"
        in asked.conversations[0].heard.decode()
    )


def test_an_address_that_would_break_out_of_a_line_is_refused(camera: Scripted) -> None:
    def tells(one: Conversation) -> None:
        one.answer("200 OK", "Content-Base: rtsp://x/a b", body=JPEG_SDP)

    with pytest.raises(CameraUnreachable):
        packets(at(camera(tells)), 1)


def test_a_camera_that_breaks_the_connection_is_unreachable(camera: Scripted) -> None:
    def resets(one: Conversation) -> None:
        one.agree()
        one.reset()

    with pytest.raises(CameraUnreachable):
        packets(at(camera(resets)), 1)


def test_what_breaks_while_it_plays_is_the_cameras_failure(camera: Scripted) -> None:
    async def breaking() -> None:
        async with playing(at(camera(lambda one: one.agree()))):
            raise ConnectionResetError

    with pytest.raises(CameraUnreachable):
        asyncio.run(breaking())


def redirects(one: Conversation) -> None:
    one.agree()
    one.say("REDIRECT rtsp://127.0.0.1:1/ RTSP/1.0\r\nCSeq: 1\r\n\r\n")
    one.wait()


def refuses_to_play(one: Conversation) -> None:
    one.answer("200 OK", body=JPEG_SDP)
    one.answer("200 OK", "Transport: RTP/AVP/TCP;interleaved=0-1", "Session: 7")
    one.answer("401 Unauthorized")
    one.wait()


@pytest.mark.parametrize(
    ("script", "error"), [(redirects, CameraUnreachable), (refuses_to_play, CameraUnauthorized)]
)
def test_a_camera_may_change_its_mind(
    camera: Scripted, script: Callable[[Conversation], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        packets(at(camera(script)), 1)
