"""Cameras over HTTP: each failure is a JSON error before any picture, and no secret goes anywhere."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mosaic_core.streams.model import CameraAddress, CameraWanted
from support_cameras import (
    H264_SDP,
    JPEG_SDP,
    PASSWORD,
    USERNAME,
    Conversation,
    RealCameras,
    Scripted,
    asked,
    camera,
    ffmpegs,
    frame,
    is_jpeg,
    plays,
    real_cameras,
    require_ffmpeg,
)
from support_http import Client, Reply, Serve, Then

__all__ = ["camera"]

SECRET = "Zaunkönig 2217"


@pytest.fixture
def store_name() -> str:
    """Streams keep nothing in the store but audit rows and used tickets, which have tests of their own."""
    return "memory"


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCameras]:
    with real_cameras(tmp_path_factory.mktemp("cameras")) as serving:
        yield serving


def stream(client: Client, url: str, **more: str) -> Reply:
    """Ask for a stream that does not come about."""
    return client.get(f"/api/stream-proxy?{asked(url, **more)}")


def snapshot(client: Client, url: str, **more: str) -> Reply:
    return client.get(f"/api/stream-snapshot?{asked(url, **more)}")


@pytest.mark.parametrize("path", ["/h264", "/h265", "/mjpeg", "/sound"])
def test_a_snapshot_of_a_real_camera_is_one_jpeg(ada: Client, cameras: RealCameras, path: str) -> None:
    reply = snapshot(ada, cameras.url(path)).went(200)
    assert reply.header("content-type") == "image/jpeg"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("content-length") == str(len(reply.body))
    assert is_jpeg(reply.body)


@pytest.mark.parametrize("way", [{}, {"basic": True}, {"secure": True}])
def test_credentials_of_any_characters_open_a_locked_camera(
    ada: Client, cameras: RealCameras, way: dict[str, bool]
) -> None:
    url = cameras.url("/locked", **way)
    snapshot(ada, url, username=USERNAME, password=PASSWORD).went(200)
    snapshot(ada, url, username=USERNAME, password="wrong").failed("camera_unauthorized")
    snapshot(ada, url).failed("camera_unauthorized")


def test_credentials_in_the_url_count_unless_others_are_given(ada: Client, cameras: RealCameras) -> None:
    credentials = f"{quote(USERNAME, safe='')}:{quote(PASSWORD, safe='')}@"
    url = cameras.url("/locked").replace("//", f"//{credentials}")
    snapshot(ada, url).went(200)
    snapshot(ada, url, password="another").failed("camera_unauthorized")


# What cameras do wrong. Each is a script that one of them follows.


def hangs_up(one: Conversation) -> None:
    one.request()


def says_nothing(one: Conversation) -> None:
    one.wait()


def speaks_http(one: Conversation) -> None:
    one.request()
    one.say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    one.wait()


def babbles(one: Conversation) -> None:
    while True:
        one.say(os.urandom(2**16).replace(b"\n", b" "))


def babbles_in_lines(one: Conversation) -> None:
    one.request()
    one.say("RTSP/1.0 200 OK\r\n")
    while True:
        one.say("X: y\r\n" * 1000)


def tells_a_long_story(one: Conversation) -> None:
    one.request()
    one.say("RTSP/1.0 200 OK\r\nContent-Length: 999999\r\n\r\n")
    one.wait()


def counts_wrong(one: Conversation) -> None:
    one.answer("200 OK", "Content-Length: -5")
    one.wait()


def shows_no_picture(one: Conversation) -> None:
    one.answer(
        "200 OK", body="v=0\r\nm=audio 0 RTP/AVP 0\r\nm=video 0 RTP/AVP 33\r\na=rtpmap:33 MP2T/90000\r\n"
    )
    one.wait()


def wants_another_transport(one: Conversation) -> None:
    one.answer("200 OK", body=JPEG_SDP)
    one.answer("461 Unsupported Transport")
    one.wait()


def sends_beside_the_connection(one: Conversation) -> None:
    one.answer("200 OK", body=JPEG_SDP)
    one.answer("200 OK", "Transport: RTP/AVP;unicast;client_port=5000-5001", "Session: 7")
    one.wait()


def asks_for_the_unknown(one: Conversation) -> None:
    one.answer(
        "401 Unauthorized", "WWW-Authenticate: Negotiate abc", 'WWW-Authenticate: Digest realm="no nonce"'
    )
    one.wait()


def refuses_for_ever(one: Conversation) -> None:
    while True:
        one.answer(
            "401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
        )


def forbids(one: Conversation) -> None:
    one.answer("403 Forbidden")
    one.wait()


def plays_without_pictures(one: Conversation) -> None:
    one.agree()
    one.wait()


def sends_garbage_without_end(one: Conversation) -> None:
    one.agree(sdp=H264_SDP)
    a_part_of_a_picture = bytes([0x80, 96, *[0] * 10, 0x41])
    while True:
        one.say(
            frame(0, a_part_of_a_picture + os.urandom(1400))
            + frame(1, os.urandom(90))
            + frame(0, os.urandom(30))
        )


def ends_before_a_picture(one: Conversation) -> None:
    one.agree()


UNREACHABLE = [
    hangs_up, speaks_http, babbles, babbles_in_lines, tells_a_long_story, counts_wrong, shows_no_picture,
    wants_another_transport, sends_beside_the_connection, ends_before_a_picture,
]  # fmt: skip


@pytest.mark.parametrize("script", UNREACHABLE)
def test_what_is_no_camera_is_unreachable(
    ada: Client, camera: Scripted, script: Callable[[Conversation], None]
) -> None:
    require_ffmpeg()
    stream(ada, camera(script).url()).failed("camera_unreachable")


@pytest.mark.parametrize("script", [asks_for_the_unknown, refuses_for_ever, forbids])
def test_a_camera_that_lets_nobody_in_has_refused_the_credentials(
    ada: Client, camera: Scripted, script: Callable[[Conversation], None]
) -> None:
    stream(ada, camera(script).url(), username="ada", password=SECRET).failed("camera_unauthorized")


@pytest.mark.parametrize("script", [says_nothing, plays_without_pictures])
def test_a_camera_without_a_picture_in_time_is_given_up(
    serve: Serve, camera: Scripted, script: Callable[[Conversation], None]
) -> None:
    require_ffmpeg()
    ada = serve(stream_timeout=0.5).person()
    stream(ada, camera(script).url()).failed("camera_timeout")


def test_a_camera_that_sends_garbage_without_end_is_given_up(serve: Serve, camera: Scripted) -> None:
    require_ffmpeg()
    reply = snapshot(serve(stream_timeout=0.5).person(), camera(sends_garbage_without_end).url())
    reply.failed(reply.code)
    assert reply.code in {"camera_timeout", "camera_unreachable"}


def test_a_host_where_nobody_listens_or_that_does_not_exist_is_unreachable(
    ada: Client, camera: Scripted
) -> None:
    gone = camera(plays)
    gone.close()
    stream(ada, gone.url()).failed("camera_unreachable")
    stream(ada, "rtsp://no-such-host.invalid/").failed("camera_unreachable")
    stream(ada, f"rtsp://{'a' * 64}.example/").failed("camera_unreachable")


def test_without_ffmpeg_no_camera_is_reachable(serve: Serve, camera: Scripted, tmp_path: Path) -> None:
    ada = serve(ffmpeg=str(tmp_path / "ffmpeg")).person()
    reply = stream(ada, camera(plays).url()).failed("camera_unreachable")
    assert str(tmp_path) not in reply.text


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("exit 1", "camera_unreachable"),
        ("kill -9 $$", "camera_unreachable"),
        ("kill -STOP $$", "camera_timeout"),
        ("trap '' TERM; while :; do read -r _ || :; done", "camera_timeout"),
        ("cat /dev/zero", "camera_unreachable"),
        ("printf '\\377\\330\\377\\340\\377\\377'; cat /dev/zero", "camera_unreachable"),
        ("cat /dev/zero >&2", "camera_timeout"),
    ],
)
def test_an_ffmpeg_that_dies_hangs_or_babbles_is_ended(
    serve: Serve, camera: Scripted, tmp_path: Path, program: str, code: str
) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text(f"#!/bin/sh\n{program}\n")
    fake.chmod(0o700)
    world = serve(ffmpeg=str(fake), stream_timeout=0.5 if code == "camera_timeout" else 60.0)
    stream(world.person(), camera(plays).url()).failed(code)
    world.runner.run(world.mosaic.streams.close())
    assert ffmpegs(os.getpid()) == []


def test_a_camera_that_sends_its_viewers_elsewhere_is_refused_and_the_other_never_contacted(
    ada: Client, camera: Scripted
) -> None:
    other = camera(plays)
    to = f"Location: {other.url()}"

    def describing(one: Conversation) -> None:
        one.answer("302 Found", to)
        one.wait()

    def setting_up(one: Conversation) -> None:
        one.answer("200 OK", body=JPEG_SDP)
        one.answer("301 Moved", to)
        one.wait()

    def asking(one: Conversation) -> None:
        one.request()
        one.say(f"REDIRECT {other.url()} RTSP/1.0\r\nCSeq: 1\r\n{to}\r\n\r\n")
        one.wait()

    for script in (describing, setting_up, asking):
        snapshot(ada, camera(script).url()).failed("camera_unreachable")
    assert other.conversations == []


def test_another_host_in_what_a_camera_tells_is_never_contacted_and_the_camera_is_asked_itself(
    ada: Client, camera: Scripted
) -> None:
    require_ffmpeg()
    other = camera(plays)

    def tells_another(one: Conversation) -> None:
        one.agree(
            sdp=JPEG_SDP.replace("track1", other.url("/own/track")) + "c=IN IP4 127.0.0.2\r\n",
            base=other.url("/base/"),
        )
        one.show(10**6)

    asked_one = camera(tells_another)
    snapshot(ada, asked_one.url()).went(200)
    assert other.conversations == []
    heard = asked_one.conversations[0].heard.decode()
    assert f"SETUP {asked_one.url('/own/track')} RTSP/1.0" in heard
    assert f"PLAY {asked_one.url('/base/')} RTSP/1.0" in heard
    assert str(other.port) not in heard


@pytest.mark.parametrize(
    "url",
    [
        "", "http://127.0.0.1/", "file:///etc/passwd", "rtsp://", "rtsp:///path", "rtsp://host:0/", "rtsp://host:99999/",
        "rtsp://ho st/", "rtsp://host/a\r\nb", "rtsp://[::1/", "rtsp://ho%73t/", "rtmp://host/", "rtsp://user:a/b@host/",
        "rtsp://user:1#2@host/", "rtsp://host/" + "x" * 2048, "rtsp://" + "a." * 200 + "b/", "concat:rtsp://host/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_camera_is_refused(ada: Client, url: str) -> None:
    reply = stream(ada, url).failed("invalid_query")
    assert reply.details == {"parameter": "url"}
    ada.post("/api/stream-ticket", {"url": url}).failed("invalid_input")


def test_no_url_at_all_and_credentials_with_line_breaks_are_refused(ada: Client) -> None:
    ada.get("/api/stream-proxy").failed("invalid_query")
    snapshot(ada, "rtsp://host/", username="a\r\nX: y").failed("invalid_query")
    snapshot(ada, "rtsp://host/", password="x" * 257).failed("invalid_query")
    ada.post("/api/stream-ticket", {}).failed("invalid_input")
    ada.post("/api/stream-ticket", {"url": "rtsp://host/", "other": 1}).failed("invalid_input")


SPELLINGS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "localhost", "LOCALHOST.",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_who_is_no_administrator_may_not_open_what_is_not_allowed_however_it_is_spelt(
    ben: Client, camera: Scripted, host: str
) -> None:
    one = camera(plays)
    snapshot(ben, one.url(host=host)).failed("forbidden")
    assert one.conversations == []


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/29", "localhost"])
def test_everybody_may_open_an_allowed_camera_however_it_is_spelt(
    serve: Serve, camera: Scripted, allowed: str
) -> None:
    require_ffmpeg()
    world = serve(stream_allowed_hosts=(allowed,))
    world.person()
    ben, one = world.person("ben"), camera(plays)
    for host in SPELLINGS:
        snapshot(ben, one.url(host=host)).went(200)
    assert len(one.conversations) == 1
    snapshot(ben, camera(plays, host="127.0.0.9").url()).failed("forbidden")
    snapshot(ben, "rtsp://no-such-host.invalid/").failed("forbidden")


def test_a_name_is_looked_up_once_and_the_address_that_was_judged_is_the_one_that_is_opened(
    serve: Serve, camera: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_ffmpeg()
    world = serve(stream_allowed_hosts=("127.0.0.7",))
    world.person()
    ben = world.person("ben")
    allowed = camera(plays, host="127.0.0.7")
    look_up, asked_for = socket.getaddrinfo, []

    def flipping(host: Any, *more: Any, flags: int = 0, **named: Any) -> Any:  # noqa: ANN401  # as socket's
        if host == "flip.example":
            if flags & socket.AI_NUMERICHOST:
                raise socket.gaierror
            asked_for.append(host)
            host = "127.0.0.7" if len(asked_for) == 1 else "127.0.0.1"
        named["flags"] = flags
        return look_up(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", flipping)
    snapshot(ben, allowed.url(host="flip.example")).went(200)
    assert asked_for == ["flip.example"]
    assert len(allowed.conversations) == 1
    snapshot(ben, allowed.url(host="flip.example")).failed("forbidden")


def test_a_ticket_opens_a_camera_once_without_a_token(ada: Client, camera: Scripted) -> None:
    require_ffmpeg()
    wanted = {"url": camera(plays).url("/live?key=Elster"), "username": "admin", "password": SECRET}
    given = ada.post("/api/stream-ticket", wanted).went(200).json
    assert set(given) == {"ticket", "expires_in"}
    assert given["expires_in"] == 60
    anyone = ada.world.anyone
    anyone.get(f"/api/stream-snapshot?ticket={given['ticket']}").went(200)
    anyone.get(f"/api/stream-snapshot?ticket={given['ticket']}").failed("unauthorized")
    anyone.get(f"/api/stream-proxy?ticket={given['ticket']}").failed("unauthorized")
    again = ada.post("/api/stream-ticket", wanted).went(200).json["ticket"]
    assert again != given["ticket"]


def test_a_ticket_tells_nothing_and_cannot_be_changed(ada: Client) -> None:
    ticket = (
        ada.post("/api/stream-ticket", {"url": f"rtsp://a:{quote(SECRET)}@host/"}).went(200).json["ticket"]
    )
    other = (
        ada.post("/api/stream-ticket", {"url": f"rtsp://a:{quote(SECRET)}@host/"}).went(200).json["ticket"]
    )
    assert ticket[:16] != other[:16]
    anyone = ada.world.anyone
    for wrong in (
        "x",
        ticket[:-2] + ("AA" if ticket[-2:] != "AA" else "BB"),
        ticket[1:],
        ada.token,
        "ä",
        "a" * 21,
    ):
        anyone.get(f"/api/stream-snapshot?ticket={quote(wrong)}").failed("unauthorized")
    anyone.get("/api/stream-snapshot?ticket=").failed("unauthorized")


def test_a_ticket_ends_after_a_minute_and_with_the_session_that_made_it(ada: Client, ben: Client) -> None:
    def made(client: Client) -> str:
        ticket: str = client.post("/api/stream-ticket", {"url": "rtsp://127.0.0.1/"}).went(200).json["ticket"]
        return f"/api/stream-snapshot?ticket={ticket}"

    anyone, late, out, gone = ada.world.anyone, made(ada), made(ada.logged_in("ada")), made(ben)
    session = ada.logged_in("ada")
    out = made(session)
    session.post("/logout").went(200)
    anyone.get(out).failed("unauthorized")
    ada.delete(f"/users/{ben.id}").went(200)
    anyone.get(gone).failed("unauthorized")
    ada.world.clock.advance(seconds=60)
    anyone.get(late).failed("unauthorized")


def test_a_ticket_opens_what_its_owner_may_open_and_no_more(ben: Client) -> None:
    ticket = ben.post("/api/stream-ticket", {"url": "rtsp://127.0.0.1/"}).went(200).json["ticket"]
    ben.world.anyone.get(f"/api/stream-snapshot?ticket={ticket}").failed("forbidden")


def test_a_personal_access_token_watches_and_makes_tickets_that_end_with_it(
    serve: Serve, camera: Scripted
) -> None:
    require_ffmpeg()
    world = serve(stream_allowed_hosts=("127.0.0.1",))
    ada, url = world.person(), camera(plays).url()
    made = ada.post("/tokens", {"name": "a frame on the wall", "scopes": ["read"]}).went(201).json
    frame_on_the_wall = world.anyone.with_headers(Authorization=f"Bearer {made['token']}")
    snapshot(frame_on_the_wall, url).went(200)
    snapshot(frame_on_the_wall, camera(plays, host="127.0.0.2").url()).failed("forbidden")
    tickets = [
        frame_on_the_wall.post("/api/stream-ticket", {"url": url}).went(200).json["ticket"] for _ in range(2)
    ]
    world.anyone.get(f"/api/stream-snapshot?ticket={tickets[0]}").went(200)
    ada.delete(f"/tokens/{made['id']}").went(200)
    world.anyone.get(f"/api/stream-snapshot?ticket={tickets[1]}").failed("unauthorized")


def test_cameras_want_a_token_and_the_api_key_but_a_ticket_wants_neither(
    serve: Serve, camera: Scripted
) -> None:
    require_ffmpeg()
    world = serve(api_key="the key")
    ada, anyone = world.person(**{"X-API-Key": "the key"}), world.anyone
    url = camera(plays).url()
    snapshot(anyone, url).failed("unauthorized")
    snapshot(anyone.with_headers(Authorization=f"Bearer {ada.token}"), url).failed("unauthorized")
    anyone.post("/api/stream-ticket", {"url": url}).failed("unauthorized")
    ticket = ada.post("/api/stream-ticket", {"url": url}).went(200).json["ticket"]
    anyone.get(f"/api/stream-snapshot?ticket={ticket}").went(200)


def test_a_page_with_a_cookie_gets_a_ticket(ada: Client, camera: Scripted) -> None:
    require_ffmpeg()
    page = ada.world.anyone.with_headers(Cookie=f"mosaic_session={ada.token}")
    wanted = {"url": camera(plays).url()}
    page.post("/api/stream-ticket", wanted).failed("invalid_csrf")
    ticket = (
        page.with_headers(X_CSRF_Token=ada.csrf).post("/api/stream-ticket", wanted).went(200).json["ticket"]
    )
    ada.world.anyone.get(f"/api/stream-snapshot?ticket={ticket}").went(200)


def test_two_streams_a_minute_may_be_started_and_tickets_count_for_their_owner(serve: Serve) -> None:
    world = serve(rate_limits={"stream_proxy": (2, 60)})
    world.person()
    ben = world.person("ben")
    url = "rtsp://127.0.0.1/"
    ticket = ben.post("/api/stream-ticket", {"url": url}).went(200).json["ticket"]
    snapshot(ben, url).failed("forbidden")
    ben.get(f"/api/stream-proxy?{asked(url)}").failed("forbidden")
    reply = ben.get(f"/api/stream-proxy?{asked(url)}").failed("too_many_requests")
    assert reply.header("retry-after")
    world.anyone.get(f"/api/stream-snapshot?ticket={ticket}").failed("too_many_requests")
    world.clock.advance(seconds=59.5)
    ticket = ben.post("/api/stream-ticket", {"url": url}).went(200).json["ticket"]
    world.clock.advance(seconds=1)
    world.anyone.get(f"/api/stream-snapshot?ticket={ticket}").failed("forbidden")


def test_cameras_beyond_the_limit_are_refused_while_all_are_watched(serve: Serve, camera: Scripted) -> None:
    require_ffmpeg()
    world = serve(stream_max_cameras=1)
    ada, one, other = world.person(), camera(plays), camera(plays)
    address = CameraAddress.parse(CameraWanted(url=one.url()))
    caller = world.mosaic.sessions.caller("ada")

    async def asking_meanwhile() -> tuple[Reply, Reply, Reply]:
        watched = await world.mosaic.streams.watch(caller, address)
        await anext(watched)
        same, refused = [
            await ada.asking("GET", f"/api/stream-snapshot?{asked(url)}") for url in (one.url(), other.url())
        ]
        await watched.aclose()
        return same, refused, await ada.asking("GET", f"/api/stream-snapshot?{asked(other.url())}")

    same, refused, afterwards = world.runner.run(asking_meanwhile())
    same.went(200)
    assert refused.failed("service_unavailable").header("retry-after")
    afterwards.went(200)
    assert len(one.conversations) == 1


def test_who_leaves_before_the_first_picture_watches_no_longer(ada: Client, camera: Scripted) -> None:
    silent = camera(says_nothing)
    world, target = ada.world, f"/api/stream-proxy?{asked(silent.url())}"
    assert ada.ask("GET", target, body=[b"", Then.LEAVE]).status == 0
    assert world.mosaic.streams.counts().viewers == 0
    assert world.log.lines[-1]["note"] == "client left"
    assert world.audit("stream.failed") == []


def test_the_audit_tells_host_and_path_and_no_secret(ada: Client, camera: Scripted) -> None:
    require_ffmpeg()
    one = camera(plays)
    snapshot(ada, one.url(f"/live?key={quote(SECRET)}"), username=SECRET, password=SECRET).went(200)
    snapshot(ada, f"rtsp://u:{quote(SECRET)}@127.0.0.1:9/gone?{quote(SECRET)}").failed("camera_unreachable")
    rows = [row for row in ada.world.audit() if row["event_type"].startswith("stream.")]
    assert [(row["event_type"], row["level"], row["context"]) for row in rows] == [
        ("stream.start", "info", {"host": "127.0.0.1", "path": "/live", "snapshot": True}),
        ("stream.failed", "warning", {"host": "127.0.0.1", "path": "/gone", "code": "camera_unreachable"}),
    ]
    assert {row["user_id"] for row in rows} == {ada.id}


def test_no_failure_tells_a_secret(ada: Client, camera: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    require_ffmpeg()
    caplog.set_level("DEBUG")

    def echoes(one: Conversation) -> None:
        _, number = one.request()
        one.say(f"RTSP/1.0 454 {SECRET}\r\nCSeq: {number}\r\nX: {one.heard.decode()!r}\r\n\r\n")

    for script in (echoes, refuses_for_ever, speaks_http, ends_before_a_picture):
        reply = snapshot(ada, camera(script).url(f"/x?{quote(SECRET)}"), username="u", password=SECRET)
        assert reply.status >= 400
        assert SECRET not in json.dumps([reply.text, caplog.text, ada.world.audit()], ensure_ascii=False)
        assert quote(SECRET) not in reply.text + caplog.text
